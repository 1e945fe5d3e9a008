"""Time as Thailand reads it: fiscal years, dates on screen, spans of a report."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.domain import period
from complaints.domain.base import UtcDateTime
from complaints.domain.period import Period
from complaints.domain.thai_time import (
    fiscal_year,
    fiscal_year_days,
    local_day,
    midnight,
    show_date,
    show_datetime,
)

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1))


def test_the_fiscal_year_turns_at_midnight_in_bangkok() -> None:
    assert fiscal_year(datetime(2026, 9, 30, 16, 59, 59, tzinfo=UTC)) == 2569
    assert fiscal_year(datetime(2026, 9, 30, 17, 0, tzinfo=UTC)) == 2570
    assert fiscal_year(date(2026, 9, 30)) == 2569
    assert fiscal_year(date(2026, 10, 1)) == 2570
    assert fiscal_year(date(2026, 12, 31)) == fiscal_year(date(2027, 1, 1)) == 2570
    assert fiscal_year_days(2570) == (date(2026, 10, 1), date(2027, 9, 30))


@given(DAYS)
def test_every_day_lies_in_its_fiscal_year(day: date) -> None:
    first, last = fiscal_year_days(fiscal_year(day))

    assert first <= day <= last
    assert fiscal_year(first - timedelta(days=1)) == fiscal_year(last + timedelta(days=1)) - 2


@given(DAYS)
def test_midnight_begins_its_own_day(day: date) -> None:
    assert local_day(midnight(day)) == day
    assert local_day(midnight(day) - timedelta(seconds=1)) == day - timedelta(days=1)


def test_dates_as_a_reader_reads_them() -> None:
    moment = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)

    assert show_date(moment, "th") == "21 พ.ย. 2569"
    assert show_date(moment, "en") == "21 November 2026"
    assert show_datetime(moment, "th") == "21 พ.ย. 2569 14:05 น."
    assert show_datetime(moment, "en") == "21 November 2026, 14:05"
    assert show_date(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "th") == "1 ม.ค. 2570"


def test_a_moment_without_a_zone_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)  # noqa: DTZ001 - that is the point


def test_a_year_falls_into_quarters_and_months() -> None:
    assert period.quarter(2570, 1) == Period(date(2026, 10, 1), date(2026, 12, 31))
    assert period.quarter(2570, 2) == Period(date(2027, 1, 1), date(2027, 3, 31))
    assert period.quarter(2570, 4) == Period(date(2027, 7, 1), date(2027, 9, 30))
    assert period.month(2570, 10) == Period(date(2026, 10, 1), date(2026, 10, 31))
    assert period.month(2567, 2) == Period(date(2024, 2, 1), date(2024, 2, 29))


@given(st.integers(2500, 2640))
def test_the_parts_of_a_year_touch_and_fill_it(year: int) -> None:
    for parts in (
        [period.quarter(year, number) for number in period.QUARTERS],
        [period.month(year, number) for number in period.FISCAL_MONTHS],
    ):
        whole = period.whole_year(year)
        assert (parts[0].first, parts[-1].last) == (whole.first, whole.last)
        for one, other in itertools.pairwise(parts):
            assert one.last + timedelta(days=1) == other.first
    assert len(period.whole_year(year).months()) == 12


def test_a_period_is_over_after_its_last_day() -> None:
    span = Period(date(2026, 11, 20), date(2026, 11, 21))

    assert not span.is_over(date(2026, 11, 21))
    assert span.is_over(date(2026, 11, 22))
    assert span.months() == [date(2026, 11, 1)]
