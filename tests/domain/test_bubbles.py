"""Words fitted to what a telephone shows, and what typed words mean in a conversation."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.bubbles import clipped, fitted, pieces, units
from complaints.domain.channel import Choice, Outbound
from complaints.domain.script import chosen, script, written_in

WORDS = Outbound(
    to="U1",
    subject="",
    body="สวัสดี\n\nเลือกข้อไหน",
    language="th",
    reference="promise-1",
    parts=("สวัสดี", "เลือกข้อไหน"),
    choices=(Choice("money=none", "ไม่มี"), Choice("money=fresh", "ออกไปแล้ว ไม่ถึง 72 ชั่วโมง (3 วัน)")),
)


def test_short_choices_stay_as_they_are() -> None:
    assert fitted(WORDS, 40) == WORDS


def test_long_choices_stand_numbered_in_the_words() -> None:
    shown = fitted(WORDS, 20)
    assert shown.parts[-1] == "เลือกข้อไหน\n1. ไม่มี\n2. ออกไปแล้ว ไม่ถึง 72 ชั่วโมง (3 วัน)"
    assert [choice.value for choice in shown.choices] == ["money=none", "money=fresh"]
    assert all(len(choice.label) <= 20 for choice in shown.choices)


def test_without_quick_replies_everything_stands_in_the_words() -> None:
    shown = fitted(WORDS, 0)
    assert shown.choices == ()
    assert shown.body.endswith("1. ไม่มี\n2. ออกไปแล้ว ไม่ถึง 72 ชั่วโมง (3 วัน)")


@given(st.text("กขิ์ี่้ำabc ", max_size=60), st.integers(3, 30))
def test_a_clipped_label_fits_and_begins_alike(text: str, limit: int) -> None:
    short = clipped(text, limit)
    assert len(short) <= limit
    assert short == text or text.startswith(short[:-1])


def test_no_letter_loses_its_vowel() -> None:
    for limit in range(6, 20):
        short = clipped("ผู้ที่เกี่ยวข้องกับเรื่องนี้", limit)
        following = "ผู้ที่เกี่ยวข้องกับเรื่องนี้"[len(short) - 1 :]
        assert unicodedata.category(following[0]) != "Mn" or short.endswith(" …"), short


@given(st.text(max_size=400), st.integers(10, 60))
def test_pieces_fit_and_lose_no_letter(text: str, limit: int) -> None:
    cut = pieces(text, limit)
    assert all(0 < units(piece) <= limit for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2", "m=none"),
        ("๒.", "m=none"),
        ("ไม่มีเงินออก", "m=none"),
        ("ออกแล้ว", "m=fresh"),
        ("NONE", "m=none"),
        ("9", ""),
        ("อ", ""),
        ("อย่างอื่น", ""),
    ],
)
def test_typed_choices(typed: str, value: str) -> None:
    offered = [Choice("m=fresh", "ออกแล้ว ไม่ถึง 3 วัน"), Choice("m=none", "ไม่มีเงินออก")]
    assert chosen(typed, offered, numbered=True) == value


def test_a_number_is_no_choice_where_free_words_are_asked_for() -> None:
    assert not chosen("1", [Choice("questions=skip", "ข้าม / ไม่ทราบ")], numbered=False)
    assert chosen("ข้าม", [Choice("questions=skip", "ข้าม / ไม่ทราบ")], numbered=False) == "questions=skip"


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("คุยกับเจ้าหน้าที่ครับ", "person"),
        ("ขอคุยกับเจ้าหน้าที่หน่อยค่ะ!!", "person"),
        ("Status please", "status"),
        ("เจ้าหน้าที่ของร้านหลอกฉัน", ""),
        ("", ""),
    ],
)
def test_commands_are_whole_messages(said: str, command: str) -> None:
    assert script().command(said) == command


@pytest.mark.parametrize("said", ["สวัสดีครับ", "Hello!", "หวัดดีค่าาา"[:9], "🙏", "..."])
def test_greetings(said: str) -> None:
    assert script().greets(said)


@pytest.mark.parametrize(
    ("said", "language"), [("ถูกโกง", "th"), ("help me ถูกโกง", "th"), ("I was cheated", "en"), ("ok", ""), ("123", "")]
)
def test_the_language_of_the_first_words(said: str, language: str) -> None:
    assert written_in(said) == language
