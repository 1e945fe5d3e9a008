"""Work lists: what waits for the desk, what waits for an agency, how much of each, and in what order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case as either
from sqlalchemy import exists, func, or_, select

from complaints.domain.actor import Role
from complaints.domain.agency import Agency
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.identifier import CaseIdentifier, Identifier
from complaints.domain.lifecycle import DESK, ENDED_STATES, OPEN_REFERRALS, OPEN_STATES, Action, ReferralState, State
from complaints.domain.number import read_case_number
from complaints.domain.person import Person
from complaints.domain.policy import visible_to
from complaints.domain.referral import Referral
from complaints.domain.secret import read_secret
from complaints.services.access import cases_of, referrals_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

QUEUES = ("urgent", "triage", "answers", "returned", "silent", "deadline", "escalated", "open", "ended")
PARTNER_QUEUES = ("todo", "waiting", "done")
PAGE = 50
# A card carries its forms with it: more of them would make the page heavy.
AGENCY_PAGE = 12
ENDED_DAYS = 30
LEAST_DIGITS = 6
EARLIER = 8
# In these states the next step is the desk's.
DESK_STATES = frozenset({State.RECEIVED, State.TRIAGE, State.REOPENED})
SAID = (Action.REPLY.value, Action.WRITE.value, Action.DISPUTE.value)
REFUSED = (Action.DECLINE.value, Action.RETURN.value)
# Nobody who waits for a reaction is served by these.
NO_REACTION = (Action.VIEW_PERSON.value, Action.CORRECT.value)
_DESK_ROLES = [role.value for role in DESK]
_REACTION = Event.action.not_in(NO_REACTION)


def _in(states: frozenset[State]) -> ColumnElement[bool]:
    return Case.state.in_([state.value for state in states])


def last(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """The number of the case's last event of a kind; 0 if there is none."""
    last = select(func.max(Event.id)).where(Event.case_id == Case.id, *conditions).correlate(Case)
    return func.coalesce(last.scalar_subquery(), 0)


def unanswered(agency: str | None = None) -> ColumnElement[bool]:
    """The complainant said something, and neither the desk nor an agency (or that one agency) has acted since."""
    who: ColumnElement[bool]
    if agency is None:
        who = Event.role.in_([*_DESK_ROLES, Role.PARTNER.value])
    else:
        who = (Event.role == Role.PARTNER.value) & (Event.agency_code == agency)
    acted = last(who, _REACTION)
    said = last(Event.role == Role.COMPLAINANT.value, Event.action.in_(SAID))
    return said > acted


def _refused() -> ColumnElement[bool]:
    """An agency declined or returned the case, and the desk has not acted since."""
    return last(Event.action.in_(REFUSED)) > last(Event.role.in_(_DESK_ROLES), _REACTION)


def _silent() -> ColumnElement[bool]:
    """The complainant left a question and its reminder unanswered, and nobody has asked again or acted at the desk."""
    stirred = last(or_(Event.role.in_(_DESK_ROLES), Event.action == Action.ASK.value), _REACTION)
    return (Case.state == State.WAITING.value) & (last(Event.action == Action.HAND_OVER.value) > stirred)


def _escalated(now: datetime) -> ColumnElement[bool]:
    """A deadline has passed, and no supervisor has acted on the case since that was noted."""
    acted = last(Event.role == Role.SUPERVISOR.value, _REACTION)
    return _near(now, 0) & (last(Event.action == Action.ESCALATE.value) > acted)


def _near(now: datetime, days: int) -> ColumnElement[bool]:
    soon = now + timedelta(days=days)
    late = exists().where(
        Referral.case_id == Case.id,
        or_(
            (Referral.state == ReferralState.SENT.value) & (Referral.acknowledge_by <= now),
            Referral.state.in_([state.value for state in OPEN_REFERRALS]) & (Referral.answer_by <= soon),
        ),
    )
    unread = _in(DESK_STATES) & (Case.triage_by <= now)
    return _in(OPEN_STATES) & (Case.state != State.WAITING.value) & or_(Case.final_by <= soon, unread, late)


def condition(queue: str, now: datetime, days: int) -> ColumnElement[bool]:
    """What a case must be to stand in a queue of the desk; `days` before a deadline it is near."""
    conditions = {
        "urgent": _in(DESK_STATES) & Case.urgent,
        "triage": _in(DESK_STATES),
        "answers": _in(OPEN_STATES | {State.RESOLVED}) & unanswered(),
        "returned": _in(OPEN_STATES) & _refused(),
        "silent": _silent(),
        "deadline": _near(now, days),
        "escalated": _escalated(now),
        "open": _in(OPEN_STATES),
        "ended": _in(ENDED_STATES | {State.RESOLVED}) & (Case.changed_at >= now - timedelta(days=ENDED_DAYS)),
    }
    return conditions[queue]


def unreachable(session: Session) -> list[tuple[Agency, int]]:
    """The agencies that have open referrals and no address for a reminder, and how many of them."""
    rows = session.execute(
        select(Agency, func.count())
        .join(Referral, Referral.agency_code == Agency.code)
        .where(Agency.email == "", Referral.state.in_([state.value for state in OPEN_REFERRALS]))
        .group_by(Agency.code)
        .order_by(func.count().desc(), Agency.code)
    )
    return [(row[0], row[1]) for row in rows]


def next_clock() -> ColumnElement[datetime]:
    """The deadline that comes next: being read while the case is with the desk, else the final answer."""
    return either((_in(DESK_STATES), Case.triage_by), else_=Case.final_by)


def clock_of(case: Case) -> datetime:
    """The same of one case."""
    return case.triage_by if State(case.state) in DESK_STATES else case.final_by


def listed(session: Session, actor: Actor, queue: str, now: datetime, days: int, page: int = 1) -> Sequence[Case]:
    """One page of a queue: urgent first, then by the clock; what ended, newest first."""
    query = cases_of(actor).where(condition(queue, now, days))
    if queue == "ended":
        query = query.order_by(Case.changed_at.desc(), Case.id.desc())
    else:
        query = query.order_by(Case.urgent.desc(), next_clock(), Case.id)
    return session.scalars(query.limit(PAGE).offset((max(page, 1) - 1) * PAGE)).unique().all()


def counts(session: Session, actor: Actor, now: datetime, days: int) -> dict[str, int]:
    """How many cases stand in each queue, in one query."""
    numbers = [
        select(func.count())
        .select_from(Case)
        .where(visible_to(actor), condition(queue, now, days))
        .scalar_subquery()
        .label(queue)
        for queue in QUEUES
    ]
    return dict(zip(QUEUES, session.execute(select(*numbers)).one(), strict=True))


def count(session: Session, actor: Actor, queue: str, now: datetime, days: int) -> int:
    """How many cases stand in one queue."""
    query = select(func.count()).select_from(Case).where(visible_to(actor), condition(queue, now, days))
    return session.scalar(query) or 0


def following(session: Session, actor: Actor, queue: str, now: datetime, days: int, case_id: int) -> Case | None:
    """The first case of a queue other than the one just dealt with."""
    return next((row for row in listed(session, actor, queue, now, days) if row.id != case_id), None)


def search(session: Session, actor: Actor, text: str, page: int = 1) -> tuple[Sequence[Case], int]:
    """Cases of a number, a phone, an account, or with every word somewhere in the story; newest first, and how many."""
    query = cases_of(actor).where(_found(text))
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Case.id).subquery())) or 0
    page_of = query.order_by(Case.received_at.desc(), Case.id.desc()).limit(PAGE).offset((max(page, 1) - 1) * PAGE)
    return session.scalars(page_of).unique().all(), total


def _found(text: str) -> ColumnElement[bool]:
    number = read_case_number(text)
    if number is not None:
        return Case.number == number
    told = [Case.story.icontains(word, autoescape=True) for word in text.split()]
    words = told[0]
    for word in told[1:]:
        words &= word
    ways = [
        words,
        _named(Identifier.value == text.strip()),
        Case.person_id.in_(select(Person.id).where(Person.name.icontains(text.strip(), autoescape=True))),
    ]
    digits = read_secret(text)
    if len(digits) >= LEAST_DIGITS:
        ways += [
            _named(Identifier.value == digits),
            Case.person_id.in_(select(Person.id).where(Person.phone == digits)),
            Case.number.contains(digits, autoescape=True),
        ]
    return or_(*ways)


def _named(what: ColumnElement[bool]) -> ColumnElement[bool]:
    ties = select(CaseIdentifier.case_id).join(Identifier, Identifier.id == CaseIdentifier.identifier_id)
    return Case.id.in_(ties.where(what))


def naming(session: Session, actor: Actor, identifier_id: int, page: int = 1) -> tuple[Sequence[Case], int]:
    """The cases that name an identifier, newest first, and how many."""
    query = cases_of(actor).where(_named(Identifier.id == identifier_id))
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Case.id).subquery())) or 0
    page_of = query.order_by(Case.received_at.desc(), Case.id.desc()).limit(PAGE).offset((max(page, 1) - 1) * PAGE)
    return session.scalars(page_of).unique().all(), total


def of_caller(session: Session, actor: Actor, phone: str) -> Sequence[Case]:
    """The newest cases whose complainant has this telephone number."""
    query = cases_of(actor).where(Case.person_id.in_(select(Person.id).where(Person.phone == phone)))
    return session.scalars(query.order_by(Case.received_at.desc(), Case.id.desc()).limit(EARLIER)).unique().all()


def _of_agency(queue: str) -> ColumnElement[bool]:
    open_one = Referral.state.in_([state.value for state in OPEN_REFERRALS])
    if queue == "done":
        return ~open_one
    waiting = Case.state == State.WAITING.value
    return open_one & (waiting if queue == "waiting" else ~waiting)


def agency_clock() -> ColumnElement[datetime]:
    """What an agency must do next: confirm the receipt, then answer."""
    return either((Referral.state == ReferralState.SENT.value, Referral.acknowledge_by), else_=Referral.answer_by)


def agency_listed(session: Session, actor: Actor, queue: str, page: int = 1) -> Sequence[tuple[Referral, Case, bool]]:
    """One page of an agency's referrals with their cases and whether the complainant waits for a reaction."""
    query: Select[Referral, Case, bool] = (
        referrals_for(actor).where(_of_agency(queue)).add_columns(unanswered(actor.agency))
    )
    if queue == "done":
        query = query.order_by(Referral.ended_at.desc(), Referral.id.desc())
    else:
        query = query.order_by(Case.urgent.desc(), agency_clock(), Referral.id)
    rows = session.execute(query.limit(AGENCY_PAGE).offset((max(page, 1) - 1) * AGENCY_PAGE)).unique().all()
    return [(row[0], row[1], bool(row[2])) for row in rows]


def agency_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many referrals stand in each queue of an agency."""
    rows = referrals_for(actor)
    return {
        queue: session.scalar(
            select(func.count()).select_from(rows.where(_of_agency(queue)).with_only_columns(Referral.id).subquery())
        )
        or 0
        for queue in PARTNER_QUEUES
    }
