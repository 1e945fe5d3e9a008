"""Spans of days that a report is about: a fiscal or calendar year, a quarter or month of it, or any two days."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from complaints.domain.thai_time import BUDDHIST_OFFSET, FISCAL_YEAR_STARTS, fiscal_year, fiscal_year_days

QUARTERS = (1, 2, 3, 4)
FISCAL_MONTHS = (10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9)
MONTHS_A_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both counted."""

    first: date
    last: date

    def is_over(self, today: date) -> bool:
        """Has its last day passed."""
        return today > self.last

    def year_before(self) -> Period:
        """The same days of the year before; of a leap day the day before it."""
        return Period(_year_before(self.first), _year_before(self.last))

    def months(self) -> list[date]:
        """The first day of every month that the period touches."""
        found = []
        year, month = self.first.year, self.first.month
        while (year, month) <= (self.last.year, self.last.month):
            found.append(date(year, month, 1))
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
        return found


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, monthrange(day.year - 1, day.month)[1]))


def calendar_year(year: int) -> Period:
    """A calendar year in the Buddhist era."""
    christian = year - BUDDHIST_OFFSET
    return Period(date(christian, 1, 1), date(christian, 12, 31))


def calendar_quarter(year: int, number: int) -> Period:
    """A quarter of a calendar year: the first is January to March."""
    christian, last = year - BUDDHIST_OFFSET, number * MONTHS_A_QUARTER
    first = date(christian, last - MONTHS_A_QUARTER + 1, 1)
    return Period(first, date(christian, last, monthrange(christian, last)[1]))


def whole_year(year: int) -> Period:
    """A fiscal year in the Buddhist era."""
    return Period(*fiscal_year_days(year))


def quarter(year: int, number: int) -> Period:
    """A quarter of a fiscal year: the first is October to December."""
    months = FISCAL_MONTHS[(number - 1) * MONTHS_A_QUARTER : number * MONTHS_A_QUARTER]
    return Period(month(year, months[0]).first, month(year, months[-1]).last)


def month(year: int, number: int) -> Period:
    """A calendar month inside a fiscal year."""
    christian = year - BUDDHIST_OFFSET - (1 if number >= FISCAL_YEAR_STARTS else 0)
    return Period(date(christian, number, 1), date(christian, number, monthrange(christian, number)[1]))


def current_year(today: date) -> Period:
    """The fiscal year of a day."""
    return whole_year(fiscal_year(today))
