"""The hand-over from shift to shift: a note with the facts of its moment, marked by everybody who has read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import joinedload, raiseload

from complaints.domain.account import Account
from complaints.domain.attention import CALM
from complaints.domain.calendar import BANK_FREEZE
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.lifecycle import State
from complaints.domain.policy import visible_to
from complaints.domain.shift import Shift, ShiftDraft, ShiftNote, ShiftRead, read_starts, shift_at
from complaints.domain.thai_time import midnight
from complaints.services import centre, queues

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, ScalarSelect
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST = 1500
# More would bury the desk below them; the next ones come up as these are marked.
PINNED = 5
# Of each fact so many cases are named; the rest are told by their number.
NAMED = 10
FACTS = ("urgent", "freeze", "deadline", "failed", "stuck", "mine")
MOMENT = timedelta(microseconds=1)


def choices(session: Session, now: datetime) -> tuple[Shift, Shift]:
    """The shift that runs and the one before it: a note is often written a little late."""
    starts = read_starts(centre.profile(session).shifts, "shifts")
    running = shift_at(now, starts)
    return running, shift_at(running.start - MOMENT, starts)


def after(session: Session, shift: Shift) -> Shift:
    """The shift to which one hands over."""
    return shift_at(shift.end, read_starts(centre.profile(session).shifts, "shifts"))


def facts(session: Session, actor: Actor, now: datetime, spans: queues.Spans, until: datetime) -> dict[str, Any]:
    """How things stand now: of each kind how many, and the first of them with the moment that matters."""
    is_open = Case.due_at.is_not(None)
    freeze = is_open & (Case.transferred_at > now - BANK_FREEZE) & (Case.transferred_at <= now)
    due = is_open & (Case.due_at <= until) & (Case.state != State.WAITING.value)
    kinds: dict[str, tuple[ColumnElement[bool], Any]] = {
        "urgent": (is_open & (Case.rank < CALM), Case.due_at),
        "freeze": (freeze, Case.transferred_at),
        "deadline": (due, Case.due_at),
        "failed": (queues.condition("failed", now, spans, actor), Case.final_by),
        "stuck": (queues.condition("stuck", now, spans, actor), Case.moved_at),
        "mine": (queues.condition("mine", now, spans, actor), Case.due_at),
    }
    return {name: _fact(session, actor, name, *kinds[name]) for name in FACTS}


def _fact(session: Session, actor: Actor, name: str, condition: ColumnElement[bool], moment: Any) -> dict[str, Any]:  # noqa: ANN401 - a column of moments
    rows = session.execute(
        select(Case.number, moment, func.count().over())
        .where(visible_to(actor), condition)
        .order_by(moment, Case.id)
        .limit(NAMED)
    ).all()
    shift = BANK_FREEZE if name == "freeze" else timedelta()
    cases = [{"number": number, "at": (at + shift).isoformat()} for number, at, _ in rows]
    return {"count": rows[0][2] if rows else 0, "cases": cases}


def _one_at_a_time(session: Session, actor: Actor) -> None:
    """A button that is pressed twice at once is served one press after the other."""
    session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())


def keep(session: Session, actor: Actor, shift: str, text: str, now: datetime) -> None:
    """Keep what was written so far; an empty form is no draft."""
    if actor.account_id is None:
        return
    _one_at_a_time(session, actor)
    if not text.strip():
        session.execute(delete(ShiftDraft).where(ShiftDraft.account_id == actor.account_id))
        return
    draft = ShiftDraft(account_id=actor.account_id, shift=shift[:40], text=text[: LONGEST * 2], changed_at=now)
    session.merge(draft)


def draft_of(session: Session, actor: Actor) -> ShiftDraft | None:
    """What the actor has written so far."""
    return session.get(ShiftDraft, actor.account_id) if actor.account_id is not None else None


def write(session: Session, actor: Actor, shift: str, text: str, now: datetime, spans: queues.Spans) -> ShiftNote:
    """Sign the note of a shift with the facts as they stand now; one note a person and shift.

    Raises `InvalidInput` without words, for a shift that is neither the running nor the last one, or a second note.
    """
    words = text.strip()
    if not words:
        raise InvalidInput("text", reason="required")
    if len(words) > LONGEST:
        raise InvalidInput("text", reason="too_long", limit=LONGEST)
    of = next((one for one in choices(session, now) if one.start.isoformat() == shift), None)
    if of is None:
        raise InvalidInput("shift", reason="choose_shift")
    _one_at_a_time(session, actor)
    mine = (ShiftNote.account_id == actor.account_id, ShiftNote.shift_from == of.start)
    if session.scalar(select(exists().where(*mine))):
        raise InvalidInput("shift", reason="note_written")
    coming = after(session, of)
    note = ShiftNote(
        account_id=actor.account_id,
        shift_from=of.start,
        shift_until=of.end,
        next_until=coming.end,
        at=now,
        text=words,
        facts=facts(session, actor, now, spans, coming.end),
    )
    session.add(note)
    session.execute(delete(ShiftDraft).where(ShiftDraft.account_id == actor.account_id))
    session.flush()
    return note


def _unread(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Somebody else's note for the shift that runs, not yet marked by the actor."""
    read = exists().where(ShiftRead.note_id == ShiftNote.id, ShiftRead.account_id == actor.account_id)
    return (ShiftNote.next_until > now) & (ShiftNote.account_id != actor.account_id) & ~read


def number_unread(actor: Actor, now: datetime) -> ScalarSelect[int]:
    """How many notes wait to be read, to be counted along with something else."""
    return select(func.count()).select_from(ShiftNote).where(_unread(actor, now)).scalar_subquery()


def unread(session: Session, actor: Actor, now: datetime) -> Sequence[ShiftNote]:
    """The notes that wait to be read, the oldest first."""
    named = joinedload(ShiftNote.account).options(raiseload(Account.agency))
    waits = select(ShiftNote).options(named).where(_unread(actor, now)).order_by(ShiftNote.id)
    return session.scalars(waits.limit(PINNED)).all()


def get(session: Session, note_id: int) -> ShiftNote:
    """One note, or `NotFound`."""
    named = joinedload(ShiftNote.account).options(raiseload(Account.agency))
    note = session.scalars(select(ShiftNote).options(named).where(ShiftNote.id == note_id)).first()
    if note is None:
        raise NotFound(what="note")
    return note


def mark(session: Session, actor: Actor, note_id: int, now: datetime) -> None:
    """The actor has read a note; said twice it is as if said once."""
    if session.get(ShiftNote, note_id) is None:
        raise NotFound(what="note")
    _one_at_a_time(session, actor)
    if actor.account_id is not None and session.get(ShiftRead, (note_id, actor.account_id)) is None:
        session.add(ShiftRead(note_id=note_id, account_id=actor.account_id, at=now))


def of_day(session: Session, day: date) -> Sequence[ShiftNote]:
    """The notes of the shifts that began on a day in Bangkok, the newest first."""
    first, last = midnight(day), midnight(day + timedelta(days=1))
    named = joinedload(ShiftNote.account).options(raiseload(Account.agency))
    of = select(ShiftNote).options(named).where(ShiftNote.shift_from >= first, ShiftNote.shift_from < last)
    return session.scalars(of.order_by(ShiftNote.shift_from.desc(), ShiftNote.id.desc())).all()


def readers(session: Session, notes: Sequence[ShiftNote]) -> dict[int, list[tuple[str, datetime]]]:
    """Who has read each note, and when."""
    found: dict[int, list[tuple[str, datetime]]] = {note.id: [] for note in notes}
    rows = session.execute(
        select(ShiftRead.note_id, Account.name, ShiftRead.at)
        .join(Account, Account.id == ShiftRead.account_id)
        .where(ShiftRead.note_id.in_(found))
        .order_by(ShiftRead.at)
    )
    for note_id, name, at in rows:
        found[note_id].append((name, at))
    return found
