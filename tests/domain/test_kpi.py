"""The official indicator: the traffic light's borders, rounding, and no figure where nothing was due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.kpi import NOT_DUE_GROUPS, Count, Light, is_due, is_solved, light, per_cent
from complaints.domain.lifecycle import State

NOW = datetime(2026, 11, 20, tzinfo=UTC)
COUNTS = st.integers(0, 10**6).flatmap(lambda due: st.tuples(st.integers(0, due), st.just(due)))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("80", Light.GREEN),
        ("100", Light.GREEN),
        ("76", Light.GREEN),  # 5.0 % below
        ("75.97", Light.GREEN),  # 5.0375 %, shown as 5.0
        ("75.96", Light.YELLOW),  # 5.05 %, half up 5.1
        ("75.92", Light.YELLOW),  # 5.1 %
        ("64", Light.YELLOW),  # 20.0 %
        ("63.97", Light.YELLOW),  # 20.0375 %, shown as 20.0
        ("63.96", Light.RED),  # 20.05 %, half up 20.1
        ("63.92", Light.RED),  # 20.1 %
        ("0", Light.RED),
    ],
)
def test_the_light_turns_at_its_borders(rate: str, expected: Light) -> None:
    assert light(Decimal(rate), Decimal(80)) is expected


def test_an_obstacle_is_red_whatever_the_rate() -> None:
    assert light(Decimal(100), Decimal(80), obstacle=True) is Light.RED


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, "33.33"), (2, 3, "66.67"), (1, 8, "12.50"), (1, 800, "0.13"), (0, 7, "0.00"), (7, 7, "100.00")],
)
def test_per_cent_has_two_decimals_half_up(part: int, whole: int, expected: str) -> None:
    assert str(per_cent(part, whole)) == expected


def test_nought_of_nought_is_no_figure() -> None:
    assert per_cent(0, 0) is None
    assert Count(0, 0).rate is None
    assert Count(0, 0).missing(Decimal(80)) == 0


@given(COUNTS, st.integers(1, 10_000).map(lambda hundredths: Decimal(hundredths) / 100))
def test_missing_is_the_smallest_number_that_reaches_the_target(pair: tuple[int, int], target: Decimal) -> None:
    solved, due = pair
    missing = Count(solved, due).missing(target)

    assert (solved + missing) * 100 >= due * target
    assert missing == 0 or (solved + missing - 1) * 100 < due * target


@given(COUNTS, COUNTS)
def test_counts_add_up(one: tuple[int, int], other: tuple[int, int]) -> None:
    both = Count(*one, contacts=one[1]) + Count(*other, contacts=other[1])

    assert (both.solved, both.due, both.contacts) == (one[0] + other[0], one[1] + other[1], one[1] + other[1])


def test_what_is_due() -> None:
    assert {state for state in State if not is_due(state, "online_trading")} == {
        State.WITHDRAWN,
        State.OUT_OF_SCOPE,
        State.MERGED,
    }
    assert is_due(State.RECEIVED, None)
    assert not any(is_due(State.CLOSED, group) for group in NOT_DUE_GROUPS)


def test_what_is_solved() -> None:
    assert {state for state in State if is_solved(state, NOW, NOW)} == {State.RESOLVED, State.CLOSED}
    assert not is_solved(State.CLOSED, NOW + timedelta(seconds=1), NOW)
    assert not is_solved(State.REOPENED, NOW, NOW)
    assert not is_solved(State.RESOLVED, None, NOW)
