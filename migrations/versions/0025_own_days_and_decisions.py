"""agencies' and categories' own days, half-days, when a person last moved a case, and what a supervisor must decide"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OPEN = sa.text("due_at IS NOT NULL")
COLUMNS = ("moved_at", "refusals", "decide_by")


def upgrade() -> None:
    op.add_column("agency", sa.Column("acknowledge_days", sa.Integer(), nullable=True))
    op.add_column("agency", sa.Column("answer_days", sa.Integer(), nullable=True))
    op.add_column("category", sa.Column("triage_days", sa.Integer(), nullable=True))
    with op.batch_alter_table("holiday") as batch:
        batch.add_column(sa.Column("half", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("holiday") as batch:
        batch.alter_column("half", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("complaint_case") as batch:
        batch.add_column(sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("refusals", sa.SmallInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE complaint_case SET moved_at = COALESCE((SELECT MAX(e.at) FROM event e WHERE e.case_id = "
        "complaint_case.id AND (e.role IN ('agent', 'supervisor', 'partner') OR e.action = 'dispute') AND e.action "
        "NOT IN ('view_person', 'correct', 'assign', 'snooze', 'wake')), received_at)"
    )
    op.execute(
        "UPDATE complaint_case SET refusals = (SELECT COUNT(*) FROM event e WHERE e.case_id = complaint_case.id AND "
        "e.action IN ('decline', 'return') AND e.id > COALESCE((SELECT MAX(s.id) FROM event s WHERE s.case_id = "
        "complaint_case.id AND s.role = 'supervisor' AND s.action IN "
        "('refer', 'resolve', 'reject', 'merge', 'withdraw')), 0))"
    )
    with op.batch_alter_table("complaint_case") as batch:
        batch.alter_column("moved_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.alter_column("refusals", existing_type=sa.SmallInteger(), existing_nullable=False, server_default=None)
        batch.create_check_constraint(
            op.f("ck_complaint_case_decision_has_reason"),
            "decide_by IS NULL OR (due_at IS NOT NULL AND refusals > 0)",
        )
    op.create_index(
        "ix_complaint_case_moved_list", "complaint_case", ["moved_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("ix_complaint_case_moved_list", "complaint_case")
    with op.batch_alter_table("complaint_case") as batch:
        batch.drop_constraint(op.f("ck_complaint_case_decision_has_reason"), type_="check")
        for name in COLUMNS:
            batch.drop_column(name)
    with op.batch_alter_table("holiday") as batch:
        batch.drop_column("half")
    op.drop_column("category", "triage_days")
    op.drop_column("agency", "answer_days")
    op.drop_column("agency", "acknowledge_days")
