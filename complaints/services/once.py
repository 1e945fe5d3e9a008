"""One change for one idempotency key: the key is taken in the transaction of the change, with what was answered.

Of equal calls at once the first takes the key and the others wait for its end; a call that broke off left nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.client import ApiAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

KEPT = timedelta(hours=48)


class KeyUsed(Exception):  # noqa: N818 - names what happened to the key
    """The idempotency key came before with other words."""


def take(session: Session, client_id: int, key: str, fingerprint: str, now: datetime) -> ApiAnswer | None:
    """Take the key, or give what was answered under it before; raises `KeyUsed` when that was to other words."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"client_id": client_id, "key": key, "fingerprint": fingerprint, "at": now}
    taken = session.execute(
        dialect.insert(ApiAnswer)
        .values(**row, status=0, headers={}, body="")
        .on_conflict_do_nothing()
        .returning(ApiAnswer.key)
    ).first()
    if taken is not None:
        return None
    found = session.scalars(select(ApiAnswer).where(ApiAnswer.client_id == client_id, ApiAnswer.key == key)).one()
    if found.fingerprint != fingerprint:
        raise KeyUsed
    return found


def keep(session: Session, client_id: int, key: str, status: int, headers: Mapping[str, str], body: str) -> None:
    """Write down what is answered under a key that was taken."""
    found = session.get_one(ApiAnswer, (client_id, key))
    found.status, found.headers, found.body = status, dict(headers), body


def forget(session: Session, now: datetime) -> int:
    """Keys that are older than anybody repeats a call; returns how many."""
    gone = delete(ApiAnswer).where(ApiAnswer.at < now - KEPT).returning(ApiAnswer.key)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())
