"""The record of what administrators change: written beside the change, in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from complaints.domain.audit import AuditEntry, Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

PAGE = 50
# What never stands in the record, whoever hands it in.
SECRET = frozenset({"password", "password_hash", "token", "token_hash", "link"})


def record(
    session: Session,
    what: Change,
    about: str,
    actor: Actor,
    now: datetime,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditEntry | None:
    """Write one change with the values that differ; with both sides given and nothing different, write nothing."""
    old, new = _plain(before), _plain(after)
    if before is not None and after is not None:
        differing = {key for key in {*old, *new} if old.get(key) != new.get(key)}
        if not differing:
            return None
        old = {key: value for key, value in old.items() if key in differing}
        new = {key: value for key, value in new.items() if key in differing}
    entry = AuditEntry(at=now, account_id=actor.account_id, what=what.value, about=about, before=old, after=new)
    session.add(entry)
    session.flush()
    return entry


def newest(session: Session, before_id: int | None = None, limit: int = PAGE) -> Sequence[AuditEntry]:
    """The latest changes with whoever made them, newest first; from a page's last entry on."""
    statement = select(AuditEntry).options(joinedload(AuditEntry.account)).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return session.scalars(statement).all()


def _plain(values: Mapping[str, object] | None) -> dict[str, Any]:
    """JSON's own kinds only, and nothing secret."""
    kept = {key: value for key, value in (values or {}).items() if key not in SECRET}
    return {key: value if isinstance(value, bool | int | None) else str(value) for key, value in kept.items()}
