"""Counts and company come to an open page by themselves, on real servers, and take no thread from anybody for long."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from complaints.db import db
from complaints.domain.actor import Role
from tests.centre import PASSWORD, file_case, sign_in
from tests.inside import staff, walk_app
from tests.operating import environment, get, running
from tests.persons import Person
from tests.servers import LOOPBACK, free_port, wait_until
from tests.services.scene import in_triage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

THREADS = 4
STREAMS = 24
# Tries on a machine so slow that an answer ends before a case is in.
ROUNDS = 5


def parts(text: str) -> dict[str, str]:
    """The events of an answer by name."""
    found = {}
    for block in text.split("\n\n"):
        fields = [line.split(": ", 1) for line in block.splitlines() if ": " in line]
        name = next((value for key, value in fields if key == "event"), "")
        if name:
            found[name] = "\n".join(value for key, value in fields if key == "data")
    return found


def mark(text: str) -> str:
    found = re.search(r"^id: (\S+)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def test_a_page_is_told_what_it_does_not_know_and_nothing_else(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("complaints.web.desk.live.HELD_SECONDS", 0)
    sign_in(client, Role.AGENT)
    first = client.get("/desk/live?active=triage").get_data(as_text=True)
    assert "คัดแยก" in parts(first)["rail"]
    again = client.get("/desk/live?active=triage", headers={"Last-Event-ID": mark(first)})
    assert again.content_type.startswith("text/event-stream")
    assert parts(again.get_data(as_text=True)) == {}
    in_triage()
    third = client.get("/desk/live?active=triage", headers={"Last-Event-ID": mark(first)}).get_data(as_text=True)
    assert '<span class="count">1</span>' in parts(third)["rail"]


def test_whoever_opens_a_case_sees_who_else_is_there_by_a_reload(app: Flask, client: FlaskClient) -> None:
    number = in_triage()
    colleague = app.test_client()
    sign_in(client, Role.AGENT)
    sign_in(colleague, Role.SUPERVISOR)
    client.get(f"/desk/case/{number}")
    assert "กำลังดูเรื่องนี้อยู่ด้วย" in colleague.get(f"/desk/case/{number}").get_data(as_text=True)
    assert colleague.post(f"/desk/case/{number}/here", data={"typing": "1"}).status_code == 204
    assert "กำลังพิมพ์ในเรื่องนี้" in client.get(f"/desk/case/{number}").get_data(as_text=True)
    told = parts(client.get(f"/desk/live?case={number}&version=1").get_data(as_text=True))["there"]
    assert "กำลังพิมพ์" in told
    assert "โหลดใหม่" in told, "the page shows an older version"


@contextmanager
def gunicorn(folder: Path, port: int) -> Iterator[None]:
    """The web process of the big shape, over the same database."""
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "-c", "python:complaints.web.cli.gunicorn_conf"]
    command += ["--bind", f"{LOOPBACK}:{port}", "--workers", "1", "--threads", str(THREADS)]
    process = subprocess.Popen(command, env=environment(folder, OCC_WEB_THREADS=str(THREADS)))
    try:
        wait_until(lambda: answers(port), 120)
        yield
    finally:
        process.terminate()
        process.wait(60)


def answers(port: int) -> bool:
    try:
        return get(port, "/health/live")[0] == 200
    except OSError:
        return False


def ask(port: int, cookies: dict[str, str], known: str) -> str:
    """One request as the browser's own reader of events sends it."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=120)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Last-Event-ID": known}
    try:
        connection.request("GET", "/desk/live?active=triage", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode()
    finally:
        connection.close()


def look_on(port: int, folder: Path) -> None:
    """Many pages wait for a change, everybody else is answered meanwhile; then a change reaches a page that waits."""
    person = Person(port)
    person.fill("/staff/sign-in", {"login": "agent@walk.example", "password": PASSWORD})
    known = mark(ask(port, person.cookies, ""))
    assert known
    with ThreadPoolExecutor(STREAMS) as pool:
        waiting = [pool.submit(ask, port, person.cookies, known) for _ in range(STREAMS)]
        for _ in range(2 * THREADS):
            assert get(port, "/health/live")[0] == 200
        held = [future for future in waiting if not future.done()]
        assert len(held) < STREAMS, "whoever finds no seat is answered at once"
    assert any(reached(port, folder, person.cookies) for _ in range(ROUNDS))


def reached(port: int, folder: Path, cookies: dict[str, str]) -> bool:
    """One page waits, a case comes in, and the answer that was still open tells of it.

    False when the answer had ended before: it waits so many seconds and no longer, on a slow machine less than a case.
    """
    known = mark(ask(port, cookies, ""))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, port, cookies, known)
        time.sleep(1)
        if waiting.done():
            return False
        with walk_app(folder).app_context():
            file_case()
            db.engine.dispose()
        return "rail" in parts(waiting.result())


@pytest.mark.xdist_group("pages")
def test_pages_that_wait_hold_up_nobody(data_folder: Path) -> None:
    port, other = free_port(), free_port()
    with running(data_folder, port, OCC_WEB_THREADS=str(THREADS)):
        app = walk_app(data_folder)
        with app.app_context():
            staff()
            db.engine.dispose()
        look_on(port, data_folder)
        with gunicorn(data_folder, other):
            look_on(other, data_folder)
