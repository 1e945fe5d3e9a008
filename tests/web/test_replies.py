"""Reply templates: kept by supervisors, filled at the case, read and edited before they are sent."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.errors import InvalidInput
from complaints.domain.message import Message
from complaints.domain.reply import USES, Reply, address, fill
from complaints.domain.thai_time import show_date
from complaints.services import replies
from tests.centre import sign_in
from tests.services.scene import in_triage, referred, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

GIVEN = {
    "use": "ask",
    "category_code": "",
    "title_th": "ขอสลิป",
    "title_en": "Ask for the slip",
    "body_th": "{name} ส่งสลิปของ {number} ภายใน {deadline}",
    "body_en": "{name}, send the slip of {number} by {deadline}",
}
PAGES = "/oversight/replies"


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def newest() -> tuple[int, int]:
    """The newest template and its version."""
    row = db.session.scalars(select(Reply).order_by(Reply.id.desc()).limit(1)).one()
    found = row.id, row.text.number
    db.session.remove()
    return found


def insert(client: FlaskClient, number: str, verb: str, template: object, **typed: Any) -> TestResponse:
    version = the_case(db.session(), number).version
    db.session.remove()
    return client.post(f"/desk/case/{number}/insert/{verb}", data={"version": version, "template": template, **typed})


def box(page: str, verb: str) -> str:
    """What stands in a form's large box."""
    found = re.search(rf'<textarea[^>]* id="{verb}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_a_template_is_written_tried_changed_and_switched_off(app: Flask, client: FlaskClient, role: Role) -> None:
    number = in_triage(name="นางสาวมาลี ใจดี")
    sign_in(client, role)
    for field, wrong, said in (
        ("body_th", "ส่ง {slip_no}", "{slip_no}"),
        ("body_en", "send {number", "ปีกกา"),
        ("title_en", "", "กรุณากรอก"),
        ("use", "sing", "ใช้เมื่อใด"),
        ("category_code", "nonsense", "ประเภท"),
    ):
        answer = client.post(f"{PAGES}/new", data=GIVEN | {field: wrong})
        assert (answer.status_code, f'href="#{field}"' in text(answer)) == (422, True), field
        assert said in text(answer)
    assert client.post(f"{PAGES}/new", data=GIVEN).status_code == 303
    template, seen = newest()
    agent = app.test_client()
    sign_in(agent, Role.AGENT)
    page = text(insert(agent, number, "ask", template, body="สวัสดีค่ะ"))
    due = show_date(the_case(db.session(), number).final_by, "th")
    words = f"คุณมาลี ใจดี ส่งสลิปของ {number} ภายใน {due}"
    assert box(page, "ask-body") == f"สวัสดีค่ะ\n\n{words}"
    assert f'<option value="{template}"' not in page.split('id="resolve-template"')[1]
    case = the_case(db.session(), number)
    assert (case.state, case.messages) == ("triage", [])
    version = case.version
    db.session.remove()
    assert words in box(text(agent.get(f"/desk/case/{number}")), "ask-body"), "kept as a draft"
    agent.post(f"/desk/case/{number}/ask", data={"version": version, "body": words + " ด้วย"})
    changed = GIVEN | {"body_th": "ส่งสลิป", "seen": seen}
    assert client.post(f"{PAGES}/{template}", data=changed).status_code == 303
    assert db.session.scalars(select(Message.body)).all() == [words + " ด้วย"], "what was sent stays sent"
    db.session.remove()
    page = text(client.get(f"{PAGES}/{template}"))
    assert GIVEN["body_th"] in page.split("ฉบับที่ 1")[1], "what it said before can be read"
    stale = client.post(f"{PAGES}/{template}", data=changed | {"body_th": "อื่น"})
    assert (stale.status_code, newest()[1]) == (409, 2)
    assert client.post(f"{PAGES}/{template}/switch", data={"on": "0"}).status_code == 303
    assert f'<option value="{template}"' not in text(agent.get(f"/desk/case/{number}"))
    assert insert(agent, number, "ask", template).status_code == 422
    told = db.session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)).all()
    db.session.remove()
    assert told == ["reply_added", "reply_changed", "reply_switched"]


def test_what_a_case_lacks_is_said_and_nothing_typed_is_lost(client: FlaskClient) -> None:
    number = in_triage()
    sign_in(client, Role.AGENT)
    progress = next(row.id for row in db.session.scalars(select(Reply)) if row.key == "write_progress")
    db.session.remove()
    answer = insert(client, number, "write", progress, body="พิมพ์แล้ว")
    assert (answer.status_code, box(text(answer), "write-body")) == (422, "พิมพ์แล้ว")
    assert "ยังไม่ได้ส่งหน่วยงานใด" in text(answer)
    for wrong in ("", "nonsense", "99999999999", progress):
        assert insert(client, number, "ask", wrong).status_code == 422


def test_words_put_into_an_old_page_are_not_sent_over_what_others_did(client: FlaskClient) -> None:
    number = in_triage()
    sign_in(client, Role.AGENT)
    version = the_case(db.session(), number).version
    template = next(row.id for row in db.session.scalars(select(Reply)) if row.key == "ask_slip")
    db.session.remove()
    assert client.post(f"/desk/case/{number}/note", data={"version": version, "body": "ก่อน"}).status_code == 303
    page = text(client.post(f"/desk/case/{number}/insert/ask", data={"version": version, "template": template}))
    assert f'name="version" value="{version}"' in page
    answer = client.post(f"/desk/case/{number}/ask", data={"version": version, "body": "ส่งสลิป"})
    assert answer.status_code == 409


def test_every_template_that_comes_with_the_centre_says_all_it_means_in_both_languages(app: Flask) -> None:
    for language in ("th", "en"):
        number = referred("POLICE", name="Malee", language=language)
        session = db.session()
        case = the_case(session, number)
        offered = replies.fitting(session, None)
        assert all(offered[use] for use in USES)
        assert len(replies.listed(session)) == len(replies.built_in()) >= 10
        for row in replies.listed(session):
            words = replies.filled(session, case, row.id, row.text.use, "https://centre.example")
            assert "{" not in words, row.key
            assert row.text.category_code is None or session.get_one(replies.Category, row.text.category_code)
            assert (re.search("[ก-ฮ]", words) is None) == (language == "en"), row.key
        db.session.remove()


def test_words_that_a_citizen_gave_are_never_read_as_holes() -> None:
    assert fill("{name} {number}", {"name": "{hotline}", "number": "1"}) == "{hotline} 1"
    with pytest.raises(InvalidInput) as refused:
        fill("{agency}", {"agency": ""})
    assert refused.value.values["reason"] == "no_agency"


@pytest.mark.parametrize(
    ("name", "thai", "english"),
    [
        ("นางสาว มาลี  ใจดี", "คุณมาลี ใจดี", "นางสาว มาลี ใจดี"),
        ("นายสมชาย", "คุณสมชาย", "นายสมชาย"),
        ("คุณากร", "คุณคุณากร", "คุณากร"),
        ("John", "คุณ John", "John"),
        (" ", "ผู้ร้องเรียน", "complainant"),
    ],
)
def test_people_are_addressed_politely(name: str, thai: str, english: str) -> None:
    assert (address(name, "th"), address(name, "en")) == (thai, english)
