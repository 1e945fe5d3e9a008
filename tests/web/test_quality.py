"""The second look on the screen: the sheet, what is left out, and the maker's own page."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from complaints.db import unit_of_work
from complaints.domain.actor import Role
from complaints.domain.quality import POINTS
from complaints.services import triage
from tests.browsing import read
from tests.centre import actor, leave, sign_in
from tests.services.scene import in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


def test_a_drawn_case_is_reviewed_and_answered(app: Flask, client: FlaskClient) -> None:
    now, desk = datetime.now(UTC), actor(Role.AGENT)
    number = in_triage(now)
    with unit_of_work() as session:
        triage.decide_and_refer(session, the_case(session, number), "seller_fraud", ["POLICE"], desk, now)
    leave()
    sign_in(client, Role.AGENT)
    assert client.get("/oversight/quality").status_code == 403
    client.post("/staff/sign-out")
    sign_in(client, Role.SUPERVISOR)
    none = client.post("/oversight/quality/draw?lang=en", data={"from": "1/1/2569", "to": "2/1/2569"})
    assert none.status_code == 422
    assert "choose other days" in html.unescape(none.get_data(as_text=True))
    assert client.post("/oversight/quality/draw", data={"from": "31/2/2569", "to": ""}).status_code == 422
    assert client.post("/oversight/quality/draw").status_code == 303
    page = text(client, "/oversight/quality?lang=en")
    sheet = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/oversight/quality/"))
    assert number in page
    given = dict.fromkeys(POINTS, "yes") | {"category": "no", "comment": "ข้อพิพาท"}
    wrong = client.post(f"{sheet}?lang=en", data=given)
    assert wrong.status_code == 422
    assert 'href="#right_code"' in wrong.get_data(as_text=True)
    assert "ข้อพิพาท" in wrong.get_data(as_text=True), "nothing typed is lost"
    assert client.post(sheet, data=given | {"right_code": "purchase_dispute"}).status_code == 303
    assert client.post(sheet, data=given | {"right_code": "purchase_dispute"}).status_code == 409
    assert client.get(sheet).status_code == 409
    assert "80.00 %" in text(client, "/oversight/quality?lang=en")
    client.post("/staff/sign-out")
    sign_in(client, Role.AGENT)
    mine = text(client, "/desk/mine?lang=en")
    assert "ข้อพิพาท" in mine
    form = next(one for one in read("", 200, mine).forms if one.action.startswith("/desk/mine/reviews/"))
    assert client.post(form.action, data={"text": " "}).status_code == 422
    assert client.post(form.action, data={"text": "รับทราบ"}).status_code == 303
    assert client.post(form.action, data={"text": "รับทราบ"}).status_code == 409
    assert "รับทราบ" in text(client, "/desk/mine")
