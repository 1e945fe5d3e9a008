"""the arrival of a receipt stands in the timeline, so that acknowledgement is counted from it"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO event (case_id, at, action, role, to_state, public, version, data) "
        "SELECT id, acknowledged_at, 'receipt', 'system', 'received', FALSE, version, '{}' "
        "FROM complaint_case WHERE acknowledged_at IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM event WHERE event.case_id = complaint_case.id AND event.action = 'receipt')"
    )


def downgrade() -> None:
    """The timeline only grows: what was written into it stays."""
