"""One letter to every complainant of a mass case: promised once, written into their cases some at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.account import Account
from complaints.domain.audit import Change
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action
from complaints.domain.mass import MassCase, MassDelivery, MassLetter, MassMember
from complaints.domain.outbox import LEASE, Promise, PromiseKind
from complaints.services import audit
from complaints.services.correspond import MESSAGE_LIMIT, say
from complaints.services.mass import NOT_COUNTED, STANDING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

BATCH = 50


@dataclass(frozen=True, slots=True)
class Words:
    """What the letter says, in English too if it was written; `sure` that it shall go to so many."""

    thai: str
    english: str = ""
    sure: bool = True


def write(session: Session, mass: MassCase, words: Words, token: str, actor: Actor, now: datetime) -> MassLetter:
    """Promise the letter; the same form sent again promises nothing more."""
    thai, english = words.thai.strip(), words.english.strip()
    if not thai:
        raise InvalidInput("text_th", reason="required")
    if not words.sure:
        raise InvalidInput("sure", reason="mass_sure")
    for name, text in (("text_th", thai), ("text_en", english)):
        if len(text) > MESSAGE_LIMIT:
            raise InvalidInput(name, reason="too_long", limit=MESSAGE_LIMIT)
    mark = hashlib.sha256(f"{mass.id}:{token}".encode()).hexdigest()
    # The row's lock makes copies of one form wait here: the look after it is the true one.
    session.execute(select(MassCase.id).where(MassCase.id == mass.id).with_for_update())
    known = session.scalars(select(MassLetter).where(MassLetter.token == mark)).first()
    if known is not None:
        return known
    letter = MassLetter(mass_id=mass.id, token=mark, text_th=thai, text_en=english, written_at=now)
    letter.written_by_id = actor.account_id or 0
    session.add(letter)
    session.flush()
    payload = {"mass_letter": letter.id}
    promise = Promise(kind=PromiseKind.BROADCAST.value, payload=payload, created_at=now, due_at=now, tries=0)
    promise.once = f"broadcast:{letter.id}"
    session.add(promise)
    audit.record(session, Change.MASS_LETTER, mass.name[:60], actor, now, after={"letter": letter.id})
    return letter


def send_some(session: Session, promise: Promise, now: datetime) -> bool:
    """Write the letter into the next cases; tells whether more are left. The lease is renewed with every batch."""
    letter = session.get_one(MassLetter, int(promise.payload["mass_letter"]))
    author = session.get_one(Account, letter.written_by_id).actor
    ids = _next(session, letter)
    for case_id in ids:
        _write_into(session, letter, case_id, author, now)
    if len(ids) < BATCH:
        letter.finished_at = now
        promise.keep(now, cases=delivered(session, [letter])[letter.id])
        return False
    promise.lease_until = now + LEASE
    session.flush()
    return True


def delivered(session: Session, letters: Sequence[MassLetter]) -> dict[int, int]:
    """Into how many cases each letter was written so far."""
    ids = [letter.id for letter in letters]
    rows = session.execute(
        select(MassDelivery.letter_id, func.count())
        .where(MassDelivery.letter_id.in_(ids))
        .group_by(MassDelivery.letter_id)
    )
    return dict.fromkeys(ids, 0) | {row[0]: row[1] for row in rows}


def _next(session: Session, letter: MassLetter) -> Sequence[int]:
    """The cases after the last one that has it, of those that were there when it was written and did not leave."""
    last = session.scalar(select(func.max(MassDelivery.case_id)).where(MassDelivery.letter_id == letter.id)) or 0
    return session.scalars(
        select(MassMember.case_id)
        .join(Case, Case.id == MassMember.case_id)
        .where(
            MassMember.mass_id == letter.mass_id,
            STANDING,
            MassMember.joined_at <= letter.written_at,
            MassMember.case_id > last,
            Case.state.not_in(NOT_COUNTED),
        )
        .order_by(MassMember.case_id)
        .limit(BATCH)
    ).all()


def _write_into(session: Session, letter: MassLetter, case_id: int, author: Actor, now: datetime) -> None:
    case = session.get_one(Case, case_id, with_for_update={"of": Case}, populate_existing=True)
    text = letter.text_en if case.language == "en" and letter.text_en else letter.text_th
    message = say(session, case, text, author, now, kind="message", public=True)
    case.apply(Action.BROADCAST, author, now)
    case.promise_letter(now, "message", message_id=message.id).once = f"broadcast:{letter.id}:{case.id}"
    session.add(MassDelivery(letter_id=letter.id, case_id=case.id, message_id=message.id))
