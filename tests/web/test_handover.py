"""The hand-over on the screen: on top of the desk until it is read; what is typed wrongly is told and not lost."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from complaints.db import unit_of_work
from complaints.domain.actor import Role
from complaints.services import sharing
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


def test_a_note_stands_on_top_of_the_desk_until_it_is_read(app: Flask, client: FlaskClient) -> None:
    now, agent = datetime.now(UTC), actor(Role.AGENT)
    number = in_triage(now)
    with unit_of_work() as session:
        sharing.assign(session, the_case(session, number), agent.account_id, agent, now)
    leave()
    sign_in(client, Role.AGENT)
    page = read("", 200, text(client, "/desk/handover"))
    form = next(one for one in page.forms if one.action == "/desk/handover" and one.method == "post")
    shift = form.choices["shift"][0]
    assert client.post("/desk/handover/draft", data={"shift": shift, "text": "รอธนาคาร"}).status_code == 204
    assert "รอธนาคาร" in text(client, "/desk/handover")
    wrong = client.post("/desk/handover?lang=en", data={"shift": "nonsense", "text": "รอธนาคารตอบ"})
    assert wrong.status_code == 422
    told = html.unescape(wrong.get_data(as_text=True))
    assert 'href="#shift"' in told
    assert "รอธนาคารตอบ" in told
    assert client.post("/desk/handover", data={"shift": shift, "text": "รอธนาคารตอบ"}).status_code == 303
    assert "รอธนาคารตอบ" not in text(client, "/desk"), "not on the writer's own desk"
    assert client.get("/desk/handover?day=31/2/2569").status_code == 422
    client.post("/staff/sign-out")
    sign_in(client, Role.SUPERVISOR)
    desk = text(client, "/desk")
    assert "รอธนาคารตอบ" in desk
    note = next(part.split('"')[0] for part in desk.split('href="') if part.startswith("/desk/handover/"))
    assert number in text(client, note)
    assert "Nobody has read it yet" in text(client, f"{note}?lang=en")
    reading = next(one for one in read("", 200, desk).forms if one.action.endswith("/read"))
    assert client.post(reading.action, data={"back": "desk"}).location == "/desk"
    assert "รอธนาคารตอบ" not in text(client, "/desk")
    history = text(client, "/desk/handover?lang=en")
    assert "read by 1" in history
    assert "ทดสอบ supervisor" in text(client, note).split("<main")[1]
    assert "รอธนาคารตอบ" in history
    assert client.post("/desk/handover/999/read").status_code == client.get("/desk/handover/999").status_code == 404
