"""talks: guided conversations, and what was said in them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "talk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('th', 'en')", name=op.f("ck_talk_language_known")),
        sa.CheckConstraint("step <> ''", name=op.f("ck_talk_step_named")),
        sa.CheckConstraint("step <> 'open' OR case_id IS NOT NULL", name=op.f("ck_talk_open_has_case")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_talk_draft_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_talk_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk")),
        sa.UniqueConstraint("submission", name=op.f("uq_talk_submission")),
    )
    op.create_index(
        "ix_talk_open", "talk", ["channel", "address"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_talk_changed_at", "talk", ["changed_at"])
    op.create_index("ix_talk_case_id", "talk", ["case_id"])
    op.create_table(
        "talk_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("talk_id", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=10), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("who IN ('person', 'centre')", name=op.f("ck_talk_line_who_known")),
        sa.ForeignKeyConstraint(["talk_id"], ["talk.id"], name=op.f("fk_talk_line_talk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_line")),
    )
    op.create_index(op.f("ix_talk_line_talk_id"), "talk_line", ["talk_id"])


def downgrade() -> None:
    op.execute("DELETE FROM promise WHERE kind = 'say'")
    op.drop_table("talk_line")
    op.drop_table("talk")
