"""What an agency's own system does over the API: whole stories, each walking many rules of the wire."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.case import Case
from complaints.domain.client import AgencyChange, ApiAnswer, ApiClient, ApiToken, Scope
from complaints.domain.event import Event
from complaints.domain.message import Message
from complaints.services import clients, correspond, follow, once
from tests.centre import sign_in
from tests.filing import JPEG, look_into_all
from tests.services.scene import NOW, at_once, referred, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings

ALL = [scope.value for scope in Scope]
BASE = "/api/v1"


class System:
    """An agency's system that calls the API."""

    def __init__(self, app: Flask, agency: str = "POLICE", scopes: list[str] | None = None, name: str = "") -> None:
        self.name = name or f"ระบบ {agency}"
        with unit_of_work() as session:
            _, self.token = clients.create(
                session, self.name, scopes or ALL, 365, Actor(Role.ADMINISTRATOR), datetime.now(UTC), agency=agency
            )
        db.session.remove()
        self.browser = app.test_client()
        self.calls = 0

    def get(self, path: str, status: int = 200, **headers: str) -> TestResponse:
        answer = self.browser.get(BASE + path, headers={"Authorization": f"Bearer {self.token}", **headers})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer

    def post(self, path: str, body: Any = None, status: int = 200, *, key: str = "", **headers: str) -> TestResponse:
        self.calls += 1
        told = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"call-{self.calls:06d}"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"json": body}
        answer = self.browser.post(BASE + path, headers=told, **more)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer

    def etag(self, referral_id: int) -> str:
        return str(self.get(f"/referrals/{referral_id}").headers["ETag"])


def refusal(answer: TestResponse) -> tuple[str, dict[str, str]]:
    """Its code and the places of its faults."""
    assert answer.mimetype == "application/problem+json"
    told = answer.get_json(force=True)
    assert set(told["messages"]) == {"th", "en"}
    assert told["messages"]["th"] != told["messages"]["en"]
    faults = {fault["pointer"]: fault["code"] for fault in told.get("errors", ())}
    return told["type"].rpartition(":")[2], faults


def test_an_agency_lives_on_the_api(app: Flask, settings: Settings) -> None:
    number = referred("POLICE", name="ผู้ร้องสมมุติ", phone="0812345678")
    theirs = referred("OCPB")
    system = System(app)

    page = system.get("/referrals").get_json()
    assert [item["number"] for item in page["items"]] == [number]
    assert (page["next_cursor"], page["changes_cursor"]) == (None, "c1")
    referral_id = page["items"][0]["id"]
    with unit_of_work() as session:
        other_id = the_case(session, theirs).referrals[0].id
    system.get(f"/referrals/{other_id}", 404)
    system.get(f"/referrals/{other_id}/person", 404)
    system.post(f"/referrals/{other_id}/acknowledge", status=404)

    shown = system.get(f"/referrals/{referral_id}")
    told = shown.get_json()
    assert told["story"].startswith("ร้านปิดหนี")
    assert told["possible"] == ["acknowledge", "accept", "decline", "answer", "questions", "messages", "notes", "files"]
    assert "0812345678" not in shown.get_data(as_text=True)
    person = system.get(f"/referrals/{referral_id}/person").get_json()
    assert (person["name"], person["phone"]) == ("ผู้ร้องสมมุติ", "0812345678")

    assert system.post(f"/referrals/{referral_id}/acknowledge").get_json()["state"]["code"] == "acknowledged"
    # A receipt may be told twice; nothing happens the second time.
    again = system.post(f"/referrals/{referral_id}/acknowledge", {})
    assert again.headers["ETag"] == system.etag(referral_id)
    tag = str(again.headers["ETag"])
    accepted = system.post(f"/referrals/{referral_id}/accept", If_Match=tag)
    assert accepted.get_json()["case_state"]["code"] == "in_progress"
    assert refusal(system.post(f"/referrals/{referral_id}/answer", {}, 428))[0] == "http_428"
    assert refusal(system.post(f"/referrals/{referral_id}/return", {"reason": "x"}, 412, If_Match=tag))[0] == "http_412"
    asked = system.post(f"/referrals/{referral_id}/questions", {"body": "ขอสลิป"}, 201, If_Match="*").get_json()
    assert asked["case_state"]["code"] == "waiting"
    with unit_of_work() as session:
        found = the_case(session, number)
        correspond.write_in(session, found, "นี่ครับ", follow.complainant_of(found), datetime.now(UTC))
    system.post(f"/referrals/{referral_id}/notes", {"body": "ภายใน"}, 201)
    photo = {"name": "ตอบ.jpg", "content": base64.b64encode(JPEG).decode(), "body": "หนังสือจากร้าน"}
    kept = system.post(f"/referrals/{referral_id}/files", photo, 201).get_json()
    look_into_all(settings)
    result = {"outcome": "refunded_part", "answer": "คืนบางส่วน", "recovered_satang": 10_000}
    tag = system.etag(referral_id)
    assert (
        system.post(f"/referrals/{referral_id}/answer", result, If_Match=tag).get_json()["state"]["code"] == "answered"
    )

    look_at_what_it_did(system, referral_id, kept["file_id"])
    look_at_the_record(app, system, number)


def look_at_what_it_did(system: System, referral_id: int, file_id: int) -> None:
    whole = system.get(f"/referrals/{referral_id}").get_json()
    assert [said["body"] for said in whole["messages"]] == ["ขอสลิป", "นี่ครับ", "ภายใน", "หนังสือจากร้าน", "คืนบางส่วน"]
    assert (whole["recovered_satang"], whole["outcome"]["code"]) == (10_000, "refunded_part")
    assert {step["client"] for step in whole["events"] if step["role"] == "partner"} == {system.name}
    assert whole["possible"] == ["notes"]
    (file,) = whole["files"]
    assert (file["id"], file["sha256"], file["role"]) == (file_id, file["sha256"], "partner")
    assert system.get(file["download"].removeprefix(BASE)).data == JPEG
    # The agency works on it no more: the contacts are closed, the question too late.
    assert refusal(system.get(f"/referrals/{referral_id}/person", 403))[0] == "not_allowed"
    for late, body in (("questions", {"body": "?"}), ("messages", {"body": "?"}), ("accept", {})):
        assert refusal(system.post(f"/referrals/{referral_id}/{late}", body, 409, If_Match="*"))[0] == "step_impossible"


def look_at_the_record(app: Flask, system: System, number: str) -> None:
    with unit_of_work() as session:
        looks = session.scalars(select(Event).where(Event.action == "view_person")).all()
        assert [(look.agency_code, look.data["client"]) for look in looks] == [
            ("POLICE", session.scalars(select(ApiClient.id)).one())
        ]
    officer = app.test_client()
    sign_in(officer, Role.PARTNER)
    assert system.name in officer.get(f"/partner/case/{number}").get_data(as_text=True)

    changes = system.get("/changes?cursor=c1&limit=5").get_json()
    rest = system.get(f"/changes?cursor={changes['next_cursor']}").get_json()
    lines = [*changes["items"], *rest["items"]]
    assert (changes["more"], rest["more"]) == (True, False)
    assert [line["action"]["code"] for line in lines] == [
        *("acknowledge", "accept", "ask", "reply", "note", "write", "answer")
    ]
    assert [line["cursor"] for line in lines] == [f"c{place}" for place in range(2, 9)]
    assert (lines[-1]["state"]["code"], lines[-1]["client"]) == ("answered", system.name)
    assert refusal(system.get("/changes?cursor=c999", 422)) == ("invalid", {"/cursor": "cursor_ahead"})
    assert system.get("/changes?cursor=c8").get_json() == {"items": [], "next_cursor": "c8", "more": False}


def test_sent_back_it_is_told_once_more_and_then_gone(app: Flask) -> None:
    number = referred("POLICE", "OCPB")
    system, other = System(app), System(app, "OCPB")
    referral_id = system.get("/referrals").get_json()["items"][0]["id"]
    blank = system.post(f"/referrals/{referral_id}/decline", {"reason": " "}, 422, If_Match="*")
    assert refusal(blank) == ("invalid", {"/reason": "required"})
    told = system.post(f"/referrals/{referral_id}/decline", {"reason": "ไม่ใช่"}, If_Match=system.etag(referral_id))
    assert told.get_json()["state"]["code"] == "declined"
    system.get(f"/referrals/{referral_id}", 404)
    other_id = other.get("/referrals").get_json()["items"][0]["id"]
    other.post(f"/referrals/{other_id}/messages", {"body": "กำลังดู"}, 201)
    codes = [line["action"]["code"] for line in system.get("/changes").get_json()["items"]]
    assert codes == ["refer", "refer", "decline"]
    # The other agency learns the public steps of the case, and no reason that is not for it.
    heard = [line["action"]["code"] for line in other.get("/changes").get_json()["items"]]
    assert heard == ["refer", "refer", "decline", "write"]
    assert number in other.get("/changes").get_data(as_text=True)


def test_lists_have_filters_and_pages(app: Flask) -> None:
    numbers = [referred("POLICE", now=NOW + timedelta(hours=hour), province="10") for hour in range(3)]
    system = System(app)
    first = system.get("/referrals?limit=2").get_json()
    second = system.get(f"/referrals?limit=2&cursor={first['next_cursor']}").get_json()
    assert [item["number"] for item in (*first["items"], *second["items"])] == numbers
    assert second["next_cursor"] is None
    system.post(f"/referrals/{first['items'][0]['id']}/accept", If_Match="*")
    after = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    for query, found in (
        ("state=accepted", numbers[:1]),
        ("state=sent&open=true", numbers[1:]),
        ("open=false", []),
        ("province=10&category=seller_fraud", numbers),
        ("province=50", []),
        (f"number={numbers[1]}", numbers[1:2]),
        (f"sent_from={after}", numbers[1:]),
        (f"sent_to={after}", numbers[:1]),
    ):
        assert [item["number"] for item in system.get(f"/referrals?{query}").get_json()["items"]] == found, query
    for query, faults in (
        ("stat=sent", {"/stat": "unknown_field"}),
        ("limit=0&cursor=x", {"/limit": "wrong_value", "/cursor": "wrong_value"}),
        ("state=x&open=1", {"/state": "wrong_value", "/open": "wrong_value"}),
        ("category=x&province=99", {"/category": "choose_category", "/province": "choose_province"}),
        ("sent_from=2026-11-01", {"/sent_from": "moment"}),
        ("limit=1&limit=2", {"/limit": "once"}),
    ):
        assert refusal(system.get(f"/referrals?{query}", 422)) == ("invalid", faults), query
    told = system.get("/catalogue").get_json()
    assert {"POLICE", "OCPB"} <= {agency["code"] for agency in told["agencies"]}
    assert len(told["provinces"]) == 77
    assert system.get("/client").get_json()["agency"]["code"] == "POLICE"


def test_the_wire_keeps_its_rules(app: Flask, limited_app: Flask) -> None:
    referred("POLICE")
    system = System(app)
    path = BASE + "/referrals"
    told = {"Authorization": f"Bearer {system.token}"}
    head = system.browser.head(path, headers=told)
    assert (head.status_code, head.data) == (200, b"")
    options = system.browser.options(path, headers={"Origin": "https://elsewhere.example"})
    assert (options.status_code, set(options.headers["Allow"].split(", "))) == (200, {"GET", "HEAD", "OPTIONS"})
    assert not [name for name, _ in options.headers if name.startswith("Access-Control")]
    wrong = system.browser.delete(path, headers=told)
    assert (refusal(wrong)[0], wrong.status_code) == ("http_405", 405)
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert refusal(system.browser.get(BASE + "/nothing", headers=told))[0] == "http_404"
    assert refusal(system.get("/referrals", 406, Accept="text/html"))[0] == "http_406"
    referral_id = system.get("/referrals").get_json()["items"][0]["id"]
    step = f"{path}/{referral_id}/notes"
    headers = told | {"Idempotency-Key": "k" * 8}
    text = system.browser.post(step, data="body=x", headers=headers, content_type="text/plain")
    assert (text.status_code, refusal(text)[0]) == (415, "http_415")
    assert refusal(system.post(f"/referrals/{referral_id}/notes", {"body": "x", "bdy": 1}, 422)) == (
        "invalid",
        {"/bdy": "unknown_field"},
    )
    assert refusal(system.browser.post(step, json={"body": "x"}, headers=told))[0] == "idempotency_key"
    tagged = system.post(f"/referrals/{referral_id}/accept", status=400, If_Match="4")
    assert refusal(tagged)[0] == "if_match"
    limited = limited_app.test_client().get(path, headers=told)
    assert limited.headers["RateLimit-Limit"] == "300"
    assert 0 <= int(limited.headers["RateLimit-Remaining"]) < 300
    assert 0 <= int(limited.headers["RateLimit-Reset"]) <= 60


def test_scopes_and_an_agency_decide(app: Flask) -> None:
    referral_id = 1
    referred("POLICE")
    reads = System(app, scopes=["referrals:read"], name="อ่าน")
    files = System(app, agency="", scopes=["file"], name="ส่ง")
    reads.get("/referrals")
    assert refusal(reads.get(f"/referrals/{referral_id}/person", 403))[0] == "http_403"
    reads.post(f"/referrals/{referral_id}/notes", {"body": "x"}, 403)
    for path in ("/referrals", "/changes"):
        files.get(path, 403)
    assert files.get("/client").get_json()["agency"] is None
    with app.app_context(), pytest.raises(clients.InvalidInput) as error, unit_of_work() as session:
        clients.create(session, "ไร้สังกัด", ["referrals:read"], 90, SYSTEM, datetime.now(UTC))
    assert (error.value.field, error.value.values["reason"]) == ("agency", "agency_for_scope")


def test_fifty_equal_steps_at_once_are_one(app: Flask) -> None:
    number = referred("POLICE")
    system = System(app)
    referral_id = system.get("/referrals").get_json()["items"][0]["id"]
    path = f"{BASE}/referrals/{referral_id}/notes"
    headers = {"Authorization": f"Bearer {system.token}", "Idempotency-Key": "fifty-at-once"}
    answers = at_once(app, 50, lambda _: app.test_client().post(path, json={"body": "ครั้งเดียว"}, headers=headers))
    assert {getattr(answer, "status_code", answer) for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    with unit_of_work() as session:
        notes = select(func.count()).select_from(Message).where(Message.body == "ครั้งเดียว")
        assert session.scalar(notes) == 1
        assert [event.action for event in the_case(session, number).events].count("note") == 1
    other = system.post(f"/referrals/{referral_id}/notes", {"body": "อื่น"}, 422, key="fifty-at-once")
    assert refusal(other)[0] == "idempotency_key_used"
    # A step that was refused has left its key free; so has one that broke off.
    system.post(f"/referrals/{referral_id}/decline", {"reason": "ไม่ใช่"}, 412, key="refused-first", If_Match='"1"')
    system.post(f"/referrals/{referral_id}/notes", {"body": "ใช้ได้"}, 201, key="refused-first")
    with unit_of_work() as session:
        kept = session.scalar(select(func.count()).select_from(ApiAnswer))
        assert kept == 2
        assert once.forget(session, datetime.now(UTC)) == 0
        session.execute(update(ApiAnswer).values(at=datetime.now(UTC) - once.KEPT - timedelta(minutes=1)))
        assert once.forget(session, datetime.now(UTC)) == 2


def test_changes_are_neither_missed_nor_doubled_while_many_write(app: Flask) -> None:
    numbers = [referred("POLICE", "OCPB") for _ in range(4)]
    writers = [Actor(Role.PARTNER, agency=code) for code in ("POLICE", "OCPB")]
    told: list[int] = []
    done = threading.Event()

    def read() -> None:
        system = System(app)
        cursor = "c0"
        while True:
            ending = done.is_set()
            page = system.get(f"/changes?cursor={cursor}&limit=3").get_json()
            told.extend(int(item["cursor"][1:]) for item in page["items"])
            cursor = page["next_cursor"]
            if ending and not page["more"]:
                return

    def write(turn: int) -> None:
        for _ in range(5):
            with unit_of_work() as session:
                found = session.scalars(
                    select(Case).where(Case.number == numbers[turn % 4]).with_for_update(of=Case)
                ).one()
                correspond.write_out(session, found, "เขียน", writers[turn % 2], NOW)
            db.session.remove()

    def job(turn: int) -> None:
        try:
            if turn == 0:
                read()
            else:
                write(turn)
                left.discard(turn)
        finally:
            if not left:
                done.set()

    left = set(range(1, 8))
    assert at_once(app, 8, job) == [None] * 8
    with unit_of_work() as session:
        known = session.scalars(
            select(AgencyChange.number).where(AgencyChange.agency_code == "POLICE").order_by(AgencyChange.number)
        ).all()
    assert told == known == list(range(1, 8 + 35 + 1))


def test_a_token_is_changed_without_a_gap(app: Flask, client: FlaskClient) -> None:
    referred("POLICE")
    sign_in(client, Role.ADMINISTRATOR)
    form = {"name": "ระบบใหม่", "scopes": ["referrals:read"], "days": "90", "agency": ""}
    refused = client.post("/admin/clients/new?lang=en", data=form)
    assert (refused.status_code, "Please choose the agency" in refused.get_data(as_text=True)) == (422, True)

    def shown(answer: TestResponse) -> str:
        page = answer.get_data(as_text=True)
        return page.partition("<code>")[2].partition("</code>")[0]

    first = shown(client.post("/admin/clients/new", data=form | {"agency": "POLICE"}))

    def opens(token: str) -> bool:
        return client.get(f"{BASE}/referrals", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    assert opens(first)
    with unit_of_work() as session:
        client_id = session.scalars(select(ApiClient.id)).one()
    page = f"/admin/clients/{client_id}"
    second = shown(client.post(f"{page}/token", data={"days": "90"}))
    assert opens(first)
    assert opens(second)
    third = client.post(f"{page}/token?lang=en", data={"days": "90"})
    assert (third.status_code, "Two tokens are valid already" in third.get_data(as_text=True)) == (422, True)
    with unit_of_work() as session:
        old, new = session.scalars(select(ApiToken).order_by(ApiToken.id)).all()
        assert None not in {old.used_at, new.used_at}
        old_id = old.id
    assert client.post(f"{page}/token/{old_id}/end").status_code == 303
    assert (opens(first), opens(second)) == (False, True)
    told = client.get(f"{page}?lang=en").get_data(as_text=True)
    assert all(words in told for words in (first[:10], second[:10], "Ended by hand"))
    assert first not in told
    record = client.get("/admin/changes?lang=en").get_data(as_text=True)
    assert all(
        words in record for words in ("Further token of a partner system made", "Token of a partner system ended")
    )
    assert client.post(f"{page}/revoke").status_code == 303
    assert not opens(second)
