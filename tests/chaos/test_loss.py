"""Nothing acknowledged is lost and nothing is there twice, whatever is killed meanwhile.

`pytest -n 0 tests/chaos` sends 5,000 complaints (`OCC_CHAOS=number` for another size): mails by LMTP, chat events at
LINE's door, forms filled in page by page. Meanwhile web, workers, timetable, mail door, database and broker are killed
in turn with `kill -9` and started again. Whoever gets no clear answer sends the same again, as mail servers, LINE and
people do.
"""

from __future__ import annotations

import email.utils
import http.client
import itertools
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from email.message import EmailMessage
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from complaints.db import db
from complaints.domain.case import Case
from complaints.domain.inbound import HeardEvent, RawMessage
from complaints.domain.outbox import Promise
from complaints.domain.talk import PERSON, TalkLine
from complaints.web.app import create_app
from tests.centre import KEY, fill, make_settings
from tests.outside import line_server
from tests.outside.line_server import LineServer
from tests.persons import PATIENCE, PAUSE, Person
from tests.servers import LOOPBACK, LocalServer, MailServer, PostgresServer, ValkeyServer, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from flask import Flask

NUMBER = int(os.environ.get("OCC_CHAOS", "5000"))
SENDERS = 12
# Between two kills the centre works for so long, counted from when the killed part answers again.
BETWEEN_KILLS = 3.0
DOWN = 0.7
# Bounds a failure only.
SETTLED = 1800.0
WAYS = ("mail", "chat", "form")
# What the form insists on, by page.
ANSWERS = {"questions": {"topic": "other"}, "contact": {"phone": "081 234 5678"}}


class Part:
    """A process of the centre in a group of its own, so that `kill -9` takes what it forked too."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path, port: int = 0) -> None:
        self.command = [sys.executable, "-m", *command]
        self.environment = dict(environment)
        self.log = log
        self.port = port
        self.said = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.said = log.tell()
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def answers(self) -> bool:
        """Is it at work: at its port, or, of a part without one, after it told of itself."""
        if not self.port:
            return self.log.stat().st_size > self.said
        try:
            socket.create_connection((LOOPBACK, self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def disturb(parts: Mapping[str, Part | LocalServer], over: Callable[[float], bool]) -> Counter[str]:
    """Kill the centre's parts one after the other until it is over; how often each was.

    In the test's own thread: what a thread started ends with it.
    """
    kills: Counter[str] = Counter()
    for name, part in itertools.cycle(parts.items()):
        if over(BETWEEN_KILLS):
            break
        part.kill()
        time.sleep(DOWN)
        part.start()
        kills[name] += 1
        wait_until(part.answers, PATIENCE)
    return kills


@pytest.fixture
def postgres_alone() -> Iterator[PostgresServer]:
    """A PostgreSQL that nobody else uses: it is killed again and again."""
    with PostgresServer() as server:
        yield server


def environment(folder: Path, url: str, broker: str, more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCC_", "SMTP_"))}
    fixed = {
        "OCC_DATA": str(folder),
        "DATABASE_URL": url,
        "REDIS_URL": broker,
        "SECRET_KEY": KEY,
        "OCC_LOG_LEVEL": "ERROR",
        "OCC_RATE_LIMIT": "no",
        "MAIL_FROM": "1212@centre.example",
    }
    return kept | fixed | dict(more)


def story(turn: int) -> str:
    return f"[{turn:05d}] โอนเงินซื้อหูฟังกับเพจแล้วโดนบล็อก ติดต่อไม่ได้เลย ช่วยด้วยครับ"


def until_told(send: Callable[[], bool]) -> None:
    """Send the same until it is acknowledged."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if send():
                return
        except (OSError, smtplib.SMTPException, http.client.HTTPException):
            pass
        time.sleep(PAUSE)
    raise TimeoutError


def mail(turn: int, port: int) -> None:
    message = EmailMessage()
    message["From"], message["To"] = f"person{turn}@people.example", "1212@centre.example"
    message["Subject"] = "ถูกโกง"
    message["Message-ID"] = email.utils.make_msgid(f"t{turn}", "people.example")
    message["Date"] = email.utils.localtime()
    message.set_content(story(turn))

    def send() -> bool:
        with smtplib.LMTP(LOOPBACK, port) as door:
            return not door.send_message(message)

    until_told(send)


def chat(turn: int, port: int, line: LineServer) -> None:
    with line.lock:
        event = line.text(f"U{turn:032d}", story(turn))
    body = line.body(event)

    def send() -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
        try:
            connection.request("POST", "/hooks/line", body, {"X-Line-Signature": line_server.signed(body)})
            return connection.getresponse().status == HTTPStatus.OK
        finally:
            connection.close()

    until_told(send)


def form(turn: int, port: int) -> str:
    """Fill in the report page by page; the number on the receipt."""
    person = Person(port)
    person.fill("/report/story", {"go": "next", "story": story(turn), "money": "none"})
    person.fill("/report/kind", {"go": "next", "kind": "general_inquiry"})
    for _ in range(6):
        status, _, leads = person.get("/report")
        assert status in {302, 303}, status
        if leads.endswith("/check"):
            break
        given = ANSWERS.get(leads.rpartition("/")[2], {})
        person.fill(leads, {"go": "next", **given})
    person.fill("/report/check", {"go": "next", "consent": "1"})
    return person.get("/report/receipt")[1]


def settled() -> bool:
    """Whether nothing waits to be done; a database that was just killed may still be reading its journal."""
    try:
        left = db.session.scalar(
            select(func.count()).select_from(Promise).where(Promise.done_at.is_(None), Promise.failed_at.is_(None))
        )
    except OperationalError:
        return False
    finally:
        db.session.remove()
    return left == 0


def counted(texts: Sequence[str]) -> Counter[int]:
    """How often each complaint is there, by the number in its story (which in a mail stands below its subject)."""
    return Counter(int(number) for text in texts for number in re.findall(r"\[(\d{5})\]", text))


def test_everything_acknowledged_is_there_exactly_once(
    tmp_path: Path, postgres_alone: PostgresServer, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        line, sent = stack.enter_context(LineServer()), stack.enter_context(MailServer())
        broker = stack.enter_context(ValkeyServer())
        app = filled(tmp_path, postgres_alone, broker)
        (tmp_path / "model").symlink_to(model_dir)
        web, door = free_port(), free_port()
        more = {
            "OCC_LINE_SECRET": line_server.SECRET,
            "OCC_LINE_TOKEN": line_server.TOKEN,
            "OCC_LINE_API": line.url,
            "OCC_LINE_DATA_API": line.url,
            "OCC_EMAIL_DOOR": f"lmtp://{LOOPBACK}:{door}",
            "SMTP_HOST": LOOPBACK,
            "SMTP_PORT": str(sent.port),
        }
        url = app.extensions["settings"].database_url
        surroundings = environment(tmp_path, url, broker.new_url(), more)
        celery = ["celery", "-A", "workers.app:celery"]
        gunicorn = ["gunicorn", "wsgi:app", "-c", "python:complaints.web.cli.gunicorn_conf"]
        commands = {
            "web": [*gunicorn, "--bind", f"{LOOPBACK}:{web}", "--workers", "2", "--threads", "8"],
            "worker": [*celery, "worker", "--pool", "threads", "-c", "4", "-l", "error"],
            "beat": [*celery, "beat", "-s", str(tmp_path / "beat"), "--pidfile", "", "-l", "error"],
            "mail door": ["workers.maildoor"],
        }
        parts: dict[str, Part | LocalServer] = {}
        for name, command in commands.items():
            part = Part(command, surroundings, tmp_path / f"{name}.log", {"web": web, "mail door": door}.get(name, 0))
            part.start()
            stack.callback(part.kill)
            parts[name] = part
        ways: dict[str, Callable[[int], object]] = {
            "mail": lambda turn: mail(turn, door),
            "chat": lambda turn: chat(turn, web, line),
            "form": lambda turn: form(turn, web),
        }
        with ThreadPoolExecutor(SENDERS) as pool:
            sending = [pool.submit(ways[WAYS[turn % len(WAYS)]], turn) for turn in range(NUMBER)]
            servers = {"database": postgres_alone, "broker": broker}
            kills = disturb(parts | servers, lambda seconds: not wait(sending, seconds).not_done)
        told = [one.result() for one in sending]
        with app.app_context():
            wait_until(settled, SETTLED)
            prove(told, kills, capsys)
            db.session.remove()
            db.engine.dispose()


def filled(folder: Path, postgres: PostgresServer, broker: ValkeyServer) -> Flask:
    """An application on a fresh centre, to look into it from outside."""
    settings = make_settings(folder, postgres.create_database("centre"))
    fill(settings)
    return create_app(replace(settings, broker_url=broker.url))


def prove(told: Sequence[object], kills: Counter[str], capsys: pytest.CaptureFixture[str]) -> None:
    turns = {way: set(range(place, NUMBER, len(WAYS))) for place, way in enumerate(WAYS)}
    session = db.session()
    cases = {
        way: counted(session.scalars(select(Case.story).where(Case.channel == channel)).all())
        for way, channel in (("mail", "email"), ("form", "web"))
    }
    said = session.scalars(select(TalkLine.body).where(TalkLine.who == PERSON)).all()
    found = cases | {"chat": counted(said)}
    failed = session.scalars(select(Promise.last_error).where(Promise.failed_at.is_not(None))).all()
    events = Counter(session.scalars(select(HeardEvent.event_id).where(HeardEvent.channel == "line")))
    raw = Counter(session.scalars(select(RawMessage.channel)))
    numbers = session.scalars(select(Case.number).where(Case.channel == "web")).all()
    receipts = [page for turn, page in enumerate(told) if WAYS[turn % len(WAYS)] == "form"]
    with capsys.disabled():
        sys.stdout.write(
            f"\nsent and acknowledged {len(told)}; there "
            + ", ".join(f"{way} {len(found[way])} of {len(turns[way])}" for way in WAYS)
            + f"; twice {sum(count > 1 for one in found.values() for count in one.values())}"
            + f"; raw messages {dict(raw)}; killed {dict(kills)}; promises given up {len(failed)}\n"
        )
    for way in WAYS:
        assert set(found[way]) == turns[way], (way, turns[way] ^ set(found[way]))
        assert set(found[way].values()) == {1}, way
    assert set(events.values()) == {1}
    assert len(events) == len(turns["chat"])
    assert failed == []
    assert sum(any(number in str(page) for page in receipts) for number in numbers) == len(turns["form"])
    assert min(kills.values()) > 0
