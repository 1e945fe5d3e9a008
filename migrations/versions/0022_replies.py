"""reply templates; their versions only grow"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER reply_text_no_{verb} BEFORE {verb} ON reply_text
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER reply_text_no_change BEFORE UPDATE OR DELETE ON reply_text FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("key", name=op.f("uq_reply_key")),
    )
    op.create_table(
        "reply_text",
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("use", sa.String(20), nullable=False),
        sa.Column("category_code", sa.String(40), nullable=True),
        sa.Column("title_th", sa.String(120), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("body_th", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.CheckConstraint("use IN ('ask', 'write', 'resolve', 'reject')", name=op.f("ck_reply_text_use_known")),
        sa.CheckConstraint("body_th <> '' AND body_en <> ''", name=op.f("ck_reply_text_said_in_both")),
        sa.CheckConstraint("title_th <> '' AND title_en <> ''", name=op.f("ck_reply_text_titled_in_both")),
        sa.CheckConstraint("number > 0", name=op.f("ck_reply_text_numbered")),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_text_reply_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reply_text_account_id")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_reply_text_category_code")),
        sa.PrimaryKeyConstraint("reply_id", "number", name=op.f("pk_reply_text")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    # The triggers go with their table.
    op.drop_table("reply_text")
    op.drop_table("reply")
