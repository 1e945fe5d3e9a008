"""what everybody may have: random ids, places counted once, and the files of each day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

TABLES = ("public_case", "public_place", "public_file")
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "public_case",
        sa.Column("case_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.CheckConstraint("length(public_id) = 16", name=op.f("ck_public_case_id_is_long")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_public_case_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_public_case")),
        sa.UniqueConstraint("public_id", name=op.f("uq_public_case_public_id")),
    )
    op.create_table(
        "public_place",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("category_code", sa.String(40), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("cases > 0", name=op.f("ck_public_place_cases_counted")),
        sa.CheckConstraint("province = '' OR cases >= 10", name=op.f("ck_public_place_named_where_many")),
        sa.PrimaryKeyConstraint("month", "category_code", "province", name=op.f("pk_public_place")),
    )
    op.create_table(
        "public_file",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_public_file_has_hash")),
        sa.PrimaryKeyConstraint("day", "name", name=op.f("pk_public_file")),
    )
    for table in TABLES:
        if op.get_context().dialect.name == "postgresql":
            op.execute(POSTGRESQL.format(table=table))
        else:
            for verb in ("UPDATE", "DELETE"):
                op.execute(SQLITE.format(table=table, verb=verb))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
