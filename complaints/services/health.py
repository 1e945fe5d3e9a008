"""The centre's pulse: database, promises, timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from complaints.domain.clock import ClockRun
from complaints.domain.outbox import Promise
from complaints.services import promises

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


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
