"""notes from one shift to the next, and who has read them: both only grow; what somebody has written so far"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

GROWING = ("shift_note", "shift_read")
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "shift_note",
        number("id"),
        number("account_id"),
        *(moment(name) for name in ("shift_from", "shift_until", "next_until", "at")),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_shift_note_says_something")),
        sa.CheckConstraint(
            "shift_from < shift_until AND shift_until < next_until", name=op.f("ck_shift_note_in_order")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_shift_note_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_note")),
        sa.UniqueConstraint("account_id", "shift_from", name=op.f("uq_shift_note_account_id_shift_from")),
    )
    for name in ("next_until", "shift_from"):
        op.create_index(f"ix_shift_note_{name}", "shift_note", [name])
    op.create_table(
        "shift_read",
        number("note_id"),
        number("account_id"),
        moment("at"),
        sa.ForeignKeyConstraint(["note_id"], ["shift_note.id"], name=op.f("fk_shift_read_note_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_shift_read_account_id")),
        sa.PrimaryKeyConstraint("note_id", "account_id", name=op.f("pk_shift_read")),
    )
    op.create_table(
        "shift_draft",
        number("account_id"),
        sa.Column("shift", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        moment("changed_at"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_shift_draft_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_shift_draft")),
    )
    for table in GROWING:
        if op.get_context().dialect.name == "postgresql":
            op.execute(POSTGRESQL.format(table=table))
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(table=table, verb=verb))


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    # The triggers go with their tables.
    for table in ("shift_draft", "shift_read", "shift_note"):
        op.drop_table(table)
