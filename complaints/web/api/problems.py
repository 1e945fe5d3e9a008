"""Refusals to machines: problem details (RFC 9457), each in both languages, with every fault at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from flask import Response, json, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from complaints.db import db
from complaints.domain import errors
from complaints.domain.wording import LANGUAGES, known, say
from complaints.web.errors import STATUS, http_page, sentence
from complaints.web.guard import now
from complaints.web.limits import limiter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Blueprint, Flask
    from flask.typing import ResponseReturnValue

MEDIA_TYPE = "application/problem+json"
KIND = "urn:occ1212:problem:"
# What the services call a value -> its place in a body.
PLACES = {"recovered": "/recovered_satang"}
log = structlog.get_logger()


def problem(
    status: int, code: str, faults: Sequence[errors.DomainError] = (), told: Mapping[str, str] | None = None
) -> Response:
    """One refusal; `faults` name their places as JSON pointers, `told` says it more closely than the code does."""
    reader = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    words = dict(told or {spoken: say(f"api.problem.{code}.text", spoken) for spoken in LANGUAGES})
    document: dict[str, Any] = {
        "type": KIND + code,
        "title": say(f"api.problem.{code}.title", reader),
        "status": status,
        "detail": words[reader],
        "messages": words,
        "errors": [_fault(fault) for fault in faults],
    }
    answer = Response(json.dumps(document), status, content_type=MEDIA_TYPE)
    answer.headers["Content-Language"] = reader
    return answer


def _fault(fault: errors.DomainError) -> dict[str, Any]:
    words = {spoken: sentence(fault, spoken) for spoken in LANGUAGES}
    place = fault.field or ""
    pointer = place if not place or place.startswith("/") else PLACES.get(place, f"/{place}")
    return {"pointer": pointer, "code": str(fault.values.get("reason", fault.code)), "messages": words}


def refusal(error: errors.DomainError) -> Response:
    """What a service refused."""
    if isinstance(error, errors.InvalidInput | errors.FileRefused):
        return problem(422, "invalid", [error])
    if isinstance(error, errors.NotFound):
        return problem(404, "http_404")
    code = error.code if known(f"api.problem.{error.code}.title") else "refused"
    return problem(STATUS.get(error.code, 409), code, told={spoken: sentence(error, spoken) for spoken in LANGUAGES})


def http_problem(error: HTTPException) -> Response:
    """What HTTP itself calls wrong."""
    status = error.code or 500
    code = f"http_{status}"
    answer = problem(status, code if known(f"api.problem.{code}.text") else "http_400")
    if status == 401:  # noqa: PLR2004 - HTTP's own number
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted({*error.valid_methods, "OPTIONS"}))
    return answer


def install(blueprint: Blueprint) -> None:
    """Answer whatever goes wrong behind this door in the machines' own form."""
    blueprint.register_error_handler(HTTPException, http_problem)
    # The pages have a handler for this one status, which would come first.
    blueprint.register_error_handler(RequestEntityTooLarge, http_problem)

    @blueprint.errorhandler(errors.DomainError)
    def refused(error: errors.DomainError) -> Response:
        db.session.rollback()
        return refusal(error)

    @blueprint.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> Response:
        db.session.rollback()
        return problem(412, "http_412")

    @blueprint.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        db.session.rollback()
        log.error("unhandled", route=str(request.url_rule), error=type(error).__name__, exc_info=error)
        return problem(500, "http_500")

    blueprint.after_request(_tell_limit)


def _tell_limit(answer: Response) -> Response:
    """How often the caller may still ask, and in how many seconds it may again."""
    limit = limiter.current_limit
    if limit is not None:
        wait = max(int(limit.reset_at - now().timestamp()), 0)
        answer.headers["RateLimit-Limit"] = str(limit.limit.amount)
        answer.headers["RateLimit-Remaining"] = str(max(limit.remaining, 0))
        answer.headers["RateLimit-Reset"] = str(wait)
    return answer


def install_outside(app: Flask, forms: Mapping[str, Callable[[HTTPException], Response]]) -> None:
    """An address or a method that no view has is refused before any blueprint is known: told in its door's form too."""

    def outside(error: HTTPException) -> ResponseReturnValue:
        form = next((form for prefix, form in forms.items() if request.path.startswith(prefix)), http_page)
        return form(error)

    app.register_error_handler(NotFound, outside)
    app.register_error_handler(MethodNotAllowed, outside)
