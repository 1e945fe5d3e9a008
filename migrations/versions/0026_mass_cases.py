"""mass cases: their members, their letters, and into which cases each letter was written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STANDS = sa.text("left_at IS NULL")


def upgrade() -> None:
    table(
        "mass_case",
        sa.Column("name", sa.String(200), nullable=False),
        moment("opened_at"),
        number("opened_by_id"),
        sa.CheckConstraint("name <> ''", name=op.f("ck_mass_case_named")),
        opened_by_id="account",
    )
    table(
        "mass_member",
        number("mass_id"),
        number("case_id"),
        moment("joined_at"),
        number("joined_by_id"),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_by_id", sa.Integer(), nullable=True),
        sa.Column("left_reason", sa.String(20), nullable=False),
        sa.CheckConstraint(
            "(left_at IS NULL) = (left_reason = '')", name=op.f("ck_mass_member_left_for_a_reason")
        ),
        sa.CheckConstraint(
            "left_reason = '' OR left_reason IN ('wish', 'mistake')", name=op.f("ck_mass_member_reason_known")
        ),
        mass_id="mass_case",
        case_id="complaint_case",
        joined_by_id="account",
        left_by_id="account",
    )
    op.create_index(
        "ix_mass_member_once", "mass_member", ["case_id"], unique=True, sqlite_where=STANDS, postgresql_where=STANDS
    )
    op.create_index("ix_mass_member_cases", "mass_member", ["mass_id", "case_id"])
    table(
        "mass_letter",
        number("mass_id"),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("text_th", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        moment("written_at"),
        number("written_by_id"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("text_th <> ''", name=op.f("ck_mass_letter_said_in_thai")),
        sa.UniqueConstraint("token", name=op.f("uq_mass_letter_token")),
        mass_id="mass_case",
        written_by_id="account",
    )
    op.create_index("ix_mass_letter_mass_id", "mass_letter", ["mass_id"])
    op.create_table(
        "mass_delivery",
        *(number(name) for name in ("letter_id", "case_id", "message_id")),
        *links("mass_delivery", letter_id="mass_letter", case_id="complaint_case", message_id="message"),
        sa.PrimaryKeyConstraint("letter_id", "case_id", name=op.f("pk_mass_delivery")),
    )


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def links(name: str, **there: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{name}_{column}"))
        for column, other in there.items()
    ]


def table(name: str, *parts: sa.SchemaItem, **there: str) -> None:
    """A table with a number of its own."""
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, number("id"), *parts, *links(name, **there), key)


def downgrade() -> None:
    for name in ("mass_delivery", "mass_letter", "mass_member", "mass_case"):
        op.drop_table(name)
