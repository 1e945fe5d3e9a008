"""Following one's own case, and having the last word."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from PIL import Image

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.lifecycle import State
from complaints.services import access, follow, handle, triage
from complaints.services.letters import LETTERS, track_token
from tests.centre import KEY, actor, classified, file_case
from tests.filing import look_into_all

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from complaints.domain.case import Case
    from config import Settings


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def enter(client: FlaskClient, number: str, secret: str) -> TestResponse:
    return client.post("/track", data={"number": number, "secret": secret})


def with_police(number: str, *steps: str) -> None:
    police = actor(Role.PARTNER)
    now = datetime.now(UTC)
    for step in steps:
        with unit_of_work() as session:
            case = access.get_for_change(session, number, police, None)
            referral = case.referrals[0]
            if step == "accept":
                handle.accept(case, referral, police, now)
            elif step == "ask":
                handle.ask(session, case, referral, "ขอสลิป <b>โอนเงิน</b>", police, now)
            elif step == "note":
                handle.note(session, case, referral, "บันทึกลับของตำรวจ", police, now)
            elif step == "answer":
                handle.answer(session, case, referral, "refunded_full", "คืนเงินครบแล้ว", 350_000, police, now)
    db.session.remove()


def found(number: str, secret: str) -> Case:
    """The case, read and let go: an open reading of the test's own would hold up the next request on SQLite."""
    case = follow.find(db.session(), number, secret)
    assert case is not None
    assert case.attachments is not None
    db.session.expunge_all()
    db.session.remove()
    return case


def state_of(number: str, secret: str) -> str:
    return found(number, secret).state


def test_wrong_number_and_wrong_secret_look_the_same(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    other = "70-999999-" + "0"
    wrong_secret = enter(client, number, "1" * 20)
    wrong_number = enter(client, other, secret)
    assert wrong_secret.status_code == wrong_number.status_code == 422
    token = re.compile(r'nonce="[^"]*"|csrf_token" value="[^"]*"|70-\d{6}-\d')
    assert token.sub("", text(wrong_secret)) == token.sub("", text(wrong_number))
    assert client.get("/case").location == "/track"


def test_guessing_is_slowed_down(limited_app: Flask) -> None:
    client = limited_app.test_client()
    page = text(client.get("/track"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    answers = [
        client.post("/track", data={"number": "70-000001-5", "secret": "1" * 20, "csrf_token": token[1]}).status_code
        for _ in range(12)
    ]
    assert answers[:10] == [422] * 10
    assert 429 in answers[10:]


def test_number_and_secret_open_the_case_however_typed(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    thai = secret.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    opened = enter(client, f" {number.replace('-', ' ')} ", " ".join(thai[n : n + 4] for n in range(0, 20, 4)))
    assert opened.location == "/case"
    assert number in text(client.get("/case"))
    assert client.post("/case/leave").location == "/"
    assert client.get("/case").location == "/track"


def test_the_link_of_a_letter_opens_the_case(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    token = track_token(found(number, secret), KEY)
    assert client.get(f"/t/{token}x").status_code == 404
    assert client.get(f"/t/{token}?lang=en").location == "/case"
    assert "We have received your complaint" in text(client.get("/case"))


def test_a_referral_waits_for_the_agencys_receipt(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    enter(client, number, secret)
    assert "เจ้าหน้าที่อ่านเรื่องของคุณภายใน" in text(client.get("/case"))
    classified(number)
    page = text(client.get("/case"))
    assert "รอหน่วยงานยืนยันรับเรื่อง" in page
    assert "หน่วยงานยืนยันว่าได้รับเรื่องภายใน" in page
    with_police(number, "accept", "note")
    page = text(client.get("/case"))
    assert "หน่วยงานตอบคุณภายใน" in page
    assert "สำนักงานตำรวจแห่งชาติ" in page
    assert "บันทึกลับ" not in page


def test_silence_and_a_missed_date_are_said(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=9), tick=False):
        enter(client, number, secret)
        page = text(client.get("/case"))
    assert "ยังไม่มีความคืบหน้าตั้งแต่" in page
    assert "(9 วัน)" in page
    assert "เลยวันที่เราบอกไว้แล้ว" in page


def test_a_question_is_answered_with_files(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    classified(number)
    with_police(number, "accept", "ask")
    enter(client, number, secret)
    page = text(client.get("/case"))
    assert "ขอสลิป &lt;b&gt;โอนเงิน" in page
    assert client.post("/case/write", data={"body": " "}).status_code == 422
    refused = client.post("/case/write", data={"body": "นี่ค่ะ", "files": [(io.BytesIO(b"MZ\x00"), "ร้าย.exe")]})
    assert refused.status_code == 422
    assert "ร้าย.exe" in text(refused)
    assert "นี่ค่ะ" in text(refused)
    assert state_of(number, secret) == State.WAITING
    sent = client.post("/case/write", data={"files": [(io.BytesIO(b"hello"), "สลิป.txt")]})
    assert sent.location == "/case#messages"
    assert state_of(number, secret) == State.IN_PROGRESS
    page = text(client.get("/case"))
    assert "ส่งไฟล์เพิ่ม 1 ไฟล์" in page
    assert "สลิป.txt" in page


def test_solved_then_rated_then_not_solved_after_all(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    classified(number)
    with_police(number, "accept", "answer")
    enter(client, number, secret)
    page = text(client.get("/case"))
    assert "คืนเงินครบแล้ว" in page
    assert "3,500.00" in page
    assert client.post("/case/confirm").location == "/case#rate"
    assert state_of(number, secret) == State.CLOSED
    assert client.post("/case/rate", data={"score": "9"}).status_code == 422
    assert client.post("/case/rate", data={"score": "4", "score_reason": "เร็ว"}).status_code == 303
    case = found(number, secret)
    assert (case.score, case.score_reason) == (4, "เร็ว")
    empty = client.post("/case/dispute", data={"reason": ""})
    assert empty.status_code == 422
    assert 'href="#reason"' in text(empty)
    assert client.post("/case/dispute", data={"reason": "ยังไม่ได้เงิน"}).location == "/case"
    assert state_of(number, secret) == State.REOPENED
    late = client.post("/case/confirm", follow_redirects=True)
    assert "สถานะของเรื่องเปลี่ยนไปแล้ว" in text(late)


def test_the_last_word_has_an_end(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    classified(number)
    with_police(number, "accept", "answer")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
        enter(client, number, secret)
        assert "/case/dispute" not in text(client.get("/case"))
        client.post("/case/dispute", data={"reason": "ยังไม่ได้เงิน"})
    assert state_of(number, secret) == State.RESOLVED


def test_withdrawing(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    enter(client, number, secret)
    assert client.post("/case/withdraw", data={"withdraw_reason": ""}).location == "/case"
    assert state_of(number, secret) == State.WITHDRAWN
    assert "คุณถอนเรื่องแล้ว" in text(client.get("/case"))


def test_files_are_served_to_their_owner_only(app: Flask, client: FlaskClient, settings: Settings) -> None:
    number, secret = file_case()
    enter(client, number, secret)
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "white").save(out, "PNG")
    client.post("/case/write", data={"files": [(io.BytesIO(out.getvalue()), "สลิป.png"), (io.BytesIO(b"a"), "a.txt")]})
    ids = [file.id for file in found(number, secret).attachments]
    assert client.get(f"/file/{ids[0]}").status_code == 409
    look_into_all(settings)
    db.session.remove()
    shown = client.get(f"/file/{ids[0]}")
    assert shown.mimetype == "image/webp"
    original = client.get(f"/file/{ids[0]}?original=1")
    assert original.get_data() == out.getvalue()
    words = client.get(f"/file/{ids[1]}")
    assert (words.mimetype, words.get_data()) == ("text/plain", b"a")
    assert words.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in words.headers["Content-Security-Policy"]
    for answer in (original, client.get(f"/file/{ids[1]}?original=1")):
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        answer.close()
    shown.close()
    stranger = app.test_client()
    assert stranger.get(f"/file/{ids[0]}").location == "/track"
    enter(stranger, *file_case())
    assert stranger.get(f"/file/{ids[0]}").status_code == 404


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_letter_can_be_read_on_the_page(app: Flask, client: FlaskClient, language: str) -> None:
    number, secret = file_case(language=language, email="me@example.org")
    with unit_of_work() as session:
        case = access.get_for_change(session, number, actor(Role.AGENT), None)
        for name in LETTERS:
            case.promise_letter(datetime.now(UTC), name, agency="POLICE", into="70-000009-9")
    enter(client, number, secret)
    page = text(client.get("/case"))
    assert page.count('class="as-written letter"') == len(LETTERS)
    assert f'<span lang="{language}">' in page
    assert "/t/" not in page
    assert "me@example.org" in page


def test_answered_by_the_centre_is_told_as_the_centre(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    classified(number, sure=False)
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, agent, None)
        triage.resolve(session, case, "explained", "ทำตามนี้", agent, datetime.now(UTC))
    enter(client, number, secret)
    page = text(client.get("/case"))
    assert "ทำตามนี้" in page
    assert agent.name not in page


def test_an_address_can_be_left_on_the_page(app: Flask, client: FlaskClient) -> None:
    number, secret = file_case()
    enter(client, number, secret)
    assert client.post("/case/address", data={"email": "no"}).status_code == 422
    assert client.post("/case/address", data={"email": "me@example.org"}).location == "/case"
    assert client.get("/case/address").location == "/case"
    assert "me@example.org" in text(client.get("/case"))
