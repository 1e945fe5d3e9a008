"""Questions as data, and what people type read as values."""

from __future__ import annotations

from datetime import date

import pytest

from classifiers.taxonomy import load_taxonomy
from complaints.domain.errors import InvalidInput
from complaints.domain.places import banks, in_order, provinces
from complaints.domain.questions import (
    MONEY,
    MONEY_ANSWERS,
    UNSURE,
    all_questions,
    asked,
    questions_for,
    read_answer,
    show_answers,
)
from complaints.domain.reading import (
    read_amount,
    read_clock,
    read_day,
    read_email,
    read_line_id,
    read_name,
    read_phone,
)

TODAY = date(2026, 11, 23)


def test_every_category_has_three_to_six_questions_and_their_follow_ups() -> None:
    assert set(all_questions()) == set(load_taxonomy().categories) | {UNSURE}
    for code, questions in all_questions().items():
        first = [question for question in questions if not question.follows]
        assert 3 <= len(first) <= 6, code
        assert len({question.key for question in questions}) == len(questions), code


def test_conditions_name_what_can_be_answered() -> None:
    for code, questions in all_questions().items():
        before: dict[str, set[str]] = {MONEY: set(MONEY_ANSWERS)}
        for question in questions:
            for key, values in question.only_if.items():
                assert set(values) <= before[key], (code, question.key)
            if question.kind == "choice" and not question.follows:
                before[question.key] = set(question.options)
            assert question.th, (code, question.key)
            assert question.en, (code, question.key)


def test_a_follow_up_of_what_is_not_asked_is_not_asked() -> None:
    questions = questions_for("seller_fraud")
    known = {MONEY: "none", "paid_by": "account"}
    assert [question.key for question in asked(questions, known)] == ["seller", "page_url"]
    keys = [question.key for question in asked(questions, {**known, MONEY: "older"})]
    assert keys[-1] == "account"


def test_answers_are_read_and_shown_again() -> None:
    typed = {"seller": "ร้าน", "lost": "๒๕,๐๐๐,๐๐๐", "transferred": "๒๑/๑๑/๒๕๖๙", "transferred-time": "9.05"}
    answers = {
        question.key: read_answer(question, typed, TODAY)
        for question in questions_for("seller_fraud")
        if question.key in typed
    }
    assert answers == {"seller": "ร้าน", "lost": 2_500_000_000, "transferred": "2026-11-21T09:05+07:00"}
    shown = dict(show_answers("seller_fraud", answers, "en"))
    assert list(shown.values()) == ["ร้าน", "25,000,000.00 baht", "21 November 2026, 09:05"]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("21/11/2569", date(2026, 11, 21)),
        ("๒๑-๑๑-๒๕๖๙", date(2026, 11, 21)),
        ("21/11/69", date(2026, 11, 21)),
        ("21/11/26", date(2026, 11, 21)),
        ("2026-11-21", date(2026, 11, 21)),
        ("2569-11-21", date(2026, 11, 21)),
        ("21 พ.ย. 2569", date(2026, 11, 21)),
        ("21 พฤศจิกายน พ.ศ. 2569", date(2026, 11, 21)),
        ("5 Nov", date(2026, 11, 5)),
        ("24 ธ.ค.", date(2025, 12, 24)),
        ("29/2/2567", date(2024, 2, 29)),
        ("วันนี้", TODAY),
        ("เมื่อวาน", date(2026, 11, 22)),
    ],
)
def test_days_in_either_era(typed: str, day: date) -> None:
    assert read_day(typed, "day", TODAY) == day


@pytest.mark.parametrize(
    ("typed", "reason"), [("31/2/2569", "date"), ("วันไหน", "date"), ("24/11/2569", "date_future"), ("1/13/69", "date")]
)
def test_no_such_day(typed: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_day(typed, "day", TODAY)
    assert caught.value.values["reason"] == reason


@pytest.mark.parametrize(
    ("typed", "satang"),
    [("3500", 350_000), ("3,500.5 บาท", 350_050), ("฿๑,๒๐๐", 120_000), ("0.07", 7), ("1,000,000,000", 100_000_000_000)],
)
def test_amounts_without_floats(typed: str, satang: int) -> None:
    assert read_amount(typed, "lost") == satang


@pytest.mark.parametrize("typed", ["สามพัน", "35,00", "1.5k", "-5", "1.234", ""])
def test_no_amount(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_amount(typed, "lost")


def test_clocks_phones_and_addresses() -> None:
    assert read_clock("๒๑.๓๐ น.", "t") == (21, 30)
    assert read_phone("+66 81-234-5678", "phone") == "0812345678"
    assert read_phone("๐๒ ๑๒๓ ๔๕๖๗", "phone") == "021234567"
    assert read_phone("+44 20 7946 0958", "phone") == "+442079460958"
    assert read_email(" a.b@example.co.th ", "email") == "a.b@example.co.th"
    for read, typed in ((read_clock, "25:00"), (read_phone, "1212"), (read_phone, "081234"), (read_email, "a@b")):
        with pytest.raises(InvalidInput):
            read(typed, "x")


def test_seventy_seven_provinces_in_the_dictionarys_order() -> None:
    assert len(provinces()) == 77
    names = [province.th for province in in_order("th")]
    assert names[0] == "กระบี่"
    assert names.index("เชียงใหม่") < names.index("ตรัง")
    assert all(bank.dial.isdecimal() for bank in banks().values())


@pytest.mark.parametrize("number", ["0000000000", "1111111111", "๐๐๐๐๐๐๐๐๐๐"])
def test_one_digit_over_and_over_is_no_account(number: str) -> None:
    question = next(one for one in questions_for("seller_fraud") if one.kind == "bank")
    with pytest.raises(InvalidInput):
        read_answer(question, {question.key: number, f"{question.key}-bank": "KBANK"}, date(2026, 11, 20))


@pytest.mark.parametrize("typed", ["0000000000", "0012345678", "+0812345678", "12345"])
def test_what_cannot_be_dialled_is_no_phone(typed: str) -> None:
    with pytest.raises(InvalidInput):
        read_phone(typed, "phone")


def test_what_is_too_long_is_not_cut_short() -> None:
    assert read_line_id(" " + "a" * 100, "line_id") == "a" * 100
    for read, limit in ((read_line_id, 100), (read_name, 200)):
        with pytest.raises(InvalidInput):
            read("a" * (limit + 1), "field")
