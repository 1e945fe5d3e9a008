"""The complaint that this browser is writing: found by its cookie, kept on the server."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import g, request

from complaints.db import unit_of_work
from complaints.domain.case import Case
from complaints.services import drafts
from complaints.services.written import Sheet
from complaints.web.citizen.face import settings
from complaints.web.guard import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.message import Draft

COOKIE = "draft"
RECEIPT_OPEN = timedelta(hours=2)


def read_sheet(session: Session) -> Sheet | None:
    """The draft of this browser; None if there is none, it is too old, or its receipt is closed."""
    token = request.cookies.get(COOKIE, "")
    draft = drafts.find(session, token) if token else None
    return _sheet(draft, token) if draft is not None and _usable(session, draft) else None


@contextmanager
def writing(*, start: bool = False) -> Iterator[tuple[Session, Draft | None]]:
    """The draft locked for saving, in one transaction; None if there is none to write into and none is to be begun."""
    token = request.cookies.get(COOKIE, "")
    with unit_of_work() as session:
        draft = drafts.find_for_change(session, token) if token else None
        if draft is not None and (draft.case_id is not None or not _usable(session, draft)):
            draft = None
        if draft is None and start:
            draft, token = drafts.start(session, now())
        if draft is not None:
            g.draft_token = token
        yield session, draft


def retyped(draft: Draft, parts: Iterable[str]) -> dict[str, str]:
    """What was typed into the draft's questions before, with the inputs of this page as they are now."""
    before = draft.data.get("typed")
    kept = {str(key): str(value) for key, value in before.items()} if isinstance(before, dict) else {}
    return kept | {part: request.form.get(part, "") for part in parts}


def remember(response: Response) -> Response:
    """Keep the token in the browser for as long as the draft lives."""
    if "draft_token" in g:
        response.set_cookie(
            COOKIE,
            g.draft_token,
            max_age=settings().draft_days * 24 * 3600,
            secure=settings().secure_cookies,
            httponly=True,
            samesite="Lax",
        )
    return response


def forget(response: Response) -> Response:
    """Take the token out of the browser."""
    g.pop("draft_token", None)
    response.delete_cookie(COOKIE, secure=settings().secure_cookies, httponly=True, samesite="Lax")
    return response


def _sheet(draft: Draft, token: str) -> Sheet:
    return Sheet(token, draft.id, dict(draft.data), draft.case_id)


def _usable(session: Session, draft: Draft) -> bool:
    if now() - draft.changed_at > timedelta(days=settings().draft_days):
        return False
    if draft.case_id is None:
        return True
    case = session.get(Case, draft.case_id)
    return case is not None and now() - case.received_at <= RECEIPT_OPEN
