"""Agencies that are down, slow or lying never make a state wrong; `pytest -n 0 tests/chaos` does it with 10,000."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests import disorder

if TYPE_CHECKING:
    from flask import Flask

REFERRALS, CALLS = 200, 700


# One stream of calls is the same on either database; many at once are tried on PostgreSQL by tests/chaos.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_whatever_agencies_do_nothing_is_lost_doubled_or_wrong(app: Flask) -> None:
    parts = disorder.fill(REFERRALS, random.Random(1212))
    deeds = disorder.rage(app, parts, CALLS, 1212, streams=1)
    assert disorder.reckon(deeds) == ([], [], [])
    assert len(parts) == REFERRALS
    # The storm met what it is for: steps that were taken, and each kind of refusal.
    assert {step for _, step, _ in deeds.taken} == set(disorder.STEPS)
    assert set(deeds.refused) >= {"NotFound", "StepImpossible", "StaleCase"}
    assert deeds.centre > 0


def test_the_reckoning_finds_what_is_lost_and_what_is_doubled(app: Flask) -> None:
    (part,) = disorder.fill(1, random.Random(1))
    deeds = disorder.Deeds(taken=[(part.referral_id, "accept", "x")])
    assert disorder.reckon(deeds)[0] == [str((part.referral_id, "accept", "x"))]
    who = disorder.officer(part.agency)
    storm = disorder.Storm([part], {part.agency: who}, who, 1, disorder.Deeds())
    assert storm._call("accept", part, part.number, who, "x", None, disorder.NOW)
    lost, doubled, wrong = disorder.reckon(disorder.Deeds())
    assert (lost, len(doubled), wrong) == ([], 1, []), "an event that nobody asked for"
    assert disorder.reckon(deeds) == ([], [], [])
