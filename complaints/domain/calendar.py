"""Deadlines: working days in Bangkok around Thai holidays and half-days, and plain calendar days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from complaints.domain.thai_time import BANGKOK, local_day, midnight

if TYPE_CHECKING:
    from collections.abc import Mapping

SATURDAY = 5
BANK_FREEZE = timedelta(hours=72)


class Off(Enum):
    """How much of a working day an office rests."""

    DAY = 2
    HALF = 1


def worked_halves(day: date, off: Mapping[date, Off]) -> int:
    """How many halves of a day are worked: two from Monday to Friday, less what the offices rest."""
    if day.weekday() >= SATURDAY:
        return 0
    return 2 - (off[day].value if day in off else 0)


def after_working_days(start: datetime, days: int, off: Mapping[date, Off]) -> datetime:
    """The end of the day on which `days` whole working days have passed since the day of `start`, which does not count.

    Two half-days make one: whoever loses an afternoon to a holiday has it given back.
    """
    day = local_day(start)
    left = 2 * days
    while left > 0:
        day += timedelta(days=1)
        left -= worked_halves(day, off)
    return midnight(day + timedelta(days=1)) - timedelta(minutes=1)


def after_days(start: datetime, days: int) -> datetime:
    """The end of the calendar day `days` days after `start`."""
    return midnight(local_day(start) + timedelta(days=days + 1)) - timedelta(minutes=1)


def freeze_until(transferred_at: datetime) -> datetime:
    """Until when the bank can still hold the money."""
    return transferred_at.astimezone(BANGKOK) + BANK_FREEZE
