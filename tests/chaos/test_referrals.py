"""Ten thousand referrals to agencies that are down, slow or lying, many calls at once.

`pytest -n 0 -s tests/chaos/test_referrals.py` (`OCC_CHAOS=number` for another size) on PostgreSQL.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from tests import disorder

if TYPE_CHECKING:
    from flask import Flask

NUMBER = int(os.environ.get("OCC_CHAOS", "10000"))
CALLS_EACH, STREAMS = 3, 6


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_referrals_in_chaos(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    parts = disorder.fill(NUMBER, random.Random(1212))
    deeds = disorder.rage(app, parts, NUMBER * CALLS_EACH, 1212, streams=STREAMS)
    lost, doubled, wrong = disorder.reckon(deeds)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what this is run for
            f"\n{len(parts)} referrals, {len(deeds.taken)} calls taken, {sum(deeds.refused.values())} refused "
            f"{dict(deeds.refused)}, {deeds.centre} steps of the centre and complainants: "
            f"{len(lost)} lost, {len(doubled)} doubled, {len(wrong)} wrong"
        )
    assert (lost, doubled, wrong) == ([], [], [])
