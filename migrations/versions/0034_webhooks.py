"""webhooks: where agencies' systems hear, what each was told, and every try"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SILENCES = "'switched_off', 'gone', 'removed'"


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        number("id"),
        sa.Column("agency_code", sa.String(20), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        document("told"),
        sa.Column("key", sa.String(32), nullable=False),
        number("generation"),
        moment("both_until", maybe=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        moment("created_at"),
        moment("silenced_at", maybe=True),
        sa.Column("silence", sa.String(20), nullable=True),
        number("failures"),
        moment("held_until", maybe=True),
        sa.CheckConstraint("url <> ''", name=op.f("ck_webhook_endpoint_has_url")),
        sa.CheckConstraint("generation > 0", name=op.f("ck_webhook_endpoint_generation_counts")),
        sa.CheckConstraint(
            "(silenced_at IS NULL) = (silence IS NULL)", name=op.f("ck_webhook_endpoint_silence_has_reason")
        ),
        sa.CheckConstraint(
            f"silence IN ({SILENCES}) OR silence IS NULL", name=op.f("ck_webhook_endpoint_silence_known")
        ),
        sa.ForeignKeyConstraint(["agency_code"], ["agency.code"], name=op.f("fk_webhook_endpoint_agency_code")),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_webhook_endpoint_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_endpoint_key")),
    )
    op.create_index("ix_webhook_endpoint_agency_code", "webhook_endpoint", ["agency_code"])
    op.create_table(
        "webhook_message",
        *(number(name) for name in ("id", "endpoint_id", "promise_id")),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        moment("at"),
        document("body"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_message_endpoint_id")
        ),
        sa.ForeignKeyConstraint(["promise_id"], ["promise.id"], name=op.f("fk_webhook_message_promise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_message_key")),
    )
    op.create_index("ix_webhook_message_endpoint_id_id", "webhook_message", ["endpoint_id", "id"])
    op.create_index("ix_webhook_message_promise_id", "webhook_message", ["promise_id"], unique=True)
    op.create_table(
        "webhook_attempt",
        *(number(name) for name in ("id", "message_id")),
        moment("at"),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        number("milliseconds"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["webhook_message.id"], name=op.f("fk_webhook_attempt_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
    )
    for name in ("message_id", "at"):
        op.create_index(f"ix_webhook_attempt_{name}", "webhook_attempt", [name])


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def moment(name: str, *, maybe: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=maybe)


def document(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False)


def downgrade() -> None:
    for table in ("webhook_attempt", "webhook_message", "webhook_endpoint"):
        op.drop_table(table)
