"""tokens of civic apps, until a case has its public id"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER request_token_no_{verb} BEFORE {verb} ON request_token
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER request_token_no_change BEFORE UPDATE OR DELETE ON request_token
FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "request_token",
        sa.Column("case_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_request_token_has_hash")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_request_token_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_request_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_request_token_token_hash")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    op.drop_table("request_token")
