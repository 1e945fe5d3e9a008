"""Nothing that anybody at the centre or at an agency does moves the rate: each trick by the real services."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import update

from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.errors import DomainError
from complaints.domain.kpi.count import Count
from complaints.domain.kpi.facts import KpiFact
from complaints.domain.kpi.indicators import ANSWERED, INDICATORS, PENDING
from complaints.domain.macro import Move
from complaints.services import correspond, deeds, follow, handle, refer, report, triage, upkeep
from complaints.services.kpi import counting, verifying
from tests.services.scene import DAY, HOUR, NOW, agent, answered, closed, in_triage, officer, referred, the_case

if TYPE_CHECKING:
    from datetime import datetime

    import pytest
    from flask import Flask

    from complaints.domain.actor import Actor

YEAR = (date(2026, 10, 1), date(2027, 9, 30))
# The late ones are late, and the month ends.
LATE, END = NOW + 61 * DAY, NOW + 72 * DAY
CONTACT = {"phone": "02-000-0000"}


NO_CLOCK = dict.fromkeys(("due_at", "promised_by", "desk_at", "resume_state", "waiting_since", "decide_by"))


def rate(group: str | None = "online_trading") -> Count:
    """Counted from the events, and held against them."""
    with unit_of_work() as session:
        counting.recount(session, counting.all_days(session), END)
    with unit_of_work() as session:
        assert list(verifying.differences(session, END)) == []
        return report.total(session, *YEAR, group=group)


def scene() -> dict[str, str]:
    """One that is solved, one whose answer was late, two that nobody answered, and two young ones."""
    made = {
        "solved": closed(),
        "late": answered(at=LATE),
        "open": referred("POLICE"),
        "open2": referred("OCPB", category="purchase_dispute"),
    }
    for name in ("young", "young2"):
        made[name] = referred("POLICE", now=END - 10 * DAY)
    return made


def with_case(number: str, job: object) -> None:
    """Let somebody try; that it is refused is as good as that it changes nothing."""
    try:
        with unit_of_work() as session:
            job(session, the_case(session, number))  # type: ignore[operator]
    except DomainError:
        pass
    finally:
        db.session.remove()


def close_and_reopen(found: dict[str, str], desk: Actor, now: datetime) -> None:
    """Answer the late ones, let somebody object, answer again and agree."""
    for name in ("open", "open2"):
        with_case(found[name], lambda s, c: triage.resolve(s, c, "explained", "ตอบแล้ว", desk, now))
        with_case(found[name], lambda s, c: follow.dispute(s, c, "ยังไม่ได้", now))
        with_case(found[name], lambda s, c: triage.resolve(s, c, "refunded_full", "ตอบอีกครั้ง", desk, now))
        with_case(found[name], lambda _s, c: follow.confirm(c, now))


def reroute(found: dict[str, str], desk: Actor, now: datetime) -> None:
    """Hand late and young ones back and about."""
    police = officer("POLICE")
    for name in ("open", "young", "young2"):
        with_case(found[name], lambda s, c: handle.decline(s, c, c.open_referrals[0], "ไม่ใช่ของเรา", police, now))
        for agency in ("OCPB", "POLICE"):
            with_case(found[name], lambda s, c, code=agency: refer.refer(s, c, [code], desk, now))


def merge(found: dict[str, str], desk: Actor, now: datetime) -> None:
    """Put the open ones under one that will be answered soon."""
    for name in ("open", "open2", "young2"):
        with_case(found[name], lambda s, c: triage.merge(s, c, the_case(s, found["young"]), desk, now))


def get_rid(found: dict[str, str], desk: Actor, now: datetime) -> None:
    """Say that it is a question, not ours, or taken back: by the desk at any time, by a late one's complainant."""
    for name in ("open", "open2", "late", "young", "young2"):
        with_case(found[name], lambda s, c: triage.decide(s, c, "general_inquiry", desk, now))
        if name != "open":
            with_case(found[name], lambda s, c: triage.ask(s, c, "ขอข้อมูล", desk, now))
            with_case(found[name], lambda s, c: triage.reject(s, c, "ไม่อยู่ในอำนาจ", desk, now))
            with_case(found[name], lambda s, c: triage.withdraw(s, c, "ผู้ร้องโทรมา", desk, now))
    with_case(found["open"], lambda s, c: follow.withdraw(s, c, "", now))


def stop_the_clock(found: dict[str, str], desk: Actor, now: datetime) -> None:
    """Ask after the time has run out; the answer is then as late as it was."""
    for name in ("open", "open2"):
        with_case(found[name], lambda s, c: triage.ask(s, c, "ขอหลักฐาน", desk, now - 9 * DAY))
        with_case(found[name], lambda s, c: correspond.write_in(s, c, "ส่งแล้ว", follow.complainant_of(c), now))
        with_case(found[name], lambda s, c: triage.resolve(s, c, "explained", "ตอบแล้ว", desk, now))
        with_case(found[name], lambda _s, c: follow.confirm(c, now))


def bulk_close(found: dict[str, str], desk: Actor, now: datetime) -> None:
    """Answer everything at the month's end and close whatever can be closed."""
    for number in found.values():
        with_case(number, lambda s, c: triage.resolve(s, c, "explained", "ปิดสิ้นเดือน", desk, now))
    with_case(found["late"], lambda s, _c: upkeep.close_silent(s, now))


def backdate(found: dict[str, str], _desk: Actor, _now: datetime) -> None:
    """Write into the rows, past every service, that all was answered long ago."""
    told = {"state": "closed", "resolved_at": NOW, "closed_at": NOW, "final_by": END, "outcome": "explained"}
    for name in ("open", "late", "young"):
        with_case(found[name], lambda s, c: s.execute(update(Case).where(Case.id == c.id).values(told | NO_CLOCK)))


def test_no_trick_moves_the_rate(app: Flask) -> None:
    desk = agent()
    for trick in (reroute, merge, get_rid, stop_the_clock, close_and_reopen, bulk_close, backdate):
        found = scene()
        with_case(found["late"], lambda s, _c: upkeep.close_silent(s, END))
        before, everything = rate(), rate(None)
        trick(found, desk, END)
        assert (rate(), rate(None)) == (before, everything), trick.__name__
    session = db.session()
    # Answers of the last minute wait for the word of those who complained, and are shown as waiting.
    assert report.total(session, *YEAR, code=PENDING).solved >= 2
    # No agency got rid of what it had let lie.
    police = report.by(session, "agency", *YEAR, code=ANSWERED)["POLICE"]
    assert police.due >= 14, police


def test_what_a_duplicate_and_a_changed_mind_count(app: Flask) -> None:
    """The same told twice by one person counts once; an objection voids the answer; what is undone never was."""
    desk = agent()
    first = referred("POLICE", **CONTACT)
    copies = [in_triage(now=NOW + DAY, **CONTACT) for _ in range(2)]
    stranger = in_triage(now=NOW + DAY)
    for number in (*copies, stranger):
        with_case(number, lambda s, c: triage.merge(s, c, the_case(s, first), desk, NOW + 2 * DAY))
    assert rate() == Count(0, 2, 4)
    with_case(first, lambda s, c: triage.resolve(s, c, "refunded_full", "คืนแล้ว", desk, NOW + 3 * DAY))
    with_case(first, lambda _s, c: follow.confirm(c, NOW + 4 * DAY))
    assert rate() == Count(2, 2, 4), "another person's merged case shares the fate of its target"
    with_case(first, lambda s, c: follow.dispute(s, c, "ยังไม่ครบ", NOW + 5 * DAY))
    assert rate() == Count(0, 2, 4)
    with_case(first, lambda s, c: triage.resolve(s, c, "no_agreement", "ตกลงกันไม่ได้", desk, NOW + 6 * DAY))
    with_case(first, lambda s, _c: upkeep.close_silent(s, END))
    assert rate() == Count(0, 2, 4), "silence does not make a problem solved that the answer calls unsolved"
    number = in_triage()
    moves = [Move("decide", "general_inquiry"), Move("note", words="ถามเฉย ๆ")]
    with unit_of_work() as session:
        case = the_case(session, number)
        deed = deeds.do(session, "b" * 32, number, case.version, moves, desk, NOW + HOUR, "http://127.0.0.1").id
    assert rate() == Count(0, 2, 4)
    with unit_of_work() as session:
        deeds.undo(session, deed, desk, NOW + HOUR)
    assert rate() == Count(0, 3, 5)


def test_who_writes_into_the_facts_is_found_out(app: Flask) -> None:
    closed()
    assert rate() == Count(1, 1, 1)
    with unit_of_work() as session:
        session.execute(update(KpiFact).where(KpiFact.definition == "resolution").values(due=2, contacts=2, solved=2))
    found = list(verifying.differences(db.session(), END))
    assert [(one.key[0], one.fact, one.events) for one in found] == [("resolution", (2, 2, 2), (1, 1, 1))]


def test_a_changed_definition_leaves_the_old_figures(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    number = closed()
    assert rate() == Count(1, 1, 1)
    changed = replace(INDICATORS["resolution"], version=3)
    monkeypatch.setitem(INDICATORS, "resolution", changed)
    assert report.total(db.session(), *YEAR) == Count(0, 0, 0), "nothing was counted under the new one yet"
    with_case(number, lambda s, c: follow.dispute(s, c, "ยังไม่ได้", NOW + 3 * DAY))
    assert rate() == Count(0, 1, 1)
    old, at = report.of_version(db.session(), *YEAR, 2)
    assert (old, at) == (Count(1, 1, 1), END)
