"""The centre's pulse: database, promises, timetable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from complaints.domain.clock import ClockRun
from complaints.domain.outbox import Promise
from complaints.services import promises

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

LATE_SECONDS = 300
# After how long without a good end an entry of the timetable has stopped: several of its turns.
EXPECTED = {
    "sweep": timedelta(minutes=2),
    "deadlines": timedelta(minutes=10),
    "close_silent": timedelta(hours=1),
    "count": timedelta(minutes=5),
    "recount": timedelta(hours=49),
    "forget": timedelta(hours=4),
    "index": timedelta(minutes=30),
    "learn": timedelta(hours=49),
    "drift": timedelta(hours=49),
    "websites": timedelta(hours=4),
    "sample": timedelta(hours=4),
    "publish": timedelta(hours=4),
}


@dataclass(frozen=True, slots=True)
class Failures:
    """Promises of one kind that were given up: how many, and since when the oldest."""

    kind: str
    count: int
    since: datetime


def failures(session: Session) -> Sequence[Failures]:
    """What was given up, by kind; which ones, and why, the desk sees."""
    rows = session.execute(
        select(Promise.kind, func.count(), func.min(Promise.failed_at))
        .where(Promise.failed_at.is_not(None))
        .group_by(Promise.kind)
        .order_by(Promise.kind)
    )
    return [Failures(kind, count, since) for kind, count, since in rows if since is not None]


def started(session: Session, name: str, now: datetime) -> None:
    """An entry of the timetable begins."""
    run = session.get(ClockRun, name)
    if run is None:
        session.add(ClockRun(name=name, started_at=now, last_error=""))
    else:
        run.started_at = now


def finished(session: Session, name: str, now: datetime) -> None:
    """It ended well."""
    run = session.get_one(ClockRun, name)
    run.finished_at, run.last_error = now, ""


def failed(session: Session, name: str, error: str) -> None:
    """It ended with an error."""
    run = session.get(ClockRun, name)
    if run is not None:
        run.last_error = error[:2000]


def pulse(session: Session, now: datetime) -> dict[str, Any]:
    """Ages in seconds: of the oldest promise that is due and unkept, and of each timetable entry's last good end."""
    session.execute(text("SELECT 1"))
    oldest = promises.oldest_due(session, now)
    given_up = session.scalar(select(func.count()).select_from(Promise).where(Promise.failed_at.is_not(None))) or 0
    runs = session.scalars(select(ClockRun).order_by(ClockRun.name)).all()
    return {
        "oldest_promise_seconds": round((now - oldest).total_seconds(), 1) if oldest else 0,
        "failed_promises": given_up,
        "timetable": {
            run.name: {
                "age_seconds": round((now - run.finished_at).total_seconds(), 1) if run.finished_at else None,
                "error": bool(run.last_error),
            }
            for run in runs
        },
    }
