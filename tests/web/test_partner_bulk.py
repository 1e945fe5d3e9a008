"""Many referrals by one sheet: what it tells, what it refuses, what becomes of each row."""

from __future__ import annotations

import html
import io
import re
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.agency import Category
from complaints.domain.audit import AuditEntry
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.services import access, triage
from complaints.services.agencies import workbook
from tests.centre import actor, classified, file_case, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from openpyxl.worksheet.worksheet import Worksheet

PHONE, STORY = "0812223333", "เล่าเรื่องที่ไม่ควรออกจากบ้าน"


@pytest.fixture
def officer(client: FlaskClient) -> FlaskClient:
    sign_in(client, Role.PARTNER)
    return client


def referred(category: str = "seller_fraud") -> str:
    number, _ = file_case(STORY, name="มาลี ใจงาม", phone=PHONE)
    classified(number, category)
    return number


def standing(number: str) -> tuple[str, str]:
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    found = case.state, case.referrals[0].state
    db.session.remove()
    return found


def taken_along(officer: FlaskClient) -> Any:
    answer = officer.post("/partner/bulk/sheet")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.data))


def fill(sheet: Worksheet, number: str, **words: object) -> None:
    """Fill in the row of a case."""
    line = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == number)
    for name, value in words.items():
        sheet.cell(line, workbook.COLUMNS.index(name) + 1).value = value


def sent_in(officer: FlaskClient, book: Any) -> tuple[str, dict[str, str]]:
    """Send a sheet in; where its rows are shown, and the words of each row by case number."""
    out = io.BytesIO()
    book.save(out)
    answer = officer.post("/partner/bulk", data={"file": (io.BytesIO(out.getvalue()), "เรื่อง.xlsx")})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"], told(officer, answer.headers["Location"])


def told(officer: FlaskClient, place: str) -> dict[str, str]:
    page = html.unescape(officer.get(place).get_data(as_text=True))
    body = re.search(r"<tbody.*?</tbody>", page, re.DOTALL)
    rows = re.findall(r"<tr.*?</tr>", body[0] if body else "", re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    found = {}
    for row in words:
        number = re.search(r"\d\d-\d{6}-\d", row)
        found[number[0] if number else row] = row
    return found


def note_by_desk(number: str) -> None:
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        triage.note(session, access.get_for_change(session, number, agent, None), "โทรแล้ว", agent, datetime.now(UTC))
    db.session.remove()


NAMES = ("accept", "back", "answer", "same", "reasonless", "stale", "formula", "late", "dear")


def fill_all(sheet: Any, cases: dict[str, str], foreign: str) -> None:
    """A row of every sort, and one that is another agency's."""
    fill(sheet, cases["accept"], action="รับเรื่อง")
    fill(sheet, cases["back"], action="Return to the centre", reason="เป็นเรื่องของ สคบ.")
    fill(sheet, cases["answer"], action="แจ้งผล", outcome="คืนเงินบางส่วน", answer="คืนแล้วบางส่วน", recovered=1500.5)
    fill(sheet, cases["reasonless"], action="ส่งคืนศูนย์")
    fill(sheet, cases["stale"], action="รับเรื่อง")
    fill(sheet, cases["formula"], action="แจ้งผล", outcome="explained", answer="=1+1")
    fill(sheet, cases["late"], action="รับเรื่อง")
    fill(sheet, cases["dear"], action="แจ้งผล", outcome="explained", answer="ตอบ", recovered="มากมาย")
    sheet.append([foreign, *[""] * 7, "รับเรื่อง", "", "", "", "", "r1v1"])


def test_each_row_goes_its_own_way(officer: FlaskClient, app: Flask) -> None:
    cases = {name: referred() for name in NAMES}
    foreign = referred("purchase_dispute")
    with unit_of_work() as session:
        session.get_one(Category, "seller_fraud").name_th = "=HYPERLINK(1)"
    book = taken_along(officer)
    sheet = book.worksheets[0]
    everything = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert not [text for text in everything if PHONE in text or "มาลี" in text or STORY in text]
    kinds = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == "=HYPERLINK(1)"]
    assert {(cell.data_type, cell.quotePrefix) for cell in kinds} == {("s", True)}, "text stays text"
    assert sheet.max_row == len(cases) + 1, "the own agency's alone"
    fill_all(sheet, cases, foreign)
    note_by_desk(cases["stale"])
    place, rows = sent_in(officer, book)
    for name, words in (
        ("accept", "ทำได้"),
        ("back", "ทำได้"),
        ("answer", "ทำได้"),
        ("reasonless", "ต้องแก้ เหตุผลที่ส่งคืน:"),
        ("stale", "ต้องแก้"),
        ("formula", "ต้องแก้ คำตอบถึงผู้ร้อง: ช่องนี้เป็นสูตร"),
        ("dear", "ต้องแก้ ผู้ร้องได้เงินคืน (บาท):"),
        ("late", "ทำได้"),
    ):
        assert words in rows[cases[name]], name
    assert "ไม่ตรงกับเรื่องค้างของคุณ" in rows[foreign]
    assert cases["same"] not in rows
    assert {standing(number) for number in cases.values()} == {("referred", "sent")}, "nothing is done yet"
    note_by_desk(cases["late"])
    assert officer.post(place).status_code == 303
    done = told(officer, place)
    assert [name for name in NAMES if " ทำแล้ว" in done.get(cases[name], "")] == ["accept", "back", "answer"]
    assert "ไม่ได้ทำ" in done[cases["late"]], "changed between the look and the press"
    assert standing(cases["accept"]) == ("in_progress", "accepted")
    assert standing(cases["back"]) == ("triage", "declined")
    assert standing(cases["answer"]) == ("resolved", "answered")
    case = db.session.scalars(select(Case).where(Case.number == cases["answer"])).one()
    assert (case.referrals[0].recovered, case.resolution) == (150_050, "คืนแล้วบางส่วน")
    events = len(case.events)
    db.session.remove()
    assert {standing(cases[name]) for name in ("same", "reasonless", "stale", "formula", "late", "dear")} == {
        ("referred", "sent")
    }
    # Pressing twice does nothing twice.
    officer.post(place)
    assert told(officer, place) == done
    assert len(db.session.scalars(select(Case).where(Case.number == cases["answer"])).one().events) == events
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.what == "sheet_taken")).one()
    assert entry.after == {"count": len(cases)}
    db.session.remove()
    stranger = app.test_client()
    sign_in(stranger, Role.PARTNER, "officer@ocpb.example")
    assert stranger.get(place).status_code == stranger.post(place).status_code == 404


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def saved(rows: list[list[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_file_that_is_no_such_sheet_is_told_why(officer: FlaskClient) -> None:
    head: list[object] = ["เลขเรื่อง", "จะทำอะไร", "รหัสแถว (อย่าแก้)"]
    for data, words in (
        (b"", "เลือกตารางที่กรอกแล้วก่อน"),
        (b"a,b,c\n1,2,3\n", "อ่านไฟล์ Excel"),
        (packed(**{"xl/workbook.xml": b"<nothing"}), "อ่านไฟล์ Excel"),
        (packed(bomb=b"0" * (workbook.MOST_UNPACKED + 1)), "ขยายออกได้ใหญ่เกินกว่า"),
        (packed(**{f"part{number}": b"" for number in range(workbook.MOST_PARTS + 1)}), "ขยายออกได้ใหญ่เกินกว่า"),
        (saved([["อื่น", "อื่น"], [1, 2]]), "ไม่พบคอลัมน์"),
        (saved([head]), "ไม่มีแถว"),
        (saved([head, *[["x", "รับเรื่อง", "r1v1"] for _ in range(workbook.MOST_ROWS + 1)]]), "มากกว่า 200 แถว"),
    ):
        answer = officer.post("/partner/bulk", data={"file": (io.BytesIO(data), "x.xlsx")})
        page = html.unescape(answer.get_data(as_text=True))
        assert answer.status_code == 422, words
        assert 'id="file-error"' in page
        assert words in page, words
    assert officer.post("/partner/bulk").status_code == 422
    with pytest.raises(InvalidInput) as caught:
        workbook.read(b"x" * (workbook.MOST_BYTES + 1))
    assert caught.value.values["reason"] == "sheet_bytes"
