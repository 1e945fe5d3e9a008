"""Quotations fold away on every view of a case; what came in can be taken away as it came, by the desk alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import db
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.services.letters import case_token, track_token
from tests.centre import KEY, classified, sign_in
from tests.postbox import STORY, mail

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.postbox import Box

QUOTED = "เมื่อวานนี้ ศูนย์ 1212 เขียนว่า:\n> <b>เราได้รับเรื่องแล้ว</b>"
FOLDED = '<details class="quoted"><summary>{}</summary>'


def two_letters(box: Box) -> tuple[str, str, bytes]:
    """A case with one answer; its number, the citizen's key, and the answer's bytes."""
    box.receive(mail(STORY))
    case = db.session.scalars(select(Case)).one()
    answer = mail(f"ส่งสลิปให้แล้ว\n\n{QUOTED}", to=f"1212+{case_token(case, KEY)}@centre.example")
    number, token = case.number, track_token(case, KEY)
    db.session.remove()
    assert box.receive(answer) == "message"
    classified(number)
    return number, token, answer


def test_quotations_fold_away_for_everybody_who_reads_the_case(client: FlaskClient, box: Box) -> None:
    number, token, _ = two_letters(box)
    client.get(f"/t/{token}")
    pages = [client.get("/case").get_data(as_text=True)]
    for role, face in ((Role.AGENT, "desk"), (Role.PARTNER, "partner")):
        sign_in(client, role)
        pages.append(client.get(f"/{face}/case/{number}").get_data(as_text=True))
    for page in pages:
        assert FOLDED.format("ข้อความที่อ้างถึงและลายเซ็น") in page
        assert "&lt;b&gt;เราได้รับเรื่องแล้ว&lt;/b&gt;" in page.partition('class="quoted"')[2]
        assert page.index("ส่งสลิปให้แล้ว") < page.index('class="quoted"')
    assert ["/original/" in page for page in pages] == [False, True, False]


def test_the_original_comes_out_byte_for_byte_and_harmless(client: FlaskClient, box: Box) -> None:
    number, _, answer = two_letters(box)
    sign_in(client, Role.SUPERVISOR)
    page = client.get(f"/desk/case/{number}?part=files").get_data(as_text=True)
    assert hashlib.sha256(answer).hexdigest() in page
    link = page.rpartition("/original/")[2].partition('"')[0]
    got = client.get(f"/desk/case/{number}/original/{link}")
    assert got.get_data() == answer
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Disposition"].endswith(".eml")
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]


def test_an_original_is_found_only_under_its_own_case(client: FlaskClient, box: Box) -> None:
    number, _, _ = two_letters(box)
    box.receive(mail("อีกเรื่องหนึ่ง", "other@else.example"))
    other = db.session.scalars(select(Case.number).where(Case.number != number)).one()
    db.session.remove()
    sign_in(client, Role.AGENT)
    page = client.get(f"/desk/case/{number}?part=files").get_data(as_text=True)
    link = page.rpartition("/original/")[2].partition('"')[0]
    assert client.get(f"/desk/case/{other}/original/{link}").status_code == 404


def test_what_could_not_be_read_is_shown_as_it_begins(client: FlaskClient, box: Box) -> None:
    many = b"--x\r\nContent-Type: text/plain\r\n\r\n<i>1</i>\r\n" * 3000
    head = mail("", Subject=STORY, Content_Type="multipart/mixed; boundary=x")
    assert box.receive(head + many) == "unreadable"
    number = db.session.scalars(select(Case.number)).one()
    db.session.remove()
    sign_in(client, Role.AGENT)
    page = client.get(f"/desk/case/{number}").get_data(as_text=True)
    assert "ระบบอ่านข้อความนี้ไม่ได้" in page
    assert f"/desk/case/{number}/original/" in page
    assert "&lt;i&gt;1&lt;/i&gt;" in page
    assert len(page) < 100_000
