"""The API of trusted parties: one complaint for one key, clear faults, and nobody without a living token."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.case import Case
from complaints.domain.client import ApiClient, ApiToken
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.message import Attachment
from complaints.services import clients
from complaints.web.api.bodies import Complaint
from tests.centre import actor, file_case, sign_in
from tests.services.scene import DAY, actions_of, at_once

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings

README = Path(__file__).parents[2] / "README.md"
BOTH = ["file", "read"]
STORY = "โอนเงินซื้อรองเท้าจากร้านสมมุติแล้วร้านบล็อก"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def made(name: str = "ตลาดสมมุติ", scopes: list[str] | None = None, days: int = 365, at: datetime | None = None) -> str:
    """A party's token."""
    administrator = actor(Role.ADMINISTRATOR)
    with unit_of_work() as session:
        chosen = BOTH if scopes is None else scopes
        _, token = clients.create(session, name, chosen, days, administrator, at or datetime.now(UTC))
    db.session.remove()
    return token


def told(**more: Any) -> dict[str, Any]:
    return {"story": STORY, "consent_at": "2026-11-01T10:00:00+07:00", **more}


def post(client: FlaskClient, token: str, document: Any, key: str = "market-000001", **more: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, **more.pop("headers", {})}
    return client.post("/api/v1/complaints", json=document, headers=headers, **more)


def count(what: Any) -> int:
    found = db.session.scalar(select(func.count()).select_from(what)) or 0
    db.session.remove()
    return found


def pointers(answer: TestResponse) -> dict[str, str]:
    """Place and code of every fault."""
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json"), answer.get_data(as_text=True)
    document = answer.get_json(force=True)
    assert document["type"] == "urn:occ1212:problem:invalid"
    assert all(set(fault["messages"]) == {"th", "en"} for fault in document["errors"])
    return {fault["pointer"]: fault["code"] for fault in document["errors"]}


def test_a_complaint_comes_in_whole(app: Flask, client: FlaskClient) -> None:
    contact = {"name": "มาลี สมมุติ", "phone": "๐๘๑ ๒๓๔ ๕๖๗๘", "email": "malee@example.com", "line_id": "malee"}
    document = told(
        complainant=contact,
        category="seller_fraud",
        province="50",
        lost_satang=350_050,
        transferred_at="2026-11-01T02:00:00Z",
        language="en",
        reference="ORDER-77",
    )
    answer = post(client, made(), document)

    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    receipt = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/complaints/{receipt['number']}"
    assert receipt["state"] == {"code": "received", "th": "เราได้รับเรื่องของคุณแล้ว", "en": receipt["state"]["en"]}
    case = db.session.scalars(select(Case)).one()
    assert (case.number, case.channel, case.story) == (receipt["number"], "partner_api", STORY)
    assert (case.category_code, case.province, case.lost, case.language) == ("seller_fraud", "50", 350_050, "en")
    assert case.transferred_at == datetime(2026, 11, 1, 2, tzinfo=UTC)
    assert case.consent_at == datetime(2026, 11, 1, 3, tzinfo=UTC)
    person = case.person
    assert (person.name, person.phone, person.email, person.line_id) == (
        "มาลี สมมุติ",
        "0812345678",
        "malee@example.com",
        "malee",
    )
    assert "ORDER-77" in case.messages[0].body
    assert "ตลาดสมมุติ" in case.messages[0].body
    assert not case.messages[0].public
    assert case.acknowledged_at is not None
    assert actions_of(db.session(), case.number)[:2] == ["file", "receipt"]


def test_the_secret_opens_the_case(app: Flask, client: FlaskClient) -> None:
    receipt = post(client, made(), told()).get_json()
    found = client.post("/track", data={"number": receipt["number"], "secret": receipt["secret"]})
    assert found.location == "/case"


def test_the_body_is_kept_as_it_came_and_the_token_nowhere(app: Flask, client: FlaskClient) -> None:
    token = made()
    body = b'{"consent_at": "2026-11-01T10:00:00+07:00",\n  "story": "x"}'
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k" * 8, "Content-Type": "application/json"}
    assert client.post("/api/v1/complaints", data=body, headers=headers).status_code == 201

    raw = db.session.scalars(select(RawMessage)).one()
    assert (raw.body, raw.sha256) == (body, hashlib.sha256(body).hexdigest())
    assert raw.read_at is not None
    assert token not in str(raw.headers)
    party = db.session.scalars(select(ApiToken)).one()
    assert party.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert party.used_at is not None
    assert token not in str(vars(party))
    assert token not in str([(row.before, row.after) for row in db.session.scalars(select(AuditEntry))])


def test_the_same_words_under_the_same_key_have_the_same_answer(app: Flask, client: FlaskClient) -> None:
    token = made()
    first = post(client, token, told())
    again = post(client, token, told())

    assert again.status_code == 201
    assert (first.data, first.headers["Location"]) == (again.data, again.headers["Location"])
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (count(Case), count(HeardEvent), count(RawMessage)) == (1, 1, 1)


def test_other_words_under_a_used_key_are_refused(app: Flask, client: FlaskClient) -> None:
    token = made()
    post(client, token, told())
    for other in (told(story="อื่น"), told(nonsense=1)):
        answer = post(client, token, other)
        assert (answer.status_code, answer.get_json(force=True)["type"]) == (
            422,
            "urn:occ1212:problem:idempotency_key_used",
        )
    assert count(Case) == 1


def test_a_key_whose_document_was_wrong_may_be_used_again(app: Flask, client: FlaskClient) -> None:
    token = made()
    assert post(client, token, told(story="")).status_code == 422
    assert post(client, token, told()).status_code == 201
    # Both bodies are kept as they came.
    assert count(RawMessage) == 2


def test_keys_of_two_parties_do_not_meet(app: Flask, client: FlaskClient) -> None:
    first, second = made("ก"), made("ข")
    numbers = {post(client, token, told()).get_json()["number"] for token in (first, second)}
    assert len(numbers) == 2


def test_fifty_equal_posts_at_once_make_one_case(app: Flask) -> None:
    token = made()
    answers = at_once(app, 50, lambda _turn: post(app.test_client(), token, told()))
    assert {getattr(answer, "status_code", answer) for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert (count(Case), count(HeardEvent), count(RawMessage)) == (1, 1, 1)


@pytest.mark.parametrize("key", [None, "short", "x" * 101, "กุญแจกุญแจ", "with blank"])
def test_without_a_good_key_nothing_is_taken(app: Flask, client: FlaskClient, key: str | None) -> None:
    headers = {"Authorization": f"Bearer {made()}"}
    if key is not None:
        headers["Idempotency-Key"] = key.encode().decode("latin-1")
    answer = client.post("/api/v1/complaints", json=told(), headers=headers)
    assert (answer.status_code, answer.get_json(force=True)["type"]) == (400, "urn:occ1212:problem:idempotency_key")
    assert count(RawMessage) == 0


def test_every_fault_is_told_at_its_place_at_once(app: Flask, client: FlaskClient) -> None:
    answer = post(
        client,
        made(),
        {
            "story": " ",
            "language": "fr",
            "complainant": {"phone": "12", "email": "no", "name": 7, "line_id": "x" * 101, "age": 40},
            "consent_at": "2026-11-01",
            "category": "nothing",
            "province": 10,
            "lost_satang": 1.5,
            "transferred_at": "2999-01-01T00:00:00Z",
            "reference": "r" * 101,
            "files": [{"name": "a.png", "content": "%%"}, {"name": "", "content": "aa"}, 3],
            "stroy": "x",
            "a/b~c": 1,
        },
    )
    assert pointers(answer) == {
        "/story": "required",
        "/language": "choose_language",
        "/complainant/phone": "phone",
        "/complainant/email": "email_shape",
        "/complainant/name": "string",
        "/complainant/line_id": "too_long",
        "/complainant/age": "unknown_field",
        "/consent_at": "moment",
        "/category": "choose_category",
        "/province": "choose_province",
        "/lost_satang": "satang",
        "/transferred_at": "moment_future",
        "/reference": "too_long",
        "/files/0/content": "base64",
        "/files/1/name": "required",
        "/files/1/content": "base64",
        "/files/2": "object",
        "/stroy": "unknown_field",
        "/a~1b~0c": "unknown_field",
    }
    assert count(Case) == 0


@pytest.mark.parametrize(
    ("body", "code"), [(b"{", "json"), (b"[]", "object"), (b"\xff", "json"), (b"[" * 100_000, "json"), (b"", "json")]
)
def test_what_is_no_document(app: Flask, client: FlaskClient, body: bytes, code: str) -> None:
    headers = {"Authorization": f"Bearer {made()}", "Idempotency-Key": "k" * 8, "Content-Type": "application/json"}
    assert pointers(client.post("/api/v1/complaints", data=body, headers=headers)) == {"": code}


@pytest.mark.parametrize("value", [None, 5, [], {}, "x" * 20_001])
def test_a_story_is_asked_for(app: Flask, client: FlaskClient, value: Any) -> None:
    assert "/story" in pointers(post(client, made(), told(story=value)))


def test_a_refusal_speaks_the_readers_language(app: Flask, client: FlaskClient) -> None:
    token = made()
    for asked, spoken in (("en-GB,en;q=0.9", "en"), ("th", "th"), ("fr", "th")):
        answer = post(client, token, {}, headers={"Accept-Language": asked})
        document = answer.get_json(force=True)
        assert (answer.headers["Content-Language"], document["detail"]) == (spoken, document["messages"][spoken])
        assert document["messages"]["th"] != document["messages"]["en"]


def test_files_come_in_byte_for_byte_either_way(app: Flask, client: FlaskClient, settings: Settings) -> None:
    token = made()
    inside = told(files=[{"name": "สลิป.png", "content": base64.b64encode(PNG).decode()}])
    assert post(client, token, inside).status_code == 201
    beside = {
        "complaint": '{"story": "แนบไฟล์", "consent_at": "2026-11-01T10:00:00+07:00"}',
        "files": (io.BytesIO(PNG), "ภาพ.png"),
    }
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "market-000002"}
    first = client.post("/api/v1/complaints", data=beside, headers=headers)
    assert first.status_code == 201, first.data

    kept = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [(row.file_name, row.sha256, row.source) for row in kept] == [
        (name, hashlib.sha256(PNG).hexdigest(), "partner_api") for name in ("สลิป.png", "ภาพ.png")
    ]


def test_a_file_that_cannot_be_kept_leaves_no_case(app: Flask, client: FlaskClient) -> None:
    program = {"name": "run.exe", "content": base64.b64encode(b"MZ" + bytes(200)).decode()}
    assert set(pointers(post(client, made(), told(files=[program])))) == {"/files"}
    assert (count(Case), count(Attachment)) == (0, 0)


def test_a_body_beyond_the_limit_and_one_of_another_kind(app: Flask, client: FlaskClient, settings: Settings) -> None:
    headers = {"Authorization": f"Bearer {made()}", "Idempotency-Key": "k" * 8}
    huge = b" " * (settings.max_total_bytes * 4 // 3 + 3 * 2**20)
    for body, kind, status in ((huge, "application/json", 413), (b"story=x", "text/plain", 415)):
        answer = client.post("/api/v1/complaints", data=body, headers={**headers, "Content-Type": kind})
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    form = client.post("/api/v1/complaints", data={"story": "x"}, headers=headers, content_type="multipart/form-data")
    assert form.status_code == 400


def test_nobody_comes_in_without_a_living_token(app: Flask, client: FlaskClient) -> None:
    now = datetime.now(UTC)
    old = made("เก่า", days=30, at=now - timedelta(days=31))
    ended = made("ยกเลิก")
    administrator = actor(Role.ADMINISTRATOR)
    with unit_of_work() as session:
        party = session.scalars(select(ApiClient).where(ApiClient.name == "ยกเลิก")).one()
        clients.revoke(session, party, administrator, now)
    sign_in(client, Role.ADMINISTRATOR)
    for given in (None, "", "Bearer", "Bearer nonsense", f"Bearer {old}", f"Bearer {ended}", f"Basic {ended}"):
        headers = {"Idempotency-Key": "k" * 8} | ({"Authorization": given} if given is not None else {})
        answer = client.post("/api/v1/complaints", json=told(), headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), given
        assert answer.mimetype == "application/problem+json"
    assert count(RawMessage) == 0


def test_a_token_does_what_its_scopes_say_and_nothing_else(app: Flask) -> None:
    files, reads = made("ส่ง", ["file"]), made("อ่าน", ["read"])
    fresh = app.test_client()
    number = post(fresh, files, told()).get_json()["number"]
    assert post(fresh, reads, told()).status_code == 403
    path = f"/api/v1/complaints/{number}"
    assert fresh.get(path, headers={"Authorization": f"Bearer {files}"}).status_code == 403
    assert fresh.get("/desk", headers={"Authorization": f"Bearer {files}"}).location.startswith("/staff/sign-in")


def test_a_party_sees_where_its_own_stand_and_no_others(app: Flask, client: FlaskClient) -> None:
    mine, theirs = made("ฉัน"), made("เขา")
    number = post(client, mine, told(story="ความลับของผู้ร้อง")).get_json()["number"]
    stranger, _ = file_case("เรื่องจากเว็บ")

    answer = client.get(f"/api/v1/complaints/{number}", headers={"Authorization": f"Bearer {mine}"})
    assert answer.status_code == 200
    shown = answer.get_json()
    assert set(shown) == {"number", "state", "received_at", "changed_at", "answer_by"}
    assert shown["state"]["code"] == "received"
    assert "ความลับ" not in answer.get_data(as_text=True)
    for token, asked in ((theirs, number), (mine, stranger), (mine, "69-999999-9"), (mine, "x")):
        refused = client.get(f"/api/v1/complaints/{asked}", headers={"Authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")


def test_each_party_has_its_own_limit(limited_app: Flask) -> None:
    busy, calm = made("ขยัน"), made("สงบ")
    client = limited_app.test_client()
    statuses = [post(client, busy, {}).status_code for _ in range(61)]
    assert statuses == [422] * 60 + [429]
    last = post(client, busy, {})
    assert (last.mimetype, "Retry-After" in last.headers) == ("application/problem+json", True)
    assert post(client, calm, {}).status_code == 422


def test_the_document_names_what_is_read(client: FlaskClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    document = answer.get_json()
    assert document["openapi"] == "3.1.0"
    complaint = document["components"]["schemas"]["Complaint"]
    assert set(complaint["properties"]) == set(Complaint.model_fields)
    text = answer.get_data(as_text=True)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == set(document["components"]["schemas"])


def test_an_administrator_makes_a_token_that_is_shown_once(app: Flask, client: FlaskClient) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    wrong = client.post("/admin/clients/new?lang=en", data={"name": "", "days": "9999"})
    assert wrong.status_code == 422
    assert "Please fill in this field" in wrong.get_data(as_text=True)
    answer = client.post("/admin/clients/new", data={"name": "ตลาดสมมุติ", "scopes": BOTH, "days": "90"})
    found = re.search(r"<code>(occ_[\w-]+)</code>", answer.get_data(as_text=True))
    assert found is not None
    token = found[1]
    assert post(client, token, told()).status_code == 201
    twice = client.post("/admin/clients/new?lang=en", data={"name": "ตลาดสมมุติ", "scopes": BOTH, "days": "90"})
    assert "There is one of this name already" in twice.get_data(as_text=True)

    client_id = db.session.scalars(select(ApiClient.id)).one()
    db.session.remove()
    for path in ("/admin/clients", f"/admin/clients/{client_id}", "/admin/changes"):
        page = client.get(path).get_data(as_text=True)
        assert "ตลาดสมมุติ" in page
        assert token not in page
    assert client.post(f"/admin/clients/{client_id}/revoke").status_code == 303
    assert post(client, token, told(), "market-000002").status_code == 401
    assert "Partner system revoked" in client.get("/admin/changes?lang=en").get_data(as_text=True)


def test_a_token_ends_by_itself(app: Flask) -> None:
    now = datetime.now(UTC)
    made(days=30, at=now)
    party = db.session.scalars(select(ApiToken)).one()
    assert party.lives(now + 30 * DAY - timedelta(seconds=1))
    assert not party.lives(now + 30 * DAY)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's example is run with curl")
def test_the_example_of_the_readme_works(app: Flask) -> None:
    section = README.read_text("utf-8").split("## Partner systems")[1].split("\n## ")[0]
    example = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert example is not None
    token = made()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        given = os.environ | {"CENTRE": f"http://127.0.0.1:{server.server_port}", "TOKEN": token}
        runs = [
            subprocess.run(["bash", "-euc", example[1]], env=given, capture_output=True, text=True, check=True).stdout
            for _ in range(2)
        ]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert runs[0] == runs[1]
    case = db.session.scalars(select(Case)).one()
    assert case.number in runs[0]
    assert (case.lost, case.person.phone) == (350_000, "0812345678")
