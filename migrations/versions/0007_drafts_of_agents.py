"""an agent's half-written complaints are the agent's own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("draft") as batch:
        batch.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_draft_account_id"), "account", ["account_id"], ["id"])
        batch.create_index(op.f("ix_draft_account_id"), ["account_id"])


def downgrade() -> None:
    with op.batch_alter_table("draft") as batch:
        batch.drop_index(op.f("ix_draft_account_id"))
        batch.drop_constraint(op.f("fk_draft_account_id"), type_="foreignkey")
        batch.drop_column("account_id")
