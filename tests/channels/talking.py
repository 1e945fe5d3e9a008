"""Talks held from the outside: webhooks in, what the workers do, what reaches people."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import Image
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.outbox import Promise
from complaints.services import correspond
from tests.outside import line_server
from tests.services.scene import agent
from workers import tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from tests.outside.line_server import LineServer

SOMYING = "U" + "1" * 32
STORY = "สั่งรองเท้าจากเพจหนึ่ง โอนเงินไป 1,290 บาทแล้ว ร้านบล็อกและปิดเพจหนี"
OPEN = (Promise.done_at.is_(None), Promise.failed_at.is_(None))


def keep_everything(rounds: int = 20) -> None:
    """What the workers do, until nothing is due; what was missed waits for its own time."""
    done: set[int] = set()
    for _ in range(rounds):
        db.session.remove()
        rows = db.session.scalars(select(Promise.id).where(*OPEN).order_by(Promise.id)).all()
        ids = [number for number in rows if number not in done]
        db.session.remove()
        if not ids:
            return
        for number in ids:
            tasks.keep(number)
            done.add(number)
    msg = "the workers never came to an end"
    raise AssertionError(msg)


def try_again() -> None:
    """Let what was missed be due now, and work."""
    with unit_of_work() as session:
        for promise in session.scalars(select(Promise).where(*OPEN)):
            promise.due_at = promise.created_at
    keep_everything()


def cases() -> Sequence[Case]:
    """Every case, the oldest first."""
    db.session.remove()
    return db.session.scalars(select(Case).order_by(Case.id)).unique().all()


def failed() -> list[str]:
    """Why promises were given up."""
    db.session.remove()
    return [row.last_error for row in db.session.scalars(select(Promise).where(Promise.failed_at.is_not(None)))]


class Phone:
    """Somebody's LINE: what is typed and tapped goes to the centre's door, and what comes back is read."""

    def __init__(self, centre: Flask, line: LineServer, user: str = SOMYING) -> None:
        self.client, self.line, self.user = centre.test_client(), line, user

    def deliver(self, *events: dict[str, Any], signature: str | None = None) -> int:
        db.session.remove()
        body = self.line.body(*events)
        headers = {"X-Line-Signature": signature if signature is not None else line_server.signed(body)}
        return self.client.post("/hooks/line", data=body, headers=headers).status_code

    def send(self, *events: dict[str, Any]) -> str:
        """Deliver events and let the workers work; the text of everything that came back."""
        before = len(self.line.said)
        assert self.deliver(*events) == 200
        keep_everything()
        return "\n\n".join(said.text for said in self.line.said[before:] if said.to == self.user)

    def write(self, text: str) -> str:
        return self.send(self.line.text(self.user, text))

    def tap(self, label: str) -> str:
        return self.send(self.line.tap(self.user, label))

    @property
    def choices(self) -> list[str]:
        """What can be tapped now."""
        return list([said for said in self.line.said if said.to == self.user][-1].choices)


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG")
    return out.getvalue()


def to_the_consent(phone: Phone) -> str:
    """The shortest honest way through the questions of a cheated buyer, with a picture."""
    phone.write(STORY)
    phone.tap("เกิน 3 วัน")
    phone.tap("ใช่")
    phone.write("ร้านรองเท้าสมมุติ")
    phone.tap("ข้าม")
    phone.write("ประมาณ 1,290 บาท")
    phone.write("21/11/2026")
    phone.tap("ข้าม")
    phone.tap("1. โอนเข้าบัญชี")
    phone.write("กสิกร")
    phone.write("123-4-56789-0")
    phone.send(phone.line.file(phone.user, "image", photo(), "image/jpeg"))
    phone.tap("ครบแล้ว")
    return phone.write("081 234 5678")


def answered(text: str) -> None:
    """An agent writes to the newest case's complainant, and the workers bring it there."""
    somebody = agent()
    with unit_of_work() as session:
        case = session.scalars(select(Case).order_by(Case.id.desc())).unique().first()
        assert case is not None
        correspond.write_out(session, case, text, somebody, datetime.now(UTC))
    keep_everything()
