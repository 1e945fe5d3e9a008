"""The record of the agencies: in time of due, what was given back, what was handed about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.db import db, unit_of_work
from complaints.domain.kpi.count import Count
from complaints.domain.thai_time import local_day
from complaints.services import follow, handle, refer
from complaints.services.agencies import record
from tests.services.scene import DAY, NOW, agent, at_agency, officer, referred, the_case

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from complaints.domain.actor import Actor

# Receipts are due five days after, answers fifteen days after `NOW`.
LATER = NOW + 30 * DAY
FIRST, LAST = local_day(NOW), local_day(LATER)


def play(who: Actor, *steps: tuple[str, int], number: str = "") -> str:
    """A case of the police, and what its officer does on which day."""
    number = number or referred()
    for step, day in steps:
        at = NOW + day * DAY
        with unit_of_work() as session:
            case, referral = at_agency(session, number, who.agency or "")
            if step == "accept":
                handle.accept(case, referral, who, at)
            elif step == "answer":
                handle.answer(session, case, referral, "explained", "ตอบแล้ว", None, who, at)
            elif step == "withdraw":
                follow.withdraw(session, case, "", at)
            else:
                getattr(handle, step)(session, case, referral, "ด้วยเหตุผล", who, at)
    db.session.remove()
    return number


def hand_on(number: str, agency: str, at: datetime) -> None:
    """The desk tries the next agency, which declines as well."""
    desk, who = agent(), officer(agency)
    with unit_of_work() as session:
        refer.refer(session, the_case(session, number), [agency], desk, at)
        handle.decline(session, *at_agency(session, number, agency), "ไม่ใช่", who, at)
    db.session.remove()


def test_what_was_due_is_counted_and_what_was_kept_of_it(app: Flask) -> None:
    police = officer("POLICE")
    play(police, ("accept", 1), ("answer", 2))  # all in time
    play(police, ("accept", 6), ("answer", 20))  # both late
    play(police)  # silent: both late
    play(police, ("accept", 1), ("give_back", 20))  # given back after its day: no answer
    play(police, ("withdraw", 2))  # called back before anything was due
    play(police, ("ask", 1))  # the clock stands still: nothing is due yet
    play(police, ("ask", 18))  # asked only when both days had passed
    # Ten days stood still when it was answered meanwhile.
    play(police, ("accept", 1), ("ask", 10), ("answer", 20))
    play(police, ("decline", 1))  # in time, and no answer owed
    thrice = play(police, ("decline", 1))
    hand_on(thrice, "OCPB", NOW + 2 * DAY)
    hand_on(thrice, "FDA", NOW + 3 * DAY)
    twice = play(police, ("accept", 1), ("give_back", 2))
    hand_on(twice, "OCPB", NOW + 3 * DAY)

    session = db.session()
    found = record.records(session, FIRST, LAST, LATER)
    assert found["POLICE"] == record.Record(
        answered=Count(2, 6), acknowledged=Count(6, 9), sent=11, declined=2, returned=2, twice=1, more=1
    )
    assert found["OCPB"] == record.Record(acknowledged=Count(2, 2), sent=2, declined=2, twice=1, more=1)
    assert found["FDA"].more == 1
    assert record.records(session, FIRST, LAST, LATER, "OCPB") == {"OCPB": found["OCPB"]}
    everybody = record.together(session, list(found.values()), FIRST, LAST)
    assert (everybody.twice, everybody.more) == (1, 1), "a case is one case, however many gave it back"
    assert (everybody.answered, everybody.sent) == (Count(2, 6), 14)
    # Before any deadline nothing is due, and nought of nought is no figure.
    early = record.records(session, FIRST, local_day(NOW + 3 * DAY), NOW + 3 * DAY)["POLICE"]
    assert (early.answered.rate, early.acknowledged.rate, early.sent) == (None, None, 11)
    session.rollback()
