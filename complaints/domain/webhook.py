"""Webhooks after the Standard Webhooks specification: where an agency hears, what it was told, and each try."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.base import Base, one_of
from complaints.domain.outbox import Promise

# Before the second, third ... and last try, as the specification proposes: some three days together.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# A fresh secret has two lives side by side, so that the other side can change it without losing a message.
BOTH_SECRETS = timedelta(hours=24)
URL_LIMIT = 500


class Told(StrEnum):
    """What a message tells of."""

    REFERRAL_SENT = "referral.sent"
    REFERRAL_CHANGED = "referral.changed"
    REFERRAL_RECALLED = "referral.recalled"
    REFERRAL_REMINDED = "referral.reminded"
    CASE_MESSAGE = "case.message"
    CASE_CHANGED = "case.changed"
    CASE_REOPENED = "case.reopened"
    CASE_CLOSED = "case.closed"
    TEST = "endpoint.test"


class Silence(StrEnum):
    """Why an endpoint is told nothing any more."""

    SWITCHED_OFF = "switched_off"
    GONE = "gone"
    REMOVED = "removed"


class WebhookEndpoint(Base):
    """One address of an agency's system.

    The signing secret is derived from `key`, `generation` and the centre's own secret, so no table holds it; until
    `both_until` messages are signed with the generation before, too. `told` names what it wants to hear, nothing
    meaning all. `failures` counts tries that failed since the last that did not; until `held_until` nothing is tried.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        CheckConstraint("url <> ''", name="has_url"),
        CheckConstraint("generation > 0", name="generation_counts"),
        CheckConstraint("(silenced_at IS NULL) = (silence IS NULL)", name="silence_has_reason"),
        CheckConstraint(
            one_of("silence", [why.value for why in Silence]) + " OR silence IS NULL", name="silence_known"
        ),
        Index("ix_webhook_endpoint_agency_code", "agency_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_code: Mapped[str] = mapped_column(ForeignKey("agency.code"))
    url: Mapped[str] = mapped_column(String(URL_LIMIT))
    told: Mapped[list[Any]] = mapped_column(default=list)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    generation: Mapped[int] = mapped_column(default=1)
    both_until: Mapped[datetime | None]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    silenced_at: Mapped[datetime | None]
    silence: Mapped[str | None] = mapped_column(String(20))
    failures: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None]

    @property
    def removed(self) -> bool:
        """Taken away for good; what it was told stays on record."""
        return self.silence == Silence.REMOVED.value

    def wants(self, told: Told) -> bool:
        """Does it hear of this."""
        return not self.told or told.value in self.told


class WebhookMessage(Base):
    """One message to one endpoint: `key` is its `webhook-id`, `body` what is sent, `promise` who sends it.

    It names a case and a referral, never a citizen or a word of theirs.
    """

    __tablename__ = "webhook_message"
    __table_args__ = (
        Index("ix_webhook_message_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_message_promise_id", "promise_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    promise_id: Mapped[int] = mapped_column(ForeignKey("promise.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    endpoint: Mapped[WebhookEndpoint] = relationship()
    promise: Mapped[Promise] = relationship()
    attempts: Mapped[list[WebhookAttempt]] = relationship(order_by="WebhookAttempt.id")


class WebhookAttempt(Base):
    """One try: the answer's status, or none with `detail` saying why there was no answer. Rows only come and go."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (Index("ix_webhook_attempt_message_id", "message_id"), Index("ix_webhook_attempt_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("webhook_message.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    milliseconds: Mapped[int]
