"""playbooks; their versions only grow"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

PARTS = ("ask", "advice", "refer", "sources")
SQLITE = """
CREATE TRIGGER playbook_no_{verb} BEFORE {verb} ON playbook
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER playbook_no_change BEFORE UPDATE OR DELETE ON playbook FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "playbook",
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=False),
        *(sa.Column(f"{part}_{language}", sa.Text(), nullable=False) for part in PARTS for language in ("th", "en")),
        sa.CheckConstraint("number > 0", name=op.f("ck_playbook_numbered")),
        *(
            sa.CheckConstraint(f"{part}_th <> '' AND {part}_en <> ''", name=op.f(f"ck_playbook_{part}_in_both"))
            for part in PARTS
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_playbook_account_id")),
        sa.PrimaryKeyConstraint("topic", "number", name=op.f("pk_playbook")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    # The triggers go with their table.
    op.drop_table("playbook")
