"""Fetches mail by IMAP: `python -m workers.postman`, a process of its own.

What was kept is told by the database, not by flags: a person may open the mailbox with any program. Of two postmen at
one mailbox the one that holds its lease works and the other waits; a copy that is fetched twice all the same, or after
the mailbox was numbered anew, changes nothing.
"""

from __future__ import annotations

import imaplib
import os
import re
import secrets
import signal
import socket
import ssl
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from complaints.channels import email
from complaints.channels.mime.read import WHOLE_SIZE
from complaints.db import let_go, unit_of_work
from complaints.domain.channel import Raw
from complaints.domain.inbound import RawMessage
from complaints.services import lease, receive
from complaints.web.app import create_app
from config import Settings
from workers.runtime import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imap_tools.mailbox import BaseMailBox

log = structlog.get_logger()
LEASE_SECONDS = "90"
IDLE_SECONDS = 30
CONNECT_SECONDS = 30
LONGEST_PAUSE = 300
# What is kept of a mail above the limit; the rest stays in the mailbox.
BEGINNING_BYTES = 1024 * 1024
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
BROKEN = (ImapToolsError, OSError, DBAPIError, imaplib.IMAP4.error)


class Elsewhere(Exception):  # noqa: N818 - names what happened
    """Another postman works on the mailbox."""


def connect(settings: Settings) -> BaseMailBox:
    """Sign in and open the folder; raises `OSError` where the server's certificate is not trusted."""
    host, port = settings.of_channel("email", "imap_host"), settings.of_channel("email", "imap_port", "993")
    tls = settings.of_channel("email", "imap_tls", "yes")
    if tls == "no":
        box: BaseMailBox = MailBoxUnencrypted(host, int(port), timeout=CONNECT_SECONDS)
    else:
        trusted = ssl.create_default_context(cafile=settings.of_channel("email", "imap_ca") or None)
        kind = MailBoxStartTls if tls == "starttls" else MailBox
        box = kind(host, int(port), timeout=CONNECT_SECONDS, ssl_context=trusted)
    return box.login(
        settings.of_channel("email", "imap_user"),
        settings.of_channel("email", "imap_password"),
        settings.of_channel("email", "imap_folder", "INBOX"),
    )


class Postman:
    """One process at one mailbox."""

    def __init__(self, settings: Settings) -> None:
        """Name mailbox and postman; raises `ValueError` where a number is none."""
        self.settings = settings
        self.folder = settings.of_channel("email", "imap_folder", "INBOX")
        user, host = (settings.of_channel("email", name) for name in ("imap_user", "imap_host"))
        self.account = f"{user}@{host}/{self.folder}"[:200]
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.lease = timedelta(seconds=int(settings.of_channel("email", "imap_lease", LEASE_SECONDS)))
        self.largest = email.largest(settings)
        self.pause = 1

    def hold(self) -> None:
        """Take or renew the lease; raises `Elsewhere`."""
        with unit_of_work() as session:
            held = lease.take(session, self.account, self.name, utc_now(), self.lease)
        let_go()
        if not held:
            raise Elsewhere

    def give_back(self) -> None:
        """Let another postman in at once."""
        with unit_of_work() as session:
            lease.give_back(session, self.account, self.name)
        let_go()

    def fetch(self, box: BaseMailBox) -> int:
        """Keep every mail that is not kept yet; each is marked in the mailbox only after its commit."""
        validity = box.folder.status(self.folder, ["UIDVALIDITY"])["UIDVALIDITY"]
        # Opened anew: numbers belong to the mailbox as it is now.
        box.folder.set(self.folder)
        with unit_of_work() as session:
            known = select(RawMessage.external_id).where(
                RawMessage.channel == "email",
                RawMessage.account == self.account,
                RawMessage.external_id.like(f"{validity}:%"),
            )
            have = set(session.scalars(known))
        let_go()
        fresh = [uid for uid in box.uids() if f"{validity}:{uid}" not in have]
        for uid in fresh:
            self.hold()
            raw = self._raw(box, uid)
            if raw is None:
                continue
            with unit_of_work() as session:
                receive.keep_raw(session, raw, f"{validity}:{uid}")
            let_go()
            self._mark(box, uid)
        return len(fresh)

    def _raw(self, box: BaseMailBox, uid: str) -> Raw | None:
        """The mail exactly as the server holds it, still unread; None when somebody took it away meanwhile."""
        size = SIZE.search(b" ".join(_flat(box.client.uid("FETCH", uid, "(RFC822.SIZE)")[1])))
        headers, wanted = {}, "(BODY.PEEK[])"
        if size is not None and int(size[1]) > self.largest:
            headers, wanted = {WHOLE_SIZE: size[1].decode()}, f"(BODY.PEEK[]<0.{BEGINNING_BYTES}>)"
        _, answer = box.client.uid("FETCH", uid, wanted)
        body = next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)
        return None if body is None else Raw("email", self.account, body, headers, utc_now())

    def _mark(self, box: BaseMailBox, uid: str) -> None:
        done = self.settings.of_channel("email", "imap_done")
        if done:
            box.move([uid], done)
        else:
            box.flag([uid], [MailMessageFlags.SEEN], value=True)

    def work(self) -> None:
        """Fetch whatever comes, until the line breaks or another postman took over."""
        self.hold()
        with connect(self.settings) as box:
            waits = "IDLE" in box.client.capabilities
            while True:
                mails = self.fetch(box)
                log.info("mail_fetched", mails=mails)
                self.pause = 1
                if waits:
                    box.idle.wait(timeout=min(IDLE_SECONDS, self.lease.total_seconds() / 3))
                else:
                    time.sleep(IDLE_SECONDS)
                self.hold()


def _flat(answer: Iterable[object]) -> list[bytes]:
    return [bytes(part) for one in answer for part in (one if isinstance(one, tuple) else (one,)) if part]


def _stop(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def run(postman: Postman) -> None:
    """Work for ever: with growing pauses whenever the line breaks, waiting while another postman works."""
    while True:
        try:
            postman.work()
        except Elsewhere:
            time.sleep(postman.lease.total_seconds() / 3)
        except BROKEN as error:
            log.warning("mailbox_out_of_reach", error=type(error).__name__, pause=postman.pause)
            let_go()
            time.sleep(postman.pause)
            postman.pause = min(postman.pause * 2, LONGEST_PAUSE)


def main() -> int:
    """Fetch until told to stop; whoever waits for the mailbox may then begin at once."""
    settings = Settings.from_env()
    if not settings.of_channel("email", "imap_host"):
        sys.stderr.write("OCC_EMAIL_IMAP_HOST is not set: there is no mailbox to fetch from\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    with create_app(settings).app_context():
        postman = Postman(settings)
        try:
            run(postman)
        finally:
            let_go()
            postman.give_back()
    return 0


if __name__ == "__main__":
    sys.exit(main())
