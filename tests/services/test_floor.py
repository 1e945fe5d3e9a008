"""The floor's figures: each stands on the cases behind it, and more people cost no more queries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event

from complaints.db import db, unit_of_work
from complaints.domain.account import SignInSession
from complaints.domain.actor import Role
from complaints.domain.lifecycle import Action
from complaints.domain.period import Period
from complaints.domain.thai_time import local_day, midnight
from complaints.services import accounts, correspond, drafting, follow, handle, refer, sharing, triage
from complaints.services.floor import behind, checked, passing, people, waiting
from complaints.services.floor.behind import Figure
from complaints.services.floor.checked import Share
from tests.centre import actor
from tests.services.scene import DAY, HOUR, NOW, SPANS, agent, at_agency, in_triage, officer, the_case

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

TODAY = local_day(NOW)
SPAN = Period(TODAY, TODAY)
MINUTES = timedelta(minutes=1)


def lead() -> Actor:
    return actor(Role.SUPERVISOR)


def listed(figure: Figure, span: Period = SPAN) -> set[str]:
    """The numbers of the cases behind a figure."""
    who = lead()
    found = {case.number for case in behind.listed(db.session(), figure, span, who, NOW, SPANS)}
    db.session.remove()
    return found


def figures() -> tuple[dict[str, waiting.Waiting], dict[str, people.Person], list[checked.Row]]:
    """All of the page, and nothing left open."""
    who, session = lead(), db.session()
    queues = {row.queue: row for row in waiting.waiting(session, who, NOW, SPANS)}
    everybody = {one.name: one for one in people.people(session, SPAN, NOW)}
    shares = checked.rows(session, SPAN)
    passing.given_back(session, SPAN)
    passing.rerouted(session, SPAN)
    db.session.remove()
    return queues, everybody, shares


def statements() -> int:
    asked: list[str] = []

    def hear(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    figures()
    event.remove(db.engine, "before_cursor_execute", hear)
    return len(asked)


def test_what_waits_since_when_and_what_is_late(app: Flask) -> None:
    old, _, _ = (in_triage(NOW - back) for back in (9 * DAY, 2 * HOUR, HOUR))
    told, asleep = in_triage(NOW - 3 * HOUR), in_triage(NOW - 30 * DAY)
    desk = agent()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, told), "เลขบัญชีปลายทางคืออะไร", desk, NOW - 2 * HOUR)
        correspond.write_in(
            session, the_case(session, told), "เลขนี้", follow.complainant_of(the_case(session, told)), NOW - HOUR
        )
        sharing.snooze(session, the_case(session, asleep), NOW + DAY, "รอเอกสาร", desk, NOW - DAY)
    queues, _, _ = figures()
    row = queues["triage"]
    # The reply of an hour ago brought the fourth back; what sleeps waits in a queue of its own.
    assert (row.count, row.oldest, row.middle) == (4, NOW - 9 * DAY, NOW - 2 * HOUR)
    assert queues["answers"].count == 1
    assert queues["answers"].oldest == NOW - HOUR
    assert (row.late, row.near) == (1, 0), "the day of triage ended in Bangkok for the oldest alone"
    assert listed(Figure(waiting.LATE, queue="triage")) == {old}
    assert not listed(Figure(waiting.NEAR, queue="triage"))
    assert queues["snoozed"].count == 1
    assert queues["silent"].oldest is None
    assert not listed(Figure(waiting.LATE, queue="nonsense"))
    assert not listed(Figure("nonsense"))


def test_what_each_has_in_hand_and_has_done(app: Flask) -> None:
    desk, other = agent(), lead()
    mine, late, yesterday = in_triage(NOW - HOUR), in_triage(NOW - 2 * HOUR), in_triage(NOW - 2 * DAY)
    with unit_of_work() as session:
        session.add(
            SignInSession(token_hash="t", account_id=desk.account_id, created_at=NOW, seen_at=NOW - 5 * MINUTES)
        )
        case = the_case(session, mine)
        sharing.assign(session, case, other.account_id, other, NOW - 50 * MINUTES)
        sharing.assign(session, case, desk.account_id, other, NOW - 30 * MINUTES)
        triage.note(session, case, "โทรหาผู้ร้องแล้ว", desk, NOW - 20 * MINUTES)
        triage.decide_and_refer(session, case, "seller_fraud", ["POLICE"], desk, NOW - 10 * MINUTES)
        case = the_case(session, late)
        drafting.keep(session, case, "write", {"body": ["เรียนผู้ร้อง"]}, desk, NOW)
        triage.decide(session, case, "purchase_dispute", desk, NOW - 5 * MINUTES)
        # The day before in Bangkok, though the same day elsewhere: none of today's.
        triage.decide(session, the_case(session, yesterday), "purchase_dispute", desk, midnight(TODAY) - MINUTES)
        triage.note(session, the_case(session, yesterday), "ตอนเที่ยงคืน", other, midnight(TODAY))
    _, everybody, shares = figures()
    one, two = everybody["ทดสอบ agent"], everybody["ทดสอบ supervisor"]
    assert one.here(NOW)
    assert not two.here(NOW)
    assert (one.held, one.snoozed, one.drafts) == (1, 0, 1)
    assert one.done == {"note": 1, "recategorise": 2, "refer": 1}
    assert two.done == {"note": 1}
    assert (one.first_answer, one.to_decision) == (50 * MINUTES, 20 * MINUTES)
    assert (two.first_answer, two.to_decision) == (None, None), "who had it before decided nothing"
    assert checked.by(shares, "account_id") == {desk.account_id: Share(2, 1)}
    assert checked.by(shares, "category") == {"seller_fraud": Share(2, 1)}
    assert checked.by(shares, "model") == {"test": Share(2, 1)}
    assert str(Share(2, 1).rate) == "50.00"
    assert Share().rate is None, "nought of nought is no figure"
    who = desk.account_id or 0
    assert listed(Figure("held", account=who)) == {mine}
    assert listed(Figure("drafts", account=who)) == {late}
    assert listed(Figure("done", account=who)) == {mine, late}
    assert listed(Figure("done", account=who, step=Action.REFER.value)) == {mine}
    assert listed(Figure("first", account=who)) == {mine}
    assert listed(Figure("corrected", account=who)) == {late}
    assert listed(Figure("corrected", category="seller_fraud", model="test")) == {late}
    assert not listed(Figure("corrected", model="other"))


def test_more_people_cost_no_more_queries(app: Flask) -> None:
    desk = agent()
    few = statements()
    with unit_of_work() as session:
        team = [accounts.create(session, f"a{n}@test", f"คนที่ {n}", "agent", None, NOW).actor for n in range(5)]
    for one in [desk, *team]:
        number = in_triage(NOW - HOUR)
        with unit_of_work() as session:
            case = the_case(session, number)
            sharing.assign(session, case, one.account_id, one, NOW - HOUR)
            triage.decide_and_refer(session, case, "seller_fraud", ["POLICE"], one, NOW)
    assert statements() == few
    _, everybody, _ = figures()
    assert len([one for one in everybody.values() if one.to_decision == HOUR]) == 6


def test_from_which_agency_to_which_a_case_went_on(app: Flask) -> None:
    desk, police, ocpb = agent(), officer("POLICE"), officer("OCPB")
    declined, returned, both, before = (in_triage(NOW - 3 * DAY) for _ in range(4))

    def send(session: Session, number: str, *codes: str, at: datetime = NOW) -> None:
        refer.refer(session, the_case(session, number), codes, desk, at)

    with unit_of_work() as session:
        for number, first in ((declined, NOW), (returned, NOW - 2 * DAY), (before, NOW - 2 * DAY), (both, NOW)):
            triage.decide_and_refer(session, the_case(session, number), "seller_fraud", ["POLICE"], desk, first)
        handle.decline(session, *at_agency(session, declined, "POLICE"), "ไม่ใช่หน้าที่", police, NOW + HOUR)
        send(session, declined, "OCPB", at=NOW + 2 * HOUR)
        handle.accept(*at_agency(session, returned, "POLICE"), police, NOW - DAY)
        handle.give_back(session, *at_agency(session, returned, "POLICE"), "ผิดเรื่อง", police, NOW)
        send(session, returned, "OCPB", "FDA", at=NOW + HOUR)
        # Two agencies side by side have passed nothing on, and what happened the day before is not of today.
        send(session, both, "OCPB", at=NOW + HOUR)
        handle.decline(session, *at_agency(session, before, "POLICE"), "ไม่ใช่", police, NOW - DAY)
        send(session, before, "OCPB", at=NOW - DAY)
        handle.accept(*at_agency(session, declined, "OCPB"), ocpb, NOW + 3 * HOUR)
    session = db.session()
    found = [(row.source, row.target, row.category, row.count) for row in passing.rerouted(session, SPAN)]
    assert found == [("POLICE", "OCPB", "seller_fraud", 2), ("POLICE", "FDA", "seller_fraud", 1)]
    back = [(row.agency, row.category, row.sent, row.back) for row in passing.given_back(session, SPAN)]
    assert back == [("POLICE", "seller_fraud", 2, 2)]
    db.session.remove()
    pair = Figure("passed", agency="POLICE", target="OCPB", category="seller_fraud")
    assert listed(pair) == {declined, returned}
    assert listed(Figure("back", agency="POLICE", category="seller_fraud")) == {declined, returned}
    assert not listed(Figure("back", agency="POLICE", category="purchase_dispute"))
    assert listed(pair, Period(TODAY - DAY, TODAY - DAY)) == {before}
