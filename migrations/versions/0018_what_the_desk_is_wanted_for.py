"""what a case wants of the desk stands beside its state, so that long lists are read by index"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OPEN = "state IN ('in_progress', 'received', 'referred', 'reopened', 'triage', 'waiting')"
DESK = "state IN ('received', 'reopened', 'triage')"
MOMENTS = ("due_at", "desk_at", "promised_by", "heard_at", "refused_at", "silent_at", "escalated_at")
LISTS = {
    "open_list": ("due_at", "due_at IS NOT NULL"),
    "desk_list": ("desk_at", "desk_at IS NOT NULL"),
    "heard_list": ("heard_at", "heard_at IS NOT NULL"),
    "refused_list": ("refused_at", "refused_at IS NOT NULL"),
    "silent_list": ("silent_at", "silent_at IS NOT NULL"),
    "escalated_list": ("escalated_at", "escalated_at IS NOT NULL"),
}
STAFF = "e.role IN ('agent', 'supervisor')"
REACTION = "e.action NOT IN ('view_person', 'correct')"
REFERRALS = "FROM referral r WHERE r.case_id = complaint_case.id AND r.state IN ('accepted', 'acknowledged', 'sent')"


def upgrade() -> None:
    with op.batch_alter_table("complaint_case") as batch:
        batch.add_column(sa.Column("unsure", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("rank", sa.SmallInteger(), nullable=False, server_default="1"))
        for name in MOMENTS:
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE complaint_case SET rank = 0 WHERE urgent")
    clocks()
    staff_or_agency = "e.role IN ('agent', 'supervisor', 'partner')"
    shown = f"{OPEN} OR state = 'resolved'"
    since("heard_at", "'reply', 'write', 'dispute'", staff_or_agency, shown, "complainant")
    since("refused_at", "'decline', 'return'", STAFF, OPEN)
    since("silent_at", "'hand_over'", f"({STAFF} OR e.action = 'ask')", "state = 'waiting'")
    since("escalated_at", "'escalate'", "e.role = 'supervisor'", OPEN)
    op.execute(
        "UPDATE complaint_case SET unsure = TRUE WHERE NOT EXISTS (SELECT 1 FROM decision d "
        "WHERE d.case_id = complaint_case.id AND d.decided_by = 'person') AND EXISTS (SELECT 1 FROM decision d "
        "WHERE d.case_id = complaint_case.id AND d.confidence < 0.9 AND d.id = (SELECT max(n.id) FROM decision n "
        "WHERE n.case_id = complaint_case.id))"
    )
    with op.batch_alter_table("complaint_case") as batch:
        batch.alter_column("unsure", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
        batch.alter_column("rank", existing_type=sa.SmallInteger(), existing_nullable=False, server_default=None)
        batch.create_check_constraint(
            op.f("ck_complaint_case_work_has_clock"), f"({OPEN}) = (due_at IS NOT NULL AND promised_by IS NOT NULL)"
        )
    for name, (moment, where) in LISTS.items():
        condition = sa.text(where)
        op.create_index(
            op.f(f"ix_complaint_case_{name}"),
            "complaint_case",
            ["rank", moment, "id"],
            sqlite_where=condition,
            postgresql_where=condition,
        )
    ended = sa.text("due_at IS NULL")
    op.create_index(
        op.f("ix_complaint_case_ended"), "complaint_case", ["changed_at", "id"], sqlite_where=ended, postgresql_where=ended
    )
    failed = sa.text("failed_at IS NOT NULL")
    op.create_index(
        op.f("ix_promise_failed"), "promise", ["failed_at"], sqlite_where=failed, postgresql_where=failed
    )


def clocks() -> None:
    """The next moment of each open case, a bank's freeze before all; what waits for the complainant has no clock."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    least = "MIN" if sqlite else "LEAST"
    freeze = (
        "strftime('%Y-%m-%d %H:%M:%S.000000', transferred_at, '+72 hours')"
        if sqlite
        else "transferred_at + interval '72 hours'"
    )
    now = "strftime('%Y-%m-%d %H:%M:%S.000000', 'now')" if sqlite else "now()"
    op.execute(
        f"UPDATE complaint_case SET promised_by = {least}(final_by, "
        f"COALESCE((SELECT MIN(r.answer_by) {REFERRALS}), final_by)) WHERE {OPEN}"
    )
    op.execute("UPDATE complaint_case SET due_at = final_by WHERE state = 'waiting'")
    op.execute(
        f"UPDATE complaint_case SET due_at = {least}(promised_by, "
        f"COALESCE((SELECT MIN(r.acknowledge_by) {REFERRALS} AND r.state = 'sent'), promised_by), "
        f"CASE WHEN {DESK} THEN triage_by ELSE promised_by END, "
        f"CASE WHEN {freeze} > {now} THEN {freeze} ELSE promised_by END) WHERE {OPEN} AND state <> 'waiting'"
    )
    op.execute(f"UPDATE complaint_case SET desk_at = due_at WHERE {DESK}")


def since(column: str, said: str, answered_by: str, states: str, role: str = "") -> None:
    """Since when something waits: the first word of its kind after the last reaction to such."""
    by = f"AND s.role = '{role}'" if role else ""
    op.execute(
        f"UPDATE complaint_case SET {column} = (SELECT MIN(s.at) FROM event s WHERE s.case_id = complaint_case.id "
        f"AND s.action IN ({said}) {by} AND s.id > COALESCE((SELECT MAX(e.id) FROM event e "
        f"WHERE e.case_id = complaint_case.id AND {answered_by} AND {REACTION}), 0)) WHERE {states}"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_promise_failed"), "promise")
    op.drop_index(op.f("ix_complaint_case_ended"), "complaint_case")
    for name in LISTS:
        op.drop_index(op.f(f"ix_complaint_case_{name}"), "complaint_case")
    with op.batch_alter_table("complaint_case") as batch:
        batch.drop_constraint(op.f("ck_complaint_case_work_has_clock"), type_="check")
        for name in ("unsure", "rank", *MOMENTS):
            batch.drop_column(name)
