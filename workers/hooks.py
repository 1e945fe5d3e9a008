"""Promises of messages to agencies' own systems."""

from __future__ import annotations

from complaints.db import let_go, unit_of_work
from complaints.domain.outbox import Promise
from complaints.services import promises
from complaints.services.fetching import posting
from complaints.services.hooks import sending
from workers.runtime import runtime, utc_now


def tell_system(promise_id: int) -> None:
    """Post one message while nothing is held."""
    settings = runtime().settings
    with unit_of_work() as session:
        errand = sending.begin(session, session.get_one(Promise, promise_id), settings.secret_key, utc_now())
    let_go()
    if errand is None:
        return
    posted = posting.post(errand.url, errand.body, errand.headers, posting.means_of(settings))
    with unit_of_work() as session:
        sending.record(session, promises.for_result(session, promise_id), errand, posted, utc_now())
