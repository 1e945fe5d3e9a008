"""Moves: one thing after another done with a case, by the same services as single steps at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.domain.attention import DESK_STATES
from complaints.domain.errors import DomainError, InvalidInput, StepImpossible
from complaints.domain.lifecycle import Action, State
from complaints.domain.macro import WITH_OBJECT, WITH_WORDS, Move
from complaints.domain.referral import OUTCOMES
from complaints.services import correspond, refer, replies, sharing, triage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

LONGEST_ID = 9


class MoveRefused(DomainError):  # noqa: N818 - reads as the refusal it is
    """The move at this place cannot be done, and so none of them was; `why` is its own error."""

    code = "move_refused"

    def __init__(self, place: int, why: DomainError) -> None:
        """Keep which and why."""
        super().__init__()
        self.place, self.why = place, why


@dataclass(frozen=True, slots=True)
class Done:
    """What a move did: the states before and after, the letters it promised and the words that it says to people.

    `idle` when everything was so already and nothing was done.
    """

    move: Move
    before: str
    after: str
    letters: tuple[str, ...]
    words: tuple[str, ...]
    category: str | None
    agencies: tuple[str, ...]
    idle: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a move is played."""

    session: Session
    case: Case
    actor: Actor
    now: datetime
    base_url: str

    @property
    def at(self) -> tuple[Actor, datetime]:
        """By whom and when."""
        return self.actor, self.now


def complete(move: Move, field: str = "what") -> None:
    """Raise `InvalidInput` when something is lacking that no case could supply."""
    words, outcome = f"{field}-words", f"{field}-outcome"
    if move.do not in PLAYS or (move.do in WITH_OBJECT) != bool(move.what):
        raise InvalidInput(field, reason="choose_move")
    if move.do in WITH_WORDS and not move.words.strip():
        raise InvalidInput(words, reason="required")
    if len(move.words) > correspond.MESSAGE_LIMIT:
        raise InvalidInput(words, reason="too_long", limit=correspond.MESSAGE_LIMIT)
    if move.do == "resolve" and move.outcome not in OUTCOMES:
        raise InvalidInput(outcome, reason="choose_outcome")


def play(session: Session, case: Case, moves: Sequence[Move], actor: Actor, now: datetime, base_url: str) -> list[Done]:
    """Do one after another; raises `MoveRefused` at the first that cannot be done, or when nothing would change."""
    scene, done = Scene(session, case, actor, now, base_url), []
    for place, move in enumerate(moves):
        done.append(_one(scene, place, move))
    if all(one.idle for one in done):
        raise MoveRefused(0, InvalidInput("what", reason="already_so"))
    return done


def _one(scene: Scene, place: int, move: Move) -> Done:
    case = scene.case
    before, had = case.state, (len(case.events), len(case.promises), len(case.messages), len(case.referrals))
    try:
        complete(move)
        PLAYS[move.do](scene, move)
        scene.session.flush()
    except DomainError as error:
        raise MoveRefused(place, error) from error
    events, promises, messages, referrals = had
    return Done(
        move=move,
        before=before,
        after=case.state,
        letters=tuple(str(row.payload["letter"]) for row in case.promises[promises:] if "letter" in row.payload),
        words=tuple(row.body for row in case.messages[messages:] if row.public),
        category=case.category_code,
        agencies=tuple(row.agency_code for row in case.referrals[referrals:]),
        idle=len(case.events) == events,
    )


def _accept(scene: Scene, _move: Move) -> None:
    """The machine's suggestion, while the case waits for the desk."""
    case = scene.case
    suggestion = next((row for row in reversed(case.decisions) if row.decided_by == "machine"), None)
    if suggestion is None:
        raise InvalidInput("category", reason="no_suggestion")
    if State(case.state) not in DESK_STATES or case.open_referrals:
        raise StepImpossible(action=Action.REFER.value, state=case.state)
    triage.accept(scene.session, case, suggestion.category_code, *scene.at)


def _decide(scene: Scene, move: Move) -> None:
    triage.decide(scene.session, scene.case, move.what, *scene.at)


def _mark(scene: Scene, move: Move) -> None:
    urgent = move.do == "urgent"
    if scene.case.urgent != urgent:
        triage.mark_urgent(scene.session, scene.case, *scene.at, urgent=urgent)


def _refer(scene: Scene, move: Move) -> None:
    refer.refer(scene.session, scene.case, [move.what], *scene.at)


def _template(scene: Scene, move: Move) -> str:
    return replies.filled(scene.session, scene.case, _id(move.what), move.do, scene.base_url)


def _ask(scene: Scene, move: Move) -> None:
    triage.ask(scene.session, scene.case, _template(scene, move), *scene.at)


def _write(scene: Scene, move: Move) -> None:
    correspond.write_out(scene.session, scene.case, _template(scene, move), *scene.at)


def _resolve(scene: Scene, move: Move) -> None:
    triage.resolve(scene.session, scene.case, move.outcome, _template(scene, move), *scene.at)


def _reject(scene: Scene, move: Move) -> None:
    triage.reject(scene.session, scene.case, _template(scene, move), *scene.at)


def _take(scene: Scene, _move: Move) -> None:
    _give(scene, scene.actor.account_id)


def _assign(scene: Scene, move: Move) -> None:
    _give(scene, _id(move.what))


def _release(scene: Scene, _move: Move) -> None:
    _give(scene, None)


def _give(scene: Scene, account_id: int | None) -> None:
    if scene.case.assignee_id != account_id:
        sharing.assign(scene.session, scene.case, account_id, *scene.at)


def _note(scene: Scene, move: Move) -> None:
    triage.note(scene.session, scene.case, move.words, *scene.at)


def _snooze(scene: Scene, move: Move) -> None:
    until = sharing.SLEEPS.get(move.what)
    if until is None:
        raise InvalidInput("until", reason="choose_sleep")
    sharing.snooze(scene.session, scene.case, until(scene.now), move.words, *scene.at)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else 0


PLAYS: dict[str, Callable[[Scene, Move], None]] = {
    "accept": _accept,
    "decide": _decide,
    "urgent": _mark,
    "calm": _mark,
    "refer": _refer,
    "ask": _ask,
    "write": _write,
    "resolve": _resolve,
    "reject": _reject,
    "take": _take,
    "assign": _assign,
    "release": _release,
    "note": _note,
    "snooze": _snooze,
}
