"""What came in, kept as it came before anybody reads it, and who can be reached where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base, one_of
from complaints.domain.channel import UNDELIVERABLE

OUTCOMES = ("case", "message", "talk", "bounce", "automatic", "duplicate", "unreadable", "ignored")


class RawMessage(Base):
    """A message, call or mail as it came: bytes and SHA-256 are written before anything parses them, and never changed.

    `external_id` is the other side's own mark (mailbox UID, or the hash of a call's body): the same one is kept once.
    `read_at` is set when every event in it was dealt with.
    """

    __tablename__ = "raw_message"
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        CheckConstraint("size >= 0", name="size_not_negative"),
        CheckConstraint("length(sha256) = 64", name="has_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(200), default="")
    external_id: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]


class MailboxLease(Base):
    """Which postman works on a mailbox, and until when; whoever is killed is replaced once that is over."""

    __tablename__ = "mailbox_lease"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]


class HeardEvent(Base):
    """One thing heard, and what became of it; the same event that comes again is found here and changes nothing."""

    __tablename__ = "heard_event"
    __table_args__ = (
        UniqueConstraint("channel", "event_id"),
        CheckConstraint(one_of("outcome", OUTCOMES), name="outcome_known"),
        CheckConstraint("outcome NOT IN ('case', 'message') OR case_id IS NOT NULL", name="case_named"),
        Index("ix_heard_event_sender", "channel", "sender", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    raw_id: Mapped[int] = mapped_column(ForeignKey("raw_message.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(300))
    sender: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(200), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    at: Mapped[datetime]


class ContactPoint(Base):
    """An address of a complainant on a channel that has no column of its own, or marks of one that has.

    `chosen_at` is when its owner, who proved the case, began to write from there and wants to be written to there.
    `failed_at` with `failure` says that words could not be brought there; hearing from it again clears both.
    """

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("person_id", "channel", "address"),
        CheckConstraint("(failed_at IS NULL) = (failure = '')", name="failure_has_reason"),
        CheckConstraint("failure = '' OR " + one_of("failure", UNDELIVERABLE), name="failure_known"),
        Index("ix_contact_point_address", "channel", "address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(300))
    account: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
    chosen_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(20), default="")
    failure_text: Mapped[str] = mapped_column(Text, default="")
