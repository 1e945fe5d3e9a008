from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from classifiers.cues import found, load_cues

CUES = yaml.safe_load(files("classifiers").joinpath("data", "cues.yaml").read_text("utf-8"))["strings"]


@pytest.mark.parametrize("name", CUES)
def test_every_string_is_found_where_it_stands(name):
    for string in map(str, CUES[name]):
        assert (name, 3, 3 + len(string)) in found(f"ก {string} ข".replace("ก ", "กา ", 1))


def test_one_string_inside_another_is_found_too():
    names = {name for name, _, _ in found("ลูกชายอยู่ห้องฉุกเฉิน ตอนนี้ยังไม่รู้สึกตัว")}

    assert {"child", "hospital", "danger_now", "hurt_now", "child_hurt"} <= names


def test_found_is_what_a_search_for_each_string_finds():
    text = "เมื่อคืนโอนเงินไปสองหมื่น เช้านี้เพจหาย เขาบอกว่าถ้าไม่โอนอีกภายในวันนี้จะปล่อยคลิปให้แม่ดู paid yesterday"
    strings = load_cues().strings

    spans = {span for span in found(text) if span[0] in strings}

    expected = set()
    for name, known in CUES.items():
        for string in map(str, known):
            expected |= {(name, at, at + len(string)) for at in range(len(text)) if text.startswith(string, at)}
    assert spans == expected


def test_cues_far_apart_are_not_near():
    names = {name for name, _, _ in found(f"โอนเงินแล้ว {'ร้านบอกว่าเรียบร้อยดี ' * 8}เมื่อวาน")}

    assert {"money_moved", "just_now"} <= names
    assert "moved_just_now" not in names
