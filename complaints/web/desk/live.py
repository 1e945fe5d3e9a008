"""What changes while a page of the desk is open: the counts, and who else is at the case.

Each answer is one server-sent event and ends there; the browser asks again by itself and says what it knows. So no
thread is held for long, a proxy that waits for the end of an answer does no harm, and of the threads that may wait for
a change there are only so many: everybody else is answered at once and asks again a little later.
"""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Response, current_app, g, render_template, request

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.policy import Permission
from complaints.services import access, sharing
from complaints.web.desk.face import blueprint, rail
from complaints.web.guard import needs, now, quiet, staff
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask.sansio.blueprints import BlueprintSetupState
    from flask.typing import ResponseReturnValue

SEATS = "occ_live_seats"
# One thread in so many may wait.
SHARE = 4
HELD_SECONDS, LOOK_SECONDS = 12.0, 1.5
# After an answer the browser asks again: soon when it may wait here, later when every seat is taken.
SOON, LATER = 500, 6000


@blueprint.record_once
def install_seats(state: BlueprintSetupState) -> None:
    """So many requests may wait for a change at the same time in this process."""
    threads: int = state.app.extensions["settings"].web_threads
    state.app.extensions[SEATS] = threading.BoundedSemaphore(max(threads // SHARE, 1))


@blueprint.get("/live")
@needs(Permission.DESK)
@quiet
def live() -> ResponseReturnValue:
    """What the page shows that others change, as soon as it differs from what the browser has."""
    known = request.headers.get("Last-Event-ID", "")
    found = _look()
    if _mark(found) != known:
        return _event(found, SOON)
    seats: threading.BoundedSemaphore = current_app.extensions[SEATS]
    if not seats.acquire(blocking=False):
        return _event({}, LATER)
    try:
        until = time.monotonic() + HELD_SECONDS
        while time.monotonic() < until and _mark(found) == known:
            time.sleep(LOOK_SECONDS)
            found = _look()
    finally:
        seats.release()
    return _event(found if _mark(found) != known else {}, SOON)


def _look() -> dict[str, str]:
    """The parts of the page as they stand now; no connection is held between two looks."""
    g.now = datetime.now(UTC)
    g.pop("counted", None)
    session = begin_reading()
    parts = {"rail": render_template("ui/rail.html", nav=rail(session, request.args.get("active", "")))}
    number = request.args.get("case", "")
    if number:
        case = access.get_case(session, number, staff())
        there = sharing.others_there(session, case.id, staff(), now())
        seen = whole(request.args.get("version", ""))
        changed = seen > 0 and case.version != seen
        parts["there"] = render_template("desk/there.html", there=there, changed=changed, number=number)
    let_go()
    return parts


def _mark(parts: dict[str, str]) -> str:
    return hashlib.sha256("\0".join(parts.values()).encode()).hexdigest()[:16]


def _event(parts: dict[str, str], again: int) -> Response:
    """One event a part, each with the mark of all; without a part only when to ask again."""
    told = [f"retry: {again}\n\n"]
    for name, words in parts.items():
        lines = "".join(f"data: {line.strip()}\n" for line in words.splitlines())
        told.append(f"id: {_mark(parts)}\nevent: {name}\n{lines or 'data:' + chr(10)}\n")
    return Response(told, content_type="text/event-stream; charset=utf-8")


@blueprint.post("/case/<number>/here")
@needs(Permission.DESK)
@quiet
def here(number: str) -> ResponseReturnValue:
    """Somebody looks at the case, or writes there."""
    with unit_of_work() as session:
        case = access.get_case(session, number, staff())
        sharing.be_there(session, case.id, staff(), now(), typing=request.form.get("typing") == "1")
    return "", 204
