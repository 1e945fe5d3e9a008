"""a promise that must not be made twice names itself; the database refuses the second"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("promise", sa.Column("once", sa.String(60), nullable=True))
    op.create_index("ix_promise_once", "promise", ["once"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_promise_once", "promise")
    op.drop_column("promise", "once")
