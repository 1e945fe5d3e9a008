"""The cases behind each figure of the floor: named in an address, found by the figure's own conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import false, select
from sqlalchemy.orm import joinedload, raiseload

from complaints.domain.account import Account
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.handling import CaseDraft
from complaints.services import queues
from complaints.services.access import cases_of
from complaints.services.floor import checked, passing, people, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.period import Period

PAGE = 50
# Those that are about days, and those that are about now.
OF_DAYS = frozenset({"done", "first", "corrected", "back", "passed"})
WHATS = OF_DAYS | {waiting.LATE, waiting.NEAR, "held", "snoozed", "drafts"}


@dataclass(frozen=True, slots=True)
class Figure:
    """Which figure: empty is any, and of a category none."""

    what: str
    account: int = 0
    queue: str = ""
    step: str = ""
    agency: str = ""
    target: str = ""
    category: str = ""
    model: str = ""


def condition(
    session: Session, figure: Figure, span: Period, now: datetime, spans: queues.Spans, actor: Actor
) -> ColumnElement[bool]:
    """What a case must be to stand behind the figure; a figure that there is not has none."""

    def of_queue() -> ColumnElement[bool]:
        if figure.queue not in waiting.SHOWN:
            return false()
        in_queue = queues.condition(figure.queue, now, spans, actor)
        return in_queue & waiting.of_deadline(figure.what, now, spans, actor)

    held = (Case.assignee_id == figure.account) & Case.due_at.is_not(None)
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        waiting.LATE: of_queue,
        waiting.NEAR: of_queue,
        "held": lambda: held,
        "snoozed": lambda: held & (Case.snoozed_until > now),
        "drafts": lambda: Case.id.in_(select(CaseDraft.case_id).where(CaseDraft.account_id == figure.account)),
        "done": lambda: _done(session, figure, span),
        "first": lambda: _first(session, figure, span),
        "corrected": lambda: checked.cases(
            span,
            account_id=figure.account or None,
            category=figure.category or None,
            model=figure.model or None,
        ),
        "back": lambda: passing.cases_given_back(span, figure.agency, figure.category),
        "passed": lambda: passing.cases_rerouted(span, figure.agency, figure.target, figure.category),
    }
    return conditions[figure.what]() if figure.what in conditions else false()


def _done(session: Session, figure: Figure, span: Period) -> ColumnElement[bool]:
    wanted = [action for action in people.WORK if figure.step in {"", action.value}]
    mine = people.steps(session, span, wanted) & (Event.account_id == figure.account)
    return Case.id.in_(select(Event.case_id).where(mine))


def _first(session: Session, figure: Figure, span: Period) -> ColumnElement[bool]:
    moved = people.steps(session, span, people.ANSWERS) & (Event.account_id == figure.account)
    touched = select(Event.case_id).where(moved)
    return Case.id.in_(select(Event.case_id).where(moved, Event.id.in_(people.first_answers(session, touched, span))))


def listed(
    session: Session,
    figure: Figure,
    span: Period,
    actor: Actor,
    now: datetime,
    spans: queues.Spans,
    after: int = 0,
) -> Sequence[Case]:
    """A page of the cases and one more, the newest first."""
    query = cases_of(actor).where(condition(session, figure, span, now, spans, actor))
    query = query.options(raiseload(Case.person), joinedload(Case.assignee).options(raiseload(Account.agency)))
    if after:
        query = query.where(Case.id < after)
    return session.scalars(query.order_by(Case.id.desc()).limit(PAGE + 1)).unique().all()
