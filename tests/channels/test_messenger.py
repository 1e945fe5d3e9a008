"""Messenger from the outside: the platform's calls go in, and a simulated Graph API shows what reaches the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.channels import messenger
from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.channel import Outbound, Undeliverable
from complaints.domain.inbound import ContactPoint, HeardEvent, RawMessage
from complaints.domain.outbox import Promise
from complaints.web.app import create_app
from tests.centre import Browser, RecordingWaker, sign_in
from tests.channels.talking import STORY, answered, cases, failed, keep_everything, photo, try_again
from tests.outside import messenger_server
from tests.outside.messenger_server import MessengerServer
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from config import Settings
    from tests.servers import MailServer

PSID = "1234567890123456"


@pytest.fixture
def graph() -> Iterator[MessengerServer]:
    with MessengerServer() as server:
        yield server


@pytest.fixture
def reached(settings: Settings, graph: MessengerServer) -> Settings:
    """Settings of a centre whose page is set up."""
    values = {
        "OCC_MESSENGER_SECRET": messenger_server.SECRET,
        "OCC_MESSENGER_TOKEN": messenger_server.TOKEN,
        "OCC_MESSENGER_VERIFY_TOKEN": messenger_server.VERIFY,
        "OCC_MESSENGER_API": graph.url,
        "OCC_MESSENGER_MEDIA": f"{graph.url}/media",
    }
    return replace(settings, channel_values=values)


@pytest.fixture
def centre(reached: Settings, model_dir: Path, mail_server: MailServer) -> Iterator[Flask]:
    reached.model_dir.symlink_to(model_dir)
    mailing = replace(reached, smtp_host="127.0.0.1", smtp_port=mail_server.port, mail_from="1212@centre.example")
    app = create_app(mailing, RecordingWaker())
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    make_celery(app, mailing).set_current()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


class Person:
    """Somebody on Messenger."""

    def __init__(self, centre: Flask, graph: MessengerServer) -> None:
        self.client, self.graph = centre.test_client(), graph

    def deliver(self, *events: dict[str, Any], secret: str = messenger_server.SECRET) -> int:
        db.session.remove()
        body = self.graph.body(*events)
        headers = {"X-Hub-Signature-256": messenger_server.signed(body, secret)}
        return self.client.post("/hooks/messenger", data=body, headers=headers).status_code

    def send(self, *events: dict[str, Any]) -> str:
        before = len(self.graph.said)
        assert self.deliver(*events) == 200
        keep_everything()
        return "\n\n".join(said.text for said in self.graph.said[before:])

    def write(self, text: str) -> str:
        return self.send(self.graph.text(PSID, text))

    def tap(self, label: str) -> str:
        return self.send(self.graph.tap(PSID, label))


@pytest.fixture
def person(centre: Flask, graph: MessengerServer) -> Person:
    return Person(centre, graph)


def test_the_door_opens_for_whoever_knows_the_word(person: Person) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": messenger_server.VERIFY, "hub.challenge": "1158201444"}
    answer = person.client.get("/hooks/messenger", query_string=asked)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "1158201444")
    assert person.client.get("/hooks/messenger", query_string={**asked, "hub.verify_token": "x"}).status_code == 403
    assert person.client.get("/hooks/messenger", query_string={"hub.challenge": "1"}).status_code == 403


def test_a_forged_call_is_refused(person: Person) -> None:
    assert person.deliver(person.graph.text(PSID, STORY), secret="wrong") == 401
    assert db.session.scalars(select(RawMessage)).all() == []


def test_from_get_started_to_number_and_secret(person: Person) -> None:
    started = person.graph.event(PSID, postback={"mid": "m_s", "title": "เริ่มต้น", "payload": "GET_STARTED"})
    assert "เล่าเรื่องที่เกิดขึ้น" in person.send(started)
    assert "เงินออกจากบัญชี" in person.write(STORY)
    assert "1441" in person.tap("ไม่ถึง 3 วัน")
    person.tap("โทรแล้ว")
    person.tap("ไม่แน่ใจ")
    while any("ข้าม / ไม่ทราบ" in title for title in person.graph.said[-1].choices):
        person.tap("ข้าม / ไม่ทราบ")
    assert "เก็บไฟล์แล้ว" in person.send(person.graph.file(PSID, "image", photo(), "image/jpeg"))
    person.tap("ครบแล้ว")
    person.tap("ข้าม")
    done = person.tap("ยินยอม")
    (case,) = cases()
    assert case.number in done
    assert "รหัสลับ" in done
    assert (case.channel, case.story, len(case.attachments)) == ("messenger", STORY, 1)
    assert case.acknowledged_at is not None
    assert failed() == []


def test_every_message_is_heard_once_and_the_platform_s_own_noise_is_passed_over(person: Person) -> None:
    event = person.graph.text(PSID, STORY)
    person.send(event)
    for _ in range(2):
        assert person.send(event, person.graph.event(PSID, read={"watermark": 1})) == ""
    echo = person.graph.message(PSID, text="สวัสดี", is_echo=True, app_id=1)
    assert person.send(echo, person.graph.event(PSID, delivery={"mids": ["m_1"], "watermark": 1})) == ""
    heard = [(row.kind, row.outcome) for row in db.session.scalars(select(HeardEvent).order_by(HeardEvent.id))]
    assert heard[0] == ("words", "talk")
    assert set(heard[1:]) == {("seen", "ignored")}


@pytest.mark.parametrize(
    ("kind", "content", "media_type", "name", "kept"),
    [
        ("image", b"", "image/jpeg", "x", "image/jpeg"),
        ("video", b"\x00\x00\x00\x18ftypmp42" + bytes(50), "video/mp4", "x", "video/mp4"),
        ("audio", b"\x00\x00\x00\x18ftypmp42" + bytes(50), "audio/mp4", "x", "audio/mp4"),
        ("file", b"%PDF-1.7\n" + bytes(50), "application/pdf", "slip.pdf", "application/pdf"),
    ],
)
def test_files_of_every_kind_are_kept(
    person: Person, kind: str, content: bytes, media_type: str, name: str, kept: str
) -> None:
    person.write(STORY)
    person.send(person.graph.file(PSID, kind, content or photo(), media_type, name))
    person.tap("คุยกับเจ้าหน้าที่")
    assert [file.media_type for file in cases()[0].attachments] == [kept]


def test_a_file_is_fetched_from_the_platform_only(person: Person) -> None:
    person.write(STORY)
    calls = len(person.graph.calls)
    inside = {"type": "image", "payload": {"url": f"{person.graph.url}/me/messages"}}
    said = person.send(person.graph.message(PSID, attachments=[inside]))
    assert "ว่างเปล่า" in said
    assert [call.method for call in person.graph.calls[calls:]] == ["POST"]


def test_stickers_places_and_shared_links(person: Person) -> None:
    person.write(STORY)
    sticker = {
        "type": "image",
        "payload": {"url": "https://scontent.xx.fbcdn.net/s.png", "sticker_id": 369239263222822},
    }
    assert "เงินออกจากบัญชี" in person.send(person.graph.message(PSID, attachments=[sticker]))
    link = {"type": "fallback", "title": "ร้านสมมุติ", "url": "https://shop.example/x", "payload": None}
    place = {"type": "location", "payload": {"coordinates": {"lat": 13.7, "long": 100.5}}}
    person.send(person.graph.message(PSID, attachments=[link, place]))
    person.tap("คุยกับเจ้าหน้าที่")
    assert "https://shop.example/x" in cases()[0].story
    assert "13.7, 100.5" in cases()[0].story


def with_address(person: Person, email: str) -> None:
    """A case whose complainant also left an address."""
    person.write(STORY)
    person.tap("คุยกับเจ้าหน้าที่")
    with unit_of_work() as session:
        session.scalars(select(Case)).unique().one().person.email = email
    db.session.remove()


def test_after_24_hours_an_answer_goes_by_mail_and_the_agent_sees_why(person: Person, mail_server: MailServer) -> None:
    with_address(person, "somying@example.com")
    answered("ขอทราบชื่อร้าน")
    assert "ขอทราบชื่อร้าน" in person.graph.said[-1].text
    person.graph.heard_at[PSID] = datetime.now(UTC) - timedelta(hours=25)
    mail_server.clear()
    answered("ขอทราบเลขบัญชี")
    assert "ขอทราบเลขบัญชี" not in person.graph.said[-1].text
    assert any("ขอทราบเลขบัญชี" in mail.message.get_content() for mail in mail_server.mails)
    assert failed() == []
    assert db.session.scalars(select(ContactPoint)).one().failure == "window_closed"
    number = cases()[0].number
    db.session.remove()
    sign_in(person.client, Role.AGENT)
    page = person.client.get(f"/desk/case/{number}").get_data(as_text=True)
    assert "24 ชั่วโมง" in page
    assert "อีเมล" in page
    person.write("ร้านชื่อสมมุติ")
    assert db.session.scalars(select(ContactPoint)).one().failure == ""


def test_the_agent_sees_until_when_the_window_is_open(person: Person) -> None:
    person.write(STORY)
    person.tap("คุยกับเจ้าหน้าที่")
    number = cases()[0].number
    db.session.remove()
    sign_in(person.client, Role.AGENT)
    assert "เขียนถึงผู้ร้องได้ถึง" in person.client.get(f"/desk/case/{number}").get_data(as_text=True)


def test_without_another_way_the_failure_stands_on_the_case(person: Person) -> None:
    person.write(STORY)
    person.tap("คุยกับเจ้าหน้าที่")
    person.graph.blocked.add(PSID)
    answered("ขอทราบชื่อร้าน")
    assert any("551" in error for error in failed())
    assert db.session.scalars(select(ContactPoint)).one().failure == "blocked"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_not_now_is_tried_again(person: Person, status: int) -> None:
    person.graph.failures = [status]
    assert person.write("สวัสดี") == ""
    try_again()
    assert "เล่าเรื่องที่เกิดขึ้น" in person.graph.said[-1].text
    assert failed() == []


def test_a_token_that_is_no_longer_good_waits_for_the_operator(reached: Settings, person: Person) -> None:
    person.graph.heard_at[PSID] = datetime.now(UTC)
    words = Outbound(to=PSID, subject="", body="สวัสดี", language="th", reference="promise-1")
    broken = replace(reached, channel_values={**reached.channel_values, "OCC_MESSENGER_TOKEN": "old"})
    with pytest.raises(messenger.Postponed):
        messenger.send(words, broken)
    with pytest.raises(Undeliverable) as refused:
        messenger.send(replace(words, to="999"), reached)
    assert refused.value.reason == "address"


def test_long_words_are_cut_between_words(reached: Settings, person: Person) -> None:
    person.graph.heard_at[PSID] = datetime.now(UTC)
    long = "\n".join(f"บรรทัดที่ {number} ของข้อความยาว" for number in range(200))
    messenger.send(Outbound(to=PSID, subject="", body=long, language="th", reference="promise-1"), reached)
    said = [one.text for one in person.graph.said]
    assert len(said) > 1
    assert "\n".join(said) == long


def test_what_waits_for_nobody_is_no_promise(person: Person) -> None:
    person.deliver(person.graph.event(PSID, read={"watermark": 1}))
    keep_everything()
    assert db.session.scalars(select(Promise).where(Promise.kind == "say")).all() == []
