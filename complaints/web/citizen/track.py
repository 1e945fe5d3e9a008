"""The way to one's own case: number and secret, the signed link of a letter, the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.policy import Permission
from complaints.services import access, follow
from complaints.services.letters import read_track_token
from complaints.web.citizen.drafting import forget, read_sheet
from complaints.web.citizen.face import blueprint, settings
from complaints.web.citizen.flow import summary_of
from complaints.web.errors import field_errors
from complaints.web.files import asked_for, send_file_of
from complaints.web.guard import close_track, complainant, needs, open_track
from complaints.web.language import t
from complaints.web.limits import GUESSING, limiter

if TYPE_CHECKING:
    from flask import Response


@blueprint.get("/track")
@needs(Permission.PUBLIC)
def track() -> Response:
    """Ask for number and secret."""
    return _form({})


@blueprint.post("/track")
@limiter.limit(GUESSING)
@needs(Permission.PUBLIC)
def find() -> Response:
    """Open the case; a wrong number and a wrong secret get the same answer."""
    number, secret = request.form.get("number", ""), request.form.get("secret", "")
    errors: dict[str, str] = {}
    for name, typed in (("number", number), ("secret", secret)):
        if not typed.strip():
            errors |= field_errors(InvalidInput(name, reason="required"))
    if errors:
        return _form(errors, 422)
    case = follow.find(begin_reading(), number, secret)
    if case is None:
        return _form({"number": t("citizen.track.wrong")}, 422)
    return _open(case.id)


@blueprint.get("/t/<token>")
@needs(Permission.PUBLIC)
def letter_link(token: str) -> Response:
    """The link in a letter opens the case of whoever has the letter."""
    case = read_track_token(begin_reading(), token, settings().secret_key)
    if case is None:
        return _form({"number": t("citizen.track.link_dead")}, 404)
    return _open(case.id)


@blueprint.post("/case/leave")
@needs(Permission.PUBLIC)
def leave() -> Response:
    """Leave nothing of the case in this browser; a complaint that is still being written stays."""
    sheet = read_sheet(begin_reading())
    close_track()
    home = make_response(redirect(url_for("citizen.home"), 303))
    return forget(home) if sheet is not None and sheet.case_id is not None else home


@blueprint.get("/file/<int:file_id>")
@needs(Permission.COMPLAINANT)
def file(file_id: int) -> Response:
    """The copy that may be shown, or with `?original` the file as it came, always as a download."""
    actor = complainant()
    if actor is None:
        raise NotFound(what="file")
    session = begin_reading()
    return send_file_of(access.open_file(session, access.get_own(session, actor), file_id, actor), asked_for())


def _form(errors: dict[str, str], status: int = 200) -> Response:
    typed = request.form.get("number", "")
    labels = {"secret": t("citizen.track.secret")}
    if not typed and request.method == "POST":
        labels["number"] = t("ui.case_number")
    body = render_template("citizen/track.html", errors=errors, summary=summary_of(errors, labels), number=typed)
    return make_response(body, status)


def _open(case_id: int) -> Response:
    open_track(case_id)
    return make_response(redirect(url_for("citizen.case"), 303))
