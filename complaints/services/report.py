"""Reading the daily facts for the dashboard: no figure on the way is counted from cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVarTuple

from sqlalchemy import func, or_, select

from complaints.domain.agency import Category
from complaints.domain.kpi.count import Count
from complaints.domain.kpi.facts import KpiFact, KpiSpan
from complaints.domain.kpi.indicators import RESOLUTION, TRADING_GROUP, version
from complaints.domain.thai_time import fiscal_year

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

Columns = TypeVarTuple("Columns")
DIMENSIONS = ("agency", "category", "channel", "month", "fiscal_year")


def total(
    session: Session, first: date, last: date, *, group: str | None = TRADING_GROUP, code: str = RESOLUTION
) -> Count:
    """Solved of due of what was received in a span of days; `group` None counts all groups."""
    return totals(session, first, last, [code], group=group)[code]


def totals(
    session: Session, first: date, last: date, codes: Sequence[str], *, group: str | None = TRADING_GROUP
) -> dict[str, Count]:
    """The same of several indicators, each under the present version of its definition."""
    statement = select(KpiFact.definition, *SUMS).where(_span(KpiFact, codes, first, last)).group_by(KpiFact.definition)
    rows = session.execute(_within(statement, KpiFact, group))
    found = {code: Count(int(solved), int(due), int(contacts)) for code, solved, due, contacts in rows}
    return {code: found.get(code, Count(0, 0)) for code in codes}


def of_version(
    session: Session, first: date, last: date, number: int, *, group: str | None = TRADING_GROUP, code: str = RESOLUTION
) -> tuple[Count, datetime | None]:
    """What was counted under an older version of a definition, which nobody counts again, and when it was."""
    statement = select(*SUMS, func.max(KpiFact.counted_at)).where(
        KpiFact.day.between(first, last), KpiFact.definition == code, KpiFact.version == number
    )
    solved, due, contacts, at = session.execute(_within(statement, KpiFact, group)).one()
    return Count(int(solved or 0), int(due or 0), int(contacts or 0)), at


def by(
    session: Session,
    dimension: str,
    first: date,
    last: date,
    *,
    group: str | None = TRADING_GROUP,
    code: str = RESOLUTION,
) -> dict[str, Count]:
    """The count per value of a dimension: a code, a `month` (`2026-11`) or a `fiscal_year` (`2570`)."""
    return {key: count for (key,), count in cells(session, [dimension], first, last, group=group, code=code).items()}


def cells(
    session: Session,
    dimensions: Sequence[str],
    first: date,
    last: date,
    *,
    group: str | None = TRADING_GROUP,
    code: str = RESOLUTION,
) -> dict[tuple[str, ...], Count]:
    """The count per combination of several dimensions, in their order."""
    parts = [_BY[dimension] for dimension in dimensions]
    columns: list[Any] = [column for column, _ in parts]
    statement = select(*columns, *SUMS).where(_span(KpiFact, [code], first, last)).group_by(*columns).order_by(*columns)
    counts: dict[tuple[str, ...], Count] = {}
    for *values, solved, due, contacts in session.execute(_within(statement, KpiFact, group)):
        key = tuple(name(value) for (_, name), value in zip(parts, values, strict=True))
        counts[key] = counts.get(key, Count(0, 0)) + Count(int(solved), int(due), int(contacts))
    return counts


def hours(
    session: Session, first: date, last: date, codes: Sequence[str], *, group: str | None = TRADING_GROUP
) -> dict[str, dict[int, int]]:
    """How many took at most so many hours, per indicator."""
    statement = (
        select(KpiSpan.definition, KpiSpan.hours, func.sum(KpiSpan.number))
        .where(_span(KpiSpan, codes, first, last))
        .group_by(KpiSpan.definition, KpiSpan.hours)
    )
    found: dict[str, dict[int, int]] = {code: {} for code in codes}
    for code, number, many in session.execute(_within(statement, KpiSpan, group)):
        found[code][number] = int(many)
    return found


def within(numbers: dict[int, int], share: int) -> int | None:
    """The hours within which so many per cent were done; None when nothing was."""
    whole, done = sum(numbers.values()), 0
    for limit in sorted(numbers):
        done += numbers[limit]
        if done * 100 >= whole * share:
            return limit
    return None


def ages(session: Session, code: str, today: date, limits: Sequence[int], *, group: str | None) -> list[int]:
    """How many of the open problems are at most so many days old, class by class, and how many are older."""
    statement = select(KpiFact.day, func.sum(KpiFact.due)).where(_span(KpiFact, [code], None, today))
    found = [0] * (len(limits) + 1)
    for day, number in session.execute(_within(statement.group_by(KpiFact.day), KpiFact, group)):
        age = (today - day).days
        found[next((place for place, limit in enumerate(limits) if age <= limit), len(limits))] += int(number)
    return found


def first_day(session: Session) -> date | None:
    """The first day that was counted."""
    return session.scalar(select(func.min(KpiFact.day)).where(KpiFact.definition == RESOLUTION))


def last_day(session: Session) -> date | None:
    """The last day that was counted."""
    return session.scalar(select(func.max(KpiFact.day)).where(KpiFact.definition == RESOLUTION))


def counted_at(session: Session) -> datetime | None:
    """The as-of moment: when facts were last counted."""
    return session.scalar(select(func.max(KpiFact.counted_at)).where(KpiFact.definition == RESOLUTION))


def month_of(day: date) -> str:
    """A month's key: `2026-11`."""
    return f"{day:%Y-%m}"


SUMS = (func.sum(KpiFact.solved), func.sum(KpiFact.due), func.sum(KpiFact.contacts))
_BY: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "agency": (KpiFact.agency_code, str),
    "category": (KpiFact.category_code, str),
    "channel": (KpiFact.channel, str),
    "province": (KpiFact.province, str),
    "month": (KpiFact.day, month_of),
    "fiscal_year": (KpiFact.day, lambda day: str(fiscal_year(day))),
}


def _within(statement: Select[*Columns], table: type[KpiFact | KpiSpan], group: str | None) -> Select[*Columns]:
    if group is None:
        return statement
    return statement.where(table.category_code.in_(select(Category.code).where(Category.group_code == group)))


def _span(table: type[KpiFact | KpiSpan], codes: Sequence[str], first: date | None, last: date) -> ColumnElement[bool]:
    wanted = or_(*((table.definition == code) & (table.version == version(code)) for code in codes))
    days = table.day <= last if first is None else table.day.between(first, last)
    return wanted & days
