"""The doors at which other systems hand in messages: proven first, then stored, then answered. Reading comes later."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, abort, current_app, request
from flask_limiter.util import get_remote_address

from complaints.channels import cti, registry
from complaints.db import unit_of_work
from complaints.domain.channel import Hook, Raw, Unreadable
from complaints.domain.policy import Permission
from complaints.services import calls, receive
from complaints.web.guard import needs, now
from complaints.web.limits import limiter

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from complaints.domain.channel import Channel
    from config import Settings

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
LARGEST_CALL = 2 * 2**20
# Only calls that could not prove themselves count: a busy platform is never refused.
UNPROVEN = "60 per minute"
UNAUTHORIZED = 401
UNPROCESSABLE = 422
log = structlog.get_logger()


@blueprint.get("/<code>")
@needs(Permission.PUBLIC)
def greet(code: str) -> ResponseReturnValue:
    """Answer the other side's first look, where its protocol has one."""
    channel = _channel(code)
    if channel.greet is None:
        abort(405)
    answer = channel.greet(request.args.to_dict(), _settings())
    if answer is None:
        abort(403)
    return Response(answer, content_type="text/plain; charset=utf-8")


@blueprint.post("/<code>")
@needs(Permission.PUBLIC)
@limiter.limit(UNPROVEN, key_func=get_remote_address, deduct_when=lambda answer: answer.status_code == UNAUTHORIZED)
def take(code: str) -> ResponseReturnValue:
    """Store a proven call and answer once it is committed; the same body again is answered alike and kept once."""
    channel = _channel(code)
    request.max_content_length = LARGEST_CALL
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    # No header has such a name: where the call came to is part of what came in.
    headers[":query"] = request.query_string.decode("latin-1")
    if channel.authentic is None or not channel.authentic(Hook(headers, body, request.args.to_dict()), _settings()):
        log.warning("hook_refused", channel=code)
        return {"error": "signature"}, UNAUTHORIZED
    raw = Raw(channel.code, "", body, headers, now())
    with unit_of_work() as session:
        receive.keep_raw(session, raw, hashlib.sha256(body).hexdigest())
    return {"ok": True}


@blueprint.post("/cti")
@needs(Permission.PUBLIC)
@limiter.limit(UNPROVEN, key_func=get_remote_address, deduct_when=lambda answer: answer.status_code == UNAUTHORIZED)
def call() -> ResponseReturnValue:
    """What the telephone system tells of a call, taken in at once: an agent's page waits for it."""
    secret = _settings().of_channel(cti.CODE, "secret")
    if not secret:
        abort(404)
    request.max_content_length = LARGEST_CALL
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not cti.authentic(Hook(headers, body), secret, now()):
        log.warning("hook_refused", channel=cti.CODE)
        return {"error": "signature"}, UNAUTHORIZED
    with unit_of_work() as session:
        receive.store(session, Raw(cti.CODE, "", body, headers, now()), hashlib.sha256(body).hexdigest())
    try:
        event = cti.read(body)
    except Unreadable as error:
        return {"error": str(error)}, UNPROCESSABLE
    with unit_of_work() as session:
        calls.hear(session, event)
    return {"ok": True}


def _channel(code: str) -> Channel:
    """The channel that has a door and is set up; whatever else there is, is not told."""
    channel = registry.known().get(code)
    if channel is None or channel.authentic is None or not channel.ready(_settings()):
        abort(404)
    return channel


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
