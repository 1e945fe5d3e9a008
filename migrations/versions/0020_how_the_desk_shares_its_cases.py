"""whose a case is, until when it sleeps, who watches it, who looks at it now, what somebody was about to write"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MINE, ASLEEP = sa.text("assignee_id IS NOT NULL"), sa.text("snoozed_until IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("complaint_case") as batch:
        batch.add_column(sa.Column("assignee_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(op.f("fk_complaint_case_assignee_id"), "account", ["assignee_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_complaint_case_sleeper_is_open"), "snoozed_until IS NULL OR due_at IS NOT NULL"
        )
    op.create_index(
        "ix_complaint_case_assigned_list",
        "complaint_case",
        ["assignee_id", "rank", "due_at", "id"],
        sqlite_where=MINE,
        postgresql_where=MINE,
    )
    op.create_index(
        "ix_complaint_case_snoozed_list",
        "complaint_case",
        ["rank", "snoozed_until", "id"],
        sqlite_where=ASLEEP,
        postgresql_where=ASLEEP,
    )
    key = ["account_id", "case_id"]
    table("case_watch", key, sa.Column("since", sa.DateTime(timezone=True), nullable=False))
    table(
        "case_draft",
        [*key, "verb"],
        sa.Column("verb", sa.String(20), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    table(
        "case_presence",
        key[::-1],
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=True),
    )
    for name in ("case_watch", "case_draft"):
        op.create_index(op.f(f"ix_{name}_case_id"), name, ["case_id"])
    op.create_index("ix_case_presence_seen_at", "case_presence", ["seen_at"])


def table(name: str, keys: list[str], *more: sa.Column[object]) -> None:
    """Rows of an account and a case."""
    op.create_table(
        name,
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f(f"fk_{name}_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f(f"fk_{name}_case_id")),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    for name in ("case_presence", "case_draft", "case_watch"):
        op.drop_table(name)
    op.drop_index("ix_complaint_case_snoozed_list", "complaint_case")
    op.drop_index("ix_complaint_case_assigned_list", "complaint_case")
    with op.batch_alter_table("complaint_case") as batch:
        batch.drop_constraint(op.f("ck_complaint_case_sleeper_is_open"), type_="check")
        batch.drop_constraint(op.f("fk_complaint_case_assignee_id"), type_="foreignkey")
        batch.drop_column("snoozed_until")
        batch.drop_column("assignee_id")
