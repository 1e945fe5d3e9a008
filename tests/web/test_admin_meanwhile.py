"""Two administrators with the same form open: the second is told what the first changed, and nothing is overwritten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.errors import StaleRecord
from complaints.services import administer, meanwhile
from complaints.services.administer import AgencyForm
from tests.centre import LOGINS, actor, sign_in
from tests.services.scene import NOW, at_once
from tests.web.test_admin import given_settings, said

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

AGENCY = {"name_th": "ตำรวจ", "name_en": "Police", "short_th": "ตร.", "email": "duty@police.example", "active": "1"}
CATEGORY = {
    "name_th": "โกง", "name_en": "Fraud", "agency_code": "POLICE", "group_code": "online_trading",
    "answer_days": "9", "final_days": "", "active": "1", "auto_refer": "1",
}  # fmt: skip


def form_of(kind: str) -> tuple[str, dict[str, str], str]:
    """Where a thing's form stands, what is sent, and the field that the second administrator changes."""
    if kind == "agency":
        return "/admin/agencies/POLICE", AGENCY, "name_en"
    if kind == "category":
        return "/admin/categories/seller_fraud", CATEGORY, "name_en"
    if kind == "settings":
        return "/admin/settings", given_settings(), "name_en"
    number = db.session.scalars(select(Account.id).where(Account.login == LOGINS[Role.AGENT][0])).one()
    db.session.remove()
    account = {"name": "ชื่อใหม่", "role": "agent", "agency": "", "language": "th"}
    return f"/admin/accounts/{number}", account, "name"


def seen_on(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', client.get(path).get_data(as_text=True))
    assert found is not None
    return found[1]


def recorded() -> int:
    found = len(db.session.scalars(select(AuditEntry)).all())
    db.session.remove()
    return found


@pytest.mark.parametrize("kind", ["account", "agency", "category", "settings"])
def test_the_second_is_told_and_may_then_decide(client: FlaskClient, kind: str) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    client.set_cookie("lang", "en")
    path, given, field = form_of(kind)
    seen = seen_on(client, path)
    assert client.post(path, data=given | {field: "First hand", "seen": seen}).status_code == 303
    late = client.post(path, data=given | {field: "Second hand", "seen": seen})
    assert late.status_code == 409
    assert "What changed since you opened this page" in said(late)
    assert "First hand" in said(late)
    page = late.get_data(as_text=True)
    assert 'value="Second hand"' in page
    assert recorded() == 1
    again = re.search(r'name="seen" value="(\d+)"', page)
    assert again is not None
    assert client.post(path, data=given | {field: "Second hand", "seen": again[1]}).status_code == 303
    assert 'value="Second hand"' in client.get(path).get_data(as_text=True)


@pytest.mark.parametrize("seen", ["", "x", "-1", "๙" * 3, "9" * 40])
def test_a_form_without_its_version_changes_nothing(client: FlaskClient, seen: str) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    assert client.post("/admin/agencies/POLICE", data=AGENCY | {"seen": seen}).status_code == 409
    assert recorded() == 0


def test_what_is_wrong_does_not_make_a_stale_form_fresh(client: FlaskClient) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    seen = seen_on(client, "/admin/agencies/POLICE")
    client.post("/admin/agencies/POLICE", data=AGENCY | {"seen": seen})
    wrong = client.post("/admin/agencies/POLICE", data=AGENCY | {"joined_on": "someday", "seen": seen})
    assert wrong.status_code == 422
    assert f'name="seen" value="{seen}"' in wrong.get_data(as_text=True)


def test_of_two_at_the_same_moment_one_wins(app: Flask) -> None:
    who = actor(Role.ADMINISTRATOR)

    def job(turn: int) -> bool:
        with unit_of_work() as session:
            agency = administer.get_agency(session, "POLICE")
            meanwhile.hold(session, "agency", "POLICE", 0)
            administer.change_agency(session, agency, AgencyForm("ตำรวจ", f"Police {turn}", "ตร."), who, NOW)
        return True

    done = at_once(app, 4, job)
    assert [one for one in done if one is True] == [True]
    assert sum(isinstance(one, StaleRecord) for one in done) == 3
