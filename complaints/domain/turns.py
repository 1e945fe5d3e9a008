"""The table of a mediation's turns: which move is open to whom, and where it leads. Data and one function, no clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from complaints.domain.errors import NotAllowed, StepImpossible

if TYPE_CHECKING:
    from collections.abc import Callable


class Side(StrEnum):
    """Who moves. The centre belongs to neither side; `clock` is time that passed."""

    COMPLAINANT = "complainant"
    RESPONDENT = "respondent"
    CENTRE = "centre"
    CLOCK = "clock"


class Stage(StrEnum):
    """Where a mediation stands."""

    ASKED = "asked"
    TALKING = "talking"
    AGREED = "agreed"
    KEPT = "kept"
    BROKEN = "broken"
    DECLINED = "declined"
    LEFT = "left"
    REFUSED = "refused"
    LAPSED = "lapsed"
    STOPPED = "stopped"


class Move(StrEnum):
    """Everything that can happen in a mediation. `due` asks whether an agreement was kept, `unheard` got no answer."""

    OPEN = "open"
    CONSENT = "consent"
    DECLINE = "decline"
    PROPOSE = "propose"
    ACCEPT = "accept"
    REFUSE = "refuse"
    LEAVE = "leave"
    NOTE = "note"
    WORDS = "words"
    REMIND = "remind"
    LAPSE = "lapse"
    STOP = "stop"
    DUE = "due"
    UNHEARD = "unheard"
    KEPT = "kept"
    BROKEN = "broken"


RUNNING = frozenset({Stage.ASKED, Stage.TALKING, Stage.AGREED})
# While one of the two has a turn.
TURNING = frozenset({Stage.ASKED, Stage.TALKING})
SETTLED = frozenset({Stage.AGREED, Stage.KEPT, Stage.BROKEN})
FAILED = frozenset(Stage) - RUNNING - {Stage.KEPT}
PARTIES = frozenset({Side.COMPLAINANT, Side.RESPONDENT})
_HELPED = frozenset({Side.COMPLAINANT, Side.CENTRE})
_CENTRE = frozenset({Side.CENTRE})
_CLOCK = frozenset({Side.CLOCK})

# Stage by stage, who may make which move. The centre makes the complainant's only as told by telephone.
OPEN_TO: dict[Stage, dict[Move, frozenset[Side]]] = {
    Stage.ASKED: {
        Move.CONSENT: _HELPED,
        Move.DECLINE: _HELPED,
        Move.REMIND: _CLOCK,
        Move.LAPSE: _CLOCK,
        Move.STOP: _CENTRE,
    },
    Stage.TALKING: {
        Move.PROPOSE: PARTIES,
        Move.ACCEPT: PARTIES,
        Move.REFUSE: PARTIES,
        Move.LEAVE: PARTIES,
        Move.NOTE: PARTIES,
        Move.WORDS: _CENTRE,
        Move.REMIND: _CLOCK,
        Move.LAPSE: _CLOCK,
        Move.STOP: _CENTRE,
    },
    Stage.AGREED: {
        Move.NOTE: PARTIES,
        Move.WORDS: _CENTRE,
        Move.DUE: _CLOCK,
        Move.UNHEARD: _CLOCK,
        Move.KEPT: _HELPED,
        Move.BROKEN: _HELPED,
    },
}
ENDS = {
    Move.DECLINE: Stage.DECLINED,
    Move.LEAVE: Stage.LEFT,
    Move.LAPSE: Stage.LAPSED,
    Move.STOP: Stage.STOPPED,
    Move.KEPT: Stage.KEPT,
    Move.BROKEN: Stage.BROKEN,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a mediation stands: `turn` is whose answer is awaited, `offered_by` whose offer lies on the table."""

    stage: Stage = Stage.ASKED
    turn: Side | None = Side.COMPLAINANT
    offered_by: Side | None = None
    offers: int = 0


def other(side: Side) -> Side:
    """The other one of the two."""
    return Side.RESPONDENT if side is Side.COMPLAINANT else Side.COMPLAINANT


def after(now: Standing, move: Move, side: Side, most: int) -> Standing:
    """Where the move leads when at most so many offers are made.

    Raises `NotAllowed` if the move is never that side's, `StepImpossible` if it is not possible any more or not yet.
    """
    if not any(side in sides.get(move, ()) for sides in OPEN_TO.values()):
        raise NotAllowed(action=move.value, role=side.value)
    if side not in OPEN_TO.get(now.stage, {}).get(move, ()):
        raise StepImpossible(action=move.value, state=now.stage.value, reason="mediation_moved")
    if move in ENDS:
        return replace(now, stage=ENDS[move], turn=None)
    return LEADS[move](now, side, most) if move in LEADS else now


def possible(now: Standing, side: Side, most: int) -> frozenset[Move]:
    """The moves that a side could make now."""
    found = set()
    for move, sides in OPEN_TO.get(now.stage, {}).items():
        if side in sides:
            try:
                after(now, move, side, most)
            except StepImpossible:
                continue
            found.add(move)
    return frozenset(found)


def _consent(now: Standing, _side: Side, _most: int) -> Standing:
    return replace(now, stage=Stage.TALKING, turn=Side.RESPONDENT)


def _propose(now: Standing, side: Side, most: int) -> Standing:
    """A first offer, or one against the other side's; nobody bids against oneself."""
    if now.offered_by is side:
        raise StepImpossible(action=Move.PROPOSE.value, state=now.stage.value, reason="mediation_moved")
    if now.offers >= most:
        raise StepImpossible(action=Move.PROPOSE.value, state=now.stage.value, reason="mediation_last_offer")
    return replace(now, offered_by=side, offers=now.offers + 1, turn=other(side))


def _answered(now: Standing, side: Side, move: Move) -> None:
    if now.offered_by is not other(side):
        raise StepImpossible(action=move.value, state=now.stage.value, reason="mediation_moved")


def _accept(now: Standing, side: Side, _most: int) -> Standing:
    _answered(now, side, Move.ACCEPT)
    return replace(now, stage=Stage.AGREED, turn=None)


def _refuse(now: Standing, side: Side, most: int) -> Standing:
    """The offer is off the table and its maker may make another one; after the last there is no agreement."""
    _answered(now, side, Move.REFUSE)
    if now.offers >= most:
        return replace(now, stage=Stage.REFUSED, turn=None, offered_by=None)
    return replace(now, offered_by=None, turn=other(side))


LEADS: dict[Move, Callable[[Standing, Side, int], Standing]] = {
    Move.CONSENT: _consent,
    Move.PROPOSE: _propose,
    Move.ACCEPT: _accept,
    Move.REFUSE: _refuse,
}
