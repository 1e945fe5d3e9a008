"""what a search looks into, its index, and kept searches; old cases are written into it by: occ1212 search rebuild"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# SQLite's own recipe for an index over a table's rows: the words stand once, in the table.
SQLITE = (
    "CREATE VIRTUAL TABLE search_grams USING fts5"
    "(grams, content='search_text', content_rowid='case_id', detail=none, tokenize='ascii')",
    "CREATE TRIGGER search_text_put AFTER INSERT ON search_text BEGIN "
    "INSERT INTO search_grams(rowid, grams) VALUES (new.case_id, new.grams); END",
    "CREATE TRIGGER search_text_gone AFTER DELETE ON search_text BEGIN "
    "INSERT INTO search_grams(search_grams, rowid, grams) VALUES ('delete', old.case_id, old.grams); END",
    "CREATE TRIGGER search_text_changed AFTER UPDATE ON search_text BEGIN "
    "INSERT INTO search_grams(search_grams, rowid, grams) VALUES ('delete', old.case_id, old.grams); "
    "INSERT INTO search_grams(rowid, grams) VALUES (new.case_id, new.grams); END",
)


def upgrade() -> None:
    op.create_table(
        "search_text",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("folding", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("grams", sa.Text().with_variant(postgresql.ARRAY(sa.Integer()), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name=op.f("fk_search_text_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_text")),
    )
    op.create_index("ix_search_text_folding", "search_text", ["folding"])
    op.create_table(
        "search_note",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agency_code", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name=op.f("fk_search_note_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["agency_code"], ["agency.code"], name=op.f("fk_search_note_agency_code")),
        sa.PrimaryKeyConstraint("case_id", "agency_code", name=op.f("pk_search_note")),
    )
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("asked", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_search_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_search_account_id_name")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE INDEX search_grams ON search_text USING gin (grams)")
    else:
        for statement in SQLITE:
            op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE search_grams")
    op.drop_table("saved_search")
    op.drop_table("search_note")
    op.drop_table("search_text")
