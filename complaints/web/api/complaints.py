"""What trusted parties do: hand a complaint in, ask where the own ones stand."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from flask import Response, request, url_for
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from complaints.channels import partner_api
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.channel import HeardFile, Raw
from complaints.domain.client import Scope
from complaints.domain.errors import FileRefused, InvalidInput
from complaints.domain.inbound import RawMessage
from complaints.domain.lifecycle import State
from complaints.domain.secret import grouped
from complaints.services import hand_in, once, receive
from complaints.services.evidence.keeping import discard_unused, seal_file
from complaints.services.mailroom import Room
from complaints.web.api import answers as out
from complaints.web.api import bodies as given
from complaints.web.api.declare import (
    FILING,
    JSON,
    MULTIPART,
    Operation,
    Reply,
    Words,
    codes,
    each,
    limits,
    operation,
    reply,
    settings,
)
from complaints.web.api.problems import problem
from complaints.web.api.shapes import Wrong, coded, escaped, read_json
from complaints.web.files import store
from complaints.web.guard import now, party

if TYPE_CHECKING:
    from complaints.services.hand_in import Receipt

# Base64 writes three bytes as four letters.
MOST_OVERHEAD = 2 * 2**20
# What may be kept of a call's head: the token may not.
KEPT_HEADERS = ("content-type", "idempotency-key", "user-agent")


@operation(
    Operation(
        "fileComplaint",
        "POST",
        "/complaints",
        Words("ส่งเรื่องร้องเรียนเข้ามา", "Hand a complaint in"),
        (Scope.FILE,),
        status=201,
        body=given.Complaint,
        answer=out.Receipt,
        form="complaint",
        kept_raw=True,
        keyed=True,
        problems=(413,),
        rate=FILING,
    )
)
def file() -> Response:
    """Keep the body as it came, then read and file it; the same body under the same key has the same answer."""
    key = request.headers["Idempotency-Key"]
    request.max_content_length = limits().total_bytes * 4 // 3 + MOST_OVERHEAD
    body = request.get_data(cache=True)
    with unit_of_work() as session:
        raw_id = receive.store(session, _raw(body), f"{key}:{hashlib.sha256(body).hexdigest()[:32]}").raw_id
    let_go()
    try:
        with unit_of_work() as session:
            receipt = hand_in.answered(session, party(), key, raw_id, settings().secret_key)
        return _answer(receipt if receipt is not None else _file(key, raw_id))
    except once.KeyUsed:
        return problem(422, "idempotency_key_used")
    except FileRefused as error:
        error.field = "/files"
        return problem(422, "invalid", [error])


def _raw(body: bytes) -> Raw:
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    return Raw(partner_api.CODE, each(), body, headers, now())


def _file(key: str, raw_id: int) -> Receipt:
    text, beside = _parts()
    told = read_json(given.Complaint, text, codes())
    inside = [HeardFile(one.name, base64.b64decode(one.content)) for one in told.files or ()]
    contacts = told.complainant.model_dump(exclude_none=True) if told.complainant is not None else {}
    facts = {
        "story": told.story,
        "language": told.language or "th",
        "category": told.category,
        "province": told.province or "",
        "lost": told.lost_satang,
        "transferred_at": told.transferred_at,
        "consent_at": told.consent_at,
        **contacts,
    }
    room = Room(limits(), store(), settings().secret_key)
    files = [seal_file(file, limits(), store(), now()) for file in (*inside, *beside)]
    with unit_of_work() as session:
        inbound = hand_in.inbound(party(), key, facts, session.get_one(RawMessage, raw_id).received_at)
        receipt = hand_in.file(session, party(), key, raw_id, inbound, told.reference or "", files, room, now())
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
    strange = {name for name in request.form if name != "complaint"} | {
        name for name in request.files if name != "files"
    }
    if strange:
        # What nobody reads would be lost; a file without a file's name comes as words.
        raise Wrong([InvalidInput(f"/{escaped(name)}", reason=_strange(name)) for name in sorted(strange)])
    files = [HeardFile(one.filename or "", one.read()) for one in request.files.getlist("files")]
    return request.form["complaint"].encode(), files


def _strange(name: str) -> str:
    return "wrong_value" if name == "files" else "unknown_field"


def _answer(receipt: Receipt) -> Response:
    headers = {"Location": url_for("api.showComplaint", number=receipt.number)}
    if not receipt.fresh:
        headers["Idempotency-Replayed"] = "true"
    told = out.Receipt(
        number=receipt.number,
        secret=grouped(receipt.secret),
        received_at=receipt.received_at,
        state=coded(State.RECEIVED.value, "word.public"),
        track=settings().base_url + url_for("citizen.track"),
    )
    return reply(Reply(told, headers, 201))


@operation(
    Operation(
        "showComplaint",
        "GET",
        "/complaints/{number}",
        Words("เรื่องที่คุณส่งถึงไหนแล้ว", "Where a complaint stands that you handed in"),
        (Scope.READ,),
        answer=out.Standing,
        problems=(404,),
    )
)
def show(number: str) -> Reply:
    """Where a complaint stands that this party handed in, in the words that its complainant reads."""
    case = hand_in.own_case(begin_reading(), party(), number)
    told = out.Standing(
        number=case.number,
        state=coded(case.state, "word.public"),
        received_at=case.received_at,
        changed_at=case.changed_at,
        answer_by=case.final_by,
    )
    return Reply(told)
