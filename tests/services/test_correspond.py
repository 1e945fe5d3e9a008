"""Messages both ways: what waits is answered, what is public goes out, what is empty or endless is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.lifecycle import State
from complaints.domain.policy import may_see_message
from complaints.services import correspond, follow, triage
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    actions_of,
    agent,
    answered,
    at_agency,
    closed,
    in_triage,
    letters_of,
    ocpb,
    police,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask


def write_in(number: str, body: str) -> None:
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, body, follow.complainant_of(case), NOW + DAY)


def test_a_reply_is_a_reply_only_while_somebody_waits(app: Flask) -> None:
    number, desk = in_triage(), agent()
    write_in(number, "ลืมบอกว่าโอนสองครั้ง")
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "โอนจากธนาคารไหน", desk, NOW + HOUR)
    write_in(number, "กสิกร")
    write_in(number, "แล้วก็ไทยพาณิชย์")
    case = the_case(db.session(), number)
    assert [message.kind for message in case.messages] == ["message", "question", "reply", "message"]
    assert actions_of(db.session(), number)[-4:] == ["write", "ask", "reply", "write"]
    assert case.state == State.TRIAGE


def test_the_complainant_may_write_after_the_end(app: Flask) -> None:
    number = closed()
    write_in(number, "ขอบคุณค่ะ")
    case = the_case(db.session(), number)
    assert (case.state, case.messages[-1].body) == (State.CLOSED, "ขอบคุณค่ะ")


def test_a_message_to_the_complainant_is_a_letter(app: Flask) -> None:
    number, desk, who = referred(), agent(), police()
    with unit_of_work() as session:
        correspond.write_out(session, the_case(session, number), "เราติดตามอยู่", desk, NOW)
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "POLICE")
        correspond.write_out(session, case, "นัดวันพุธ", who, NOW, referral)
    case = the_case(db.session(), number)
    assert letters_of(db.session(), number)[-2:] == ["message", "message"]
    assert [promise.payload["message_id"] for promise in case.promises[-2:]] == [row.id for row in case.messages]
    assert case.state == State.REFERRED


def test_what_was_said_on_the_telephone_is_taken_down(app: Flask) -> None:
    number, desk = in_triage(), agent()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "โอนเมื่อไร", desk, NOW)
    with unit_of_work() as session:
        correspond.take_down(session, the_case(session, number), "เมื่อวานบ่าย", desk, NOW + HOUR)
    case = the_case(db.session(), number)
    assert (case.state, case.messages[-1].channel, case.messages[-1].kind) == (State.TRIAGE, "hotline", "reply")
    with pytest.raises(StepImpossible), unit_of_work() as session:
        correspond.take_down(session, the_case(session, number), "อีกครั้ง", desk, NOW + HOUR)


@pytest.mark.parametrize("body", ["", " \n ", "ก" * (correspond.MESSAGE_LIMIT + 1)])
def test_nothing_and_too_much_are_refused(app: Flask, body: str) -> None:
    number = in_triage()
    with pytest.raises(InvalidInput) as caught:
        write_in(number, body)
    assert caught.value.field == "body"
    write_in(number, "ก" * correspond.MESSAGE_LIMIT)
    assert [len(message.body) for message in the_case(db.session(), number).messages] == [correspond.MESSAGE_LIMIT]


def test_each_reader_sees_the_own_part(app: Flask) -> None:
    number, desk, first, second = referred("POLICE", "OCPB"), agent(), police(), ocpb()
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "POLICE")
        for body, who, public, about in (
            ("โน้ตศูนย์", desk, False, None),
            ("โน้ตตำรวจ", first, False, referral),
            ("ถึงผู้ร้อง", desk, True, None),
        ):
            kind = "message" if public else "note"
            correspond.say(session, case, body, who, NOW, kind=kind, public=public, referral=about)
    case = the_case(db.session(), number)

    def seen(who: object) -> list[str]:
        return [message.body for message in case.messages if may_see_message(who, message)]  # type: ignore[arg-type]

    assert seen(desk) == ["โน้ตศูนย์", "โน้ตตำรวจ", "ถึงผู้ร้อง"]
    assert seen(first) == ["โน้ตตำรวจ", "ถึงผู้ร้อง"]
    assert seen(second) == ["ถึงผู้ร้อง"]
    assert seen(follow.complainant_of(case)) == ["ถึงผู้ร้อง"]


def test_an_agencys_answer_is_read_by_the_complainant(app: Flask) -> None:
    number = answered()
    case = the_case(db.session(), number)
    assert [may_see_message(follow.complainant_of(case), message) for message in case.messages] == [True]
