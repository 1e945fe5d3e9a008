"""Who works alone: a lease that stands in the database and ends by itself when its holder is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.inbound import MailboxLease

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session


def take(session: Session, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or renew the lease until `now + length`; False while somebody else holds it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(MailboxLease).values(name=name, holder=holder, until=now + length)
    taken = session.execute(
        fresh.on_conflict_do_update(
            index_elements=[MailboxLease.name],
            set_={"holder": fresh.excluded.holder, "until": fresh.excluded.until},
            where=or_(MailboxLease.holder == holder, MailboxLease.until <= now),
        ).returning(MailboxLease.holder)
    ).scalar()
    return taken is not None


def give_back(session: Session, name: str, holder: str) -> None:
    """End a lease before its time; somebody else's is left alone."""
    session.execute(delete(MailboxLease).where(MailboxLease.name == name, MailboxLease.holder == holder))
