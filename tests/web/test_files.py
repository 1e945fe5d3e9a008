"""Files on the pages: small copies, the words of quarantine, the slip from another case, the health of the scanner."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Role
from complaints.domain.case import Case
from complaints.domain.inbound import RawMessage
from complaints.domain.message import Attachment
from complaints.services import access
from complaints.services.evidence.antivirus import Clamd
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import open_store
from tests.centre import classified, file_case, sign_in
from tests.filing import JPEG, look_into_all, pdf_of, slip_picture
from tests.postbox import mail
from tests.servers import free_port

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings
    from tests.postbox import Box
    from tests.servers import BucketServer, ClamServer

LIMITS = Limits(20, 10**6, 10**7)
SLIP = ("004", "0142210825478AB04988")


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def keep(settings: Settings, number: str, *files: tuple[str, bytes], source: str = "web") -> list[int]:
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        uploads = [Upload(*file) for file in files]
        kept = keep_files(session, uploads, LIMITS, open_store(settings), datetime.now(UTC), case=case, source=source)
        ids = [file.id for file in kept]
    db.session.remove()
    return ids


@pytest.fixture
def agent(client: FlaskClient) -> FlaskClient:
    sign_in(client, Role.AGENT)
    return client


def test_the_desk_sees_the_same_slip_and_what_is_in_quarantine_before_it_reads_on(
    agent: FlaskClient, settings: Settings, clamd: ClamServer
) -> None:
    other, _ = file_case("ร้านเดียวกัน")
    number, _ = file_case("โอนแล้วไม่ส่งของ")
    keep(settings, other, ("a.png", slip_picture(*SLIP)))
    keep(settings, number, ("สลิป.png", slip_picture(*SLIP)), ("ร้าย.jpg", JPEG + clamd.MARK), source="email")
    closed = text(agent.get(f"/desk/case/{number}?part=files"))
    assert closed.count("กำลังตรวจไฟล์") == 2
    assert "/file/" not in closed
    look_into_all(settings, Clamd(clamd.address))
    db.session.remove()
    page = text(agent.get(f"/desk/case/{number}?part=files"))
    assert f'href="/desk/case/{other}"' in page
    assert page.index("มีสลิปเดียวกันในเรื่องอื่น") < page.rindex("โอนแล้วไม่ส่งของ")
    assert "สลิปโอนเงิน กสิกรไทย เลขอ้างอิง 0142210825478AB04988" in page
    assert "กักไฟล์ “ร้าย.jpg” ไว้" in page
    assert f"พบไวรัส {clamd.FOUND}" in page
    assert "ผู้ร้อง (อีเมล)" in page
    assert "ยังไม่ได้ตรวจไวรัส" not in page
    small = re.findall(rf'src="(/desk/case/{number}/file/\d+\?small=1)"', page)
    assert len(small) == 1
    with Image.open(io.BytesIO(agent.get(small[0]).data)) as copy:
        assert (copy.format, max(copy.size)) == ("WEBP", 240)
    assert "มีสลิปเดียวกัน" in text(agent.get(f"/desk/case/{other}"))
    assert "The same transfer slip is in another case" in text(agent.get(f"/desk/case/{number}?lang=en"))


def test_what_is_in_quarantine_is_opened_by_nobody(
    app: Flask, agent: FlaskClient, settings: Settings, clamd: ClamServer
) -> None:
    number, secret = file_case()
    classified(number)
    (file_id,) = keep(settings, number, ("ร้าย.jpg", JPEG + clamd.MARK))
    look_into_all(settings, Clamd(clamd.address))
    db.session.remove()
    officer, owner = app.test_client(), app.test_client()
    sign_in(officer, Role.PARTNER)
    owner.post("/track", data={"number": number, "secret": secret})
    for browser, path in (
        (agent, f"/desk/case/{number}/file/{file_id}"),
        (officer, f"/partner/case/{number}/file/{file_id}"),
        (owner, f"/file/{file_id}"),
    ):
        for form in ("", "?original=1", "?small=1"):
            answer = browser.get(path + form)
            assert (answer.status_code, "กักไฟล์นี้ไว้" in text(answer)) == (409, True), path + form
    assert "เปิดไฟล์นี้ไม่ได้ เพราะอาจเป็นอันตราย" in text(owner.get("/case"))
    assert "กักไว้ ห้ามเปิด" in text(officer.get(f"/partner/case/{number}"))


def test_without_a_scanner_every_file_says_so(agent: FlaskClient, settings: Settings) -> None:
    number, _ = file_case()
    keep(settings, number, ("ใบเสร็จ.pdf", pdf_of((100, 100), (100, 100))), ("เสีย.pdf", b"%PDF-1.7\nno"))
    look_into_all(settings)
    db.session.remove()
    page = text(agent.get(f"/desk/case/{number}?part=files"))
    assert page.count("ยังไม่ได้ตรวจไวรัส เพราะศูนย์ไม่ได้ตั้งโปรแกรมตรวจ") == 2
    assert "2 หน้า" in page
    assert "แสดงไม่ได้ ไฟล์อาจเสีย" in page


def test_the_writer_sees_small_copies_of_the_own_draft_and_nobody_else_does(
    app: Flask, client: FlaskClient, settings: Settings, clamd: ClamServer
) -> None:
    client.post("/report/story", data={"go": "next", "story": "โอนแล้วไม่ส่งของ", "money": "none"})
    files = [(io.BytesIO(slip_picture(*SLIP)), "สลิป.png"), (io.BytesIO(JPEG + clamd.MARK), "ร้าย.jpg")]
    client.post("/report/evidence", data={"go": "add", "files": files})
    assert "/report/file/" not in text(client.get("/report/evidence"))
    look_into_all(settings, Clamd(clamd.address))
    db.session.remove()
    page = text(client.get("/report/evidence"))
    (small,) = re.findall(r'src="(/report/file/\d+)"', page)
    assert "เปิดไฟล์นี้ไม่ได้ เพราะอาจเป็นอันตราย" in page
    answer = client.get(small)
    assert (answer.status_code, answer.mimetype, answer.headers["X-Content-Type-Options"]) == (
        200,
        "image/webp",
        "nosniff",
    )
    bad = db.session.scalars(select(Attachment.id).where(Attachment.verdict == "quarantined")).one()
    db.session.remove()
    stranger = app.test_client()
    stranger.post("/report/story", data={"go": "next", "story": "อีกคน", "money": "none"})
    for browser, path in ((stranger, small), (app.test_client(), small), (client, f"/report/file/{bad}")):
        assert browser.get(path).status_code == 404, path


def test_what_an_operator_leaves_out_is_not_offered(app: Flask, client: FlaskClient, settings: Settings) -> None:
    app.extensions["settings"] = replace(settings, file_kinds="image,pdf")
    client.post("/report/story", data={"go": "next", "story": "โอนแล้วไม่ส่งของ", "money": "none"})
    page = text(client.get("/report/evidence"))
    assert "· รูปภาพ PDF<" in re.sub(r"\s+<", "<", page)
    answer = client.post("/report/evidence", data={"go": "add", "files": [(io.BytesIO(b"hello"), "a.txt")]})
    assert (answer.status_code, "ไม่รับไฟล์ชนิดของ “a.txt”" in text(answer)) == (422, True)


def test_the_message_of_a_citizen_whose_file_is_refused_stays_in_the_form(
    client: FlaskClient, settings: Settings
) -> None:
    number, secret = file_case()
    client.post("/track", data={"number": number, "secret": secret})
    files = [(io.BytesIO(JPEG), "ดี.jpg"), (io.BytesIO(b"MZ\0\0"), "ร้าย.exe")]
    answer = client.post("/case/write", data={"body": "มีหลักฐานเพิ่ม", "files": files})
    assert answer.status_code == 422
    assert "ร้าย.exe" in text(answer)
    assert "มีหลักฐานเพิ่ม" in text(answer)
    assert db.session.scalars(select(Attachment)).all() == []


def test_the_overseer_is_told_how_scanner_and_store_do(
    app: Flask, client: FlaskClient, bucket_settings: Settings, bucket: BucketServer, clamd: ClamServer
) -> None:
    sign_in(client, Role.SUPERVISOR)

    def health(settings: Settings) -> tuple[str, str]:
        app.extensions["settings"], app.extensions["occ_store"] = settings, open_store(settings)
        return text(client.get("/oversight/health")), client.get("/health/ready").json["antivirus"]

    page, word = health(replace(bucket_settings, s3_bucket=""))
    assert ("ยังไม่ได้ตั้งโปรแกรมตรวจไวรัส" in page, "ไฟล์อยู่บนดิสก์" in page, word) == (True, True, "not_configured")
    page, word = health(replace(bucket_settings, clamd=clamd.address))
    assert ("ตรวจไวรัสทุกไฟล์ที่เข้ามา (ClamAV " in page, "evidence" in page, word) == (True, True, "ok")
    bucket.stop()
    try:
        page, word = health(replace(bucket_settings, clamd=f"127.0.0.1:{free_port()}"))
    finally:
        bucket.start()
    assert ("โปรแกรมตรวจไวรัสไม่ตอบ" in page, "ติดต่อที่เก็บไฟล์ไม่ได้" in page, word) == (True, True, "unreachable")


def test_a_mail_that_carries_harm_is_not_handed_out_as_it_came(
    app: Flask, client: FlaskClient, settings: Settings, box: Box, clamd: ClamServer
) -> None:
    letter = mail("โอนแล้วไม่ส่งของ")
    for body in (letter, mail("ดูไฟล์ " + clamd.MARK.decode(), sender="other@example.com")):
        box.receive(body)
    sign_in(client, Role.AGENT)
    ids = db.session.scalars(select(RawMessage.id).order_by(RawMessage.id)).all()
    numbers = db.session.scalars(select(Case.number).order_by(Case.id)).all()
    db.session.remove()
    good, bad = (f"/desk/case/{number}/original/{raw}" for number, raw in zip(numbers, ids, strict=True))
    assert client.get(bad).status_code == 200
    app.extensions["settings"] = replace(settings, clamd=clamd.address)
    assert client.get(good).data == letter
    answer = client.get(bad)
    assert (answer.status_code, "กักไฟล์นี้ไว้" in text(answer)) == (409, True)
    app.extensions["settings"] = replace(settings, clamd=f"127.0.0.1:{free_port()}")
    answer = client.get(good)
    assert (answer.status_code, "กำลังตรวจไฟล์นี้" in text(answer)) == (409, True)
