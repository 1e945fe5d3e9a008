"""The desk shares its cases out: take the next one, hand one to a colleague, watch it, let it sleep for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import raiseload

from complaints.domain.account import Account
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.handling import PRESENT, Presence, Watch
from complaints.domain.lifecycle import DESK, Action
from complaints.domain.thai_time import local_day, midnight
from complaints.services import queues
from complaints.services.access import cases_of
from complaints.services.correspond import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST_SLEEP = timedelta(days=60)
MORNING = timedelta(hours=8, minutes=30)


def _morning(now: datetime, days: int) -> datetime:
    return midnight(local_day(now) + timedelta(days=days)) + MORNING


# Until when a case may sleep, by the word that a form offers.
SLEEPS: dict[str, Callable[[datetime], datetime]] = {
    "hours": lambda now: now + timedelta(hours=2),
    "tomorrow": lambda now: _morning(now, 1),
    "days": lambda now: _morning(now, 3),
    "week": lambda now: _morning(now, 7),
}


def claim_next(session: Session, actor: Actor, queue: str, now: datetime, spans: queues.Spans) -> Case | None:
    """The first case of a queue that is nobody's becomes the actor's; two who ask at once get two cases."""
    free = cases_of(actor).where(queues.condition(queue, now, spans, actor), Case.assignee_id.is_(None))
    first = free.order_by(*queues.order(queue)).limit(1).options(raiseload(Case.person))
    case = session.scalars(first.with_for_update(of=Case, skip_locked=True)).first()
    if case is not None:
        case.apply(Action.ASSIGN, actor, now, assignee=actor.account_id)
        session.flush()
    return case


def colleagues(session: Session) -> Sequence[Account]:
    """Everybody of the desk who may have cases."""
    roles = [role.value for role in DESK]
    return session.scalars(select(Account).where(Account.active, Account.role.in_(roles)).order_by(Account.name)).all()


def assign(session: Session, case: Case, account_id: int | None, actor: Actor, now: datetime) -> None:
    """The case is somebody's from now on, or with None nobody's."""
    if account_id is not None and account_id not in {row.id for row in colleagues(session)}:
        raise InvalidInput("assignee", reason="choose_colleague")
    case.apply(Action.ASSIGN, actor, now, assignee=account_id)


def snooze(session: Session, case: Case, until: datetime, reason: str, actor: Actor, now: datetime) -> None:
    """Out of the lists until then; it comes back by itself, and before when anybody says something."""
    if not now < until <= now + LONGEST_SLEEP:
        raise InvalidInput("until", reason="snooze_until", days=LONGEST_SLEEP.days)
    say(session, case, reason, actor, now, kind="note", public=False, field="reason")
    case.apply(Action.SNOOZE, actor, now, snoozed_until=until, until=until.isoformat())


def wake(case: Case, actor: Actor, now: datetime) -> None:
    """Back into the lists at once."""
    case.apply(Action.WAKE, actor, now)


def watches(session: Session, case: Case, actor: Actor) -> bool:
    """Does the actor watch the case."""
    mine = exists().where(Watch.account_id == actor.account_id, Watch.case_id == case.id)
    return bool(session.scalar(select(mine)))


def watch(session: Session, case: Case, actor: Actor, now: datetime, *, on: bool) -> None:
    """Watch a case, or no more; done twice it is as if done once."""
    if not on:
        mine = (Watch.account_id == actor.account_id, Watch.case_id == case.id)
        session.execute(delete(Watch).where(*mine))
    elif actor.account_id is not None:
        session.merge(Watch(account_id=actor.account_id, case_id=case.id, since=now))


def be_there(session: Session, case_id: int, actor: Actor, now: datetime, *, typing: bool) -> None:
    """The actor looks at the case, or writes there."""
    if actor.account_id is None:
        return
    row = session.get(Presence, (case_id, actor.account_id))
    if row is None:
        row = Presence(case_id=case_id, account_id=actor.account_id, seen_at=now)
        session.add(row)
    row.seen_at = now
    if typing:
        row.typed_at = now


def is_there(session: Session, case_id: int, actor: Actor, now: datetime) -> bool:
    """Was it noted a moment ago that the actor looks at the case."""
    row = session.get(Presence, (case_id, actor.account_id)) if actor.account_id is not None else None
    return row is not None and row.seen_at > now - PRESENT / 3


def others_there(session: Session, case_id: int, actor: Actor, now: datetime) -> list[tuple[str, bool]]:
    """Who else looked at the case within the last minute, and whether that one was writing."""
    rows = session.execute(
        select(Account.name, Presence.typed_at)
        .join(Account, Account.id == Presence.account_id)
        .where(Presence.case_id == case_id, Presence.account_id != actor.account_id, Presence.seen_at > now - PRESENT)
        .order_by(Account.name)
    )
    return [(name, typed_at is not None and typed_at > now - PRESENT) for name, typed_at in rows]


def forget_who_was_there(session: Session, now: datetime) -> int:
    """Who looked at what is nobody's business once it is over."""
    gone = session.execute(delete(Presence).where(Presence.seen_at <= now - PRESENT))
    return gone.rowcount  # type: ignore[attr-defined,no-any-return]
