"""Cost of the extractor: linear in the text's length whatever the text is, and texts per second."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from classifiers.identifiers import extract

ROWS = Path(__file__).parents[2] / "classifiers" / "data" / "rows"
LONG = 100_000
SHORT = LONG // 4
# Four times the text may cost four times the work; the rest is the machine's.
MOST_RATIO = 9
LEAST_TEXTS_PER_SECOND = 800

HOSTILE = (
    *("1", "0", "1 ", "1-", "1,", "111,", "1.", "1/", "1\u200b", "08 ", "+66 ", "a1", "1k "),
    *("a", "a-", "a.", "a_", "@a", "a@a.", "http://", "www.", "/", "-", ".", "("),
    *("กา", "พัน", "หมื่นสอง", "ครึ่ง", "2 แสน ", "\u0e48", "\u0e40", "\u200b", " ", "\n"),
    *("ไลน์", "ไลน์ a", "line ", "พร้อมเพย์", "กสิกร 1", "โอนไปแล้ว 500", "ค่า", "ละ 5 ", "1 ม.ค. ", "ไอดี "),
)


def seconds(text: str) -> float:
    def once() -> float:
        began = time.perf_counter()
        extract(text)
        return time.perf_counter() - began

    return min(once() for _ in range(2))


@pytest.mark.parametrize("piece", HOSTILE)
def test_cost_is_linear(piece: str) -> None:
    short, long = ((piece * length)[:length] for length in (SHORT, LONG))
    assert seconds(long) < MOST_RATIO * max(seconds(short), 0.01)


def test_texts_per_second() -> None:
    texts = [
        json.loads(line)["text"]
        for path in sorted(ROWS.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    began = time.perf_counter()
    for text in texts:
        extract(text)
    speed = len(texts) / (time.perf_counter() - began)
    print(f"identifiers: {speed:.0f} texts per second")  # noqa: T201 - a benchmark tells its figure
    assert speed > LEAST_TEXTS_PER_SECOND
