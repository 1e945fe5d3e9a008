"""A masked story names nobody and still reads like a story."""

from __future__ import annotations

import random
import re

import pytest

from classifiers.identifiers import extract
from classifiers.rows import load
from classifiers.scoring import labelled
from complaints.services.learn.masking import mask

STORY = (
    "นายสมชาย ใจดี โทร 081-234-5678 โอนเข้า กสิกร 123-4-56789-0 ชื่อบัญชี น.ส.วรรณา พงษ์ไพร เมื่อ 21/11/2569 เวลา 14:05 "
    "จำนวน 3,500 บาท พร้อมเพย์ ๐๘๙ ๑๒๓ ๔๕๖๗ บัตร 1-1017-00203-45-1 เว็บ www.ufa-slot.bet และ "
    "https://www.facebook.com/somchai.jaidee.5 เลขพัสดุ TH0123456789A เมล somchai.j@gmail.com ไลน์ @nong_99"
)


def solid(text: str) -> str:
    """The text without what stands between the signs of a number."""
    return re.sub(r"[\s.\-]", "", text.translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")).lower())


def test_nothing_that_names_somebody_is_left() -> None:
    masked = mask(STORY)
    for mark in (
        *("0812345678", "1234567890", "0891234567", "1101700203451", "0123456789"),
        *("ufaslot", "somchai", "jaidee", "nong_99", "สมชาย", "ใจดี", "วรรณา", "พงษ์ไพร"),
    ):
        assert mark not in solid(masked), mark


def test_what_the_problem_is_stays() -> None:
    masked = mask(STORY)
    for part in (
        "กสิกร",
        "21/11/2569",
        "14:05",
        "3,500 บาท",
        ".bet",
        "https://www.facebook.com/",
        "@gmail.com",
        "โทร 08",
    ):
        assert part in masked, part
    found, before = extract(masked), extract(STORY)
    for kind in ("phones", "bank_accounts", "promptpay", "urls", "line_ids"):
        assert len(getattr(found, kind)) == len(getattr(before, kind)) > 0, kind
    assert found.amounts == before.amounts


def test_the_same_number_is_covered_alike_and_each_time_by_another() -> None:
    masked = mask("โทร 0812345678 ไม่รับ โทรอีก 0812345678 ก็ไม่รับ")
    first, second = re.findall(r"\d{10}", masked)
    assert first == second != "0812345678"
    assert len({mask("โทร 0812345678") for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("น้องพลอยขายของ ชื่อจริง พลอยไพลิน", "พลอย", "ขายของ"),
        ("คุณสมบัติไม่ตรง คุณแม่โอนให้เอง", "", "คุณสมบัติไม่ตรง คุณแม่โอนให้เอง"),
        ("เขาชื่อธนกฤต บอกว่าเป็นทนาย", "ธนกฤต", "บอกว่าเป็นทนาย"),
        ("account name John Smith at the bank", "John", "at the bank"),
        ("ร้าน บ้านขนมคุณย่า ไม่ส่งของ", "บ้านขนมคุณย่า", "ไม่ส่งของ"),
        ("แม่ค้าใช้ชื่อ mali_shop99 ในกลุ่ม", "mali_shop99", "ในกลุ่ม"),
    ],
)
def test_names(text: str, gone: str, kept: str) -> None:
    masked = mask(text, names=["น.ส. พลอย พลอยไพลิน"], values=["บ้านขนมคุณย่า", "mali_shop99"])
    assert kept in masked
    assert not gone or gone not in masked


def test_no_labelled_identifier_of_the_rows_survives() -> None:
    """Of what the extractor finds nothing stays; of what it overlooks, few marks that are short or written in words."""
    rows = random.Random(12).sample([row for row in load() if row.entities], 400)
    left, marks = [], 0
    for row in rows:
        masked = solid(mask(row.text))
        for kind in ("phones", "bank_accounts", "promptpay", "line_ids", "national_ids"):
            for value in labelled(row.entities, kind):
                mark = solid(value.number if kind == "bank_accounts" else value)
                if mark in solid(row.text):
                    marks += 1
                    left += [(row.id, mark)] if mark in masked else []
    assert marks > 80
    assert left == []


def test_any_text_at_all_is_taken() -> None:
    for text in ("", "😭", "a" * 2000, "1" * 3000, "ก" * 3000, "\u200b\u200b081\u200b2345678", "@", "http://", "นาย"):
        assert "0812345678" not in solid(mask(text)).replace("\u200b", "")
