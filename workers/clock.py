"""The timetable's entries: sweep, deadlines, closing, counting, forgetting. Each may run twice without harm."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from celery import current_app, shared_task

from complaints.db import unit_of_work
from complaints.services import drafting, drafts, once, promises, sharing, upkeep
from complaints.services.hooks import sending
from complaints.services.kpi import counting
from complaints.services.mediation import clock as mediating
from complaints.services.quality import drawing
from complaints.services.search import keeping
from complaints.services.talk import record, silence
from complaints.services.websites import capturing
from complaints.web import publishing
from workers.noted import noted
from workers.runtime import room, runtime, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

log = structlog.get_logger()
LOOK_BACK = timedelta(minutes=10)
IN_FLIGHT = 200
LONGEST_COUNTING = 3600


def _entry(name: str, work: Callable[[Session], int]) -> None:
    """Run one entry in one transaction."""
    with noted(name):
        with unit_of_work() as session:
            done = work(session)
        if done:
            log.info("clock", entry=name, done=done)


@shared_task(name="workers.clock.sweep")
def sweep() -> None:
    """Publish due promises that nobody keeps; capped, so that a backlog does not flood the broker."""

    def work(session: Session) -> int:
        waiting = promises.due(session, utc_now() - timedelta(seconds=2), IN_FLIGHT)
        for promise_id in waiting:
            current_app.send_task("workers.tasks.keep", args=[promise_id])
        return len(waiting)

    _entry("sweep", work)


@shared_task(name="workers.clock.deadlines")
def deadlines() -> None:
    """Remind of near deadlines and open questions, escalate what was missed, end late turns, file silent talks."""

    def work(session: Session) -> int:
        now = utc_now()
        steps = (upkeep.remind, upkeep.escalate, upkeep.nudge, upkeep.hand_over, upkeep.put_clocks_on)
        done = sum(step(session, now) for step in steps)
        return done + mediating.tick(session, now) + silence.settle(session, room(), now)

    _entry("deadlines", work)


@shared_task(name="workers.clock.close_silent")
def close_silent() -> None:
    """Close answered cases after the complainant's silence."""
    _entry("close_silent", lambda session: upkeep.close_silent(session, utc_now()))


@shared_task(name="workers.clock.count")
def count() -> None:
    """Count anew what changed lately."""

    def work(session: Session) -> int:
        return counting.refresh(session, utc_now() - LOOK_BACK, utc_now())

    _entry("count", work)


@shared_task(name="workers.clock.recount", soft_time_limit=LONGEST_COUNTING)
def recount() -> None:
    """Count the recent days anew, nightly, and those with open problems: deadlines pass without any event.

    A day is a transaction of its own, so that nobody waits for the whole night's work.
    """
    with noted("recount"):
        with unit_of_work() as session:
            days = sorted(counting.recent_days(session, utc_now()))
        for day in days:
            with unit_of_work() as session:
                counting.recount(session, [day], utc_now())
        log.info("clock", entry="recount", done=len(days))


@shared_task(name="workers.clock.sample")
def sample() -> None:
    """Draw the last week's cases for a second look, once."""
    _entry("sample", lambda session: drawing.draw_week(session, utc_now()))


@shared_task(name="workers.clock.index")
def index() -> None:
    """Write some cases that the search cannot find yet: those from before it, and those of an older folding."""
    _entry("index", lambda session: keeping.rebuild(session)[0])


@shared_task(name="workers.clock.websites")
def websites() -> None:
    """Look again at websites that were blocked or removed: some come back."""
    every = timedelta(days=runtime().settings.website_recheck_every)
    _entry("websites", lambda session: capturing.look_again(session, utc_now(), every))


@shared_task(name="workers.clock.publish")
def publish() -> None:
    """Make the day's open data in its first hour; nothing waits for it, and what is there stays."""
    with noted("publish"):
        made = publishing.publish(runtime().store, utc_now())
        if made:
            log.info("clock", entry="publish", done=made)


@shared_task(name="workers.clock.forget")
def forget() -> None:
    """Erase unsent drafts, also of ended cases, talks that led nowhere, tries of webhooks and idempotency keys."""
    settings = runtime().settings

    def work(session: Session) -> int:
        talks = record.forget(session, utc_now(), settings.draft_days)
        sharing.forget_who_was_there(session, utc_now())
        talks += drafting.forget(session, utc_now())
        once.forget(session, utc_now())
        return talks + drafts.forget(session, utc_now(), settings.draft_days) + sending.forget(session, utc_now())

    _entry("forget", work)
