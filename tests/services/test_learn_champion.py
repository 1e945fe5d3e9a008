"""Which model is in service: taking over, turning down, going back, and what a person's word holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Role
from complaints.domain.audit import AuditEntry
from complaints.domain.errors import InvalidInput, NotFound, StepImpossible
from complaints.domain.learning import ModelVersion, Standing
from complaints.services.learn import champion
from tests.centre import actor
from tests.services.scene import at_once

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from complaints.domain.actor import Actor

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def proposed(version: str, at: datetime = NOW, **more: Any) -> str:
    row = {"base": champion.base(), "standing": "candidate", "trained_at": at, "learnt": 60, "learnt_until": 60}
    with unit_of_work() as session:
        champion.propose(session, ModelVersion(version=version, **(row | more)))
    db.session.remove()
    return version


def taken(version: str, at: datetime = NOW, by: Actor = SYSTEM, **more: Any) -> str:
    proposed(version, at, **more)
    with unit_of_work() as session:
        champion.take_over(session, version, by, at)
    db.session.remove()
    return version


def order() -> list[str]:
    found = champion.in_order(db.session())
    db.session.remove()
    return found


def standings() -> dict[str, str]:
    found = {row.version: row.standing for row in db.session.scalars(select(ModelVersion))}
    db.session.remove()
    return found


def supervisor() -> Actor:
    return actor(Role.SUPERVISOR)


def back(version: str, at: datetime = NOW + HOUR) -> str:
    who = supervisor()
    with unit_of_work() as session:
        found = champion.go_back(session, version, who, at)
    db.session.remove()
    return found


def test_without_a_challenger_the_projects_own_model_serves(app: Flask, tmp_path: Path) -> None:
    assert order() == [""]
    assert champion.folder_in_service(db.session(), tmp_path) == tmp_path
    with pytest.raises(NotFound):
        back("never")


def test_a_champion_comes_first_and_those_before_it_stand_behind(app: Flask, tmp_path: Path) -> None:
    for number in range(6):
        taken(f"v{number}", NOW + number * HOUR)
    proposed("v6")
    assert order() == ["v5", "v4", "v3", "v2", ""]
    assert standings()["v0"] == Standing.FORMER
    assert champion.kept(db.session()) == {"v6", "v5", "v4", "v3", "v2"}
    assert champion.folder_in_service(db.session(), tmp_path) == tmp_path
    for version in ("v4", "v3"):
        (tmp_path / "versions" / version).mkdir(parents=True)
        (tmp_path / "versions" / version / "model.npz").write_bytes(b"x")
    assert champion.folder_in_service(db.session(), tmp_path) == tmp_path / "versions" / "v4"


def test_going_back_returns_the_one_before_and_at_last_the_projects_own(app: Flask) -> None:
    taken("v1")
    taken("v2", NOW + HOUR)
    assert back("v2", NOW + 2 * HOUR) == "v1"
    assert order() == ["v1", ""]
    assert back("v1", NOW + 3 * HOUR) == ""
    assert order() == [""]
    assert standings() == {"v1": "withdrawn", "v2": "withdrawn"}
    with pytest.raises(StepImpossible):
        back("v1")
    about = [(row.what, row.about, row.after.get("model")) for row in db.session.scalars(select(AuditEntry))]
    assert about[-2:] == [("model_withdrawn", "v2", "v1"), ("model_withdrawn", "v1", "")]


def test_after_going_back_no_machine_takes_over_until_a_person_did(app: Flask) -> None:
    held = lambda: champion.is_held(db.session())  # noqa: E731 - asked five times
    assert not held()
    taken("v1")
    assert not held()
    back("v1")
    assert held()
    proposed("v2", NOW + 2 * HOUR)
    who = supervisor()
    with unit_of_work() as session:
        champion.reject(session, "v2", who, NOW + 3 * HOUR, "ยังไม่ดีพอ")
    assert held()
    taken("v3", NOW + 4 * HOUR, by=supervisor())
    assert not held()


def test_only_a_waiting_model_is_decided_on_and_a_refusal_says_why(app: Flask) -> None:
    who = supervisor()
    proposed("v1")
    with unit_of_work() as session, pytest.raises(InvalidInput):
        champion.reject(session, "v1", who, NOW, "  ")
    with unit_of_work() as session:
        champion.reject(session, "v1", who, NOW, "แย่ลง")
    for step in (champion.take_over, lambda *given: champion.reject(*given, "again")):
        with unit_of_work() as session, pytest.raises(StepImpossible):
            step(session, "v1", who, NOW)
    assert order() == [""]
    (row,) = db.session.scalars(select(ModelVersion))
    assert (row.reason, row.decided_by) == ("แย่ลง", who.account_id)


def test_a_newer_proposal_supersedes_the_one_that_waits(app: Flask) -> None:
    proposed("v1")
    proposed("v2", NOW + HOUR)
    assert standings() == {"v1": "superseded", "v2": "candidate"}
    waiting = champion.candidate(db.session())
    assert waiting is not None
    assert waiting.version == "v2"


def test_a_model_of_another_release_is_out_of_service(app: Flask) -> None:
    taken("old")
    proposed("older")
    with unit_of_work() as session:
        session.execute(update(ModelVersion).values(base="another-release"))
    assert order() == [""]
    assert champion.current(db.session()) is None
    assert champion.candidate(db.session()) is None
    db.session.remove()
    for step in (lambda session: champion.take_over(session, "older", SYSTEM, NOW), lambda _: back("old")):
        with unit_of_work() as session, pytest.raises(StepImpossible):
            step(session)
    taken("new", NOW + HOUR)
    assert order() == ["new", ""]


def test_of_two_who_decide_at_once_one_is_told(app: Flask) -> None:
    proposed("v1")
    who = supervisor()

    def decide(turn: int) -> None:
        with unit_of_work() as session:
            if turn % 2:
                champion.take_over(session, "v1", who, NOW)
            else:
                champion.reject(session, "v1", who, NOW, "ไม่")

    told = at_once(app, 4, decide)
    assert sum(one is None for one in told) == 1
    assert sum(isinstance(one, StepImpossible) for one in told) == 3


def test_what_a_process_found_out_about_the_files_is_kept_and_taken_back(app: Flask) -> None:
    taken("v1")
    for broken in ("OSError: gone", ""):
        with unit_of_work() as session:
            champion.note_state(session, "v1", broken)
            champion.note_state(session, "", "")
        row = champion.current(db.session())
        assert row is not None
        assert row.broken == broken
        db.session.remove()
