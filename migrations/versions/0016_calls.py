"""calls as the telephone system tells of them; where each person's telephone rings"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MISSED = sa.text("answered_at IS NULL AND called_back_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "phone_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(100), nullable=False),
        sa.Column("caller", sa.String(40), nullable=False),
        sa.Column("rung", JSON, nullable=False),
        sa.Column("extension", sa.String(20), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_back_by_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("call_id <> ''", name=op.f("ck_phone_call_has_id")),
        sa.CheckConstraint(
            "answered_at IS NULL OR answered_at >= began_at", name=op.f("ck_phone_call_answered_after_beginning")
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name=op.f("ck_phone_call_ended_after_beginning")),
        sa.CheckConstraint(
            "(called_back_at IS NULL) = (called_back_by_id IS NULL)", name=op.f("ck_phone_call_called_back_by_somebody")
        ),
        sa.ForeignKeyConstraint(["called_back_by_id"], ["account.id"], name=op.f("fk_phone_call_called_back_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_phone_call_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
        sa.UniqueConstraint("call_id", name=op.f("uq_phone_call_call_id")),
    )
    op.create_index("ix_phone_call_began_at", "phone_call", ["began_at"])
    op.create_index("ix_phone_call_missed", "phone_call", ["began_at"], sqlite_where=MISSED, postgresql_where=MISSED)
    op.create_index(op.f("ix_phone_call_caller"), "phone_call", ["caller"])
    op.create_index(op.f("ix_phone_call_case_id"), "phone_call", ["case_id"])
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("extension", sa.String(20), nullable=True))
        batch.create_unique_constraint(op.f("uq_account_extension"), ["extension"])


def downgrade() -> None:
    with op.batch_alter_table("account") as batch:
        batch.drop_constraint(op.f("uq_account_extension"), type_="unique")
        batch.drop_column("extension")
    op.drop_table("phone_call")
