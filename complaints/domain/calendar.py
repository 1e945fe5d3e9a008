"""Deadlines: working days in Bangkok around Thai holidays, and plain calendar days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.thai_time import BANGKOK, local_day, midnight

if TYPE_CHECKING:
    from collections.abc import Container

SATURDAY = 5
BANK_FREEZE = timedelta(hours=72)


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Monday to Friday and no holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def after_working_days(start: datetime, days: int, holidays: Container[date]) -> datetime:
    """The end of the `days`-th working day after the day of `start`; today does not count."""
    day = local_day(start)
    left = days
    while left > 0:
        day += timedelta(days=1)
        if is_working_day(day, holidays):
            left -= 1
    return midnight(day + timedelta(days=1)) - timedelta(minutes=1)


def after_days(start: datetime, days: int) -> datetime:
    """The end of the calendar day `days` days after `start`."""
    return midnight(local_day(start) + timedelta(days=days + 1)) - timedelta(minutes=1)


def freeze_until(transferred_at: datetime) -> datetime:
    """Until when the bank can still hold the money."""
    return transferred_at.astimezone(BANGKOK) + BANK_FREEZE
