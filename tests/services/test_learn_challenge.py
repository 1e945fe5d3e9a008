"""When a challenger is trained, from what, and when it takes over by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from classifiers.rows import is_apart
from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.learning import LabelledRow, ModelVersion
from complaints.services import centre, triage
from complaints.services.learn import challenge, champion
from tests.services.scene import agent, in_triage, the_case
from tests.services.test_learn_champion import back, proposed, taken

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from complaints.services.learn.challenge import Plan

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def decided(number: int, category: str = "purchase_dispute", *, apart: bool = False) -> list[str]:
    """So many cases that a person decided, all to be learnt or all kept apart."""
    who, found = agent(), []
    while len(found) < number:
        name = in_triage(NOW, story=f"ร้านส่งของผิดแบบครั้งที่ {len(found)} ขอเปลี่ยนแล้วไม่ยอม")
        if is_apart(name) is not apart:
            continue
        with unit_of_work() as session:
            triage.decide(session, the_case(session, name), category, who, NOW + HOUR)
        found.append(name)
    db.session.remove()
    return found


def learns_after(number: int) -> None:
    with unit_of_work() as session:
        centre.change_profile(session, {"learn_least_rows": str(number)}, NOW)
    db.session.remove()


def planned(folder: Path, at: datetime = NOW + HOUR) -> Plan | None:
    found = challenge.plan(db.session(), folder, at)
    db.session.remove()
    return found


def side(**more: Any) -> dict[str, Any]:
    """One side of a report in which all is well."""
    figures = {
        "accuracy": 0.9,
        "auto": {"share": 0.7, "precision": 0.99},
        "urgency": {"recall": 0.95},
        "categories": {"seller_fraud": {"rows": 40, "recall": 0.9}, "purchase_dispute": {"rows": 40, "recall": 0.9}},
    }
    return figures | more


def recorded(folder: Path, **challenger: Any) -> ModelVersion:
    plan = planned(folder)
    assert plan is not None
    report = {"rows": 80, "champion": side(), "challenger": side(**challenger), "changes": [{"id": "x"}] * 60}
    with unit_of_work() as session:
        challenge.record(session, plan, report, NOW + HOUR)
    row = db.session.scalars(select(ModelVersion).order_by(ModelVersion.id.desc())).first()
    assert row is not None
    return row


def test_nothing_is_trained_before_enough_was_decided(app: Flask, tmp_path: Path) -> None:
    learns_after(3)
    decided(2)
    decided(2, apart=True)
    assert planned(tmp_path) is None
    decided(1)
    plan = planned(tmp_path)
    assert plan is not None
    assert plan.learnt == 3
    assert [len(plan.matter[key]) for key in ("champion", "challenger", "apart")] == [0, 3, 2]
    assert plan.version.startswith(champion.base())
    assert len(plan.matter["recent"]) == len(db.session.scalars(select(Case.id)).all())


def test_the_last_word_on_a_case_is_learnt(app: Flask, tmp_path: Path) -> None:
    learns_after(1)
    (name,) = decided(1)
    who = agent()
    with unit_of_work() as session:
        triage.decide(session, the_case(session, name), "advertising_contract", who, NOW + 2 * HOUR)
    plan = planned(tmp_path)
    assert plan is not None
    assert [row["category"] for row in plan.matter["challenger"]] == ["advertising_contract"]


def test_the_next_one_needs_fresh_decisions_and_a_night(app: Flask, tmp_path: Path) -> None:
    learns_after(2)
    decided(2)
    row = recorded(tmp_path)
    known = row.learnt_until
    db.session.remove()
    assert planned(tmp_path, NOW + 30 * HOUR) is None
    decided(2)
    assert planned(tmp_path, NOW + 2 * HOUR) is None
    plan = planned(tmp_path, NOW + 30 * HOUR)
    assert plan is not None
    assert [len(plan.matter[key]) for key in ("champion", "challenger")] == [2, 4]
    newest = db.session.scalars(select(LabelledRow.id).order_by(LabelledRow.id.desc())).first()
    assert known < plan.learnt_until <= (newest or 0)


@pytest.mark.parametrize(
    ("worse", "lost"),
    [
        ({}, []),
        ({"accuracy": 0.885}, []),
        ({"accuracy": 0.87}, ["accuracy"]),
        ({"urgency": {"recall": 0.92}}, ["urgency"]),
        ({"auto": {"share": 0.9, "precision": 0.96}}, ["auto_precision"]),
        (
            {"categories": {"seller_fraud": {"rows": 40, "recall": 0.99}, "purchase_dispute": {"recall": 0.85}}},
            ["purchase_dispute"],
        ),
        ({"categories": {"seller_fraud": {"recall": 0.88}, "purchase_dispute": {"recall": 0.88}}}, []),
        ({"categories": {"seller_fraud": {"recall": 0.9}}}, ["purchase_dispute"]),
    ],
)
def test_it_takes_over_only_when_nothing_loses_more_than_the_margin(
    app: Flask, tmp_path: Path, worse: dict[str, Any], lost: list[str]
) -> None:
    learns_after(1)
    decided(1)
    row = recorded(tmp_path, **worse)
    assert row.report["losses"] == lost
    assert row.standing == ("candidate" if lost else "champion")
    assert (row.report["changed"], len(row.report["changes"])) == (60, challenge.MOST_SHOWN)
    assert row.decided_by is None


def test_after_a_person_went_back_even_a_better_one_waits(app: Flask, tmp_path: Path) -> None:
    taken("v1", NOW - 48 * HOUR, learnt_until=0)
    back("v1", NOW)
    learns_after(1)
    decided(1)
    assert recorded(tmp_path, accuracy=0.99).standing == "candidate"


def test_one_that_waits_does_not_stop_the_learning(app: Flask, tmp_path: Path) -> None:
    learns_after(1)
    proposed("v1", NOW - 48 * HOUR, learnt_until=0)
    decided(1)
    assert recorded(tmp_path, accuracy=0.5).standing == "candidate"
    assert [row.standing for row in db.session.scalars(select(ModelVersion).order_by(ModelVersion.id))] == [
        "superseded",
        "candidate",
    ]
