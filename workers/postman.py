"""Fetches mail by IMAP: `python -m workers.postman`, a process of its own.

What was kept is told by the database, not by flags: a person may open the mailbox with any program. A copy that is
fetched twice, by two postmen or after the mailbox was numbered anew, changes nothing.
"""

from __future__ import annotations

import imaplib
import sys
import time
from typing import TYPE_CHECKING

import structlog
from imap_tools import MailBox, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from complaints.db import let_go, unit_of_work
from complaints.domain.channel import Raw
from complaints.domain.inbound import RawMessage
from complaints.services import receive
from complaints.web.app import create_app
from config import Settings
from workers.runtime import utc_now

if TYPE_CHECKING:
    from imap_tools.mailbox import BaseMailBox

log = structlog.get_logger()
IDLE_SECONDS = 60
CONNECT_SECONDS = 30
LONGEST_PAUSE = 300


def connect(settings: Settings) -> BaseMailBox:
    """Sign in and open the folder."""
    host, port = settings.of_channel("email", "imap_host"), settings.of_channel("email", "imap_port", "993")
    bare = settings.of_channel("email", "imap_tls", "yes") == "no"
    box = (MailBoxUnencrypted if bare else MailBox)(host, int(port), timeout=CONNECT_SECONDS)
    return box.login(
        settings.of_channel("email", "imap_user"),
        settings.of_channel("email", "imap_password"),
        settings.of_channel("email", "imap_folder", "INBOX"),
    )


def fetch(box: BaseMailBox, settings: Settings) -> int:
    """Keep every mail that is not kept yet; each is marked in the mailbox only after its commit."""
    folder = settings.of_channel("email", "imap_folder", "INBOX")
    account = f"{settings.of_channel('email', 'imap_user')}@{settings.of_channel('email', 'imap_host')}/{folder}"[:200]
    validity = box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"]
    with unit_of_work() as session:
        known = select(RawMessage.external_id).where(
            RawMessage.channel == "email", RawMessage.account == account, RawMessage.external_id.like(f"{validity}:%")
        )
        have = set(session.scalars(known))
    let_go()
    fresh = [uid for uid in box.uids() if f"{validity}:{uid}" not in have]
    for uid in fresh:
        body = _bytes_of(box, uid)
        if body is None:
            continue
        with unit_of_work() as session:
            receive.keep_raw(session, Raw("email", account, body, {}, utc_now()), f"{validity}:{uid}")
        let_go()
        _mark(box, uid, settings)
    return len(fresh)


def _bytes_of(box: BaseMailBox, uid: str) -> bytes | None:
    """The mail exactly as the server holds it, still unread; None when somebody took it away meanwhile."""
    _, answer = box.client.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)


def _mark(box: BaseMailBox, uid: str, settings: Settings) -> None:
    done = settings.of_channel("email", "imap_done")
    if done:
        box.move([uid], done)
    else:
        box.flag([uid], [MailMessageFlags.SEEN], value=True)


def main() -> int:
    """Fetch, wait until the server tells of more, and begin anew with growing pauses whenever the line breaks."""
    settings = Settings.from_env()
    if not settings.of_channel("email", "imap_host"):
        sys.stderr.write("OCC_EMAIL_IMAP_HOST is not set: there is no mailbox to fetch from\n")
        return 2
    app, pause = create_app(settings), 1
    with app.app_context():
        while True:
            try:
                with connect(settings) as box:
                    while True:
                        log.info("mail_fetched", mails=fetch(box, settings))
                        pause = 1
                        box.idle.wait(timeout=IDLE_SECONDS)
            except (ImapToolsError, OSError, DBAPIError, imaplib.IMAP4.error) as error:
                log.warning("mailbox_out_of_reach", error=type(error).__name__, pause=pause)
                let_go()
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


if __name__ == "__main__":
    sys.exit(main())
