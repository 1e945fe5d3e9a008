"""The partner's search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.web import searching
from complaints.web.guard import needs
from complaints.web.partner.face import blueprint, partner_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/search")
@needs(Permission.PARTNER)
def search() -> ResponseReturnValue:
    """What was found, or the form alone."""
    session = begin_reading()
    page = searching.search_page(session, "partner", request.args)
    shown = render_template("partner/search_page.html", **page, **partner_frame(session, "search"))
    return shown, 422 if page["errors"] else 200


@blueprint.post("/search/keep")
@needs(Permission.PARTNER)
def keep_search() -> ResponseReturnValue:
    """Keep a search under a name."""
    return searching.keep("partner")


@blueprint.post("/search/<int:saved_id>/drop")
@needs(Permission.PARTNER)
def drop_search(saved_id: int) -> ResponseReturnValue:
    """Forget one."""
    return searching.drop("partner", saved_id)
