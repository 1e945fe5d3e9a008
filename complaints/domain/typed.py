"""What people type: amounts, days and times, in Thai or Arabic digits, in either era."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from complaints.domain.thai_time import ARABIC_DIGITS, BANGKOK, BUDDHIST_OFFSET

AMOUNT = re.compile(r"^(\d{1,12})(?:\.(\d{1,2}))?$")
DAY = re.compile(r"^(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{2}|\d{4})$")
ISO_DAY = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
CLOCK = re.compile(r"^(\d{1,2})\s*[:.]\s*(\d{2})$")
# No Christian year that a complaint can name is as large as the smallest Buddhist one.
FIRST_BUDDHIST_YEAR = 2400


def read_baht(text: str) -> int | None:
    """The amount in satang of `3,500`, `๓๕๐๐.๕๐`, `3500 บาท`; None if it is no amount."""
    bare = text.translate(ARABIC_DIGITS).replace(",", "").replace("฿", "").strip()
    bare = bare.removesuffix("บาท").removesuffix("baht").removesuffix("บ.").strip()
    found = AMOUNT.match(bare)
    if found is None:
        return None
    baht, satang = found.groups()
    return int(baht) * 100 + int((satang or "0").ljust(2, "0"))


def read_day(text: str) -> date | None:
    """The day of `21/11/2569`, `21/11/69`, `21-11-2026` or `2026-11-21`; None if there is no such day."""
    plain = text.translate(ARABIC_DIGITS).strip()
    found = ISO_DAY.match(plain)
    if found is not None:
        year, month, day = (int(part) for part in found.groups())
    else:
        found = DAY.match(plain)
        if found is None:
            return None
        day, month, year = (int(part) for part in found.groups())
        # Two digits are how Thai people shorten a Buddhist year.
        year = year + 2500 if len(found.group(3)) == len("69") else year
    if year >= FIRST_BUDDHIST_YEAR:
        year -= BUDDHIST_OFFSET
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_clock(text: str) -> time | None:
    """The time of `14:05` or `14.05`; None if it is none."""
    found = CLOCK.match(text.translate(ARABIC_DIGITS).strip().removesuffix("น.").strip())
    if found is None:
        return None
    try:
        return time(int(found.group(1)), int(found.group(2)))
    except ValueError:
        return None


def bangkok_moment(day: date, clock: time) -> datetime:
    """The aware moment of a day and a time on a clock in Thailand."""
    return datetime.combine(day, clock, tzinfo=BANGKOK)
