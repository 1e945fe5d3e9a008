"""Every other indicator of a period on one page: what it is, what it counted, how it stands, where its cases are."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from complaints.domain.kpi import indicators
from complaints.domain.kpi.indicators import INDICATORS
from complaints.domain.kpi.official import FULL, PARTNERS, RATE, TRADING, grade
from complaints.domain.period import whole_year
from complaints.services import acknowledge, behind, report
from complaints.web.language import language, t
from complaints.web.oversight import figures
from complaints.web.telling import baht

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from complaints.domain.agency import Agency
    from complaints.domain.kpi.count import Count
    from complaints.web.oversight.asked import Asked

RATES = (
    indicators.ANSWERED,
    indicators.PENDING,
    indicators.REOPENED,
    indicators.REROUTED,
    indicators.AUTO,
    indicators.AUTO_RIGHT,
    indicators.SATISFACTION,
    indicators.RESPONSE,
    indicators.FROZE,
)
MONEY = (indicators.LOST, indicators.RECOVERED)
BACKLOG = indicators.BACKLOG
# Websites have no seller and no group: they count whatever scope is asked for.
WEBSITES = (indicators.WEBSITE_VERIFIED, indicators.WEBSITE_BLOCKED)
HALF, MOST = 50, 90
AGES = (7, 15, 30, 60)
DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator as a line of the table; `tone` is empty where no target was ever set."""

    name: str
    value: str
    counted: str
    href: str = ""
    target: str = ""
    tone: str = ""
    word: str = ""


def rows(session: Session, asked: Asked, *, linked: bool) -> list[Row]:
    """Rates first, then how long things take, then money."""
    first, last = asked.period.first, asked.period.last
    counts = report.totals(session, first, last, (*RATES, *MONEY), group=asked.group)
    sites = report.totals(session, first, last, WEBSITES, group=None)
    hours = report.hours(session, first, last, indicators.SPANS[:2], group=asked.group)
    hours |= report.hours(session, first, last, indicators.SPANS[2:], group=None)
    told = acknowledge.added(acknowledge.cells(session, first, last))
    found = [_rate(indicators.ACKNOWLEDGEMENT, told)]
    for code in RATES:
        href = asked.cases_url(of=code, counted="due") if linked and code in behind.LISTED else ""
        found.append(_rate(code, counts[code], href))
    found += [_rate(code, sites[code]) for code in WEBSITES]
    found += [Row(_name(code), _within(hours[code]), f"{sum(hours[code].values()):,}") for code in indicators.SPANS]
    return found + [Row(_name(code), baht(counts[code].due), "") for code in MONEY]


def _name(code: str) -> str:
    return t(f"kpi.{code}.name")


def _rate(code: str, count: Count, href: str = "") -> Row:
    target = INDICATORS[code].target
    tone, word = figures.standing(count, target) if target is not None and count.rate is not None else ("", "")
    counted = f"{count.solved:,} / {count.due:,}" if count.due else "–"
    shown = figures.plain(target) if target is not None else ""
    return Row(_name(code), figures.shown_rate(count), counted, href if count.due else "", shown, tone, word)


def _within(numbers: dict[int, int]) -> str:
    half, most = report.within(numbers, HALF), report.within(numbers, MOST)
    if half is None or most is None:
        return t("oversight.no_figure")
    return t("kpi.within", half=_hours(half), most=_hours(most))


def _hours(hours: int) -> str:
    if hours % DAY_HOURS == 0:
        return t("kpi.days", n=hours // DAY_HOURS)
    return t("kpi.hours", n=hours)


def backlog(session: Session, asked: Asked, today: date) -> list[dict[str, object]]:
    """How old the open problems are, whatever period they came in: as bars with their numbers."""
    names = [t("kpi.age.within", n=limit) for limit in AGES] + [t("kpi.age.older", n=AGES[-1])]
    numbers = report.ages(session, BACKLOG, today, AGES, group=asked.group)
    return [
        {"label": name, "value": number, "text": f"{number:,}"} for name, number in zip(names, numbers, strict=True)
    ]


def definitions() -> list[tuple[str, str]]:
    """Each indicator's definition in words, with its version."""
    return [
        (
            t("kpi.named", name=_name(code), version=one.version),
            t("kpi.divided", numerator=t(f"kpi.{code}.numerator"), denominator=t(f"kpi.{code}.denominator")),
        )
        for code, one in INDICATORS.items()
    ]


def last_year(session: Session, asked: Asked, count: Count) -> str:
    """The same days of the year before beside these; empty when nothing was due then."""
    span = asked.period.year_before()
    before = report.total(session, span.first, span.last, group=asked.group)
    if before.rate is None or count.rate is None:
        return ""
    points = count.rate - before.rate
    return t("kpi.last_year", rate=before.rate, points=f"{points:+}", pair=f"{before.solved:,} / {before.due:,}")


def score(asked: Asked, count: Count, agencies: Iterable[Agency]) -> list[tuple[str, str]]:
    """The official points of a whole fiscal year of the trading indicator, and from what they come."""
    if asked.scope != "trading" or asked.period != whole_year(asked.year) or count.rate is None:
        return []
    joined = _joined(asked, agencies)
    measured = {RATE: count.rate, PARTNERS: Decimal(len(joined))}
    points, weighted = TRADING.points(measured), TRADING.weighted(measured)
    said = t("kpi.score.undefined")
    if points is not None and weighted is not None:
        word = t(f"kpi.score.{grade(Decimal(points))}")
        said = t(
            "kpi.score.points",
            points=points,
            full=FULL,
            weighted=figures.plain(weighted),
            weight=TRADING.weight,
            word=word,
        )
    names = ", ".join(joined) or t("kpi.score.nobody")
    return [
        (t("kpi.score.title"), said),
        (t("kpi.score.partners"), t("kpi.score.joined", n=len(joined), names=names)),
        (t("kpi.score.rule"), t("kpi.score.rule_text")),
    ]


def _joined(asked: Asked, agencies: Iterable[Agency]) -> Sequence[str]:
    return [
        row.name(language())
        for row in agencies
        if row.joined_on is not None and asked.period.first <= row.joined_on <= asked.period.last
    ]
