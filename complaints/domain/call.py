"""Telephone calls as the telephone system tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.domain.base import Base

_MISSED = "answered_at IS NULL AND called_back_at IS NULL"


class CallKind(StrEnum):
    """What happened to a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One event of a call; `at` is the telephone system's own moment."""

    kind: CallKind
    call_id: str
    at: datetime
    caller: str = ""
    extension: str = ""


class PhoneCall(Base):
    """One call. `call_id` is the telephone system's own mark, `caller` the number as digits, empty when withheld.

    `rung` are the extensions at which it rang, `extension` the one that took it. A call that nobody took stays missed
    until a person notes that it was called back.
    """

    __tablename__ = "phone_call"
    __table_args__ = (
        CheckConstraint("call_id <> ''", name="has_id"),
        CheckConstraint("answered_at IS NULL OR answered_at >= began_at", name="answered_after_beginning"),
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="ended_after_beginning"),
        CheckConstraint("(called_back_at IS NULL) = (called_back_by_id IS NULL)", name="called_back_by_somebody"),
        Index("ix_phone_call_began_at", "began_at"),
        Index("ix_phone_call_missed", "began_at", sqlite_where=text(_MISSED), postgresql_where=text(_MISSED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(100), unique=True)
    caller: Mapped[str] = mapped_column(String(40), default="", index=True)
    rung: Mapped[list[Any]] = mapped_column(default=list)
    extension: Mapped[str] = mapped_column(String(20), default="")
    began_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    called_back_at: Mapped[datetime | None]
    called_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("complaint_case.id"), index=True)
