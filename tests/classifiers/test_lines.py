from __future__ import annotations

import json
import subprocess
import sys

import pytest

from classifiers.identifiers import KINDS
from classifiers.lines import LONGEST

GOOD = {"id": "1", "text": "โอนค่ามือถือ 4,500 บาท เข้ากสิกร 123-4-56789-0 แล้วร้านบล็อก โทร 0812345678", "channel": "web"}
BAD = {
    "no json": (b"{not json", None),
    "no object": (b"[1, 2]", None),
    "no text": (b'{"id": 7}', 7),
    "text is no string": (b'{"id": 8, "text": 5}', 8),
    "blank": (b'{"id": 9, "text": "  \\n "}', 9),
    "ten megabytes": (json.dumps({"id": 10, "text": "ก" * 3_500_000}).encode(), 10),
    "nul": (b'{"id": 11, "text": "abc\\u0000def"}', 11),
    "emoji": (json.dumps({"id": 12, "text": "😀🎉 👍"}).encode(), 12),
    "mixed scripts": (json.dumps({"id": 13, "text": "สวัสดี привет مرحبا 你好 hello"}).encode(), 13),
    "half a character": (b'{"id": 14, "text": "abc \\ud800 def"}', 14),
    "no utf-8": (b'{"id": 15, "text": "\xff\xfe"}', None),
    "deep": (b"[" * 200_000, None),
    "an id that is no number": (b'{"id": NaN, "text": "money gone"}', None),
    "an endless id": (b'{"id": 1e999, "text": "money gone"}', None),
    "empty line": (b"", None),
}


def run(model_dir, *arguments, data=b""):
    command = [sys.executable, "-m", "classifiers", "--model", str(model_dir), *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True)


@pytest.fixture(scope="module")
def answered(model_dir):
    lines = [json.dumps(GOOD).encode(), *(line for line, _ in BAD.values()), json.dumps({**GOOD, "id": "2"}).encode()]
    done = run(model_dir, "predict", data=b"\n".join(lines) + b"\n")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_is_answered_in_order(answered):
    assert [row["id"] for row in answered] == ["1", *(name for _, name in BAD.values()), "2"]


def test_a_bad_line_says_why_and_stops_nothing(answered):
    for name, row in zip(BAD, answered[1:-1], strict=True):
        assert set(row) == {"id", "error"}, name
        assert row["error"], name


def test_a_good_line_holds_all_that_is_promised(answered):
    row = answered[0]

    assert list(row) == [
        *("id", "category", "agency", "confidence", "second", "second_confidence", "auto", "urgent", "evidence"),
        "identifiers",
    ]
    assert row["category"] == "seller_fraud"
    assert row["agency"] == "POLICE"
    assert isinstance(row["auto"], bool)
    assert isinstance(row["urgent"], bool)
    for start, end, weight in row["evidence"]:
        assert GOOD["text"][start:end].strip()
        assert weight > 0
    assert tuple(row["identifiers"]) == KINDS
    assert {**answered[-1], "id": "1"} == row


def test_the_identifiers_come_normalised(answered):
    found = answered[0]["identifiers"]

    assert found["phones"] == ["0812345678"]
    assert found["bank_accounts"] == [{"bank": "KBANK", "number": "1234567890"}]
    assert found["amounts"] == [4500]


def test_a_foreign_word_in_a_thai_text_is_no_fault(model_dir):
    line = json.dumps({"id": 1, "text": "ซื้อครีมกล่องเขียนว่า 美白 ไม่มีเลข อย."}, ensure_ascii=False).encode()

    row = json.loads(run(model_dir, "predict", data=line).stdout)

    assert row["category"] == "health_product"


def test_the_longest_text_is_still_read(model_dir):
    line = json.dumps({"id": 1, "text": "โอนเงินแล้วโดนบล็อก" + "ก" * (LONGEST - 100)}).encode()

    assert "category" in json.loads(run(model_dir, "predict", data=line).stdout)


def test_a_worker_needs_no_training_library(model_dir):
    program = (
        "import sys; from pathlib import Path; from classifiers import train; from classifiers.model import Router;"
        f"Router.load(Path({str(model_dir)!r})).predict('โอนเงินแล้วโดนบล็อก');"
        "print([name for name in ('sklearn', 'scipy', 'joblib', 'pandas') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
