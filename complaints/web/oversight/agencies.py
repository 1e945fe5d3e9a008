"""How agencies keep what they agreed to, for supervisors: the public's figures, and the file of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.web import agencyfigures
from complaints.web.guard import needs
from complaints.web.language import t
from complaints.web.oversight.face import blueprint
from complaints.web.rail import overseer_frame
from complaints.web.sheet import csv_response

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue


@blueprint.get("/agencies")
@needs(Permission.OVERSIGHT)
def agencies() -> ResponseReturnValue:
    """One share, then each agency's."""
    session = begin_reading()
    question = agencyfigures.read_question(request.args)
    span = {"from": question.span.first.isoformat(), "to": question.span.last.isoformat()}
    page = render_template(
        "oversight/agencies.html",
        **overseer_frame("oversight"),
        **agencyfigures.page_of_all(session, question),
        csv=url_for("oversight.agencies_table", **span),  # type: ignore[arg-type]
    )
    return page, 422 if question.errors else 200


@blueprint.get("/agencies.csv")
@needs(Permission.OVERSIGHT)
def agencies_table() -> Response:
    """The same counts as bare numbers, one row an agency."""
    session = begin_reading()
    span = agencyfigures.read_question(request.args).span
    _, rows = agencyfigures.all_agencies(session, span)
    head = [t(f"record.sheet.{name}") for name in agencyfigures.SHEET]
    filename = f"1212-agencies-{span.first.isoformat()}-{span.last.isoformat()}.csv"
    return csv_response(filename, head, agencyfigures.sheet_rows(rows))
