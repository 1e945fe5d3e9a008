"""The last days of the demonstration: cases in hand, some sent to the wrong door, a note to the next shift, reviews."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.agency import CENTRE, Category
from complaints.domain.case import Case
from complaints.domain.lifecycle import State
from complaints.domain.period import Period
from complaints.domain.quality import NO, PARTLY, POINTS, YES
from complaints.domain.thai_time import local_day
from complaints.services import accounts, drafting, handle, queues, refer, sharing, shifts, triage
from complaints.services.quality import drawing, reviewing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

SPANS = queues.Spans(3, 7)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Which of the newest cases each goes to the wrong agency first.
EVERY = 3
NOTE = "เรื่องโอนเงินสองเรื่องยังรอธนาคารยืนยันการอายัด ผู้ร้องจะส่งสลิปเพิ่มภายในค่ำนี้ กะถัดไปช่วยโทรตามก่อน 20.00 น."
COMMENT = "คำตอบถูกต้อง แต่ควรบอกผู้ร้องด้วยว่าต้องทำอะไรต่อ"
ANSWER = "รับทราบค่ะ จะเพิ่มขั้นตอนถัดไปในคำตอบทุกครั้ง"


def live(numbers: list[str], staff: dict[str, Actor], now: datetime) -> None:
    """Let two agents share what came in lately, and a supervisor look at it."""
    team = (staff["AGENT"], staff["AGENT2"])
    for turn, number in enumerate(numbers):
        with unit_of_work() as session:
            _share(session, number, turn, team[turn % len(team)], staff, now)
    with unit_of_work() as session:
        for account in session.scalars(select(Account).where(Account.id.in_([one.account_id for one in team]))):
            accounts.start_session(session, account, now)
        before = shifts.choices(session, now)[1]
        shifts.write(session, team[1], before.start.isoformat(), NOTE, now, SPANS)
        span = Period(local_day(now - timedelta(days=30)), local_day(now))
        drawn = drawing.draw(session, span, 2, staff["SUPERVISOR"], now)
        _review(session, [(item.id, item.account_id) for item in drawn], team, staff["SUPERVISOR"], now)
    db.session.remove()


def _share(session: Session, number: str, turn: int, agent: Actor, staff: dict[str, Actor], now: datetime) -> None:
    """Taken, and then left in hand, put off, or decided; of those some to an agency that declines."""
    case = session.scalars(select(Case).where(Case.number == number)).one()
    if case.state != State.TRIAGE.value:
        return
    sharing.assign(session, case, agent.account_id, agent, now - HOUR)
    if turn % EVERY == 0:
        drafting.keep(session, case, "write", {"body": ["เรียนผู้ร้อง ศูนย์ได้รับเรื่องแล้ว"]}, agent, now - HOUR)
    elif turn % EVERY == 1:
        sharing.snooze(session, case, now + HOUR * 4, "รอผู้ร้องส่งสลิป", agent, now - 30 * MINUTE)
    else:
        _wrong_door(session, case, agent, staff, now)


def _wrong_door(session: Session, case: Case, agent: Actor, staff: dict[str, Actor], now: datetime) -> None:
    guess = session.get_one(Category, case.category_code)
    wrong, right = ("OCPB", "POLICE") if guess.agency_code in {CENTRE, "POLICE"} else ("POLICE", guess.agency_code)
    triage.decide(session, case, "purchase_dispute", agent, now - 40 * MINUTE)
    (referral,) = refer.refer(session, case, [wrong], agent, now - 40 * MINUTE)
    handle.decline(session, case, referral, "ไม่อยู่ในหน้าที่ของหน่วยงาน", staff[wrong], now - 20 * MINUTE)
    refer.refer(session, case, [right], agent, now - 5 * MINUTE)


def _review(
    session: Session, items: list[tuple[int, int | None]], team: tuple[Actor, ...], head: Actor, now: datetime
) -> None:
    """The first of each person and of the machine; the rest waits."""
    seen: set[int | None] = set()
    for item_id, account_id in items:
        if account_id in seen:
            continue
        seen.add(account_id)
        scores = dict.fromkeys(POINTS, YES) | {
            "complete": PARTLY,
            "words": NO if account_id == team[0].account_id else YES,
        }
        reviewing.review(session, item_id, scores, COMMENT, "", head, now)
        if account_id == team[0].account_id:
            reviewing.answer(session, item_id, ANSWER, team[0], now)
