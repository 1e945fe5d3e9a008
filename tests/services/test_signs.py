"""Why a case is urgent decides where it stands; a person corrects what the machine read."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain import sign
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput
from complaints.services import queues, triage, upkeep
from tests.centre import classified, file_case, sign_in
from tests.services.scene import HOUR, NOW, SPANS, agent, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

THREAT, CHILD = "มีคนขู่ฆ่าผมทุกวัน", "พบกลุ่มขายคลิปเด็ก"


def filed(story: str, *, urgent: bool = True, **more: object) -> str:
    number, _ = file_case(story, now=NOW, **more)
    classified(number, "harassment_defamation", sure=False, urgent=urgent, now=NOW)
    return number


def listed(queue: str) -> list[str]:
    who = agent()
    found = [case.number for case in queues.listed(db.session(), who, queue, NOW, SPANS)]
    db.session.remove()
    return found


def test_the_weightiest_reason_stands_first_and_a_person_corrects_it(app: Flask) -> None:
    """Filed in the wrong order, so that only the weight can put them right."""
    calm = filed(THREAT, urgent=False)
    plain, child, threat = filed("เขาโพสต์ด่า"), filed(CHILD), filed(THREAT)
    freeze = filed("โอนเงินให้ร้าน", urgent=False, transferred_at=NOW - 71 * HOUR)
    assert listed("urgent") == [freeze, threat, child, plain], "signs by themselves make nothing urgent"
    assert listed("triage") == [freeze, threat, child, plain, calm]
    desk = agent()
    with unit_of_work() as session:
        triage.mark_sign(session, the_case(session, threat), "threat", desk, NOW, there=False)
        triage.mark_sign(session, the_case(session, calm), "child", desk, NOW, there=True)
        assert upkeep.put_clocks_on(session, NOW + 2 * HOUR) == 1, "the bank lets the money go"
    db.session.remove()
    assert listed("urgent") == [calm, child, plain, threat, freeze]
    with unit_of_work() as session:
        case = the_case(session, threat)
        sign.keep_read(case, [("threat", 0, 4)])
        assert sign.standing(case) == [], "the machine does not put back what a person took away"
        assert case.urgent, "whether anything else presses is another question"
        assert case.events[-1].data == {"sign": "threat", "there": False}
        marked = the_case(session, calm)
        assert (marked.urgent, sign.standing(marked), sign.places(marked, "child")) == (True, ["threat", "child"], [])
        for wrong in ("freeze", "threat"):
            with pytest.raises(InvalidInput):
                triage.mark_sign(session, marked, wrong, desk, NOW, there=True)
    db.session.remove()


def test_the_desk_shows_each_reason_with_its_words(app: Flask, client: FlaskClient) -> None:
    both = filed("ลูกชาย 12 ขวบโดนขู่ฆ่า")
    calm = filed(THREAT, urgent=False)
    sign_in(client, Role.AGENT)
    page = client.get("/desk?queue=urgent&lang=en").text
    assert page.count("Danger</strong>") == page.count("Child</strong>") == 1
    page = client.get(f"/desk/case/{both}?lang=en").text
    assert "Danger, because of:" in page
    assert "<mark>ขู่ฆ่า</mark>" in page
    assert "Danger? The words say:" in client.get(f"/desk/case/{calm}").text
    version = page.split('name="version" value="')[1].split('"')[0]
    form = {"version": version, "sign": "child", "there": "0"}
    page = client.post(f"/desk/case/{both}/sign", data=form, follow_redirects=True).text
    assert f"The signs of {both} are corrected." in page
    assert "Child, because of:" not in page
    assert "no sign of: Child" in client.get(f"/desk/case/{both}?part=timeline").text
    again = client.post(f"/desk/case/{both}/sign", data={**form, "version": str(int(version) + 1)})
    assert (again.status_code, "It is so already" in again.text) == (422, True)
    there = html.unescape(again.text.split('hreflang="th"')[0].rpartition('href="')[2].partition('"')[0])
    assert (there, client.get(there).status_code) == (f"/desk/case/{both}?lang=th", 200), "no page leads to a dead end"
