"""clients act as agencies, hold two tokens while they change from one to the next, and follow what changed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOVED = "token_hash, token_start, made_by_id, created_at, expires_at, used_at"
SQLITE = """
CREATE TRIGGER agency_change_no_{verb} BEFORE {verb} ON agency_change
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER agency_change_no_change BEFORE UPDATE OR DELETE ON agency_change
FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("token_start", sa.String(12), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_api_token_has_hash")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_token_expires_later")),
        sa.ForeignKeyConstraint(["client_id"], ["api_client.id"], name=op.f("fk_api_token_client_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_api_token_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_client_id"), "api_token", ["client_id"])
    op.execute(f"INSERT INTO api_token (client_id, {MOVED}) SELECT id, {MOVED} FROM api_client ORDER BY id")
    with op.batch_alter_table("api_client") as batch:
        batch.drop_constraint(op.f("ck_api_client_has_hash"), type_="check")
        batch.drop_constraint(op.f("ck_api_client_expires_later"), type_="check")
        batch.drop_constraint(op.f("uq_api_client_token_hash"), type_="unique")
        for name in ("token_hash", "token_start", "expires_at", "used_at"):
            batch.drop_column(name)
        batch.add_column(sa.Column("agency_code", sa.String(20), nullable=True))
        batch.create_foreign_key(op.f("fk_api_client_agency_code"), "agency", ["agency_code"], ["code"])
    op.create_table(
        "api_answer",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("length(fingerprint) = 64", name=op.f("ck_api_answer_has_fingerprint")),
        sa.ForeignKeyConstraint(["client_id"], ["api_client.id"], name=op.f("fk_api_answer_client_id")),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("pk_api_answer")),
    )
    op.create_index("ix_api_answer_at", "api_answer", ["at"])
    op.create_table(
        "agency_feed",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_agency_feed_last_not_negative")),
        sa.ForeignKeyConstraint(["agency_code"], ["agency.code"], name=op.f("fk_agency_feed_agency_code")),
        sa.PrimaryKeyConstraint("agency_code", name=op.f("pk_agency_feed")),
    )
    op.create_table(
        "agency_change",
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["agency_code"], ["agency.code"], name=op.f("fk_agency_change_agency_code")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_agency_change_event_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_agency_change_referral_id")),
        sa.PrimaryKeyConstraint("agency_code", "number", name=op.f("pk_agency_change")),
    )
    op.create_index("ix_agency_change_referral_id", "agency_change", ["referral_id"])
    op.create_index("ix_agency_change_event_id", "agency_change", ["event_id"])
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    for name in ("agency_change", "agency_feed", "api_answer"):
        op.drop_table(name)
    with op.batch_alter_table("api_client") as batch:
        batch.drop_constraint(op.f("fk_api_client_agency_code"), type_="foreignkey")
        batch.drop_column("agency_code")
        batch.add_column(sa.Column("token_hash", sa.String(64), nullable=True))
        batch.add_column(sa.Column("token_start", sa.String(12), nullable=True))
        batch.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))
    # Of several tokens the newest stays; a client that has none any more cannot be told in the old form.
    for name in ("token_hash", "token_start", "expires_at", "used_at"):
        op.execute(
            f"UPDATE api_client SET {name} = (SELECT t.{name} FROM api_token t WHERE t.client_id = api_client.id "
            "ORDER BY t.id DESC LIMIT 1)"
        )
    op.execute("DELETE FROM api_client WHERE token_hash IS NULL")
    with op.batch_alter_table("api_client") as batch:
        batch.alter_column("token_hash", existing_type=sa.String(64), nullable=False)
        batch.alter_column("token_start", existing_type=sa.String(12), nullable=False)
        batch.alter_column("expires_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_check_constraint(op.f("ck_api_client_has_hash"), "length(token_hash) = 64")
        batch.create_check_constraint(op.f("ck_api_client_expires_later"), "expires_at > created_at")
        batch.create_unique_constraint(op.f("uq_api_client_token_hash"), ["token_hash"])
    op.drop_table("api_token")
