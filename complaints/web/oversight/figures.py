"""Counts as a page shows them: names, rates, traffic lights, what pulls the rate down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from complaints.channels import registry
from complaints.domain import period
from complaints.domain.kpi.count import Count, Light, light
from complaints.domain.kpi.indicators import BACKLOG, PENDING
from complaints.domain.period import FISCAL_MONTHS, QUARTERS, Period
from complaints.domain.thai_time import (
    BUDDHIST_OFFSET,
    FISCAL_YEAR_STARTS,
    MONTHS_EN,
    MONTHS_TH,
    fiscal_year,
    show_date,
)
from complaints.services import catalogue, report
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from complaints.domain.agency import Agency, Category
    from complaints.web.oversight.asked import Asked

TONES = {Light.GREEN: "done", Light.YELLOW: "waiting", Light.RED: "urgent"}
IN_TIME_ORDER = frozenset({"month", "fiscal_year"})
CENTURY = 100
WORST = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: what it is about, its count, how it stands to the target, where its cases are."""

    code: str
    label: str
    count: Count
    tone: str
    word: str
    missing: int
    href: str = ""

    @property
    def rate(self) -> str:
        """The rate as shown, or the words for no figure."""
        return shown_rate(self.count)

    def bar(self) -> dict[str, object]:
        """The row as a bar; its length is a float, its words are exact."""
        rate = self.count.rate
        text = t("oversight.per_cent", rate=rate)
        return {
            "label": self.label,
            "value": None if rate is None else float(rate),
            "text": text,
            "tone": self.tone,
            "href": self.href,
        }


class Names:
    """The words for the values of every dimension."""

    def __init__(self, session: Session) -> None:
        """Read agencies and categories once."""
        self.agencies: dict[str, Agency] = catalogue.agencies(session)
        self.categories: dict[str, Category] = catalogue.categories(session)
        self._by: dict[str, Callable[[str], str]] = {
            "agency": lambda code: _name(self.agencies.get(code), code),
            "category": lambda code: _name(self.categories.get(code), code),
            "channel": lambda code: registry.name(code, language()),
            "month": month_words,
            "fiscal_year": lambda code: t("oversight.fiscal_year", year=code),
        }

    def of(self, dimension: str, code: str) -> str:
        """The word for a value; what is not yet known says so."""
        return self._by[dimension](code) if code else t("word.none")


def _name(row: Agency | Category | None, code: str) -> str:
    if row is None:
        return code
    return row.name(language())


def years(session: Session, today: date) -> list[tuple[int, str]]:
    """The fiscal years that have figures, for a select, the latest first."""
    span = every_year(session, today)
    found = range(fiscal_year(span.last), fiscal_year(span.first) - 1, -1)
    return [(year, t("oversight.year_option", year=year, christian=year - BUDDHIST_OFFSET)) for year in found]


def parts(year: int) -> list[tuple[str, Any]]:
    """The whole year, its quarters and its months, grouped for a select."""
    christian = year - BUDDHIST_OFFSET
    months = [
        (f"m{number}", month_words(f"{christian - (number >= FISCAL_YEAR_STARTS)}-{number:02d}"))
        for number in FISCAL_MONTHS
    ]
    quarters = [(f"q{number}", t(f"oversight.quarter.{number}")) for number in QUARTERS]
    calendar = [("cy", t("oversight.part.cy"))]
    calendar += [(f"cq{number}", t(f"oversight.calendar_quarter.{number}")) for number in QUARTERS]
    return [
        ("year", t("oversight.part.year")),
        (t("oversight.part.quarters"), quarters),
        (t("oversight.part.months"), months),
        (t("oversight.part.calendar", year=year), calendar),
    ]


def month_words(key: str, *, short: bool = False) -> str:
    """`พ.ย. 2569` or `November 2026`; short `พ.ย. 69` or `Nov 26`."""
    year, month = (int(part) for part in key.split("-"))
    if language() == "th":
        year += BUDDHIST_OFFSET
    shown = f"{year % CENTURY:02d}" if short else str(year)
    if language() == "th":
        return f"{MONTHS_TH[month - 1]} {shown}"
    return f"{MONTHS_EN[month - 1][:3] if short else MONTHS_EN[month - 1]} {shown}"


def plain(number: Decimal) -> str:
    """A target without needless decimals: `80`, `82.5`."""
    return f"{number.normalize():f}"


def shown_rate(count: Count) -> str:
    """`78.42 %`, or the words for no figure."""
    return t("oversight.no_figure") if count.rate is None else t("oversight.per_cent", rate=count.rate)


def standing(count: Count, target: Decimal) -> tuple[str, str]:
    """Tone and word of the traffic light."""
    if count.rate is None:
        return "neutral", t("oversight.no_figure")
    found = light(count.rate, target)
    return TONES[found], t(f"oversight.light.{found.value}")


def lines(session: Session, asked: Asked, names: Names, target: Decimal, *, linked: bool) -> list[Line]:
    """The table of a dimension, worst first; months and years in their order."""
    span = every_year(session, asked.period.first) if asked.by == "fiscal_year" else asked.period
    counts = report.by(session, asked.by, span.first, span.last, group=asked.group)
    found = [_line(asked, asked.by, code, count, names, target, linked=linked) for code, count in counts.items()]
    if asked.by in IN_TIME_ORDER:
        return sorted(found, key=lambda line: line.code)
    return sorted(found, key=lambda line: (-line.missing, line.count.rate is None, line.count.rate or 0, line.label))


def _line(
    asked: Asked, dimension: str, code: str, count: Count, names: Names, target: Decimal, *, linked: bool
) -> Line:
    tone, word = standing(count, target)
    href = line_url(asked, dimension, code) if linked else ""
    return Line(code, names.of(dimension, code), count, tone, word, count.missing(target), href)


def line_url(asked: Asked, dimension: str, code: str) -> str:
    """Where the cases of a row are listed: its problems, solved or not."""
    if dimension == "month":
        year, month = (int(part) for part in code.split("-"))
        span = period.month(fiscal_year(date(year, month, 1)), month)
        first, last = max(span.first, asked.period.first), min(span.last, asked.period.last)
        return asked.cases_url(**{"from": first.isoformat(), "to": last.isoformat()}, counted="due")
    if dimension == "fiscal_year":
        return asked.cases_url(**{"from": None, "to": None}, year=code, part="year", counted="due")
    return asked.cases_url(**{dimension: code or "-"}, counted="due")


def every_year(session: Session, today: date) -> Period:
    """From the first year that was counted to the year of a day, at least."""
    first = report.first_day(session) or today
    last = report.last_day(session) or today
    return Period(
        period.whole_year(fiscal_year(min(first, today))).first, period.whole_year(fiscal_year(max(last, today))).last
    )


@dataclass(frozen=True, slots=True)
class Weight:
    """An agency's part of a category that lacks solved problems."""

    agency: str
    category: str
    count: Count
    rate: str
    missing: int
    href: str


def weights(session: Session, asked: Asked, names: Names, target: Decimal, *, linked: bool) -> list[Weight]:
    """What pulls the rate down: agency by category, those that lack most first."""
    counts = report.cells(session, ("agency", "category"), asked.period.first, asked.period.last, group=asked.group)
    lacking = [(agency, category, count) for (agency, category), count in counts.items() if count.missing(target)]
    lacking.sort(key=lambda cell: (-cell[2].missing(target), cell[2].rate or 0))
    return [
        Weight(
            names.of("agency", agency),
            names.of("category", category),
            count,
            shown_rate(count),
            count.missing(target),
            asked.cases_url(agency=agency or "-", category=category or "-", counted="unsolved") if linked else "",
        )
        for agency, category, count in lacking[:WORST]
    ]


def trend(session: Session, asked: Asked) -> list[dict[str, object]]:
    """The rate of every month of the period; a month without problems has no figure."""
    counts = report.by(session, "month", asked.period.first, asked.period.last, group=asked.group)
    points: list[dict[str, object]] = []
    for first in asked.period.months():
        key = report.month_of(first)
        rate = counts.get(key, Count(0, 0)).rate
        text = "" if rate is None else t("oversight.per_cent", rate=rate)
        value = None if rate is None else float(rate)
        points.append({"label": month_words(key, short=True), "value": value, "text": text})
    return points


def verdict(session: Session, asked: Asked, count: Count, target: Decimal, today: date) -> list[str]:
    """The sentences beside the one number: what is lacking, by when, and whether it can still be reached."""
    if count.rate is None:
        return [t("oversight.verdict.nothing")]
    shown = plain(target)
    missing = count.missing(target)
    if not missing:
        return [t("oversight.verdict.reached", target=shown)]
    if asked.period.is_over(today):
        said = [t("oversight.verdict.over", n=f"{missing:,}", target=shown)]
    else:
        day = show_date(asked.period.last, language())
        said = [t("oversight.verdict.missing", n=f"{missing:,}", day=day, target=shown)]
    more = report.totals(session, asked.period.first, asked.period.last, (PENDING, BACKLOG), group=asked.group)
    said.append(t("oversight.verdict.pending", n=f"{more[PENDING].solved:,}"))
    said.append(t("oversight.verdict.in_time", n=f"{more[BACKLOG].solved:,}"))
    return said
