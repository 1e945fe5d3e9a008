"""Macros: kept by supervisors, every version of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml
from sqlalchemy import select

from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound, StaleRecord
from complaints.domain.macro import MOST_MOVES, WITH_TEMPLATE, Macro, MacroText, Move, stored
from complaints.domain.reply import Reply
from complaints.services import audit
from complaints.services.moves import complete

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Written:
    """What a supervisor writes into the form of a macro."""

    name_th: str
    name_en: str
    moves: tuple[Move, ...]


def listed(session: Session) -> Sequence[Macro]:
    """Every macro, those in use first."""
    return session.scalars(select(Macro).order_by(Macro.active.desc(), Macro.id)).all()


def offered(session: Session) -> Sequence[Macro]:
    """Those in use."""
    return session.scalars(select(Macro).where(Macro.active).order_by(Macro.id)).all()


def get(session: Session, macro_id: int) -> Macro:
    """One macro."""
    macro = session.get(Macro, macro_id)
    if macro is None:
        raise NotFound(what="macro")
    return macro


def add(session: Session, written: Written, actor: Actor, now: datetime) -> Macro:
    """A new macro. Raises `InvalidInput` with the field; the moves' fields are `move-1`, `move-1-words` and so on."""
    _check(written)
    macro = Macro(active=True)
    session.add(macro)
    session.flush()
    _put(macro, written, actor.account_id, now)
    session.flush()
    audit.record(session, Change.MACRO_ADDED, str(macro.id), actor, now, after=_told(macro.text))
    return macro


def change(session: Session, macro_id: int, seen: int, written: Written, actor: Actor, now: datetime) -> None:
    """A new version of a macro, unless it says the same; raises `StaleRecord` when `seen` is not the last."""
    macro = _held(session, macro_id)
    if macro.text.number != seen:
        raise StaleRecord(since=seen)
    _check(written)
    if Written(macro.text.name_th, macro.text.name_en, tuple(macro.text.steps)) == written:
        return
    before = _told(macro.text)
    _put(macro, written, actor.account_id, now)
    session.flush()
    audit.record(session, Change.MACRO_CHANGED, str(macro.id), actor, now, before=before, after=_told(macro.text))


def switch(session: Session, macro_id: int, actor: Actor, now: datetime, *, on: bool) -> None:
    """Offer a macro, or offer it no more."""
    macro = _held(session, macro_id)
    before, macro.active = {"active": macro.active}, on
    audit.record(session, Change.MACRO_SWITCHED, str(macro.id), actor, now, before=before, after={"active": on})


def seed(session: Session, now: datetime) -> None:
    """Bring in the macros that come with the centre and are not there; what was changed here stays as it is.

    After the reply templates: a move that sends words names one of those.
    """
    known = set(session.scalars(select(Macro.key)))
    fresh = {key: row for key, row in built_in().items() if key not in known}
    replies = {row.key: str(row.id) for row in session.scalars(select(Reply).where(Reply.key.is_not(None)))}
    for key, row in fresh.items():
        macro = Macro(key=key, active=True)
        session.add(macro)
        session.flush()
        moves = tuple(_move(move, replies) for move in row["moves"])
        _put(macro, Written(row["name"]["th"], row["name"]["en"], moves), None, now)
    session.flush()


@cache
def built_in() -> dict[str, dict[str, Any]]:
    """The macros of the data file."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(
        files("complaints.domain").joinpath("data", "macros.yaml").read_text("utf-8")
    )
    return found


def _move(row: dict[str, str], replies: Mapping[str | None, str]) -> Move:
    move = Move.read(row["do"], row.get("words", ""), row.get("outcome", ""))
    return replace(move, what=replies[move.what]) if move.do in WITH_TEMPLATE else move


def _held(session: Session, macro_id: int) -> Macro:
    macro = session.get(Macro, macro_id, with_for_update=True, populate_existing=True)
    if macro is None:
        raise NotFound(what="macro")
    return macro


def _check(written: Written) -> None:
    for field in ("name_th", "name_en"):
        text = str(getattr(written, field))
        if not text:
            raise InvalidInput(field, reason="required")
        if len(text) > LONGEST_NAME:
            raise InvalidInput(field, reason="too_long", limit=LONGEST_NAME)
    if not written.moves:
        raise InvalidInput("move-1", reason="choose_move")
    if len(written.moves) > MOST_MOVES:
        last = f"move-{MOST_MOVES}"
        raise InvalidInput(last, reason="too_many_moves", limit=MOST_MOVES)
    for place, move in enumerate(written.moves, 1):
        complete(move, f"move-{place}")


def _put(macro: Macro, written: Written, account_id: int | None, now: datetime) -> None:
    number = macro.text.number + 1 if macro.texts else 1
    text = MacroText(
        number=number,
        at=now,
        account_id=account_id,
        name_th=written.name_th,
        name_en=written.name_en,
        moves=stored(list(written.moves)),
    )
    macro.texts.append(text)


def _told(text: MacroText) -> dict[str, object]:
    """What the record of changes tells; the moves themselves stand in the versions."""
    return {"name_th": text.name_th, "name_en": text.name_en, "version": text.number}
