"""letters to agencies that work on paper or by mail: their numbers, their sealed papers, the links to answer by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

LIVE = sa.text("ended_at IS NULL")
NUMBERED = ("id", "referral_id", "year", "number", "code", "dated", "issued_at")
SEALED = ("sealed_at", "stored_key", "sha256", "size")
SQLITE = (
    "CREATE TRIGGER referral_letter_no_delete BEFORE DELETE ON referral_letter "
    "BEGIN SELECT RAISE(ABORT, 'this record only grows'); END",
    f"CREATE TRIGGER referral_letter_no_other_number BEFORE UPDATE OF {', '.join(NUMBERED)} ON referral_letter "
    "BEGIN SELECT RAISE(ABORT, 'this record only grows'); END",
    f"CREATE TRIGGER referral_letter_no_other_paper BEFORE UPDATE OF {', '.join(SEALED)} ON referral_letter "
    "WHEN OLD.sealed_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'this record only grows'); END",
)
POSTGRESQL = (
    "CREATE TRIGGER referral_letter_no_change BEFORE DELETE ON referral_letter "
    "FOR EACH ROW EXECUTE FUNCTION only_grows()",
    f"CREATE TRIGGER referral_letter_no_other_number BEFORE UPDATE OF {', '.join(NUMBERED)} ON referral_letter "
    "FOR EACH ROW EXECUTE FUNCTION only_grows()",
    f"CREATE TRIGGER referral_letter_no_other_paper BEFORE UPDATE OF {', '.join(SEALED)} ON referral_letter "
    "FOR EACH ROW WHEN (OLD.sealed_at IS NOT NULL) EXECUTE FUNCTION only_grows()",
)


def upgrade() -> None:
    with op.batch_alter_table("agency") as batch:
        batch.add_column(sa.Column("by_letter", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("email_failed_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint(op.f("ck_agency_letters_have_address"), "NOT by_letter OR email <> ''")
    with op.batch_alter_table("agency") as batch:
        batch.alter_column("by_letter", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    op.create_table(
        "letter_counter",
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_letter_counter_last_not_negative")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_letter_counter")),
    )
    op.create_table(
        "referral_letter",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("id", "referral_id", "year", "number")),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stored_key", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_referral_letter_number_positive")),
        sa.CheckConstraint(
            "(sealed_at IS NULL) = (stored_key = '') AND (sealed_at IS NULL) = (size = 0)",
            name=op.f("ck_referral_letter_sealed_whole"),
        ),
        sa.CheckConstraint(
            "sealed_at IS NULL OR length(sha256) = 64", name=op.f("ck_referral_letter_sealed_with_hash")
        ),
        sa.CheckConstraint(
            "posted_on IS NULL OR sealed_at IS NOT NULL", name=op.f("ck_referral_letter_posted_after_sealed")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_letter_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_letter")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_referral_letter_year_number")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_referral_letter_referral_id")),
    )
    _links()
    for trigger in POSTGRESQL if op.get_context().dialect.name == "postgresql" else SQLITE:
        op.execute(trigger)


def _links() -> None:
    op.create_table(
        "letter_link",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("id", "letter_id")),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_to", sa.String(200), nullable=False),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_letter_link_expires_later")),
        sa.CheckConstraint("(sent_at IS NULL) = (sent_to = '')", name=op.f("ck_letter_link_sent_somewhere")),
        sa.ForeignKeyConstraint(["letter_id"], ["referral_letter.id"], name=op.f("fk_letter_link_letter_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_letter_link_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_link")),
    )
    op.create_index("ix_letter_link_letter_id", "letter_link", ["letter_id"])
    op.create_index(
        "ix_letter_link_one_live", "letter_link", ["letter_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )


def downgrade() -> None:
    for name in ("letter_link", "referral_letter", "letter_counter"):
        op.drop_table(name)
    with op.batch_alter_table("agency") as batch:
        batch.drop_constraint(op.f("ck_agency_letters_have_address"), type_="check")
        batch.drop_column("email_failed_at")
        batch.drop_column("by_letter")
