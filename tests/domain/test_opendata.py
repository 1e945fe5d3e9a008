"""What everybody may have gives nobody away: in one file, by taking it from a total, or from another day's."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.opendata import LEAST, LEAST_PROVINCES, NOT_NAMED, Place, month_of, named, places, settled

PROVINCES = ["", "10", "50", "90"]
START = date(2026, 8, 1)
DAYS = st.integers(0, 100).map(lambda n: START + timedelta(days=n))
CASES = st.lists(st.tuples(DAYS, st.sampled_from(["", "scam", "fraud"]), st.sampled_from(PROVINCES)), max_size=150)
# Few days and kinds, so that cells are large enough to be named.
CROWDED = st.lists(st.tuples(st.just(START), st.just("scam"), st.sampled_from(PROVINCES)), max_size=120)
TODAYS = st.integers(30, 160).map(lambda n: START + timedelta(days=n))


def table(rows: list[Place]) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row.month, row.category), {})[row.province] = row.cases
    return found


@given(st.dictionaries(st.sampled_from([f"{n:02d}" for n in range(10, 20)] + [""]), st.integers(1, 30)))
def test_few_are_never_named_nor_left_over(counts: dict[str, int]) -> None:
    shown = named(counts)
    assert sum(shown.values()) == sum(counts.values())
    provinces = {province: n for province, n in shown.items() if province}
    assert all(n >= LEAST and n == counts[province] for province, n in provinces.items())
    hidden = [n for province, n in counts.items() if province and province not in provinces]
    # What is left of the total is of several provinces and of many cases; or there is nothing to take from it.
    if hidden and provinces:
        assert len(hidden) >= LEAST_PROVINCES
        assert sum(hidden) >= LEAST
    # Nobody is hidden without need.
    if all(n >= LEAST for province, n in counts.items() if province):
        assert hidden == []


@given(st.one_of(CASES, CROWDED), CASES, TODAYS, st.integers(1, 60), st.randoms())
def test_two_days_differ_by_whole_months_only(cases, later, today, passed, random) -> None:
    """Between two days cases come in, also of earlier days, and kinds and provinces are put right."""
    first = places(cases, [], today)
    changed = [
        (day, random.choice(["", "scam", "fraud"]), random.choice(PROVINCES)) if random.random() < 0.3 else case
        for case in cases
        for day in [case[0]]
    ]
    kept = {row.month for row in first}
    second = first + places(changed + later, kept, today + timedelta(days=passed))
    assert second[: len(first)] == first
    assert not kept & {row.month for row in second[len(first) :]}
    assert all(settled(row.month, today) for row in first)
    counted = Counter((month_of(day), kind) for day, kind, _ in cases if settled(month_of(day), today))
    assert {key: sum(cells.values()) for key, cells in table(first).items()} == counted
    assert all(row.cases >= LEAST for row in second if row.province != NOT_NAMED)
