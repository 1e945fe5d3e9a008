"""What stands at the door for every face: NUL, unknown addresses, headers, CSRF."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def test_a_nul_never_reaches_the_database(client: FlaskClient) -> None:
    answer = client.post("/report/story", data={"story": "โดน\x00โกง", "money": "none", "go": "next"})
    assert answer.status_code == 303
    assert "โดนโกง" in client.get("/report/story").get_data(as_text=True)
    assert client.get("/track?number=%00").status_code == 200


def test_an_unknown_address_is_told_in_both_languages(client: FlaskClient) -> None:
    assert client.get("/nowhere").status_code == 404
    assert "ไม่พบหน้านี้" in client.get("/nowhere").get_data(as_text=True)
    assert "Page not found" in client.get("/nowhere?lang=en").get_data(as_text=True)


def test_every_answer_carries_its_policy(client: FlaskClient) -> None:
    headers = client.get("/").headers
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-Id"]


def test_a_form_from_elsewhere_is_refused(limited_app: Flask) -> None:
    answer = limited_app.test_client().post("/track", data={"number": "1", "secret": "2"})
    assert answer.status_code == 400
    assert "หมดอายุ" in answer.get_data(as_text=True)
