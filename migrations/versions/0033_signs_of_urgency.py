"""why a case is urgent: its signs, and by their weight its place in the lists"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CASE = sa.table(
    "complaint_case",
    sa.column("urgent", sa.Boolean()),
    sa.column("rank", sa.SmallInteger()),
    sa.column("due_at", sa.DateTime(timezone=True)),
    sa.column("transferred_at", sa.DateTime(timezone=True)),
)
FREEZE, URGENT, CALM = 0, 3, 4


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("complaint_case") as batch:
        batch.add_column(sa.Column("signs", document, nullable=False, server_default="{}"))
    with op.batch_alter_table("complaint_case") as batch:
        batch.alter_column("signs", existing_type=document, existing_nullable=False, server_default=None)
    # An open case whose bank may still hold the money; what its words show is read when it is classified.
    fresh = CASE.c.due_at.is_not(None) & (CASE.c.transferred_at > datetime.now(UTC) - timedelta(hours=72))
    op.execute(CASE.update().values(rank=sa.case((CASE.c.rank != 0, CALM), (fresh, FREEZE), else_=URGENT)))


def downgrade() -> None:
    op.execute(CASE.update().values(rank=sa.case((CASE.c.rank < CALM, 0), else_=1)))
    with op.batch_alter_table("complaint_case") as batch:
        batch.drop_column("signs")
