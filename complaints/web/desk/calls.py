"""Calls on the desk: what rings at one's own telephone, and what was missed until somebody called back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user

from complaints.db import begin_reading, unit_of_work
from complaints.domain.policy import Permission
from complaints.services import calls, queues
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.guard import needs, now, quiet, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.call import PhoneCall


@blueprint.get("/calls")
@needs(Permission.DESK)
def calls_page() -> ResponseReturnValue:
    """The same without script: one's own calls now, and every missed one."""
    session = begin_reading()
    return render_template(
        "desk/calls.html",
        mine=[_row(session, row) for row in calls.at_extension(session, current_user.extension, now())],
        told=True,
        missed=[_row(session, row) for row in calls.missed(session, now())],
        extension=current_user.extension,
        # The page shows what rings in its midst; twice would be once too often.
        **{**desk_frame(session, "calls"), "ring_url": ""},
    )


@blueprint.get("/calls/rail")
@needs(Permission.DESK)
@quiet
def ringing() -> ResponseReturnValue:
    """What rings at one's own telephone, for the page that asks by itself; not the call that it is already about."""
    session = begin_reading()
    mine = [
        _row(session, row)
        for row in calls.at_extension(session, current_user.extension, now())
        if str(row.id) != request.args.get("but")
    ]
    told = bool(request.args.get("told"))
    return render_template("desk/ringing.html", mine=mine, told=told, extension=current_user.extension)


@blueprint.post("/calls/<int:row_id>/back")
@needs(Permission.DESK)
def called_back(row_id: int) -> ResponseReturnValue:
    """The caller was called back: every missed call of that number goes off the list."""
    with unit_of_work() as session:
        calls.call_back(session, row_id, staff(), now())
    flash(t("desk.calls.dealt_with"), "done")
    return redirect(url_for("desk.calls_page"), 303)


def _row(session: Session, call: PhoneCall) -> dict[str, Any]:
    known = len(queues.of_caller(session, staff(), call.caller)) if call.caller else 0
    return {
        "id": call.id,
        "caller": call.caller or t("desk.calls.withheld"),
        "dial": call.caller,
        "began_at": call.began_at,
        "answered": call.answered_at is not None,
        "known": known,
        "entry": url_for("desk.new", call=call.id),
    }
