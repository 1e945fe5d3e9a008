"""The mailbox of the centre: each mail is kept, read and dealt with as the worker does it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.channels.mime.read import read
from complaints.db import db, unit_of_work
from complaints.domain.channel import Manner, Raw, Unreadable
from complaints.domain.outbox import Promise
from complaints.services import promises, receive
from complaints.services.evidence.kinds import Limits
from complaints.services.evidence.stores import DiskStore
from complaints.services.mailroom import Room
from tests.centre import KEY, make_settings
from tests.services.scene import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

OWN = "somying@example.com"
STORY = "โอนเงินแล้วร้านไม่ส่งของ"


def mail(text: str, sender: str = OWN, to: str = "1212@centre.example", **head: str) -> bytes:
    """A mail in UTF-8; `Message_ID="<a@b>"` is a field."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
    return f"From: {sender}\r\nTo: {to}\r\n{more}\r\n{text}".encode()


class Box:
    """What the worker does with a mail, at a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW

    def receive(self, body: bytes, account: str = "") -> str:
        """What became of it."""
        self.now += timedelta(seconds=1)
        raw = Raw("email", account, body, {}, self.now)
        room = Room(Limits(5, 10**6, 10**7), DiskStore(self.folder / "files"), KEY)
        with unit_of_work() as session:
            kept = receive.keep_raw(session, raw, hashlib.sha256(body).hexdigest())
            promise = session.scalars(select(Promise).where(Promise.raw_id == kept.raw_id)).one()
            if not promise.open:
                return "kept before"
            locked = promises.for_result(session, promise.id)
            assert locked is not None
            try:
                told = {"OCC_EMAIL_AUTHSERV": "mx.centre.example"}
                heard = read(raw, replace(make_settings(self.folder, "sqlite://"), channel_values=told))
                receive.take(session, locked, heard, Manner.LETTER, room, self.now)
            except Unreadable as error:
                receive.take_unreadable(session, locked, room, self.now, error)
            outcome = str(locked.result["outcomes"][0])
        db.session.remove()
        return outcome


@pytest.fixture
def box(app: Flask, tmp_path: Path) -> Box:
    """An empty mailbox of a real centre."""
    return Box(tmp_path)
