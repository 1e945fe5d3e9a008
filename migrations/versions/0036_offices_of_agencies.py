"""offices of an agency, what goes to which, who is away, who manages an agency's people and when they were reviewed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

OF_ACCOUNT = ("office_id", "manages", "reviewed_at")


def upgrade() -> None:
    table(
        "office",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("name_th", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("name_th <> ''", name=op.f("ck_office_has_name")),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_office_not_below_itself")),
        sa.UniqueConstraint("agency_code", "name_th", name=op.f("uq_office_agency_code_name_th")),
        agency_code="agency.code",
        parent_id="office.id",
    )
    op.create_index("ix_office_path", "office", ["path"])
    table(
        "office_route",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("category_code", sa.String(40), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("category_code <> '' OR province <> ''", name=op.f("ck_office_route_names_something")),
        sa.UniqueConstraint(
            "agency_code", "category_code", "province", name=op.f("uq_office_route_agency_code_category_code_province")
        ),
        agency_code="agency.code",
        office_id="office.id",
    )
    op.create_index(op.f("ix_office_route_office_id"), "office_route", ["office_id"])
    table(
        "absence",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_absence_days_in_order")),
        sa.CheckConstraint("deputy_id IS NULL OR deputy_id <> account_id", name=op.f("ck_absence_not_own_deputy")),
        account_id="account.id",
        deputy_id="account.id",
        made_by_id="account.id",
    )
    for name in ("account_id", "deputy_id"):
        op.create_index(f"ix_absence_{name}_last", "absence", [name, "last"])
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("office_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("manages", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(op.f("fk_account_office_id"), "office", ["office_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_account_office_is_of_agency"), "agency_code IS NOT NULL OR (office_id IS NULL AND NOT manages)"
        )
    with op.batch_alter_table("account") as batch:
        batch.alter_column("manages", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("referral") as batch:
        for name, other in (("office_id", "office"), ("assignee_id", "account")):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_referral_{name}"), other, [name], ["id"])
    for name in ("office_id", "assignee_id"):
        op.create_index(op.f(f"ix_referral_{name}"), "referral", [name])


def table(name: str, *parts: sa.SchemaItem, **there: str) -> None:
    links = [
        sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{name}_{column}")) for column, other in there.items()
    ]
    key = sa.Column("id", sa.Integer(), nullable=False)
    op.create_table(name, key, *parts, *links, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")))


def downgrade() -> None:
    for name in ("office_id", "assignee_id"):
        op.drop_index(op.f(f"ix_referral_{name}"), "referral")
    with op.batch_alter_table("referral") as batch:
        for name in ("office_id", "assignee_id"):
            batch.drop_constraint(op.f(f"fk_referral_{name}"), type_="foreignkey")
            batch.drop_column(name)
    with op.batch_alter_table("account") as batch:
        batch.drop_constraint(op.f("ck_account_office_is_of_agency"), type_="check")
        batch.drop_constraint(op.f("fk_account_office_id"), type_="foreignkey")
        for name in OF_ACCOUNT:
            batch.drop_column(name)
    for name in ("absence", "office_route", "office"):
        op.drop_table(name)
