"""Is the centre alive, and does it keep its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.services.health import LATE_SECONDS, pulse
from complaints.web import files
from complaints.web.guard import needs, now

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
@needs(Permission.PUBLIC)
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/ready")
@needs(Permission.PUBLIC)
def ready() -> ResponseReturnValue:
    """Database, broker, age of the oldest unkept promise and of each timetable entry; 503 when one is not well.

    The virus scanner is told too, but does not make it 503: files wait for it, complaints do not.
    """
    body: dict[str, object] = {"database": "ok", "broker": _broker()}
    body["antivirus"] = files.antivirus().word
    try:
        beat = pulse(begin_reading(), now())
    except SQLAlchemyError:
        return jsonify(status="not_ready", database="unreachable", broker=body["broker"]), 503
    body |= beat
    well = body["broker"] != "unreachable" and beat["oldest_promise_seconds"] < LATE_SECONDS
    return jsonify(status="ready" if well else "not_ready", **body), 200 if well else 503


def _broker() -> str:
    url = current_app.extensions["settings"].broker_url
    if not url.startswith(("redis://", "rediss://")):
        return "embedded"
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except RedisError:
        return "unreachable"
    return "ok"
