"""What the desk and its supervisor see when deadlines have passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import time_machine

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.services import upkeep
from tests.centre import sign_in
from tests.web.test_desk import listed, referred, text

if TYPE_CHECKING:
    from flask import Flask


def test_what_is_late_says_so_above_the_story_and_to_the_supervisor(app: Flask) -> None:
    number, _ = referred()
    agent, supervisor = app.test_client(), app.test_client()
    later = datetime.now(UTC) + timedelta(days=61)
    with unit_of_work() as session:
        upkeep.escalate(session, later)
    db.session.remove()
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        sign_in(agent, Role.AGENT)
        sign_in(supervisor, Role.SUPERVISOR)
        page = text(agent.get(f"/desk/case/{number}?part=referrals"))
        assert "เลยวันที่สัญญาคำตอบสุดท้ายกับผู้ร้อง" in page
        assert "หน่วยงานนี้ไม่มีอีเมลติดต่อ" in page
        assert "สำนักงานตำรวจแห่งชาติ: 1 เรื่อง" in text(agent.get("/desk/failures"))
        assert listed(supervisor, "escalated") == [number]
        assert "queue=escalated" in text(supervisor.get("/desk"))
        assert "queue=escalated" not in text(agent.get("/desk"))
