"""Tying a case to another, telling the two apart, or taking either back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from complaints.db import unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.services import access, tie
from complaints.web.desk.face import blueprint
from complaints.web.desk.steps import again
from complaints.web.errors import STATUS, step_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TIE, APART, UNTIE = "tie", "apart", "untie"


@blueprint.post("/case/<number>/tie")
@needs(Permission.DESK)
def tied(number: str) -> ResponseReturnValue:
    """What stands between two cases; what was typed wrong is shown at its field again."""
    asked, other = request.form.get("do", TIE), request.form.get("other", "")
    try:
        with unit_of_work() as session:
            case = access.get_case(session, number, staff())
            if asked == APART:
                found = tie.tell_apart(session, case, other, staff(), now())
            elif asked == UNTIE:
                found = tie.untie(session, case, other, staff(), now())
            else:
                asked = TIE
                found = tie.tie(session, case, other, request.form.get("reason", ""), staff(), now())
            told = t(f"desk.tie.done.{asked}", number=found.number)
    except InvalidInput as error:
        return again(number, "tie", step_errors(error, "tie", in_form=True), STATUS[error.code])
    flash(told, "done")
    return redirect(url_for("desk.case", number=number, _anchor="links-title"), 303)
