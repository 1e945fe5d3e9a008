"""Civic apps: GeoReport v2 in both its forms, from the discovery to the day on which a case is published."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.inbound import RawMessage
from complaints.domain.opendata import RequestToken
from complaints.domain.person import Person
from complaints.services import follow
from complaints.services.evidence.stores import open_store
from complaints.web import publishing
from complaints.web.open311.wire import EACH
from tests.services.scene import DAY, NOW, answered, at_once, in_triage, the_case
from tests.web.test_api import count, made

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings

V2 = "/open311/v2"
STORY = "โอนเงินซื้อรองเท้าจากร้านสมมุติแล้วร้านบล็อก\nแนบแชตไว้แล้ว"
FORM = {
    "jurisdiction_id": "centre.example",
    "service_code": "seller_fraud",
    "description": STORY,
    "first_name": "มาลี",
    "last_name": "สมมุติ",
    "phone": "081 234 5678",
    "email": "malee@example.com",
    "account_id": "user-7",
    "lat": "13.75",
    "long": "100.5",
    "address_string": "",
    "attribute[consent]": "yes",
    "attribute[lost_baht]": "3,500.50",
    "attribute[province]": "50",
}


def plain(element: ET.Element) -> Any:
    """XML as the JSON says it, all values as words."""
    if element.tag in EACH:
        assert {child.tag for child in element} <= {EACH[element.tag]}
        return [plain(child) for child in element]
    return {child.tag: plain(child) for child in element} if len(element) else element.text or ""


def worded(told: Any) -> Any:
    """JSON with all values as words."""
    if isinstance(told, list):
        return [worded(one) for one in told]
    if isinstance(told, dict):
        return {name: worded(one) for name, one in told.items()}
    return "" if told is None else str(told).lower() if isinstance(told, bool) else str(told).replace("\r", "\n")


def told(answer: TestResponse) -> Any:
    kind = answer.headers["Content-Type"]
    if kind == "application/json; charset=utf-8":
        return answer.get_json()
    assert kind == "text/xml; charset=utf-8"
    assert answer.data.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return plain(ET.fromstring(answer.data))  # noqa: S314 - what we wrote ourselves


def both(client: FlaskClient, path: str, *, query: str = "", status: int = 200, lang: str = "en") -> Any:
    """The same address in both forms says the same."""
    found = [client.get(f"{V2}{path}.{form}?{query}", headers={"Accept-Language": lang}) for form in ("json", "xml")]
    assert [answer.status_code for answer in found] == [status, status], found[0].get_data(as_text=True)
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in found] == ["*", "*"]
    assert worded(told(found[0])) == told(found[1])
    return told(found[0])


def refused(answer: TestResponse, status: int) -> list[str]:
    errors = told(answer)
    assert (answer.status_code, {str(one["code"]) for one in errors}) == (status, {str(status)})
    return [one["description"] for one in errors]


def post(
    client: FlaskClient, key: str | None, form: str = "json", headers: Any = None, **more: str | None
) -> TestResponse:
    fields = {name: value for name, value in {**FORM, "api_key": key, **more}.items() if value is not None}
    return client.post(f"{V2}/requests.{form}", data=fields, headers={"Accept-Language": "en", **(headers or {})})


def publish(settings: Settings, now: datetime) -> None:
    assert publishing.publish(open_store(settings), now) > 0
    db.session.remove()


def test_an_app_finds_the_centre_its_kinds_and_what_to_ask(app: Flask, client: FlaskClient) -> None:
    found = both(client, "/discovery")
    assert [one["specification"] for one in found["endpoints"]] == ["http://wiki.open311.org/GeoReport_v2"]
    assert found["endpoints"][0]["formats"] == ["application/json", "text/xml"]
    assert found["endpoints"][0]["url"].endswith(V2)
    kinds = both(client, "/services")
    assert {one["type"] for one in kinds} == {"batch"}
    names = [next(one["service_name"] for one in both(client, "/services", lang=lang)) for lang in ("th", "en")]
    assert names[0] != names[1]
    for one in kinds:
        asked = both(client, f"/services/{one['service_code']}")["attributes"]
        assert (asked[0]["code"], asked[0]["required"]) == ("consent", True)
        assert [row["order"] for row in asked] == [1, 2, 3, 4]
        assert len(asked[3]["values"]) == 77
    assert "services" in both(client, "/services/no_such", status=404)[0]["description"]
    for path in ("/nothing", "/requests/0123456789abcdef", "/tokens/made-up", f"/tokens/{'x' * 500}"):
        assert both_missing(client, path)
    assert refused(client.delete(f"{V2}/services.xml"), 405)


def both_missing(client: FlaskClient, path: str) -> bool:
    found = [refused(client.get(f"{V2}{path}.{form}"), 404) for form in ("json", "xml")]
    return found[0] == found[1]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_complaint_is_posted_once_and_published_by_its_token(
    app: Flask, client: FlaskClient, settings: Settings, form: str
) -> None:
    key = made(scopes=["open311"])
    first = post(client, key, form, {"Idempotency-Key": "app-000001"})
    again = post(client, key, form, {"Idempotency-Key": "app-000001"})
    assert (first.status_code, again.status_code, first.data) == (201, 201, again.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (
        "Something else"
        in refused(post(client, key, form, {"Idempotency-Key": "app-000001"}, description="อื่น"), 400)[0]
    )
    case = db.session.scalars(select(Case)).one()
    assert (case.story, case.category_code, case.province, case.lost) == (
        STORY,
        "seller_fraud",
        "50",
        350_050,
    )
    assert (case.channel, case.language, case.person.name, case.person.phone) == (
        "partner_api",
        "en",
        "มาลี สมมุติ",
        "0812345678",
    )
    assert case.consent_at == case.received_at
    assert "account_id user-7, lat 13.75, long 100.5" in case.messages[0].body
    row = told(first)[0]
    assert set(row) == {"token", "service_notice", "account_id"}
    assert case.number in row["service_notice"]
    number, day = case.number, case.received_at
    kept = [one.body for one in db.session.scalars(select(RawMessage))]
    assert all(b"malee" in body and b"api_key" not in body and key.encode() not in body for body in kept)
    assert row["token"] not in db.session.scalars(select(RequestToken)).one().token_hash
    db.session.remove()

    secret = row["service_notice"].partition("secret code ")[2].partition(":")[0]
    assert client.post("/track", data={"number": number, "secret": secret}).location == "/case"
    # Without a key of its own the same words are the same complaint.
    answers = at_once(app, 6, lambda _turn: post(app.test_client(), key, form))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers} | {first.data}) == 2
    assert count(Case) == 2

    waiting = both(client, f"/tokens/{row['token']}")
    assert waiting == [{"service_request_id": None, "token": row["token"]}]
    assert both(client, "/requests") == []
    publish(settings, day + DAY)
    public_id = both(client, f"/tokens/{row['token']}")[0]["service_request_id"]
    request = both(client, f"/requests/{public_id}")[0]
    assert (request["status"], request["service_code"], request["requested_datetime"][10:]) == (
        "open",
        "seller_fraud",
        "T00:00:00+07:00",
    )
    assert "at work" in request["status_notes"]
    everything = client.get(f"{V2}/requests.{form}").get_data(as_text=True)
    assert not [word for word in (STORY, "มาลี", "malee", number, row["token"], "13.75", "user-7") if word in everything]


def test_what_is_wrong_is_told_by_field_and_nothing_is_filed(app: Flask, client: FlaskClient) -> None:
    key, other = made(scopes=["open311"]), made("อื่น")
    for form in ("json", "xml"):
        for bad in (None, "", "occ_wrong", other):
            assert "api_key" in refused(post(client, bad, form), 403)[0]
        assert refused(post(client, key, form, service_code="no_such"), 404)
        assert "service_code" in refused(post(client, key, form, service_code=None), 400)[0]
        wrong = {
            "description": " ",
            "phone": "1",
            "email": "x",
            "lat": "9" * 41,
            "attribute[consent]": "no",
            "attribute[lost_baht]": "many",
            "attribute[transferred_at]": "9999-12-31T23:59:59-12:00",
            "attribute[province]": "99",
            "nonsense\x0b": "1",
        }
        found = refused(post(client, key, form, **wrong), 400)
        assert {one.partition(":")[0] for one in found} == {
            name.strip("\x0b") if form == "xml" else name for name in wrong
        }
        assert (
            "moment"
            in refused(post(client, key, form, {}, **{"attribute[transferred_at]": "2100-01-01T00:00:00Z"}), 400)[0]
        )
        assert refused(post(client, key, form, {"Idempotency-Key": "short"}), 400)
        assert refused(client.post(f"{V2}/requests.{form}", data="x" * 300_000), 413)
        strange = {f"strange{turn}": "1" for turn in range(500)}
        assert len(refused(post(client, key, form, **strange), 400)) == 30
        twice = client.post(f"{V2}/requests.{form}", data={"api_key": key, "phone": ["1", "2"]})
        assert any(one.startswith("phone") for one in refused(twice, 400))
        assert refused(
            client.post(f"{V2}/requests.{form}", data={"api_key": key}, content_type="multipart/form-data"), 400
        )
    for language in ("th", "en"):
        text = post(client, key, headers={"Accept-Language": language}, description="").get_json()[0]["description"]
        assert text.isascii() == (language == "en")
    assert (count(Case), count(Person), count(RequestToken)) == (0, 0, 0)


def test_what_was_published_is_filtered_and_paged(app: Flask, client: FlaskClient, settings: Settings) -> None:
    for back in (1, 2, 2, 40):
        in_triage(NOW - back * DAY)
    answered("POLICE", now=NOW - 20 * DAY)
    early = in_triage(NOW - 3 * DAY)
    with unit_of_work() as session:
        follow.withdraw(session, the_case(session, early), "", NOW)
    late = in_triage(NOW - 4 * DAY)
    publish(settings, NOW)
    with unit_of_work() as session:
        follow.withdraw(session, the_case(session, late), "", NOW + timedelta(hours=1))
    db.session.remove()
    span = "start_date=2026-09-15T00:00:00Z&end_date=2026-11-20T23:59:59%2B07:00"
    rows = both(client, "/requests", query=span)
    assert len(rows) == db.session.scalar(select(func.count()).select_from(Case)) == 7
    assert [one["service_request_id"] for one in rows] == sorted(one["service_request_id"] for one in rows)
    closed = both(client, "/requests", query=f"{span}&status=closed")
    # What was taken back after the publication is told as open until the next.
    assert len(closed) == 2
    assert len(both(client, "/requests", query=f"{span}&status=open")) == 5
    assert both(client, "/requests", query=f"{span}&status=open,closed") == rows
    assert {one["updated_datetime"] is None for one in closed} == {True, False}
    assert len({one["status_notes"] for one in closed}) == 2
    assert both(client, "/requests", query=f"{span}&service_code=seller_fraud,purchase_dispute") == rows
    assert both(client, "/requests", query=f"{span}&service_code=purchase_dispute") == []
    # A moment within a day asks for the whole day: the hour of receipt is nobody's to find.
    assert (
        len(
            both(
                client, "/requests", query="start_date=2026-11-18T20:00:00%2B07:00&end_date=2026-11-18T20:00:01%2B07:00"
            )
        )
        == 2
    )
    ids = ",".join(one["service_request_id"] for one in rows[:2])
    assert both(client, "/requests", query=f"service_request_id={ids},made-up&status=closed") == rows[:2]

    paged, at = [], f"{V2}/requests.json?{span}&page_size=3"
    while at:
        answer = client.get(at, headers={"Accept-Language": "en"})
        paged += answer.get_json()
        link = answer.headers.get("Link", "")
        at = link[1 : link.index(">")] if link else ""
        at = f"{urlsplit(at).path}?{urlsplit(at).query}" if at else ""
        assert not at or parse_qs(urlsplit(at).query)["page_size"] == ["3"]
    assert paged == rows
    wrong = "status=maybe&page=0&page_size=many&service_code=no_such&start_date=yesterday&radius=5"
    found = both(client, "/requests", query=wrong, status=400)
    assert [one["description"].partition(":")[0] for one in found] == [
        "radius",
        "service_code",
        "status",
        "start_date",
        "page_size",
        "page",
    ]
    far = "start_date=2026-01-01T00:00:00Z&end_date=2026-11-01T00:00:00Z"
    assert "90" in both(client, "/requests", query=far, status=400)[0]["description"]
    assert both(client, "/requests", query=f"service_request_id={','.join(map(str, range(101)))}", status=400)


def test_a_key_has_a_limit_of_its_own(limited_app: Flask) -> None:
    client, key = limited_app.test_client(), made(scopes=["open311"])
    answers = [post(client, key, "xml", description="") for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {400}
    assert refused(answers[60], 429)
