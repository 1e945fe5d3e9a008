"""Mail fetched from a real IMAP server: once, by one postman at a time, over TLS, whatever happens to the mailbox."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import trustme
from imap_tools import MailBoxUnencrypted
from sqlalchemy import select

from complaints.channels.mime.read import read
from complaints.db import db, unit_of_work
from complaints.domain.channel import Unreadable
from complaints.domain.inbound import MailboxLease, RawMessage
from complaints.services import lease, receive
from complaints.web.app import create_app
from tests.centre import RecordingWaker, make_settings
from tests.operating import environment
from tests.servers import LOOPBACK, LocalServer, free_port, wait_until
from tests.services.scene import NOW
from workers import postman
from workers.postman import Postman

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flask import Flask

    from config import Settings

MAIL = "From: somying@example.com\r\nSubject: เรื่อง\r\n\r\nโอนเงินแล้วไม่ได้ของ {}\r\n"
SHORT = timedelta(seconds=60)


class ImapServer(LocalServer):
    """pymap with one user; what it holds it forgets."""

    def __init__(self, *options: str) -> None:
        super().__init__()
        self.port = free_port()
        self.options = options

    def command(self) -> Sequence[str]:
        program = os.path.join(os.path.dirname(sys.executable), "pymap")  # noqa: PTH118, PTH120 - a command line
        where = ("--host", LOOPBACK, "--port", str(self.port))
        return [program, "--no-service", "admin", *where, *self.options, "dict", "--demo-data"]

    def answers(self) -> bool:
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=5).close()
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def inside(self) -> Iterator[MailBoxUnencrypted]:
        """The mailbox as its owner sees it."""
        with MailBoxUnencrypted(LOOPBACK, self.port).login("demouser", "demopass", None) as box:
            yield box

    def put(self, folder: str, *mails: bytes) -> None:
        """Deliver mails into a folder, which is made when it is not there."""
        with self.inside() as box:
            if not box.folder.exists(folder):
                box.folder.create(folder)
            for mail in mails:
                box.append(mail, folder)

    def settings(self, settings: Settings, folder: str, **more: str) -> Settings:
        """Settings of a centre that fetches from it."""
        told = {
            "HOST": LOOPBACK, "PORT": str(self.port), "TLS": "no", "USER": "demouser", "PASSWORD": "demopass",
            "FOLDER": folder,
        } | more  # fmt: skip
        return replace(settings, channel_values={f"OCC_EMAIL_IMAP_{name}": value for name, value in told.items()})


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """A folder of the test's own."""
    return "".join(letter for letter in request.node.name if letter.isalnum())[-60:]


def mails(count: int, start: int = 0) -> list[bytes]:
    return [MAIL.format(number).encode() for number in range(start, start + count)]


def kept() -> list[RawMessage]:
    rows = list(db.session.scalars(select(RawMessage).order_by(RawMessage.id)))
    db.session.expunge_all()
    db.session.remove()
    return rows


def bodies() -> list[bytes]:
    found = list(db.session.scalars(select(RawMessage.body).order_by(RawMessage.id)))
    db.session.remove()
    return found


def test_each_mail_is_kept_once_and_marked_after(app: Flask, settings: Settings, imap: ImapServer, folder: str) -> None:
    imap.put(folder, *mails(3))
    settings = imap.settings(settings, folder)
    worker = Postman(settings)
    with postman.connect(settings) as box:
        assert worker.fetch(box) == 3
        assert worker.fetch(box) == 0
        assert len(box.uids("SEEN")) == 3
        assert bodies() == mails(3)
        imap.put(folder, *mails(1, 3))
        assert worker.fetch(box) == 1


def test_a_mailbox_numbered_anew_loses_nothing_and_doubles_nothing(
    app: Flask, settings: Settings, imap: ImapServer, folder: str
) -> None:
    settings = imap.settings(settings, folder)
    imap.put(folder, *mails(2))
    worker = Postman(settings)
    with postman.connect(settings) as box:
        assert worker.fetch(box) == 2
    with imap.inside() as box:
        box.folder.delete(folder)
    imap.put(folder, *mails(3, 1))
    with postman.connect(settings) as box:
        # The numbers are the same as before; what they number is not.
        assert worker.fetch(box) == 3
    assert len({raw.external_id.partition(":")[0] for raw in kept()}) == 2
    events = [read(receive.raw_of(db.session(), raw.id), settings)[0].event_id for raw in kept()]
    db.session.remove()
    assert len(events) == 5
    assert len(set(events)) == 4


def test_of_two_postmen_one_works(app: Flask, settings: Settings, imap: ImapServer, folder: str) -> None:
    imap.put(folder, *mails(1))
    settings = imap.settings(settings, folder)
    first, second = Postman(settings), Postman(settings)
    first.hold()
    with pytest.raises(postman.Elsewhere):
        second.work()
    assert bodies() == []
    first.give_back()
    with postman.connect(settings) as box:
        assert second.fetch(box) == 1
    imap.put(folder, *mails(1, 1))
    with postman.connect(settings) as box, pytest.raises(postman.Elsewhere):
        first.fetch(box)


def test_a_lease_ends_by_itself_and_belongs_to_one_mailbox(app: Flask, settings: Settings) -> None:
    del settings
    with unit_of_work() as session:
        assert lease.take(session, "box", "a", NOW, SHORT)
        assert lease.take(session, "other", "b", NOW, SHORT)
        assert not lease.take(session, "box", "b", NOW + SHORT / 2, SHORT)
        assert lease.take(session, "box", "a", NOW + SHORT / 2, SHORT)
        assert not lease.take(session, "box", "b", NOW + SHORT, SHORT)
        assert lease.take(session, "box", "b", NOW + SHORT * 1.5, SHORT)
        assert not lease.take(session, "box", "a", NOW + SHORT * 1.5, SHORT)
        lease.give_back(session, "box", "a")
        assert not lease.take(session, "box", "c", NOW + SHORT * 2, SHORT)
        lease.give_back(session, "box", "b")
        assert lease.take(session, "box", "c", NOW + SHORT * 2, SHORT)


def test_a_mail_above_the_limit_stays_in_the_mailbox_and_its_beginning_reaches_the_desk(
    app: Flask, settings: Settings, imap: ImapServer, folder: str
) -> None:
    imap.put(folder, MAIL.format("x").encode() + b"y" * 2 * 2**20)
    settings = imap.settings(settings, folder)
    values = {**settings.channel_values, "OCC_EMAIL_LARGEST_MB": "1"}
    settings = replace(settings, channel_values=values)
    with postman.connect(settings) as box:
        assert Postman(settings).fetch(box) == 1
        assert len(box.uids()) == 1
    (raw,) = kept()
    assert raw.size == postman.BEGINNING_BYTES
    with pytest.raises(Unreadable, match="larger than allowed: 2 MB") as caught:
        read(receive.raw_of(db.session(), raw.id), settings)
    db.session.remove()
    assert caught.value.saved is not None
    assert caught.value.saved.sender == "somying@example.com"


class TlsEntrance:
    """A TLS server in front of another: what a provider's port 993 is."""

    def __init__(self, behind: int, authority: trustme.CA) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(LOOPBACK).configure_cert(context)
        self._listener = context.wrap_socket(socket.create_server((LOOPBACK, 0)), server_side=True)
        self.port = int(self._listener.getsockname()[1])
        self._behind = behind
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                outer, _ = self._listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            inner = socket.create_connection((LOOPBACK, self._behind))
            for source, target in ((outer, inner), (inner, outer)):
                threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_over_tls_the_server_must_prove_itself(
    app: Flask, settings: Settings, imap: ImapServer, folder: str, authority: trustme.CA, trusted: str
) -> None:
    imap.put(folder, *mails(1))
    entrance = TlsEntrance(imap.port, authority)
    try:
        sure = imap.settings(settings, folder, TLS="yes", PORT=str(entrance.port), CA=trusted)
        with postman.connect(sure) as box:
            assert Postman(sure).fetch(box) == 1
        with pytest.raises(ssl.SSLCertVerificationError):
            postman.connect(imap.settings(settings, folder, TLS="yes", PORT=str(entrance.port)))
    finally:
        entrance.close()


def test_starttls_before_anything_is_said(
    app: Flask, settings: Settings, folder: str, authority: trustme.CA, trusted: str, tmp_path: Path
) -> None:
    cert = authority.issue_cert(LOOPBACK)
    cert.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    for pem in cert.cert_chain_pems:
        pem.write_to_path(str(tmp_path / "cert.pem"), append=True)
    with ImapServer("--cert", str(tmp_path / "cert.pem"), "--key", str(tmp_path / "key.pem")) as server:
        sure = server.settings(settings, "INBOX", TLS="starttls", CA=trusted)
        with postman.connect(sure) as box:
            assert Postman(sure).fetch(box) == len(box.uids()) > 0
        with pytest.raises(ssl.SSLCertVerificationError):
            postman.connect(server.settings(settings, "INBOX", TLS="starttls"))


def test_a_killed_postman_is_replaced_and_a_lost_server_is_found_again(filled_sqlite_url: str, tmp_path: Path) -> None:
    """Two real processes at one mailbox: new mail is told by IDLE, a killed one is replaced, a restart is survived."""
    settings = make_settings(tmp_path, filled_sqlite_url)
    with ImapServer() as server, create_app(settings, RecordingWaker()).app_context():
        told = server.settings(settings, "INBOX", LEASE="3").channel_values
        more = {**told, "DATABASE_URL": settings.database_url, "SECRET_KEY": settings.secret_key}
        command = [sys.executable, "-m", "workers.postman"]
        running = [subprocess.Popen(command, env=environment(tmp_path, **more)) for _ in range(2)]
        try:
            server.put("INBOX", *mails(1))
            wait_until(lambda: mails(1)[0] in bodies())
            holder = db.session.scalars(select(MailboxLease.holder)).one()
            db.session.remove()
            working = next(one for one in running if f":{one.pid}:" in holder)
            working.kill()
            server.put("INBOX", *mails(1, 1))
            wait_until(lambda: mails(1, 1)[0] in bodies())
            server.kill()
            server.start()
            server.put("INBOX", *mails(1, 2))
            wait_until(lambda: mails(1, 2)[0] in bodies())
            (left,) = [one for one in running if one is not working]
            left.terminate()
            assert left.wait(60) == 0
            assert db.session.scalars(select(MailboxLease.holder)).all() == []
        finally:
            db.session.remove()
            db.engine.dispose()
            for one in running:
                one.kill()
                one.wait()
