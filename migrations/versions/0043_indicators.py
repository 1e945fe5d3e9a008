"""facts carry the version of their definition and hold money; spans of hours; what each case counted as"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

DIMENSIONS = ["agency_code", "category_code", "channel", "province"]
NUMBERS = ("contacts", "due", "solved")
MONEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("kpi_fact") as batch:
        # What was counted until now was counted under the first version of each definition, and stays so.
        batch.add_column(sa.Column("version", sa.SmallInteger(), nullable=False, server_default="1"))
        for name in NUMBERS:
            batch.alter_column(name, existing_type=sa.Integer(), type_=MONEY, existing_nullable=False)
        batch.drop_constraint(op.f("pk_kpi_fact"), type_="primary")
        batch.create_primary_key(op.f("pk_kpi_fact"), ["day", "definition", "version", *DIMENSIONS])
        batch.create_check_constraint(op.f("ck_kpi_fact_version_counts"), "version > 0")
    with op.batch_alter_table("kpi_fact") as batch:
        batch.alter_column("version", existing_type=sa.SmallInteger(), server_default=None)
    op.create_index("ix_kpi_fact_definition_day", "kpi_fact", ["definition", "version", "day"])
    op.create_table(
        "kpi_span",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("definition", sa.String(40), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("category_code", sa.String(40), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_kpi_span_number_counts")),
        sa.PrimaryKeyConstraint(
            "day", "definition", "version", "agency_code", "category_code", "hours", name=op.f("pk_kpi_span")
        ),
    )
    op.create_index("ix_kpi_span_definition_day", "kpi_span", ["definition", "version", "day"])
    op.create_table(
        "kpi_case",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category_code", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("due", sa.SmallInteger(), nullable=False),
        sa.Column("solved", sa.SmallInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owed_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=True),
        sa.Column("lost", MONEY, nullable=False),
        sa.Column("recovered", MONEY, nullable=False),
        sa.Column("first_hours", sa.SmallInteger(), nullable=True),
        sa.Column("final_hours", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_kpi_case_case_id")),
        sa.PrimaryKeyConstraint("case_id", "agency_code", name=op.f("pk_kpi_case")),
    )
    op.create_index("ix_kpi_case_day", "kpi_case", ["day"])


def downgrade() -> None:
    op.drop_table("kpi_case")
    op.drop_table("kpi_span")
    op.drop_index("ix_kpi_fact_definition_day", table_name="kpi_fact")
    # The schema before knew two indicators, each under its first version.
    op.execute("DELETE FROM kpi_fact WHERE version <> 1 OR definition NOT IN ('resolution', 'acknowledgement')")
    with op.batch_alter_table("kpi_fact") as batch:
        batch.drop_constraint(op.f("ck_kpi_fact_version_counts"), type_="check")
        batch.drop_constraint(op.f("pk_kpi_fact"), type_="primary")
        batch.create_primary_key(op.f("pk_kpi_fact"), ["day", "definition", *DIMENSIONS])
        for name in NUMBERS:
            batch.alter_column(name, existing_type=MONEY, type_=sa.Integer(), existing_nullable=False)
        batch.drop_column("version")
