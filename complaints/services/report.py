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
from complaints.domain.thai_time import local_day, midnight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

DIMENSIONS = ("agency", "category", "channel", "month", "fiscal_year")


def changed_days(session: Session, since: datetime) -> set[date]:
    """The days of receipt of every case to which something happened since then."""
    touched = select(Case.received_at).join(Event, Event.case_id == Case.id).where(Event.at >= since).distinct()
    return {local_day(moment) for moment in session.scalars(touched)}


def all_days(session: Session) -> set[date]:
    """Every day on which a case came in."""
    return {local_day(moment) for moment in session.scalars(select(Case.received_at))}


def recount(session: Session, days: Iterable[date], now: datetime) -> int:
    """Count the given days of receipt anew from the cases; returns how many days."""
    counted = 0
    for day in sorted(days):
        _count_day(session, day, now)
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
    """The count per value of a dimension: `agency`, `category`, `channel` or `month` (`2026-11`)."""
    rows = session.execute(_grouped(dimension, first, last, group))
    counts: dict[str, Count] = {}
    for value, solved, due, contacts in rows:
        name = f"{value:%Y-%m}" if isinstance(value, date) else str(value)
        counts[name] = counts.get(name, Count(0, 0)) + Count(int(solved), int(due), int(contacts))
    return counts


def _grouped(dimension: str, first: date, last: date, group: str | None) -> Select[Any, int, int, int]:
    column: Any = {
        "agency": KpiFact.agency_code,
        "category": KpiFact.category_code,
        "channel": KpiFact.channel,
        "month": KpiFact.day,
    }[dimension]
    statement = (
        select(column, func.sum(KpiFact.solved), func.sum(KpiFact.due), func.sum(KpiFact.contacts))
        .where(_span(first, last))
        .group_by(column)
        .order_by(column)
    )
    if group is not None:
        statement = statement.join(Category, Category.code == KpiFact.category_code).where(Category.group_code == group)
    return statement


def counted_at(session: Session) -> datetime | None:
    """The as-of moment: when facts were last counted."""
    return session.scalar(select(func.max(KpiFact.counted_at)).where(KpiFact.definition == RESOLUTION))


def _span(first: date, last: date) -> ColumnElement[bool]:
    return (KpiFact.definition == RESOLUTION) & KpiFact.day.between(first, last)
