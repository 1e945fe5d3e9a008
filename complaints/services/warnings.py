"""Warnings to the public: written, ended early, and the one that everybody sees now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.thai_time import local_day, midnight
from complaints.domain.warning import PublicWarning
from complaints.services import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST = 500
LISTED = 50
MOST_DAYS = 366


def current(session: Session, now: datetime) -> PublicWarning | None:
    """The warning to show now: of several that are valid the one that began last."""
    return session.scalars(
        select(PublicWarning)
        .where(PublicWarning.starts_at <= now, PublicWarning.ends_at > now)
        .order_by(PublicWarning.starts_at.desc(), PublicWarning.id.desc())
        .limit(1)
    ).first()


def listed(session: Session) -> Sequence[PublicWarning]:
    """The latest warnings, those that end last first."""
    statement = select(PublicWarning).order_by(PublicWarning.ends_at.desc(), PublicWarning.id.desc())
    return session.scalars(statement.limit(LISTED)).all()


def add(
    session: Session, text_th: str, text_en: str, first: date, last: date, actor: Actor, now: datetime
) -> PublicWarning:
    """Warn from the beginning of one day, or from now, to the end of another. Raises `InvalidInput` with the field."""
    for field, text in (("text_th", text_th), ("text_en", text_en)):
        if not text:
            raise InvalidInput(field, reason="required")
        if len(text) > LONGEST:
            raise InvalidInput(field, reason="too_long", limit=LONGEST)
    if not local_day(now) <= first <= local_day(now) + timedelta(days=MOST_DAYS):
        raise InvalidInput("first", reason="warning_first", days=MOST_DAYS)
    starts, ends = midnight(first), midnight(last + timedelta(days=1))
    if last < first or ends <= now:
        raise InvalidInput("last", reason="warning_last")
    if last - first > timedelta(days=MOST_DAYS):
        raise InvalidInput("last", reason="warning_long", days=MOST_DAYS)
    warning = PublicWarning(text_th=text_th, text_en=text_en, starts_at=max(starts, now), ends_at=ends, made_at=now)
    session.add(warning)
    session.flush()
    after = {"text_th": text_th, "text_en": text_en, "first": first.isoformat(), "last": last.isoformat()}
    audit.record(session, Change.WARNING_ADDED, str(warning.id), actor, now, after=after)
    return warning


def end(session: Session, warning_id: int, actor: Actor, now: datetime) -> None:
    """Take a warning off the page at once; one that has not begun is never shown, one that is over stays as it was."""
    warning = session.get(PublicWarning, warning_id, with_for_update=True)
    if warning is None:
        raise NotFound(what="warning")
    if warning.ends_at <= now:
        return
    warning.starts_at = min(warning.starts_at, now - timedelta(seconds=1))
    warning.ends_at = now
    audit.record(session, Change.WARNING_ENDED, str(warning.id), actor, now, before={"text_th": warning.text_th})
