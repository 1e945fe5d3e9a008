"""Agreements of mediations are put on paper: facts read short, drawn outside, kept short."""

from __future__ import annotations

from complaints.db import let_go, unit_of_work
from complaints.domain.outbox import Promise
from complaints.services import promises
from complaints.services.mediation import papers
from complaints.web.mediation.paper import agreement_pdf
from workers.runtime import utc_now


def put_on_paper(promise_id: int) -> None:
    """Once, however often it is tried."""
    with unit_of_work() as session:
        mediation_id = int(session.get_one(Promise, promise_id).payload["mediation_id"])
        found = papers.agreed(session, mediation_id)
    let_go()
    content = agreement_pdf(found) if found is not None else b""
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        if promise is not None:
            if content:
                papers.keep(session, mediation_id, content, utc_now())
            promise.keep(utc_now())
