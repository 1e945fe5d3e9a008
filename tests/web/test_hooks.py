"""An agency's own systems on its pages: added, tried, silenced, told again; the desk sees what did not reach them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.webhook import Silence, WebhookEndpoint
from tests.centre import LOGINS, sign_in

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

URL = "https://system.agency.example/1212"


def text(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True))


def look_after(client: FlaskClient) -> None:
    """Sign in as whoever looks after the agency's accounts."""
    with unit_of_work() as session:
        session.scalars(select(Account).where(Account.login == LOGINS[Role.PARTNER][0])).one().manages = True
    db.session.remove()
    sign_in(client, Role.PARTNER)


def give_up() -> None:
    """Every message was tried to its end."""
    with unit_of_work() as session:
        for promise in session.scalars(select(Promise).where(Promise.kind == PromiseKind.WEBHOOK.value)):
            promise.miss(datetime.now(UTC), "status 500", final=True)
    db.session.remove()


def test_an_endpoint_lives_on_its_pages(client: FlaskClient) -> None:
    """From the form that names what is wrong to the removed endpoint; the secret stands on one answer only."""
    sign_in(client, Role.PARTNER)
    assert client.get("/partner/hooks").status_code == 403
    look_after(client)
    assert "/partner/hooks/new" in text(client.get("/partner/hooks"))
    refused = client.post("/partner/hooks/new?lang=en", data={"url": "http://system.agency.example/", "told": "x"})
    assert refused.status_code == 422
    assert "must begin with https://" in text(refused)
    assert 'value="http://system.agency.example/"' in text(refused)
    made = text(client.post("/partner/hooks/new", data={"url": URL, "told": "referral.sent"}))
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", made)
    assert found is not None
    page = client.get("/partner/hooks/1?lang=en")
    assert URL in text(page)
    assert found.group() not in text(page)
    fresh = text(client.post("/partner/hooks/1/secret"))
    assert "whsec_" in fresh
    assert found.group() not in fresh
    for verb, seen in (("test", "On its way"), ("off", "Switched off"), ("on", "Hears"), ("change", "Hears")):
        assert client.post(f"/partner/hooks/1/{verb}").status_code == 303
        assert seen in text(client.get("/partner/hooks/1?lang=en"))
    assert db.session.get_one(WebhookEndpoint, 1).told == []
    db.session.remove()
    give_up()
    assert "status 500" not in text(client.get("/partner/hooks/1?lang=en"))
    assert client.post("/partner/hooks/1/message/1").status_code == 303
    assert client.post("/partner/hooks/1/message/2").status_code == 404
    assert client.post("/partner/hooks/1/nothing").status_code == 404
    assert client.get("/partner/hooks/7").status_code == 404
    assert client.post("/partner/hooks/1/remove").status_code == 303
    assert client.get("/partner/hooks/1").status_code == 404


def test_the_desk_sees_dead_letters_once_an_endpoint(client: FlaskClient) -> None:
    """Three messages are one line with a button; of a silent endpoint the desk is told whose move it is."""
    look_after(client)
    client.post("/partner/hooks/new", data={"url": URL})
    for _ in range(3):
        client.post("/partner/hooks/1/test")
    give_up()
    sign_in(client, Role.AGENT)
    page = text(client.get("/desk/failures?lang=en"))
    assert "3 messages did not reach a system of POLICE" in page
    assert page.count('class="card failure"') == 1
    assert client.post("/desk/failures/hook/1").status_code == 303
    assert "did not reach" not in text(client.get("/desk/failures?lang=en"))
    give_up()
    with unit_of_work() as session:
        endpoint = session.get_one(WebhookEndpoint, 1)
        endpoint.silence, endpoint.silenced_at = Silence.GONE.value, datetime.now(UTC)
    assert "must switch the address on again" in text(client.get("/desk/failures?lang=en"))
    assert client.post("/desk/failures/hook/1").status_code == 422
