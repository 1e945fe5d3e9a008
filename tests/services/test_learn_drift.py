"""Drift: what a week is compared with, what is told, and what says nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from complaints.db import db, unit_of_work
from complaints.domain.learning import DriftWeek
from complaints.services import triage
from complaints.services.learn import drift
from complaints.services.learn.drift import Words
from tests.centre import classified, file_case
from tests.services.scene import agent, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
NO_WORDS = Words(0, 0)


def week(monday: date = MONDAY, **counts: int) -> DriftWeek:
    """A week of a hundred decisions in which ten were unsure, ten of a hundred corrected, and words as usual."""
    usual = {"decisions": 100, "unsure": 10, "checked": 100, "corrected": 10, "words": 1000, "unseen": 100}
    return DriftWeek(monday=monday, measured_at=NOW, notices=[], **(usual | counts))


def kept(*weeks: DriftWeek) -> None:
    with unit_of_work() as session:
        session.add_all(weeks)
    db.session.remove()


def measured(monday: date, words: Words = NO_WORDS) -> DriftWeek:
    with unit_of_work() as session:
        drift.measure(session, monday, words, NOW)
    found = db.session.get_one(DriftWeek, monday)
    db.session.expunge_all()
    db.session.remove()
    return found


@pytest.mark.parametrize(
    ("counts", "noticed"),
    [
        ({}, []),
        ({"unsure": 20}, []),
        ({"unsure": 21}, ["unsure"]),
        ({"unsure": 0, "corrected": 60}, ["corrected"]),
        ({"unseen": 300}, ["unseen"]),
        ({"decisions": 29, "unsure": 29}, []),
        ({"decisions": 0, "unsure": 0, "checked": 0, "corrected": 0, "words": 0, "unseen": 0}, []),
    ],
)
def test_a_rise_above_the_weeks_before_is_told(counts: dict[str, int], noticed: list[str]) -> None:
    before = [week(MONDAY - number * WEEK) for number in (1, 2, 3, 4)]
    assert drift.noticed(week(**counts), before, 10) == noticed


def test_the_first_week_has_nothing_to_rise_above() -> None:
    assert drift.noticed(week(unsure=100), [], 10) == []


def test_a_week_is_counted_from_what_happened_in_it_in_bangkok(app: Flask) -> None:
    who = agent()
    first = datetime(2026, 11, 15, 17, 0, tzinfo=UTC)
    for at, changed in ((first - timedelta(seconds=1), False), (first, True), (first + WEEK, False)):
        number = in_triage(at)
        code = "purchase_dispute" if changed else "seller_fraud"
        with unit_of_work() as session:
            triage.decide(session, the_case(session, number), code, who, at)
    sure, _ = file_case(now=NOW)
    classified(sure, now=NOW)
    in_triage(NOW, demo=True)
    row = measured(MONDAY, Words(7, 2))
    assert (row.decisions, row.unsure, row.checked, row.corrected) == (2, 1, 1, 1)
    assert (row.words, row.unseen) == (7, 2)
    with unit_of_work() as session:
        assert len(drift.stories(session, MONDAY)) == 2


def test_measuring_again_counts_anew(app: Flask) -> None:
    kept(*(week(MONDAY - number * WEEK, unsure=0) for number in (1, 2)))
    assert measured(MONDAY).notices == []
    for _ in range(30):
        in_triage(NOW)
    assert measured(MONDAY).notices == ["unsure"]
    assert drift.standing(db.session()) == ["unsure"]


def test_the_missed_week_is_measured_first_and_only_once(app: Flask) -> None:
    assert drift.due(db.session(), NOW) == [MONDAY - WEEK, MONDAY]
    kept(week(MONDAY - WEEK), week(MONDAY))
    assert drift.due(db.session(), NOW) == [MONDAY]
    # The running week was measured while it ran; once it is over, its end is missing.
    assert drift.due(db.session(), NOW + WEEK) == [MONDAY, MONDAY + WEEK]


def test_words_are_counted_as_the_classifier_cuts_them() -> None:
    said = drift.count_words({"โอน", "เงิน"}, ["โอนเงิน 500 บาท แล้วเงียบ", ""])
    assert (said.words, said.unseen) == (5, 3)
