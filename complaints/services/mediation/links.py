"""The respondent's link: random, kept as a hash, of limited life, revocable, and made again when it is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.actor import Actor, Role
from complaints.domain.mediation import MediationLink
from complaints.domain.secret import token_hash

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.mediation import Mediation

LONGEST_TOKEN = 100


def make(session: Session, mediation: Mediation, actor: Actor, now: datetime, key: str, days: int) -> MediationLink:
    """A new link; whatever was sent before opens nothing any more."""
    revoke(session, mediation, now)
    nonce = secrets.token_hex(32)
    link = MediationLink(
        mediation_id=mediation.id,
        token_hash=token_hash(_token(nonce, key)),
        nonce=nonce,
        made_at=now,
        made_by_id=actor.account_id,
        expires_at=now + timedelta(days=days),
    )
    mediation.links.append(link)
    session.flush()
    return link


def revoke(session: Session, mediation: Mediation, now: datetime) -> None:
    """Close the door."""
    for link in mediation.links:
        link.revoked_at = link.revoked_at or now
    session.flush()


def token_of(link: MediationLink, key: str) -> str:
    """What stands in the letter."""
    return _token(link.nonce, key)


def read(session: Session, token: str, now: datetime) -> MediationLink | None:
    """The living link of a token; None for anything made up, revoked or past its day."""
    if len(token) > LONGEST_TOKEN:
        return None
    link = session.scalars(select(MediationLink).where(MediationLink.token_hash == token_hash(token))).first()
    return link if link is not None and link.revoked_at is None and now < link.expires_at else None


def respondent_of(link: MediationLink) -> Actor:
    """Whoever holds the link."""
    return Actor(Role.RESPONDENT, mediation_id=link.mediation_id, name=link.mediation.respondent)


def _token(nonce: str, key: str) -> str:
    seal = hmac.digest(key.encode(), b"mediation-link:" + nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(seal).decode().rstrip("=")
