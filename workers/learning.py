"""The timetable's entries that let the classifier learn: a challenger by night, the drift of every week."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from celery import shared_task
from celery.worker import state

from classifiers.rows import ROWS
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.services.learn import challenge as challenger
from complaints.services.learn import champion, drift
from workers.noted import noted
from workers.runtime import runtime, utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = structlog.get_logger()
LOCK = "learning.lock"
# Below the broker's visibility timeout: a task that took longer would be handed to a second worker.
LONGEST_SECONDS = 800
LOOK_EVERY_SECONDS = 0.5
# Citizens and agents come before the night's work.
NICENESS = 10
_TOLD = 2000


class ChallengeError(RuntimeError):
    """The training process gave up; the message is the end of what it said."""


@shared_task(name="workers.learning.challenge", soft_time_limit=LONGEST_SECONDS)
def challenge() -> None:
    """Train and judge a challenger when enough was decided since the last one; never two at once."""
    model_dir = runtime().settings.model_dir
    with noted("learn"), _alone(model_dir) as alone:
        if not alone:
            return
        with unit_of_work() as session:
            plan = challenger.plan(session, model_dir, utc_now())
        let_go()
        if plan is None:
            return
        report = train(plan.matter, champion.folder_of(model_dir, plan.version), ROWS)
        if report is None:
            return
        with unit_of_work() as session:
            row = challenger.record(session, plan, report, utc_now())
            log.info("challenger", version=row.version, standing=row.standing, losses=row.report["losses"])
            kept = champion.kept(session)
        _tidy(model_dir, kept)


@shared_task(name="workers.learning.drift")
def measure() -> None:
    """Measure the running week, and the last one if that was missed."""
    with noted("drift"):
        session = begin_reading()
        weeks = [(monday, drift.stories(session, monday)) for monday in drift.due(session, utc_now())]
        versions = champion.in_order(session)
        let_go()
        router, _ = runtime().router(versions)
        known = frozenset(router.vocabulary.words)
        for monday, stories in weeks:
            said = drift.count_words(known, stories)
            with unit_of_work() as session:
                row = drift.measure(session, monday, said, utc_now())
                if row.notices:
                    log.warning("classifier_drifts", monday=monday.isoformat(), measures=row.notices)


def train(matter: dict[str, Any], folder: Path, rows: Path) -> dict[str, Any] | None:
    """Let a process of its own train and judge; its report, or None when the worker was told to stop meanwhile.

    The stories go to it by a file without a name: nothing of them is left on the disk, however this ends.
    """
    command = [sys.executable, "-m", "classifiers.challenge", str(folder), str(rows)]
    unnamed = tempfile.TemporaryFile
    with unnamed("w+") as given, unnamed("w+") as said, unnamed("w+") as ill:
        json.dump(matter, given)
        given.seek(0)
        process = subprocess.Popen(command, stdin=given, stdout=said, stderr=ill)  # noqa: S603 - our own module
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            if not _ended(process):
                return None
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        ill.seek(0)
        if process.returncode:
            raise ChallengeError(ill.read().strip()[-_TOLD:])
        report: dict[str, Any] = json.load(said)
        return report


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait for the end; False when the worker shall stop first."""
    until = time.monotonic() + LONGEST_SECONDS
    while process.poll() is None:
        if state.should_stop is not None:
            return False
        if time.monotonic() > until:
            msg = f"no end after {LONGEST_SECONDS} seconds"
            raise ChallengeError(msg)
        time.sleep(LOOK_EVERY_SECONDS)
    return True


@contextmanager
def _alone(model_dir: Path) -> Iterator[bool]:
    """Is this the only one that learns: two timetables may tick."""
    model_dir.mkdir(parents=True, exist_ok=True)
    with (model_dir / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _tidy(model_dir: Path, kept: set[str]) -> None:
    """Models that can no longer come into service, and what a broken-off night left, go from the disk."""
    for folder in (model_dir / champion.VERSIONS).iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder)
