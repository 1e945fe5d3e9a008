"""files are looked into after they were kept: verdict, thumbnail, flaws, slips, and the promises to do so"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

VERDICTS = "verdict IN ('waiting', 'clean', 'unscanned', 'quarantined')"
FLAWS = "flaw = '' OR flaw IN ('damaged', 'too_many_pixels', 'locked', 'too_heavy')"
CHECKS = {
    "verdict_known": VERDICTS,
    "verdict_has_time": "(verdict = 'waiting') = (inspected_at IS NULL)",
    "quarantine_has_threat": "(verdict = 'quarantined') = (threat <> '')",
    "shown_after_verdict": "verdict IN ('clean', 'unscanned') OR (shown_key IS NULL AND thumb_key IS NULL)",
    "flaw_known": FLAWS,
    "pages_counted": "pages IS NULL OR pages > 0",
}
COLUMNS = ("thumb_key", "verdict", "threat", "flaw", "pages", "inspected_at")


def upgrade() -> None:
    # Nobody has looked into the old files: each is drawn anew under its old name, and closed until then.
    op.execute("UPDATE attachment SET shown_key = NULL")
    with op.batch_alter_table("attachment") as batch:
        batch.add_column(sa.Column("thumb_key", sa.String(200), nullable=True))
        batch.add_column(sa.Column("verdict", sa.String(20), nullable=False, server_default="waiting"))
        batch.add_column(sa.Column("threat", sa.String(200), nullable=False, server_default=""))
        batch.add_column(sa.Column("flaw", sa.String(20), nullable=False, server_default=""))
        batch.add_column(sa.Column("pages", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=True))
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_attachment_{name}"), condition)
    with op.batch_alter_table("attachment") as batch:
        for name in ("verdict", "threat", "flaw"):
            batch.alter_column(name, existing_type=sa.String(), existing_nullable=False, server_default=None)
    op.create_table(
        "bank_slip",
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.CheckConstraint("length(bank) = 3", name=op.f("ck_bank_slip_bank_has_code")),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_bank_slip_reference_named")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_bank_slip_attachment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attachment_id", "bank", "reference", name=op.f("pk_bank_slip")),
    )
    op.create_index("ix_bank_slip_bank_reference", "bank_slip", ["bank", "reference"])
    with op.batch_alter_table("promise") as batch:
        batch.add_column(sa.Column("attachment_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_promise_attachment_id"), "attachment", ["attachment_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_check_constraint(
            op.f("ck_promise_file_named"), "(kind = 'inspect') = (attachment_id IS NOT NULL)"
        )
    op.create_index("ix_promise_attachment_id", "promise", ["attachment_id"])
    op.execute(
        "INSERT INTO promise (kind, attachment_id, case_id, payload, created_at, due_at, tries, last_error, trace, result) "
        "SELECT 'inspect', id, case_id, '{}', received_at, received_at, 0, '', '', '{}' FROM attachment"
    )


def downgrade() -> None:
    op.execute("DELETE FROM promise WHERE kind IN ('inspect', 'erase')")
    op.drop_index("ix_promise_attachment_id", "promise")
    with op.batch_alter_table("promise") as batch:
        batch.drop_constraint(op.f("ck_promise_file_named"), type_="check")
        batch.drop_constraint(op.f("fk_promise_attachment_id"), type_="foreignkey")
        batch.drop_column("attachment_id")
    op.drop_table("bank_slip")
    with op.batch_alter_table("attachment") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_attachment_{name}"), type_="check")
        for name in COLUMNS:
            batch.drop_column(name)
