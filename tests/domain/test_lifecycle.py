"""The step table holds together."""

from __future__ import annotations

import pytest

from complaints.domain.actor import Role
from complaints.domain.lifecycle import (
    ENDED_STATES,
    OPEN_REFERRALS,
    OPEN_STATES,
    RECALLING,
    REFERRAL_STEPS,
    STEPS,
    Action,
    ReferralState,
    State,
    possible,
)
from complaints.domain.wording import LANGUAGES, known


def test_every_action_has_one_row() -> None:
    assert set(STEPS) == set(Action)


@pytest.mark.parametrize("action", STEPS)
def test_every_step_has_a_letter_or_a_reason_for_silence(action: Action) -> None:
    step = STEPS[action]

    assert bool(step.letter) != bool(step.silence)
    assert step.roles
    assert step.others_letter is None or step.follows_others


def test_what_the_complainant_never_sees_writes_no_letter() -> None:
    assert [action for action, step in STEPS.items() if step.letter and not step.public] == []


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_public_word(state: State, language: str) -> None:
    assert known(f"word.public.{state.value}", language)
    assert known(f"word.state.{state.value}", language)


@pytest.mark.parametrize("state", ReferralState)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_referral_state_has_a_word(state: ReferralState, language: str) -> None:
    assert known(f"word.referral.{state.value}", language)


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {step.target for step in STEPS.values() if step.target is not None}
    assert reached == set(State)
    for state in OPEN_STATES:
        leaving = [step for step in STEPS.values() if state in step.sources and step.target not in {None, state}]
        assert leaving, state


def test_nothing_leads_out_of_what_ended_for_good() -> None:
    for state in ENDED_STATES - {State.CLOSED}:
        moving = [
            action for action, step in STEPS.items() if state in step.sources and step.target not in {None, state}
        ]
        # A merge may have been a mistake.
        assert moving == ([Action.UNMERGE] if state is State.MERGED else []), state


def test_only_the_complainant_confirms_and_disputes() -> None:
    for action in (Action.CONFIRM, Action.DISPUTE, Action.RATE):
        assert STEPS[action].roles == frozenset({Role.COMPLAINANT})


def test_administrators_take_no_step() -> None:
    assert [(state, action) for state in State for action in possible(state, Role.ADMINISTRATOR)] == []


def test_referral_steps_start_where_the_agency_still_has_it() -> None:
    assert set(REFERRAL_STEPS) <= set(STEPS)
    for action, step in REFERRAL_STEPS.items():
        assert step.sources <= OPEN_REFERRALS, action
        assert action not in RECALLING


def test_possible_follows_the_table() -> None:
    assert Action.REFER in possible(State.TRIAGE, Role.AGENT)
    assert Action.REFER not in possible(State.CLOSED, Role.AGENT)
    assert Action.ACCEPT in possible(State.REFERRED, Role.PARTNER)
    assert Action.ACCEPT not in possible(State.REFERRED, Role.AGENT)
    assert Action.FILE not in [action for state in State for action in possible(state, Role.COMPLAINANT)]
