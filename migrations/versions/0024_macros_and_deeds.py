"""macros, their versions, and what was done by them or with many cases at once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SQLITE = """
CREATE TRIGGER macro_text_no_{verb} BEFORE {verb} ON macro_text
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER macro_text_no_change BEFORE UPDATE OR DELETE ON macro_text FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "macro",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
    )
    op.create_table(
        "macro_text",
        sa.Column("macro_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name_th", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("moves", JSON, nullable=False),
        sa.CheckConstraint("name_th <> '' AND name_en <> ''", name=op.f("ck_macro_text_named_in_both")),
        sa.CheckConstraint("number > 0", name=op.f("ck_macro_text_numbered")),
        sa.ForeignKeyConstraint(["macro_id"], ["macro.id"], name=op.f("fk_macro_text_macro_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_macro_text_account_id")),
        sa.PrimaryKeyConstraint("macro_id", "number", name=op.f("pk_macro_text")),
    )
    op.create_table(
        "deed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("macro_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moves", JSON, nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("refused", JSON, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("made", JSON, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("undone_at IS NULL OR version IS NOT NULL", name=op.f("ck_deed_undone_was_done")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_deed_case_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_deed_account_id")),
        sa.ForeignKeyConstraint(["macro_id"], ["macro.id"], name=op.f("fk_deed_macro_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed")),
        sa.UniqueConstraint("batch", "case_id", name=op.f("uq_deed_batch_case_id")),
    )
    op.create_index("ix_deed_case_id_id", "deed", ["case_id", "id"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    op.drop_table("deed")
    # The triggers go with their table.
    op.drop_table("macro_text")
    op.drop_table("macro")
