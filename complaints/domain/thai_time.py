"""Time as Thailand reads it: Asia/Bangkok, Buddhist years, fiscal years from October, Thai digits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
BUDDHIST_OFFSET = 543
FISCAL_YEAR_STARTS = 10

ARABIC_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")

MONTHS_TH = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def local_day(moment: datetime) -> date:
    """The calendar day in Bangkok."""
    return moment.astimezone(BANGKOK).date()


def midnight(day: date) -> datetime:
    """The aware moment at which a day begins in Bangkok."""
    return datetime(day.year, day.month, day.day, tzinfo=BANGKOK)


def fiscal_year(moment: datetime | date) -> int:
    """The fiscal year in the Buddhist era: year N runs from 1 October of N-1 to 30 September of N."""
    day = local_day(moment) if isinstance(moment, datetime) else moment
    return day.year + BUDDHIST_OFFSET + (1 if day.month >= FISCAL_YEAR_STARTS else 0)


def fiscal_year_days(year: int) -> tuple[date, date]:
    """First and last day of a fiscal year given in the Buddhist era."""
    christian = year - BUDDHIST_OFFSET
    return date(christian - 1, FISCAL_YEAR_STARTS, 1), date(christian, FISCAL_YEAR_STARTS, 1) - timedelta(days=1)


def show_date(moment: datetime | date, language: str) -> str:
    """`21 พ.ย. 2569` or `21 November 2026`."""
    day = local_day(moment) if isinstance(moment, datetime) else moment
    if language == "th":
        return f"{day.day} {MONTHS_TH[day.month - 1]} {day.year + BUDDHIST_OFFSET}"
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"


def show_datetime(moment: datetime, language: str) -> str:
    """`21 พ.ย. 2569 14:05 น.` or `21 November 2026, 14:05`."""
    clock = moment.astimezone(BANGKOK).strftime("%H:%M")
    if language == "th":
        return f"{show_date(moment, language)} {clock} น."
    return f"{show_date(moment, language)}, {clock}"
