"""macros come with the centre too, each known by its key"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("macro") as batch:
        batch.add_column(sa.Column("key", sa.String(40), nullable=True))
        batch.create_unique_constraint(op.f("uq_macro_key"), ["key"])


def downgrade() -> None:
    with op.batch_alter_table("macro") as batch:
        batch.drop_constraint(op.f("uq_macro_key"), type_="unique")
        batch.drop_column("key")
