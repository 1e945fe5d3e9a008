"""Macros and many cases at once: chosen, told case by case, done each by itself, taken back."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.deed import Deed
from complaints.domain.macro import Macro
from complaints.domain.message import Message
from complaints.domain.reply import Reply
from tests.centre import sign_in
from tests.services.scene import actions_of, in_triage, referred, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PAGES = "/oversight/macros"
HIDDEN = re.compile(r'<input type="hidden" name="(batch|seen|do|words|outcome|told)" value="([^"]*)">')


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def template(key: str) -> int:
    found = db.session.scalars(select(Reply.id).where(Reply.key == key)).one()
    db.session.remove()
    return found


def state(*numbers: str) -> list[str]:
    found = [the_case(db.session(), number).state for number in numbers]
    db.session.remove()
    return found


def confirmed(page: str) -> dict[str, Any]:
    """What the form that does it sends."""
    form = page.split('action="/desk/doing/go"')[1]
    found: dict[str, Any] = {"told": []}
    for name, value in HIDDEN.findall(form):
        if name == "told":
            found["told"].append(value)
        else:
            found[name] = html.unescape(value)
    return found


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, Role.AGENT)
    return client


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_a_macro_is_written_looked_at_run_and_undone(
    app: Flask, client: FlaskClient, agent: FlaskClient, role: Role
) -> None:
    number, progress = in_triage(name="มาลี"), template("write_progress")
    given = {"name_th": "รับแล้วบอก", "name_en": "Accept and tell", "move-1": "accept", "move-3": f"write:{progress}"}
    sign_in(client, role)
    assert "ยังไม่มีมาโคร" in text(client.get(PAGES))
    for field, wrong, said in (
        ("name_en", {"name_en": ""}, "กรุณากรอก"),
        ("move-1", {"move-1": "", "move-3": ""}, "กรุณาเลือก"),
        ("move-1", {"move-1": "refer"}, "กรุณาเลือก"),
        ("move-1-words", {"move-1": "snooze:days"}, "กรุณากรอก"),
        ("move-2-outcome", {"move-3": f"resolve:{progress}"}, "ผลการดำเนินการ"),
    ):
        answer = client.post(f"{PAGES}/new", data=given | wrong)
        assert (answer.status_code, said in text(answer)) == (422, True), wrong
        assert f'href="#{field}"' in text(answer), wrong
    assert client.post(f"{PAGES}/new", data=given).status_code == 303
    macro = db.session.scalars(select(Macro.id)).one()
    db.session.remove()
    assert f'<option value="macro:{macro}">รับแล้วบอก' in text(agent.get(f"/desk/case/{number}"))
    page = text(agent.post("/desk/doing", data={"case": number, "do": f"macro:{macro}"}))
    for words in ("รับข้อเสนอของระบบ", "รอคัดแยก → รอหน่วยงานรับเรื่อง", "จดหมายแจ้งการส่งต่อ", f"คุณมาลี เรื่อง {number} อยู่ที่"):
        assert words in page
    assert state(number) == ["triage"], "it was only told"
    changed = given | {"move-2": "take", "seen": "1"}
    assert client.post(f"{PAGES}/{macro}", data=changed).status_code == 303
    assert client.post(f"{PAGES}/{macro}", data=given | {"seen": "1"}).status_code == 409
    again = agent.post("/desk/doing/go", data=confirmed(page))
    assert (again.status_code, state(number)) == (409, ["triage"]), "the macro is another one by now"
    done = agent.post("/desk/doing/go", data=confirmed(text(again)), follow_redirects=True)
    assert (done.request.path, state(number)) == (f"/desk/case/{number}", ["referred"])
    deed = re.search(r'action="/desk/deed/(\d+)/undo"', text(done))
    assert deed is not None
    undone = agent.post(f"/desk/deed/{deed[1]}/undo", data={"number": number}, follow_redirects=True)
    assert "เลิกทำแล้ว" in text(undone)
    assert state(number) == ["triage"]
    twice = agent.post(f"/desk/deed/{deed[1]}/undo", data={"number": number}, follow_redirects=True)
    assert "เลิกทำไปแล้ว" in text(twice)
    assert client.post(f"{PAGES}/{macro}/switch", data={"on": "0"}).status_code == 303
    off = agent.post("/desk/doing", data={"case": number, "do": f"macro:{macro}"})
    assert (off.status_code, f"macro:{macro}" in text(agent.get(f"/desk/case/{number}"))) == (422, False)
    assert "รับข้อเสนอของระบบ" in text(client.get(f"{PAGES}/{macro}")).split("ฉบับที่ 1")[1]
    told = db.session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)).all()
    db.session.remove()
    assert told == ["macro_added", "macro_changed", "macro_switched"]


def test_many_cases_are_told_done_and_undone_each_by_itself(agent: FlaskClient) -> None:
    cases = [in_triage(name=f"ก{turn}") for turn in range(3)]
    away = referred()
    listed = text(agent.get("/desk?queue=open"))
    assert all(f'name="case" value="{number}" form="choosing"' in listed for number in (*cases, away))
    assert 'form="choosing"' not in text(agent.get(f"/desk/case/{away}?queue=open")), "beside a case nothing is ticked"
    everything = re.findall(r'name="all" value="([^"]*)"', listed)
    asked = text(agent.post("/desk/doing", data={"all": everything, "case": cases[0], "do": "note"}))
    assert ("โปรดกรอกด้านล่าง" in asked, "/desk/doing/go" in asked) == (True, False), "words are asked for, not missed"
    assert sorted(re.findall(r'name="case" value="([^"]*)"', asked)) == sorted([*cases, away]), "each once"
    assert '<option value="others"' in listed
    offered = agent.post("/desk/doing", data={"case": cases, "do": "others"})
    assert offered.status_code == 200, "whoever wants to see everything is not blamed"
    assert all(one in text(offered) for one in ("เลือกสิ่งที่จะทำ", "decide:seller_fraud", "refer:POLICE"))
    assert "โปรดกรอกด้านล่าง" not in text(offered)
    given = {"case": [*cases, away], "do": "accept", "queue": "open"}
    page = text(agent.post("/desk/doing", data=given))
    assert page.count("ทำไม่ได้:") == 1
    form = confirmed(page)
    assert [told.partition(":")[0] for told in form["told"]] == cases, "what is impossible is not even sent"
    first, _, seen = form["told"][0].partition(":")
    agent.post(f"/desk/case/{first}/note", data={"version": seen, "body": "ก่อน"})
    for _twice in range(2):
        answer = agent.post("/desk/doing/go", data=form, follow_redirects=True)
        assert "ทำแล้ว 2 จาก 3 เรื่อง" in text(answer)
        assert "มีการบันทึกทับ" in text(answer), "somebody was faster"
        assert state(*cases) == ["triage", "referred", "referred"]
    assert actions_of(db.session(), cases[1]).count("refer") == 1, "pressed twice it is done once"
    db.session.remove()
    batch = form["batch"]
    version = the_case(db.session(), cases[1]).version
    db.session.remove()
    agent.post(f"/desk/case/{cases[1]}/note", data={"version": version, "body": "ต่อ"})
    result = text(agent.get(f"/desk/doing/{batch}"))
    assert (len(re.findall(r"/desk/deed/\d+/undo", result)), "มีการทำอย่างอื่นกับเรื่องนี้ต่อแล้ว" in result) == (1, True)
    answer = agent.post(f"/desk/doing/{batch}/undo", follow_redirects=True)
    assert "เลิกทำแล้ว 1 จาก 1 เรื่อง" in text(answer)
    assert state(*cases) == ["triage", "referred", "triage"]
    assert db.session.scalars(select(Deed.id).where(Deed.undone_at.is_not(None))).one()
    db.session.remove()


def test_wrong_choices_are_answered_with_what_to_do(agent: FlaskClient) -> None:
    number, chat = in_triage(), template("ask_chat")
    for form, said in (
        ({}, "กรุณาเลือก"),
        ({"case": number, "do": "fly"}, "กรุณาเลือกสิ่งที่จะทำ"),
        ({"case": number, "do": "note", "words": " "}, "กรุณากรอก"),
        ({"case": number, "do": f"resolve:{chat}", "outcome": "whim"}, "ผลการดำเนินการ"),
        ({"do": "take"}, "อย่างน้อยหนึ่งเรื่อง"),
        ({"all": ",".join(f"69-{turn:06}-1" for turn in range(51)), "do": "take"}, "ไม่เกิน 50 เรื่อง"),
    ):
        for path in ("/desk/doing", "/desk/doing/go"):
            answer = agent.post(path, data=form)
            assert (answer.status_code, said in text(answer)) == (422, True), (path, form)
    unknown = agent.post("/desk/doing", data={"case": "69-999999-9", "do": "take"})
    assert (unknown.status_code, "ไม่พบ" in text(unknown), "/desk/doing/go" in text(unknown)) == (200, True, False)
    sent = agent.post(
        "/desk/doing/go",
        data={"batch": "x" * 20, "do": "take", "told": "69-999999-9:1"},
        follow_redirects=True,
    )
    assert "ไม่มีรายการนี้" in text(sent)
    assert db.session.scalars(select(Message)).all() == []
    db.session.remove()
