"""The case number: what somebody mistypes on the phone is refused."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.number import case_number, read_case_number
from complaints.domain.thai_time import THAI_DIGITS

MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without a zone
RUNNING = st.integers(min_value=1, max_value=99_999_999)


@given(MOMENTS, RUNNING)
def test_reads_what_it_wrote(moment: datetime, running: int) -> None:
    number = case_number(moment, running)

    assert read_case_number(number) == number
    assert read_case_number(" #" + number.replace("-", " ") + " ") == number
    assert read_case_number(number.replace("-", "").translate(THAI_DIGITS)) == number


@given(MOMENTS, RUNNING, st.data())
def test_one_wrong_digit_is_refused(moment: datetime, running: int, data: st.DataObject) -> None:
    digits = case_number(moment, running).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != digits[place]]))

    assert read_case_number(digits[:place] + wrong + digits[place + 1 :]) is None


@given(MOMENTS, RUNNING)
def test_two_neighbours_swapped_are_refused(moment: datetime, running: int) -> None:
    digits = case_number(moment, running).replace("-", "")

    for place in range(len(digits) - 1):
        first, second = digits[place], digits[place + 1]
        if first != second:
            assert read_case_number(digits[:place] + second + first + digits[place + 2 :]) is None


def test_the_year_is_the_fiscal_one() -> None:
    assert case_number(datetime(2026, 9, 30, 16, 59, tzinfo=UTC), 1).startswith("69-000001-")
    assert case_number(datetime(2026, 9, 30, 17, 0, tzinfo=UTC), 1).startswith("70-000001-")


def test_what_is_no_number_is_refused() -> None:
    for text in ("", "1212", "69-00001-1", "abc", "69-000001", "๖๙", "69-0000000001-1"):
        assert read_case_number(text) is None
