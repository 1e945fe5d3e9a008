"""Text messages: which numbers can get one, and how many parts a text takes on the air."""

from __future__ import annotations

import re

# GSM 03.38: what fits 160 to a message; of the second row each sign takes two places.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
GSM_ALONE, GSM_PART = 160, 153
# Any other letter makes the whole text UCS-2: Thai always.
UCS2_ALONE, UCS2_PART = 70, 67
THAI_MOBILE = re.compile(r"^(?:0|\+66)([689]\d{8})$")
FOREIGN = re.compile(r"^\+(?!66)[1-9]\d{7,14}$")


def mobile(phone: str) -> str:
    """The number as E.164 (`+66812345678`) if a text message can reach it, else the empty text.

    Mobile numbers of Thailand begin with 06, 08 or 09 (national numbering plan of the NBTC); of a foreign number nobody
    can tell.
    """
    thai = THAI_MOBILE.match(phone)
    if thai is not None:
        return f"+66{thai[1]}"
    return phone if FOREIGN.match(phone) else ""


def parts(text: str) -> int:
    """How many messages a text takes on the air, and so what it costs."""
    if set(text) <= GSM | GSM_DOUBLE:
        length = len(text) + sum(sign in GSM_DOUBLE for sign in text)
        alone, part = GSM_ALONE, GSM_PART
    else:
        length = len(text.encode("utf-16-be")) // 2
        alone, part = UCS2_ALONE, UCS2_PART
    return 1 if length <= alone else -(-length // part)
