"""What each person of the desk has in hand and has done: a few queries, however many people there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Integer, cast, func, select, true
from sqlalchemy import case as either

from complaints.domain.account import Account, SignInSession
from complaints.domain.case import Case
from complaints.domain.deed import Deed
from complaints.domain.event import Event
from complaints.domain.handling import CaseDraft
from complaints.domain.lifecycle import DESK, Action
from complaints.services.floor.span import median, within

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.period import Period

# Whoever asked for no page for so long has left the desk.
AT_THE_DESK = timedelta(minutes=15)
# The steps that are work; who takes a case, lets it sleep or looks at it has done nothing for it yet.
WORK = (
    Action.RECATEGORISE,
    Action.REFER,
    Action.ASK,
    Action.WRITE,
    Action.NOTE,
    Action.RESOLVE,
    Action.REJECT,
    Action.MERGE,
    Action.WITHDRAW,
    Action.CORRECT,
    Action.SPLIT,
    Action.FILE,
)
# What the complainant hears of the desk, and what settles how a case goes on.
ANSWERS = frozenset({Action.REFER, Action.ASK, Action.WRITE, Action.RESOLVE, Action.REJECT, Action.MERGE})
DECISIONS = frozenset({Action.REFER, Action.RESOLVE, Action.REJECT, Action.MERGE})
_DESK = [role.value for role in DESK]


@dataclass(slots=True)
class Person:
    """One person's figures; `first` are the times to a first answer, `decided` those from claim to decision."""

    id: int
    name: str
    role: str
    active: bool
    seen_at: datetime | None = None
    held: int = 0
    snoozed: int = 0
    drafts: int = 0
    done: Counter[str] = field(default_factory=Counter)
    first: list[timedelta] = field(default_factory=list)
    decided: list[timedelta] = field(default_factory=list)

    def here(self, now: datetime) -> bool:
        """At the desk now."""
        return self.seen_at is not None and self.seen_at > now - AT_THE_DESK

    @property
    def steps(self) -> int:
        """How many steps of work."""
        return self.done.total()

    @property
    def first_answer(self) -> timedelta | None:
        """The time in the middle from filing to the first answer."""
        return median(self.first)

    @property
    def to_decision(self) -> timedelta | None:
        """The time in the middle from claim to decision."""
        return median(self.decided)


def people(session: Session, span: Period, now: datetime, only: int | None = None) -> list[Person]:
    """Everybody of the desk who is active or has something, those at the desk now first; or one of them."""
    found = _accounts(session, only)
    _in_hand(session, found, now)
    _done(session, found, span)
    _times(session, found, span)
    shown = [one for one in found.values() if one.active or one.held or one.steps]
    return sorted(shown, key=lambda one: (not one.here(now), one.name))


def _accounts(session: Session, only: int | None) -> dict[int, Person]:
    seen = func.max(SignInSession.seen_at)
    rows = session.execute(
        select(Account.id, Account.name, Account.role, Account.active, seen)
        .outerjoin(SignInSession, (SignInSession.account_id == Account.id) & SignInSession.ended_at.is_(None))
        .where(Account.role.in_(_DESK), Account.id == only if only is not None else Account.id.is_not(None))
        .group_by(Account.id)
    )
    return {row[0]: Person(*row) for row in rows}


def _in_hand(session: Session, found: dict[int, Person], now: datetime) -> None:
    asleep = func.sum(either((Case.snoozed_until > now, 1), else_=0))
    held = select(Case.assignee_id, func.count(), asleep).where(Case.assignee_id.in_(found), Case.due_at.is_not(None))
    for account_id, count, sleeping in session.execute(held.group_by(Case.assignee_id)):
        found[account_id].held, found[account_id].snoozed = count, int(sleeping)
    drafts = select(CaseDraft.account_id, func.count()).where(CaseDraft.account_id.in_(found))
    for account_id, count in session.execute(drafts.group_by(CaseDraft.account_id)):
        found[account_id].drafts = count


def steps(session: Session, span: Period, actions: Iterable[Action]) -> ColumnElement[bool]:
    """Steps of the desk within the days, as far as they were not taken back."""
    done = within(Event.at, span) & Event.role.in_(_DESK) & Event.action.in_([action.value for action in actions])
    return done & Event.id.not_in(_undone(session, span))


def _undone(session: Session, span: Period) -> Select[int]:
    """The numbers of the steps that belonged to deeds of these days which were taken back."""
    if session.get_bind().dialect.name == "postgresql":
        each = func.jsonb_array_elements_text(Deed.made["events"]).table_valued("value")
    else:
        each = func.json_each(Deed.made, "$.events").table_valued("value")
    taken_back = select(cast(each.c.value, Integer)).select_from(Deed).join(each, true())
    return taken_back.where(Deed.undone_at.is_not(None), within(Deed.at, span))


def _done(session: Session, found: dict[int, Person], span: Period) -> None:
    rows = session.execute(
        select(Event.account_id, Event.action, func.count())
        .where(steps(session, span, WORK), Event.account_id.in_(found))
        .group_by(Event.account_id, Event.action)
    )
    for account_id, action, count in rows:
        found[account_id or 0].done[action] = count


def _times(session: Session, found: dict[int, Person], span: Period) -> None:
    """To the first answer, and from claim to decision; both end in the days."""
    moved = steps(session, span, ANSWERS)
    touched = select(Event.case_id).where(moved)
    firsts = {row[0] for row in session.execute(first_answers(session, touched, span))}
    claims = _claims(session, touched)
    rows = session.execute(
        select(Event.id, Event.case_id, Event.account_id, Event.action, Event.at, Case.received_at)
        .join(Case, Case.id == Event.case_id)
        .where(moved)
        .order_by(Event.id)
    )
    for event_id, case_id, account_id, action, at, received_at in rows:
        person = found.get(account_id or 0)
        if person is None:
            continue
        if event_id in firsts:
            person.first.append(at - received_at)
        if action in DECISIONS:
            claimed = _last(claims[case_id], event_id)
            if claimed is not None and claimed[1] == account_id:
                person.decided.append(at - claimed[2])
                claims[case_id].remove(claimed)


def first_answers(session: Session, cases: Select[int], span: Period) -> Select[int | None]:
    """The number of the first answer of the desk to each of the cases."""
    return (
        select(func.min(Event.id))
        .where(
            Event.case_id.in_(cases),
            Event.role.in_(_DESK),
            Event.action.in_([action.value for action in ANSWERS]),
            Event.id.not_in(_undone(session, span)),
        )
        .group_by(Event.case_id)
    )


def _claims(session: Session, cases: Select[int]) -> dict[int, list[tuple[int, int, datetime]]]:
    """Whose each of the cases became, and when: number of the step, account, moment."""
    found: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
    rows = session.execute(
        select(Event.case_id, Event.id, Event.data, Event.at)
        .where(Event.case_id.in_(cases), Event.action == Action.ASSIGN.value)
        .order_by(Event.id)
    )
    for case_id, event_id, data, at in rows:
        found[case_id].append((event_id, data.get("assignee") or 0, at))
    return found


def _last(claims: list[tuple[int, int, datetime]], before: int) -> tuple[int, int, datetime] | None:
    return next((claim for claim in reversed(claims) if claim[0] < before), None)
