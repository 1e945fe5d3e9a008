"""The complainant's secret: enough of it, readable, kept as a salted digest."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.secret import (
    DIGITS,
    NOBODY,
    grouped,
    hash_secret,
    new_secret,
    read_secret,
    secret_matches,
    token_hash,
)
from complaints.domain.thai_time import THAI_DIGITS


def test_holds_at_least_64_bits() -> None:
    assert math.log2(10**DIGITS) >= 64


@given(st.text(), st.text())
def test_is_twenty_digits_and_the_same_for_the_same_submission(key: str, submission: str) -> None:
    secret = new_secret(key, submission)

    assert len(secret) == DIGITS
    assert secret.isascii()
    assert secret.isdigit()
    assert new_secret(key, submission) == secret


def test_differs_by_submission_and_by_key() -> None:
    assert new_secret("key", "one") != new_secret("key", "two")
    assert new_secret("key", "one") != new_secret("other key", "one")


@given(st.integers(0, 10**DIGITS - 1).map(lambda number: f"{number:020d}"))
def test_reads_back_from_groups_and_thai_digits(secret: str) -> None:
    assert [len(group) for group in grouped(secret).split()] == [4] * 5
    assert read_secret(grouped(secret)) == secret
    assert read_secret(grouped(secret).translate(THAI_DIGITS)) == secret
    assert read_secret("-".join(grouped(secret).split())) == secret


def test_only_the_right_one_matches() -> None:
    stored = hash_secret("12345678901234567890")

    assert secret_matches("12345678901234567890", stored)
    assert not secret_matches("12345678901234567891", stored)
    assert not secret_matches("", stored)
    assert not secret_matches("12345678901234567890", NOBODY)
    assert "12345678901234567890" not in stored


def test_the_same_secret_is_stored_differently_each_time() -> None:
    assert hash_secret("1" * 20) != hash_secret("1" * 20)
    assert token_hash("a") != token_hash("b")
