"""How far the days named in a text lie apart: "on the 5th ... now it is the 7th", "Wednesday ... today is Friday"."""

from __future__ import annotations

import re
from itertools import pairwise

Span = tuple[str, int, int]

NAMES = ("dates_close", "dates_far", "weekdays_close", "weekdays_far")
_MONTHS = (
    r"ม\.?ค\b\.?|มกรา|jan",
    r"ก\.?พ\b\.?|กุมภา|feb",
    r"มี\.?ค\b\.?|มีนา|mar",
    r"เม\.?ย\b\.?|เมษา|apr",
    r"พ\.?ค\b\.?|พฤษภา|may",
    r"มิ\.?ย\b\.?|มิถุนา|jun",
    r"ก\.?ค\b\.?|กรก[ฎฏ]า|jul",
    r"ส\.?ค\b\.?|สิงหา|aug",
    r"ก\.?ย\b\.?|กันยา|sep",
    r"ต\.?ค\b\.?|ตุลา|oct",
    r"พ\.?ย\b\.?|พฤศจิกา|nov",
    r"ธ\.?ค\b\.?|ธันวา|dec",
)
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, 1))
# The first lines of the patterns only let most signs pass quickly.
_DATE = re.compile(
    r"(?=[\dวt])(?:"
    rf"(?<![\d/.,:])(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)? ?(?:of )?(?:{_MONTH})"
    r"|(?<![\d/.,:-])(?P<day2>[12]?\d|3[01])/(?P<month>1[0-2]|0?[1-9])(?![\d,])"
    r"|(?:วันที่|the) ?(?P<bare>[12]?\d|3[01])(?:st|nd|rd|th)?(?![\d/.,:]))"
)
_WEEKDAYS = {
    "จันทร์": 0, "อังคาร": 1, "พุธ": 2, "พฤหัส": 3, "ศุกร์": 4, "เสาร์": 5, "อาทิตย์": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_WEEKDAY = re.compile(
    r"(?=[วคเบนโmtwfs])(?:"
    r"(?:วัน|คืน|เช้า|เย็น|บ่าย|นี้|ค่ำ|โอน)(?:วัน)?(?P<thai>จันทร์|อังคาร|พุธ|พฤหัส|ศุกร์|เสาร์|อาทิตย์)"
    r"|(?<!every )(?P<english>(?:mon|tues|wednes|thurs|fri|satur|sun)day))"
)
# Months are taken as equally long: that moves a gap by half a day.
_MONTH_DAYS, _YEAR_DAYS, _CLOSE, _WEEK = 30.5, 366, 3.5, 7


def found(text: str) -> list[Span]:
    """Whether the last two days named in a normalised text are three days apart at most, or further."""
    return [*_dates(text), *_weekdays(text)]


def _dates(text: str) -> list[Span]:
    places: list[tuple[float, int, int]] = []
    month = 0
    for match in _DATE.finditer(text):
        named = next((number for number in range(1, len(_MONTHS) + 1) if match[f"m{number}"]), 0)
        month = named or int(match["month"] or 0) or month
        day = int(match["day"] or match["day2"] or match["bare"])
        places.append((month * _MONTH_DAYS + day, *match.span()))
    gaps = [(abs(later[0] - earlier[0]), earlier) for earlier, later in pairwise(places)]
    gaps = [(gap, place) for gap, place in gaps if gap]
    if not gaps:
        return []
    gap, place = gaps[-1]
    close = min(gap, _YEAR_DAYS - gap) <= _CLOSE
    return [("dates_close" if close else "dates_far", place[1], place[2])]


def _weekdays(text: str) -> list[Span]:
    places = [(_WEEKDAYS[match["thai"] or match["english"]], *match.span()) for match in _WEEKDAY.finditer(text)]
    pairs = [(one, other) for one, other in pairwise(places) if one[0] != other[0]]
    if not pairs:
        return []
    (first, start, end), (last, _, _) = pairs[-1]
    close = (last - first) % _WEEK <= _CLOSE
    return [("weekdays_close" if close else "weekdays_far", start, end)]
