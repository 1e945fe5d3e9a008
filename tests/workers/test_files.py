"""The worker and files: looked into once, whoever is away or killed; nothing acknowledged is ever without its bytes."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.channel import Raw
from complaints.domain.message import Attachment
from complaints.domain.outbox import Promise
from complaints.services import receive
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from tests.centre import KEY, file_case
from tests.filing import JPEG, LIMITS, on_disk, slip_picture
from tests.operating import environment
from tests.servers import free_port
from tests.services.scene import NOW, in_triage, the_case
from workers import tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celery import Celery
    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings
    from tests.servers import BucketServer, ClamServer


@pytest.fixture
def working(app: Flask) -> Iterator[Callable[[Settings], Celery]]:
    """Makes the centre's Celery app with given settings; no worker runs."""
    made: list[Celery] = []

    def make(settings: Settings) -> Celery:
        celery = make_celery(app, replace(settings, broker_url="memory://localhost"))
        celery.set_current()
        celery.finalize()
        made.append(celery)
        return celery

    yield make
    for celery in made:
        celery.close()


def kept(settings: Settings, content: bytes = JPEG, name: str = "a.jpg") -> int:
    number = in_triage()
    with unit_of_work() as session:
        case = the_case(session, number)
        (file,) = keep_files(session, [Upload(name, content)], LIMITS, open_store(settings), NOW, case=case)
        file_id = file.id
    db.session.remove()
    return file_id


def inspections() -> list[int]:
    found = list(db.session.scalars(select(Promise.id).where(Promise.kind == "inspect").order_by(Promise.id)))
    db.session.remove()
    return found


def verdict_of(file_id: int) -> str:
    verdict = db.session.get_one(Attachment, file_id).verdict
    db.session.remove()
    return verdict


def missed(promise_id: int) -> tuple[int, str]:
    row = db.session.get_one(Promise, promise_id)
    told = row.tries, row.last_error
    db.session.remove()
    return told


def due_now() -> None:
    """The pause before the next try is over."""
    with unit_of_work() as session:
        for promise in session.scalars(select(Promise)):
            promise.due_at = NOW
    db.session.remove()


def test_a_file_is_opened_once_and_the_second_task_finds_nothing_to_do(
    settings: Settings, working: Callable[[Settings], Celery]
) -> None:
    working(settings)
    file_id = kept(settings, slip_picture("004", "0142210825478AB04988"), "slip.png")
    (promise_id,) = inspections()
    tasks.keep(promise_id)
    assert verdict_of(file_id) == "unscanned"
    before = on_disk(settings.uploads_dir)
    tasks.keep(promise_id)
    assert on_disk(settings.uploads_dir) == before
    assert missed(promise_id) == (0, "")


def test_a_scanner_that_is_away_is_asked_again(
    settings: Settings, working: Callable[[Settings], Celery], clamd: ClamServer
) -> None:
    working(replace(settings, clamd=f"127.0.0.1:{free_port()}"))
    file_id = kept(settings)
    (promise_id,) = inspections()
    tasks.keep(promise_id)
    assert missed(promise_id) == (1, "ScannerAway: Connection refused")
    assert verdict_of(file_id) == "waiting"
    due_now()
    working(replace(settings, clamd=clamd.address))
    tasks.keep(promise_id)
    assert verdict_of(file_id) == "clean"


def test_a_bucket_that_is_away_is_asked_again_and_a_mail_loses_no_file(
    bucket_settings: Settings, working: Callable[[Settings], Celery], bucket: BucketServer
) -> None:
    settings = bucket_settings
    working(settings)
    mail = (
        b"From: somying@example.com\r\nTo: 1212@localhost\r\nSubject: =?utf-8?B?4LiB4LiC?=\r\nMessage-ID: <a@b>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nI was cheated.\r\n"
        b'--x\r\nContent-Type: text/plain; name="chat.txt"\r\n'
        b'Content-Disposition: attachment; filename="chat.txt"\r\n\r\nhello shop\r\n--x--\r\n'
    )
    with unit_of_work() as session:
        receive.keep_raw(session, Raw("email", "", mail, {}, datetime.now(UTC)), "1")
    reading = db.session.scalars(select(Promise.id).where(Promise.kind == "read")).one()
    db.session.remove()
    bucket.stop()
    try:
        tasks.keep(reading)
        assert missed(reading)[1].startswith("StoreAway: store_away: ")
        assert db.session.scalar(select(func.count()).select_from(Attachment)) == 0
        db.session.remove()
    finally:
        bucket.start()
    due_now()
    tasks.keep(reading)
    file = db.session.scalars(select(Attachment)).one()
    assert (file.file_name, file.source, file.case_id is None) == ("chat.txt", "email", False)
    assert (bucket.files / "original" / file.stored_key).read_bytes().strip() == b"hello shop"
    db.session.remove()
    (promise_id,) = inspections()
    tasks.keep(promise_id)
    assert (bucket.files / "shown" / f"{file.stored_key}.txt").exists()


def test_the_files_of_a_mail_that_came_twice_are_there_once(
    settings: Settings, working: Callable[[Settings], Celery]
) -> None:
    working(settings)
    mail = (
        b"From: somying@example.com\r\nTo: 1212@localhost\r\nSubject: twice\r\nMessage-ID: <same@b>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nI was cheated.\r\n"
        b"--x\r\nContent-Type: text/plain\r\n"
        b'Content-Disposition: attachment; filename="chat.txt"\r\n\r\nhello\r\n--x--\r\n'
    )
    for mark in ("1", "2"):
        with unit_of_work() as session:
            receive.keep_raw(session, Raw("email", f"box {mark}", mail, {}, datetime.now(UTC)), mark)
    for kind in ("read", "erase"):
        for promise_id in db.session.scalars(select(Promise.id).where(Promise.kind == kind)).all():
            db.session.remove()
            tasks.keep(promise_id)
    file = db.session.scalars(select(Attachment)).one()
    assert on_disk(settings.uploads_dir) == [f"original/{file.stored_key}"]


def test_a_store_that_is_away_costs_the_citizen_no_word(app: Flask, client: FlaskClient, settings: Settings) -> None:
    (settings.uploads_dir).write_text("a file stands where the folder should be")
    client.post("/report/story", data={"go": "next", "story": "โอนเงินแล้วไม่ส่งของ", "money": "none"})
    files = [(io.BytesIO(JPEG), "a.jpg"), (io.BytesIO(JPEG), "b.jpg")]
    answer = client.post("/report/evidence", data={"go": "next", "files": files})
    assert (answer.status_code, "ที่เก็บไฟล์ขัดข้อง" in answer.get_data(as_text=True)) == (503, True)
    assert "โอนเงินแล้วไม่ส่งของ" in client.get("/report/story").get_data(as_text=True)
    settings.uploads_dir.unlink()
    assert (
        client.post("/report/evidence", data={"go": "next", "files": [(io.BytesIO(JPEG), "a.jpg")]}).status_code == 303
    )
    assert db.session.scalar(select(func.count()).select_from(Attachment)) == 1


ROOT = Path(__file__).parents[2]
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from complaints.services.evidence import keeping
from complaints.domain.actor import SYSTEM
from complaints.db import unit_of_work
from complaints.services import access
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import open_store
from complaints.wake import SilentWaker
from complaints.web.app import create_app
from config import Settings
LIMITS = Limits(5, 100, 500)
settings, number, moment = Settings.from_env(), sys.argv[1], sys.argv[2]
with create_app(settings, SilentWaker()).app_context():
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        keeping.keep_files(
            session, [Upload("a.txt", b"words")], LIMITS, open_store(settings), datetime.now(UTC), case=case
        )
        if moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_between_store_and_commit_nothing_acknowledged_is_without_its_bytes(
    app: Flask, settings: Settings
) -> None:
    number, _ = file_case()
    given = environment(settings.data_dir, DATABASE_URL=settings.database_url, SECRET_KEY=KEY)
    rows = {}
    for moment in ("before", "after"):
        done = subprocess.run([sys.executable, "-c", KILLED, number, moment], env=given, check=False, cwd=ROOT)
        assert done.returncode == -signal.SIGKILL
        rows[moment] = [file.stored_key for file in db.session.scalars(select(Attachment))]
        db.session.remove()
    assert (rows["before"], len(rows["after"])) == ([], 1)
    stored = on_disk(settings.uploads_dir)
    assert len(stored) == 2
    assert f"original/{rows['after'][0]}" in stored
    assert len(inspections()) == 1
