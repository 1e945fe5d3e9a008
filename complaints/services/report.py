"""Counting the indicators into daily facts, and reading them back for the dashboard."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.kpi import RESOLUTION, TRADING_GROUP, Count, KpiFact, is_due, is_solved
from complaints.domain.lifecycle import State
from complaints.domain.thai_time import fiscal_year, local_day, midnight
from complaints.services import acknowledge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

COUNTING = 1212
DIMENSIONS = ("agency", "category", "channel", "month", "fiscal_year")


def changed_days(session: Session, since: datetime) -> set[date]:
    """The days of receipt of every case to which something happened since then, and of calls."""
    touched = select(Case.received_at).join(Event, Event.case_id == Case.id).where(Event.at >= since).distinct()
    return {local_day(moment) for moment in session.scalars(touched)} | acknowledge.call_days(session, since)


def all_days(session: Session) -> set[date]:
    """Every day on which a case or a call came in."""
    return {local_day(moment) for moment in session.scalars(select(Case.received_at))} | acknowledge.call_days(session)


def recount(session: Session, days: Iterable[date], now: datetime) -> int:
    """Count the given days of receipt anew from the cases; returns how many days."""
    # One counter at a time: on PostgreSQL two would insert the same facts; SQLite has one writer anyhow.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(COUNTING)))
    counted = 0
    for day in sorted(days):
        _count_day(session, day, now)
        acknowledge.count_day(session, day, now)
        counted += 1
    return counted


def _count_day(session: Session, day: date, now: datetime) -> None:
    start, end = midnight(day), midnight(day + timedelta(days=1))
    rows = session.execute(
        select(
            Case.lead_agency_code,
            Case.category_code,
            Category.group_code,
            Case.channel,
            Case.province,
            Case.state,
            Case.resolved_at,
            Case.final_by,
        )
        .outerjoin(Category, Category.code == Case.category_code)
        .where(Case.received_at >= start, Case.received_at < end)
    )
    counts: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for agency, category, group, channel, province, state, resolved_at, final_by in rows:
        cell = counts[agency or "", category or "", channel, province]
        cell[0] += 1
        if is_due(State(state), group):
            cell[1] += 1
            cell[2] += int(is_solved(State(state), resolved_at, final_by))
    session.execute(delete(KpiFact).where(KpiFact.day == day, KpiFact.definition == RESOLUTION))
    for (agency, category, channel, province), (contacts, due, solved) in counts.items():
        session.add(
            KpiFact(
                day=day,
                definition=RESOLUTION,
                agency_code=agency,
                category_code=category,
                channel=channel,
                province=province,
                contacts=contacts,
                due=due,
                solved=solved,
                counted_at=now,
            )
        )
    session.flush()


def total(session: Session, first: date, last: date, *, group: str | None = TRADING_GROUP) -> Count:
    """Solved of due of the problems received in a span of days; `group` None counts all groups."""
    statement = select(func.sum(KpiFact.solved), func.sum(KpiFact.due), func.sum(KpiFact.contacts)).where(
        _span(first, last)
    )
    if group is not None:
        statement = statement.join(Category, Category.code == KpiFact.category_code).where(Category.group_code == group)
    solved, due, contacts = session.execute(statement).one()
    return Count(int(solved or 0), int(due or 0), int(contacts or 0))


def by(
    session: Session, dimension: str, first: date, last: date, *, group: str | None = TRADING_GROUP
) -> dict[str, Count]:
    """The count per value of a dimension: a code, a `month` (`2026-11`) or a `fiscal_year` (`2570`)."""
    column, name = _BY[dimension]
    rows = session.execute(_grouped([column], first, last, group))
    counts: dict[str, Count] = {}
    for value, solved, due, contacts in rows:
        counts[name(value)] = counts.get(name(value), Count(0, 0)) + Count(int(solved), int(due), int(contacts))
    return counts


def cells(
    session: Session, dimensions: Sequence[str], first: date, last: date, *, group: str | None = TRADING_GROUP
) -> dict[tuple[str, ...], Count]:
    """The count per combination of several dimensions, in their order."""
    parts = [_BY[dimension] for dimension in dimensions]
    rows = session.execute(_grouped([column for column, _ in parts], first, last, group))
    counts: dict[tuple[str, ...], Count] = {}
    for *values, solved, due, contacts in rows:
        key = tuple(name(value) for (_, name), value in zip(parts, values, strict=True))
        counts[key] = counts.get(key, Count(0, 0)) + Count(int(solved), int(due), int(contacts))
    return counts


def first_day(session: Session) -> date | None:
    """The first day that was counted."""
    return session.scalar(select(func.min(KpiFact.day)).where(KpiFact.definition == RESOLUTION))


def last_day(session: Session) -> date | None:
    """The last day that was counted."""
    return session.scalar(select(func.max(KpiFact.day)).where(KpiFact.definition == RESOLUTION))


def month_of(day: date) -> str:
    """A month's key: `2026-11`."""
    return f"{day:%Y-%m}"


_BY: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "agency": (KpiFact.agency_code, str),
    "category": (KpiFact.category_code, str),
    "channel": (KpiFact.channel, str),
    "month": (KpiFact.day, month_of),
    "fiscal_year": (KpiFact.day, lambda day: str(fiscal_year(day))),
}


def _grouped(columns: list[Any], first: date, last: date, group: str | None) -> Select[Any]:
    statement = (
        select(*columns, func.sum(KpiFact.solved), func.sum(KpiFact.due), func.sum(KpiFact.contacts))
        .where(_span(first, last))
        .group_by(*columns)
        .order_by(*columns)
    )
    if group is not None:
        statement = statement.join(Category, Category.code == KpiFact.category_code).where(Category.group_code == group)
    return statement


def counted_at(session: Session) -> datetime | None:
    """The as-of moment: when facts were last counted."""
    return session.scalar(select(func.max(KpiFact.counted_at)).where(KpiFact.definition == RESOLUTION))


def _span(first: date, last: date) -> ColumnElement[bool]:
    return (KpiFact.definition == RESOLUTION) & KpiFact.day.between(first, last)
