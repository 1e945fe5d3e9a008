"""Identifiers given as answers: of the case like those in the story, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from classifiers.accounts import BankAccount
from classifiers.identifiers import Identifiers
from complaints.db import db, unit_of_work
from complaints.services import link, told
from tests.centre import classified, file_case
from tests.services.scene import NOW, the_case

if TYPE_CHECKING:
    from flask import Flask

ACCOUNT = {"bank": "KBANK", "number": "0001234567"}


@pytest.mark.parametrize(
    ("category", "answers", "rows"),
    [
        ("seller_fraud", {"account": ACCOUNT}, [("bank_account", "KBANK", "0001234567")]),
        (
            "seller_fraud",
            {"account": {"bank": "OTHER", "number": "0001234567"}},
            [("bank_account", "", "0001234567")],
        ),
        (
            "seller_fraud",
            {"account": {"bank": "PROMPTPAY", "number": "0800000009"}},
            [("promptpay", "", "0800000009")],
        ),
        ("seller_fraud", {"page_url": "shop-a.example/sale"}, [("url", "", "shop-a.example/sale")]),
        ("seller_fraud", {"seller": "@shop_a"}, [("line_id", "", "@shop_a")]),
        ("financial_scam", {"contact": "ไลน์ @shop_a โทร 0800000009"}, [
            ("phone", "", "0800000009"), ("line_id", "", "@shop_a"),
        ]),
        ("seller_fraud", {"seller": "ร้านพี่แดง", "account": {"bank": "KBANK", "number": "12"}}, []),
        # No question of this kind of problem knows the key.
        ("harassment_defamation", {"account": ACCOUNT}, []),
    ],
)  # fmt: skip
def test_answers_name_identifiers(category: str, answers: dict[str, Any], rows: list[tuple[str, str, str]]) -> None:
    assert list(link.rows(told.named_in(answers | {"chosen_category": category}))) == rows


def tied(number: str) -> list[tuple[str, str, str]]:
    ties = the_case(db.session(), number).identifiers
    found = sorted((tie.identifier.kind, tie.identifier.bank, tie.identifier.value) for tie in ties)
    db.session.remove()
    return found


def test_they_are_tied_to_the_case_beside_those_of_the_story(app: Flask) -> None:
    answers = {"chosen_category": "seller_fraud", "account": ACCOUNT, "seller": "@shop_a"}
    number, _ = file_case(now=NOW, category="seller_fraud", answers=answers)
    classified(number, now=NOW)
    assert tied(number) == [
        ("bank_account", "KBANK", "0001234567"),
        ("line_id", "", "@shop_a"),
        ("phone", "", "0800000000"),
    ]


def test_told_twice_is_tied_once(app: Flask) -> None:
    answers = {"chosen_category": "seller_fraud", "account": ACCOUNT, "page_url": "shop-a.example"}
    number, _ = file_case(now=NOW, phone="0800000007", category="seller_fraud", answers=answers)
    story = Identifiers(
        bank_accounts=[BankAccount(None, "0001234567")],
        urls=["https://www.Shop-A.example/"],
        promptpay=["0800000007"],
    )
    for _ in range(2):
        with unit_of_work() as session:
            case = the_case(session, number)
            link.keep_identifiers(session, case, told.with_answers(case, story), NOW)
    assert tied(number) == [("bank_account", "KBANK", "0001234567"), ("url", "", "https://www.Shop-A.example/")]


def test_two_banks_with_one_number_are_two(app: Flask) -> None:
    named = [("bank_account", "KBANK", "1"), ("bank_account", "SCB", "1"), ("bank_account", "", "1")]
    assert link.once_each(named) == named[:2]
