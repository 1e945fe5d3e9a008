"""Talks that fell silent: after a day what they hold becomes a case, so that no complaint is lost half told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.channel import Heard
from complaints.domain.talk import Talk
from complaints.services import centre, drafts
from complaints.services.talk import filing, readers, record, speak
from complaints.services.talk.turn import Turn

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.services.mailroom import Room

SILENCE = timedelta(hours=24)
BATCH = 100


def settle(session: Session, room: Room, now: datetime) -> int:
    """File what silent talks hold, if it is a complaint, and tell its writer so; returns how many cases came of it."""
    silent = session.scalars(
        select(Talk)
        .where(record.OPEN, Talk.case_id.is_(None), Talk.draft_id.is_not(None), Talk.changed_at <= now - SILENCE)
        # Whoever was asked whether to erase everything did not want a case of it.
        .where(Talk.step.not_in(["hello", "discard"]))
        .order_by(Talk.changed_at)
        .limit(BATCH)
        .with_for_update(of=Talk, skip_locked=True)
    ).all()
    return sum(_settle(session, talk, room, now) for talk in silent)


def _settle(session: Session, talk: Talk, room: Room, now: datetime) -> bool:
    draft = record.draft_of(session, talk, now)
    if not readers.enough(draft.data) and not drafts.files_of(session, draft):
        return False
    turn = Turn(session, None, Heard("", talk.address, now), talk, draft, room, centre.profile(session), now)
    filing.file(turn, filing.SILENT)
    speak.promise(turn)
    return True
