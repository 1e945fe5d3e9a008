"""The small QR code on a Thai bank's transfer slip: which bank sent the money, and its reference for the transfer.

It is written like the EMV codes for payments: two digits of a tag, two of a length, the value. Tag 00 holds the
service (`000001` is slip verification), the sending bank's three digits and the reference; tag 51 the country; tag 91
the CRC-16 (CCITT-FALSE) of everything before its own value. Source: SCB's "Extracting data from Mini QR" and the banks'
common practice. A slip whose checksum is wrong is no slip.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

SERVICE = "000001"
COUNTRY = "TH"
DATA, LAND, CHECK = "00", "51", "91"
HEAD, CHECK_DIGITS = 4, 4
BANK = re.compile(r"\d{3}")
REFERENCE = re.compile(r"[A-Za-z0-9]{6,40}")


@dataclass(frozen=True, slots=True)
class Slip:
    """A transfer: the Bank of Thailand's three digits of the sending bank, and that bank's reference."""

    bank: str
    reference: str


def read_slip(code: str) -> Slip | None:
    """What a QR code's words say of a transfer; None when they are no slip's, or damaged."""
    text = code.strip()
    tags = _tags(text)
    if tags is None or tags.get(LAND) != COUNTRY or list(tags)[-1:] != [CHECK]:
        return None
    if tags[CHECK].upper() != checksum(text[:-CHECK_DIGITS]):
        return None
    inner = _tags(tags.get(DATA, "")) or {}
    bank, reference = inner.get("01", ""), inner.get("02", "")
    if inner.get("00") != SERVICE or not BANK.fullmatch(bank) or not REFERENCE.fullmatch(reference):
        return None
    return Slip(bank, reference)


def checksum(text: str) -> str:
    """CRC-16 with the polynomial 0x1021 from 0xFFFF, as four capital digits."""
    return f"{binascii.crc_hqx(text.encode('utf-8'), 0xFFFF):04X}"


def _tags(text: str) -> dict[str, str] | None:
    """Tag by tag; None when a length leads outside, or a tag comes twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + HEAD]
        if not (tag.isascii() and tag.isdigit() and length.isascii() and length.isdigit()) or len(length) != 2:  # noqa: PLR2004 - two digits
            return None
        end = at + HEAD + int(length)
        if end > len(text) or tag in found:
            return None
        found[tag] = text[at + HEAD : end]
        at = end
    return found
