"""Work lists: what waits for the desk, what waits for an agency, how much of each, and in what order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import func, literal, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload, raiseload

from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.agency import Agency
from complaints.domain.attention import CALM, NO_REACTION, SAID
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.handling import Watch
from complaints.domain.identifier import CaseIdentifier, Decision, Identifier
from complaints.domain.lifecycle import OPEN_REFERRALS, ReferralState, State
from complaints.domain.office import Office
from complaints.domain.outbox import Promise
from complaints.domain.person import Person
from complaints.domain.policy import visible_to
from complaints.domain.referral import Referral
from complaints.services.access import cases_of, referrals_for
from complaints.services.agencies import absences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, ScalarSelect, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

QUEUES = (
    "mine",
    "urgent",
    "unsure",
    "triage",
    "answers",
    "returned",
    "silent",
    "deadline",
    "stuck",
    "failed",
    "escalated",
    "watched",
    "snoozed",
    "open",
    "ended",
)
# Of these lists a sleeping case is no part until it comes back.
AWAKE = frozenset(QUEUES) - {"watched", "snoozed", "open", "ended", "failed"}
PARTNER_QUEUES = ("todo", "mine", "unattended", "waiting", "done")
PAGE = 50
# A count goes no further than this, four pages: behind it stands a plus, and no page waits for the rest.
MOST_COUNTED = 200
# A card carries its forms with it: more of them would make the page heavy.
AGENCY_PAGE = 12
ENDED_DAYS = 30
EARLIER = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PLACE = re.compile(r"([ab])(\d{1,4})\.(\d{1,18})\.(\d{1,9})")
_REACTION = Event.action.not_in([action.value for action in NO_REACTION])

NEWEST_FIRST = frozenset({"ended"})
# What ended is urgent no more; of what lies still the oldest comes first, urgent or not.
BY_MOMENT = NEWEST_FIRST | {"stuck"}


@dataclass(frozen=True, slots=True)
class Spans:
    """Days: how long before it a deadline is near, and after how long without a person's step a case is stuck."""

    near: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a queue begins: after the case with this key, or ends before it."""

    rank: int
    moment: datetime
    case_id: int
    before: bool = False

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{'b' if self.before else 'a'}{self.rank}.{(self.moment - EPOCH) // MICROSECOND}.{self.case_id}"

    @staticmethod
    def read(text: str) -> Place | None:
        """What an address says, if it says anything."""
        found = PLACE.fullmatch(text)
        if found is None:
            return None
        try:
            moment = EPOCH + int(found[3]) * MICROSECOND
        except OverflowError:
            return None
        return Place(int(found[2]), moment, int(found[4]), found[1] == "b")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a queue, and where the pages before and after it begin, if there are any."""

    rows: Sequence[Case]
    earlier: Place | None
    later: Place | None


def last(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """The number of the case's last event of a kind; 0 if there is none."""
    last = select(func.max(Event.id)).where(Event.case_id == Case.id, *conditions).correlate(Case)
    return func.coalesce(last.scalar_subquery(), 0)


def unanswered(agency: str | None = None) -> ColumnElement[bool]:
    """The complainant said something, and neither the desk nor an agency (or that one agency) has acted since."""
    if agency is None:
        return Case.heard_at.is_not(None)
    acted = last(Event.role == Role.PARTNER.value, Event.agency_code == agency, _REACTION)
    said = last(Event.role == Role.COMPLAINANT.value, Event.action.in_([action.value for action in SAID]))
    return said > acted


def _near(now: datetime, days: int) -> ColumnElement[bool]:
    """What was promised comes due within the days, or what must be read or confirmed before is late."""
    soon = now + timedelta(days=days)
    due = (Case.due_at <= soon) & or_(Case.due_at <= now, Case.promised_by <= soon)
    return due & (Case.state != State.WAITING.value)


def _stuck(now: datetime, days: int) -> ColumnElement[bool]:
    """Nobody at the centre or an agency has done anything for so long; what waits for the complainant stands apart."""
    still = Case.due_at.is_not(None) & (Case.moved_at <= now - timedelta(days=days))
    return still & (Case.state != State.WAITING.value)


def _undelivered() -> ColumnElement[bool]:
    return Case.id.in_(select(Promise.case_id).where(Promise.failed_at.is_not(None), Promise.case_id.is_not(None)))


def condition(queue: str, now: datetime, spans: Spans, actor: Actor) -> ColumnElement[bool]:
    """What a case must be to stand in a queue of the desk."""
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        "mine": lambda: (Case.assignee_id == (actor.account_id or 0)) & Case.due_at.is_not(None),
        "urgent": lambda: Case.desk_at.is_not(None) & (Case.rank < CALM),
        "unsure": lambda: Case.desk_at.is_not(None) & Case.unsure,
        "triage": lambda: Case.desk_at.is_not(None),
        "answers": lambda: Case.heard_at.is_not(None),
        "returned": lambda: Case.refused_at.is_not(None),
        "silent": lambda: Case.silent_at.is_not(None),
        "deadline": lambda: _near(now, spans.near),
        "stuck": lambda: _stuck(now, spans.stuck),
        "failed": _undelivered,
        "escalated": lambda: Case.escalated_at.is_not(None) & or_(_near(now, 0), Case.decide_by.is_not(None)),
        "watched": lambda: Case.id.in_(select(Watch.case_id).where(Watch.account_id == (actor.account_id or 0))),
        "snoozed": lambda: Case.snoozed_until > now,
        "open": lambda: Case.due_at.is_not(None),
        "ended": lambda: Case.due_at.is_(None) & (Case.changed_at >= now - timedelta(days=ENDED_DAYS)),
    }
    found = conditions[queue]()
    if queue in AWAKE:
        found &= or_(Case.snoozed_until.is_(None), Case.snoozed_until <= now)
    return found


# By which moment a queue is ordered, the urgent first; a letter may fail after the case has ended, when no clock runs.
MOMENTS: dict[str, InstrumentedAttribute[Any]] = {
    "urgent": Case.desk_at,
    "unsure": Case.desk_at,
    "triage": Case.desk_at,
    "answers": Case.heard_at,
    "returned": Case.refused_at,
    "silent": Case.silent_at,
    "escalated": Case.escalated_at,
    "stuck": Case.moved_at,
    "failed": Case.final_by,
    "watched": Case.final_by,
    "snoozed": Case.snoozed_until,
    "ended": Case.changed_at,
}


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


def clock_of(case: Case) -> datetime:
    """The deadline that comes next; of what has ended, its last day."""
    return case.due_at or case.final_by


def page_of(
    session: Session,
    actor: Actor,
    queue: str,
    now: datetime,
    spans: Spans,
    place: Place | None = None,
    size: int = PAGE,
) -> Page:
    """One page of a queue: urgent first, by the weight of the reason, then by the moment that the queue goes by.

    What ended stands newest first. The next page begins by key where this one ended: a list of a million costs what a
    list of a hundred does.
    """
    backward = place is not None and place.before
    query = cases_of(actor).where(condition(queue, now, spans, actor))
    query = query.options(raiseload(Case.person), joinedload(Case.assignee).options(raiseload(Account.agency)))
    if place is not None:
        query = query.where(_beyond(queue, place))
    found = list(session.scalars(query.order_by(*order(queue, backward=backward)).limit(size + 1)))
    rows, more = found[:size], len(found) > size
    if backward:
        rows.reverse()
    before, after = (more, True) if backward else (place is not None, more)
    return Page(
        rows,
        _place(queue, rows[0], before=True) if rows and before else None,
        _place(queue, rows[-1], before=False) if rows and after else None,
    )


def _moment(queue: str) -> InstrumentedAttribute[Any]:
    return MOMENTS.get(queue, Case.due_at)


def _place(queue: str, case: Case, *, before: bool) -> Place:
    return Place(case.rank, getattr(case, _moment(queue).key), case.id, before)


def _key(queue: str) -> list[InstrumentedAttribute[Any]]:
    """By what a queue is ordered."""
    return [_moment(queue), Case.id] if queue in BY_MOMENT else [Case.rank, _moment(queue), Case.id]


def order(queue: str, *, backward: bool = False) -> list[ColumnElement[Any]]:
    """By what a queue is read, first to last or from its end."""
    up = backward == (queue in NEWEST_FIRST)
    return [column.asc() if up else column.desc() for column in _key(queue)]


def _beyond(queue: str, place: Place) -> ColumnElement[bool]:
    """On the other side of a key, in the order of the queue."""
    columns = _key(queue)
    edge = [place.rank, place.moment, place.case_id][-len(columns) :]
    key = tuple_(*columns)
    there = tuple_(*(literal(value, column.type) for value, column in zip(edge, columns, strict=True)))
    return key > there if place.before == (queue in NEWEST_FIRST) else key < there


def listed(session: Session, actor: Actor, queue: str, now: datetime, spans: Spans) -> Sequence[Case]:
    """The first page of a queue."""
    return page_of(session, actor, queue, now, spans).rows


def counts(
    session: Session, actor: Actor, now: datetime, spans: Spans, more: dict[str, ScalarSelect[int]] | None = None
) -> dict[str, int]:
    """How many cases stand in each queue, up to one more than `MOST_COUNTED`, in one query; `more` is counted along."""
    numbers = [_number(actor, queue, now, spans).label(queue) for queue in QUEUES]
    numbers += [number.label(name) for name, number in (more or {}).items()]
    return dict(session.execute(select(*numbers)).one()._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _number(actor: Actor, queue: str, now: datetime, spans: Spans) -> ScalarSelect[int]:
    rows = select(Case.id).where(visible_to(actor), condition(queue, now, spans, actor)).limit(MOST_COUNTED + 1)
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


def count(session: Session, actor: Actor, queue: str, now: datetime, spans: Spans) -> int:
    """How many cases stand in one queue, as far as they are counted."""
    return session.scalar(select(_number(actor, queue, now, spans))) or 0


def following(session: Session, actor: Actor, queue: str, now: datetime, spans: Spans, case_id: int) -> Case | None:
    """The first case of a queue other than the one just dealt with: rather one that nobody has judged yet.

    What a person judged and the centre has still to answer keeps its place at the front, and would come up after every
    other case again.
    """
    query = cases_of(actor).where(condition(queue, now, spans, actor), Case.id != case_id).order_by(*order(queue))
    judged = select(Decision.id).where(Decision.case_id == Case.id, Decision.decided_by == "person").exists()
    return session.scalars(query.where(~judged).limit(1)).first() or session.scalars(query.limit(1)).first()


def named(what: ColumnElement[bool]) -> ColumnElement[bool]:
    """The case names such an identifier."""
    ties = select(CaseIdentifier.case_id).join(Identifier, Identifier.id == CaseIdentifier.identifier_id)
    return Case.id.in_(ties.where(what))


def naming(session: Session, actor: Actor, identifier_id: int, page: int = 1) -> tuple[Sequence[Case], int]:
    """The cases that name an identifier, newest first, and how many."""
    query = cases_of(actor).where(named(Identifier.id == identifier_id))
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Case.id).subquery())) or 0
    page_of = query.order_by(Case.received_at.desc(), Case.id.desc()).limit(PAGE).offset((max(page, 1) - 1) * PAGE)
    return session.scalars(page_of).unique().all(), total


def of_caller(session: Session, actor: Actor, phone: str) -> Sequence[Case]:
    """The newest cases whose complainant has this telephone number."""
    query = cases_of(actor).where(Case.person_id.in_(select(Person.id).where(Person.phone == phone)))
    return session.scalars(query.order_by(Case.received_at.desc(), Case.id.desc()).limit(EARLIER)).unique().all()


def _of_agency(actor: Actor, queue: str, now: datetime, within: str) -> ColumnElement[bool]:
    """What a referral must be to stand in a queue of an agency; `within` is the path of one of its offices."""
    open_one = Referral.state.in_([state.value for state in OPEN_REFERRALS])
    below = Referral.office_id.in_(select(Office.id).where(Office.path.startswith(within))) if within else true()
    if queue == "done":
        return ~open_one & below
    waiting = Case.state == State.WAITING.value
    found = open_one & below & (waiting if queue == "waiting" else ~waiting)
    if queue == "mine":
        return found & absences.in_hand(actor, now)
    return found & absences.unattended(now) if queue == "unattended" else found


def in_agency_queue(actor: Actor, queue: str, now: datetime, within: str = "") -> ColumnElement[bool]:
    """What a case must be to have a referral of the actor's in a queue of an agency."""
    rows = referrals_for(actor).where(_of_agency(actor, queue, now, within)).with_only_columns(Referral.case_id)
    return Case.id.in_(rows.correlate(None))


def agency_clock() -> ColumnElement[datetime]:
    """What an agency must do next: confirm the receipt, then answer."""
    return either((Referral.state == ReferralState.SENT.value, Referral.acknowledge_by), else_=Referral.answer_by)


def agency_listed(
    session: Session, actor: Actor, queue: str, now: datetime, page: int = 1, within: str = ""
) -> Sequence[tuple[Referral, Case, bool]]:
    """One page of an agency's referrals with their cases and whether the complainant waits for a reaction."""
    query: Select[Referral, Case, bool] = (
        referrals_for(actor).where(_of_agency(actor, queue, now, within)).add_columns(unanswered(actor.agency))
    )
    query = query.options(joinedload(Referral.office), joinedload(Referral.assignee).options(raiseload(Account.agency)))
    if queue == "done":
        query = query.order_by(Referral.ended_at.desc(), Referral.id.desc())
    else:
        query = query.order_by(Case.urgent.desc(), agency_clock(), Referral.id)
    rows = session.execute(query.limit(AGENCY_PAGE).offset((max(page, 1) - 1) * AGENCY_PAGE)).unique().all()
    return [(row[0], row[1], bool(row[2])) for row in rows]


def agency_counts(session: Session, actor: Actor, now: datetime, within: str = "") -> dict[str, int]:
    """How many referrals stand in each queue of an agency."""
    rows = referrals_for(actor)
    return {
        queue: session.scalar(
            select(func.count()).select_from(
                rows.where(_of_agency(actor, queue, now, within)).with_only_columns(Referral.id).subquery()
            )
        )
        or 0
        for queue in PARTNER_QUEUES
    }
