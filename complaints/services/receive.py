"""What comes in: kept as it came, then read once, whatever the channel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.channel import HeardKind, Manner, Raw
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import mailroom, reach
from complaints.services.talk import talking

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Heard, Unreadable
    from complaints.services.mailroom import Room, Taken

DUPLICATE = "duplicate"
# What a platform tells of somebody is no word of theirs: it opens no window and proves no address.
UNHEARD = frozenset({HeardKind.SEEN, HeardKind.BLOCK, HeardKind.UNSEND, HeardKind.GROUP})


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a raw message lies; `fresh` is False when the same one had come before."""

    raw_id: int
    fresh: bool


def keep_raw(session: Session, raw: Raw, external_id: str) -> Kept:
    """Store what came in and promise to read it; the other side's mark makes a copy harmless."""
    kept = store(session, raw, external_id)
    if kept.fresh:
        now = raw.received_at
        promise = Promise(
            kind=PromiseKind.READ.value, raw_id=kept.raw_id, payload={}, created_at=now, due_at=now, tries=0
        )
        session.add(promise)
        session.flush()
    return kept


def store(session: Session, raw: Raw, external_id: str) -> Kept:
    """Store what came in with its hash, for whoever reads it at once."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    keys = [RawMessage.channel, RawMessage.account, RawMessage.external_id]
    made = session.execute(
        dialect.insert(RawMessage)
        .values(
            channel=raw.channel,
            account=raw.account,
            external_id=external_id,
            sha256=hashlib.sha256(raw.body).hexdigest(),
            size=len(raw.body),
            headers=dict(raw.headers),
            body=raw.body,
            received_at=raw.received_at,
        )
        .on_conflict_do_nothing(index_elements=keys)
        .returning(RawMessage.id)
    ).scalar()
    if made is None:
        known = select(RawMessage.id).where(
            RawMessage.channel == raw.channel, RawMessage.account == raw.account, RawMessage.external_id == external_id
        )
        return Kept(session.execute(known).scalar_one(), fresh=False)
    return Kept(made, fresh=True)


def raw_of(session: Session, raw_id: int) -> Raw:
    """A stored message as its channel reads it."""
    row = session.get_one(RawMessage, raw_id)
    return Raw(row.channel, row.account, row.body, dict(row.headers), row.received_at)


def take(session: Session, promise: Promise, heard: Iterable[Heard], manner: Manner, room: Room, now: datetime) -> None:
    """Deal with everything that was heard in a raw message, each event once, and keep its promise."""
    raw = session.get_one(RawMessage, promise.raw_id)
    outcomes = [_take(session, raw, event, manner, room, now) for event in heard]
    raw.read_at = now
    promise.keep(now, outcomes=outcomes)


def take_at_once(session: Session, raw_id: int, heard: Heard, manner: Manner, room: Room, now: datetime) -> None:
    """Deal with what was stored in this very transaction, on a page of the centre: nobody has to be promised it."""
    raw = session.get_one(RawMessage, raw_id)
    _take(session, raw, heard, manner, room, now)
    raw.read_at = now


def _take(session: Session, raw: RawMessage, event: Heard, manner: Manner, room: Room, now: datetime) -> str:
    known = select(HeardEvent.id).where(HeardEvent.channel == raw.channel, HeardEvent.event_id == event.event_id)
    if session.scalar(known) is not None:
        return DUPLICATE
    if event.kind not in UNHEARD:
        reach.heard_from(session, raw.channel, event.sender, now)
    if manner is Manner.TALK:
        taken = talking.take(session, raw, event, room, now)
    else:
        taken = mailroom.take(session, raw, event, room, now)
    # Flushed at once: of two copies of an event in two workers' hands the database refuses the later one.
    _note(session, raw, event, taken)
    session.flush()
    return taken.outcome


def _note(session: Session, raw: RawMessage, event: Heard, taken: Taken) -> None:
    session.add(
        HeardEvent(
            raw_id=raw.id,
            channel=raw.channel,
            event_id=event.event_id,
            sender=event.sender,
            kind=event.kind.value,
            outcome=taken.outcome,
            reason=taken.reason,
            case_id=taken.case_id,
            message_id=taken.message_id,
            at=event.at,
        )
    )


def take_unreadable(session: Session, promise: Promise, room: Room, now: datetime, error: Unreadable) -> None:
    """Make a case of what nothing could be made of: a person reads the bytes."""
    raw = session.get_one(RawMessage, promise.raw_id)
    heard, taken = mailroom.take_unreadable(session, raw, room, now, error)
    _note(session, raw, heard, taken)
    raw.read_at = now
    promise.keep(now, outcomes=["unreadable"])
