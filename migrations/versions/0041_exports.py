"""which cases were in a file with persons that somebody took along; exports are found among all changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER exported_case_no_{verb} BEFORE {verb} ON exported_case
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER exported_case_no_change BEFORE UPDATE OR DELETE ON exported_case
FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "exported_case",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_exported_case_audit_id")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_exported_case_case_id")),
        sa.PrimaryKeyConstraint("audit_id", "case_id", name=op.f("pk_exported_case")),
    )
    op.create_index(op.f("ix_exported_case_case_id"), "exported_case", ["case_id"])
    op.create_index("ix_audit_what", "audit", ["what", "id"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    op.drop_index("ix_audit_what", "audit")
    op.drop_table("exported_case")
