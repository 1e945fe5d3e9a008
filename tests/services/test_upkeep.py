"""What happens because time passes: each thing once, however often and by however many it is run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.agency import Agency
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.outbox import PromiseKind
from complaints.services import agency_letters, centre, correspond, follow, handle, letters, queues, triage, upkeep
from tests.centre import KEY, actor, classified, file_case
from tests.services.scene import (
    DAY,
    HOUR,
    NOW,
    SPANS,
    actions_of,
    agent,
    answered,
    at_agency,
    at_once,
    closed,
    in_triage,
    letters_of,
    police,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

SECOND = timedelta(seconds=1)


def run(work: Callable[[Session, datetime], int], now: datetime) -> int:
    with unit_of_work() as session:
        done = work(session, now)
    db.session.remove()
    return done


def accepted(who: Actor) -> str:
    number = referred()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, NOW)
    db.session.remove()
    return number


def told(number: str, action: str) -> list[tuple[str, bool]]:
    """What was noted of a kind: which promise, and whether the complainant sees it."""
    events = [event for event in the_case(db.session(), number).events if event.action == action]
    found = [(str(event.data["promise"]), event.public) for event in events]
    db.session.remove()
    return found


def test_an_answer_that_comes_near_is_reminded_of_once(app: Flask) -> None:
    number = accepted(police())
    answer_by = the_case(db.session(), number).referrals[0].answer_by
    db.session.remove()
    assert run(upkeep.remind, answer_by - 3 * DAY - SECOND) == 0
    assert run(upkeep.remind, answer_by - 3 * DAY) == 1
    for hours in range(5):
        assert run(upkeep.remind, answer_by - 2 * DAY + hours * HOUR) == 0
    assert told(number, "remind") == [("answer", False)]
    # A reminder is no letter to the complainant.
    assert letters_of(db.session(), number) == ["receipt", "referred"]


def test_each_referral_has_its_own_reminder(app: Flask) -> None:
    number = referred("POLICE", "OCPB")
    assert run(upkeep.remind, NOW + 13 * DAY) == 2
    assert run(upkeep.remind, NOW + 13 * DAY) == 0
    referrals = {event.referral_id for event in the_case(db.session(), number).events if event.action == "remind"}
    assert len(referrals) == 2


def test_nobody_is_reminded_of_what_is_past_waiting_or_done(app: Flask) -> None:
    who, desk = police(), agent()
    late, waiting = accepted(who), accepted(who)
    answered()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, waiting), "ขอข้อมูล", desk, NOW)
    assert run(upkeep.remind, NOW + 30 * DAY) == 0
    assert run(upkeep.remind, NOW + 13 * DAY) == 1
    assert (told(late, "remind"), told(waiting, "remind")) == ([("answer", False)], [])


def test_a_case_that_nobody_reads_is_escalated_once(app: Flask) -> None:
    unread = in_triage()
    fresh, _ = file_case(now=NOW)
    triage_by = the_case(db.session(), unread).triage_by
    db.session.remove()
    assert run(upkeep.escalate, triage_by) == 0
    assert run(upkeep.escalate, triage_by + SECOND) == 2
    for days in range(1, 20):
        assert run(upkeep.escalate, triage_by + days * DAY) == 0
    assert told(unread, "escalate") == told(fresh, "escalate") == [("triage", False)]


def test_a_case_that_comes_back_can_be_late_again(app: Flask) -> None:
    number, who, desk = referred(), police(), agent()
    later = NOW + 10 * DAY
    with unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, "POLICE"), "ไม่ใช่เรา", who, later)
    triage_by = the_case(db.session(), number).triage_by
    db.session.remove()
    assert run(upkeep.escalate, later) == 0
    assert run(upkeep.escalate, triage_by + SECOND) == 1
    with unit_of_work() as session:
        case = the_case(session, number)
        triage.decide_and_refer(session, case, "seller_fraud", ["POLICE"], desk, later + 5 * DAY)
    with unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, "POLICE"), "ไม่ใช่เราจริง ๆ", who, later + 6 * DAY)
    again = the_case(db.session(), number).triage_by
    db.session.remove()
    assert run(upkeep.escalate, again + SECOND) == 1
    assert run(upkeep.escalate, again + DAY) == 0
    assert told(number, "escalate") == [("triage", False)] * 2


def test_each_missed_deadline_of_an_agency_is_escalated_once(app: Flask) -> None:
    number, who = referred(), police()
    referral = the_case(db.session(), number).referrals[0]
    acknowledge_by, answer_by = referral.acknowledge_by, referral.answer_by
    db.session.remove()
    assert run(upkeep.escalate, acknowledge_by) == 0
    assert run(upkeep.escalate, acknowledge_by + SECOND) == 1
    assert run(upkeep.escalate, acknowledge_by + DAY) == 0
    with unit_of_work() as session:
        handle.accept(*at_agency(session, number, "POLICE"), who, acknowledge_by + DAY)
    assert run(upkeep.escalate, answer_by) == 0
    assert run(upkeep.escalate, answer_by + SECOND) == 1
    assert run(upkeep.escalate, answer_by + 10 * DAY) == 0
    assert told(number, "escalate") == [("acknowledge", False), ("answer", False)]


def test_an_agency_that_never_stirs_is_late_twice(app: Flask) -> None:
    number = referred()
    answer_by = the_case(db.session(), number).referrals[0].answer_by
    db.session.remove()
    assert [run(upkeep.escalate, NOW + days * DAY) for days in range(25)].count(1) == 2
    assert told(number, "escalate") == [("acknowledge", False), ("answer", False)]
    assert answer_by < NOW + 25 * DAY


def test_after_a_standstill_both_deadlines_are_one_notice(app: Flask) -> None:
    number = referred()
    assert run(upkeep.escalate, NOW + 40 * DAY) == 1
    assert run(upkeep.escalate, NOW + 41 * DAY) == 0
    assert told(number, "escalate") == [("answer", False)]


def test_an_agency_in_time_is_not_escalated(app: Flask) -> None:
    number = accepted(police())
    assert run(upkeep.escalate, NOW + 10 * DAY) == 0
    assert told(number, "escalate") == []


def test_while_the_centre_waits_nobody_is_late(app: Flask) -> None:
    in_desk, at_police, desk, who = in_triage(), referred(), agent(), police()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, in_desk), "ขอสลิป", desk, NOW + HOUR)
        handle.ask(session, *at_agency(session, at_police, "POLICE"), "ขอสลิป", who, NOW + HOUR)
    assert run(upkeep.escalate, NOW + 50 * DAY) == run(upkeep.remind, NOW + 13 * DAY) == 0
    with unit_of_work() as session:
        for number in (in_desk, at_police):
            case = the_case(session, number)
            correspond.write_in(session, case, "ส่งแล้ว", follow.complainant_of(case), NOW + 50 * DAY)
    # Whoever asked has the rest of the own time, as it was when the question went out.
    assert run(upkeep.escalate, NOW + 50 * DAY + HOUR) == 0
    assert run(upkeep.escalate, NOW + 60 * DAY) == 2


def test_a_missed_final_day_is_escalated_once_and_again_after_it_moved(app: Flask) -> None:
    number, desk = in_triage(), agent()
    final_by = the_case(db.session(), number).final_by
    db.session.remove()
    run(upkeep.escalate, NOW + 30 * DAY)
    assert run(upkeep.escalate, final_by) == 0
    assert run(upkeep.escalate, final_by + SECOND) == 1
    for days in range(1, 5):
        assert run(upkeep.escalate, final_by + days * DAY) == 0
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), "ขอสลิป", desk, final_by + 5 * DAY)
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "ส่งแล้ว", follow.complainant_of(case), final_by + 15 * DAY)
    assert run(upkeep.escalate, final_by + 15 * DAY) == 1
    assert told(number, "escalate") == [("triage", False), ("final", False), ("final", False)]


def test_final_and_reading_missed_together_are_one_notice(app: Flask) -> None:
    number = in_triage()
    assert run(upkeep.escalate, NOW + 70 * DAY) == 1
    assert run(upkeep.escalate, NOW + 71 * DAY) == 0
    assert told(number, "escalate") == [("final", False)]


def test_a_case_answered_in_time_misses_no_final_day(app: Flask) -> None:
    number = answered(at=NOW + 50 * DAY)
    assert run(upkeep.escalate, NOW + 70 * DAY) == 0
    assert told(number, "escalate") == []


def asked(number: str, at: datetime, question: str = "ขอสลิป") -> None:
    desk = agent()
    with unit_of_work() as session:
        triage.ask(session, the_case(session, number), question, desk, at)
    db.session.remove()


def in_queue(queue: str, now: datetime) -> list[str]:
    who = agent()
    found = [case.number for case in queues.listed(db.session(), who, queue, now, SPANS)]
    db.session.remove()
    return found


def test_an_unanswered_question_is_reminded_of_once_by_letter(app: Flask) -> None:
    number = in_triage()
    asked(number, NOW)
    assert run(upkeep.nudge, NOW + 7 * DAY - SECOND) == 0
    assert run(upkeep.nudge, NOW + 7 * DAY) == 1
    assert run(upkeep.nudge, NOW + 8 * DAY) == 0
    assert letters_of(db.session(), number) == ["receipt", "question", "reminder"]
    case = the_case(db.session(), number)
    letter = letters.write(db.session(), case, case.promises[-1], centre.profile(db.session()), "https://x")
    assert "ขอสลิป" in letter.body
    db.session.remove()
    # Another question is another matter.
    asked(number, NOW + 9 * DAY, "ขอเลขบัญชี")
    assert run(upkeep.nudge, NOW + 15 * DAY) == 0
    assert run(upkeep.nudge, NOW + 16 * DAY) == 1


def test_a_question_that_is_never_answered_comes_to_the_desk(app: Flask) -> None:
    number, desk = in_triage(), agent()
    asked(number, NOW)
    assert run(upkeep.hand_over, NOW + 14 * DAY - SECOND) == 0
    assert in_queue("silent", NOW + 14 * DAY) == []
    assert run(upkeep.hand_over, NOW + 14 * DAY) == 1
    assert run(upkeep.hand_over, NOW + 15 * DAY) == 0
    assert in_queue("silent", NOW + 15 * DAY) == [number]
    with unit_of_work() as session:
        triage.note(session, the_case(session, number), "โทรแล้วไม่รับ", desk, NOW + 16 * DAY)
    db.session.remove()
    assert in_queue("silent", NOW + 16 * DAY) == []
    # Whatever the desk tried: two weeks later it is there again.
    assert run(upkeep.hand_over, NOW + 29 * DAY) == 0
    assert run(upkeep.hand_over, NOW + 30 * DAY) == 1
    assert in_queue("silent", NOW + 30 * DAY) == [number]


def test_who_answers_is_neither_reminded_nor_handed_over(app: Flask) -> None:
    number = in_triage()
    asked(number, NOW)
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "ส่งแล้ว", follow.complainant_of(case), NOW + DAY)
    db.session.remove()
    assert run(upkeep.nudge, NOW + 50 * DAY) == run(upkeep.hand_over, NOW + 50 * DAY) == 0


def test_nought_days_switches_reminder_and_hand_over_off(app: Flask) -> None:
    asked(in_triage(), NOW)
    with unit_of_work() as session:
        centre.change_profile(session, {"nudge_after_days": "0", "hand_over_after_days": "0"}, NOW)
    assert run(upkeep.nudge, NOW + 50 * DAY) == run(upkeep.hand_over, NOW + 50 * DAY) == 0


def to_agency(number: str) -> list[tuple[str, str]]:
    """The letters promised to agencies: to which referral's agency, and why."""
    case = the_case(db.session(), number)
    names = {referral.id: referral.agency_code for referral in case.referrals}
    found = [
        (names[row.payload["referral_id"]], row.payload["stage"])
        for row in case.promises
        if row.kind == PromiseKind.AGENCY_LETTER
    ]
    db.session.remove()
    return found


def give_address(agency: str) -> None:
    with unit_of_work() as session:
        session.get_one(Agency, agency).email = "duty@police.example"


def test_a_late_agency_gets_one_letter_for_each_stage(app: Flask) -> None:
    give_address("POLICE")
    number = referred("POLICE", "OCPB")
    for days in range(40):
        run(upkeep.remind, NOW + days * DAY)
        run(upkeep.escalate, NOW + days * DAY)
    assert to_agency(number) == [("POLICE", "acknowledge"), ("POLICE", "soon"), ("POLICE", "answer")]
    assert [(row[0].code, row[1]) for row in queues.unreachable(db.session())] == [("OCPB", 1)]
    db.session.remove()


def test_a_deadline_that_moved_and_passes_again_brings_no_second_letter(app: Flask) -> None:
    give_address("POLICE")
    number = referred()
    run(upkeep.escalate, NOW + 20 * DAY)
    who = police()
    with unit_of_work() as session:
        handle.ask(session, *at_agency(session, number, "POLICE"), "ขอสลิป", who, NOW + 21 * DAY)
    with unit_of_work() as session:
        case = the_case(session, number)
        correspond.write_in(session, case, "ส่งแล้ว", follow.complainant_of(case), NOW + 40 * DAY)
    db.session.remove()
    assert run(upkeep.escalate, NOW + 41 * DAY) == 1
    assert to_agency(number) == [("POLICE", "answer")]


def test_the_letter_to_an_agency_names_no_citizen(app: Flask) -> None:
    give_address("POLICE")
    number = referred(name="สมหญิง ใจดี", phone="0800000001", email="somying@example.com")
    run(upkeep.escalate, NOW + 20 * DAY)
    promise = the_case(db.session(), number).promises[-1]
    letter = agency_letters.compose(db.session(), promise, "https://c.example", KEY)
    assert letter is not None
    assert (letter.to, letter.subject.startswith(f"[{number}]")) == ("duty@police.example", True)
    assert f"https://c.example/partner/case/{number}" in letter.body
    assert not [word for word in ("สมหญิง", "0800000001", "somying", "ร้านปิดหนี") if word in letter.body]
    db.session.remove()


def test_who_answered_meanwhile_gets_no_letter(app: Flask) -> None:
    give_address("POLICE")
    number, who = referred(), police()
    run(upkeep.escalate, NOW + 20 * DAY)
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "POLICE")
        handle.accept(case, referral, who, NOW + 20 * DAY)
        handle.answer(session, case, referral, "explained", "ชี้แจงแล้ว", None, who, NOW + 20 * DAY)
    db.session.remove()
    promise = next(row for row in the_case(db.session(), number).promises if row.kind == PromiseKind.AGENCY_LETTER)
    assert agency_letters.compose(db.session(), promise, "https://c.example", KEY) is None
    db.session.remove()


def test_what_is_late_waits_for_the_supervisor_until_one_acts(app: Flask) -> None:
    number, desk, supervisor = in_triage(), agent(), actor(Role.SUPERVISOR)
    late = NOW + 70 * DAY
    assert in_queue("escalated", late) == []
    run(upkeep.escalate, late)
    assert in_queue("escalated", late) == [number]
    with unit_of_work() as session:
        triage.note(session, the_case(session, number), "รอเอกสาร", desk, late)
    db.session.remove()
    assert in_queue("escalated", late) == [number]
    with unit_of_work() as session:
        triage.note(session, the_case(session, number), "ให้ตอบภายในวันนี้", supervisor, late)
    db.session.remove()
    assert in_queue("escalated", late) == []


def test_after_silence_a_case_is_closed_once(app: Flask) -> None:
    number = answered(at=NOW + DAY)
    assert run(upkeep.close_silent, NOW + 15 * DAY) == 0
    assert run(upkeep.close_silent, NOW + 15 * DAY + SECOND) == 1
    assert run(upkeep.close_silent, NOW + 16 * DAY) == 0
    case = the_case(db.session(), number)
    assert (case.state, case.closed_at) == (State.CLOSED, NOW + 15 * DAY + SECOND)
    assert actions_of(db.session(), number).count("close_silent") == 1
    assert letters_of(db.session(), number).count("survey") == 1


def test_silence_lasts_as_long_as_the_operator_says(app: Flask) -> None:
    answered(at=NOW)
    with unit_of_work() as session:
        centre.change_profile(session, {"close_after_days": "3"}, NOW)
    assert run(upkeep.close_silent, NOW + 3 * DAY) == 0
    assert run(upkeep.close_silent, NOW + 4 * DAY) == 1


def test_only_answered_cases_are_closed(app: Flask) -> None:
    disputed, confirmed, open_case = answered(at=NOW), closed(), in_triage()
    with unit_of_work() as session:
        follow.dispute(session, the_case(session, disputed), "ไม่จริง", NOW + DAY)
    assert run(upkeep.close_silent, NOW + 100 * DAY) == 0
    assert [the_case(db.session(), number).state for number in (disputed, confirmed, open_case)] == [
        State.REOPENED,
        State.CLOSED,
        State.TRIAGE,
    ]


def test_a_new_answer_starts_the_silence_anew(app: Flask) -> None:
    number, desk = answered(at=NOW), agent()
    with unit_of_work() as session:
        follow.dispute(session, the_case(session, number), "ไม่จริง", NOW + 13 * DAY)
        triage.resolve(session, the_case(session, number), "explained", "อธิบายอีกครั้ง", desk, NOW + 14 * DAY)
    assert run(upkeep.close_silent, NOW + 20 * DAY) == 0
    assert run(upkeep.close_silent, NOW + 29 * DAY) == 1


def test_each_step_of_one_moment_is_a_version_of_its_own(app: Flask) -> None:
    number = referred()
    run(upkeep.escalate, NOW + 13 * DAY)
    before = the_case(db.session(), number).version
    db.session.remove()
    assert run(upkeep.remind, NOW + 13 * DAY) == 1
    assert the_case(db.session(), number).version == before + 1
    db.session.remove()


def test_run_by_many_at_once_everything_happens_once(app: Flask) -> None:
    silent, late, near, unread = answered(at=NOW - 20 * DAY, now=NOW - 25 * DAY), referred(), referred(), in_triage()
    moment = NOW + 13 * DAY

    def job(turn: int) -> int:
        with unit_of_work() as session:
            return (upkeep.close_silent, upkeep.remind, upkeep.escalate)[turn % 3](session, moment)

    at_once(app, 9, job)
    # Whoever lost the race has changed nothing; the next turn of the clock finishes what is left.
    for work in (upkeep.close_silent, upkeep.remind, upkeep.escalate):
        run(work, moment)
    steps = {number: actions_of(db.session(), number) for number in (silent, late, near, unread)}
    assert steps[silent].count("close_silent") == 1
    assert [steps[number].count("remind") for number in (late, near)] == [1, 1]
    assert [steps[number].count("escalate") for number in (late, near, unread)] == [1, 1, 1]
    assert letters_of(db.session(), silent).count("survey") == 1


def test_the_machines_referral_is_watched_too(app: Flask) -> None:
    number, _ = file_case(now=NOW)
    classified(number, now=NOW)
    assert the_case(db.session(), number).referrals[0].state == ReferralState.SENT
    db.session.remove()
    assert run(upkeep.escalate, NOW + 6 * DAY) == 1
    assert told(number, "escalate") == [("acknowledge", False)]
