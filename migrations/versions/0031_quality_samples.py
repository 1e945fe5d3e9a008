"""samples of the work, what was found in them and what was answered; all of it only grows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("quality_sample", "quality_item", "quality_review", "quality_answer")
POINTS = ("category", "agency", "words", "complete", "in_time")
BY_CLOCK = sa.text("drawn_by IS NULL")
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    table(
        "quality_sample",
        number("id"),
        moment("at"),
        sa.Column("drawn_by", sa.Integer(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        number("size"),
        sa.Column("seed", sa.String(40), nullable=False),
        sa.Column("drawn_from", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_quality_sample_days_in_order")),
        sa.CheckConstraint("size > 0", name=op.f("ck_quality_sample_draws_something")),
        drawn_by="account.id",
    )
    op.create_index(
        "ix_quality_sample_once_a_week",
        "quality_sample",
        ["first"],
        unique=True,
        sqlite_where=BY_CLOCK,
        postgresql_where=BY_CLOCK,
    )
    table(
        "quality_item",
        number("id"),
        number("sample_id"),
        number("case_id"),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.UniqueConstraint("case_id", name=op.f("uq_quality_item_case_id")),
        sample_id="quality_sample.id",
        case_id="complaint_case.id",
        account_id="account.id",
    )
    op.create_index(op.f("ix_quality_item_sample_id"), "quality_item", ["sample_id"])
    op.create_index("ix_quality_item_account_id", "quality_item", ["account_id"])
    table(
        "quality_review",
        number("item_id"),
        number("reviewer_id"),
        moment("at"),
        *(sa.Column(point, sa.String(10), nullable=False) for point in POINTS),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("right_code", sa.String(40), nullable=True),
        *(
            sa.CheckConstraint(
                f"{point} IN ('yes', 'partly', 'no', 'none')", name=op.f(f"ck_quality_review_{point}_known")
            )
            for point in POINTS
        ),
        sa.CheckConstraint("category <> 'none'", name=op.f("ck_quality_review_category_is_judged")),
        sa.CheckConstraint(
            "(category = 'no') = (right_code IS NOT NULL)", name=op.f("ck_quality_review_wrong_has_right")
        ),
        sa.CheckConstraint(
            "comment <> '' OR NOT (" + " OR ".join(f"{point} = 'no'" for point in POINTS) + ")",
            name=op.f("ck_quality_review_no_has_reason"),
        ),
        key="item_id",
        item_id="quality_item.id",
        reviewer_id="account.id",
        right_code="category.code",
    )
    op.create_index("ix_quality_review_at", "quality_review", ["at"])
    table(
        "quality_answer",
        number("item_id"),
        moment("at"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_quality_answer_says_something")),
        key="item_id",
        item_id="quality_review.item_id",
    )
    for name in TABLES:
        if op.get_context().dialect.name == "postgresql":
            op.execute(POSTGRESQL.format(table=name))
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(table=name, verb=verb))


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def table(name: str, *parts: sa.SchemaItem, key: str = "id", **there: str) -> None:
    links = [
        sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{name}_{column}")) for column, other in there.items()
    ]
    op.create_table(name, *parts, *links, sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{name}")))


def downgrade() -> None:
    # The triggers go with their tables.
    for name in reversed(TABLES):
        op.drop_table(name)
