"""Searches that an account keeps under a name; nobody else sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.search import SavedSearch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

NAME_LIMIT = 80
MOST = 30


def kept(session: Session, actor: Actor) -> Sequence[SavedSearch]:
    """The account's own, by name."""
    query = select(SavedSearch).where(SavedSearch.account_id == actor.account_id)
    return session.scalars(query.order_by(SavedSearch.name)).all()


def keep(session: Session, actor: Actor, name: str, asked: Mapping[str, str], now: datetime) -> SavedSearch:
    """Keep a search; the same name again takes the place of the old one."""
    named = " ".join(name.split())
    if not named:
        raise InvalidInput("name", reason="required")
    if len(named) > NAME_LIMIT:
        raise InvalidInput("name", reason="too_long", limit=NAME_LIMIT)
    if not asked or actor.account_id is None:
        raise InvalidInput("q", reason="search_nothing")
    own = SavedSearch.account_id == actor.account_id
    row = session.scalars(select(SavedSearch).where(own, SavedSearch.name == named)).first()
    if row is not None:
        row.asked = dict(asked)
        return row
    if (session.scalar(select(func.count()).select_from(SavedSearch).where(own)) or 0) >= MOST:
        raise InvalidInput("name", reason="search_too_many", limit=MOST)
    row = SavedSearch(account_id=actor.account_id, name=named, asked=dict(asked), created_at=now)
    session.add(row)
    session.flush()
    return row


def drop(session: Session, actor: Actor, saved_id: int) -> None:
    """Forget one of the account's own."""
    row = session.get(SavedSearch, saved_id)
    if row is None or actor.account_id is None or row.account_id != actor.account_id:
        raise NotFound(what="search")
    session.delete(row)
