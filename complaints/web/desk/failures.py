"""Promises that were given up: each with its reason, and a button to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from complaints.db import begin_reading, unit_of_work
from complaints.domain.case import Case
from complaints.domain.errors import NotFound
from complaints.domain.outbox import Promise
from complaints.domain.policy import Permission
from complaints.services import access, promises, queues
from complaints.services.hooks import managing
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.desk.page import promise_name
from complaints.web.guard import needs, now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/failures")
@needs(Permission.DESK)
def failures() -> ResponseReturnValue:
    """What was promised and could not be kept, newest first."""
    session = begin_reading()
    rows = promises.failed(session)
    ids = [row.case_id for row in rows if row.case_id is not None]
    numbers = {row[0]: row[1] for row in session.execute(select(Case.id, Case.number).where(Case.id.in_(ids)))}
    shown = [
        {
            "id": row.id,
            "what": promise_name(row),
            "number": numbers.get(row.case_id or 0, ""),
            "error": row.last_error,
            "at": row.failed_at,
            "tries": row.tries,
        }
        for row in rows
    ]
    return render_template(
        "desk/failures.html",
        rows=shown,
        hooks=managing.dead_letters(session),
        unreachable=queues.unreachable(session),
        **desk_frame(session, "failures"),
    )


@blueprint.post("/failures/hook/<int:endpoint_id>")
@needs(Permission.DESK)
def retry_hook(endpoint_id: int) -> ResponseReturnValue:
    """Send everything again that did not reach an agency's system."""
    with unit_of_work() as session:
        managing.all_again(session, managing.get(session, endpoint_id, staff()), now())
    flash(t("desk.failures.again"), "done")
    return redirect(url_for("desk.failures"), 303)


@blueprint.post("/failures/<int:promise_id>/retry")
@needs(Permission.DESK)
def retry(promise_id: int) -> ResponseReturnValue:
    """Let it try again from the start."""
    with unit_of_work() as session:
        promise = session.get(Promise, promise_id)
        if promise is None:
            raise NotFound(what="promise")
        case = session.get(Case, promise.case_id) if promise.case_id is not None else None
        number = access.get_case(session, case.number, staff()).number if case is not None else ""
        promises.retry(session, promise_id, now())
    flash(t("desk.failures.again"), "done")
    if number and request.form.get("back") == "case":
        return redirect(url_for("desk.case", number=number), 303)
    return redirect(url_for("desk.failures"), 303)
