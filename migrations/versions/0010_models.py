"""trained models with their standing, and the drift of every week"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("base", sa.String(40), nullable=False),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learnt", sa.Integer(), nullable=False),
        sa.Column("learnt_until", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("broken", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "standing IN ('candidate', 'champion', 'former', 'rejected', 'withdrawn', 'superseded')",
            name=op.f("ck_model_version_standing_known"),
        ),
        sa.CheckConstraint(
            "(standing = 'candidate') = (decided_at IS NULL)", name=op.f("ck_model_version_candidate_is_undecided")
        ),
        sa.CheckConstraint("standing <> 'rejected' OR reason <> ''", name=op.f("ck_model_version_rejection_has_reason")),
        sa.CheckConstraint(
            "standing NOT IN ('rejected', 'withdrawn') OR decided_by IS NOT NULL",
            name=op.f("ck_model_version_person_refuses"),
        ),
        sa.CheckConstraint("learnt > 0", name=op.f("ck_model_version_learnt_something")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_model_version_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
        sa.UniqueConstraint("version", name=op.f("uq_model_version_version")),
    )
    op.create_index(
        "ix_model_version_one_champion",
        "model_version",
        ["standing"],
        unique=True,
        sqlite_where=sa.text("standing = 'champion'"),
        postgresql_where=sa.text("standing = 'champion'"),
    )
    op.create_table(
        "drift_week",
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("notices", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("unsure BETWEEN 0 AND decisions", name=op.f("ck_drift_week_unsure_of_decisions")),
        sa.CheckConstraint("corrected BETWEEN 0 AND checked", name=op.f("ck_drift_week_corrected_of_checked")),
        sa.CheckConstraint("unseen BETWEEN 0 AND words", name=op.f("ck_drift_week_unseen_of_words")),
        sa.PrimaryKeyConstraint("monday", name=op.f("pk_drift_week")),
    )


def downgrade() -> None:
    op.drop_table("drift_week")
    op.drop_index("ix_model_version_one_champion", "model_version")
    op.drop_table("model_version")
