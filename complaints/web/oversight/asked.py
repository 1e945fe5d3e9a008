"""What somebody asks the figures for: which problems, which days, seen by what; all of it stands in the address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import url_for

from complaints.domain import period
from complaints.domain.errors import InvalidInput
from complaints.domain.kpi.indicators import TRADING_GROUP
from complaints.domain.period import FISCAL_MONTHS, QUARTERS, Period
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import ARABIC_DIGITS, BUDDHIST_OFFSET, fiscal_year
from complaints.services.report import DIMENSIONS
from complaints.web.errors import sentence
from complaints.web.language import t

if TYPE_CHECKING:
    from datetime import date

    from werkzeug.datastructures import MultiDict

SCOPES = ("trading", "all")
PARTS = (
    "year",
    *(f"q{number}" for number in QUARTERS),
    *(f"m{number}" for number in FISCAL_MONTHS),
    "cy",
    *(f"cq{number}" for number in QUARTERS),
)
# Years that a Buddhist calendar on a screen can mean.
FIRST_YEAR, LAST_YEAR = 2500, 2642


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the figures; `typed_from` and `typed_to` are the free days as they were typed."""

    scope: str
    by: str
    year: int
    part: str
    period: Period
    typed_from: str = ""
    typed_to: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str | None:
        """The group of categories that counts; None for all."""
        return TRADING_GROUP if self.scope == "trading" else None

    @property
    def is_free(self) -> bool:
        """Were two days of one's own given."""
        return bool(self.typed_from or self.typed_to) and not self.errors

    def args(self, **changes: object) -> dict[str, object]:
        """The address's arguments of the same question with something changed."""
        asked: dict[str, object] = {"scope": self.scope, "by": self.by, "year": self.year, "part": self.part}
        if self.is_free:
            asked |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return asked | changes

    def url(self, **changes: object) -> str:
        """The figures' page for the same question with something changed."""
        return url_for("oversight.index", **self.args(**changes))  # type: ignore[arg-type]

    def cases_url(self, **filters: object) -> str:
        """The list of the cases behind a figure."""
        return url_for("oversight.cases", **self.args(by=None, **filters))  # type: ignore[arg-type]


def read_asked(args: MultiDict[str, str], today: date) -> Asked:
    """The question of an address; what is missing or unknown falls back to this fiscal year's trading figures."""
    year = _year(args.get("year", ""), today)
    part = args.get("part", "")
    part = part if part in PARTS else "year"
    typed_from, typed_to = args.get("from", "").strip(), args.get("to", "").strip()
    span = span_of(year, part)
    errors: dict[str, str] = {}
    if typed_from or typed_to:
        free, errors = _free(typed_from, typed_to, today)
        span = free or span
    return Asked(
        scope=args.get("scope", "") if args.get("scope") in SCOPES else SCOPES[0],
        by=args.get("by", "") if args.get("by") in DIMENSIONS else DIMENSIONS[0],
        year=year,
        part=part,
        period=span,
        typed_from=typed_from,
        typed_to=typed_to,
        errors=errors,
    )


def span_of(year: int, part: str) -> Period:
    """The days of a fiscal year, of a part of it, or of the calendar year of the same number."""
    if part == "cy":
        return period.calendar_year(year)
    if part.startswith("cq"):
        return period.calendar_quarter(year, int(part[2:]))
    if part.startswith("q"):
        return period.quarter(year, int(part[1:]))
    if part.startswith("m"):
        return period.month(year, int(part[1:]))
    return period.whole_year(year)


def _year(typed: str, today: date) -> int:
    plain = typed.translate(ARABIC_DIGITS)
    given = int(plain) if plain.isascii() and plain.isdigit() else 0
    # A year of the common era means the same year as its Buddhist number.
    for year in (given, given + BUDDHIST_OFFSET):
        if FIRST_YEAR <= year <= LAST_YEAR:
            return year
    return fiscal_year(today)


def _free(typed_from: str, typed_to: str, today: date) -> tuple[Period | None, dict[str, str]]:
    errors: dict[str, str] = {}
    days: list[date] = []
    for name, typed in (("from", typed_from), ("to", typed_to)):
        try:
            days.append(read_any_day(typed, name, today))
        except InvalidInput as error:
            errors[name] = sentence(error)
    if errors:
        return None, errors
    first, last = days
    if first > last:
        return None, {"to": t("oversight.error.order")}
    return Period(first, last), {}
