"""Mail fetched from a real IMAP server, once, however often it is asked."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from imap_tools import MailBoxUnencrypted
from sqlalchemy import select

from complaints.db import db
from complaints.domain.inbound import RawMessage
from tests.servers import LOOPBACK, LocalServer, free_port
from workers import postman

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flask import Flask

    from config import Settings

MAIL = "From: somying@example.com\r\nSubject: เรื่อง\r\n\r\nโอนเงินแล้วไม่ได้ของ {}\r\n"


class ImapServer(LocalServer):
    """pymap with one user; what it holds it forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    def command(self) -> Sequence[str]:
        program = os.path.join(os.path.dirname(sys.executable), "pymap")  # noqa: PTH118, PTH120 - a command line
        where = ("--host", LOOPBACK, "--port", str(self.port))
        return [program, "--no-service", "admin", *where, "dict", "--demo-data"]

    def answers(self) -> bool:
        try:
            MailBoxUnencrypted(LOOPBACK, self.port, timeout=5).login("demouser", "demopass", None).logout()
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


def test_each_mail_is_kept_once_and_marked_after(app: Flask, settings: Settings, imap: ImapServer) -> None:
    folder = f"Post{'abcdefgh'[len(settings.database_url) % 8]}"
    told = {
        "HOST": LOOPBACK, "PORT": str(imap.port), "TLS": "no", "USER": "demouser", "PASSWORD": "demopass",
        "FOLDER": folder,
    }  # fmt: skip
    with MailBoxUnencrypted(LOOPBACK, imap.port).login("demouser", "demopass", None) as box:
        if not box.folder.exists(folder):
            box.folder.create(folder)
        for number in range(3):
            box.append(MAIL.format(number).encode(), folder)
    settings = replace(settings, channel_values={f"OCC_EMAIL_IMAP_{name}": value for name, value in told.items()})
    with postman.connect(settings) as box:
        count = len(box.uids())
        assert postman.fetch(box, settings) == count
        assert postman.fetch(box, settings) == 0
        assert len(box.uids("SEEN")) == count
        rows = db.session.scalars(select(RawMessage).order_by(RawMessage.id)).all()
        assert [row.body for row in rows[-3:]] == [MAIL.format(number).encode() for number in range(3)]
        assert len(rows) == count
