"""What is sent, and how agencies answer: told alike to the public, the supervisor and the agency itself."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.services import correspond, follow, handle
from tests.centre import actor, classified, file_case, sign_in
from tests.services.scene import at_agency

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PENDING, SENT = "รอหน่วยงานยืนยันว่าได้รับเรื่องของคุณ", "ส่งเรื่องของคุณแล้ว หน่วยงานยืนยันว่าได้รับ"


def seen(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return " ".join(html.unescape(answer.get_data(as_text=True)).split())


def test_sent_is_said_only_when_the_agency_has_confirmed(app: Flask) -> None:
    number, secret = file_case()
    classified(number)
    citizen, desk, police = app.test_client(), app.test_client(), actor(Role.PARTNER)
    citizen.post("/track", data={"number": number, "secret": secret})
    sign_in(desk, Role.AGENT)
    before = seen(citizen, "/case")
    assert PENDING in before
    assert "ส่งเมื่อ" not in before
    assert "รอหน่วยงานยืนยันรับ</span>" in seen(desk, f"/desk/case/{number}")
    with unit_of_work() as session:
        handle.acknowledge(*at_agency(session, number, "POLICE"), police, datetime.now(UTC))
    db.session.remove()
    after = seen(citizen, "/case")
    assert SENT in after
    assert "ส่งเมื่อ" in after
    assert "ส่งแล้ว หน่วยงานยืนยันรับ</span>" in seen(desk, f"/desk/case/{number}")


def test_the_same_share_is_told_to_everybody(app: Flask) -> None:
    long_ago, police = datetime.now(UTC) - timedelta(days=40), actor(Role.PARTNER)
    for kept in (True, True, False):
        number, _ = file_case(now=long_ago)
        classified(number, now=long_ago)
        if kept:
            with unit_of_work() as session:
                case, referral = at_agency(session, number, "POLICE")
                handle.accept(case, referral, police, long_ago)
                handle.answer(session, case, referral, "explained", "ตอบแล้ว", None, police, long_ago)
    public, boss, own, other = (app.test_client() for _ in range(4))
    sign_in(boss, Role.SUPERVISOR)
    sign_in(own, Role.PARTNER)
    sign_in(other, Role.PARTNER, "officer@ocpb.example")
    days = "?from=" + (long_ago - timedelta(days=1)).date().isoformat() + "&to=" + datetime.now(UTC).date().isoformat()
    for client, path in ((public, "/agencies"), (boss, "/oversight/agencies"), (own, "/partner/record")):
        page = seen(client, path + days)
        assert "2 จาก 3" in page, path
        assert "66.67" in page, path
    assert "ไม่มีตัวเลข" in seen(other, "/partner/record" + days), "nought of nought"
    sheet = boss.get("/oversight/agencies.csv" + days).get_data(as_text=True)
    assert ",2,3,66.67,2,3,3,0,0,0,0" in sheet
    for wrong in ("?from=32/1/2569&to=x", "?from=1/1/2560&to=1/1/2569"):
        assert 'id="to-error"' in seen(public, "/agencies" + wrong, 422)


def test_an_agency_asks_for_another_and_each_sees_what_the_other_does(app: Flask) -> None:
    number, _ = file_case()
    classified(number)
    first, second, desk = (app.test_client() for _ in range(3))
    sign_in(first, Role.PARTNER)
    sign_in(second, Role.PARTNER, "officer@ocpb.example")
    sign_in(desk, Role.AGENT)

    def step(verb: str, **form: str) -> TestResponse:
        page = first.get(f"/partner/case/{number}").get_data(as_text=True)
        action = re.search(rf"/partner/case/{number}/\d+/{verb}", page)
        version = re.search(r'name="version" value="(\d+)"', page)
        assert action is not None
        assert version is not None
        return first.post(action[0], data={"version": version[1], **form})

    for form, field in (
        ({"agency": "CENTRE", "reason": "x"}, "join-agency"),
        ({"agency": "POLICE", "reason": "x"}, "join-agency"),
        ({"agency": "OCPB", "reason": " "}, "join-reason"),
    ):
        refused = step("join", **form)
        assert refused.status_code == 422
        assert f'id="{field}-error"' in refused.get_data(as_text=True), form
    assert step("join", agency="FDA", reason="มีครีมด้วย").status_code == 303
    assert step("join", agency="OCPB", reason="สัญญาไม่เป็นธรรม").status_code == 303
    assert step("join", agency="OCPB", reason="อีกครั้ง").status_code == 422
    assert step("note", body="ความลับของตำรวจ").status_code == 303
    # The centre asks the complainant something meanwhile: another agency can join all the same.
    assert step("ask", body="ขอสลิป").status_code == 303
    assert number in seen(desk, "/desk?queue=returned")
    page = seen(desk, f"/desk/case/{number}")
    assert "ขอให้ สคบ. ร่วมดำเนินการ" in page
    assert "สัญญาไม่เป็นธรรม" in page
    refusal = re.search(rf"/desk/case/{number}/wish/\d+/refuse", page)
    assert refusal is not None
    assert desk.post(refusal[0]).status_code == 303
    assert desk.post(refusal[0]).status_code == 404
    version = re.search(r'name="version" value="(\d+)"', seen(desk, f"/desk/case/{number}"))
    assert version is not None
    joined = {"version": version[1], "agencies": "OCPB", "note": "สัญญาไม่เป็นธรรม"}
    assert desk.post(f"/desk/case/{number}/refer", data=joined).status_code == 303
    assert "ร่วมดำเนินการ" not in seen(desk, f"/desk/case/{number}")
    assert seen(first, f"/partner/case/{number}").count("หน่วยงานอื่นในเรื่องนี้") == 1
    other = seen(second, f"/partner/case/{number}")
    assert "หน่วยงานอื่นในเรื่องนี้" in other
    assert "รอหน่วยงานยืนยันรับเรื่อง" in other
    assert "ความลับ" not in other
    assert step("result", outcome="case_filed", answer="รับแจ้งความแล้ว").status_code == 303
    told = seen(second, f"/partner/case/{number}")
    assert "หน่วยงานตอบแล้ว" in told
    assert "รับแจ้งความหรือดำเนินคดีแล้ว" in told
    # Of the new agency's days only those stand still that came after it was asked.
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "OCPB")
        due = referral.answer_by
        at = referral.sent_at + timedelta(days=2)
        correspond.write_in(session, case, "นี่ค่ะ", follow.complainant_of(case), at)
        assert referral.answer_by - due == timedelta(days=2)
