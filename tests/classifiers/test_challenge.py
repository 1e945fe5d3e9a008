"""A challenger learns what people decided and is judged on what neither model read; a real process trains it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from classifiers.challenge import WRITER, unseen
from classifiers.model import Router
from classifiers.rows import ROWS, Row, is_apart, load
from tests.trained import few_rows

if TYPE_CHECKING:
    from pathlib import Path

# A fraud of which the project's rows know nothing, told in words of its own.
NEW_WORDS = "ฝากเลี้ยงนกฟีนิกซ์ดิจิทัลกับคอกเมฆาพญานาคแล้วเขาปิดคอกหนี รุ่นไข่ที่"


def decided(number: int, category: str = "advertising_contract", **more: Any) -> dict[str, Any]:
    return {
        "id": f"decided-{number}",
        "channel": "web",
        "text": f"{NEW_WORDS} {'กขคงจฉชซ'[number % 8] * (number // 8 + 2)} {number * 7919}",
        "category": category,
        "urgent": False,
        **more,
    }


def row(name: str, text: str) -> Row:
    return Row(name, "web", text, "seller_fraud", urgent=False, entities={}, writer=WRITER)


@pytest.fixture(scope="module")
def learnt(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """A whole challenge by its own process, on a handful of the project's rows."""
    folder = tmp_path_factory.mktemp("challenge")
    matter = {
        "version": "v-1",
        "champion": [],
        "challenger": [decided(number) for number in range(24)] + [decided(99, "no_such_category")],
        "apart": [decided(1000), decided(1001, text="ร้านรับพรีออเดอร์รองเท้าโอนแล้วหาย ทักไปไม่อ่าน", category="seller_fraud")],
        "recent": [{"id": "C-1", "text": f"{NEW_WORDS} สาม"}, {"id": "C-2", "text": "ร้านโอนแล้วไม่ส่งของเลยค่ะ"}],
        "present": str(model_dir),
    }
    done = subprocess.run(
        [sys.executable, "-m", "classifiers.challenge", str(folder / "model"), str(few_rows(folder))],
        input=json.dumps(matter),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder / "model"


def test_the_challenger_knows_what_was_decided(learnt: tuple[dict[str, Any], Path], model_dir: Path) -> None:
    router = Router.load(learnt[1])
    assert router.version == "v-1"
    assert router.predict(f"{NEW_WORDS} สาม").category == "advertising_contract"
    assert Router.load(model_dir).predict(f"{NEW_WORDS} สาม").category != "advertising_contract"


def test_the_report_compares_both_on_the_same_rows(learnt: tuple[dict[str, Any], Path]) -> None:
    report = learnt[0]
    apart = [row for row in load(learnt[1].parent / "rows") if is_apart(row.id)]
    # One of the two decisions kept apart is nearly the same as what was learnt: it would only flatter.
    assert report["decided_apart"] == 1
    assert report["rows"] == len(apart) + 1
    assert report["left_out"] == 1
    for side in ("champion", "challenger"):
        assert sum(found["rows"] for found in report[side]["categories"].values()) == report["rows"]
        assert 0 < report[side]["accuracy"] <= 1
    assert [change["id"] for change in report["changes"]][:1] == ["C-1"]
    assert report["changes"][0]["after"] == "advertising_contract"


def test_rows_like_learnt_ones_do_not_judge() -> None:
    learnt = [row("a", "ซื้อกระเป๋าหนังกับเพจหนึ่ง โอนแล้วเขาบล็อกทันที ติดต่อไม่ได้สองวันแล้ว")]
    same = row("b", "ซื้อกระเป๋าหนังกับเพจหนึ่ง โอนแล้วเขาบล็อกทันที ติดต่อไม่ได้สามวันแล้วนะ")
    other = row("c", "มีคนโทรมาอ้างว่าเป็นไปรษณีย์ ให้กดลิงก์แล้วเงินหายจากบัญชี")
    assert [one.id for one in unseen([same, other], learnt)] == ["c"]
    assert [one.id for one in unseen([same, other], [])] == ["b", "c"]


def test_about_one_row_in_five_is_kept_apart_whatever_the_order() -> None:
    names = [row.id for row in load(ROWS)]
    share = sum(map(is_apart, names)) / len(names)
    assert 0.17 < share < 0.23
