"""Half-written complaints: kept on the server, so that nothing typed is lost between two pages."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from complaints.domain.message import Attachment, Draft
from complaints.domain.secret import token_hash

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session


def start(session: Session, now: datetime) -> tuple[Draft, str]:
    """A new draft and its token, which the browser keeps."""
    token = secrets.token_urlsafe(24)
    draft = Draft(token_hash=token_hash(token), data={}, created_at=now, changed_at=now)
    session.add(draft)
    session.flush()
    return draft, token


def find(session: Session, token: str) -> Draft | None:
    """The draft of a token."""
    return session.scalars(select(Draft).where(Draft.token_hash == token_hash(token))).first()


def find_for_change(session: Session, token: str) -> Draft | None:
    """The draft locked, so that two pages of one complaint saved at once, or a file and the sending, do not miss."""
    return session.scalars(select(Draft).where(Draft.token_hash == token_hash(token)).with_for_update(of=Draft)).first()


def discard(session: Session, draft: Draft, folder: Path) -> None:
    """Erase a draft and its files because its writer said so."""
    for attachment in files_of(session, draft):
        erase_file(attachment, folder)
        session.delete(attachment)
    session.flush()
    session.delete(draft)


def save(draft: Draft, now: datetime, values: dict[str, Any]) -> None:
    """Merge values into the draft; a None removes its key."""
    data = {**draft.data, **values}
    draft.data = {key: value for key, value in data.items() if value is not None}
    draft.changed_at = now


def files_of(session: Session, draft: Draft) -> list[Attachment]:
    """The files uploaded so far."""
    return list(session.scalars(select(Attachment).where(Attachment.draft_id == draft.id).order_by(Attachment.id)))


def drop_file(session: Session, draft: Draft, file_id: int, folder: Path) -> None:
    """Take back a file that was never sent."""
    attachment = session.get(Attachment, file_id)
    if attachment is not None and attachment.draft_id == draft.id:
        erase_file(attachment, folder)
        session.delete(attachment)


def erase_file(attachment: Attachment, folder: Path) -> None:
    """Remove original and shown copy from the disk."""
    (folder / "original" / attachment.stored_key).unlink(missing_ok=True)
    if attachment.shown_key:
        (folder / "shown" / attachment.shown_key).unlink(missing_ok=True)


def forget(session: Session, now: datetime, days: int, folder: Path) -> int:
    """Erase drafts that nobody touched for `days` days, with their files; returns how many."""
    old = list(session.scalars(select(Draft).where(Draft.changed_at < now - timedelta(days=days)).limit(500)))
    for draft in old:
        for attachment in files_of(session, draft):
            erase_file(attachment, folder)
            session.delete(attachment)
    session.flush()
    if old:
        session.execute(delete(Draft).where(Draft.id.in_([draft.id for draft in old])))
    return len(old)
