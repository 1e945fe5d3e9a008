"""From the marks of a day's cases to its facts, added up by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import delete, func, insert, select

from complaints.domain.kpi import indicators
from complaints.domain.kpi.facts import KpiCase, KpiFact, KpiSpan
from complaints.domain.kpi.indicators import MARKED, version
from complaints.domain.kpi.marks import COUNTED_HERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

DIMENSIONS = (KpiCase.agency_code, KpiCase.category_code, KpiCase.channel, KpiCase.province)
_HOURS = {indicators.FIRST_ANSWER: KpiCase.first_hours, indicators.FINAL_ANSWER: KpiCase.final_hours}


def add_up(session: Session, day: date, now: datetime) -> None:
    """Write the facts of a day anew; those of older definitions stay."""
    rows = session.execute(select(*DIMENSIONS, *_sums(now)).where(KpiCase.day == day).group_by(*DIMENSIONS)).all()
    facts = [
        {
            "day": day,
            "definition": code,
            "version": version(code),
            "agency_code": row[0],
            "category_code": row[1],
            "channel": row[2],
            "province": row[3],
            "contacts": contacts,
            "due": due,
            "solved": solved,
            "counted_at": now,
        }
        for row in rows
        for code, contacts, due, solved in _facts([int(value or 0) for value in row[4:]])
    ]
    for code in COUNTED_HERE:
        session.execute(delete(KpiFact).where(_mine(KpiFact, day, code)))
        session.execute(delete(KpiSpan).where(_mine(KpiSpan, day, code)))
    if facts:
        session.execute(insert(KpiFact), facts)
    for code in _HOURS:
        _add_hours(session, day, code)


def _mine(table: type[KpiFact | KpiSpan], day: date, code: str) -> ColumnElement[bool]:
    return (table.day == day) & (table.definition == code) & (table.version == version(code))


def _sums(now: datetime) -> list[ColumnElement[Any]]:
    """In the order in which `_facts` reads them."""
    found = [_number(KpiCase.lead)]
    for one in MARKED:
        found += [
            _number(KpiCase.lead & (KpiCase.due.bitwise_and(one.mask) != 0)),
            _number(KpiCase.lead & (KpiCase.solved.bitwise_and(one.mask) != 0)),
        ]
    is_open = KpiCase.lead & KpiCase.until.is_not(None)
    found += [_number(is_open), _number(is_open & (KpiCase.until >= now))]
    owed = KpiCase.kept.is_not(None) | (KpiCase.owed_by < now)
    found += [_number(owed), _number(KpiCase.kept)]
    return [*found, func.sum(KpiCase.lost), func.sum(KpiCase.recovered)]


def _number(which: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a column or a condition
    return func.sum(either((which, 1), else_=0))


def _facts(sums: list[int]) -> Iterator[tuple[str, int, int, int]]:
    """Indicator, contacts, due and solved of a cell, without those of which it has nothing."""
    lead, rest = sums[0], iter(sums[1:])
    for one in MARKED:
        due, solved = next(rest), next(rest)
        if due or (lead and one.code == indicators.RESOLUTION):
            yield one.code, lead if one.code == indicators.RESOLUTION else due, due, solved
    for code in (indicators.BACKLOG, indicators.ANSWERED):
        due, solved = next(rest), next(rest)
        if due:
            yield code, due, due, solved
    for code in (indicators.LOST, indicators.RECOVERED):
        amount = next(rest)
        if amount:
            yield code, amount, amount, amount


def _add_hours(session: Session, day: date, code: str) -> None:
    dimensions = (KpiCase.agency_code, KpiCase.category_code, _HOURS[code])
    rows = session.execute(
        select(*dimensions, func.count())
        .where(KpiCase.day == day, KpiCase.lead, _HOURS[code].is_not(None))
        .group_by(*dimensions)
    ).all()
    names = ("agency_code", "category_code", "hours", "number")
    common = {"day": day, "definition": code, "version": version(code)}
    if rows:
        session.execute(insert(KpiSpan), [common | dict(zip(names, row, strict=True)) for row in rows])
