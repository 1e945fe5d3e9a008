"""The identifiers on the desk's case page: what is known of them, and how they are corrected without script."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from classifiers.identifiers import Identifiers
from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.services import access, link
from tests.centre import actor, classified, file_case, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


@pytest.fixture
def agent(client: FlaskClient) -> FlaskClient:
    sign_in(client, Role.AGENT)
    return client


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def in_triage(**more: Any) -> str:
    number, _ = file_case(**more)
    classified(number, sure=False)
    return number


def step(client: FlaskClient, number: str, verb: str, **form: Any) -> TestResponse:
    if "version" not in form:
        form["version"] = db.session.scalars(select(Case.version).where(Case.number == number)).one()
        db.session.remove()
    return client.post(f"/desk/case/{number}/{verb}", data=form)


def values(number: str) -> set[str]:
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    found = {tie.identifier.shown for tie in case.identifiers}
    db.session.remove()
    return found


def test_what_else_is_known_stands_beside_each(agent: FlaskClient) -> None:
    now = datetime.now(UTC)
    for days, lost in ((40, 3_000_000), (2, 1_120_000)):
        in_triage(now=now - timedelta(days=days), lost=lost)
    number = in_triage()
    page = " ".join(re.sub(r"<[^>]+>", " ", text(agent.get(f"/desk/case/{number}"))).split())
    assert "อยู่ในเรื่องอื่นอีก 2 เรื่อง · เสียหายรวม 41,200 บาท · พบครั้งแรก" in page
    alone = in_triage(story="อีกเรื่อง")
    with unit_of_work() as session:
        case = access.get_case(session, alone, actor(Role.AGENT))
        link.keep_identifiers(session, case, Identifiers(line_ids=["@only_here"]), now)
    db.session.remove()
    assert "ไม่พบในเรื่องอื่น" in text(agent.get(f"/desk/case/{alone}"))


def test_one_is_changed_and_another_added_and_the_timeline_tells_it(agent: FlaskClient) -> None:
    number = in_triage()
    page = text(agent.get(f"/desk/case/{number}?queue=triage"))
    edit = re.search(r'href="(/desk/case/[\d-]+\?edit=(\d+)&queue=triage#identifier-\d+)"', page)
    assert edit is not None
    opened = text(agent.get(edit[1]))
    assert re.search(r'id="change_identifier-value"[^>]*value="0800000000"', opened)
    done = step(
        agent, number, "change_identifier", identifier=edit[2], kind="bank_account", bank="SCB", value="123-4-56789-0"
    )
    assert done.status_code == 303
    assert step(agent, number, "add_identifier", kind="url", value="shop.example.com/a").status_code == 303
    assert values(number) == {"SCB 1234567890", "shop.example.com/a"}
    told = text(agent.get(f"/desk/case/{number}?part=timeline"))
    assert "แก้ 0800000000 เป็น SCB 1234567890" in told
    assert "เพิ่ม shop.example.com/a" in told
    assert told.count("เจ้าหน้าที่ใส่") == 2


def test_one_is_removed_for_a_reason(agent: FlaskClient) -> None:
    number = in_triage()
    page = text(agent.get(f"/desk/case/{number}"))
    identifier = re.search(r"edit=(\d+)", page)
    assert identifier is not None
    refused = step(agent, number, "change_identifier", identifier=identifier[1], remove="1", reason="")
    assert refused.status_code == 422
    assert 'href="#change_identifier-reason"' in text(refused)
    assert 'id="change_identifier-reason"' in text(refused)
    assert step(agent, number, "change_identifier", identifier=identifier[1], remove="1", reason="own").location
    assert values(number) == set()
    told = text(agent.get(f"/desk/case/{number}?part=timeline"))
    assert "ลบ 0800000000 · เป็นของผู้ร้องเอง" in told
    assert "ไม่พบในเรื่อง" in told


def test_what_cannot_be_read_stays_in_the_open_form(agent: FlaskClient) -> None:
    number = in_triage()
    answer = step(agent, number, "add_identifier", kind="phone", value="<b>12</b>")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'href="#add_identifier-value"' in page
    assert re.search(r'id="step-add_identifier" open', page)
    assert 'value="&lt;b&gt;12&lt;/b&gt;"' in page
    assert "<b>12" not in page


def test_a_stale_page_corrects_nothing(app: Flask, agent: FlaskClient) -> None:
    number = in_triage()
    other = app.test_client()
    sign_in(other, Role.SUPERVISOR)
    seen = db.session.scalars(select(Case.version).where(Case.number == number)).one()
    db.session.remove()
    assert step(other, number, "add_identifier", kind="line_id", value="@shop99").status_code == 303
    answer = step(agent, number, "add_identifier", version=seen, kind="phone", value="081-222-3333")
    page = text(answer)
    assert answer.status_code == 409
    assert "เพิ่ม @shop99" in page
    assert 'value="081-222-3333"' in page
    assert values(number) == {"0800000000", "@shop99"}


def test_a_story_that_names_hundreds_keeps_its_page_light(agent: FlaskClient) -> None:
    number = in_triage()
    with unit_of_work() as session:
        case = access.get_case(session, number, actor(Role.AGENT))
        many = [f"shop{at}.example.com/{'x' * 400}" for at in range(200)]
        link.keep_identifiers(session, case, Identifiers(urls=many), datetime.now(UTC))
    db.session.remove()
    page = agent.get(f"/desk/case/{number}").get_data(as_text=True)
    assert len(page.encode()) < 100_000
    assert "ดูอีก 181 รายการ" in page
    assert agent.get(f"/desk/case/{number}?all=1").get_data(as_text=True).count('id="identifier-') == 201


def test_administrators_read_what_was_corrected_in_words(client: FlaskClient, agent: FlaskClient) -> None:
    number = in_triage()
    page = text(agent.get(f"/desk/case/{number}"))
    identifier = re.search(r"edit=(\d+)", page)
    assert identifier is not None
    step(agent, number, "change_identifier", identifier=identifier[1], remove="1", reason="misread")
    sign_in(client, Role.ADMINISTRATOR)
    told = text(client.get("/admin/changes"))
    assert f"ลบเบอร์ บัญชี หรือลิงก์จากเรื่อง: {number}" in told
    assert "ระบบอ่านผิด" in told
    assert "0800000000" not in told
