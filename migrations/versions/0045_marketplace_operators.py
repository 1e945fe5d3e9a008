"""accounts of marketplace operators, and which operator a mediation concerns"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

ROLES = "role IN ('agent', 'supervisor', 'partner', 'administrator'{more})"


def upgrade() -> None:
    checks(ROLES.format(more=", 'operator'"), "(role IN ('partner', 'operator')) = (agency_code IS NOT NULL)")
    with op.batch_alter_table("mediation") as batch:
        batch.add_column(sa.Column("operator_code", sa.String(20), nullable=True))
        batch.create_foreign_key(op.f("fk_mediation_operator_code"), "agency", ["operator_code"], ["code"])
    op.create_index("ix_mediation_operator_code", "mediation", ["operator_code"])


def checks(role: str, agency: str) -> None:
    with op.batch_alter_table("account") as batch:
        batch.drop_constraint(op.f("ck_account_role_known"), type_="check")
        batch.drop_constraint(op.f("ck_account_partner_has_agency"), type_="check")
        batch.create_check_constraint(op.f("ck_account_role_known"), role)
        batch.create_check_constraint(op.f("ck_account_partner_has_agency"), agency)


def downgrade() -> None:
    op.drop_index("ix_mediation_operator_code", "mediation")
    with op.batch_alter_table("mediation") as batch:
        batch.drop_constraint(op.f("fk_mediation_operator_code"), type_="foreignkey")
        batch.drop_column("operator_code")
    # Who signed in as an operator becomes a partner of the same agency, and signs in no more.
    op.execute("UPDATE account SET role = 'partner', active = FALSE WHERE role = 'operator'")
    checks(ROLES.format(more=""), "(role = 'partner') = (agency_code IS NOT NULL)")
