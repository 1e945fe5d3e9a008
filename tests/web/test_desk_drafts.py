"""Two agents save at once, and what was typed is never lost: not by a clash, a merge, a reassignment or a sign-out."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.thai_time import show_date
from complaints.services import drafting, triage
from tests.centre import actor, sign_in
from tests.services.scene import NOW, agent, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

WORDS = "กำลังโทรหาธนาคาร <b>รอสักครู่</b>"


def version_of(number: str) -> int:
    version = the_case(db.session(), number).version
    db.session.remove()
    return version


def page(client: FlaskClient, number: str) -> str:
    return html.unescape(client.get(f"/desk/case/{number}").get_data(as_text=True))


def typed(client: FlaskClient, number: str, body: str = WORDS) -> int:
    return client.post(f"/desk/case/{number}/draft/note", data={"body": body, "version": "1"}).status_code


def test_a_draft_is_ones_own_and_outlives_sign_out_and_reassignment(app: Flask, client: FlaskClient) -> None:
    number = in_triage()
    sign_in(client, Role.AGENT)
    assert typed(client, number) == 204
    client.post(
        f"/desk/case/{number}/assign",
        data={"assignee": actor(Role.SUPERVISOR).account_id, "version": version_of(number)},
    )
    client.post("/staff/sign-out")
    again, other = app.test_client(), app.test_client()
    sign_in(again, Role.AGENT)
    sign_in(other, Role.SUPERVISOR)
    assert WORDS in page(again, number)
    assert WORDS not in page(other, number)


def test_a_draft_ends_when_it_is_sent_emptied_or_thrown_away(client: FlaskClient) -> None:
    number = in_triage()
    sign_in(client, Role.AGENT)
    for end in ("send", "empty", "drop"):
        typed(client, number, f"{WORDS} {end}")
        assert f"{WORDS} {end}</textarea>" in page(client, number)
        if end == "send":
            data = {"body": f"{WORDS} {end}", "version": version_of(number)}
            assert client.post(f"/desk/case/{number}/note", data=data).status_code == 303
        elif end == "empty":
            typed(client, number, "  ")
        else:
            assert client.post(f"/desk/case/{number}/draft/note", data={"drop": "1"}).status_code == 303
        assert f"{end}</textarea>" not in page(client, number)


def test_a_draft_follows_its_case_into_another(client: FlaskClient) -> None:
    number, into, desk = in_triage(), in_triage(), agent()
    sign_in(client, Role.AGENT)
    typed(client, number)
    with unit_of_work() as session:
        triage.merge(session, the_case(session, number), the_case(session, into), desk, NOW)
    db.session.remove()
    assert WORDS in page(client, into)


def test_a_draft_in_an_ended_case_is_told_to_its_author_until_it_is_thrown_away(
    app: Flask, client: FlaskClient
) -> None:
    ended, living = in_triage(), in_triage()
    sign_in(client, Role.AGENT)
    assert (typed(client, ended), typed(client, living)) == (204, 204)
    desk, now = agent(), datetime.now(UTC)
    with unit_of_work() as session:
        triage.reject(session, the_case(session, ended), "ไม่อยู่ในอำนาจ", desk, now)
    db.session.remove()
    mine = html.unescape(client.get("/desk/mine").get_data(as_text=True))
    assert (ended in mine, living in mine, WORDS in mine) == (True, False, True)
    assert show_date(now + drafting.KEPT, "th") in mine
    for later, thrown in ((29, 0), (31, 1), (400, 0)):
        with unit_of_work() as session:
            assert drafting.forget(session, now + timedelta(days=later)) == thrown
    db.session.remove()
    assert (WORDS in page(client, ended), WORDS in page(client, living)) == (False, True)


def test_whoever_saves_second_sees_both_and_chooses(app: Flask, client: FlaskClient) -> None:
    number = in_triage()
    first = app.test_client()
    sign_in(client, Role.AGENT)
    sign_in(first, Role.SUPERVISOR)
    seen = version_of(number)
    assert first.post(f"/desk/case/{number}/note", data={"body": "โทรแล้ว", "version": seen}).status_code == 303
    answer = client.post(f"/desk/case/{number}/note", data={"body": WORDS, "version": seen})
    shown = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 409
    clash = shown.split('id="clash-title"')[1].split("</section>")[0]
    assert "โทรแล้ว" in clash
    assert WORDS in clash
    assert WORDS in page(client, number), "kept although nobody has chosen yet"
    newer = re.search(r'name="version" value="(\d+)"', clash)
    assert newer is not None
    mine = client.post(f"/desk/case/{number}/note", data={"body": WORDS, "version": newer.group(1)})
    assert mine.status_code == 303
    thread = page(client, number)
    assert "โทรแล้ว" in thread
    assert thread.count(WORDS) == 1
    assert f"{WORDS}</textarea>" not in thread
