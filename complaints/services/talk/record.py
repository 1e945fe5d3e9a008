"""The rows of a talk: finding the open one, beginning, writing down what was said, ending, forgetting."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.message import Draft
from complaints.domain.secret import token_hash
from complaints.domain.talk import CENTRE, SECRET_HOLE, Talk, TalkLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Choice

BATCH = 200
OPEN = Talk.ended_at.is_(None)


def find(session: Session, channel: str, address: str) -> Talk | None:
    """The open talk of an account, locked: two messages that come at once are taken one after the other."""
    return session.scalars(
        select(Talk)
        .where(Talk.channel == channel, Talk.address == address, OPEN)
        .with_for_update(of=Talk)
        .execution_options(populate_existing=True)
    ).first()


def look(session: Session, channel: str, address: str) -> Talk | None:
    """The same without a lock, for a look ahead."""
    return session.scalars(select(Talk).where(Talk.channel == channel, Talk.address == address, OPEN)).first()


def story_of(session: Session, talk: Talk) -> str:
    """What was told so far."""
    draft = session.get(Draft, talk.draft_id) if talk.draft_id is not None else None
    return str(draft.data.get("story", "")) if draft is not None else ""


def line_marked(session: Session, talk: Talk, mark: str) -> TalkLine | None:
    """The words that the other side calls by this mark."""
    if not mark:
        return None
    return session.scalars(select(TalkLine).where(TalkLine.talk_id == talk.id, TalkLine.mark == mark)).first()


def label_of(session: Session, talk: Talk, value: str) -> str:
    """What stood on a quick reply that was offered last."""
    line = session.scalars(
        select(TalkLine)
        .where(TalkLine.talk_id == talk.id, TalkLine.who == CENTRE)
        .order_by(TalkLine.id.desc())
        .limit(1)
    ).first()
    return next((str(label) for given, label in line.choices if given == value), "") if line is not None else ""


def begin(session: Session, channel: str, account: str, address: str, language: str, now: datetime) -> Talk:
    """The open talk of an account, begun if there is none; of two that begin it at once the later waits."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(Talk)
        .values(
            channel=channel,
            account=account,
            address=address,
            language=language,
            step="hello",
            submission=secrets.token_urlsafe(24),
            data={},
            created_at=now,
            changed_at=now,
            heard_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Talk.channel, Talk.address], index_where=OPEN)
    )
    talk = find(session, channel, address)
    if talk is None:
        msg = "a talk ended in the moment in which it began"
        raise LookupError(msg)
    return talk


def draft_of(session: Session, talk: Talk, now: datetime) -> Draft:
    """The complaint that the talk is writing."""
    draft = session.get(Draft, talk.draft_id) if talk.draft_id is not None else None
    if draft is None:
        draft = Draft(token_hash=token_hash(talk.submission), data={}, created_at=now, changed_at=now)
        session.add(draft)
        session.flush()
        talk.draft_id = draft.id
    return draft


def note_line(
    session: Session, talk: Talk, who: str, body: str, now: datetime, mark: str = "", choices: Sequence[Choice] = ()
) -> TalkLine:
    """Write down what was said."""
    line = TalkLine(
        talk_id=talk.id,
        who=who,
        body=body,
        mark=mark[:200],
        at=now,
        choices=[[choice.value, choice.label] for choice in choices],
    )
    session.add(line)
    return line


def lines_of(session: Session, talk: Talk) -> Sequence[TalkLine]:
    """Everything that was said, in order."""
    return session.scalars(select(TalkLine).where(TalkLine.talk_id == talk.id).order_by(TalkLine.id)).all()


def clean(text: str) -> str:
    """Words of people without the sign at which a secret would be shown, and without NUL, which no database holds."""
    return text.replace(SECRET_HOLE, "").replace("\x00", "")


def end(session: Session, talk: Talk, now: datetime) -> None:
    """The talk is over; the next words begin another."""
    talk.ended_at = now
    session.flush()


def erase(session: Session, talks: Sequence[Talk]) -> None:
    """Erase talks with all that was said in them."""
    ids = [talk.id for talk in talks]
    session.execute(delete(TalkLine).where(TalkLine.talk_id.in_(ids)))
    session.execute(delete(Talk).where(Talk.id.in_(ids)))


def forget(session: Session, now: datetime, days: int) -> int:
    """Erase talks that led to no case and were silent for `days` days; returns how many. Drafts go by themselves."""
    old = session.scalars(
        select(Talk).where(Talk.changed_at < now - timedelta(days=days), Talk.case_id.is_(None)).limit(BATCH)
    ).all()
    if old:
        erase(session, old)
    return len(old)
