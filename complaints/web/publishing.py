"""The day's open data, made at night by a worker or at once by the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.thai_time import local_day
from complaints.services import columnar, opendata

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.services.evidence.stores import Store


def publish(store: Store, now: datetime) -> int:
    """Make and store today's files and tell them, once; how many."""
    today = local_day(now)
    done = opendata.latest(begin_reading()) == today
    let_go()
    if done:
        return 0
    with unit_of_work() as session:
        opendata.prepare(session, today)
    let_go()
    made = opendata.make(begin_reading(), today, columnar.parquet)
    let_go()
    opendata.keep(made, store)
    with unit_of_work() as session:
        return opendata.tell(session, made, today, now)
