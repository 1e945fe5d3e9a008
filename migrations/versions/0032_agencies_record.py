"""the record of an agency is read over the days on which referrals were sent, due and ended"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

MOMENTS = ("sent_at", "acknowledge_by", "answer_by", "ended_at")


def upgrade() -> None:
    for moment in MOMENTS:
        op.create_index(f"ix_referral_{moment}", "referral", [moment])


def downgrade() -> None:
    for moment in MOMENTS:
        op.drop_index(f"ix_referral_{moment}", "referral")
