"""The table at the door: what went wrong becomes a status and a sentence in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from complaints.db import db
from complaints.domain import errors
from complaints.domain.wording import known, say, sentence_of
from complaints.web.language import language

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

log = structlog.get_logger()

STATUS: dict[str, int] = {
    errors.NotAllowed.code: 403,
    errors.NotFound.code: 404,
    errors.StepImpossible.code: 409,
    errors.DecisionReserved.code: 409,
    errors.StaleCase.code: 409,
    errors.StaleRecord.code: 409,
    errors.InvalidInput.code: 422,
    errors.FileRefused.code: 422,
    errors.FileHeld.code: 409,
    errors.StoreAway.code: 503,
    errors.SignInFailed.code: 429,
}


def sentence(error: errors.DomainError, reader: str = "") -> str:
    """What to tell the reader: the error's own sentence, for a reason the reason's; in the page's language if none."""
    return sentence_of(error, reader or language())


def field_errors(error: errors.DomainError) -> dict[str, str]:
    """The error under the name of the field that it is about, for the summary above a form."""
    return {error.field or "form": sentence(error)}


def step_errors(error: errors.DomainError, verb: str, *, in_form: bool) -> dict[str, str]:
    """The error of a step on a page with a form a verb: at its field, at the form, or at the page's heading."""
    if error.field:
        return {f"{verb}-{error.field}": sentence(error)}
    return {f"step-{verb}" if in_form else "case-number": sentence(error)}


def install_errors(app: Flask) -> None:
    """Turn every failure into a page that says what happened and what to do."""

    @app.errorhandler(errors.DomainError)
    def domain_error(error: errors.DomainError) -> ResponseReturnValue:
        db.session.rollback()
        return _page(STATUS.get(error.code, 400), error.code, sentence(error))

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> ResponseReturnValue:
        db.session.rollback()
        return _page(409, "stale_case", sentence(errors.StaleCase()))

    @app.errorhandler(CSRFError)
    def csrf(_error: CSRFError) -> ResponseReturnValue:
        return _page(400, "csrf", say("error.csrf.text", language()))

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
        megabytes = (app.config["MAX_CONTENT_LENGTH"] or 0) // 2**20
        return _page(413, "too_large", say("error.too_large.text", language(), limit=megabytes))

    app.register_error_handler(HTTPException, http_page)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        log.error("unhandled", route=str(request.url_rule), error=type(error).__name__, exc_info=error)
        return _page(500, "http_500", say("error.http_500.text", language()))


def http_page(error: HTTPException) -> ResponseReturnValue:
    """The page of what HTTP itself calls wrong."""
    code = f"http_{error.code}"
    key = f"error.{code}.text"
    text = say(key, language()) if known(key) else say("error.error.text", language())
    return _page(error.code or 500, code, text)


def _page(status: int, code: str, text: str) -> ResponseReturnValue:
    key = f"error.{code}.title"
    title = say(key if known(key) else "error.error.title", language())
    return render_template("error.html", title=title, text=text, status=status), status
