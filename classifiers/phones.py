"""What a run of digits can be by itself: a Thai phone number, a personal number."""

from __future__ import annotations

import re

_MOBILE = re.compile(r"0[689]\d{8}")
_LANDLINE = re.compile(r"0(?:2\d|3[2-9]|4[2-5]|5[2-6]|7[3-7])\d{6}")
_ABROAD = re.compile(r"(?:00)?660?([2-9]\d{7,8})")
_PIN_LENGTH = 13
_ALL_ZERO = re.compile(r"0?(\d)\1+")


def national(digits: str, *, plus: bool = False) -> str | None:
    """The number as dialled in Thailand, or None when these digits are no Thai phone number."""
    if plus or digits.startswith(("66", "0066")):
        abroad = _ABROAD.fullmatch(digits)
        if abroad and (plus or abroad[1][0] in "689" or digits.startswith("00")):
            digits = "0" + abroad[1]
        elif plus:
            return None
    return digits if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) else None


def is_mobile(digits: str) -> bool:
    """Whether these are the ten digits of a mobile phone."""
    return bool(_MOBILE.fullmatch(digits))


def is_personal(digits: str) -> bool:
    """Whether these are the thirteen digits of a person, the last one checking the others."""
    if len(digits) != _PIN_LENGTH or digits[0] in "09" or _ALL_ZERO.fullmatch(digits):
        return False
    total = sum(int(digit) * (_PIN_LENGTH - at) for at, digit in enumerate(digits[:-1]))
    return (11 - total % 11) % 10 == int(digits[-1])
