"""The door for the operator's mail server: `python -m workers.maildoor` takes mail by LMTP or SMTP.

A mail is acknowledged only after its commit. What goes wrong on this side is told as "later" (4xx), never as "never":
the mail server keeps the mail and comes again. Only what is larger than the limit is refused, and its sender is told.
"""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from complaints.channels import email
from complaints.db import let_go, unit_of_work
from complaints.domain.channel import Raw
from complaints.services import receive
from complaints.web.app import create_app
from config import Settings
from workers.runtime import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiosmtpd.smtp import Envelope, Session
    from flask import Flask

log = structlog.get_logger()
LONGEST_LINE = 1024 * 1024
MOST_CONNECTIONS = 50
THREADS = 4
PATIENCE_SECONDS = 120
LAST_WORD_SECONDS = 0.2
KEPT = "250 2.0.0 kept"
LATER = "451 4.3.0 not kept now, please try again"
TOO_LARGE = ("552 Error: Too much", "500 Line too long")


class Keeper:
    """What the door does with a mail: keeps it and promises to read it."""

    def __init__(self, app: Flask, *, each: bool) -> None:
        """With `each` every recipient is answered by itself, as LMTP asks for (RFC 2033, 4.2)."""
        self._app = app
        self._each = each
        self._threads = ThreadPoolExecutor(THREADS, "maildoor")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """The answer to a mail, after its commit."""
        body, rcpts = bytes(envelope.original_content or b""), list(envelope.rcpt_tos)
        sender = (envelope.mail_from or "").strip("<>")
        try:
            await server.loop.run_in_executor(self._threads, self.keep, body, sender, rcpts)
            answer = KEPT
        except Exception as error:  # noqa: BLE001 - whatever fails here, the mail server still holds the mail
            log.warning("mail_not_kept", error=type(error).__name__)
            answer = LATER
        return "\r\n".join([answer] * len(rcpts) if self._each else [answer])

    def close(self) -> None:
        """Finish what is being kept."""
        self._threads.shutdown()

    async def handle_exception(self, error: Exception) -> str:
        """A fault of this side at any other command."""
        log.warning("mail_door_failed", error=type(error).__name__)
        return LATER

    def keep(self, body: bytes, sender: str, recipients: Sequence[str]) -> None:
        """One transaction; the same mail to the same recipients that comes again changes nothing."""
        headers = {"mail_from": sender, "recipients": ", ".join(recipients)}
        mark = hashlib.sha256(b"\n".join([body, *(rcpt.encode("utf-8", "replace") for rcpt in recipients)]))
        with self._app.app_context():
            try:
                with unit_of_work() as session:
                    raw = Raw("email", "maildoor", body, headers, utc_now())
                    receive.keep_raw(session, raw, f"door:{mark.hexdigest()}")
            finally:
                let_go()


class _Bounds(SMTP):
    """What both protocols share: a bound of connections, and an answer to each recipient of a mail too large."""

    line_length_limit = LONGEST_LINE
    talking: set[object] = set()  # noqa: RUF012 - counts the connections of this process
    each = False

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's
        """Turn away more connections than a mail server needs."""
        if len(self.talking) >= MOST_CONNECTIONS:
            transport.write(b"421 4.7.0 too many connections, please try again\r\n")
            transport.close()
            return
        self.talking.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """One less."""
        if self in self.talking:
            self.talking.discard(self)
            super().connection_lost(error)

    async def push(self, status: str) -> None:  # type: ignore[override]  # only words are said here
        """Say something."""
        if self.each and status.startswith(TOO_LARGE):
            status = "\r\n".join([status] * len(self.envelope.rcpt_tos if self.envelope else ()))
        await super().push(status)


class _Lmtp(_Bounds, LMTP):
    each = True


class Door:
    """Listens at `lmtp://HOST:PORT`, `smtp://HOST:PORT` or `lmtp:///PATH/OF/A/SOCKET`."""

    def __init__(self, app: Flask, address: str, largest: int) -> None:
        """Mails of more than `largest` bytes are refused; raises `ValueError` for an address that is none."""
        place = urlsplit(address)
        if place.scheme not in {"lmtp", "smtp"} or not (place.path.strip("/") or place.port):
            msg = f"{address!r} is no lmtp://HOST:PORT, smtp://HOST:PORT or lmtp:///PATH"
            raise ValueError(msg)
        self._place, self._largest = place, largest
        self._keeper = Keeper(app, each=place.scheme == "lmtp")
        self.port = place.port or 0

    async def open(self) -> asyncio.Server:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        kind = _Lmtp if self._place.scheme == "lmtp" else _Bounds

        def factory() -> SMTP:
            return kind(
                self._keeper,
                data_size_limit=self._largest,
                enable_SMTPUTF8=True,
                hostname="occ1212",
                ident="mail door",
                timeout=PATIENCE_SECONDS,
                loop=loop,
            )

        if self._place.path.strip("/"):
            return await loop.create_unix_server(factory, self._place.path)
        server = await loop.create_server(factory, self._place.hostname, self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def serve(self, ready: Callable[[], object] = lambda: None) -> None:
        """Listen until SIGTERM or SIGINT; what is being kept is answered first."""
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        server = await self.open()
        log.info("mail_door_open", scheme=self._place.scheme, port=self.port)
        ready()
        await asked.wait()
        server.close()
        await asyncio.to_thread(self._keeper.close)
        await asyncio.sleep(LAST_WORD_SECONDS)


def door_of(app: Flask, settings: Settings) -> Door:
    """The door that the settings describe; raises `ValueError` with what is wrong with them."""
    return Door(app, settings.of_channel("email", "door"), email.largest(settings))


def main() -> int:
    """Open the door that `OCC_EMAIL_DOOR` names."""
    settings = Settings.from_env()
    if not settings.of_channel("email", "door"):
        sys.stderr.write("OCC_EMAIL_DOOR is not set: write for example lmtp://127.0.0.1:2424\n")
        return 2
    try:
        door = door_of(create_app(settings), settings)
        asyncio.run(door.serve())
    except (ValueError, OSError) as error:
        sys.stderr.write(f"OCC_EMAIL_DOOR: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
