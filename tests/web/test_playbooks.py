"""Playbooks: kept by supervisors, read at the case and on the telephone, told to the public from the same source."""

from __future__ import annotations

import html
import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from classifiers.taxonomy import load_taxonomy
from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.agency import Category
from complaints.domain.audit import AuditEntry
from complaints.domain.errors import StaleRecord
from complaints.domain.message import Draft
from complaints.domain.playbook import FIELDS, FIRST_AID, PARTS, Playbook
from complaints.services import playbooks
from tests.centre import actor, sign_in
from tests.services.scene import at_once, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PAGES = "/oversight/playbooks"
HEAVIEST = 100_000


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def form(topic: str) -> dict[str, str]:
    """What stands in the form of a topic."""
    found = playbooks.in_force(db.session(), topic)
    assert found is not None
    given = {field: getattr(found, field) for field in FIELDS}
    next_year = datetime.now(UTC).year + 1
    kept = given | {"seen": str(found.number), "review_by": f"1/2/{next_year + 543}"}
    db.session.remove()
    return kept


def grown_old(topic: str) -> None:
    """Nobody looked at a topic since its day came."""
    with unit_of_work() as session:
        found = playbooks.in_force(session, topic)
        assert found is not None
        row = Playbook(topic=topic, number=found.number + 1, at=found.at, account_id=None)
        for field in FIELDS:
            setattr(row, field, getattr(found, field))
        row.review_by = datetime.now(UTC).date() - timedelta(days=3)
        session.add(row)
    db.session.remove()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_first_aid_is_changed_once_and_told_everywhere(app: Flask, client: FlaskClient, role: Role) -> None:
    sign_in(client, role)
    given = form(FIRST_AID)
    for field, wrong, said in (
        ("advice_th", " \n ", "กรุณากรอก"),
        ("ask_en", "\n".join("a" * 9), "ไม่เกิน 8 ข้อ"),
        ("refer_th", "ก" * 301, "300 ตัวอักษร"),
        ("sources_en", "One Act\nAnother Act", "ภาษาไทยมี 1 ข้อ ภาษาอังกฤษมี 2 ข้อ"),
        ("review_by", "1/2/2560", "ตั้งแต่พรุ่งนี้"),
        ("review_by", "31/12/2599", "สองปี"),
        ("review_by", "สักวัน", "วันที่"),
        ("review_by", "", "กรุณากรอก"),
    ):
        answer = client.post(f"{PAGES}/{FIRST_AID}", data=given | {field: wrong})
        assert (answer.status_code, f'href="#{field}"' in text(answer)) == (422, True), (field, wrong)
        assert said in text(answer)
    old = given["advice_th"].split("\n")[0]
    new = given | {"advice_th": "• โทร <ก่อน> เสมอ\n\n- อย่าลบ", "advice_en": "Call first\nDelete nothing"}
    for _ in range(2):
        assert client.post(f"{PAGES}/{FIRST_AID}", data=new).status_code in {303, 409}
    page = text(client.get(f"{PAGES}/{FIRST_AID}"))
    assert old in page.split("ฉบับที่ 1")[1], "what it said before can be read"
    assert "ฉบับที่ 2 ·" in page
    assert client.post(f"{PAGES}/{FIRST_AID}", data=new | {"seen": "2"}).status_code == 303, "nothing new"
    agent = app.test_client()
    sign_in(agent, Role.AGENT)
    aloud = agent.post("/desk/new/look", data={"story": "โอนไปแล้ว", "day": "วันนี้"})
    citizen = app.test_client()
    citizen.post("/report/story?go=next", data={"story": "โอนเงินซื้อของแล้วร้านบล็อก", "money": "fresh"})
    for told in (aloud, citizen.get("/first-aid"), citizen.get(f"/advice/{FIRST_AID}"), citizen.get("/report/aid")):
        assert "<li>โทร &lt;ก่อน&gt; เสมอ</li>" in told.get_data(as_text=True), told.request.path
        assert old not in text(told)
    with unit_of_work() as session:
        draft = session.scalars(select(Draft)).one()
        draft.data = {**draft.data, "suggested": "seller_fraud"}
    assert 'href="/advice/seller_fraud"' in text(citizen.get("/report/kind"))
    assert "Delete nothing" in text(citizen.get("/first-aid?lang=en"))
    assert agent.get(PAGES).status_code == 403
    told_of = db.session.scalars(select(AuditEntry)).all()
    assert [(row.what, row.about, row.after["version"]) for row in told_of] == [("playbook_changed", FIRST_AID, 2)]
    assert db.session.scalar(select(func.max(Playbook.number))) == 2
    db.session.remove()


def test_the_case_shows_the_playbook_of_its_kind_and_whether_its_review_is_overdue(
    app: Flask, client: FlaskClient
) -> None:
    number = in_triage(category="health_product")
    agent = app.test_client()
    sign_in(agent, Role.AGENT)
    asked: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    page = text(agent.get(f"/desk/case/{number}"))
    event.remove(db.engine, "before_cursor_execute", hear)
    assert sum("FROM playbook" in statement for statement in asked) == 1
    book = form("health_product")
    for field in ("ask_th", "advice_th", "refer_th", "sources_th"):
        for point in book[field].split("\n"):
            assert point in page
    assert "เกินวันทบทวน" not in page
    grown_old("health_product")
    assert "เกินวันทบทวน" in text(agent.get(f"/desk/case/{number}"))
    sign_in(client, Role.SUPERVISOR)
    page = text(client.get(PAGES))
    assert "ต้องทบทวน 1 หัวข้อ" in page
    assert re.search(r"คู่มือและคำแนะนำ</span>\s*<span class=\"count\">1</span>", page)
    assert "เกินกำหนดทบทวน" in text(client.get("/advice/health_product"))
    assert client.post(f"{PAGES}/health_product", data=form("health_product")).status_code == 303
    page = text(client.get(PAGES))
    assert "ต้องทบทวน" not in page, "looked at again: the same words with a later day are a new version"
    assert form("health_product")["seen"] == "3"
    decided = {"version": the_case(db.session(), number).version, "category": "personal_data", "where": "nowhere"}
    db.session.remove()
    assert agent.post(f"/desk/case/{number}/decide", data=decided).status_code == 303
    page = text(agent.get(f"/desk/case/{number}"))
    assert form("personal_data")["refer_th"].split("\n")[0] in page
    assert book["refer_th"].split("\n")[0] not in page, "what a person decided counts, not what was suggested"
    complainant = app.test_client()
    with complainant.session_transaction() as cookie:
        cookie["track"] = {"case": the_case(db.session(), number).id, "until": int(time.time()) + 600}
    db.session.remove()
    assert 'href="/advice/personal_data"' in text(complainant.get("/case"))


def test_the_public_finds_a_topic_by_words_in_a_run_and_in_any_spelling(client: FlaskClient) -> None:
    def found(asked: str, language: str = "th") -> tuple[list[str], str]:
        answer = client.get("/advice", query_string={"q": asked, "lang": language})
        assert answer.status_code == 200
        assert len(answer.data) < HEAVIEST
        page = text(answer)
        return re.findall(r'href="/advice/([a-z_]+)"', page), page

    everything, _ = found("")
    assert set(everything) == {FIRST_AID, *load_taxonomy().categories}
    for asked, first in (
        ("ดูดเงิน", "financial_scam"),
        ("แอพดูดเงิน", "financial_scam"),
        ("ขมขู", "harassment_defamation"),
        ("เลข อย.", "health_product"),
        ("REFUND", "purchase_dispute"),
        ("คุ้มครองข้อมูลส่วนบุคคล", "personal_data"),
        ("ปลั้ก", "product_standard"),
    ):
        codes, page = found(asked)
        assert codes[0] == first, (asked, codes)
        assert len(codes) < len(everything)
        assert codes == found(asked, "en")[0], "the same in both languages"
    codes, page = found("หมวกกันน็อกไม่มี มอก. แตกร้าว")
    assert codes[0] == "product_standard"
    assert "ใกล้ที่สุด" in page
    codes, page = found("qwxzv")
    assert (codes, "ไม่พบหัวข้อ" in page) == ([], True)
    for asked in ("...", "\x00", "<b>"):
        assert "<b>" not in client.get("/advice", query_string={"q": asked}).get_data(as_text=True)
    refused = client.get("/advice", query_string={"q": "ก" * 201})
    assert (refused.status_code, 'href="#q"' in text(refused)) == (422, True)
    for code in everything:
        for language, other in (("th", "en"), ("en", "th")):
            answer = client.get(f"/advice/{code}?lang={language}")
            assert len(answer.data) < HEAVIEST
            book = playbooks.in_force(db.session(), code)
            assert book is not None
            shown = text(answer)
            assert all(point in shown for part in PARTS for point in book.points(part, language)), code
            assert book.points("advice", other)[0] not in shown
            db.session.remove()
    assert client.get("/advice/nonsense").status_code == 404
    assert "/advice" in text(client.get("/"))


def test_what_comes_with_the_centre_is_whole_and_stays_as_people_changed_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed, came = playbooks.built_in()
    assert set(came) == {FIRST_AID, *load_taxonomy().categories}
    supervisor, today = actor(Role.SUPERVISOR), datetime.now(UTC)
    for code, written in came.items():
        for part in PARTS:
            thai, english = (getattr(written, f"{part}_{tongue}").split("\n") for tongue in ("th", "en"))
            assert all(re.search("[ก-ฮ]", point) for point in thai), code
            assert not any(re.search("[ก-ฮ]", point) for point in english), code
        later = replace(written, review_by=today.date() + timedelta(days=30))
        with unit_of_work() as session:
            playbooks.change(session, code, 1, later, supervisor, today)
    with unit_of_work() as session:
        playbooks.seed(session)
        assert session.scalar(select(func.count()).select_from(Playbook)) == 2 * len(came)
    with unit_of_work() as session:
        session.add(Category(code="new", agency_code="OCPB", group_code="x", name_th="ใหม่", name_en="New"))
    first = replace(came["seller_fraud"], review_by=today.date() + timedelta(days=9))
    assert playbooks.in_force(db.session(), "new") is None
    db.session.remove()

    def write(_turn: int) -> None:
        with unit_of_work() as session:
            playbooks.change(session, "new", 0, first, supervisor, today)

    both = at_once(app, 2, write)
    assert [type(one) for one in both if one is not None] == [StaleRecord]
    monkeypatch.setattr(playbooks, "built_in", lambda: (date(2026, 1, 1), {**came, "later": first}))
    assert playbooks.advice(db.session(), "later", "en") == first.advice_en.split("\n"), "told before it was brought in"
    db.session.remove()
    assert reviewed <= today.date()
