"""filled-in sheets of an agency, and what became of each of their rows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table(
        "sheet_upload",
        text("agency_code", 20),
        text("file_name", 255),
        text("sha256", 64),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        account_id="account.id",
        agency_code="agency.code",
    )
    op.create_index("ix_sheet_upload_account_id_id", "sheet_upload", ["account_id", "id"])
    table(
        "sheet_row",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("upload_id", "line", "version")),
        text("number", 40),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        text("action", 10),
        text("outcome", 30),
        text("standing", 10),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "answer")),
        sa.Column("recovered", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("fault", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "standing IN ('same', 'wrong', 'ready', 'done', 'refused')", name=op.f("ck_sheet_row_standing_known")
        ),
        sa.CheckConstraint("action IN ('', 'accept', 'back', 'answer')", name=op.f("ck_sheet_row_action_known")),
        sa.CheckConstraint(
            "(standing IN ('done', 'refused')) = (done_at IS NOT NULL)", name=op.f("ck_sheet_row_done_has_time")
        ),
        sa.UniqueConstraint("upload_id", "line", name=op.f("uq_sheet_row_upload_id_line")),
        upload_id="sheet_upload.id",
        referral_id="referral.id",
    )


def text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def table(name: str, *parts: sa.SchemaItem, **there: str) -> None:
    links = [
        sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{name}_{column}")) for column, other in there.items()
    ]
    key = sa.Column("id", sa.Integer(), nullable=False)
    op.create_table(name, key, *parts, *links, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")))


def downgrade() -> None:
    for name in ("sheet_row", "sheet_upload"):
        op.drop_table(name)
