"""Refusals to machines: problem details (RFC 9457), each in both languages, with every fault at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from flask import Response, json, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from complaints.db import db
from complaints.domain.errors import DomainError, NotFound
from complaints.domain.wording import LANGUAGES, known, say
from complaints.web.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Blueprint

MEDIA_TYPE = "application/problem+json"
KIND = "urn:occ1212:problem:"
log = structlog.get_logger()


def problem(status: int, code: str, faults: Sequence[DomainError] = (), **holes: object) -> Response:
    """One refusal; `faults` name their places as JSON pointers."""
    reader = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    told = {spoken: say(f"api.problem.{code}.text", spoken, **holes) for spoken in LANGUAGES}
    document: dict[str, Any] = {
        "type": KIND + code,
        "title": say(f"api.problem.{code}.title", reader),
        "status": status,
        "detail": told[reader],
        "messages": told,
    }
    if faults:
        document["errors"] = [_fault(fault) for fault in faults]
    answer = Response(json.dumps(document), status, content_type=MEDIA_TYPE)
    answer.headers["Content-Language"] = reader
    return answer


def _fault(fault: DomainError) -> dict[str, Any]:
    words = {spoken: sentence(fault, spoken) for spoken in LANGUAGES}
    return {"pointer": fault.field or "", "code": str(fault.values.get("reason", fault.code)), "messages": words}


def install(blueprint: Blueprint) -> None:
    """Answer whatever goes wrong behind this door in the machines' own form."""

    @blueprint.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        code = f"http_{status}"
        answer = problem(status, code if known(f"api.problem.{code}.text") else "http_400")
        if status == 401:  # noqa: PLR2004 - HTTP's own number
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    # The pages have a handler for this one status, which would come first.
    blueprint.register_error_handler(RequestEntityTooLarge, http)

    @blueprint.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        return problem(404, "http_404")

    @blueprint.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        db.session.rollback()
        log.error("unhandled", route=str(request.url_rule), error=type(error).__name__, exc_info=error)
        return problem(500, "http_500")
