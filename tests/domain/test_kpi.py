"""The official indicator: the traffic light's borders, rounding, and no figure where nothing was due."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.kpi.count import Count, Light, light, per_cent
from complaints.domain.kpi.indicators import HOURS, INDICATORS, MARKED, hours_class
from complaints.domain.kpi.official import PARTNERS, RATE, TRADING, grade, read_scoring
from complaints.domain.period import Period, whole_year
from complaints.domain.wording import say
from complaints.services import behind

REPLAY = Path(__file__).parent / "kpi_replay.csv"
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


TRUTH = {
    ("95.03", 2): 100,
    ("95.03", 1): 75,
    ("95.03", 0): 50,
    ("80.00", 2): 75,
    ("80.01", 2): 100,
    ("80.00", 0): 50,
    ("79.99", 2): None,
}


def test_the_official_scoring_is_that_of_the_plan() -> None:
    for (rate, partners), points in TRUTH.items():
        measured = {RATE: Decimal(rate), PARTNERS: Decimal(partners)}
        assert TRADING.points(measured) == points, (rate, partners)
    # What lies below the minimum is the operator's to say.
    assert replace(TRADING, below=0).points({RATE: Decimal("79.99"), PARTNERS: Decimal(2)}) == 0
    assert TRADING.points({RATE: Decimal(95)}) == 50, "partners that nobody counted are none"
    with pytest.raises(ValueError, match="not a condition"):
        read_scoring("about 80", "", "")
    words = {"90": "very_good", "89.99": "good", "75": "good", "74.99": "fair", "60": "fair", "59.99": "must_improve"}
    assert {points: grade(Decimal(points)) for points in words} == words


def test_the_published_figures_come_out_as_they_were_published() -> None:
    with REPLAY.open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert len(rows) == 15
    for name, row in rows.items():
        period = Period(date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"]))
        year = whole_year(int(row["fiscal_year_be"]))
        assert year.first == period.first, name
        assert period.last <= year.last, name
        actual = Decimal(row["actual"])
        if row["comparator"] == ">=":
            assert actual >= Decimal(row["target"]), name
            assert light(actual, Decimal(row["target"])) is Light.GREEN, name
        if row["comparator"] != "tier":
            continue
        scoring = read_scoring(row["min50"], row["std75"], row["adv100"], row["weight"])
        measured = {RATE: actual, PARTNERS: Decimal(rows["R06"]["actual"])}
        assert scoring.points(measured) == int(row["score"] or 100), name
        if row["weighted"]:
            assert scoring.weighted(measured) == Decimal(row["weighted"]), name
    assert {name for name, row in rows.items() if row["comparator"] == "tier"} == {"R05", "R06", "R09"}
    # An absent tier cannot be reached: one new partner is 75 points, none is nothing.
    partners = read_scoring(rows["R06"]["min50"], rows["R06"]["std75"], rows["R06"]["adv100"])
    assert [partners.points({RATE: Decimal(number)}) for number in (0, 1, 2)] == [None, 75, 100]


def test_every_indicator_is_defined_once_and_in_words() -> None:
    bits = [one.bit for one in MARKED]
    assert bits == sorted(set(bits))
    assert set(behind.LISTED) <= set(INDICATORS)
    for code in INDICATORS:
        for language in ("th", "en"):
            for part in ("name", "numerator", "denominator"):
                assert say(f"kpi.{code}.{part}", language), (code, language, part)
    # A span of exactly an hour is within it, and whatever took longer than all is in the last class.
    spans = [timedelta(0), timedelta(hours=1), timedelta(hours=1, seconds=1), timedelta(days=999)]
    assert [hours_class(span) for span in spans] == [1, 1, 2, HOURS[-1]]
