"""Text messages: to whoever left only a telephone, and where other ways failed; against a simulated Twilio."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.channels import sms
from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.channel import SHOWN_ONLY, Outbound, Postponed, Undeliverable
from complaints.domain.inbound import ContactPoint, RawMessage
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import promises
from complaints.web.app import create_app
from tests.centre import Browser, RecordingWaker, file_case, make_settings, sign_in
from tests.channels.twilio import Twilio
from tests.services.scene import NOW, the_case
from workers import tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from config import Settings
    from tests.servers import MailServer

PHONE, NUMBER = "0812345678", "+66812345678"
WORDS = Outbound(
    to=NUMBER, subject="s", body="b", language="th", reference="promise-7", case_number="70-000001-1", short="สั้น"
)


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with Twilio() as server:
        yield server


@pytest.fixture
def account(tmp_path: Path, twilio: Twilio) -> Settings:
    """Settings of a centre with an account; no database."""
    return replace(make_settings(tmp_path, "sqlite://"), channel_values=twilio.settings())


@pytest.fixture
def centre(settings: Settings, twilio: Twilio, mail_server: MailServer) -> Iterator[Flask]:
    """A centre that can write mails and text messages."""
    settings = replace(
        settings,
        channel_values=twilio.settings(),
        smtp_host=mail_server.host,
        smtp_port=mail_server.port,
        mail_from="1212@centre.example",
        base_url="https://centre.example",
    )
    app = create_app(settings, RecordingWaker())
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    make_celery(app, settings).set_current()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def keep_letters(number: str) -> Promise:
    """Keep every letter of a case as the worker does; the last one as it stands then."""
    ids = db.session.scalars(
        select(Promise.id)
        .join(Case, Case.id == Promise.case_id)
        .where(Case.number == number, Promise.kind == PromiseKind.LETTER.value)
        .order_by(Promise.id)
    ).all()
    db.session.remove()
    for promise_id in ids:
        tasks.keep(promise_id)
    db.session.remove()
    return db.session.get_one(Promise, ids[-1])


def tell(centre: Flask, call: tuple[str, bytes, dict[str, str]]) -> int:
    """Twilio calls at the door, and the worker reads what it said."""
    address, body, headers = call
    db.session.remove()
    path = address.removeprefix("https://centre.example")
    status = centre.test_client().post(path, data=body, headers=headers).status_code
    open_ids = select(Promise.id).where(Promise.kind == PromiseKind.READ.value, Promise.done_at.is_(None))
    for promise_id in db.session.scalars(open_ids).all():
        db.session.remove()
        tasks.keep(promise_id)
    db.session.remove()
    return status


def test_whoever_left_only_a_telephone_gets_a_message(centre: Flask, twilio: Twilio) -> None:
    number, secret = file_case(phone=PHONE)
    promise = keep_letters(number)

    (message,) = twilio.messages
    assert (message.to, promise.result) == (NUMBER, {"delivered": "sms"})
    assert message.body == f"1212 รับเรื่อง {number} แล้ว ติดตามได้ที่เว็บไซต์ศูนย์หรือโทร 1212"
    assert secret.replace(" ", "") not in message.body.replace(" ", "")
    case = the_case(db.session(), number)
    assert case.acknowledged_at is not None
    assert case.events[-1].data == {"via": "sms"}
    db.session.remove()

    # The whole letter stays readable on the tracking page.
    client = centre.test_client()
    client.post("/track", data={"number": number, "secret": secret})
    page = html.unescape(client.get("/case?lang=th").get_data(as_text=True))
    assert f"ส่ง SMS ถึง {PHONE} แล้ว" in page
    assert "เราได้รับเรื่องร้องเรียนของคุณเมื่อ" in page


def test_a_refused_mail_falls_back_to_a_message(centre: Flask, twilio: Twilio, mail_server: MailServer) -> None:
    number, _ = file_case(phone=PHONE, email="gone@example.com")
    mail_server.refuse_next("550 no such user")
    assert keep_letters(number).result == {"delivered": "sms"}
    assert [message.to for message in twilio.messages] == [NUMBER]
    point = db.session.scalars(select(ContactPoint)).one()
    assert (point.channel, point.address, point.failure) == ("email", "gone@example.com", "refused")


def test_mail_comes_first_and_costs_nothing(centre: Flask, twilio: Twilio, mail_server: MailServer) -> None:
    number, _ = file_case(phone=PHONE, email="somying@example.com")
    assert keep_letters(number).result == {"delivered": "email"}
    assert (len(mail_server.mails), twilio.messages) == (1, [])


def test_a_number_that_gets_none_is_a_named_failure_on_the_desk(centre: Flask, twilio: Twilio) -> None:
    twilio.landlines.add(NUMBER)
    number, _ = file_case(phone=PHONE)
    promise = keep_letters(number)

    assert promise.failed_at is not None
    assert promise.last_error == "sms: the provider refused the message (400, error 21614)"
    assert db.session.scalars(select(ContactPoint.failure)).all() == ["address"]
    assert the_case(db.session(), number).acknowledged_at is None
    db.session.remove()
    client = centre.test_client()
    sign_in(client, Role.AGENT)
    assert "error 21614" in client.get("/desk/failures").get_data(as_text=True)
    assert NUMBER not in client.get("/desk/failures").get_data(as_text=True)


def test_a_fixed_line_is_not_written_to(centre: Flask, twilio: Twilio) -> None:
    number, _ = file_case(phone="021234567")
    assert keep_letters(number).result == {"delivered": SHOWN_ONLY}
    assert twilio.answers == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_provider_is_asked_again_later(centre: Flask, twilio: Twilio, status: int) -> None:
    twilio.failures.append(status)
    number, _ = file_case(phone=PHONE)
    promise = keep_letters(number)
    assert (promise.open, promise.tries, twilio.messages) == (True, 1, [])
    promise_id = promise.id
    db.session.remove()

    with unit_of_work() as session:
        session.get_one(Promise, promise_id).due_at = NOW
    assert keep_letters(number).result == {"delivered": "sms"}
    assert len(twilio.messages) == 1


def test_a_message_that_never_arrived_fails_on_the_desk_and_can_be_sent_again(centre: Flask, twilio: Twilio) -> None:
    number, _ = file_case(phone=PHONE)
    promise_id = keep_letters(number).id
    (message,) = twilio.messages
    assert tell(centre, twilio.told(message, "delivered")) == 200
    assert db.session.get_one(Promise, promise_id).done_at is not None
    for _ in range(3):
        assert tell(centre, twilio.told(message, "undelivered", 30003)) == 200

    promise = db.session.get_one(Promise, promise_id)
    assert (promise.done_at, promise.last_error) == (None, "returned: SMS undelivered")
    case = the_case(db.session(), number)
    assert len([note for note in case.messages if "error 30003" in note.body]) == 1
    point = db.session.scalars(select(ContactPoint)).one()
    assert (point.channel, point.address, point.failure) == ("sms", NUMBER, "refused")
    assert db.session.scalars(select(Case.number)).all() == [number]
    db.session.remove()

    with unit_of_work() as session:
        promises.retry(session, promise_id, NOW)
    assert keep_letters(number).result == {"delivered": "sms"}
    assert len(twilio.messages) == 2


def test_nobody_else_can_say_that_a_message_was_lost(centre: Flask, twilio: Twilio) -> None:
    number, _ = file_case(phone=PHONE)
    other, _ = file_case(phone="0898765432")
    promise_id = keep_letters(number).id
    keep_letters(other)
    mine, theirs = twilio.messages

    address, body, headers = twilio.told(mine, "failed", 30005)
    assert tell(centre, (address, body + b"&x=1", headers)) == 401
    assert tell(centre, (address.replace("promise-", "promise-9"), body, headers)) == 401
    assert tell(centre, twilio.told(mine, "failed", 30005, token="guessed")) == 401
    assert db.session.scalars(select(RawMessage)).all() == []
    # A true call about a number that is not this complainant's changes nothing.
    crossed = replace(theirs, callback=mine.callback)
    assert tell(centre, twilio.told(crossed, "failed", 30005)) == 200
    assert db.session.get_one(Promise, promise_id).done_at is not None


def test_without_an_account_nothing_leaves_the_house(tmp_path: Path) -> None:
    bare = make_settings(tmp_path, "sqlite://")
    assert not sms.ready(bare)
    assert sms.send(WORDS, bare) == SHOWN_ONLY


def test_what_is_sent(account: Settings, twilio: Twilio) -> None:
    assert sms.send(WORDS, account) == "sms"
    (message,) = twilio.messages
    assert (message.to, message.body) == (NUMBER, "สั้น")
    assert message.callback == "http://127.0.0.1:1212/hooks/sms?ref=promise-7.70-000001-1"


@pytest.mark.parametrize(
    ("set_up", "to", "reason"),
    [
        ("unsubscribed", NUMBER, "blocked"),
        ("landlines", NUMBER, "address"),
        ("", "0812345678", "address"),
        ("", "+66", "address"),
    ],
)
def test_a_no_for_good_has_a_name(account: Settings, twilio: Twilio, set_up: str, to: str, reason: str) -> None:
    if set_up:
        getattr(twilio, set_up).add(to)
    with pytest.raises(Undeliverable) as caught:
        sms.send(replace(WORDS, to=to), account)
    assert caught.value.reason == reason
    assert to not in str(caught.value)


def test_words_that_are_too_long_are_refused_for_good(account: Settings, twilio: Twilio) -> None:
    with pytest.raises(Undeliverable) as caught:
        sms.send(replace(WORDS, short="ก" * 1601), account)
    assert caught.value.reason == "refused"


@pytest.mark.parametrize(("name", "value"), [("TOKEN", "wrong"), ("FROM", "OTHER"), ("ACCOUNT", "AC9")])
def test_a_mistake_in_the_account_is_for_the_operator_to_mend(
    account: Settings, twilio: Twilio, name: str, value: str
) -> None:
    wrong = replace(account, channel_values={**account.channel_values, f"OCC_SMS_{name}": value})
    with pytest.raises(Postponed, match=r"refused the message \(4\d\d"):
        sms.send(WORDS, wrong)
    assert twilio.messages == []


def test_a_provider_that_is_not_there(account: Settings) -> None:
    gone = replace(account, channel_values={**account.channel_values, "OCC_SMS_API": "http://127.0.0.1:1"})
    with pytest.raises(Postponed, match="no answer from the provider"):
        sms.send(WORDS, gone)


def test_the_signature_is_the_published_one() -> None:
    """The example of Twilio's page on validating requests."""
    fields = [
        ("Digits", "1234"),
        ("To", "+18005551212"),
        ("From", "+14158675309"),
        ("Caller", "+14158675309"),
        ("CallSid", "CA1234567890ABCDE"),
    ]
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sms.signature(url, fields, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
