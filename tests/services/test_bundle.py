"""The bundle for the police: whole, with right hashes, in Thai and for machines, recorded, and for the desk alone."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pypdfium2
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.message import Attachment
from complaints.services import correspond, follow, triage
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from complaints.web.desk import bundles
from tests.centre import sign_in
from tests.filing import LIMITS, look_into_all
from tests.services.scene import NOW, actions_of, agent, in_triage, the_case

if TYPE_CHECKING:
    import pytest
    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings

STORY = "น้ำปั่นที่ปู่ให้กู้ซื้อ " + "ผู้ขายปิดเพจหนีหลังรับเงินโอน" * 40
SUMS = "SHA256SUMS"


def with_file(number: str, settings: Settings, name: str, content: bytes) -> None:
    with unit_of_work() as session:
        case = the_case(session, number)
        keep_files(session, [Upload(name, content)], LIMITS, open_store(settings), NOW, case=case)
    db.session.remove()


def taken(client: FlaskClient, number: str) -> zipfile.ZipFile:
    answer = client.post(f"/desk/case/{number}/bundle", data={"office": "สน. ทดสอบ"})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    content = answer.get_data()
    answer.close()
    return zipfile.ZipFile(io.BytesIO(content))


def test_the_bundle_is_whole_and_its_taking_is_recorded(app: Flask, client: FlaskClient, settings: Settings) -> None:
    number, twin = in_triage(story=STORY, lost=350_050, phone="0811111111"), in_triage(story="เรื่องเดียวกัน")
    other = in_triage(lost=100)
    with_file(number, settings, "../สลิป โอน.txt", "โอนแล้ว".encode())
    with_file(twin, settings, "แชต.txt", "คุยกัน".encode())
    look_into_all(settings)
    with_file(number, settings, "ยังไม่ตรวจ.txt", b"not looked into")
    who = agent()
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "ขอเพิ่มเติมค่ะ", follow.complainant_of(case), NOW)
        triage.note(session, case, "บันทึกภายในห้ามออก", who, NOW)
        triage.merge(session, the_case(session, twin), case, who, NOW)
    db.session.remove()
    sign_in(client, Role.AGENT)
    version = the_case(db.session(), number).version
    db.session.remove()
    file = taken(client, number)

    sums = dict(reversed(line.split("  ", 1)) for line in file.read(SUMS).decode().splitlines())
    assert set(sums) == set(file.namelist()) - {SUMS}
    assert {name: hashlib.sha256(file.read(name)).hexdigest() for name in sums} == sums
    data = json.loads(file.read("bundle.json"))
    assert data["case"]["story"] == STORY
    assert (data["case"]["number"], data["merged_cases"][0]["number"]) == (number, twin)
    assert data["case"]["complainant"]["phone"] == "0811111111"
    assert [row["body"] for row in data["case"]["messages"]] == ["ขอเพิ่มเติมค่ะ"]
    assert "บันทึกภายในห้ามออก" not in file.read("bundle.json").decode()
    (phone,) = data["identifiers"]
    assert (phone["value"], phone["other_cases"], phone["other_lost_satang"]) == ("0800000000", 1, 100)
    kept = {row["name"]: row for row in data["evidence"]}
    assert {name: row["path"] is not None for name, row in kept.items()} == {
        "สลิป โอน.txt": True,
        "แชต.txt": True,
        "ยังไม่ตรวจ.txt": False,
    }
    assert file.read(kept["แชต.txt"]["path"]).decode() == "คุยกัน"
    assert not any(".." in name or name.startswith("/") for name in file.namelist())

    paper = pypdfium2.PdfDocument(file.read("รายงาน.pdf"))
    text = "".join(page.get_textpage().get_text_range() for page in paper)
    for said in (number, twin, "3,500.50", "0800000000", kept["แชต.txt"]["sha256"], "สน. ทดสอบ"):
        assert said in text, said
    assert f"1/{len(paper)}" in text
    # Recorded, while nobody's open page grows stale by it.
    assert actions_of(db.session(), number)[-1] == "export"
    assert the_case(db.session(), number).version == version
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.what == "bundle_taken")).one()
    assert (entry.about, entry.after["office"], entry.account_id) == (number, "สน. ทดสอบ", who.account_id)
    assert other != number


def test_what_is_lost_or_changed_in_the_store_is_said(
    app: Flask, client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = in_triage()
    with_file(number, settings, "หาย.txt", b"lost later")
    with_file(number, settings, "แก้.txt", b"changed later")
    look_into_all(settings)
    lost, changed = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    store = open_store(settings)
    store.erase(f"original/{lost.stored_key}")
    with unit_of_work() as session:
        session.get_one(Attachment, changed.id).sha256 = "0" * 64
    db.session.remove()
    # A large bundle goes by the disk.
    monkeypatch.setattr(bundles, "IN_MEMORY", 1)
    sign_in(client, Role.AGENT)
    data = json.loads(taken(client, number).read("bundle.json"))
    assert [(row["path"] is not None, row["whole"]) for row in data["evidence"]] == [(False, False), (True, False)]


def test_without_an_office_nothing_is_made_and_only_the_desk_may(app: Flask, client: FlaskClient) -> None:
    number = in_triage()
    sign_in(client, Role.AGENT)
    refused = client.post(f"/desk/case/{number}/bundle", data={"office": " "})
    assert refused.status_code == 422
    assert 'id="bundle-office"' in refused.get_data(as_text=True)
    assert "export" not in actions_of(db.session(), number)
    db.session.remove()
    for role in (Role.PARTNER, Role.ADMINISTRATOR):
        browser = app.test_client()
        sign_in(browser, role)
        assert browser.post(f"/desk/case/{number}/bundle", data={"office": "x"}).status_code == 403
