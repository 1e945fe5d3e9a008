"""The API of trusted parties: hand a complaint in, ask where the own ones stand."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, json, request, url_for
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from complaints.channels import partner_api
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.channel import HeardFile, Raw
from complaints.domain.client import Scope
from complaints.domain.errors import FileRefused
from complaints.domain.inbound import RawMessage
from complaints.domain.lifecycle import State
from complaints.domain.policy import Permission
from complaints.domain.secret import grouped
from complaints.domain.wording import LANGUAGES, say
from complaints.services import catalogue, hand_in, receive
from complaints.services.evidence.keeping import discard_unused, seal_file
from complaints.services.evidence.kinds import limits_of
from complaints.services.mailroom import Room
from complaints.web.api.openapi import document
from complaints.web.api.problems import install, problem
from complaints.web.files import store
from complaints.web.guard import needs, needs_token, now, party
from complaints.web.limits import limiter

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.services.evidence.kinds import Limits
    from complaints.services.hand_in import Receipt
    from config import Settings

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
install(blueprint)
FILING = "60 per minute; 5000 per day"
ASKING = "300 per minute"
KEY = re.compile(r"^[\x21-\x7e]{8,100}$")
JSON, MULTIPART = "application/json", "multipart/form-data"
# Base64 writes three bytes as four letters.
MOST_OVERHEAD = 2 * 2**20
# What may be kept of a call's head: the token may not.
KEPT_HEADERS = ("content-type", "idempotency-key", "user-agent")


def _each() -> str:
    """Every party has its own count."""
    return f"client-{party().client_id}"


@blueprint.post("/complaints")
@needs_token(Scope.FILE)
@limiter.limit(FILING, key_func=_each)
def file() -> Response:
    """Keep the body as it came, then read and file it; the same body under the same key has the same answer."""
    key = request.headers.get("Idempotency-Key", "")
    if KEY.match(key) is None:
        return problem(400, "idempotency_key")
    limits = _limits()
    request.max_content_length = limits.total_bytes * 4 // 3 + MOST_OVERHEAD
    body = request.get_data(cache=True)
    with unit_of_work() as session:
        raw_id = receive.store(session, _raw(body), f"{key}:{hashlib.sha256(body).hexdigest()[:32]}").raw_id
    let_go()
    try:
        with unit_of_work() as session:
            receipt = hand_in.answered(session, party(), key, raw_id, _settings().secret_key)
        return _answer(receipt if receipt is not None else _file(key, raw_id, limits))
    except hand_in.KeyUsed:
        return problem(422, "idempotency_key_used")
    except partner_api.Wrong as error:
        return problem(422, "invalid", error.faults)
    except FileRefused as error:
        error.field = "/files"
        return problem(422, "invalid", [error])


def _raw(body: bytes) -> Raw:
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    return Raw(partner_api.CODE, _each(), body, headers, now())


def _file(key: str, raw_id: int, limits: Limits) -> Receipt:
    text, beside = _parts()
    categories = frozenset(row.code for row in catalogue.categories(begin_reading()).values() if row.active)
    let_go()
    told = partner_api.read_document(text, beside, categories, now())
    facts = {
        "story": told.story,
        "language": told.language,
        "category": told.category,
        "province": told.province,
        "lost": told.lost,
        "transferred_at": told.transferred_at,
        "consent_at": told.consent_at,
        **told.contacts,
    }
    room = Room(limits, store(), _settings().secret_key)
    files = [seal_file(file, limits, store(), now()) for file in told.files]
    with unit_of_work() as session:
        inbound = hand_in.inbound(party(), key, facts, session.get_one(RawMessage, raw_id).received_at)
        receipt = hand_in.file(session, party(), key, raw_id, inbound, told.reference, files, room, now())
        discard_unused(session, (file.stored_key for file in files), now())
        return receipt


def _parts() -> tuple[bytes, list[HeardFile]]:
    """The document, and the files that came beside it."""
    if request.mimetype == JSON:
        return request.get_data(), []
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType
    if "complaint" not in request.form:
        raise BadRequest
    files = [HeardFile(one.filename or "", one.read()) for one in request.files.getlist("files")]
    return request.form["complaint"].encode(), files


def _answer(receipt: Receipt) -> Response:
    answer = _json(
        {
            "number": receipt.number,
            "secret": grouped(receipt.secret),
            "received_at": _moment(receipt.received_at),
            "state": _state(State.RECEIVED.value),
            "track": _settings().base_url + url_for("citizen.track"),
        },
        201,
    )
    answer.headers["Location"] = url_for("api.show", number=receipt.number)
    if not receipt.fresh:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


@blueprint.get("/complaints/<number>")
@needs_token(Scope.READ)
@limiter.limit(ASKING, key_func=_each)
def show(number: str) -> Response:
    """Where a complaint stands that this party handed in, in the words that its complainant reads."""
    case = hand_in.own_case(begin_reading(), party(), number)
    return _json(
        {
            "number": case.number,
            "state": _state(case.state),
            "received_at": _moment(case.received_at),
            "changed_at": _moment(case.changed_at),
            "answer_by": _moment(case.final_by),
        },
        200,
    )


@blueprint.get("/openapi.json")
@needs(Permission.PUBLIC)
def openapi() -> Response:
    """What this API takes and answers, for machines that write clients."""
    return _json(document(_settings().base_url, _limits()), 200)


def _state(code: str) -> dict[str, str]:
    return {"code": code, **{spoken: say(f"word.public.{code}", spoken) for spoken in LANGUAGES}}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(words: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(words), status, content_type="application/json")


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found


def _limits() -> Limits:
    return limits_of(_settings())
