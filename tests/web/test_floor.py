"""The floor's pages: the supervisor's of everybody, each agent's own; what is asked for wrongly is told."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from complaints.db import unit_of_work
from complaints.domain.actor import Role
from complaints.services import sharing, triage
from tests.browsing import read
from tests.centre import actor, leave, sign_in
from tests.services.scene import in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

HEAVIEST = 100_000


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    assert len(answer.data) < HEAVIEST
    return html.unescape(answer.get_data(as_text=True))


def test_a_supervisor_sees_the_floor_and_hands_cases_on(app: Flask, client: FlaskClient) -> None:
    now = datetime.now(UTC)
    agent, lead = actor(Role.AGENT), actor(Role.SUPERVISOR)
    number = in_triage(now)
    with unit_of_work() as session:
        sharing.assign(session, the_case(session, number), agent.account_id, agent, now)
        triage.decide(session, the_case(session, number), "purchase_dispute", agent, now)
    leave()
    sign_in(client, Role.AGENT)
    own = text(client, "/desk/mine?lang=en")
    assert "100.00 % (of 1)" in own
    assert "ทดสอบ supervisor" not in own
    assert client.get("/oversight/floor").status_code == client.get("/oversight/floor/cases").status_code == 403
    client.post("/staff/sign-out")
    sign_in(client, Role.ADMINISTRATOR)
    assert client.get("/oversight/floor").status_code == 403, "who does what is for whoever leads the desk"
    client.post("/staff/sign-out")
    sign_in(client, Role.SUPERVISOR)
    for days in ("1", "7", "30"):
        page = text(client, f"/oversight/floor?days={days}&lang=en")
        assert "ทดสอบ agent" in page
        assert "100.00 %" in page
        assert "no figure" in page
    behind = f"/oversight/floor/cases?days=1&what=held&account={agent.account_id}"
    assert behind in page.replace("days=30", "days=1")
    page = text(client, f"{behind}&lang=en")
    assert number in page
    assert f'value="assign:{lead.account_id}"' in page
    told = client.post("/desk/doing", data={"do": f"assign:{lead.account_id}", "case": number, "queue": "open"})
    go = next(one for one in read("", 200, told.get_data(as_text=True)).forms if one.action == "/desk/doing/go")
    assert client.post(go.action, data={name: held[0] for name, held in go.values.items()}).status_code == 303
    assert f"/desk/case/{number}" not in text(client, behind)
    assert client.get("/oversight/floor/cases?what=nonsense").status_code == 404
    assert client.get("/oversight/floor/cases?what=late&queue=nonsense").status_code == 404


def test_days_that_cannot_be_read_are_told_in_words(app: Flask, client: FlaskClient) -> None:
    sign_in(client, Role.SUPERVISOR)
    today = datetime.now(UTC).date()
    buddhist = f"{today.day}/{today.month}/{today.year + 543}"
    assert "Many days" not in text(client, f"/oversight/floor?from={today}&to={buddhist}&lang=en")
    assert "Many days" in text(client, f"/oversight/floor?from={today - timedelta(40)}&to={today}&lang=en")
    for query, word in (
        (f"from=31/2/2569&to={today}", 'href="#from"'),
        (f"from={today}", 'href="#to"'),
        (f"from={today}&to={today - timedelta(2)}", "before the first"),
        (f"from={today - timedelta(92)}&to={today}", "at most 92 days"),
    ):
        for page in ("/oversight/floor", "/desk/mine"):
            assert word in text(client, f"{page}?{query}&lang=en", 422), query
