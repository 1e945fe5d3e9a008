"""a person's corrections of a case's identifiers stay: what was taken out is remembered"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REASONS = "reason IN ('misread', 'own', 'bystander', 'mistyped', 'other', 'changed')"


def upgrade() -> None:
    op.create_table(
        "dropped_identifier",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("identifier_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_dropped_identifier_reason_known")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_dropped_identifier_case_id")),
        sa.ForeignKeyConstraint(["identifier_id"], ["identifier.id"], name=op.f("fk_dropped_identifier_identifier_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_dropped_identifier_account_id")),
        sa.PrimaryKeyConstraint("case_id", "identifier_id", name=op.f("pk_dropped_identifier")),
    )
    with op.batch_alter_table("case_identifier") as batch:
        batch.create_check_constraint(
            op.f("ck_case_identifier_found_by_known"), "found_by IN ('machine', 'person')"
        )


def downgrade() -> None:
    known = op.f("ck_case_identifier_found_by_known")
    with op.batch_alter_table("case_identifier") as batch:
        batch.drop_constraint(known, type_="check")
    op.drop_table("dropped_identifier")
