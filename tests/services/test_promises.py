"""The outbox: one holder at a time, a lease that runs out, pauses that grow, an end that a person sees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.outbox import LEASE, MAX_TRIES, Promise, PromiseKind, pause_before
from complaints.services import health, promises
from tests.centre import file_case
from tests.services.scene import DAY, HOUR, NOW, at_once

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

SECOND = timedelta(seconds=1)


@pytest.fixture
def promise_id(app: Flask) -> int:
    """A promise that is due, the only one."""
    file_case(now=NOW)
    with unit_of_work() as session:
        session.delete(session.scalars(select(Promise).where(Promise.kind == PromiseKind.LETTER.value)).one())
        return session.scalars(select(Promise.id).where(Promise.kind == PromiseKind.CLASSIFY.value)).one()


def claim(promise_id: int, now: datetime) -> bool:
    with unit_of_work() as session:
        return promises.claim(session, promise_id, now) is not None


def miss(promise_id: int, now: datetime, *, final: bool = False) -> None:
    with unit_of_work() as session:
        promise = promises.for_result(session, promise_id)
        assert promise is not None
        promise.miss(now, "SMTPDataError: busy", final=final)


def state(promise_id: int) -> Promise:
    db.session.remove()
    return db.session.get_one(Promise, promise_id)


def test_one_of_many_claims_it(app: Flask, promise_id: int) -> None:
    found = at_once(app, 12, lambda _turn: claim(promise_id, NOW))
    assert sorted(found) == [False] * 11 + [True]
    assert state(promise_id).lease_until == NOW + LEASE


def test_a_second_connection_waits_and_gets_nothing(app: Flask, promise_id: int) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: the second would wait for the whole busy time")
    with db.engine.connect() as first, db.engine.connect() as second:
        one = db.session.session_factory(bind=first)
        two = db.session.session_factory(bind=second)
        assert promises.claim(one, promise_id, NOW) is not None
        # Seen from the second connection nothing is taken yet; so it tries, and the database decides.
        assert promises.due(two, NOW) == [promise_id]
        two.rollback()
        one.commit()
        assert promises.claim(two, promise_id, NOW) is None
        one.close()
        two.close()


def test_a_lease_runs_out(app: Flask, promise_id: int) -> None:
    assert claim(promise_id, NOW)
    assert not claim(promise_id, NOW + LEASE - SECOND)
    assert promises.due(db.session(), NOW + LEASE - SECOND) == []
    db.session.remove()
    assert promises.due(db.session(), NOW + LEASE) == [promise_id]
    db.session.remove()
    assert claim(promise_id, NOW + LEASE)


def test_what_is_not_due_or_ended_is_not_claimed(app: Flask, promise_id: int) -> None:
    assert not claim(promise_id, NOW - SECOND)
    assert not claim(promise_id + 1000, NOW)
    with unit_of_work() as session:
        session.get_one(Promise, promise_id).keep(NOW, category="x")
    assert not claim(promise_id, NOW + DAY)
    assert promises.for_result(db.session(), promise_id) is None


def test_a_missed_try_waits_longer_each_time(app: Flask, promise_id: int) -> None:
    moment = NOW
    for tries, seconds in enumerate((10, 20, 40, 80, 160), 1):
        assert claim(promise_id, moment)
        miss(promise_id, moment)
        promise = state(promise_id)
        assert (promise.tries, promise.due_at, promise.lease_until) == (tries, moment + seconds * SECOND, None)
        assert promise.last_error == "SMTPDataError: busy"
        db.session.remove()
        assert not claim(promise_id, moment + (seconds - 1) * SECOND)
        moment += seconds * SECOND
    assert pause_before(40) == timedelta(hours=6)


def test_after_the_last_try_a_person_sees_it(app: Flask, promise_id: int) -> None:
    moment = NOW
    for _ in range(MAX_TRIES):
        assert claim(promise_id, moment)
        miss(promise_id, moment)
        moment += DAY
    promise = state(promise_id)
    assert (promise.tries, promise.failed_at) == (MAX_TRIES, moment - DAY)
    assert [row.id for row in promises.failed(db.session())] == [promise_id]
    assert health.pulse(db.session(), moment)["failed_promises"] == 1
    assert promises.due(db.session(), moment) == []
    db.session.remove()
    assert not claim(promise_id, moment)


def test_a_final_miss_ends_at_once_and_a_person_lets_it_try_again(app: Flask, promise_id: int) -> None:
    assert claim(promise_id, NOW)
    miss(promise_id, NOW, final=True)
    assert state(promise_id).failed_at == NOW
    db.session.remove()
    with unit_of_work() as session:
        promises.retry(session, promise_id, NOW + HOUR)
    promise = state(promise_id)
    assert (promise.failed_at, promise.tries, promise.due_at) == (None, 0, NOW + HOUR)
    db.session.remove()
    assert claim(promise_id, NOW + HOUR)


def test_retrying_what_did_not_fail_changes_nothing(app: Flask, promise_id: int) -> None:
    with unit_of_work() as session:
        promises.retry(session, promise_id, NOW + HOUR)
        promises.retry(session, 999_999, NOW)
    assert state(promise_id).due_at == NOW
    with unit_of_work() as session:
        session.get_one(Promise, promise_id).keep(NOW)
    with unit_of_work() as session:
        promises.retry(session, promise_id, NOW + HOUR)
    assert state(promise_id).done_at == NOW


def test_a_result_is_recorded_by_whoever_comes_first(app: Flask, promise_id: int) -> None:
    def job(turn: int) -> bool:
        with unit_of_work() as session:
            # Each has seen the open row before it asks for the lock.
            session.get(Promise, promise_id)
            promise = promises.for_result(session, promise_id)
            if promise is None:
                return False
            promise.keep(NOW, by=turn)
            return True

    assert sorted(at_once(app, 6, job)) == [False] * 5 + [True]


def test_the_sweep_takes_the_oldest_first(app: Flask) -> None:
    for back in (1, 3, 2):
        file_case(now=NOW - back * HOUR)
    session = db.session()
    waiting = promises.due(session, NOW)
    moments = [session.get_one(Promise, promise_id).due_at for promise_id in waiting]
    assert moments == sorted(moments)
    assert len(waiting) == 6
    assert promises.due(session, NOW, 2) == waiting[:2]
    assert promises.oldest_due(session, NOW) == NOW - 3 * HOUR
    assert health.pulse(session, NOW)["oldest_promise_seconds"] == 3 * 3600
    assert promises.oldest_due(session, NOW - DAY) is None
    assert health.pulse(session, NOW - DAY)["oldest_promise_seconds"] == 0
