"""The table of a mediation's turns: every move by every side from every standing, and where it leads."""

from __future__ import annotations

import itertools

import pytest

from complaints.domain.errors import DomainError, NotAllowed, StepImpossible
from complaints.domain.turns import (
    ENDS,
    OPEN_TO,
    PARTIES,
    RUNNING,
    TURNING,
    Move,
    Side,
    Stage,
    Standing,
    after,
    other,
    possible,
)
from complaints.domain.wording import LANGUAGES, known

MOST = 2
C, R, CENTRE, CLOCK = Side.COMPLAINANT, Side.RESPONDENT, Side.CENTRE, Side.CLOCK
# Moves one after the other, each with its side, and where they lead: stage, turn, whose offer, how many offers.
WALKS = [
    ([(Move.CONSENT, C)], (Stage.TALKING, R, None, 0)),
    ([(Move.CONSENT, CENTRE)], (Stage.TALKING, R, None, 0)),
    ([(Move.DECLINE, C)], (Stage.DECLINED, None, None, 0)),
    ([(Move.LAPSE, CLOCK)], (Stage.LAPSED, None, None, 0)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R)], (Stage.TALKING, C, R, 1)),
    # Either side may begin.
    ([(Move.CONSENT, C), (Move.PROPOSE, C)], (Stage.TALKING, R, C, 1)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, C)], (Stage.AGREED, None, R, 1)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.PROPOSE, C)], (Stage.TALKING, R, C, 2)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.PROPOSE, C), (Move.ACCEPT, R)], (Stage.AGREED, None, C, 2)),
    # Whose offer was refused may make another; after the last offer there is nothing left to say.
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.REFUSE, C)], (Stage.TALKING, R, None, 1)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.PROPOSE, C), (Move.REFUSE, R)], (Stage.REFUSED, None, None, 2)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.LEAVE, R)], (Stage.LEFT, None, R, 1)),
    ([(Move.CONSENT, C), (Move.LEAVE, C)], (Stage.LEFT, None, None, 0)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.LAPSE, CLOCK)], (Stage.LAPSED, None, R, 1)),
    ([(Move.CONSENT, C), (Move.STOP, CENTRE)], (Stage.STOPPED, None, None, 0)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.NOTE, R), (Move.WORDS, CENTRE)], (Stage.TALKING, C, R, 1)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, C), (Move.DUE, CLOCK)], (Stage.AGREED, None, R, 1)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, C), (Move.KEPT, C)], (Stage.KEPT, None, R, 1)),
    ([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, C), (Move.BROKEN, CENTRE)], (Stage.BROKEN, None, R, 1)),
]
REFUSED = [
    # Nobody answers oneself, bids against oneself, or answers what is not on the table.
    [(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, R)],
    [(Move.CONSENT, C), (Move.PROPOSE, R), (Move.REFUSE, R)],
    [(Move.CONSENT, C), (Move.PROPOSE, R), (Move.PROPOSE, R)],
    [(Move.CONSENT, C), (Move.ACCEPT, R)],
    [(Move.CONSENT, C), (Move.PROPOSE, R), (Move.REFUSE, C), (Move.ACCEPT, C)],
    # More offers than the most.
    [(Move.CONSENT, C), (Move.PROPOSE, R), (Move.PROPOSE, C), (Move.PROPOSE, R)],
    # An agreement cannot be bid over, left, let lapse or stopped, and nobody but the complainant calls it kept.
    *([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, C), late] for late in
      ((Move.PROPOSE, R), (Move.ACCEPT, R), (Move.REFUSE, R), (Move.LEAVE, C), (Move.LAPSE, CLOCK), (Move.STOP, CENTRE),
       (Move.KEPT, R), (Move.BROKEN, R))),
    # Silence never says yes, the centre never bids or accepts, the respondent says nothing before the yes.
    [(Move.CONSENT, CLOCK)], [(Move.CONSENT, R)], [(Move.PROPOSE, C)], [(Move.NOTE, R)],
    *([(Move.CONSENT, C), (Move.PROPOSE, R), (Move.ACCEPT, side)] for side in (CENTRE, CLOCK)),
    *([(Move.CONSENT, C), (Move.PROPOSE, side)] for side in (CENTRE, CLOCK)),
]  # fmt: skip


def walk(moves: list[tuple[Move, Side]]) -> Standing:
    standing = Standing()
    for move, side in moves:
        standing = after(standing, move, side, MOST)
    return standing


@pytest.mark.parametrize(("moves", "there"), WALKS)
def test_a_walk_leads_where_the_rules_say(
    moves: list[tuple[Move, Side]], there: tuple[Stage, Side | None, Side | None, int]
) -> None:
    assert walk(moves) == Standing(*there)


@pytest.mark.parametrize("moves", REFUSED)
def test_what_the_rules_forbid_is_refused_at_its_last_move(moves: list[tuple[Move, Side]]) -> None:
    before = walk(moves[:-1])
    with pytest.raises((NotAllowed, StepImpossible)):
        after(before, *moves[-1], MOST)
    assert moves[-1][0] not in possible(before, moves[-1][1], MOST)


def reached() -> set[Standing]:
    """Every standing that any moves lead to."""
    found, waiting = {Standing()}, [Standing()]
    while waiting:
        now = waiting.pop()
        for move, side in itertools.product(Move, Side):
            try:
                there = after(now, move, side, MOST)
            except DomainError:
                continue
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found


def test_every_standing_that_can_be_reached_is_fair_and_whole() -> None:
    found = reached()
    assert {standing.stage for standing in found} == set(Stage), "every ending can be reached"
    for now in found:
        assert (now.turn is not None) == (now.stage in TURNING), now
        assert now.offers <= MOST
        if now.stage not in RUNNING:
            assert all(not possible(now, side, MOST) for side in Side), "what ended goes no further"
        if now.stage is Stage.TALKING:
            assert Move.LEAVE in possible(now, C, MOST) & possible(now, R, MOST), "either may leave at any time"
            offered = other(now.offered_by) if now.offered_by else None
            mirrored = Standing(now.stage, other(now.turn or C), offered, now.offers)
            # Whatever one side may do, the other may in its place.
            assert possible(now, C, MOST) == possible(mirrored, R, MOST), now
            assert now.turn is not None
            assert possible(now, now.turn, MOST) - {Move.LEAVE, Move.NOTE}, "whoever has the turn can use it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_and_move_has_words(language: str) -> None:
    asked = [f"mediation.stage.{stage.value}" for stage in Stage] + [f"mediation.move.{move.value}" for move in Move]
    sides = ("complainant", "respondent", "centre")
    asked += [f"mediation.next.{stage.value}.{side}" for stage in set(Stage) - {Stage.TALKING} for side in sides]
    assert [key for key in asked if not known(key, language)] == []
    assert set(ENDS) <= {move for sides_of in OPEN_TO.values() for move in sides_of}
    assert {C, R} == PARTIES
