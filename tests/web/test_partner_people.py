"""An agency's own pages: offices, people and absences, as whoever looks after them and as an officer sees them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.office import Office
from tests.centre import LOGINS, classified, file_case, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


@pytest.fixture
def manager(app: Flask) -> FlaskClient:
    with unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.login == LOGINS[Role.PARTNER][0])).one()
        account.manages, account.created_at = True, datetime.now(UTC) - timedelta(days=91)
    db.session.remove()
    client = app.test_client()
    sign_in(client, Role.PARTNER)
    return client


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def one(name: str) -> int:
    found = db.session.scalars(select(Office.id).where(Office.name_th == name)).one()
    db.session.remove()
    return found


def test_the_whole_way_of_an_office_and_its_officer(manager: FlaskClient, app: Flask) -> None:
    assert manager.post("/partner/offices", data={"name_th": "เชียงใหม่"}).status_code == 303
    office = one("เชียงใหม่")
    assert manager.post("/partner/routes", data={"province": "50", "office": office}).status_code == 303
    number, _ = file_case(province="50")
    classified(number)
    elsewhere, _ = file_case(province="10")
    classified(elsewhere)
    sent = {"login": "new@police.example", "name": "คนใหม่", "language": "th", "office": office}
    shown = text(manager.post("/partner/people", data=sent))
    link = re.search(r"/staff/link/[\w-]+", shown)
    assert link is not None
    assert "new@police.example" in text(manager.get("/partner/people"))
    officer = app.test_client()
    officer.post(link[0].replace("?", ""), data={})
    officer.post("/staff/password", data={"password": "a long password 77"})
    mine = text(officer.get("/partner"))
    assert number in mine
    assert "เชียงใหม่" in mine
    assert officer.get("/partner/people").status_code == 403
    page = text(officer.get(f"/partner/case/{number}"))
    found = re.search(rf"/partner/case/{number}/(\d+)/allot", page)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    assert version is not None
    step = f"/partner/case/{number}/{found[1]}/"
    wrong = officer.post(step + "allot", data={"version": version[1], "assignee": "999"})
    assert wrong.status_code == 422
    assert 'id="allot-assignee-error"' in text(wrong)
    with app.app_context():
        account = db.session.scalars(select(Account.id).where(Account.login == "new@police.example")).one()
        db.session.remove()
    assert officer.post(step + "allot", data={"version": version[1], "assignee": account}).status_code == 303
    assert number in text(officer.get("/partner?queue=mine"))
    moved = officer.post(step + "move", data={"version": int(version[1]) + 1, "office": "", "reason": "ส่วนกลางทำ"})
    assert moved.headers["Location"] == "/partner?queue=todo"
    assert number not in text(manager.get(f"/partner?office={office}"))
    assert number in text(manager.get("/partner?queue=unattended"))


def test_people_are_reviewed_with_one_press_and_removed_at_once(manager: FlaskClient, app: Flask) -> None:
    account = db.session.scalars(select(Account).where(Account.login == LOGINS[Role.PARTNER][0])).one().id
    db.session.remove()
    assert "ยังทำงานอยู่หรือไม่" in text(manager.get("/partner/people"))
    assert manager.post(f"/partner/people/{account}/review").status_code == 303
    assert "ยังทำงานอยู่หรือไม่" not in text(manager.get("/partner/people"))
    assert manager.post("/partner/offices", data={"name_th": "กอง"}).status_code == 303
    for path, form, field in (
        ("/partner/people", {"login": "no address", "name": "x"}, "login"),
        ("/partner/people", {"login": "a@b.example", "name": ""}, "name"),
        ("/partner/people", {"login": "a@b.example", "name": "x", "office": "99"}, "office"),
        (f"/partner/people/{account}", {"name": "x", "manages": ""}, "manages"),
        ("/partner/offices", {"name_th": ""}, "name_th"),
        ("/partner/routes", {"office": ""}, "route-category"),
        ("/partner/absences", {"account": str(account), "first": "วันไหน", "last": "1/1/2570"}, "first"),
        ("/partner/absences", {"first": "1/1/2600", "last": "1/1/2600"}, "account"),
    ):
        answer = manager.post(path, data=form)
        assert answer.status_code == 422, (path, form)
        assert f'id="{field}-error"' in text(answer), (path, field)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    noted = {"account": str(account), "first": tomorrow, "last": tomorrow}
    assert manager.post("/partner/absences", data=noted).status_code == 303
    end = re.search(r"/partner/absences/\d+/end", text(manager.get("/partner/absences")))
    assert end is not None
    assert manager.post(end[0]).status_code == 303
    stranger = app.test_client()
    sign_in(stranger, Role.PARTNER, "officer@ocpb.example")
    assert stranger.post(end[0]).status_code == 404
    sent = {"login": "gone@police.example", "name": "คนลาออก"}
    manager.post("/partner/people", data=sent)
    gone = db.session.scalars(select(Account).where(Account.login == "gone@police.example")).one().id
    db.session.remove()
    assert manager.post(f"/partner/people/{gone}/active", data={"active": "0"}).status_code == 303
    assert not db.session.get_one(Account, gone).active
    db.session.remove()
