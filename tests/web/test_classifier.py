"""The classifier's page: what waits for a word, who may say it, the way back."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.learning import DriftWeek
from complaints.domain.wording import say
from complaints.services.learn import champion
from tests.centre import sign_in
from tests.services.test_learn_champion import proposed, standings, taken

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ADDRESS = "/oversight/classifier"
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def side(recall: float, accuracy: float) -> dict[str, Any]:
    return {
        "accuracy": accuracy,
        "auto": {"share": 0.75, "precision": 0.99},
        "urgency": {"recall": 0.96},
        "categories": {"seller_fraud": {"rows": 9, "recall": recall}, "personal_data": {"rows": 0, "recall": None}},
    }


REPORT = {
    "rows": 812,
    "champion": side(0.95, 0.9),
    "challenger": side(0.9, 0.925),
    "losses": ["seller_fraud"],
    "changed": 61,
    "changes": [{"id": "C-2569-1", "before": "seller_fraud", "after": "purchase_dispute"}],
}


def page(client: FlaskClient, language: str = "th") -> str:
    answer = client.get(f"{ADDRESS}?lang={language}")
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("language", ["th", "en"])
def test_an_empty_centre_says_what_will_come(client: FlaskClient, language: str) -> None:
    sign_in(client, Role.SUPERVISOR)
    shown = page(client, language)
    for key in ("project_rows", "none_waits", "drift.none"):
        assert say(f"classifier.{key}", language) in shown
    assert champion.base() in shown
    assert "/classifier/back" not in shown


def test_the_report_says_what_gets_better_and_what_worse(client: FlaskClient) -> None:
    proposed("v1", report=REPORT)
    sign_in(client, Role.SUPERVISOR)
    shown = page(client, "en")
    for words in ("95.0 %", "90.0 %", "+2.5", "-5.0", "812", "61", "C-2569-1", "Worse by more than 2 points"):
        assert words in shown


def test_a_supervisor_puts_it_into_service_and_goes_back(client: FlaskClient) -> None:
    proposed("v1", report=REPORT)
    sign_in(client, Role.SUPERVISOR)
    assert client.post(f"{ADDRESS}/take", data={"version": "v1"}).status_code == 303
    assert standings() == {"v1": "champion"}
    shown = page(client)
    assert say("classifier.taken", "th") in shown
    assert "ทดสอบ supervisor" in shown
    assert client.post(f"{ADDRESS}/back", data={"version": "v1"}).status_code == 303
    assert standings() == {"v1": "withdrawn"}
    assert say("classifier.held", "th") in page(client)


def test_turning_down_asks_why(client: FlaskClient) -> None:
    proposed("v1", report=REPORT)
    sign_in(client, Role.SUPERVISOR)
    answer = client.post(f"{ADDRESS}/reject", data={"version": "v1", "reason": " "})
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.get_data(as_text=True)
    assert standings() == {"v1": "candidate"}
    assert client.post(f"{ADDRESS}/reject", data={"version": "v1", "reason": "แย่ลงกับร้านค้า"}).status_code == 303
    assert standings() == {"v1": "rejected"}
    assert "แย่ลงกับร้านค้า" in page(client)


def test_what_waits_for_a_word_is_counted_on_every_page_of_oversight(client: FlaskClient) -> None:
    sign_in(client, Role.SUPERVISOR)
    counted = '<span class="count">1</span>'
    assert counted not in client.get("/oversight/health").get_data(as_text=True)
    proposed("v1", report=REPORT)
    assert counted in client.get("/oversight/health").get_data(as_text=True)


def test_who_comes_second_is_told_how_things_stand(client: FlaskClient) -> None:
    proposed("v1", report=REPORT)
    sign_in(client, Role.SUPERVISOR)
    client.post(f"{ADDRESS}/take", data={"version": "v1"})
    for step in ("take", "reject"):
        client.get(ADDRESS)
        assert client.post(f"{ADDRESS}/{step}", data={"version": "v1", "reason": "x"}).status_code == 303
        assert say("classifier.meanwhile", "th") in page(client)
    assert client.post(f"{ADDRESS}/back", data={"version": "other"}).status_code == 404
    assert standings() == {"v1": "champion"}


def test_an_administrator_looks_and_does_not_decide(client: FlaskClient) -> None:
    proposed("v1", report=REPORT)
    sign_in(client, Role.ADMINISTRATOR)
    shown = page(client)
    assert say("classifier.supervisor_decides", "th") in shown
    assert "/classifier/take" not in shown
    for step in ("take", "reject", "back"):
        assert client.post(f"{ADDRESS}/{step}", data={"version": "v1", "reason": "x"}).status_code == 403
    assert standings() == {"v1": "candidate"}


def test_a_broken_model_and_a_drift_stand_at_the_top(app: Flask, client: FlaskClient) -> None:
    taken("v1")
    with unit_of_work() as session:
        champion.note_state(session, "v1", "OSError: gone")
        session.add(
            DriftWeek(
                monday=date(2026, 11, 16),
                decisions=200,
                unsure=80,
                checked=0,
                corrected=0,
                words=900,
                unseen=90,
                notices=["unsure"],
                measured_at=NOW,
            )
        )
    db.session.remove()
    sign_in(client, Role.SUPERVISOR)
    shown = page(client, "en")
    assert say("classifier.broken", "en") in shown
    assert say("classifier.drift.notice", "en", points=10) in shown
    assert "40.0 % (80 of 200)" in shown
    assert "10.0 % (90 of 900)" in shown
