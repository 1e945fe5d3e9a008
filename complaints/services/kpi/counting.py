"""Counting: every figure comes from the timeline, a day of receipt at a time, or only the cases that changed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.kpi.facts import KpiCase, KpiFact
from complaints.domain.kpi.indicators import RESOLUTION, version
from complaints.domain.thai_time import local_day
from complaints.services import acknowledge
from complaints.services.kpi import reading, sites
from complaints.services.kpi.adding import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

COUNTING = 1212
ONE_DAY = timedelta(days=1)
# The nightly counting reads these days again whatever happened on them, and older ones as long as a problem is open.
RECENT = timedelta(days=90)
AT_ONCE = 500


def recount(session: Session, days: Iterable[date], now: datetime) -> int:
    """Count the given days of receipt anew from the events; returns how many days."""
    _alone(session)
    groups, counted = reading.groups(session), 0
    for day in sorted(days):
        session.execute(delete(KpiCase).where(KpiCase.day == day))
        touched = {day} | _keep(session, reading.received_on(day, ONE_DAY), groups, now)
        _write(session, touched, now)
        counted += 1
    return counted


def refresh(session: Session, since: datetime, now: datetime) -> int:
    """Count only the cases again to which something happened since then, and add up their days; returns how many days.

    A day that was never counted under the present definition is counted wholly.
    """
    _alone(session)
    rows = session.execute(
        select(Case.id, Case.received_at).join(Event, Event.case_id == Case.id).where(Event.at >= since).distinct()
    ).all()
    touched = {case_id: local_day(moment) for case_id, moment in rows}
    days = set(touched.values())
    known = set(
        session.scalars(
            select(KpiFact.day)
            .where(KpiFact.day.in_(days), KpiFact.definition == RESOLUTION, KpiFact.version == version(RESOLUTION))
            .distinct()
        )
    )
    groups = reading.groups(session)
    ids = _with_merged(session, {case_id for case_id, day in touched.items() if day in known})
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        session.execute(delete(KpiCase).where(KpiCase.case_id.in_(some)))
        known |= _keep(session, Case.id.in_(some), groups, now)
    changed = known | acknowledge.call_days(session, since) | sites.changed_days(session, since)
    _write(session, changed, now)
    return len(changed) + recount(session, days - known, now)


def _with_merged(session: Session, ids: set[int]) -> list[int]:
    """With the cases that share the fate of one of them."""
    found, fresh = set(ids), set(ids)
    while fresh:
        rows = session.scalars(select(Case.id).where(Case.merged_into_id.in_(fresh)))
        fresh = set(rows) - found
        found |= fresh
    return sorted(found)


def recent_days(session: Session, now: datetime) -> set[date]:
    """The days that the night counts again: the recent ones, those with anything open, and those never counted."""
    first, every = local_day(now - RECENT), all_days(session)
    open_ones = select(KpiCase.day).where(KpiCase.until.is_not(None) | KpiCase.owed_by.is_not(None)).distinct()
    known = select(KpiFact.day).where(KpiFact.definition == RESOLUTION, KpiFact.version == version(RESOLUTION))
    uncounted = every - set(session.scalars(known.distinct()))
    return {day for day in every if day >= first} | set(session.scalars(open_ones)) | uncounted


def all_days(session: Session) -> set[date]:
    """Every day on which a case, a call or a website came in."""
    found: set[date] = set()
    last = session.scalar(select(func.max(Case.received_at)))
    moment = session.scalar(select(func.min(Case.received_at)))
    day = local_day(moment) if moment else None
    while day is not None and last is not None and day <= local_day(last):
        if session.scalar(select(Case.id).where(reading.received_on(day, ONE_DAY)).limit(1)) is not None:
            found.add(day)
        day += ONE_DAY
    return found | acknowledge.call_days(session) | sites.changed_days(session)


def _alone(session: Session) -> None:
    """One counter at a time: on PostgreSQL two would insert the same facts; SQLite has one writer anyhow."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(COUNTING)))


def _keep(session: Session, which: ColumnElement[bool], groups: dict[str, str], now: datetime) -> set[date]:
    """Write what each case counts as; returns the days that they count on."""
    days: set[date] = set()
    rows: list[dict[str, object]] = []
    for found in reading.marks_of(session, which, groups, now):
        rows += [asdict(mark) for mark in found]
        days.add(found[0].day)
        if len(rows) >= AT_ONCE:
            session.execute(insert(KpiCase), rows)
            rows = []
    if rows:
        session.execute(insert(KpiCase), rows)
    return days


def _write(session: Session, days: Iterable[date], now: datetime) -> None:
    for day in sorted(days):
        add_up(session, day, now)
        acknowledge.count_day(session, day, now)
        sites.count_day(session, day, now)
    session.flush()
