"""decisions are found by their days: the floor asks what people corrected lately"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_decision_at"), "decision", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_decision_at"), "decision")
