"""Which numbers a text message reaches, and that every letter's short form stays one message."""

from __future__ import annotations

import pytest

from complaints.domain.texting import GSM, mobile, parts
from complaints.domain.wording import LANGUAGES, say
from complaints.services.letters import LETTERS


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("0812345678", "+66812345678"),
        ("0912345678", "+66912345678"),
        ("0612345678", "+66612345678"),
        ("+66812345678", "+66812345678"),
        ("021234567", ""),
        ("0212345678", ""),
        ("1212", ""),
        ("", ""),
        ("+66212345678", ""),
        ("+818012345678", "+818012345678"),
        ("+0812345678", ""),
        ("08123456789", ""),
    ],
)
def test_only_mobile_numbers_are_written_to(phone: str, expected: str) -> None:
    assert mobile(phone) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("ก" * 70, 1),
        ("ก" * 71, 2),
        ("ก" * 134, 2),
        ("ก" * 135, 3),
        ("a" * 69 + "ก", 1),
        ("a" * 70 + "ก", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("", 1),
    ],
)
def test_parts_are_counted_as_the_air_counts_them(text: str, expected: int) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_is_one_message(letter: str, language: str) -> None:
    text = say(f"letter.{letter}.sms", language, short="1212", number="69-123456-7", hotline="1212")

    assert parts(text) == 1, len(text)
    assert "69-123456-7" in text
    # Swindlers send links: a message that holds one is not believed.
    assert "http" not in text
    assert language != "en" or set(text) <= GSM
