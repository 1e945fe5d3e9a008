"""How much waits in each queue of the desk, and how long already; all queues are counted in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case as either
from sqlalchemy import func, literal, select, union_all

from complaints.domain.case import Case
from complaints.domain.policy import visible_to
from complaints.services import queues

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

# Whose lists are somebody's own, or of what has ended, say nothing of the floor.
SHOWN = tuple(queue for queue in queues.QUEUES if queue not in {"mine", "watched", "ended"})
# Since when a case waits: what the queue is about; otherwise since a person last did something with it.
_SINCE = {
    "answers": Case.heard_at,
    "returned": Case.refused_at,
    "silent": Case.silent_at,
    "escalated": Case.escalated_at,
}
# The moments of so many cases are read for the one in the middle.
MOST_READ = 1000
LATE, NEAR = "late", "near"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One queue: how many, since when the oldest and the middle one wait, how many deadlines passed and are near.

    Behind `MOST_READ` cases the middle is not known.
    """

    queue: str
    count: int
    oldest: datetime | None
    middle: datetime | None
    late: int
    near: int


def waiting(session: Session, actor: Actor, now: datetime, spans: queues.Spans) -> list[Waiting]:
    """Every queue, in the order of the rail."""
    parts = [_of(queue, actor, now, spans) for queue in SHOWN]
    found = {row[0]: row for row in session.execute(union_all(*parts))}
    return [_read(queue, found[queue]) for queue in SHOWN]


def of_deadline(part: str, now: datetime, spans: queues.Spans, actor: Actor) -> ColumnElement[bool]:
    """The deadline has passed, or is near; what waits for the complainant or sleeps has neither."""
    due = queues.condition("deadline", now, spans, actor)
    return due & (Case.due_at <= now if part == LATE else Case.due_at > now)


def _of(queue: str, actor: Actor, now: datetime, spans: queues.Spans) -> Select[Any]:
    since = _SINCE.get(queue, Case.moved_at)
    flags = {part: either((of_deadline(part, now, spans, actor), 1), else_=0).label(part) for part in (LATE, NEAR)}
    found = (
        select(since.label("since"), *flags.values())
        .where(visible_to(actor), queues.condition(queue, now, spans, actor))
        .order_by(since)
        .limit(MOST_READ + 1)
        .subquery()
    )
    place, size = func.row_number().over(order_by=found.c.since), func.count().over()
    ranked = select(found, place.label("place"), size.label("size")).subquery()
    return select(
        literal(queue).label("queue"),
        func.coalesce(func.max(ranked.c.size), 0),
        func.min(ranked.c.since),
        func.min(either((ranked.c.place == (ranked.c.size + 1) // 2, ranked.c.since))),
        *(func.coalesce(func.sum(ranked.c[part]), 0) for part in (LATE, NEAR)),
    )


def _read(queue: str, row: Any) -> Waiting:  # noqa: ANN401 - a row of the query above
    _, count, oldest, middle, late, near = row
    return Waiting(queue, count, oldest, middle if count <= MOST_READ else None, late, near)


def waited(moment: datetime | None, now: datetime) -> timedelta | None:
    """How long since then."""
    return now - moment if moment is not None else None
