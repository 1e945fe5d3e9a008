"""An entry of the timetable runs noted: when it began and how it ended, so that a person sees when it stops."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from complaints.db import let_go, unit_of_work
from complaints.services import health
from workers.runtime import runtime, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger()


@contextmanager
def noted(name: str) -> Iterator[None]:
    """Run the block inside the app's context; whatever it raises is kept as the entry's error and goes no further."""
    with runtime().flask_app.app_context():
        try:
            with unit_of_work() as session:
                health.started(session, name, utc_now())
            let_go()
            yield
            with unit_of_work() as session:
                health.finished(session, name, utc_now())
        except Exception as error:
            with unit_of_work() as session:
                health.failed(session, name, f"{type(error).__name__}: {error}")
            log.exception("clock_failed", entry=name)
        finally:
            let_go()
