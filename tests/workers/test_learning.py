"""The night's training and the week's measuring, as the workers run them: real decisions, a real training process."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from celery.worker import state
from sqlalchemy import select

from classifiers.model import Router
from complaints.db import db, unit_of_work
from complaints.domain.clock import ClockRun
from complaints.domain.learning import DriftWeek, ModelVersion
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services import centre, triage
from complaints.services.learn import champion
from tests.centre import file_case
from tests.servers import wait_until
from tests.services.scene import agent, in_triage, the_case
from tests.services.test_learn_champion import back, proposed, standings, taken
from tests.trained import few_rows
from workers import learning, tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from complaints.domain.identifier import Decision
    from config import Settings

NEW = "ฝากเลี้ยงนกฟีนิกซ์ดิจิทัลกับคอกเมฆาพญานาค แล้วเขาปิดคอกหนีไปพร้อมไข่"
TOLD = ("ตอนเช้า", "ตอนดึกมาก", "กับเพื่อนที่ทำงาน", "หลังเลิกเรียนพิเศษ", "ที่บ้านยาย", "ผ่านลุงข้างบ้าน", "สองรอบติดกัน")


@pytest.fixture
def learner(
    app: Flask, settings: Settings, model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A centre whose classifier may learn, on a handful of the project's rows; yields the models' folder."""
    folder = settings.model_dir
    folder.mkdir(parents=True)
    for file in model_dir.glob("model.*"):
        (folder / file.name).symlink_to(file)
    celery = make_celery(app, replace(settings, broker_url="memory://localhost"))
    celery.set_current()
    monkeypatch.setattr(learning, "ROWS", few_rows(tmp_path))
    yield folder
    celery.close()


def decide(number: int, category: str = "advertising_contract") -> None:
    """So many cases of a new kind of fraud, decided by a person."""
    who, now = agent(), datetime.now(UTC)
    for turn in range(number):
        name = in_triage(now, story=f"{NEW} {TOLD[turn % len(TOLD)]} {'อีกที ' * (turn // len(TOLD))}")
        with unit_of_work() as session:
            triage.decide(session, the_case(session, name), category, who, now)
    with unit_of_work() as session:
        centre.change_profile(session, {"learn_least_rows": "5", "learn_margin": "40"}, now)
    db.session.remove()


def run_of(name: str) -> ClockRun:
    db.session.remove()
    return db.session.get_one(ClockRun, name)


def classify(story: str) -> Decision:
    """File a story and let the worker decide; the machine's decision."""
    number, _ = file_case(story)
    found = db.session.scalars(select(Promise.id).where(Promise.kind == PromiseKind.CLASSIFY.value)).all()
    db.session.remove()
    for promise_id in found:
        tasks.keep(promise_id)
    decision = the_case(db.session(), number).decisions[0]
    db.session.expunge_all()
    db.session.remove()
    return decision


# The night's training itself asks nothing of the database; it is dear, so one database sees it.
ONE_DATABASE = pytest.mark.parametrize("settings", ["postgresql"], indirect=True)


@ONE_DATABASE
def test_what_people_decided_is_in_service_the_next_morning_and_goes_back_by_one_click(learner: Path) -> None:
    decide(16)
    before = classify(f"{NEW} เมื่อวาน")
    assert before.model_version == champion.base()
    learning.challenge()
    assert run_of("learn").last_error == ""
    row = db.session.scalars(select(ModelVersion)).one()
    assert row.standing == "champion", row.report
    assert Router.load(champion.folder_of(learner, row.version)).version == row.version
    version = row.version
    db.session.remove()
    after = classify(f"{NEW} เมื่อเช้า")
    assert (after.model_version, after.category_code) == (version, "advertising_contract")
    assert back(version, datetime.now(UTC)) == ""
    assert classify(f"{NEW} เมื่อกี้").model_version == champion.base()


def test_nothing_decided_nothing_trained(learner: Path) -> None:
    learning.challenge()
    assert run_of("learn").finished_at is not None
    assert standings() == {}


def test_two_timetables_train_once(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(8)
    trained: list[Path] = []
    monkeypatch.setattr(learning, "train", lambda _matter, folder, _rows: trained.append(folder))
    with learning._alone(learner):
        learning.challenge()
    assert trained == []
    learning.challenge()
    assert len(trained) == 1


@ONE_DATABASE
def test_a_failed_training_is_told_and_harms_nothing(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(8)
    monkeypatch.setattr(learning, "ROWS", learner / "none")
    learning.challenge()
    assert "ChallengeError" in run_of("learn").last_error
    assert standings() == {}
    assert classify(f"{NEW} เมื่อวาน").model_version == champion.base()


def test_a_stopping_worker_ends_its_training(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(8)
    started = threading.Event()
    real = learning._ended

    def ended(process: learning.subprocess.Popen[bytes]) -> bool:
        started.set()
        found = real(process)
        assert process.poll() is None, "it shall be stopped while it runs"
        return found

    monkeypatch.setattr(learning, "_ended", ended)

    def stop() -> None:
        started.wait()
        state.should_stop = 0

    stopper = threading.Thread(target=stop)
    stopper.start()
    try:
        learning.challenge()
    finally:
        stopper.join()
        state.should_stop = None
    assert run_of("learn").last_error == ""
    assert standings() == {}


def test_models_that_nobody_can_return_to_leave_the_disk(learner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        taken(f"v{number}", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number), learnt_until=0)
        champion.folder_of(learner, f"v{number}").mkdir(parents=True)
    champion.folder_of(learner, "half-written").mkdir()
    decide(8)
    report = {"losses": [], "changes": []}
    side = {"accuracy": 1, "urgency": {"recall": 1}, "auto": {"precision": 1, "share": 1}, "categories": {}}

    def train(_matter: object, folder: Path, _rows: Path) -> dict[str, object]:
        folder.mkdir()
        return report | {"champion": side, "challenger": side}

    monkeypatch.setattr(learning, "train", train)
    learning.challenge()
    assert run_of("learn").last_error == ""
    left = {folder.name for folder in (learner / champion.VERSIONS).iterdir()}
    assert left == champion.kept(db.session())
    assert {"v5", "v4", "v3"} <= left
    assert not {"v1", "v0", "half-written"} & left


def test_a_champion_that_cannot_be_read_is_told_and_the_one_before_answers(learner: Path) -> None:
    taken("v1")
    champion.folder_of(learner, "v1").mkdir(parents=True)
    (champion.folder_of(learner, "v1") / "model.npz").write_bytes(b"broken")
    assert classify(f"{NEW} เมื่อวาน").model_version == champion.base()
    row = champion.current(db.session())
    assert row is not None
    assert "Error" in row.broken


def test_a_proposal_alone_changes_nothing(learner: Path) -> None:
    proposed("v1")
    assert classify(f"{NEW} เมื่อวาน").model_version == champion.base()


def test_the_weeks_are_measured(learner: Path) -> None:
    now = datetime.now(UTC)
    for story in ("ร้านโอนแล้วไม่ส่งของ", NEW):
        in_triage(now, story=story)
    learning.measure()
    assert run_of("drift").last_error == ""
    rows = db.session.scalars(select(DriftWeek).order_by(DriftWeek.monday)).all()
    assert [(row.decisions, row.words > 0) for row in rows] == [(0, False), (2, True)]
    assert 0 < rows[1].unseen < rows[1].words
    wait_until(lambda: run_of("drift").finished_at is not None)
