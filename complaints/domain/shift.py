"""Shifts, and the note that one leaves to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from complaints.domain.account import Account
from complaints.domain.base import Base
from complaints.domain.errors import InvalidInput
from complaints.domain.reading import read_clock
from complaints.domain.thai_time import BANGKOK, local_day

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHIFTS = 6


@dataclass(frozen=True, slots=True)
class Shift:
    """From its first moment to the first one of the next."""

    start: datetime
    end: datetime


def read_starts(text: str, field: str) -> tuple[time, ...]:
    """At which hours shifts begin: `00:00, 08:00, 16:00`; each lasts until the next."""
    clocks = [read_clock(part, field) for part in text.split(",") if part.strip()]
    starts = sorted({time(hour, minute) for hour, minute in clocks})
    if not 0 < len(starts) <= MOST_SHIFTS:
        raise InvalidInput(field, reason="shifts", limit=MOST_SHIFTS)
    return tuple(starts)


def shift_at(moment: datetime, starts: Sequence[time]) -> Shift:
    """The shift that runs at a moment."""
    today = local_day(moment)
    begins = [datetime.combine(today + timedelta(days=days), start, BANGKOK) for days in (-1, 0, 1) for start in starts]
    return Shift(max(one for one in begins if one <= moment), min(one for one in begins if one > moment))


class ShiftNote(Base):
    """What somebody left to the next shift; `facts` is how things stood at that moment. Written once, never altered.

    It stands on top of the desk until `next_until`, the end of the next shift.
    """

    __tablename__ = "shift_note"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("shift_from < shift_until AND shift_until < next_until", name="in_order"),
        UniqueConstraint("account_id", "shift_from"),
        Index("ix_shift_note_next_until", "next_until"),
        Index("ix_shift_note_shift_from", "shift_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    shift_from: Mapped[datetime]
    shift_until: Mapped[datetime]
    next_until: Mapped[datetime]
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class ShiftRead(Base):
    """That somebody read a note and said so."""

    __tablename__ = "shift_read"

    note_id: Mapped[int] = mapped_column(ForeignKey("shift_note.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    at: Mapped[datetime]


class ShiftDraft(Base):
    """What somebody has written so far; gone once the note is signed. `shift` names the shift as its form does."""

    __tablename__ = "shift_draft"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    shift: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
