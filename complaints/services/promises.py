"""The outbox as rows: claiming for one try, sweeping what nobody keeps, showing what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from complaints.domain.outbox import LEASE, WITHDRAWN, Promise, PromiseKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ScalarSelect
    from sqlalchemy.orm import Session

BATCH = 200
# What somebody outside is waiting to hear.
SPOKEN = (PromiseKind.LETTER.value, PromiseKind.SAY.value)
_GIVEN_UP = (Promise.failed_at.is_not(None), Promise.kind != PromiseKind.WEBHOOK.value)
OPEN = (Promise.done_at.is_(None), Promise.failed_at.is_(None))


def claim(session: Session, promise_id: int, now: datetime) -> Promise | None:
    """Take a promise for one try; None if it is kept, given up, not due, or in somebody else's hands."""
    claimed = session.execute(
        update(Promise)
        .where(
            Promise.id == promise_id,
            *OPEN,
            Promise.due_at <= now,
            or_(Promise.lease_until.is_(None), Promise.lease_until <= now),
        )
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    return session.get_one(Promise, promise_id, populate_existing=True)


def withdraw(session: Session, ids: Sequence[int], now: datetime) -> bool:
    """Take promises back that nobody has in hand; tells whether it was so with every one of them."""
    changed = session.execute(
        update(Promise)
        .where(Promise.id.in_(ids), *OPEN, or_(Promise.lease_until.is_(None), Promise.lease_until <= now))
        .values(done_at=now, lease_until=None, result={"delivered": WITHDRAWN})
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == len(ids)  # type: ignore[attr-defined,no-any-return]


def for_result(session: Session, promise_id: int) -> Promise | None:
    """The promise locked to record a result; None if somebody else ended it meanwhile."""
    promise = session.get(Promise, promise_id, with_for_update=True, populate_existing=True)
    return promise if promise is not None and promise.open else None


def due(session: Session, now: datetime, limit: int = BATCH) -> Sequence[int]:
    """Open promises that are due and in nobody's hands, oldest first."""
    return session.scalars(
        select(Promise.id)
        .where(*OPEN, Promise.due_at <= now, or_(Promise.lease_until.is_(None), Promise.lease_until <= now))
        .order_by(Promise.due_at, Promise.id)
        .limit(limit)
    ).all()


def spoken(session: Session, ids: Sequence[int]) -> Sequence[int]:
    """Those of the promises that say something to whoever wrote."""
    return session.scalars(
        select(Promise.id).where(Promise.id.in_(ids), Promise.kind.in_(SPOKEN)).order_by(Promise.id)
    ).all()


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """When the oldest unkept promise was due: the pulse that `/health/ready` shows."""
    return session.scalar(select(func.min(Promise.due_at)).where(*OPEN, Promise.due_at <= now))


def failed(session: Session, limit: int = 100) -> Sequence[Promise]:
    """Promises that were given up, newest first; without webhooks, of which an outage makes hundreds of one kind."""
    return session.scalars(select(Promise).where(*_GIVEN_UP).order_by(Promise.failed_at.desc()).limit(limit)).all()


def number_of_failed() -> ScalarSelect[int]:
    """How many promises were given up, webhooks apart, to be counted along with something else."""
    return select(func.count()).select_from(Promise).where(*_GIVEN_UP).scalar_subquery()


def retry(session: Session, promise_id: int, now: datetime) -> None:
    """A person lets a given-up promise try again."""
    promise = session.get(Promise, promise_id, with_for_update=True, populate_existing=True)
    if promise is not None and promise.failed_at is not None:
        promise.failed_at, promise.tries, promise.due_at = None, 0, now
