"""What people type, read as values: money, days, hours, telephone numbers; Thai digits and both eras welcome."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from complaints.domain.errors import InvalidInput
from complaints.domain.thai_time import ARABIC_DIGITS, BUDDHIST_OFFSET, MONTHS_EN, MONTHS_TH

if TYPE_CHECKING:
    from collections.abc import Iterator

AMOUNT = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?$")
AROUND_AMOUNT = re.compile(r"^(?:฿|บาท|thb|baht)\s*|\s*(?:฿|บาท|บ\.|thb|baht|\.-)$", re.IGNORECASE)
ISO_DAY = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
NUMBERED_DAY = re.compile(r"^(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4}|\d{2})$")
NAMED_DAY = re.compile(r"^(\d{1,2})\s*([^\d\s]+(?:\s?\.)?)\s*(\d{4}|\d{2})?$")
AROUND_DAY = re.compile(r"^(?:เมื่อ)?วันที่\s*|(?:พ\.\s?ศ\.?|ค\.\s?ศ\.?)\s*", re.IGNORECASE)
CLOCK = re.compile(r"^(\d{1,2})(?:[:.](\d{2}))?$")
PHONE = re.compile(r"^(?:0[1-9]\d{7,8}|\+[1-9]\d{7,14})$")
EMAIL = re.compile(r"^[^@\s<>(),;:\"\\]+@[^@\s<>(),;:\"\\.]+(?:\.[^@\s<>(),;:\"\\.]+)+$")
DAY_WORDS = {
    0: ("วันนี้", "today", "เมื่อกี้", "เมื่อเช้า", "คืนนี้"),
    1: ("เมื่อวาน", "เมื่อวานนี้", "yesterday", "เมื่อคืน"),
    2: ("เมื่อวานซืน", "วานซืน", "the day before yesterday"),
}
FULL_MONTHS_TH = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
FIRST_BUDDHIST_YEAR = 2400
# The columns' lengths.
NAME_LIMIT, LINE_LIMIT = 200, 100
FULL_YEAR = 1000
SHORTEST_MONTH = 3


def read_amount(text: str, field: str) -> int:
    """Satang of a sum in baht: `3,500`, `๓๕๐๐.๕๐ บาท`; no floats on the way."""
    typed = AROUND_AMOUNT.sub("", AROUND_AMOUNT.sub("", text.translate(ARABIC_DIGITS).strip()))
    found = AMOUNT.match(typed)
    if found is None:
        raise InvalidInput(field, reason="amount")
    baht, satang = found.groups()
    return int(baht.replace(",", "")) * 100 + int((satang or "0").ljust(2, "0"))


def read_amount_if_any(text: str, field: str) -> int | None:
    """The same of a field that may stay empty; then None."""
    return read_amount(text, field) if text.strip() else None


def read_day(text: str, field: str, today: date) -> date:
    """A day that is not in the future: `21/11/2569`, `21 พ.ย. 69`, `2026-11-21`, `yesterday`."""
    day = read_any_day(text, field, today)
    if day > today:
        raise InvalidInput(field, reason="date_future")
    return day


def read_any_day(text: str, field: str, today: date) -> date:
    """A day that may lie ahead, written in the same ways."""
    typed = text.translate(ARABIC_DIGITS).strip().lower()
    for back, words in DAY_WORDS.items():
        if typed in words:
            return today - timedelta(days=back)
    day = _calendar_day(AROUND_DAY.sub("", typed), today)
    if day is None:
        raise InvalidInput(field, reason="date")
    return day


def read_clock(text: str, field: str) -> tuple[int, int]:
    """Hour and minute: `14:05`, `14.05 น.`, `๑๔`."""
    typed = re.sub(r"\s*(?:น\.?|นาฬิกา)$", "", text.translate(ARABIC_DIGITS).strip())
    found = CLOCK.match(typed)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:  # noqa: PLR2004 - a day's hours and minutes
        raise InvalidInput(field, reason="clock")
    return int(found[1]), int(found[2] or 0)


def read_phone(text: str, field: str) -> str:
    """Digits of a number in Thailand with its 0, or with + and the country in front."""
    typed = re.sub(r"[\s().\-]", "", text.translate(ARABIC_DIGITS))
    if typed.startswith("+66"):
        typed = "0" + typed[3:].removeprefix("0")
    if PHONE.match(typed) is None:
        raise InvalidInput(field, reason="phone")
    return typed


def read_name(text: str, field: str) -> str:
    """A person's name."""
    return _short(text, field, NAME_LIMIT)


def read_line_id(text: str, field: str) -> str:
    """A LINE ID as it was typed; one that was cut short would name somebody else."""
    return _short(text, field, LINE_LIMIT)


def _short(text: str, field: str, limit: int) -> str:
    typed = text.strip()
    if len(typed) > limit:
        raise InvalidInput(field, reason="too_long", limit=limit)
    return typed


def read_email(text: str, field: str) -> str:
    """An address that could be one."""
    typed = text.strip()
    if EMAIL.match(typed) is None or len(typed) > 200:  # noqa: PLR2004 - the column's length
        raise InvalidInput(field, reason="email_shape")
    return typed


def _calendar_day(typed: str, today: date) -> date | None:
    if found := ISO_DAY.match(typed):
        year, month, day = found.groups()
        return _day(day, int(month), year, today)
    if found := NUMBERED_DAY.match(typed):
        day, month, year = found.groups()
        return _day(day, int(month), year, today)
    if found := NAMED_DAY.match(typed):
        day, name, year = found.groups()
        month_of_name = _month(name)
        return _day(day, month_of_name, year or _latest_year(day, month_of_name, today), today)
    return None


def _day(day: str, month: int, year: str, today: date) -> date | None:
    for christian in _years(int(year), today):
        try:
            return date(christian, month, int(day))
        except ValueError:
            continue
    return None


def _years(typed: int, today: date) -> Iterator[int]:
    """The Christian year meant; of two digits the era that lies nearer to today, not after it."""
    if typed >= FIRST_BUDDHIST_YEAR:
        yield typed - BUDDHIST_OFFSET
    elif typed >= FULL_YEAR:
        yield typed
    else:
        readings = (2500 + typed - BUDDHIST_OFFSET, 2000 + typed)
        yield from sorted(readings, key=lambda year: (year > today.year, abs(today.year - year)))


def _latest_year(day: str, month: int, today: date) -> str:
    this_year = _day(day, month, str(today.year), today)
    return str(today.year if this_year is not None and this_year <= today else today.year - 1)


def _month(name: str) -> int:
    bare = name.replace(".", "").replace(" ", "")
    for number, (short, full, english) in enumerate(zip(MONTHS_TH, FULL_MONTHS_TH, MONTHS_EN, strict=True), 1):
        if bare in {short.replace(".", ""), full}:
            return number
        if len(bare) >= SHORTEST_MONTH and english.lower().startswith(bare):
            return number
    return 0
