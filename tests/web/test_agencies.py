"""What is sent, and how agencies answer: told alike to the public, the supervisor and the agency itself."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.services import handle
from tests.centre import actor, classified, file_case, sign_in
from tests.services.scene import at_agency

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

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
