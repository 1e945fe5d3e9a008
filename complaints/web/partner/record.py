"""The agency's own record: what the public sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.web import agencyfigures
from complaints.web.guard import needs, staff
from complaints.web.partner.face import blueprint, partner_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/record")
@needs(Permission.PARTNER)
def record() -> ResponseReturnValue:
    """In time of due, what was given back, and how it is counted."""
    session = begin_reading()
    question = agencyfigures.read_question(request.args)
    page = render_template(
        "partner/record.html",
        **agencyfigures.page_of_one(session, question, staff().agency or ""),
        **partner_frame(session, "record"),
    )
    return page, 422 if question.errors else 200
