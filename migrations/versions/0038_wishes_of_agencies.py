"""that an agency asks the desk to bring in another one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

OPEN = sa.text("settled_at IS NULL")
LINKS = {
    "case_id": "complaint_case.id",
    "referral_id": "referral.id",
    "agency_code": "agency.code",
    "account_id": "account.id",
}


def upgrade() -> None:
    op.create_table(
        "join_wish",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("id", "case_id", "referral_id")),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_join_wish_has_reason")),
        sa.CheckConstraint("(settled_at IS NULL) = (granted IS NULL)", name=op.f("ck_join_wish_settled_one_way")),
        *(
            sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_join_wish_{column}"))
            for column, other in LINKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_wish")),
    )
    op.create_index(
        "ix_join_wish_one_open",
        "join_wish",
        ["case_id", "agency_code"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("join_wish")
