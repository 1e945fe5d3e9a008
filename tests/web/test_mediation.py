"""Mediations as the three who take part see them: one walk through the pages for each ending."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from sqlalchemy import select, update

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Actor, Role
from complaints.domain.agency import Agency
from complaints.domain.case import Case
from complaints.domain.mediation import Mediation, MediationMove
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.policy import may_see_mediation, may_see_move, mediations_of
from complaints.domain.thai_time import local_day
from complaints.services import accounts
from complaints.services.mediation import clock, keeping, reading
from tests.centre import PASSWORD, actor, classified, file_case, sign_in
from workers import agreements

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PHONE, ADDRESS = "0812345678", "malee@example.com"
OPENING = {
    "summary": "ซื้อหูฟัง ได้ของชำรุด",
    "wish": "ขอเงินคืน",
    "amount": "1,500",
    "complainant": "มาลี",
    "respondent": "ร้านหูฟัง",
    "email": "shop@example.com",
    "language": "th",
}
OFFER = {"refund": "๑,๕๐๐", "apology": "1", "other": "ร้านออกค่าส่งคืน"}


class Room:
    """A case whose complainant, respondent and agent each sit at a browser of their own."""

    def __init__(self, app: Flask) -> None:
        self.number, secret = file_case("หูฟังเสีย", email=ADDRESS, phone=PHONE, name="มาลี ใจดี")
        classified(self.number, "purchase_dispute", sure=False)
        self.agent, self.own, self.other = (app.test_client() for _ in range(3))
        sign_in(self.agent, Role.AGENT)
        self.own.post("/track", data={"number": self.number, "secret": secret})
        self.desk = f"/desk/case/{self.number}/mediation"

    def begin(self, **changed: str) -> TestResponse:
        return self.agent.post(self.desk, data=OPENING | changed)

    @property
    def link(self) -> str:
        """The path of the link that the desk shows."""
        shown = re.search(r"/mediation/[\w-]{40,}", page(self.agent, self.desk))
        return shown[0] if shown else "/mediation/none"

    def talking(self) -> Room:
        assert self.begin().status_code == 303
        assert self.own.post("/case/mediation/consent").status_code == 303
        return self

    def agreed(self) -> Room:
        self.talking()
        assert self.other.post(f"{self.link}/propose", data=self.offer(self.other, self.link)).status_code == 303
        accepted = self.own.post("/case/mediation/accept", data=hidden(self.own, "/case/mediation", "sha256"))
        assert accepted.status_code == 303
        return self

    def offer(self, client: FlaskClient, path: str, **changed: str) -> dict[str, str]:
        day = local_day(datetime.now(UTC)) + timedelta(days=5)
        return OFFER | {"by": str(day)} | hidden(client, path, "seen") | changed


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return html.unescape(answer.get_data(as_text=True))


def hidden(client: FlaskClient, path: str, name: str) -> dict[str, str]:
    found = re.search(rf'name="{name}" value="([^"]*)"', page(client, path))
    return {name: found[1] if found else ""}


def stands(number: str) -> tuple[str, str, bool]:
    """Stage, the case's state, and whether the desk is wanted."""
    session = db.session()
    case = session.scalars(select(Case).where(Case.number == number)).one()
    mine = select(Mediation.stage).where(Mediation.case_id == case.id)
    stage = session.scalars(mine.order_by(Mediation.id.desc())).first()
    found = str(stage), case.state, case.heard_at is not None and case.snoozed_until is None
    session.rollback()
    return found


def told(number: str) -> list[str]:
    """The letters of the mediation, in order: to the complainant by name, to the respondent by stage."""
    rows = db.session.scalars(select(Promise).join(Case).where(Case.number == number).order_by(Promise.id)).all()
    names = [
        f"respondent:{row.payload['stage']}" if row.kind == "mediation" else str(row.payload.get("letter"))
        for row in rows
    ]
    db.session.rollback()
    return [name.removeprefix("mediation_") for name in names if name.startswith(("mediation_", "respondent:"))]


def pass_time(until: datetime) -> None:
    """As if the clock struck when whoever has the turn has let it pass."""
    with unit_of_work() as session:
        clock.tick(session, until)
    db.session.remove()


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


def test_an_agreement_that_is_kept_solves_the_case(app: Flask, room: Room) -> None:
    assert "mediation_ask" not in told(room.number)
    assert room.begin(summary=f"โทร {PHONE}").status_code == 422, "no way to the person goes to the other side"
    room.begin()
    number = room.number
    # Nothing goes out, and nothing can be opened, before the complainant's yes.
    assert told(number) == ["ask"]
    assert room.link == "/mediation/none"
    assert all(words in page(room.own, "/case/mediation") for words in (OPENING["summary"], "1,500.00", "ร้านหูฟัง"))
    room.own.post("/case/mediation/consent")
    link = room.link
    assert room.other.get(f"{link[:-1]}x").status_code == 404
    before = page(room.other, link)
    assert all(words in before for words in (OPENING["summary"], "มาลี", "1,500.00", "ไม่เข้าข้าง"))
    assert not any(words in before for words in (PHONE, ADDRESS, "ใจดี", "หูฟังเสีย"))
    assert stands(number) == ("talking", "triage", False)

    # Thai digits; words the other side may not have are refused at their field with all that was typed.
    wrong = room.other.post(f"{link}/propose", data=room.offer(room.other, link, other=f"โทร {PHONE}", by="2500-01-01"))
    assert wrong.status_code == 422
    assert PHONE in wrong.get_data(as_text=True)
    assert room.other.post(f"{link}/propose", data=room.offer(room.other, link)).status_code == 303
    assert "คืนเงิน 1,500.00 บาท" in page(room.own, "/case/mediation")
    # Each tells the centre something that the other one does not see; the centre writes to both.
    room.other.post(f"{link}/note", data={"words": "ของหมดสต็อก"})
    room.own.post("/case/mediation/note", data={"words": "ขอเร็ว ๆ"})
    assert stands(number)[2], "the desk is wanted"
    room.agent.post(f"{room.desk}/words", data={"words": "ขอให้ใจเย็น"})
    own, other, desk = page(room.own, "/case/mediation"), page(room.other, link), page(room.agent, room.desk)
    assert ("ของหมดสต็อก" in own, "ของหมดสต็อก" in other, "ของหมดสต็อก" in desk) == (False, True, True)
    assert ("ขอเร็ว ๆ" in own, "ขอเร็ว ๆ" in other, "ขอเร็ว ๆ" in desk) == (True, False, True)
    assert all("ขอให้ใจเย็น" in shown for shown in (own, other, desk))
    assert "บันทึกถึงศูนย์" not in page(room.own, "/case"), "nor in the timeline"

    # What is accepted is named by its hash: another text than was read is not accepted.
    assert room.own.post("/case/mediation/accept", data={"sha256": "0" * 64}).status_code == 303
    assert stands(number)[0] == "talking"
    room.own.post("/case/mediation/accept", data=hidden(room.own, "/case/mediation", "sha256"))
    assert stands(number) == ("agreed", "triage", False)
    for client, path in ((room.own, "/case/mediation"), (room.other, link), (room.agent, room.desk)):
        assert "ร้านออกค่าส่งคืน" in page(client, path)
    assert room.other.post(f"{link}/propose", data=OFFER | {"by": "1/1/2570"}).status_code == 409, "frozen"
    same_paper_for_everybody(room, link)
    assert room.own.post("/case/mediation/broken", data={"broken_words": "ช้า"}).status_code == 303
    assert stands(number)[0] == "agreed", "not before its day has passed"
    room.own.post("/case/mediation/kept")
    assert stands(number)[:2] == ("kept", "closed")
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    assert case.outcome == "refunded_full"
    assert "ร้านออกค่าส่งคืน" in case.resolution
    db.session.rollback()
    assert told(number) == [
        "ask", "respondent:invite", "offer", "words", "respondent:words", "agreed", "respondent:agreed",
        "respondent:kept",
    ]  # fmt: skip
    assert "Pay back 1,500.00 baht" in page(room.other, f"{link}?lang=en")


def same_paper_for_everybody(room: Room, link: str) -> None:
    """Made by a worker, once; all three take away the same bytes, whose hash stands on the page."""
    papers_of = ((room.own, "/case/mediation"), (room.other, link), (room.agent, room.desk))
    assert [client.get(f"{path}/paper").status_code for client, path in papers_of] == [404, 404, 303]
    promised = select(Promise.id).where(Promise.kind == PromiseKind.AGREEMENT.value)
    promise_id = db.session.scalars(promised).one()
    db.session.remove()
    for _ in range(2):
        agreements.put_on_paper(promise_id)
    taken = {client.get(f"{path}/paper").data for client, path in papers_of}
    assert len(taken) == 1
    content = taken.pop()
    assert content.startswith(b"%PDF")
    paper = pypdfium2.PdfDocument(content)
    words = " ".join(paper[number].get_textpage().get_text_bounded() for number in range(len(paper)))
    assert "Pay back 1,500.00 baht" in words
    assert all(hashlib.sha256(content).hexdigest() in page(client, path) for client, path in papers_of)


def test_an_agreement_that_is_broken_goes_on_with_its_reasons(room: Room) -> None:
    room.agreed()
    day = datetime.now(UTC) + timedelta(days=8)
    pass_time(day)
    pass_time(day)
    assert told(room.number)[-1] == "due", "asked once"
    pass_time(day + timedelta(days=30))
    assert stands(room.number) == ("agreed", "triage", True), "silence proves neither; the desk asks"
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        held = reading.hold(session, session.scalars(select(Mediation.id)).one(), agent)
        keeping.broken(session, held, "ไม่ได้เงิน", agent, day)
    db.session.remove()
    assert told(room.number)[-2:] == ["broken", "respondent:broken"]
    assert stands(room.number)[:2] == ("broken", "triage")
    assert "ไม่ได้เงิน" in page(room.agent, f"/desk/case/{room.number}"), "the reason goes along to whoever takes it on"
    own = page(room.own, "/case/mediation")
    assert all(words in own for words in ("ศาลยุติธรรม", "มูลนิธิเพื่อผู้บริโภค", "ร้านออกค่าส่งคืน"))
    assert "มาร์เก็ตเพลส" not in own


@pytest.mark.parametrize("leaver", ["complainant", "respondent"])
def test_either_side_may_leave_at_any_time(room: Room, leaver: str) -> None:
    room.talking()
    link = room.link
    client, path = (room.own, "/case/mediation") if leaver == "complainant" else (room.other, link)
    assert client.post(f"{path}/leave", data={"leave_reason": "ไม่สะดวก"}).status_code == 303
    assert stands(room.number) == ("left", "triage", True)
    assert told(room.number)[-2:] == ["ended", "respondent:ended"]
    assert "ศาลยุติธรรม" in page(room.own, "/case/mediation"), "how to go on"
    # One step takes the case to its agency, the reason with it.
    desk = page(room.agent, f"/desk/case/{room.number}")
    note = re.search(r'name="note" value="([^"]*ไม่สะดวก[^"]*)"', desk)
    version = re.search(r'name="version" value="(\d+)"', desk)
    assert note is not None
    assert version is not None
    given = {"agencies": "OCPB", "note": note[1], "version": version[1]}
    assert room.agent.post(f"/desk/case/{room.number}/refer", data=given).status_code == 303
    assert stands(room.number)[1] == "referred"
    assert room.other.post(f"{link}/leave").status_code == 303, "too late is told, no failure"


def test_the_last_offer_refused_a_lapsed_turn_and_a_stop_end_it(app: Flask) -> None:
    room = Room(app).talking()
    link = room.link
    sides = [(room.other, link), (room.own, "/case/mediation")] * 3
    for client, path in sides:
        assert client.post(f"{path}/propose", data=room.offer(client, path)).status_code == 303
    assert room.other.post(f"{link}/propose", data=room.offer(room.other, link)).status_code == 409
    room.other.post(f"{link}/refuse", data=hidden(room.other, link, "sha256"))
    assert stands(room.number) == ("refused", "triage", True)

    room = Room(app).talking()
    turn_by = db.session.scalars(select(Mediation.turn_by).where(Mediation.stage == "talking")).one()
    db.session.rollback()
    assert turn_by is not None
    for moment in (turn_by - timedelta(hours=5), turn_by - timedelta(hours=4), turn_by):
        pass_time(moment)
    assert told(room.number)[-3:] == ["respondent:reminder", "lapsed", "respondent:lapsed"]
    assert stands(room.number) == ("lapsed", "triage", True)

    room = Room(app).talking()
    room.agent.post(f"{room.desk}/stop", data={"words": "เป็นคดีอาญา"})
    assert stands(room.number)[0] == "stopped"
    assert "เป็นคดีอาญา" in page(room.other, room.link)


def test_a_complainant_may_decline_and_withdraw_and_an_agent_notes_a_yes_by_telephone(app: Flask) -> None:
    room = Room(app)
    room.begin()
    room.own.post("/case/mediation/decline")
    assert stands(room.number) == ("declined", "triage", True)
    assert [name for name in told(room.number) if name.startswith("respondent")] == []
    # Asked again, and told by telephone.
    room.begin()
    assert room.begin().status_code == 409, "one at a time"
    room.agent.post(f"{room.desk}/consent")
    old = room.link
    assert "ทางโทรศัพท์" in page(room.agent, room.desk)
    # A link that was lost is made anew, the old one opens nothing; a revoked one neither.
    room.agent.post(f"{room.desk}/invite")
    new = room.link
    assert old != new
    assert (room.other.get(old).status_code, room.other.get(new).status_code) == (404, 200)
    room.own.post("/case/withdraw", data={})
    assert stands(room.number)[1] == "withdrawn"
    assert room.other.post(f"{new}/propose", data=OFFER | {"by": "1/1/2570"}).status_code == 409
    assert "ยุติ" in page(room.other, new)
    room.agent.post(f"{room.desk}/revoke")
    assert room.other.get(new).status_code == 404


def test_the_link_is_rate_limited_and_needs_the_forms_own_token(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses = [client.get("/mediation/made-up").status_code for _ in range(31)]
    assert statuses[-1] == 429
    assert limited_app.test_client().post("/mediation/made-up/leave").status_code in {400, 429}


def operator_of(app: Flask, agency: str, login: str) -> FlaskClient:
    """Somebody of a marketplace at a browser."""
    with unit_of_work() as session:
        session.get_one(Agency, agency).email = f"care@{agency.lower()}.example"
        account = accounts.create(session, login, "ฝ่ายดูแลผู้ขาย", "operator", agency, datetime.now(UTC))
        accounts.set_password(session, account, PASSWORD, datetime.now(UTC))
    db.session.remove()
    client = app.test_client()
    sign_in(client, Role.OPERATOR, login)
    return client


def test_an_operator_acts_for_its_sellers_and_sees_nothing_else(app: Flask) -> None:
    market, stranger = (operator_of(app, agency, f"care@{agency.lower()}.example") for agency in ("MARKETPLACE", "FFC"))
    room = Room(app)
    room.begin()
    room.agent.post(f"{room.desk}/operator", data={"operator": "MARKETPLACE"})
    assert room.number not in page(market, "/operator"), "not before the complainant's yes"
    room.own.post("/case/mediation/consent")
    mediation_id = db.session.scalars(select(Mediation.id)).one()
    db.session.rollback()
    path = f"/operator/mediation/{mediation_id}"
    assert room.number in page(market, "/operator")
    assert room.number not in page(stranger, "/operator")
    assert stranger.get(path).status_code == stranger.post(f"{path}/leave").status_code == 404
    for face in ("/desk", "/partner", "/oversight", f"/desk/case/{room.number}", f"/partner/case/{room.number}"):
        assert market.get(face).status_code == 403, face
    shown = page(market, path)
    assert room.link in shown, "to hand on"
    assert not any(words in shown for words in (PHONE, ADDRESS, "ใจดี", "หูฟังเสีย"))
    assert market.post(f"{path}/propose", data=room.offer(market, path)).status_code == 303
    # The seller sees it as the own offer; who made it stands in the record.
    assert "คืนเงิน 1,500.00 บาท" in page(room.other, room.link)
    made_by = select(Account.login).join(MediationMove, MediationMove.account_id == Account.id)
    assert db.session.scalars(made_by.where(MediationMove.kind == "propose")).one() == "care@marketplace.example"
    db.session.rollback()
    room.own.post("/case/mediation/accept", data=hidden(room.own, "/case/mediation", "sha256"))
    figures = page(market, "/operator")
    assert figures.count("1 จาก 1 (100 %)") == 2, "answered in time, and agreed"
    assert "0 จาก 1 (0 %)" in figures, "not kept yet"
    assert "ยังไม่มีตัวเลข" in page(stranger, "/operator")


def test_what_one_may_see_of_mediations_is_what_one_is_listed(app: Flask) -> None:
    asked, talking = Room(app), Room(app).talking()
    asked.begin()
    talking.other.post(f"{talking.link}/note", data={"words": "ในความลับ"})
    talking.agent.post(f"{talking.desk}/operator", data={"operator": ""})
    with unit_of_work() as session:
        session.execute(update(Mediation).values(operator_code="MARKETPLACE"))
    rows = list(db.session.scalars(select(Mediation)))
    everybody = [
        *(Actor(role) for role in Role),
        *(Actor(Role.OPERATOR, agency=code) for code in ("MARKETPLACE", "FFC")),
        *(Actor(Role.COMPLAINANT, case_id=row.case_id) for row in rows),
        *(Actor(Role.RESPONDENT, mediation_id=row.id) for row in rows),
    ]
    for who in everybody:
        listed = set(db.session.scalars(select(Mediation.id).where(mediations_of(who))))
        assert listed == {row.id for row in rows if may_see_mediation(who, row)}, who
        for row in rows:
            seen = {move.kind for move in row.moves if may_see_move(who, row, move)}
            assert bool(seen) == (row.id in listed), who
            others = who.role is Role.COMPLAINANT
            assert ("note" in seen) == (row.id in listed and row.stage == "talking" and not others), who
    db.session.rollback()
