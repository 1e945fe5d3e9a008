"""The chat on the centre's own pages, without script: forms are posted, and the next page holds the answer."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.outbox import Promise
from complaints.domain.talk import Talk
from complaints.services import correspond
from tests.channels.talking import STORY, photo
from tests.services.scene import NOW, agent

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


class Page:
    """A browser without script on the chat's page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.html = self.look()

    def look(self, path: str = "/chat") -> str:
        self.html = unescape(self.client.get(path).get_data(as_text=True))
        return self.html

    def mark(self) -> str:
        found = re.search(r'name="id" value="([^"]+)"', self.html)
        assert found is not None
        return found[1]

    def post(self, path: str = "/chat", **data: Any) -> str:
        db.session.remove()
        answer = self.client.post(path, data={"id": self.mark(), **data}, content_type="multipart/form-data")
        if answer.status_code != 303:
            self.html = unescape(answer.get_data(as_text=True))
            return self.html
        assert answer.location.endswith("/chat#now")
        return self.look()

    def write(self, text: str) -> str:
        return self.post(text=text)

    def tap(self, label: str) -> str:
        buttons = re.findall(r'name="tap" value="([^"]+)">([^<]+)<', self.html)
        found = [value for value, shown in buttons if label in shown]
        assert found, (label, buttons)
        return self.post(tap=found[0])


def to_a_case(page: Page) -> str:
    page.write(STORY)
    page.tap("เกิน 3 วัน")
    page.tap("ไม่แน่ใจ")
    while ">ข้าม / ไม่ทราบ</button>" in page.html:
        page.tap("ข้าม / ไม่ทราบ")
    page.post("/chat/files", files=(io.BytesIO(photo()), "สลิป.jpg"))
    page.tap("ครบแล้ว")
    page.tap("ข้าม")
    return page.tap("ยินยอม")


def test_a_complaint_by_chat_alone(client: FlaskClient) -> None:
    page = Page(client)
    assert "เล่าเรื่องที่เกิดขึ้น" in page.html
    done = to_a_case(page)
    case = db.session.scalars(select(Case)).one()
    assert (case.channel, case.story) == ("webchat", STORY)
    assert case.acknowledged_at is not None
    assert [file.file_name for file in case.attachments] == ["สลิป.jpg"]
    # Nothing has to be sent: what was said stands on the page.
    assert {row.kind for row in db.session.scalars(select(Promise))} == {"letter", "classify", "inspect"}
    secret = re.search(r"รหัสลับ ((?:\d{4} ){4}\d{4})", done)
    assert secret is not None
    number = case.number
    assert number in done
    db.session.remove()
    assert client.post("/track", data={"number": number, "secret": secret[1]}).status_code == 303


def test_what_came_in_is_kept_raw_with_its_hash(client: FlaskClient) -> None:
    page = Page(client)
    page.write(STORY)
    raw = db.session.scalars(select(RawMessage)).one()
    assert STORY in raw.body.decode()
    assert raw.read_at is not None


def test_the_same_form_sent_twice_is_heard_once(client: FlaskClient) -> None:
    page = Page(client)
    mark = page.mark()
    for _ in range(2):
        db.session.remove()
        assert client.post("/chat", data={"id": mark, "text": STORY}).status_code == 303
    assert len(db.session.scalars(select(HeardEvent)).all()) == 1
    assert page.look().count(STORY) == 1


def test_the_staff_s_words_stand_in_the_chat_and_are_fetched_by_script(client: FlaskClient) -> None:
    page = Page(client)
    to_a_case(page)
    asked = re.search(r'data-refresh="([^"]+)"', page.html)
    assert asked is not None
    assert client.get(asked[1]).status_code == 204
    somebody = agent()
    with unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        correspond.write_out(session, case, "ขอทราบเลขพัสดุ", somebody, case.changed_at)
    db.session.remove()
    news = client.get(asked[1])
    assert news.status_code == 200
    assert "ขอทราบเลขพัสดุ" in news.get_data(as_text=True)
    assert "data-next" in news.get_data(as_text=True)
    assert "เพิ่มไว้ในเรื่อง" in page.write("ไม่มีเลขพัสดุ")
    told = [row.body for row in db.session.scalars(select(Case)).one().messages if row.role == "complainant"]
    assert told == ["ไม่มีเลขพัสดุ"]


def test_the_clock_of_another_server_makes_no_words_late(client: FlaskClient) -> None:
    page = Page(client)
    page.write(STORY)
    with unit_of_work() as session:
        session.scalars(select(Talk)).one().heard_at += timedelta(seconds=2)
    db.session.remove()
    assert "น่าจะเป็น" in page.tap("ไม่มีเงินออก") or "ใกล้กับข้อไหน" in page.html


def test_nobody_else_sees_a_chat(app: Flask, client: FlaskClient) -> None:
    Page(client).write(STORY)
    other = Page(app.test_client())
    assert STORY not in other.html
    other.client.set_cookie("chat", "guessed")
    assert STORY not in other.look()


def test_the_secret_is_shown_for_two_hours_only(client: FlaskClient) -> None:
    page = Page(client)
    secret = re.search(r"(?:\d{4} ){4}\d{4}", to_a_case(page))
    assert secret is not None
    with unit_of_work() as session:
        session.scalars(select(Case)).one().received_at = NOW
    db.session.remove()
    assert secret[0] not in page.look()
    assert "รหัสลับ (ไม่แสดง)" in page.html


def test_leaving_takes_the_chat_out_of_the_browser(client: FlaskClient) -> None:
    page = Page(client)
    page.write(STORY)
    db.session.remove()
    assert client.post("/chat/leave").status_code == 303
    assert STORY not in page.look()
    assert len(db.session.scalars(select(Talk)).all()) == 1


def test_in_english(client: FlaskClient) -> None:
    page = Page(client)
    page.look("/chat?lang=en")
    assert "Tell us what happened" in page.html
    assert "Has money left your account?" in page.write("The shop took my money and blocked me")
    page.look("/chat?lang=th")
    assert "น่าจะเป็น" in page.tap("No") or "ใกล้กับข้อไหน" in page.html


def test_what_is_wrong_is_said_at_its_place(client: FlaskClient) -> None:
    page = Page(client)
    assert "กรุณากรอกข้อมูลช่องนี้" in page.write("  ")
    assert "ไม่เกิน 5000 ตัวอักษร" in page.write("ก" * 5001)
    assert "ก" * 100 in page.html
    assert "กรุณากรอกข้อมูลช่องนี้" in page.post("/chat/files")
    assert "ไม่รับไฟล์ชนิดของ" in page.post("/chat/files", files=(io.BytesIO(b"MZ" + bytes(60)), "a.exe"))


def test_emergency_numbers_are_one_tap_away_and_nothing_else_is(client: FlaskClient) -> None:
    page = Page(client)
    page.write(f"{STORY} โทร 1441 <b>แล้ว</b>")
    html = client.post("/chat", data={"id": page.mark(), "tap": "money=fresh"}, follow_redirects=True).get_data(
        as_text=True
    )
    assert '<a href="tel:028888888">02-888-8888</a>' in html
    assert '<a href="tel:1441">1441</a>' in html
    assert "โทร 1441 &lt;b&gt;แล้ว&lt;/b&gt;" in html


def test_the_home_page_shows_the_way(client: FlaskClient) -> None:
    assert 'href="/chat"' in client.get("/").get_data(as_text=True)
