"""A public warning: written in both languages, shown while it is valid, recorded."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import select

from complaints.db import db
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.warning import PublicWarning
from complaints.domain.wording import say
from tests.centre import sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
GIVEN = {"text_th": "อย่ากดลิงก์คืนค่าไฟ", "text_en": "Do not open refund links", "first": "", "last": "๒๒/๑๑/๒๕๖๙"}


def home(app: Flask, language: str = "th") -> str:
    return html.unescape(app.test_client().get(f"/?lang={language}").get_data(as_text=True))


def the_warning() -> PublicWarning:
    found = db.session.scalars(select(PublicWarning)).one()
    db.session.remove()
    return found


def recorded() -> list[str]:
    found = list(db.session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))
    db.session.remove()
    return found


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_it_is_shown_in_the_readers_language_while_it_is_valid(app: Flask, client: FlaskClient, role: Role) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(client, role)
        assert GIVEN["text_th"] not in home(app)
        assert client.post("/oversight/warnings", data=GIVEN).status_code == 303
        assert GIVEN["text_th"] in home(app)
        assert GIVEN["text_en"] in home(app, "en")
        assert GIVEN["text_th"] in html.unescape(client.get("/oversight/warnings").get_data(as_text=True))
    with time_machine.travel(datetime(2026, 11, 22, 16, 59, tzinfo=UTC), tick=False):
        assert GIVEN["text_th"] in home(app)
    with time_machine.travel(datetime(2026, 11, 22, 17, 0, tzinfo=UTC), tick=False):
        assert GIVEN["text_th"] not in home(app)
    assert recorded() == ["warning_added"]


def test_one_ahead_waits_and_one_taken_off_is_gone(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        client.post("/oversight/warnings", data=GIVEN | {"first": "21/11/2569"})
        assert GIVEN["text_th"] not in home(app)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        sign_in(client, Role.SUPERVISOR)
        assert GIVEN["text_th"] in home(app)
        for _ in range(2):
            assert client.post(f"/oversight/warnings/{the_warning().id}/end").status_code == 303
        assert GIVEN["text_th"] not in home(app)
    assert recorded() == ["warning_added", "warning_ended"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text_th": ""}, "text_th"),
        ({"text_en": "x" * 501}, "text_en"),
        ({"first": "soon"}, "first"),
        ({"last": ""}, "last"),
        ({"last": "19/11/2569"}, "last"),
        ({"last": "31/12/2599"}, "last"),
        ({"first": "22/11/2569", "last": "21/11/2569"}, "last"),
    ],
)
def test_what_is_wrong_is_named_and_kept(app: Flask, client: FlaskClient, wrong: dict[str, str], field: str) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        answer = client.post("/oversight/warnings", data=GIVEN | wrong)
    assert answer.status_code == 422
    page = html.unescape(answer.get_data(as_text=True))
    assert f'id="{field}-error"' in page
    assert f'<a href="#{field}">{say(f"warning.{field}", "th")}: ' in page
    assert (GIVEN | wrong)["text_th"] in page
    assert db.session.scalars(select(PublicWarning)).all() == []
    db.session.remove()
