"""Workers and brokers are killed in mid-work: every acknowledged complaint is there, classified and referred once."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.event import Event
from complaints.domain.identifier import Decision
from complaints.domain.outbox import Promise
from complaints.domain.referral import Referral
from complaints.services import intake
from complaints.web.app import create_app
from tests.centre import KEY, make_settings
from tests.servers import wait_until
from tests.trained import training_stories

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config import Settings
    from tests.servers import ValkeyServer

SUBMISSIONS = 100
LONG = 150.0


class Worker:
    """One real worker process, started again whenever it is killed."""

    def __init__(self, command: list[str], settings: Settings, log: Path) -> None:
        self.command = [sys.executable, "-m", *command]
        self.environment = os.environ | {
            "OCC_DATA": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": KEY,
            "OCC_LOG_LEVEL": "ERROR",
        }
        if settings.broker_url != "memory://":
            self.environment["REDIS_URL"] = settings.broker_url
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()


def submit(settings: Settings, disturb: Callable[[int], None]) -> list[str]:
    """File the complaints one after the other; between two of them `disturb` may kill something."""
    numbers = []
    for turn, story in enumerate(training_stories(SUBMISSIONS)):
        with unit_of_work() as session:
            inbound = intake.Inbound(channel="web", story=story, submission=secrets.token_hex(8))
            filed = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), datetime.now(UTC), KEY)
            number = filed.case.number
        numbers.append(number)
        db.session.remove()
        disturb(turn)
    return numbers


def all_kept() -> bool:
    """No promise is left open."""
    left = db.session.scalar(select(func.count()).select_from(Promise).where(Promise.done_at.is_(None)))
    db.session.remove()
    return left == 0


def prove_once(numbers: list[str], log: Path) -> None:
    """Each acknowledged complaint: one case, one decision of the machine, one referral at the most, each step once."""
    wait_until(all_kept, LONG)
    session = db.session()
    assert Counter(session.scalars(select(Case.number))) == Counter(numbers), log.read_text()[-4000:]
    decided = Counter(session.scalars(select(Decision.case_id)))
    assert set(decided.values()) == {1}
    assert len(decided) == SUBMISSIONS
    safe = set(session.scalars(select(Decision.case_id).where(Decision.auto)))
    referred = Counter(session.scalars(select(Referral.case_id)))
    assert set(referred) == safe
    assert set(referred.values()) == {1}
    assert len(safe) > SUBMISSIONS // 4
    steps = Counter(tuple(row) for row in session.execute(select(Event.case_id, Event.action)))
    assert set(steps.values()) == {1}
    assert session.scalar(select(func.count()).select_from(Promise).where(Promise.failed_at.is_not(None))) == 0
    db.session.remove()


@pytest.mark.xdist_group("kill")
def test_embedded_engine_killed_again_and_again(tmp_path: Path, filled_sqlite_url: str, model_dir: Path) -> None:
    settings = make_settings(tmp_path, filled_sqlite_url)
    settings.model_dir.symlink_to(model_dir)
    app = create_app(settings)
    engine = Worker(["workers.embedded"], settings, tmp_path / "engine.log")
    with ExitStack() as stack:
        stack.enter_context(app.app_context())
        engine.start()
        stack.callback(engine.kill)
        wait_until(settings.wake_socket.exists, LONG)

        def disturb(turn: int) -> None:
            if turn in {20, 60}:
                engine.restart()

        numbers = submit(settings, disturb)
        prove_once(numbers, engine.log)
        db.engine.dispose()


@pytest.mark.xdist_group("kill")
def test_workers_and_broker_killed_on_postgresql_and_redis(
    tmp_path: Path, filled_postgresql_url: str, valkey: ValkeyServer, model_dir: Path
) -> None:
    plain = make_settings(tmp_path, filled_postgresql_url)
    settings = type(plain)(
        **{name: getattr(plain, name) for name in plain.__slots__} | {"broker_url": valkey.new_url()}
    )
    settings.model_dir.symlink_to(model_dir)
    app = create_app(settings)
    celery = ["celery", "-A", "workers.app:celery"]
    log = tmp_path / "workers.log"
    workers = [
        Worker([*celery, "worker", "--pool", pool, "-c", "2", "-n", f"{pool}@test", "-l", "error"], settings, log)
        for pool in ("threads", "prefork")
    ]
    beat = Worker([*celery, "beat", "-s", str(tmp_path / "beat"), "--pidfile", "", "-l", "error"], settings, log)
    with ExitStack() as stack:
        stack.enter_context(app.app_context())
        for process in (*workers, beat):
            process.start()
            stack.callback(process.kill)

        def disturb(turn: int) -> None:
            if turn in {15, 25}:
                workers[turn // 10 - 1].restart()
            if turn == 40:
                valkey.restart()
            if turn == 70:
                valkey.kill()
                for worker in workers:
                    worker.restart()
            if turn == 85:
                valkey.start()

        numbers = submit(settings, disturb)
        prove_once(numbers, log)
        db.engine.dispose()
