"""The report from the first word to the receipt, without script."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from PIL import Image
from sqlalchemy import func, select

from complaints.db import db
from complaints.domain.case import Case
from complaints.domain.message import Attachment, Draft
from complaints.domain.secret import secret_matches

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

STORY = "โอนเงินซื้อหูฟังแล้วเพจบล็อกทันที"
ANSWERS = {"seller": "เพจ หูฟังถูกดี", "lost": "๓,๕๐๐.๕๐", "transferred": "วันนี้", "paid_by": "account"}
ACCOUNT = {"account-bank": "KBANK", "account": "๑๒๓-๔-๕๖๗๘๙-๐"}


def picture(size: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), "white").save(out, "PNG")
    return out.getvalue()


def post(client: FlaskClient, page: str, **data: Any) -> TestResponse:
    return client.post(f"/report/{page}", data={"go": "next", **{key.replace("__", "-"): v for key, v in data.items()}})


def write(client: FlaskClient, money: str = "older", **contact: str) -> None:
    """Everything up to the last page."""
    post(client, "story", story=STORY, money=money)
    post(client, "kind", kind="seller_fraud")
    client.post("/report/questions", data={"go": "next", **ANSWERS})
    if money != "none":
        assert client.get("/report/more").status_code == 200
        client.post("/report/more", data={"go": "next", **ACCOUNT})
    post(client, "evidence")
    post(client, "contact", **(contact or {"phone": "081 234 5678"}))


def one_case() -> Case:
    """The only case, read and let go: an open reading of the test's own would hold up the next request on SQLite."""
    case = db.session.scalars(select(Case)).one()
    assert case.attachments is not None
    assert case.promises is not None
    db.session.expunge_all()
    db.session.remove()
    return case


def count(table: type) -> int:
    rows = db.session.scalar(select(func.count()).select_from(table)) or 0
    db.session.remove()
    return rows


def one_file() -> Attachment:
    file = db.session.scalars(select(Attachment)).one()
    db.session.expunge_all()
    db.session.remove()
    return file


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_a_report_goes_all_the_way(app: Flask, client: FlaskClient) -> None:
    first = post(client, "story", story=STORY, money="older")
    assert first.location == "/report/kind"
    assert post(client, "kind", kind="seller_fraud").location == "/report/questions"
    assert client.post("/report/questions", data={"go": "next", **ANSWERS}).location == "/report/more"
    assert client.post("/report/more", data={"go": "next", **ACCOUNT}).location == "/report/evidence"
    files = {"go": "add", "files": [(io.BytesIO(picture()), "สลิป.png"), (io.BytesIO(b"hello"), "chat.txt")]}
    assert client.post("/report/evidence", data=files).location == "/report/evidence#kept"
    assert post(client, "evidence").location == "/report/contact"
    assert post(client, "contact", phone="๐๘๑ ๒๓๔ ๕๖๗๘", province="50").location == "/report/check"
    page = text(client.get("/report/check"))
    for shown in (STORY, "3,500.50 บาท", "กสิกรไทย 1234567890", "สลิป.png, chat.txt", "0812345678", "เชียงใหม่"):
        assert shown in page
    assert post(client, "check", consent="1").location == "/report/receipt"

    # Filing tells nobody; it is the page that does.
    assert one_case().acknowledged_at is None
    db.session.remove()
    receipt = text(client.get("/report/receipt"))
    case = one_case()
    assert case.acknowledged_at is not None
    assert case.number in receipt
    groups = re.search(r'class="secret-groups"[^>]*>(.*?)</p>', receipt, re.DOTALL)
    assert groups is not None
    assert secret_matches(re.sub(r"\D", "", re.sub(r"<[^>]+>", "", groups[1])), case.secret_hash)
    saved = client.get("/report/receipt.png")
    assert (saved.mimetype, case.number in saved.headers["Content-Disposition"]) == ("image/png", True)
    with Image.open(io.BytesIO(saved.data)) as image:
        assert image.width == 1080 < image.height
    assert (case.lost, case.category_code, case.province, case.person.phone) == (
        350050,
        "seller_fraud",
        "50",
        "0812345678",
    )
    assert case.answers["account"] == {"bank": "KBANK", "number": "1234567890"}
    assert (case.answers["money"], case.answers["chosen_category"]) == ("older", "seller_fraud")
    assert case.consent_at is not None
    assert [file.file_name for file in case.attachments] == ["สลิป.png", "chat.txt"]
    assert client.get("/case").status_code == 200


def test_sending_twice_makes_one_case(app: Flask, client: FlaskClient) -> None:
    write(client)
    assert post(client, "check", consent="1").location == "/report/receipt"
    assert post(client, "check", consent="1").location == "/report/receipt"
    assert client.get("/report/check").location == "/report/receipt"
    assert client.get("/report/story").location == "/report/receipt"
    assert count(Case) == 1


def test_sending_at_the_same_moment_makes_one_case(app: Flask, client: FlaskClient) -> None:
    write(client)
    cookie = client.get_cookie("draft")
    assert cookie is not None

    def send(_: int) -> str | None:
        other = app.test_client()
        other.set_cookie("draft", cookie.value)
        return other.post("/report/check", data={"go": "send", "consent": "1"}).location

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {"/report/receipt"}
    assert count(Case) == 1
    assert client.get("/report/receipt").status_code == 200


def test_the_receipt_closes_after_a_while_and_on_wish(app: Flask, client: FlaskClient) -> None:
    write(client)
    post(client, "check", consent="1")
    other = app.test_client()
    assert other.get("/report/receipt").status_code == 404
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2, minutes=1), tick=False):
        assert client.get("/report/receipt").status_code == 404
        assert client.get("/report/story").status_code == 200
    assert client.get("/report/receipt").status_code == 200
    assert client.post("/report/done").status_code == 303
    assert client.get("/report/receipt").status_code == 404
    assert client.get("/case").location == "/track"


def test_nothing_typed_is_lost_when_something_is_wrong(app: Flask, client: FlaskClient) -> None:
    answer = post(client, "story", story=STORY)
    assert answer.status_code == 422
    assert STORY in text(answer)
    assert STORY in text(client.get("/report/story"))
    post(client, "story", story=STORY, money="older")
    post(client, "kind", kind="seller_fraud")
    wrong = client.post("/report/questions", data={"go": "next", "lost": "สามพัน", "paid_by": "card"})
    assert wrong.status_code == 422
    assert 'href="#seller"' in text(wrong)
    assert 'href="#lost"' in text(wrong)
    assert "สามพัน" in text(wrong)
    back = client.post("/report/questions", data={"go": "back", "lost": "สี่พัน"})
    assert back.location == "/report/kind"
    assert "สี่พัน" in text(client.get("/report/questions"))
    assert client.post("/report/contact?go=save", data={"email": "x@"}).status_code == 204
    contact = post(client, "contact", email="x@")
    assert contact.status_code == 422
    assert 'value="x@"' in text(contact)
    assert "เขียนต่อ" in text(client.get("/"))


def test_an_example_is_added_to_what_stands_there(app: Flask, client: FlaskClient) -> None:
    assert post(client, "story", story="ของฉัน", go="example-shop").location == "/report/story#story"
    page = text(client.get("/report/story"))
    assert "ของฉัน\nซื้อ (ชื่อของ)" in page


def test_first_aid_comes_before_the_questions(app: Flask, client: FlaskClient) -> None:
    assert post(client, "story", story=STORY, money="fresh").location == "/report/aid"
    page = text(client.get("/report/aid"))
    assert "tel:1441" in page
    assert "tel:028888888" in page
    assert post(client, "aid", go="clock", transferred="วันไหนไม่รู้").status_code == 422
    with time_machine.travel(datetime(2026, 11, 23, 5, 0, tzinfo=UTC), tick=False):
        timed = app.test_client()
        post(timed, "story", story=STORY, money="fresh")
        post(timed, "aid", go="clock", transferred="22/11/2569", transferred__time="๒๑.๓๐ น.")
        assert "25 พ.ย. 2569 21:30 น." in text(timed.get("/report/aid"))
        assert (
            post(timed, "aid", go="later", transferred="22/11/2569", transferred__time="21:30").location
            == "/report/kind"
        )
        post(timed, "kind", kind="unsure")
        timed.post(
            "/report/questions",
            data={"go": "next", "lost": "500", "transferred": "22/11/2569", "transferred-time": "21:30"},
        )
        post(timed, "contact", line_id="somchai")
        assert post(timed, "check", consent="1").location == "/report/receipt"
    case = one_case()
    assert case.transferred_at == datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
    assert (case.category_code, case.answers["called_bank"]) == (None, "later")


@pytest.mark.parametrize("money", ["none", "fresh", "older", "unknown"])
def test_no_date_given_counts_as_the_moment_of_telling_only_when_fresh(
    app: Flask, client: FlaskClient, money: str
) -> None:
    post(client, "story", story=STORY, money=money)
    post(client, "kind", kind="unsure")
    client.post("/report/questions", data={"go": "next", "lost": "500"})
    post(client, "contact", email="me@example.org")
    post(client, "check", consent="1")
    case = one_case()
    assert (case.transferred_at is not None) == (money == "fresh")
    assert case.lost == (None if money == "none" else 50_000)


def test_files_are_named_when_refused_and_the_good_ones_kept(app: Flask, client: FlaskClient) -> None:
    post(client, "story", story=STORY, money="none")
    files = [(io.BytesIO(picture()), "ดี.png"), (io.BytesIO(b"MZ\x00\x01"), "ร้าย.exe"), (io.BytesIO(b""), "ว่าง.txt")]
    answer = client.post("/report/evidence", data={"go": "add", "files": files})
    assert answer.status_code == 422
    assert "ร้าย.exe" in text(answer)
    assert "ว่าง.txt" in text(answer)
    kept = one_file()
    assert kept.file_name == "ดี.png"
    folder = app.extensions["settings"].uploads_dir
    assert (folder / "original" / kept.stored_key).read_bytes() == picture()
    assert client.post("/report/evidence", data={"go": f"remove-{kept.id}"}).location == "/report/evidence#kept"
    assert count(Attachment) == 0
    many = [(io.BytesIO(f"{n}".encode()), f"{n}.txt") for n in range(11)]
    assert "10.txt" in text(client.post("/report/evidence", data={"go": "add", "files": many}))
    assert count(Attachment) == 10


def test_a_strangers_file_cannot_be_removed(app: Flask, client: FlaskClient) -> None:
    post(client, "story", story=STORY, money="none")
    client.post("/report/evidence", data={"go": "add", "files": [(io.BytesIO(b"hello"), "a.txt")]})
    stranger = app.test_client()
    post(stranger, "story", story="อีกคน", money="none")
    file_id = one_file().id
    stranger.post("/report/evidence", data={"go": f"remove-{file_id}"})
    assert count(Attachment) == 1


def test_what_is_missing_leads_to_its_page(app: Flask, client: FlaskClient) -> None:
    assert client.get("/report/check").location == "/report/story"
    post(client, "story", story=STORY, money="older")
    assert client.get("/report/check").location == "/report/kind?to=check&missing=1"
    post(client, "kind", kind="seller_fraud")
    gap = client.get("/report/check").location
    assert gap == "/report/questions?to=check&missing=1"
    assert 'href="#seller"' in text(client.get(gap))
    client.post("/report/questions", data={"go": "next", **ANSWERS})
    assert client.get("/report/check").location == "/report/contact?to=check&missing=1"
    assert post(client, "check", consent="1").location == "/report/check"
    assert count(Case) == 0


def test_a_change_from_the_last_page_leads_back_to_it(app: Flask, client: FlaskClient) -> None:
    write(client)
    changed = client.post("/report/contact?to=check", data={"go": "next", "line_id": "somchai"})
    assert changed.location == "/report/check"
    kind = client.post("/report/kind?to=check", data={"go": "next", "kind": "illegal_website"})
    assert kind.location == "/report/questions?to=check"
    answered = client.post(
        "/report/questions?to=check", data={"go": "next", "site": "bet.example", "content": "gambling"}
    )
    assert answered.location == "/report/check"
    post(client, "check", consent="1")
    case = one_case()
    assert case.category_code == "illegal_website"
    assert "seller" not in case.answers


def test_without_consent_nothing_is_sent(app: Flask, client: FlaskClient) -> None:
    write(client)
    answer = post(client, "check")
    assert answer.status_code == 422
    assert 'href="#consent"' in text(answer)
    assert count(Case) == 0


def test_a_draft_lives_seven_days_and_can_be_erased(app: Flask, client: FlaskClient) -> None:
    post(client, "story", story=STORY, money="none")
    client.post("/report/evidence", data={"go": "add", "files": [(io.BytesIO(b"hello"), "a.txt")]})
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6, hours=23), tick=False):
        assert STORY in text(client.get("/report/story"))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, hours=1), tick=False):
        assert STORY not in text(client.get("/report/story"))
    assert client.post("/report/discard").status_code == 303
    assert (count(Draft), count(Attachment)) == (0, 0)
    assert not list((app.extensions["settings"].uploads_dir / "original").rglob("*.*"))


def test_the_receipt_goes_to_an_address_left_later(app: Flask, client: FlaskClient) -> None:
    write(client)
    post(client, "check", consent="1")
    assert client.post("/report/receipt", data={"email": "no"}).status_code == 422
    assert client.post("/report/receipt", data={"email": "me@example.org"}).location == "/report/receipt"
    assert "me@example.org" in text(client.get("/report/receipt"))
    case = one_case()
    assert case.person.email == "me@example.org"
    promised = [row for row in case.promises if row.payload.get("letter") == "receipt"]
    assert len(promised) == 2
    again = client.post("/report/receipt", data={"email": "other@example.org"})
    assert again.status_code == 422
    assert one_case().person.email == "me@example.org"


def test_the_machines_guess_is_asked_about(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "complaints.web.suggest.suggest", lambda _folder, _story: type("Guess", (), {"category": "financial_scam"})()
    )
    post(client, "story", story=STORY, money="none")
    page = text(client.get("/report/kind"))
    assert "หลอกลวงทางการเงิน" in page
    assert "ซื้อของออนไลน์แล้วถูกโกง" not in page
    refused = post(client, "kind", kind="other")
    assert refused.location == "/report/kind?choose=1"
    assert "ซื้อของออนไลน์แล้วถูกโกง" in text(client.get(refused.location))
    assert post(client, "kind").status_code == 422
    assert post(client, "kind", kind="financial_scam").location == "/report/questions"


def test_every_page_speaks_both_languages(app: Flask, client: FlaskClient) -> None:
    write(client)
    pages = ("/", "/first-aid", "/check", "/privacy", "/accessibility", "/track", "/report/story", "/report/kind")
    steps = ("/report/questions", "/report/more", "/report/evidence", "/report/contact", "/report/check")
    for language in ("th", "en"):
        for page in (*pages, *steps):
            answer = client.get(f"{page}?lang={language}")
            assert answer.status_code == 200, page
            assert f'<html lang="{language}">' in text(answer)
            assert len(answer.get_data()) < 100_000
