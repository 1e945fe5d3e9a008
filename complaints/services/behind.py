"""The cases behind a figure: the same conditions as in the counting, as a list that whoever may see cases can walk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import lazyload

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.kpi import NOT_DUE_GROUPS, NOT_DUE_STATES, SOLVED_STATES
from complaints.domain.lifecycle import OPEN_STATES
from complaints.domain.thai_time import midnight
from complaints.services.access import cases_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

PAGE = 50
COUNTED_AS = ("contacts", "due", "solved", "unsolved")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: received in a span of days; None leaves a dimension open, empty text means "not yet known"."""

    first: date
    last: date
    group: str | None = None
    agency: str | None = None
    category: str | None = None
    channel: str | None = None
    counted: str = "contacts"


def cases(session: Session, wanted: Wanted, actor: Actor, after: tuple[datetime, int] | None = None) -> Sequence[Case]:
    """One page and one case more, newest first, from the last case of the page before on."""
    statement = (
        cases_of(actor)
        .outerjoin(Category, Category.code == Case.category_code)
        .where(*conditions(wanted))
        .options(lazyload(Case.person))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        moment, case_id = after
        statement = statement.where(or_(Case.received_at < moment, and_(Case.received_at == moment, Case.id < case_id)))
    return session.scalars(statement).all()


def still_in_time(session: Session, wanted: Wanted, now: datetime) -> int:
    """How many of the open problems can still be solved before their promised day."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Case)
            .outerjoin(Category, Category.code == Case.category_code)
            .where(*conditions(wanted), Case.state.in_([state.value for state in OPEN_STATES]), Case.final_by >= now)
        )
        or 0
    )


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """The conditions on `Case` joined with its `Category`."""
    found = [Case.received_at >= midnight(wanted.first), Case.received_at < midnight(wanted.last + timedelta(days=1))]
    if wanted.group is not None:
        found.append(Category.group_code == wanted.group)
    for column, value in (
        (Case.lead_agency_code, wanted.agency),
        (Case.category_code, wanted.category),
        (Case.channel, wanted.channel),
    ):
        if value is not None:
            found.append(column == value if value else column.is_(None))
    if wanted.counted != "contacts":
        found.append(is_due())
    if wanted.counted == "solved":
        found.append(is_solved())
    if wanted.counted == "unsolved":
        found.append(not_(is_solved()))
    return found


def is_due() -> ColumnElement[bool]:
    """`kpi.is_due` for the database."""
    return Case.state.not_in([state.value for state in NOT_DUE_STATES]) & or_(
        Category.group_code.is_(None), Category.group_code.not_in(NOT_DUE_GROUPS)
    )


def is_solved() -> ColumnElement[bool]:
    """`kpi.is_solved` for the database; never unknown, so that its opposite is right too."""
    answered = and_(Case.resolved_at.is_not(None), Case.resolved_at <= Case.final_by)
    return Case.state.in_([state.value for state in SOLVED_STATES]) & func.coalesce(answered, False)
