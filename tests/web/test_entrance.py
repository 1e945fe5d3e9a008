"""Staff come in, are kept out, and are put out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account, SignInSession, StrangerTry
from complaints.domain.actor import Role
from complaints.services import accounts
from tests.centre import LOGINS, PASSWORD, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

AGENT = LOGINS[Role.AGENT][0]
NEW_PASSWORD = "another horse 1212"


def try_in(client: FlaskClient, login: str = AGENT, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/staff/sign-in", data={"login": login, "password": password, **more})


def without_login(answer: TestResponse, login: str) -> str:
    """The page without what the visitor typed and what is new in every answer."""
    page = answer.get_data(as_text=True).replace(login, "LOGIN")
    return re.sub(r'nonce="[^"]+"|value="[^"]{40,}"', "", page)


def link_for(login: str = AGENT) -> str:
    with unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.login == login)).one()
        token = accounts.one_time_link(session, account, datetime.now(UTC))
    db.session.remove()
    return token


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.AGENT, "/desk"),
        (Role.SUPERVISOR, "/oversight"),
        (Role.PARTNER, "/partner"),
        (Role.ADMINISTRATOR, "/admin"),
    ],
)
def test_everybody_comes_to_the_own_face(client: FlaskClient, role: Role, home: str) -> None:
    answer = try_in(client, LOGINS[role][0])
    assert (answer.status_code, answer.location) == (303, home)
    assert client.get("/staff/sign-in").location == home


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/desk/new", "/desk/new"),
        ("/desk?queue=open", "/desk?queue=open"),
        ("https://evil.example/", "/desk"),
        ("//evil.example/", "/desk"),
        ("/\\evil.example", "/desk"),
        ("/desk\\..", "/desk"),
        ("/desk\r\nLocation: x", "/desk"),
        ("javascript:alert(1)", "/desk"),
        ("", "/desk"),
    ],
)
def test_next_leads_only_to_own_pages(client: FlaskClient, target: str, led_to: str) -> None:
    assert try_in(client, next=target).location == led_to


def test_who_is_sent_to_the_door_comes_back_to_the_page(client: FlaskClient) -> None:
    sent = client.get("/desk?queue=open")
    assert (sent.status_code, sent.location) == (302, "/staff/sign-in?next=/desk?queue%3Dopen")
    assert 'value="/desk?queue=open"' in client.get(sent.location).get_data(as_text=True)


def test_an_unknown_login_and_a_wrong_password_look_the_same_to_the_end(client: FlaskClient) -> None:
    nobody = "nobody@centre.example"
    with time_machine.travel(datetime.now(UTC), tick=False):
        for _ in range(7):
            wrong, unknown = try_in(client, password="wrong password"), try_in(client, nobody, "wrong password")
            assert wrong.status_code == unknown.status_code
            assert without_login(wrong, AGENT) == without_login(unknown, nobody)
    assert wrong.status_code == 429
    assert db.session.scalars(select(StrangerTry.failed_tries)).one() == 5


def test_failed_tries_are_kept_and_the_pause_grows_and_ends(client: FlaskClient) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(5):
            assert try_in(client, password="wrong password").status_code == 422
        paused = try_in(client)
        assert paused.status_code == 429
        assert "16" in paused.get_data(as_text=True)
        clock.shift(timedelta(seconds=16))
        assert try_in(client, password="wrong password").status_code == 422
        clock.shift(timedelta(seconds=16))
        assert try_in(client).status_code == 429
        clock.shift(timedelta(seconds=15))
        assert try_in(client).status_code == 303
    account = db.session.scalars(select(Account).where(Account.login == AGENT)).one()
    assert (account.failed_tries, account.locked_until) == (0, None)


def test_counts_of_strangers_are_forgotten_after_a_day(client: FlaskClient) -> None:
    try_in(client, "first@nowhere.example", "wrong password")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1)):
        try_in(client, "second@nowhere.example", "wrong password")
    assert len(db.session.scalars(select(StrangerTry)).all()) == 1


def test_guessing_is_slowed_down_by_address(limited_app: Flask) -> None:
    client = limited_app.test_client()
    page = client.get("/staff/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    codes = [
        try_in(client, f"somebody{number}@nowhere.example", "wrong password", csrf_token=token[1]).status_code
        for number in range(12)
    ]
    assert codes == [422] * 10 + [429] * 2
    assert try_in(client).status_code == 400, "a form without its token is refused"


def test_signing_in_makes_a_new_session_and_ends_the_old(app: Flask, client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
        cookie["track"] = {"case": 1, "until": 9_999_999_999}
    sign_in(client, Role.SUPERVISOR)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first
        assert "track" not in cookie
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = first
    assert thief.get("/desk").status_code == 302


def test_signing_out_ends_the_session_in_the_table(app: Flask, client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert client.get("/staff/sign-out").status_code == 405
    assert client.post("/staff/sign-out").status_code == 303
    assert client.get("/desk").status_code == 302
    copied = app.test_client()
    with copied.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert copied.get("/desk").status_code == 302
    assert client.post("/staff/sign-out").status_code == 303, "nobody is told off for leaving twice"
    assert db.session.scalars(select(SignInSession)).one().ended_at is not None


def test_an_idle_session_ends_and_a_page_that_refreshes_itself_keeps_nobody_in(client: FlaskClient) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        sign_in(client, Role.AGENT)
        clock.shift(timedelta(minutes=29))
        assert client.get("/desk").status_code == 200
        clock.shift(timedelta(minutes=29))
        assert client.get("/desk").status_code == 200
        for _ in range(15):
            clock.shift(timedelta(minutes=2))
            assert client.get("/desk/list?queue=triage").status_code == 200
            assert client.get("/desk/rail").status_code == 200
        clock.shift(timedelta(minutes=1))
        assert client.get("/desk").status_code == 302
        assert client.post("/desk/new", data={"story": "x"}).status_code == 401


def test_a_disabled_account_is_out_at_once(client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    with unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.login == AGENT)).one()
        accounts.set_active(session, account, datetime.now(UTC), active=False)
    db.session.remove()
    assert client.get("/desk").status_code == 302
    assert try_in(client).status_code == 422


def test_looking_at_a_link_does_not_spend_it_and_using_it_does(client: FlaskClient) -> None:
    token = link_for()
    for _ in range(3):
        assert client.get(f"/staff/link/{token}").status_code == 200
    used = client.post(f"/staff/link/{token}")
    assert (used.status_code, used.location) == (303, "/staff/password")
    assert client.get("/staff/password").status_code == 200
    assert client.get(f"/staff/link/{token}").status_code == 410
    assert client.post(f"/staff/link/{token}").status_code == 410
    assert client.get("/staff/link/made-up").status_code == 410


def test_whoever_came_by_link_sets_a_password_without_the_old_one_once(client: FlaskClient) -> None:
    client.post(f"/staff/link/{link_for()}")
    short = client.post("/staff/password", data={"password": "short", "again": "short"})
    assert short.status_code == 422
    assert 'href="#password"' in short.get_data(as_text=True)
    done = client.post("/staff/password", data={"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert (done.status_code, done.location) == (303, "/desk")
    again = client.post("/staff/password", data={"password": PASSWORD, "again": PASSWORD})
    assert again.status_code == 422
    assert 'href="#current"' in again.get_data(as_text=True)
    client.post("/staff/sign-out")
    assert try_in(client).status_code == 422
    assert try_in(client, password=NEW_PASSWORD).status_code == 303


def test_a_new_password_puts_every_other_browser_out(app: Flask, client: FlaskClient) -> None:
    other = app.test_client()
    sign_in(client, Role.AGENT)
    sign_in(other, Role.AGENT)
    differs = client.post("/staff/password", data={"current": PASSWORD, "password": NEW_PASSWORD, "again": "x"})
    assert differs.status_code == 422
    wrong = client.post(
        "/staff/password", data={"current": "wrong password", "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    )
    assert wrong.status_code == 422
    assert other.get("/desk").status_code == 200
    changed = client.post(
        "/staff/password", data={"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    )
    assert changed.status_code == 303
    assert client.get("/desk").status_code == 200
    assert other.get("/desk").status_code == 302


def test_letter_keys_can_be_switched_off(client: FlaskClient) -> None:
    sign_in(client, Role.AGENT)
    assert 'data-keys="on"' in client.get("/desk").get_data(as_text=True)
    switched = client.post("/staff/keys", data={"keys": "off", "back": "/desk?queue=open"})
    assert switched.location == "/desk?queue=open"
    assert 'data-keys="off"' in client.get("/desk").get_data(as_text=True)
