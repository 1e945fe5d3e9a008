"""One identifier that a person typed by itself, read as if it stood in a text that says what it is."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from classifiers.identifiers import spans

if TYPE_CHECKING:
    from classifiers.accounts import BankAccount

_BANKS = Path(__file__).parent / "data" / "banks.json"
# What a writer would say before it.
_SAID = {
    "phones": "เบอร์โทร ",
    "bank_accounts": "โอนเข้าเลขบัญชี {bank} ",
    "promptpay": "พร้อมเพย์ ",
    "urls": "",
    "line_ids": "ไลน์ไอดี ",
}
_LONGEST = 2000
_PATH = re.compile(r"(?<![:/])/.*$")


@cache
def bank_names() -> dict[str, str]:
    """Every bank and wallet that an account can be told to be of, with its first name."""
    return {code: names[0] for code, names in json.loads(_BANKS.read_text("utf-8")).items()}


def read_one(kind: str, text: str, bank: str = "") -> str | BankAccount | None:
    """The normalised value of one identifier of a kind (a field of `Identifiers`); None when it cannot be read so.

    Nothing but the one identifier may have been typed. `bank` is the code of an account's bank, empty when nobody knows
    it.
    """
    typed = " ".join(text.split())
    if not typed or len(typed) > _LONGEST or (bank and bank not in bank_names()):
        return None
    if kind == "urls":
        # In a text Thai letters after an address are the next word; here they are part of it, as browsers copy them.
        typed = _PATH.sub(lambda path: quote(path[0], safe="/%?&=#:+,;@!$'()*[]~."), typed)
    said = _SAID[kind].format(bank=bank_names().get(bank, ""))
    found = [span for span in spans(said + typed) if span.kind == kind]
    if len(found) != 1 or isinstance(found[0].value, float):
        return None
    start, end = found[0].start - len(said), found[0].end - len(said)
    if start < 0 or any(sign.isalnum() for sign in typed[:start] + typed[end:]):
        return None
    return found[0].value
