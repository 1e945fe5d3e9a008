"""Promises: work that was acknowledged and must be done, written in the same transaction as its fact."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base

LEASE = timedelta(seconds=75)
MAX_TRIES = 12
WITHDRAWN = "withdrawn"
_OPEN = "done_at IS NULL AND failed_at IS NULL"
_FAILED = "failed_at IS NOT NULL"


class PromiseKind(StrEnum):
    """What is promised."""

    CLASSIFY = "classify"
    LETTER = "letter"
    READ = "read"
    SAY = "say"
    AGENCY_LETTER = "agency_letter"
    REFERRAL_LETTER = "referral_letter"
    INSPECT = "inspect"
    ERASE = "erase"
    BROADCAST = "broadcast"
    CAPTURE = "capture"
    SITE_NEWS = "site_news"
    WEBHOOK = "webhook"
    MEDIATION = "mediation"
    AGREEMENT = "agreement"


class Promise(Base):
    """One row of the outbox.

    `classify` and `letter` are of a case, `read` of a raw message, `say` holds all the words of one turn of a talk,
    `inspect` is of a file, `erase` names stored paths in its payload, `broadcast` a letter to many, `capture` a website
    to look at, `site_news` what became of one, for every case that reports it, `webhook` a message to an agency's
    system, `referral_letter` the letter by which a case goes to an agency, `mediation` a letter to a respondent,
    `agreement` a paper of what both sides said yes to.
    It ends in `done_at` or, when no try is left or none could help, in `failed_at` with the reason; then a person sees
    it on the desk.
    `trace` is the id of the request that promised it. `lease_until` is set by whoever works on it and must outlast one
    try. What must not be promised twice is named in `once`: the database refuses the second.
    """

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("done_at IS NULL OR failed_at IS NULL", name="one_end"),
        CheckConstraint("failed_at IS NULL OR last_error <> ''", name="failure_has_reason"),
        CheckConstraint("kind NOT IN ('classify', 'letter') OR case_id IS NOT NULL", name="case_named"),
        CheckConstraint("(kind = 'read') = (raw_id IS NOT NULL)", name="raw_named"),
        CheckConstraint("(kind = 'inspect') = (attachment_id IS NOT NULL)", name="file_named"),
        Index("ix_promise_open", "due_at", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
        Index("ix_promise_case_id", "case_id"),
        Index("ix_promise_failed", "failed_at", sqlite_where=text(_FAILED), postgresql_where=text(_FAILED)),
        Index("ix_promise_once", "once", unique=True),
        Index("ix_promise_attachment_id", "attachment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"))
    raw_id: Mapped[int | None] = mapped_column(ForeignKey("raw_message.id"))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"))
    once: Mapped[str | None] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    trace: Mapped[str] = mapped_column(String(40), default="")
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def open(self) -> bool:
        """Neither kept nor given up."""
        return self.done_at is None and self.failed_at is None

    def keep(self, now: datetime, **result: object) -> None:
        """Record that the promise was kept."""
        self.done_at, self.lease_until, self.last_error = now, None, ""
        self.result = dict(result)

    @property
    def withdrawn(self) -> bool:
        """Taken back before it left the house."""
        return self.result.get("delivered") == WITHDRAWN

    def miss(self, now: datetime, error: str, *, final: bool = False, again_at: datetime | None = None) -> None:
        """Record a failed try: another one at `again_at` or with growing pauses, or the end with its reason."""
        self.tries += 1
        self.last_error = error[:2000] or "unknown error"
        self.lease_until = None
        if final or self.tries >= MAX_TRIES:
            self.failed_at = now
        else:
            self.due_at = again_at or now + pause_before(self.tries)

    def wait(self, until: datetime) -> None:
        """Put off without a try: its turn has not come."""
        self.due_at, self.lease_until = until, None


def pause_before(tries: int) -> timedelta:
    """How long to wait after so many failed tries: 10 s, 20 s, 40 s ... at most 6 hours."""
    return min(timedelta(seconds=10 * 2 ** (tries - 1)), timedelta(hours=6))
