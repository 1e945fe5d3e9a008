"""Half-written complaints: kept on the server, so that nothing typed is lost between two pages."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from complaints.domain.errors import NotFound
from complaints.domain.message import Attachment, Draft
from complaints.domain.policy import drafts_of, may_see_draft
from complaints.domain.secret import token_hash
from complaints.services.evidence.keeping import erase

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor


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


def discard(session: Session, draft: Draft, now: datetime) -> None:
    """Erase a draft and its files because its writer said so."""
    erase(session, files_of(session, draft), now)
    session.delete(draft)


def save(draft: Draft, now: datetime, values: dict[str, Any]) -> None:
    """Merge values into the draft; a None removes its key."""
    data = {**draft.data, **values}
    draft.data = {key: value for key, value in data.items() if value is not None}
    draft.changed_at = now


def files_of(session: Session, draft: Draft) -> list[Attachment]:
    """The files uploaded so far."""
    return list(session.scalars(select(Attachment).where(Attachment.draft_id == draft.id).order_by(Attachment.id)))


def drop_file(session: Session, draft: Draft, file_id: int, now: datetime) -> None:
    """Take back a file that was never sent."""
    attachment = session.get(Attachment, file_id)
    if attachment is not None and attachment.draft_id == draft.id:
        erase(session, [attachment], now)


def get_file(session: Session, draft: Draft, file_id: int) -> Attachment:
    """A file of the draft that may be looked at, or `NotFound`."""
    attachment = session.get(Attachment, file_id)
    if attachment is None or attachment.draft_id != draft.id or not attachment.opened:
        raise NotFound(what="file")
    return attachment


def keep_for_agent(session: Session, actor: Actor, submission: str, values: dict[str, Any], now: datetime) -> Draft:
    """What an agent has written down so far, under the form's own mark; once it was filed, nothing is kept."""
    draft = find_for_change(session, submission)
    if draft is None:
        draft = Draft(token_hash=token_hash(submission), account_id=actor.account_id, created_at=now)
        session.add(draft)
    elif not may_see_draft(actor, draft):
        raise NotFound(what="draft")
    if draft.case_id is None:
        draft.data, draft.changed_at = values, now
    session.flush()
    return draft


def of_agent(session: Session, actor: Actor) -> list[Draft]:
    """The agent's own unfinished complaints, the newest first."""
    own = select(Draft).where(drafts_of(actor), Draft.case_id.is_(None)).order_by(Draft.changed_at.desc())
    return list(session.scalars(own.limit(20)))


def get_of_agent(session: Session, actor: Actor, draft_id: int) -> Draft:
    """One of them, or `NotFound`."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.case_id is not None or not may_see_draft(actor, draft):
        raise NotFound(what="draft")
    return draft


def forget(session: Session, now: datetime, days: int) -> int:
    """Erase drafts that nobody touched for `days` days, with their files; returns how many."""
    old = list(session.scalars(select(Draft).where(Draft.changed_at < now - timedelta(days=days)).limit(500)))
    for draft in old:
        erase(session, files_of(session, draft), now)
    if old:
        session.execute(delete(Draft).where(Draft.id.in_([draft.id for draft in old])))
    return len(old)
