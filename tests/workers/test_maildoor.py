"""Mail handed over by the operator's mail server: acknowledged after its commit, "later" while the database is away."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.channels.mime.read import read
from complaints.db import db
from complaints.domain.channel import HeardKind, Raw
from complaints.domain.inbound import RawMessage
from complaints.domain.outbox import Promise
from complaints.services import receive
from complaints.web.app import create_app
from tests.centre import RecordingWaker, make_settings
from tests.operating import environment
from tests.servers import LOOPBACK, free_port, wait_until
from workers import maildoor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from config import Settings
    from tests.servers import PostgresServer

MAIL = b"From: somying@example.com\r\nSubject: help\r\n\r\n.dots\r\n..stay\r\nbare \xb9\xcd letters\r\n"
OURS = "1212@centre.example"


@contextlib.contextmanager
def opened(app: Flask, settings: Settings, scheme: str = "lmtp", megabytes: int = 1) -> Iterator[int]:
    """A door in a thread; yields its port."""
    told = {"OCC_EMAIL_DOOR": f"{scheme}://{LOOPBACK}:{free_port()}", "OCC_EMAIL_LARGEST_MB": str(megabytes)}
    door = maildoor.door_of(app, replace(settings, channel_values=told))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(door.open(), loop).result(30)
    try:
        yield door.port
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _end() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def lmtp(port: int, body: bytes, *recipients: str, sender: str = "somying@example.com") -> list[bytes]:
    """Hand one mail over; the answers, one a recipient."""
    with smtplib.LMTP(LOOPBACK, port) as client:
        client.ehlo_or_helo_if_needed()
        client.mail(sender)
        for recipient in recipients:
            client.rcpt(recipient)
        code, text = client.data(body)
        answers = [b"%d %s" % (code, text)]
        for _ in recipients[1:]:
            code, text = client.getreply()
            answers.append(b"%d %s" % (code, text))
        client.quit()
    return answers


def kept() -> list[Raw]:
    """What is kept and promised to be read; no transaction stays open that the door would wait for."""
    ids = db.session.scalars(select(RawMessage.id).join(Promise, Promise.raw_id == RawMessage.id)).all()
    found = [receive.raw_of(db.session(), raw_id) for raw_id in sorted(ids)]
    db.session.remove()
    return found


def test_each_recipient_is_answered_and_the_mail_is_kept_as_it_came(app: Flask, settings: Settings) -> None:
    with opened(app, settings) as port:
        first, second = f"1212+12-{'a' * 16}@centre.example", OURS
        assert [answer[:3] for answer in lmtp(port, MAIL, first, second)] == [b"250", b"250"]
        (raw,) = kept()
        assert raw.body == MAIL
        assert raw.headers == {"mail_from": "somying@example.com", "recipients": f"{first}, {second}"}
        # The answer was lost on its way: the mail server comes again.
        assert lmtp(port, MAIL, first, second)[0][:3] == b"250"
        assert len(kept()) == 1
        (heard,) = read(raw, settings)
        assert heard.tokens == (f"12-{'a' * 16}",)


def test_an_empty_envelope_is_a_machine(app: Flask, settings: Settings) -> None:
    with opened(app, settings) as port:
        lmtp(port, MAIL, OURS, sender="<>")
        (raw,) = kept()
        (heard,) = read(raw, settings)
        assert heard.kind is HeardKind.AUTOMATIC


def test_plain_smtp_answers_once(app: Flask, settings: Settings) -> None:
    with opened(app, settings, "smtp") as port, smtplib.SMTP(LOOPBACK, port) as client:
        assert client.sendmail("somying@example.com", [OURS, "second@centre.example"], MAIL) == {}
        assert [raw.body for raw in kept()] == [MAIL]


def test_too_large_is_told_to_each_recipient_and_the_line_stays_usable(app: Flask, settings: Settings) -> None:
    with opened(app, settings) as port:
        large = MAIL + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 16_000
        assert [answer[:3] for answer in lmtp(port, large, OURS, OURS)] == [b"552", b"552"]
        assert lmtp(port, MAIL + b"z" * 200_000 + b"\r\n", OURS)[0][:3] == b"250"
        assert len(kept()) == 1


def test_more_connections_than_a_mail_server_needs_wait(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maildoor, "MOST_CONNECTIONS", 1)
    with opened(app, settings) as port, smtplib.LMTP(LOOPBACK, port):
        with pytest.raises(smtplib.SMTPConnectError) as caught:
            smtplib.LMTP(LOOPBACK, port)
        assert caught.value.smtp_code == 421


def test_while_the_database_is_away_the_mail_server_keeps_the_mail(
    postgres: PostgresServer, filled_postgresql_url: str, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path, filled_postgresql_url)
    app = create_app(settings, RecordingWaker())
    with app.app_context(), opened(app, settings) as port:
        postgres.kill()
        try:
            assert [answer[:3] for answer in lmtp(port, MAIL, OURS, OURS)] == [b"451", b"451"]
        finally:
            postgres.start()
        wait_until(lambda: lmtp(port, MAIL, OURS)[0].startswith(b"250"))
        assert len(kept()) == 1
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("address", ["127.0.0.1:25", "lmtp://", "imap://127.0.0.1:25", "lmtp://127.0.0.1:x"])
def test_an_address_that_is_none_is_named(app: Flask, address: str) -> None:
    with pytest.raises(ValueError, match=r"lmtp|Port"):
        maildoor.Door(app, address, 1)


def listens(path: Path) -> bool:
    """A socket's path is there a moment before anybody listens."""
    with socket.socket(socket.AF_UNIX) as door:
        return door.connect_ex(str(path)) == 0


def test_the_process_opens_a_socket_and_ends_when_told(filled_sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "mail.sock"
    more = {"OCC_EMAIL_DOOR": f"lmtp://{path}", "DATABASE_URL": filled_sqlite_url, "SECRET_KEY": "k" * 40}
    process = subprocess.Popen([sys.executable, "-m", "workers.maildoor"], env=environment(tmp_path, **more))
    try:
        wait_until(lambda: listens(path))
        with smtplib.LMTP(str(path)) as client:
            client.sendmail("somying@example.com", [OURS], MAIL)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
