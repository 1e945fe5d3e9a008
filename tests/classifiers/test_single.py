"""One identifier typed by itself is read as the extractor writes it."""

from __future__ import annotations

import json

import pytest

from classifiers.accounts import BankAccount
from classifiers.single import bank_names, read_one
from classifiers.train import ROWS

KINDS = ("phones", "promptpay", "urls", "line_ids")


def labelled() -> list[tuple[str, str, str]]:
    """Kind, bank and value of every identifier of the labelled rows."""
    found = []
    for path in sorted(ROWS.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            entities = json.loads(line).get("entities", {})
            found += [(kind, "", value) for kind in KINDS for value in entities.get(kind, [])]
            found += [("bank_accounts", row["bank"] or "", row["number"]) for row in entities.get("bank_accounts", [])]
    return sorted(set(found))


def test_what_the_extractor_wrote_is_read_as_itself() -> None:
    rows = labelled()
    assert len(rows) > 500
    wrong = []
    for kind, bank, value in rows:
        read = read_one(kind, value, bank)
        if read != (BankAccount(bank or None, value) if kind == "bank_accounts" else value):
            wrong.append((kind, bank, value, read))
    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "bank", "typed", "read"),
    [
        ("phones", "", " ๐๘๑-๒๒๒ ๓๓๓๓ ", "0812223333"),
        ("phones", "", "+66 81 222 3333", "0812223333"),
        ("promptpay", "", "1-1020-00123-45-7", "1102000123457"),
        ("bank_accounts", "", "123-4-56789-0", BankAccount(None, "1234567890")),
        ("bank_accounts", "TRUEMONEY", "081 222 3333", BankAccount("TRUEMONEY", "0812223333")),
        ("urls", "", "shop.example.com/a?b=1", "shop.example.com/a?b=1"),
        ("urls", "", "shop.example.com/ร้าน", "shop.example.com/%E0%B8%A3%E0%B9%89%E0%B8%B2%E0%B8%99"),
        ("line_ids", "", "@shop_99", "@shop_99"),
    ],
)
def test_people_type_it_in_their_own_ways(kind: str, bank: str, typed: str, read: object) -> None:
    assert read_one(kind, typed, bank) == read


@pytest.mark.parametrize(
    ("kind", "bank", "typed"),
    [
        ("phones", "", ""),
        ("phones", "", "1212"),
        ("phones", "", "0812223333 และ 0898887777"),
        ("phones", "", "โทร 0812223333 นะ"),
        ("bank_accounts", "SCB", "12345"),
        ("bank_accounts", "SCB", "กสิกร 1234567890"),
        ("bank_accounts", "NO_BANK", "1234567890"),
        ("urls", "", "ไม่ใช่ลิงก์"),
        ("urls", "", "x" * 3000),
        ("line_ids", "", "ab cd"),
    ],
)
def test_what_is_none_or_more_than_one_is_not_read(kind: str, bank: str, typed: str) -> None:
    assert read_one(kind, typed, bank) is None


def test_every_bank_has_a_name() -> None:
    assert all(bank_names().values())
