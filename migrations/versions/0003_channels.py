"""what comes in by channels, kept as it came; promises that belong to no case; when a receipt arrived"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CHANNELS = "channel IN ('web', 'hotline', 'email', 'line', 'messenger', 'webchat', 'partner_api')"
OUTCOMES = "outcome IN ('case', 'message', 'talk', 'bounce', 'automatic', 'duplicate', 'unreadable', 'ignored')"
FAILURES = "failure = '' OR failure IN ('refused', 'address', 'blocked', 'window_closed')"


def upgrade() -> None:
    raw_message()
    heard_event()
    contact_point()
    gone = op.f("ck_complaint_case_channel_known")
    with op.batch_alter_table("complaint_case") as batch:
        batch.add_column(sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))
        batch.drop_constraint(gone, type_="check")
        batch.create_check_constraint(op.f("ck_complaint_case_channel_named"), "channel <> ''")
        batch.create_check_constraint(
            op.f("ck_complaint_case_acknowledged_after_receipt"),
            "acknowledged_at IS NULL OR acknowledged_at >= received_at",
        )
    with op.batch_alter_table("promise") as batch:
        batch.alter_column("case_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("raw_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_promise_raw_id"), "raw_message", ["raw_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_promise_case_named"), "kind NOT IN ('classify', 'letter') OR case_id IS NOT NULL"
        )
        batch.create_check_constraint(op.f("ck_promise_raw_named"), "(kind = 'read') = (raw_id IS NOT NULL)")


def raw_message() -> None:
    op.create_table(
        "raw_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("size >= 0", name=op.f("ck_raw_message_size_not_negative")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_raw_message_has_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_message")),
        sa.UniqueConstraint(
            "channel", "account", "external_id", name=op.f("uq_raw_message_channel_account_external_id")
        ),
    )
    op.create_index(op.f("ix_raw_message_received_at"), "raw_message", ["received_at"])


def heard_event() -> None:
    op.create_table(
        "heard_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("raw_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=300), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(OUTCOMES, name=op.f("ck_heard_event_outcome_known")),
        sa.CheckConstraint(
            "outcome NOT IN ('case', 'message') OR case_id IS NOT NULL", name=op.f("ck_heard_event_case_named")
        ),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_message.id"], name=op.f("fk_heard_event_raw_id")),
        sa.ForeignKeyConstraint(["case_id"], ["complaint_case.id"], name=op.f("fk_heard_event_case_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_heard_event_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heard_event")),
        sa.UniqueConstraint("channel", "event_id", name=op.f("uq_heard_event_channel_event_id")),
    )
    op.create_index(op.f("ix_heard_event_raw_id"), "heard_event", ["raw_id"])
    op.create_index(op.f("ix_heard_event_case_id"), "heard_event", ["case_id"])
    op.create_index("ix_heard_event_sender", "heard_event", ["channel", "sender", "at"])


def contact_point() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=20), nullable=False),
        sa.Column("failure_text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(failed_at IS NULL) = (failure = '')", name=op.f("ck_contact_point_failure_has_reason")
        ),
        sa.CheckConstraint(FAILURES, name=op.f("ck_contact_point_failure_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_point_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint(
            "person_id", "channel", "address", name=op.f("uq_contact_point_person_id_channel_address")
        ),
    )
    op.create_index("ix_contact_point_address", "contact_point", ["channel", "address"])


def downgrade() -> None:
    op.execute("DELETE FROM promise WHERE case_id IS NULL")
    mine = (op.f("ck_promise_case_named"), op.f("ck_promise_raw_named"))
    with op.batch_alter_table("promise") as batch:
        for name in mine:
            batch.drop_constraint(name, type_="check")
        batch.drop_constraint(op.f("fk_promise_raw_id"), type_="foreignkey")
        batch.drop_column("raw_id")
        batch.alter_column("case_id", existing_type=sa.Integer(), nullable=False)
    ours = (op.f("ck_complaint_case_channel_named"), op.f("ck_complaint_case_acknowledged_after_receipt"))
    with op.batch_alter_table("complaint_case") as batch:
        for name in ours:
            batch.drop_constraint(name, type_="check")
        batch.drop_column("acknowledged_at")
        batch.create_check_constraint(op.f("ck_complaint_case_channel_known"), CHANNELS)
    for table in ("contact_point", "heard_event", "raw_message"):
        op.drop_table(table)
