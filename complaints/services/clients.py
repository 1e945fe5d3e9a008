"""Tokens of trusted parties: made, shown once, ended; each step recorded."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from complaints.domain.audit import Change
from complaints.domain.client import ApiClient, Scope
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.secret import token_hash
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

PREFIX = "occ_"
SHOWN = 10
NAME_LIMIT = 60
# In days; a token that never ends is one that nobody looks after.
LIVES = (30, 90, 180, 365)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks: a party's id and name, and what its token allows."""

    client_id: int
    name: str
    scopes: frozenset[str]


def create(
    session: Session, name: str, scopes: Sequence[str], days: int, actor: Actor, now: datetime
) -> tuple[ApiClient, str]:
    """Add a party; returns it with its token, which stands nowhere in clear.

    Raises `InvalidInput` naming the field: a name that is empty, too long or taken, no scope, a life that is not
    offered.
    """
    name = name.strip()
    if not name:
        raise InvalidInput("name", reason="required")
    if len(name) > NAME_LIMIT:
        raise InvalidInput("name", reason="too_long", limit=NAME_LIMIT)
    if session.scalars(select(ApiClient.id).where(ApiClient.name == name)).first() is not None:
        raise InvalidInput("name", reason="name_taken")
    allowed = [scope.value for scope in Scope if scope.value in scopes]
    if not allowed:
        raise InvalidInput("scopes", reason="choose_scope")
    if days not in LIVES:
        raise InvalidInput("days", reason="choose_life")
    token = PREFIX + secrets.token_urlsafe(32)
    client = ApiClient(
        name=name,
        token_hash=token_hash(token),
        token_start=token[:SHOWN],
        scopes=allowed,
        made_by_id=actor.account_id,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(client)
    session.flush()
    audit.record(session, Change.CLIENT_CREATED, name, actor, now, after={"scopes": " ".join(allowed), "days": days})
    return client, token


def revoke(session: Session, client: ApiClient, actor: Actor, now: datetime) -> None:
    """End a token at once; saying it twice changes nothing."""
    if client.revoked_at is None:
        client.revoked_at = now
        audit.record(session, Change.CLIENT_REVOKED, client.name, actor, now)


def everybody(session: Session) -> Sequence[ApiClient]:
    """Every party, the newest first."""
    return session.scalars(select(ApiClient).order_by(ApiClient.id.desc())).all()


def get(session: Session, client_id: int) -> ApiClient:
    """One of them, or `NotFound`."""
    client = session.get(ApiClient, client_id)
    if client is None:
        raise NotFound(what="client")
    return client


def of_token(session: Session, token: str, now: datetime) -> Party | None:
    """Whose token this is, if it still opens the door."""
    client = session.scalars(select(ApiClient).where(ApiClient.token_hash == token_hash(token))).first()
    if client is None or not client.lives(now):
        return None
    return Party(client.id, client.name, frozenset(map(str, client.scopes)))


def touch(session: Session, client_id: int, now: datetime) -> None:
    """Note that a token was used, once a minute at most; nobody waits for anybody over it."""
    session.execute(
        update(ApiClient)
        .where(ApiClient.id == client_id, ApiClient.used_at.is_(None) | (ApiClient.used_at < now - TOUCH_EVERY))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
