"""Promises of the lane of websites: one look at an address, and news for the cases that report it."""

from __future__ import annotations

from complaints.db import let_go, unit_of_work
from complaints.domain.outbox import Promise
from complaints.services import promises
from complaints.services.fetching.capture import capture
from complaints.services.fetching.means import Means
from complaints.services.websites import capturing, news
from workers.batches import in_batches
from workers.runtime import runtime, utc_now


def capture_site(promise_id: int) -> None:
    """Fetch while nothing is held; a promise whose turn is not yet comes again by itself."""
    with unit_of_work() as session:
        errand = capturing.begin(session, session.get_one(Promise, promise_id), utc_now())
    let_go()
    if errand is None:
        return
    settings = runtime().settings
    found = capture(errand.url, utc_now(), Means.of(settings))
    sealed = capturing.seal(found, errand, runtime().store, utc_now())
    blocked_at = [host.strip().lower() for host in settings.website_block_pages.split(",") if host.strip()]
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        capturing.record(session, promise, errand, found, sealed, blocked_at, utc_now())


def tell_news(promise_id: int) -> None:
    """Case by case of those that report the website."""
    in_batches(promise_id, news.tell_some)
