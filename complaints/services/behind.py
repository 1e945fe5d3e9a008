"""The cases behind a figure: those that the counting marked, as a list that whoever may see cases can walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, not_, or_, select, true
from sqlalchemy.orm import lazyload

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.kpi import indicators
from complaints.domain.kpi.facts import KpiCase
from complaints.domain.kpi.indicators import INDICATORS, RESOLUTION
from complaints.services import report
from complaints.services.access import cases_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from complaints.domain.actor import Actor

PAGE = 50
COUNTED_AS = ("contacts", "due", "solved", "unsolved")
# Figures that are sums or spans lead to no list; everything else does.
LISTED = (*(one.code for one in indicators.MARKED), indicators.BACKLOG, indicators.ANSWERED)


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
    code: str = RESOLUTION


def cases(
    session: Session, wanted: Wanted, actor: Actor, after: tuple[datetime, int] | None = None
) -> Sequence[tuple[Case, KpiCase]]:
    """One page and one case more with what each counted as, newest first, from the last of the page before on."""
    statement = (
        cases_of(actor)
        .join(KpiCase, KpiCase.case_id == Case.id)
        .add_columns(KpiCase)
        .where(*conditions(wanted, report.counted_at(session)))
        .options(lazyload(Case.person))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        moment, case_id = after
        statement = statement.where(or_(Case.received_at < moment, and_(Case.received_at == moment, Case.id < case_id)))
    return [(row[0], row[1]) for row in session.execute(statement)]


def conditions(wanted: Wanted, as_of: datetime | None) -> list[ColumnElement[bool]]:
    """The conditions on the marks, as of the last counting."""
    found: list[ColumnElement[bool]] = [KpiCase.day.between(wanted.first, wanted.last)]
    if wanted.code != indicators.ANSWERED:
        found.append(KpiCase.lead.is_(True))
    if wanted.group is not None:
        found.append(KpiCase.category_code.in_(select(Category.code).where(Category.group_code == wanted.group)))
    for column, value in (
        (KpiCase.agency_code, wanted.agency),
        (KpiCase.category_code, wanted.category),
        (KpiCase.channel, wanted.channel),
    ):
        if value is not None:
            found.append(column == value)
    due, solved = _due_and_solved(wanted.code, as_of)
    if wanted.counted != "contacts":
        found.append(due)
    if wanted.counted == "solved":
        found.append(solved)
    if wanted.counted == "unsolved":
        found.append(not_(solved))
    return found


def _due_and_solved(code: str, as_of: datetime | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """As the counting adds them up; never unknown, so that the opposite is right too."""
    if code == indicators.BACKLOG:
        return KpiCase.until.is_not(None), func.coalesce(KpiCase.until >= as_of, true())
    if code == indicators.ANSWERED:
        return KpiCase.kept.is_not(None) | (KpiCase.owed_by < as_of), func.coalesce(KpiCase.kept, False)
    mask = INDICATORS[code].mask
    return KpiCase.due.bitwise_and(mask) != 0, KpiCase.solved.bitwise_and(mask) != 0


def which(session: Session, wanted: Wanted) -> ColumnElement[bool]:
    """The same as one condition on `Case`."""
    marked = select(KpiCase.case_id).where(*conditions(wanted, report.counted_at(session)))
    return Case.id.in_(marked)


def is_due() -> ColumnElement[bool]:
    """Was this case counted as a problem that had to be solved."""
    return _is_marked(KpiCase.due)


def is_solved() -> ColumnElement[bool]:
    """Was it counted as solved."""
    return _is_marked(KpiCase.solved)


def _is_marked(bits: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    mine = exists().where(KpiCase.case_id == Case.id, KpiCase.lead.is_(True))
    return mine.where(bits.bitwise_and(INDICATORS[RESOLUTION].mask) != 0)
