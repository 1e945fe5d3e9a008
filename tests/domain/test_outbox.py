"""Promises: pauses that grow, one end, and a reason for every failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.domain.outbox import LEASE, MAX_TRIES, Promise, pause_before

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def promise() -> Promise:
    """An open promise in somebody's hands."""
    return Promise(kind="letter", payload={}, created_at=NOW, due_at=NOW, tries=0, lease_until=NOW + LEASE)


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 10), (2, 20), (3, 40), (4, 80), (11, 10_240), (12, 20_480), (13, 21_600), (40, 21_600)]
)
def test_pauses_double_up_to_six_hours(tries: int, seconds: int) -> None:
    assert pause_before(tries) == timedelta(seconds=seconds)


def test_a_failed_try_comes_again_later() -> None:
    row = promise()

    row.miss(NOW, "connection refused")

    assert row.open
    assert (row.tries, row.due_at, row.lease_until) == (1, NOW + timedelta(seconds=10), None)
    assert row.last_error == "connection refused"


def test_the_last_try_gives_up_with_its_reason() -> None:
    row = promise()
    for _ in range(MAX_TRIES - 1):
        row.miss(NOW, "busy")
    assert row.open

    row.miss(NOW, "")

    assert not row.open
    assert row.failed_at == NOW
    assert row.last_error


def test_what_cannot_be_helped_gives_up_at_once() -> None:
    row = promise()

    row.miss(NOW, "no such address", final=True)

    assert (row.open, row.tries, row.failed_at) == (False, 1, NOW)


def test_a_kept_promise_forgets_its_errors() -> None:
    row = promise()
    row.miss(NOW, "busy")

    row.keep(NOW, delivered="mail")

    assert (row.open, row.done_at, row.last_error, row.result) == (False, NOW, "", {"delivered": "mail"})


def test_a_long_error_is_cut() -> None:
    row = promise()

    row.miss(NOW, "x" * 5000)

    assert len(row.last_error) == 2000
