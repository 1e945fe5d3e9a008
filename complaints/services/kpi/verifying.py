"""Everything rebuilt from the events and held against the facts, to the case."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.kpi import indicators
from complaints.domain.kpi.facts import KpiFact, KpiSpan
from complaints.domain.kpi.indicators import ACKNOWLEDGEMENT, INDICATORS
from complaints.domain.kpi.marks import cells
from complaints.domain.website import CATEGORY
from complaints.services import acknowledge
from complaints.services.kpi import counting, reading, sites

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.domain.kpi.marks import Mark

Key = tuple[str, ...]
NOTHING = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is not what the events say: contacts, due and solved of both; of hours the number alone."""

    day: date
    key: Key
    fact: tuple[int, ...]
    events: tuple[int, ...]


def differences(session: Session, now: datetime) -> Iterator[Difference]:
    """Day by day, whatever does not agree; of a day no more is held than its cells.

    A day is rebuilt as of the moment at which it was counted; what happened since is the next counting's.
    """
    groups = reading.groups(session)
    for day in sorted(counting.all_days(session) | set(session.scalars(select(KpiFact.day).distinct()))):
        facts, counted_at = _facts(session, day)
        events = _rebuilt(session, day, groups, counted_at or now)
        for key in sorted(facts.keys() | events.keys()):
            if facts.get(key, NOTHING) != events.get(key, NOTHING):
                yield Difference(day, key, facts.get(key, NOTHING), events.get(key, NOTHING))


def _facts(session: Session, day: date) -> tuple[dict[Key, tuple[int, ...]], datetime | None]:
    found: dict[Key, tuple[int, ...]] = {}
    moments = []
    for row in session.scalars(select(KpiFact).where(KpiFact.day == day)):
        if row.version == INDICATORS[row.definition].version:
            key = (row.definition, row.agency_code, row.category_code, row.channel, row.province)
            found[key] = (row.contacts, row.due, row.solved)
            moments.append(row.counted_at)
        session.expunge(row)
    for span in session.scalars(select(KpiSpan).where(KpiSpan.day == day)):
        if span.version == INDICATORS[span.definition].version:
            found[span.definition, span.agency_code, span.category_code, f"{span.hours} h"] = (span.number,)
        session.expunge(span)
    return found, max(moments, default=None)


def _rebuilt(session: Session, day: date, groups: Mapping[str, str], now: datetime) -> dict[Key, tuple[int, ...]]:
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    hours: dict[Key, list[int]] = defaultdict(lambda: [0])
    for marks in reading.marks_of(session, reading.received_on(day, timedelta(days=1)), groups, now):
        for mark in marks:
            _add(mark, now, found, hours)
    for channel, (solved, due) in acknowledge.counted(session, day, now).items():
        found[ACKNOWLEDGEMENT, "", "", channel, ""] = [due, due, solved]
    numbers, spans = sites.counted(session, day, now)
    for code, (due, solved) in numbers.items():
        if due:
            found[code, "", CATEGORY, "", ""] = [due, due, solved]
    for span, number in spans.items():
        hours[indicators.WEBSITE_TIME, "", CATEGORY, f"{span} h"] = [number]
    return {key: tuple(sums) for key, sums in (found | hours).items()}


def _add(mark: Mark, now: datetime, found: dict[Key, list[int]], hours: dict[Key, list[int]]) -> None:
    for cell in cells(mark, now):
        sums = found[cell.code, cell.agency_code, cell.category_code, cell.channel, cell.province]
        for place, number in enumerate((cell.contacts, cell.due, cell.solved)):
            sums[place] += number
    for code, span in ((indicators.FIRST_ANSWER, mark.first_hours), (indicators.FINAL_ANSWER, mark.final_hours)):
        if mark.lead and span is not None:
            hours[code, mark.agency_code, mark.category_code, f"{span} h"][0] += 1
