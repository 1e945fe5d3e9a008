"""One declaration an operation: who may call it, what it takes and answers, and how the document tells it.

The same declaration is the lock, the check of what comes in, and the entry in the OpenAPI document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint, Response, current_app, g, json, request
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType

from complaints.db import begin_reading, let_go
from complaints.domain.errors import InvalidInput
from complaints.domain.places import provinces
from complaints.domain.referral import OUTCOMES
from complaints.services import catalogue
from complaints.services.evidence.kinds import limits_of
from complaints.web.api.problems import install, problem
from complaints.web.api.shapes import Shape, Wrong, escaped, read_json, read_words
from complaints.web.guard import needs_token, party
from complaints.web.limits import limiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from complaints.domain.client import Scope
    from complaints.services.evidence.kinds import Limits
    from config import Settings

    View = Callable[..., Response]

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
install(blueprint)
JSON, MULTIPART, BYTES = "application/json", "multipart/form-data", "application/octet-stream"
KEY = re.compile(r"^[\x21-\x7e]{8,100}$")
# `*`, or versions as the ETags held them.
MATCH = re.compile(r'^(\*|"[0-9]{1,9}"(, ?"[0-9]{1,9}")*)$')
FILING = "60 per minute; 5000 per day"
WRITING = "120 per minute"
ASKING = "300 per minute"


class Words(NamedTuple):
    """What an operation is, in both languages."""

    th: str
    en: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One of them. `answer` None gives bytes; `keyed` asks for an idempotency key, `matched` for If-Match.

    With `form` the document may be the part of that name of a form, beside `files`. What is `kept_raw` the view reads
    itself, after it was stored as it came.
    """

    name: str
    method: str
    path: str
    words: Words
    scopes: tuple[Scope, ...]
    status: int = 200
    query: type[Shape] | None = None
    body: type[Shape] | None = None
    answer: type[Shape] | None = None
    form: str = ""
    kept_raw: bool = False
    keyed: bool = False
    matched: bool = False
    problems: tuple[int, ...] = ()
    rate: str = ASKING


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers; None as `told` leaves the body empty."""

    told: Shape
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


OPERATIONS: list[Operation] = []


def operation(declared: Operation) -> Callable[[View | Callable[..., Reply]], View]:
    """Put a view behind its declaration; it gets what was checked as `query` and `body`."""

    def put(view: Callable[..., Any]) -> View:
        @wraps(view)
        def called(**path: Any) -> Response:  # noqa: ANN401 - the address's own
            _negotiate(declared)
            refused = _preconditions(declared)
            if refused is not None:
                return refused
            try:
                answer = view(**path, **_given(declared))
            except Wrong as error:
                return problem(422, "invalid", error.faults)
            return answer if isinstance(answer, Response) else reply(answer)

        locked = needs_token(*declared.scopes)(limiter.limit(declared.rate, key_func=each)(called))
        blueprint.add_url_rule(_rule(declared.path), declared.name, locked, methods=[declared.method])
        OPERATIONS.append(declared)
        return called

    return put


def _rule(path: str) -> str:
    """The document's `{referral_id}` as an address: ids are numbers."""
    return re.sub(r"\{(\w+)\}", lambda hole: f"<{'int:' if hole[1].endswith('_id') else ''}{hole[1]}>", path)


def reply(answer: Reply) -> Response:
    """An answer on the wire."""
    found = Response(answer.told.model_dump_json(by_alias=True), answer.status, content_type=JSON)
    found.headers.update(answer.headers)
    return found


def each() -> str:
    """Every client has its own count."""
    return f"client-{party().client_id}"


def _negotiate(declared: Operation) -> None:
    """Who takes nothing that this operation gives is told so before anything is done."""
    offered = JSON if declared.answer is not None else BYTES
    if "Accept" in request.headers and not request.accept_mimetypes.quality(offered):
        raise NotAcceptable


def _preconditions(declared: Operation) -> Response | None:
    if declared.keyed and KEY.match(request.headers.get("Idempotency-Key", "")) is None:
        return problem(400, "idempotency_key")
    if declared.matched:
        given = request.headers.get("If-Match", "")
        if not given:
            return problem(428, "http_428")
        if MATCH.match(given) is None:
            return problem(400, "if_match")
    return None


def matches(version: int) -> bool:
    """Did the caller see this version."""
    given = [one.strip() for one in request.headers.get("If-Match", "").split(",")]
    return given == ["*"] or f'"{version}"' in given


def _given(declared: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if declared.query is not None:
        twice = [name for name, values in request.args.lists() if len(values) > 1]
        if twice:
            raise Wrong([InvalidInput(f"/{escaped(name)}", reason="once") for name in twice])
        found["query"] = read_words(declared.query, request.args.to_dict(), codes())
    if declared.body is not None and not declared.kept_raw:
        found["body"] = read_json(declared.body, _document() or b"{}", codes())
    return found


def _document() -> bytes:
    """The JSON that came; nothing at all stands for no fields."""
    body = request.get_data(cache=True)
    if request.mimetype != JSON and (body or request.mimetype):
        raise UnsupportedMediaType
    return body


def codes() -> dict[str, frozenset[str]]:
    """The codes that may be used now."""
    if "api_codes" not in g:
        kinds = frozenset(row.code for row in catalogue.choosable(begin_reading()))
        let_go()
        g.api_codes = {"categories": kinds, "provinces": frozenset(provinces()), "outcomes": frozenset(OUTCOMES)}
    found: dict[str, frozenset[str]] = g.api_codes
    return found


def settings() -> Settings:
    """What the operator set."""
    found: Settings = current_app.extensions["settings"]
    return found


def limits() -> Limits:
    """How many and how large files may be."""
    return limits_of(settings())


def plain(told: dict[str, Any], status: int = 200) -> Response:
    """A document that is no answer of an operation."""
    return Response(json.dumps(told), status, content_type=JSON)
