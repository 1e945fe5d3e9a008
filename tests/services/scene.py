"""What many tests of the services begin with: actors, cases brought to a state, and threads that start as one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.outbox import Promise
from complaints.services import accounts, follow, handle, queues, triage
from tests.centre import actor, classified, file_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.referral import Referral

# A Friday, ten o'clock in Bangkok; the next holiday is 7 December 2026 (for the 5th, a Saturday).
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# Near is three days before, stuck a week without a step.
SPANS = queues.Spans(3, 7)


def agent() -> Actor:
    return actor(Role.AGENT)


def police() -> Actor:
    return actor(Role.PARTNER)


def ocpb() -> Actor:
    return actor(Role.PARTNER, "officer@ocpb.example")


def officer(agency: str) -> Actor:
    """An officer of any agency; the account is made when it is first asked for."""
    login = f"officer@{agency.lower()}.test"
    with unit_of_work() as session:
        if session.scalars(select(accounts.Account).where(accounts.Account.login == login)).first() is None:
            accounts.create(session, login, f"ทดสอบ {agency}", Role.PARTNER.value, agency, NOW)
    db.session.remove()
    return actor(Role.PARTNER, login)


def the_case(session: Session, number: str) -> Case:
    return session.scalars(select(Case).where(Case.number == number)).one()


def at_agency(session: Session, number: str, agency: str) -> tuple[Case, Referral]:
    """The case and its newest referral to an agency."""
    case = the_case(session, number)
    return case, [referral for referral in case.referrals if referral.agency_code == agency][-1]


def in_triage(now: datetime = NOW, category: str = "seller_fraud", **more: Any) -> str:
    """A case that waits for a person."""
    number, _ = file_case(now=now, **more)
    classified(number, category, sure=False, now=now)
    return number


def referred(*agencies: str, now: datetime = NOW, category: str = "seller_fraud", **more: Any) -> str:
    """A case that a person referred to the agencies."""
    number = in_triage(now, category, **more)
    desk = agent()
    with unit_of_work() as session:
        triage.decide_and_refer(session, the_case(session, number), category, agencies or ("POLICE",), desk, now)
    db.session.remove()
    return number


def answered(*agencies: str, now: datetime = NOW, at: datetime | None = None, **more: Any) -> str:
    """A case that every agency answered at the given moment."""
    number = referred(*agencies, now=now, **more)
    for agency in agencies or ("POLICE",):
        who = officer(agency)
        with unit_of_work() as session:
            case, referral = at_agency(session, number, agency)
            handle.accept(case, referral, who, now)
            handle.answer(session, case, referral, "refunded_full", f"คืนเงินแล้ว {agency}", 100, who, at or now + DAY)
        db.session.remove()
    return number


def closed(now: datetime = NOW) -> str:
    """A case whose complainant confirmed the answer."""
    number = answered(now=now)
    with unit_of_work() as session:
        follow.confirm(the_case(session, number), now + 2 * DAY)
    db.session.remove()
    return number


def states(session: Session, number: str) -> tuple[str, list[str]]:
    """The case's state and those of its referrals."""
    case = the_case(session, number)
    return case.state, [referral.state for referral in case.referrals]


def letters_of(session: Session, number: str) -> list[str]:
    """The names of the promised letters, in order."""
    rows = session.scalars(select(Promise).join(Case).where(Case.number == number).order_by(Promise.id))
    return [str(row.payload["letter"]) for row in rows if "letter" in row.payload]


def actions_of(session: Session, number: str) -> list[str]:
    """The timeline's steps, in order."""
    return list(session.scalars(select(Event.action).join(Case).where(Case.number == number).order_by(Event.id)))


def at_once(app: Flask, number: int, job: Callable[[int], Any]) -> list[Any]:
    """Do a job in so many threads that start as one, each with a session of its own; an error is its result."""
    gate = threading.Barrier(number)

    def body(turn: int) -> Any:
        with app.app_context():
            gate.wait()
            try:
                return job(turn)
            except Exception as error:  # noqa: BLE001 - the test looks at it
                return error
            finally:
                db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(body, range(number)))
