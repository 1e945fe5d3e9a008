"""The desk's search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.web import searching
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.guard import needs

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/search")
@needs(Permission.DESK)
def search() -> ResponseReturnValue:
    """What was found, or the form alone."""
    session = begin_reading()
    page = searching.search_page(session, "desk", request.args)
    shown = render_template("desk/search_page.html", **page, **desk_frame(session, "search"))
    return shown, 422 if page["errors"] else 200


@blueprint.post("/search/keep")
@needs(Permission.DESK)
def keep_search() -> ResponseReturnValue:
    """Keep a search under a name."""
    return searching.keep("desk")


@blueprint.post("/search/<int:saved_id>/drop")
@needs(Permission.DESK)
def drop_search(saved_id: int) -> ResponseReturnValue:
    """Forget one."""
    return searching.drop("desk", saved_id)
