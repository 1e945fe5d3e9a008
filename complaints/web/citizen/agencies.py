"""How agencies keep what they agreed to, for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.web import agencyfigures
from complaints.web.citizen.face import blueprint
from complaints.web.guard import needs

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/agencies")
@needs(Permission.PUBLIC)
def agencies() -> ResponseReturnValue:
    """One share, then each agency's, and how it is counted."""
    session = begin_reading()
    question = agencyfigures.read_question(request.args)
    page = render_template("citizen/agencies.html", **agencyfigures.page_of_all(session, question))
    return page, 422 if question.errors else 200
