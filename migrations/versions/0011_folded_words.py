"""what a message quotes, and its signature, stand beside its words"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("message") as batch:
        batch.add_column(sa.Column("folded", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("message") as batch:
        batch.alter_column("folded", existing_type=sa.Text(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("message") as batch:
        batch.drop_column("folded")
