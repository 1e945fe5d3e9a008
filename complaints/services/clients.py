"""Systems of others and their tokens: made, shown once, changed for new ones without a gap, ended; all recorded."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from complaints.domain.actor import Actor, Role
from complaints.domain.agency import CENTRE, Agency
from complaints.domain.audit import Change
from complaints.domain.client import OF_AGENCIES, ApiClient, ApiToken, Scope
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.secret import token_hash
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

PREFIX = "occ_"
SHOWN = 10
NAME_LIMIT = 60
# In days; a token that never ends is one that nobody looks after.
LIVES = (30, 90, 180, 365)
# The old and the new one, while a system changes over.
MOST_LIVING = 2
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Party:
    """Who asks: a client, what it may do, the agency as which it acts, and the token that it showed.

    `stale` says that the token's last use is not noted yet.
    """

    client_id: int
    name: str
    scopes: frozenset[str]
    agency: str | None
    token_id: int
    expires_at: datetime
    stale: bool

    @property
    def actor(self) -> Actor:
        """The agency, acting by this system."""
        return Actor(Role.PARTNER, agency=self.agency, name=self.name, client_id=self.client_id)


def create(
    session: Session, name: str, scopes: Sequence[str], days: int, actor: Actor, now: datetime, agency: str = ""
) -> tuple[ApiClient, str]:
    """Add a client; returns it with its token, which stands nowhere in clear.

    Raises `InvalidInput` naming the field: a name that is empty, too long or taken, no scope, a life that is not
    offered, an agency that is none, scopes of an agency without one.
    """
    name = name.strip()
    if not name:
        raise InvalidInput("name", reason="required")
    if len(name) > NAME_LIMIT:
        raise InvalidInput("name", reason="too_long", limit=NAME_LIMIT)
    if session.scalars(select(ApiClient.id).where(ApiClient.name == name)).first() is not None:
        raise InvalidInput("name", reason="name_taken")
    allowed = _scopes(session, scopes, agency)
    client = ApiClient(
        name=name, agency_code=agency or None, scopes=allowed, made_by_id=actor.account_id, created_at=now
    )
    session.add(client)
    told = {"scopes": " ".join(allowed), "days": days, "agency": agency or None}
    token = _new_token(client, days, actor, now)
    session.flush()
    audit.record(session, Change.CLIENT_CREATED, name, actor, now, after=told)
    return client, token


def _scopes(session: Session, scopes: Sequence[str], agency: str) -> list[str]:
    if agency:
        row = session.get(Agency, agency)
        if row is None or not row.active or agency == CENTRE:
            raise InvalidInput("agency", reason="choose_agency")
    allowed = [scope.value for scope in Scope if scope.value in scopes]
    if not allowed:
        raise InvalidInput("scopes", reason="choose_scope")
    if not agency and any(scope in OF_AGENCIES for scope in allowed):
        raise InvalidInput("agency", reason="agency_for_scope")
    return allowed


def _new_token(client: ApiClient, days: int, actor: Actor, now: datetime) -> str:
    if days not in LIVES:
        raise InvalidInput("days", reason="choose_life")
    token = PREFIX + secrets.token_urlsafe(32)
    client.tokens.append(
        ApiToken(
            token_hash=token_hash(token),
            token_start=token[:SHOWN],
            made_by_id=actor.account_id,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return token


def rotate(session: Session, client: ApiClient, days: int, actor: Actor, now: datetime) -> str:
    """A further token, valid beside the old one until that one is ended; raises `InvalidInput` while there are two."""
    # Two administrators at once must not make three.
    session.refresh(client, with_for_update=True)
    if client.revoked_at is not None:
        raise InvalidInput("days", reason="client_revoked")
    if len(client.living(now)) >= MOST_LIVING:
        raise InvalidInput("days", reason="two_tokens")
    token = _new_token(client, days, actor, now)
    session.flush()
    audit.record(session, Change.TOKEN_MADE, client.name, actor, now, after={"days": days, "start": token[:SHOWN]})
    return token


def end_token(session: Session, client: ApiClient, token_id: int, actor: Actor, now: datetime) -> None:
    """End one token at once; saying it twice changes nothing."""
    token = next((row for row in client.tokens if row.id == token_id), None)
    if token is None:
        raise NotFound(what="token")
    if token.ended_at is None:
        token.ended_at = now
        audit.record(session, Change.TOKEN_ENDED, client.name, actor, now, after={"start": token.token_start})


def revoke(session: Session, client: ApiClient, actor: Actor, now: datetime) -> None:
    """End a client with all its tokens at once; saying it twice changes nothing."""
    if client.revoked_at is None:
        client.revoked_at = now
        audit.record(session, Change.CLIENT_REVOKED, client.name, actor, now)


def everybody(session: Session) -> Sequence[ApiClient]:
    """Every client with its tokens, the newest first."""
    return session.scalars(
        select(ApiClient).options(selectinload(ApiClient.tokens)).order_by(ApiClient.id.desc())
    ).all()


def get(session: Session, client_id: int) -> ApiClient:
    """One of them, or `NotFound`."""
    client = session.get(ApiClient, client_id)
    if client is None:
        raise NotFound(what="client")
    return client


def named(session: Session, name: str) -> ApiClient:
    """The one of that name, or `NotFound`."""
    client = session.scalars(select(ApiClient).where(ApiClient.name == name.strip())).first()
    if client is None:
        raise NotFound(what="client")
    return client


def of_token(session: Session, token: str, now: datetime) -> Party | None:
    """Whose token this is, if it still opens the door."""
    found = session.scalars(select(ApiToken).where(ApiToken.token_hash == token_hash(token))).first()
    if found is None or not found.lives(now) or found.client.revoked_at is not None:
        return None
    client, stale = found.client, found.used_at is None or found.used_at < now - TOUCH_EVERY
    scopes = frozenset(map(str, client.scopes))
    return Party(client.id, client.name, scopes, client.agency_code, found.id, found.expires_at, stale)


def touch(session: Session, token_id: int, now: datetime) -> None:
    """Note that a token was used, once a minute at most; nobody waits for anybody over it."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.used_at.is_(None) | (ApiToken.used_at < now - TOUCH_EVERY))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
