from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.rowcheck import MOST_SHARED, near_duplicates, problems, shared
from classifiers.rows import Row, load
from classifiers.taxonomy import load_taxonomy

HELD_APART = Path(__file__).parents[1] / "walk" / "complaints.jsonl"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return load()


def test_there_are_enough_of_each_kind(rows):
    by_category = Counter(row.category for row in rows)

    assert len(rows) >= 3000
    assert set(by_category) == set(load_taxonomy().categories)
    assert min(by_category.values()) >= 0.8 * max(by_category.values())
    assert len({row.writer for row in rows}) >= 6
    assert 0.08 <= sum(row.urgent for row in rows) / len(rows) <= 0.2
    assert min(Counter(row.channel for row in rows).values()) >= len(rows) / 6


def test_nothing_is_wrong_with_them(rows):
    assert problems(rows) == []


def test_a_row_told_again_is_refused(rows):
    story = max(rows[:200], key=lambda row: len(row.text))
    again = replace(story, id="again", text=f"สวัสดีครับ {story.text[: len(story.text) * 2 // 3]} ขอบคุณครับ")

    assert [pair[:2] for pair in near_duplicates([story, again])] == [(story.id, "again")]
    assert any("near-duplicates" in said for said in problems([story, again]))


def test_a_line_that_stands_in_a_long_story_is_no_duplicate(rows):
    story = max(rows[:200], key=lambda row: len(row.text))
    line = replace(story, id="line", text=story.text[:30])

    assert near_duplicates([story, line]) == []


def test_wrong_rows_are_named(rows):
    row = rows[0]
    wrong = [replace(row, id="x", category="weather", channel="pigeon"), replace(row, id="x", text=" \n")]

    said = "\n".join(problems(wrong))

    assert "no category 'weather'" in said
    assert "no channel 'pigeon'" in said
    assert "used twice" in said
    assert "no text" in said


def test_no_row_leaks_from_the_set_held_apart(rows):
    apart = [json.loads(line)["text"] for line in HELD_APART.read_text("utf-8").splitlines()]

    common = shared([row.text for row in rows], apart)

    leaks = [rows[row].id for row, share in zip(common.row, common.data, strict=True) if share > MOST_SHARED]
    assert leaks == []
