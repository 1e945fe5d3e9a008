"""Putting the words of a template into one of a case's forms, to be read and edited before they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.services import access, drafting, replies
from complaints.web.desk.face import blueprint, settings
from complaints.web.desk.steps import again
from complaints.web.errors import STATUS, step_errors
from complaints.web.guard import needs, now, staff
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.post("/case/<number>/insert/<any(ask,write,resolve,reject):verb>")
@needs(Permission.DESK)
def insert(number: str, verb: str) -> ResponseReturnValue:
    """The same page with the form open, the words below what was typed; nothing is sent."""
    session = begin_reading()
    case = access.get_case(session, number, staff())
    field = "answer" if verb == "resolve" else "body"
    try:
        words = replies.filled(session, case, whole(request.form.get("template", "")), verb, settings().base_url)
    except InvalidInput as error:
        return again(number, verb, step_errors(error, verb, in_form=True), STATUS[error.code])
    session.rollback()
    typed = request.form.get(field, "").replace("\r\n", "\n").strip()
    changed = {field: f"{typed}\n\n{words}" if typed else words}
    with unit_of_work() as session:
        values = request.form.to_dict(flat=False) | {field: [changed[field]]}
        drafting.keep(session, access.get_case(session, number, staff()), verb, values, staff(), now())
    return again(number, verb, {}, 200, changed=changed)
