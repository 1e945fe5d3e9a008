"""Sending a message: what to send, to whom not yet, and what follows from the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from complaints.domain.webhook import PAUSES, Silence, WebhookAttempt, WebhookEndpoint, WebhookMessage
from complaints.services.hooks import signing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from complaints.domain.outbox import Promise
    from complaints.services.fetching.posting import Posted

GONE = 410
BUSY = frozenset({429, 503})
# After the first, second ... failure in a row nothing else is tried there for so long.
HELD = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 15, 60, 300))
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Errand:
    """What is posted where."""

    message_id: int
    url: str
    body: bytes
    headers: Mapping[str, str]


def begin(session: Session, promise: Promise, secret_key: str, now: datetime) -> Errand | None:
    """What to post; None when nobody wants it any more, or while the endpoint is left in peace."""
    message = of_promise(session, promise)
    endpoint = message.endpoint
    if endpoint.silence is not None:
        promise.miss(now, f"the endpoint is silent: {endpoint.silence}", final=True)
        return None
    if endpoint.held_until is not None and now < endpoint.held_until:
        # Everybody at once at the end of a pause would be the next blow.
        promise.wait(endpoint.held_until + timedelta(seconds=10 * _chance(promise)))
        return None
    body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode()
    return Errand(message.id, endpoint.url, body, signing.headers(endpoint, message.key, body, secret_key, now))


def record(session: Session, promise: Promise | None, errand: Errand, posted: Posted, now: datetime) -> None:
    """Write the try down, and what it means for message and endpoint."""
    session.add(
        WebhookAttempt(
            message_id=errand.message_id,
            at=now,
            status=posted.status,
            detail=posted.detail,
            milliseconds=posted.milliseconds,
        )
    )
    message = session.get_one(WebhookMessage, errand.message_id)
    endpoint = session.get_one(WebhookEndpoint, message.endpoint_id, with_for_update=True, populate_existing=True)
    if posted.taken:
        endpoint.failures, endpoint.held_until = 0, None
        if promise is not None:
            promise.keep(now, delivered="webhook", status=posted.status)
        return
    endpoint.failures += 1
    endpoint.held_until = now + HELD[min(endpoint.failures, len(HELD)) - 1]
    if posted.status == GONE and endpoint.silence is None:
        endpoint.silence, endpoint.silenced_at = Silence.GONE.value, now
    if promise is not None:
        _miss(promise, posted, now)


def _miss(promise: Promise, posted: Posted, now: datetime) -> None:
    why = f"status {posted.status}" if posted.status is not None else posted.detail
    if posted.status == GONE or promise.tries >= len(PAUSES):
        promise.miss(now, why, final=True)
        return
    pause = PAUSES[promise.tries]
    pause += pause * (0.2 * _chance(promise))
    if posted.status in BUSY and posted.retry_after is not None:
        pause = min(max(pause, timedelta(seconds=posted.retry_after)), PAUSES[-1])
    promise.miss(now, why, again_at=now + pause)


def _chance(promise: Promise) -> float:
    """Between 0 and 1, another one for every try: a lot that can be drawn again."""
    return sha256(f"{promise.id}:{promise.tries}".encode()).digest()[0] / 256


def of_promise(session: Session, promise: Promise) -> WebhookMessage:
    """The message that a promise is about."""
    return session.scalars(select(WebhookMessage).where(WebhookMessage.promise_id == promise.id)).one()


def forget(session: Session, now: datetime) -> int:
    """Erase tries older than ninety days."""
    gone = session.execute(delete(WebhookAttempt).where(WebhookAttempt.at < now - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]
