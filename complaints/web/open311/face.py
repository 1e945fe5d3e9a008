"""The door of civic apps, and what they are told when something is wrong: a list of errors, as GeoReport has it."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from complaints.db import db
from complaints.domain import errors
from complaints.domain.wording import LANGUAGES, known, say
from complaints.services.once import KeyUsed
from complaints.web.api.shapes import Wrong
from complaints.web.errors import STATUS, sentence
from complaints.web.open311 import wire

blueprint = Blueprint("open311", __name__, url_prefix="/open311/v2")
log = structlog.get_logger()
# What HTTP says more closely than GeoReport, whose word for everything else is 400.
PLAIN = frozenset({403, 404, 405, 413, 429, 500, 503})
WRONG = 400


def reader() -> str:
    """The caller's language: named in the address, else as its head asks, else Thai."""
    asked = request.args.get("lang")
    return asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def form_asked() -> str:
    """JSON where the address ends so; XML is what every client reads."""
    return "json" if request.path.endswith(".json") else "xml"


def errors_of(status: int, *descriptions: str) -> Response:
    """A refusal with its reasons."""
    db.session.rollback()
    told = [{"code": status, "description": one} for one in descriptions]
    answer = wire.answer(form_asked(), "errors", told, status)
    answer.headers["Content-Language"] = reader()
    return answer


def http_errors(error: HTTPException) -> Response:
    """What HTTP itself calls wrong."""
    status = error.code if error.code in PLAIN else WRONG
    answer = errors_of(status, say(f"open311.error.http_{status}", reader()))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted({*error.valid_methods, "OPTIONS"}))
    return answer


blueprint.register_error_handler(HTTPException, http_errors)
# The pages have a handler for this one status, which would come first.
blueprint.register_error_handler(RequestEntityTooLarge, http_errors)


@blueprint.errorhandler(Wrong)
def wrong(error: Wrong) -> Response:
    """Everything that has to be mended, each with the name of its field."""
    return errors_of(WRONG, *(_mend(fault) for fault in error.faults))


@blueprint.errorhandler(errors.DomainError)
def refused(error: errors.DomainError) -> Response:
    """What a service refused."""
    if isinstance(error, errors.NotFound):
        key = f"open311.unknown.{error.field}"
        return errors_of(404, say(key if known(key) else "open311.error.http_404", reader()))
    status = STATUS.get(error.code, WRONG)
    return errors_of(status if status in PLAIN else WRONG, _mend(error))


@blueprint.errorhandler(KeyUsed)
def key_used(_error: KeyUsed) -> Response:
    """Other words under a key that had some."""
    return errors_of(WRONG, say("api.problem.idempotency_key_used.text", reader()))


@blueprint.errorhandler(Exception)
def unknown(error: Exception) -> Response:
    """A mistake of ours."""
    answer = errors_of(500, say("open311.error.http_500", reader()))
    log.error("unhandled", route=str(request.url_rule), error=type(error).__name__, exc_info=error)
    return answer


@blueprint.after_request
def for_browsers(answer: Response) -> Response:
    """What is public may be read by apps that live in somebody's browser."""
    answer.headers["Vary"] = "Accept-Language"
    if request.method == "GET":
        answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _mend(fault: errors.DomainError) -> str:
    return f"{fault.field}: {sentence(fault, reader())}" if fault.field else sentence(fault, reader())
