"""Webhooks from the fact to the other side's check of the signature: a real server, the real tasks, a moved clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.outbox import Promise
from complaints.domain.webhook import PAUSES, Silence, WebhookAttempt, WebhookEndpoint, WebhookMessage
from complaints.services import follow, handle, refer, triage
from complaints.services.fetching import posting
from complaints.services.fetching.addresses import read_networks
from complaints.services.fetching.means import Means
from complaints.services.hooks import managing, sending
from complaints.services.hooks.writing import kinds
from tests.centre import actor
from tests.outside.api_server import Answer, ApiServer, Call
from tests.servers import LOOPBACK
from tests.services.scene import at_agency, in_triage, officer, the_case
from workers import tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from celery import Celery
    from flask import Flask

    from config import Settings

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Receiver(ApiServer):
    """An agency's system that says what it is told to."""

    def answer(self, call: Call) -> Answer:
        """Thank for everything."""
        assert call.method == "POST"
        return Answer(204)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The agency's system."""
    with Receiver() as server:
        yield server


@pytest.fixture
def centre(app: Flask, settings: Settings) -> Iterator[Celery]:
    """The tasks on this test's centre, which may write to this machine."""
    celery = make_celery(app, replace(settings, broker_url="memory://localhost", webhook_inside=LOOPBACK))
    celery.set_current()
    celery.finalize()
    yield celery
    celery.close()


INSIDE = Means(allowed=read_networks(LOOPBACK))


def listen(server: Receiver, told: Sequence[str] = (), agency: str = "POLICE") -> tuple[int, str]:
    """An endpoint of an agency at the server; its id and secret."""
    with unit_of_work() as session:
        url = f"{server.url}/hook"
        made, secret = managing.add(session, url, told, officer(agency), INSIDE, KEY, NOW)
        return made.id, secret


KEY = "the centre's secret of this test"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a known secret."""
    return replace(settings, secret_key=KEY)


def keep_all() -> int:
    """Try every message that is due once; how many there were."""
    with unit_of_work() as session:
        due = session.scalars(
            select(Promise.id)
            .join(WebhookMessage, WebhookMessage.promise_id == Promise.id)
            .where(Promise.done_at.is_(None), Promise.failed_at.is_(None), Promise.due_at <= datetime.now(UTC))
            .order_by(Promise.id)
        ).all()
    db.session.remove()
    for promise_id in due:
        tasks.keep(promise_id)
    return len(due)


def heard(server: Receiver, secret: str) -> list[dict[str, Any]]:
    """What came, each checked by the specification's own library."""
    return [Webhook(secret).verify(call.body, call.headers) for call in server.calls]


def test_what_happens_to_a_referral_is_told_and_signed(app: Flask, centre: Celery, receiver: Receiver) -> None:
    """From the referral to the dispute: each step once, to the agency that it concerns, without a citizen's word."""
    assert centre
    with app.app_context(), time_machine.travel(NOW, tick=False):
        _, secret = listen(receiver)
        with Receiver() as stranger:
            listen(stranger, agency="FDA")
            number = in_triage()
            police, desk = officer("POLICE"), actor(Role.AGENT)
            with unit_of_work() as session:
                refer.refer(session, the_case(session, number), ["POLICE"], desk, NOW)
            with unit_of_work() as session:
                case, referral = at_agency(session, number, "POLICE")
                handle.accept(case, referral, police, NOW)
                handle.answer(session, case, referral, "explained", "คำตอบลับเฉพาะ", None, police, NOW)
            with unit_of_work() as session:
                follow.dispute(session, the_case(session, number), "ยังไม่จบ", NOW)
            assert keep_all() == 4
            assert not stranger.calls
        told = heard(receiver, secret)
        assert [one["type"] for one in told] == [
            "referral.sent",
            "referral.changed",
            "referral.changed",
            "case.reopened",
        ]
        assert {one["data"]["case"] for one in told} == {number}
        assert told[2]["data"]["referral_state"] == "answered"
        assert "ลับเฉพาะ".encode() not in b"".join(call.body for call in receiver.calls)
        assert len({call.headers["webhook-id"] for call in receiver.calls}) == 4
        assert keep_all() == 0
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(receiver.calls[0].body + b" ", receiver.calls[0].headers)
    assert KEY not in secret


def test_a_recalled_referral_is_told_and_what_nobody_wants_is_not(
    app: Flask, centre: Celery, receiver: Receiver
) -> None:
    """An endpoint hears what it chose; a case answered by the desk is called back from its agency."""
    assert centre
    with app.app_context(), time_machine.travel(NOW, tick=False):
        _, secret = listen(receiver, ["referral.recalled"])
        number, desk = in_triage(), actor(Role.AGENT)
        with unit_of_work() as session:
            refer.refer(session, the_case(session, number), ["POLICE"], desk, NOW)
        assert keep_all() == 0
        with unit_of_work() as session:
            triage.resolve(session, the_case(session, number), "explained", "เสร็จ", desk, NOW)
        assert keep_all() == 1
        assert [one["type"] for one in heard(receiver, secret)] == ["referral.recalled"]


def test_an_endpoint_that_is_down_is_tried_for_three_days_and_then_named(
    app: Flask, centre: Celery, receiver: Receiver
) -> None:
    """Growing pauses with a lot, the same id and body at every try, then a dead letter that can be sent again."""
    assert centre
    with app.app_context(), time_machine.travel(NOW, tick=False) as clock:
        endpoint_id, secret = listen(receiver)
        with unit_of_work() as session:
            managing.test(session, managing.get(session, endpoint_id, officer("POLICE")), NOW)
        receiver.failures = [500, 302, 503, 404, 500, 500, 500, 500, 500, 500]
        began, waits = datetime.now(UTC), []
        while keep_all():
            with unit_of_work() as session:
                promise = session.scalars(select(Promise)).all()[-1]
                if promise.failed_at is not None:
                    break
                waits.append(promise.due_at - datetime.now(UTC))
                clock.move_to(promise.due_at + timedelta(minutes=5))
        assert len(receiver.calls) == len(PAUSES) + 1
        assert all(pause <= wait <= pause * 1.2 for pause, wait in zip(PAUSES, waits, strict=True))
        assert timedelta(days=3) < datetime.now(UTC) - began < timedelta(days=4)
        assert len({(call.headers["webhook-id"], call.body) for call in receiver.calls}) == 1
        assert len({call.headers["webhook-timestamp"] for call in receiver.calls}) == len(receiver.calls)
        with unit_of_work() as session:
            endpoint = managing.get(session, endpoint_id, officer("POLICE"))
            assert managing.number_failed(session, endpoint) == 1
            [message] = managing.told(session, endpoint).rows
            assert [tried.status for tried in message.attempts][:4] == [500, 302, 503, 404]
            assert "status 500" in message.promise.last_error
            assert managing.all_again(session, endpoint, datetime.now(UTC)) == 1
        receiver.calls.clear()
        assert keep_all() == 1
        assert heard(receiver, secret)[-1]["type"] == "endpoint.test"
        with unit_of_work() as session:
            assert managing.number_failed(session, managing.get(session, endpoint_id, officer("POLICE"))) == 0
            assert sending.forget(session, datetime.now(UTC) + timedelta(days=100)) == len(PAUSES) + 2
            assert session.scalars(select(WebhookAttempt)).all() == []


def test_gone_silences_it_and_a_slow_one_is_left_in_peace(app: Flask, centre: Celery, receiver: Receiver) -> None:
    """410 ends everything at once; after failures in a row others wait untried, and Retry-After is kept."""
    assert centre
    with app.app_context(), time_machine.travel(NOW, tick=False) as clock:
        endpoint_id, _ = listen(receiver)
        police = officer("POLICE")
        with unit_of_work() as session:
            for _ in range(4):
                managing.test(session, managing.get(session, endpoint_id, police), NOW)
        receiver.failures = [503, 500, 410]
        keep_all()
        # The second failure in a row holds the others back.
        assert len(receiver.calls) == 2
        clock.shift(timedelta(minutes=1))
        with unit_of_work() as session:
            endpoint = session.get_one(WebhookEndpoint, endpoint_id)
            assert endpoint.failures == 2
            waiting = session.scalars(select(Promise).where(Promise.tries == 0)).all()
            assert len(waiting) == 2
        keep_all()
        with unit_of_work() as session:
            endpoint = session.get_one(WebhookEndpoint, endpoint_id)
            assert endpoint.silence == Silence.GONE
            with pytest.raises(InvalidInput):
                managing.test(session, endpoint, NOW)
        clock.shift(timedelta(minutes=10))
        tried = len(receiver.calls)
        keep_all()
        assert len(receiver.calls) == tried
        with unit_of_work() as session:
            endpoint = session.get_one(WebhookEndpoint, endpoint_id)
            assert managing.number_failed(session, endpoint) == 4
            managing.wake(session, endpoint, police, datetime.now(UTC))
            assert managing.all_again(session, endpoint, datetime.now(UTC)) == 4
        assert keep_all() == 4
        assert len(receiver.calls) == tried + 4


def test_a_fresh_secret_leaves_no_gap(app: Flask, centre: Celery, receiver: Receiver) -> None:
    """For a day the old secret checks, too; then only the new one."""
    assert centre
    with app.app_context(), time_machine.travel(NOW, tick=False) as clock:
        endpoint_id, old = listen(receiver)
        police = officer("POLICE")
        with unit_of_work() as session:
            endpoint = managing.get(session, endpoint_id, police)
            new = managing.rotate(session, endpoint, police, KEY, NOW)
            managing.test(session, endpoint, NOW)
        keep_all()
        assert heard(receiver, old) == heard(receiver, new)
        clock.shift(timedelta(hours=25))
        receiver.calls.clear()
        with unit_of_work() as session:
            managing.test(session, managing.get(session, endpoint_id, police), datetime.now(UTC))
        keep_all()
        assert len(heard(receiver, new)) == 1
        with pytest.raises(WebhookVerificationError):
            heard(receiver, old)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "required"),
        ("https://" + "a" * 600, "too_long"),
        ("ftp://agency.example/x", "bad_url"),
        ("agency.example/x", "bad_url"),
        ("https://user:word@agency.example/x", "bad_url"),
        ("http://agency.example/x", "needs_https"),
        ("http://10.0.0.7/x", "needs_https"),
    ],
)
def test_a_bad_address_is_refused_by_name(app: Flask, url: str, reason: str) -> None:
    """Before anything is sent."""
    with app.app_context(), unit_of_work() as session, pytest.raises(InvalidInput) as refused:
        managing.add(session, url, [], officer("POLICE"), INSIDE, KEY, NOW)
    assert (refused.value.field, refused.value.values["reason"]) == ("url", reason)


def test_endpoints_are_the_agencys_own_and_few(app: Flask, receiver: Receiver) -> None:
    """Nobody reaches another agency's, the same twice, or a sixth; what it hears is one of the known."""
    with app.app_context():
        endpoint_id, _ = listen(receiver)
        police, stranger = officer("POLICE"), officer("FDA")
        with unit_of_work() as session:
            with pytest.raises(NotFound):
                managing.get(session, endpoint_id, stranger)
            for url, told, reason in (
                (f"{receiver.url}/hook", [], "url_taken"),
                ("https://other.example/", ["everything"], "choose_told"),
            ):
                with pytest.raises(InvalidInput) as refused:
                    managing.add(session, url, told, police, INSIDE, KEY, NOW)
                assert refused.value.values["reason"] == reason
            for number in range(4):
                managing.add(session, f"https://{number}.example/", [], police, INSIDE, KEY, NOW)
            with pytest.raises(InvalidInput) as refused:
                managing.add(session, "https://sixth.example/", [], police, INSIDE, KEY, NOW)
            assert refused.value.values["reason"] == "too_many_endpoints"
            one = managing.get(session, endpoint_id, police)
            managing.change(session, one, [kind.value for kind in kinds()], police, NOW)
            assert one.told == []
            managing.silence(session, one, Silence.REMOVED, police, NOW)
            assert len(managing.of_agency(session, police)) == 4


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://inside.example/",
        "http://10.1.2.3/",
        "https://localhost/",
    ],
)
def test_no_address_leads_inside(url: str) -> None:
    """A name that answers with an address inside is not called either, whatever it answered before."""
    called: list[str] = []

    def connect(address: str, _port: int, _seconds: float) -> socket.socket:
        called.append(address)
        raise OSError("the test calls nobody")

    means = Means(resolver=lambda _name, _seconds: ["192.168.1.1"], connector=connect)
    posted = posting.post(url, b"{}", {}, means)
    assert (posted.status, called) == (None, [])
    assert "refused_inside" in posted.detail
