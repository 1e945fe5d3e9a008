"""An agency's endpoints: added, changed, given a fresh secret, tested, silenced; what they hear, and hear again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.outbox import Promise
from complaints.domain.policy import Permission, may
from complaints.domain.webhook import (
    BOTH_SECRETS,
    URL_LIMIT,
    Silence,
    Told,
    WebhookEndpoint,
    WebhookMessage,
)
from complaints.services import audit, promises
from complaints.services.fetching.posting import refusal
from complaints.services.hooks import signing, writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.fetching.means import Means

MOST_ENDPOINTS = 5
PAGE = 50
# Sent again at one press; whoever missed more reads the changes by the API.
MOST_AGAIN = 500
_REMOVED = func.coalesce(WebhookEndpoint.silence, "") == Silence.REMOVED.value


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first, and the id from which the older ones follow."""

    rows: Sequence[WebhookMessage]
    before: int | None


def of_agency(session: Session, actor: Actor) -> Sequence[WebhookEndpoint]:
    """The agency's endpoints that are not removed, oldest first."""
    return session.scalars(
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.agency_code == actor.agency,
            ~_REMOVED,
        )
        .order_by(WebhookEndpoint.id)
    ).all()


def get(session: Session, endpoint_id: int, actor: Actor) -> WebhookEndpoint:
    """One of the agency's own, for the desk any; or `NotFound`."""
    endpoint = session.get(WebhookEndpoint, endpoint_id)
    if (
        endpoint is None
        or endpoint.removed
        or not (may(actor, Permission.DESK) or endpoint.agency_code == actor.agency)
    ):
        raise NotFound(what="webhook")
    return endpoint


def add(
    session: Session, url: str, told: Sequence[str], actor: Actor, means: Means, secret_key: str, now: datetime
) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint; returns it with its secret. Raises `InvalidInput` naming the field."""
    url, chosen = _url(url, means), _told(told)
    mine = of_agency(session, actor)
    if any(endpoint.url == url for endpoint in mine):
        raise InvalidInput("url", reason="url_taken")
    if len(mine) >= MOST_ENDPOINTS:
        raise InvalidInput("url", reason="too_many_endpoints", limit=MOST_ENDPOINTS)
    endpoint = WebhookEndpoint(
        agency_code=actor.agency,
        url=url,
        told=chosen,
        key=uuid.uuid4().hex,
        generation=1,
        made_by_id=actor.account_id,
        created_at=now,
        failures=0,
    )
    session.add(endpoint)
    session.flush()
    _record(session, Change.WEBHOOK_ADDED, endpoint, actor, now)
    return endpoint, signing.secret(endpoint, 1, secret_key)


def _url(url: str, means: Means) -> str:
    url = url.strip()
    if not url:
        raise InvalidInput("url", reason="required")
    if len(url) > URL_LIMIT:
        raise InvalidInput("url", reason="too_long", limit=URL_LIMIT)
    if reason := refusal(url, means):
        raise InvalidInput("url", reason=reason)
    return url


def _told(told: Sequence[str]) -> list[str]:
    known = [kind.value for kind in writing.kinds()]
    if any(kind not in known for kind in told):
        raise InvalidInput("told", reason="choose_told")
    chosen = [kind for kind in known if kind in told]
    return [] if len(chosen) == len(known) else chosen


def change(session: Session, endpoint: WebhookEndpoint, told: Sequence[str], actor: Actor, now: datetime) -> None:
    """Choose anew what it hears; nothing chosen means everything."""
    endpoint.told = _told(told)
    _record(session, Change.WEBHOOK_CHANGED, endpoint, actor, now)


def rotate(session: Session, endpoint: WebhookEndpoint, actor: Actor, secret_key: str, now: datetime) -> str:
    """A fresh secret; for a day both sign, so that no message is refused meanwhile."""
    endpoint.generation += 1
    endpoint.both_until = now + BOTH_SECRETS
    _record(session, Change.WEBHOOK_ROTATED, endpoint, actor, now)
    return signing.secret(endpoint, endpoint.generation, secret_key)


def silence(session: Session, endpoint: WebhookEndpoint, why: Silence, actor: Actor, now: datetime) -> None:
    """Tell it nothing any more."""
    endpoint.silence, endpoint.silenced_at = why.value, now
    _record(session, Change.WEBHOOK_SILENCED, endpoint, actor, now)


def wake(session: Session, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> None:
    """Tell it again what happens from now on."""
    endpoint.silence = endpoint.silenced_at = endpoint.held_until = None
    endpoint.failures = 0
    _record(session, Change.WEBHOOK_WOKEN, endpoint, actor, now)


def test(session: Session, endpoint: WebhookEndpoint, now: datetime) -> WebhookMessage:
    """Promise a message that tells of nothing; a silent endpoint raises `InvalidInput`."""
    if endpoint.silence is not None:
        raise InvalidInput("endpoint", reason="endpoint_silent")
    endpoint.held_until = None
    made = writing.message(endpoint, Told.TEST, now, {"endpoint": endpoint.key})
    session.add(made)
    return made


def told(session: Session, endpoint: WebhookEndpoint, before: int | None = None) -> Page:
    """What it was told, with every try."""
    statement = (
        select(WebhookMessage)
        .where(WebhookMessage.endpoint_id == endpoint.id)
        .options(selectinload(WebhookMessage.attempts), selectinload(WebhookMessage.promise))
        .order_by(WebhookMessage.id.desc())
        .limit(PAGE + 1)
    )
    rows = session.scalars(statement if before is None else statement.where(WebhookMessage.id < before)).all()
    return Page(rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None)


def again(session: Session, endpoint: WebhookEndpoint, message_id: int, now: datetime) -> None:
    """Send one message once more under its own id, whatever came of it."""
    found = session.get(WebhookMessage, message_id)
    if found is None or found.endpoint_id != endpoint.id:
        raise NotFound(what="webhook")
    if endpoint.silence is not None:
        raise InvalidInput("endpoint", reason="endpoint_silent")
    promise = session.get_one(Promise, found.promise_id, with_for_update=True, populate_existing=True)
    promise.failed_at = promise.done_at = promise.lease_until = None
    promise.tries, promise.due_at, promise.result = 0, now, {}
    endpoint.held_until = None


def all_again(session: Session, endpoint: WebhookEndpoint, now: datetime) -> int:
    """Send everything once more that was given up, oldest first; returns how many."""
    if endpoint.silence is not None:
        raise InvalidInput("endpoint", reason="endpoint_silent")
    failed = session.scalars(
        select(WebhookMessage.promise_id)
        .join(Promise, Promise.id == WebhookMessage.promise_id)
        .where(WebhookMessage.endpoint_id == endpoint.id, Promise.failed_at.is_not(None))
        .order_by(WebhookMessage.id)
        .limit(MOST_AGAIN)
    ).all()
    for promise_id in failed:
        promises.retry(session, promise_id, now)
    endpoint.held_until = None
    return len(failed)


def number_failed(session: Session, endpoint: WebhookEndpoint) -> int:
    """How many messages were given up."""
    return (
        session.scalar(
            select(func.count())
            .select_from(WebhookMessage)
            .join(Promise, Promise.id == WebhookMessage.promise_id)
            .where(WebhookMessage.endpoint_id == endpoint.id, Promise.failed_at.is_not(None))
        )
        or 0
    )


def dead_letters(session: Session) -> Sequence[tuple[WebhookEndpoint, int, datetime]]:
    """Every endpoint with messages that were given up: how many, and since when the oldest."""
    rows = session.execute(
        select(WebhookEndpoint, func.count(), func.min(Promise.created_at))
        .join(WebhookMessage, WebhookMessage.endpoint_id == WebhookEndpoint.id)
        .join(Promise, Promise.id == WebhookMessage.promise_id)
        .where(Promise.failed_at.is_not(None), ~_REMOVED)
        .group_by(WebhookEndpoint.id)
        .order_by(WebhookEndpoint.id)
    )
    return [(endpoint, number, oldest) for endpoint, number, oldest in rows]


def _record(session: Session, what: Change, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> None:
    after = {"url": endpoint.url, "told": " ".join(endpoint.told)}
    audit.record(session, what, str(endpoint.agency_code), actor, now, after=after)
