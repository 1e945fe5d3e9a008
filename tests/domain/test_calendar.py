"""Deadlines against a slow reference that walks half-day by half-day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.calendar import Off, after_days, after_working_days, freeze_until, worked_halves
from complaints.domain.thai_time import BANGKOK, local_day

MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without a zone
DAYS_OFF = st.dictionaries(
    st.dates(min_value=date(2019, 12, 1), max_value=date(2040, 6, 1)), st.sampled_from(Off), max_size=60
)


def slow_reference(start: datetime, days: int, off: dict[date, Off]) -> date:
    """Write down every worked morning and afternoon after the start; the day of the `2 * days`-th."""
    day, found = start.astimezone(BANGKOK).date(), []
    while len(found) < 2 * days:
        day = day + timedelta(days=1)
        if day.strftime("%a") in {"Mon", "Tue", "Wed", "Thu", "Fri"}:
            found += [day] if off.get(day) is not Off.DAY else []
            found += [day] if day not in off else []
    return found[-1]


@given(MOMENTS, st.integers(1, 60), DAYS_OFF)
def test_working_days_agree_with_the_slow_reference(start: datetime, days: int, off: dict[date, Off]) -> None:
    found = after_working_days(start, days, off)

    assert local_day(found) == slow_reference(start, days, off)
    assert found.astimezone(BANGKOK).strftime("%H:%M") == "23:59"
    assert worked_halves(local_day(found), off)


@given(MOMENTS, st.integers(0, 400))
def test_calendar_days_end_with_their_day(start: datetime, days: int) -> None:
    found = after_days(start, days)

    assert local_day(found) == local_day(start) + timedelta(days=days)
    assert found.astimezone(BANGKOK).strftime("%H:%M") == "23:59"
    assert found > start or days == 0


def test_a_friday_evening_leads_past_the_week_end_and_a_holiday() -> None:
    friday = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)

    assert local_day(after_working_days(friday, 1, {})) == date(2026, 12, 7)
    assert local_day(after_working_days(friday, 1, {date(2026, 12, 7): Off.DAY})) == date(2026, 12, 8)


def test_late_in_the_evening_utc_it_is_the_next_day_in_bangkok() -> None:
    assert local_day(after_days(datetime(2026, 11, 20, 18, 0, tzinfo=UTC), 1)) == date(2026, 11, 22)


def test_the_bank_holds_money_for_72_hours() -> None:
    moment = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)

    assert freeze_until(moment) - moment == timedelta(hours=72)
