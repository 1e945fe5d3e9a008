"""Two machines that answer each other fall silent: over real mail servers, whatever the other one forgets to mark."""

from __future__ import annotations

import smtplib
from dataclasses import replace
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db
from complaints.domain.case import Case
from complaints.domain.inbound import HeardEvent
from complaints.domain.outbox import Promise, PromiseKind
from tests.centre import file_case
from tests.servers import LOOPBACK, MailServer
from tests.workers.test_maildoor import opened
from workers import tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from config import Settings

OURS = "1212@centre.example"
WORK = {PromiseKind.READ.value, PromiseKind.LETTER.value}


class Robot(MailServer):
    """Answers every mail that it gets with a fresh one, as `write` makes it."""

    door = 0
    write: Any = None

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = await super().handle_DATA(server, session, envelope)
        await self._loop.run_in_executor(None, self.reply, len(self.mails))
        return answer

    def reply(self, number: int) -> None:
        letter = self.mails[number - 1].message
        said = self.write(letter, number)
        with smtplib.SMTP(LOOPBACK, self.door) as client:
            client.send_message(said, from_addr=said["From"], to_addrs=[said["To"]])


def fresh(sender: str, to: str, text: str, **head: str) -> EmailMessage:
    said = EmailMessage()
    said["From"], said["To"], said["Subject"] = sender, to, "Thank you for your mail"
    for name, value in head.items():
        said[name.replace("_", "-")] = value
    said.set_content(text)
    return said


def to_the_sender(_letter: EmailMessage, number: int) -> EmailMessage:
    """A helpdesk that opens a ticket for every mail, and names nothing."""
    return fresh("robot@else.example", OURS, f"We have received your mail. Ticket {number}")


def under_new_names(letter: EmailMessage, number: int) -> EmailMessage:
    """One with an address of its own for every ticket."""
    return fresh(f"ticket-{number}@else.example", OURS, f"Ticket {number}", In_Reply_To=str(letter["Message-ID"]))


def to_the_reply_address(letter: EmailMessage, number: int) -> EmailMessage:
    """One that keeps to Reply-To, as it should."""
    return fresh("robot@else.example", letter["Reply-To"].addresses[0].addr_spec, f"Away {number}")


def as_a_centre_does(letter: EmailMessage, number: int) -> EmailMessage:
    """Another centre of this kind: it marks what it sends."""
    return fresh("centre@else.example", letter["Reply-To"].addresses[0].addr_spec, "x", Auto_Submitted="auto-generated")


@pytest.fixture
def robot() -> Iterator[Robot]:
    with Robot() as server:
        yield server


def work_on() -> None:
    """Keep every open promise of mails and letters, until there is none: the worker's own bodies."""
    for _ in range(30):
        rows = db.session.scalars(select(Promise).where(Promise.kind.in_(WORK)))
        waiting = [row.id for row in rows if row.open]
        db.session.remove()
        if not waiting:
            return
        for promise_id in waiting:
            tasks.keep(promise_id)
    pytest.fail("they never fall silent")


@pytest.mark.parametrize(
    ("manner", "mails", "cases"),
    [(to_the_sender, 3, 4), (under_new_names, 3, 4), (to_the_reply_address, 1, 1), (as_a_centre_does, 1, 1)],
)
def test_two_machines_fall_silent(
    app: Flask, settings: Settings, robot: Robot, manner: Any, mails: int, cases: int
) -> None:
    robot.write = manner
    mailing = replace(settings, smtp_host=LOOPBACK, smtp_port=robot.port, mail_from=f"Centre <{OURS}>")
    celery = make_celery(app, mailing)
    celery.set_current()
    try:
        with opened(app, settings, "smtp") as port:
            robot.door = port
            with smtplib.SMTP(LOOPBACK, port) as client:
                first = fresh("robot@else.example", OURS, "Hello, is anybody there?")
                client.send_message(first, to_addrs=[OURS])
            work_on()
    finally:
        celery.close()
    assert len(robot.mails) == mails
    assert len(db.session.scalars(select(Case.id)).all()) == cases
    heard = db.session.scalars(select(HeardEvent.outcome)).all()
    assert len(heard) == mails + 1
    db.session.remove()


def test_a_letter_by_web_to_a_robot_is_answered_once(app: Flask, settings: Settings, robot: Robot) -> None:
    robot.write = to_the_reply_address
    file_case(email="robot@else.example")
    celery = make_celery(app, replace(settings, smtp_host=LOOPBACK, smtp_port=robot.port, mail_from=OURS))
    celery.set_current()
    try:
        with opened(app, settings, "smtp") as port:
            robot.door = port
            work_on()
    finally:
        celery.close()
    assert len(robot.mails) == 1
    (case,) = db.session.scalars(select(Case)).unique().all()
    assert [message.body for message in case.messages] == ["Thank you for your mail\n\nAway 1"]
    db.session.remove()
