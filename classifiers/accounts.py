"""Phones, bank accounts, PromptPay and personal numbers: the same digits, told apart by what is said around them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.digits import candidates, chains
from classifiers.phones import is_mobile, is_personal, national
from classifiers.reading import Hit
from classifiers.surroundings import NEVER, WALLET, Around, bank_after, look, promptpay_after

if TYPE_CHECKING:
    from classifiers.digits import Candidate, Group


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account number, digits only; `bank` is None when the text does not name it."""

    bank: str | None
    number: str


_INHERIT = re.compile(r"[ ,/&+\n\-•)]*(?:กับ|และ|หรือ|แล้วก็|and|or|อีกบัญชี|อีกเลข|อีกเบอร์|\d\.|[ ])*[ ]*")
_EXTENSION = re.compile(r"[ ]?(?:ต่อ|ext\.?|กด|#)[ ]?(?:ที่|หมายเลข)?[ ]?(\d{1,5})(?!\d)")
_BAHT = re.compile(r"[ ]?(?:บาท|บ\.|฿|baht|thb)")
_LETTER_O = re.compile(r"(?<![a-z0-9._@-])o(?=[689](?:\d|[ -]\d{3}))")
_WORD_AFTER = re.compile(r"[^\da-zก-๙\n]{0,4}[a-zก-๙]")
_CODE_NOUN = re.compile(
    r"(?:เลข|หมายเลข)(?!ที่?[ ]?(?:บัญชี|บช)|บัญชี|บช|ที่[ ]?$|นี้|คือ|ปลายทาง|รับเงิน|ผู้รับ|ของ)[ก-๙]{2,20}[ :]{0,2}$"
    r"|เลขที่[ก-๙]{3,20}[ :]{0,2}$"
)
_CODE_GAP = re.compile(r"[ :#.=]*(?:เลขที่|หมายเลข|เลข|number|no\.?|คือ|id|ของ|นี้|[ :#.=])*")

_ACCOUNT_LENGTHS = {"GSB": (12, 15), "BAAC": (12, 10), "GHB": (12, 10), "KKP": (14, 10), "TISCO": (14, 10)}
_ANY_LENGTH = (10, 12, 14)
_ACCOUNT_SHAPES = frozenset(
    {(3, 1, 5, 1), (3, 6, 1), (3, 1, 6), (3, 1, 5, 3), (4, 3, 6, 1), (3, 1, 5, 1, 2), (3, 1, 5, 2, 1)}
)
_PHONE_SHAPES = frozenset({(10,), (3, 3, 4), (3, 7), (2, 4, 4), (1, 4, 4, 1), (2, 8), (1, 9)})
_NEAR = 16
_BANK_NEAR = 15
_BANK_FAR = 50
_PROMPTPAY_FAR = 36
_SAID_NEAR = 6
_ACCOUNT_FAR = 24
_TRANSFER_FAR = 12
_SURE = 4
_SHORTEST = 9


@dataclass(frozen=True, slots=True)
class Judged:
    """What a candidate is, and how sure that is."""

    kind: str
    value: object
    strength: int


def _is_code(around: Around, *, phone: bool) -> bool:
    """Whether the number belongs to a parcel, an order, a licence; or, when it is no phone number, to a paper."""
    other = around.nearest("other") if phone else around.nearest("other", "paper")
    if other == NEVER or other > min(
        around.nearest("phone", "account", "promptpay", "personal", "transfer"), around.bank_gap
    ):
        return False
    return bool(_CODE_GAP.fullmatch(around.before, len(around.before) - other))


def _promptpay(digits: str, around: Around, folded: str, end: int) -> bool:
    if not (is_mobile(digits) or len(digits) in {13, 15}):
        return False
    gap = around.nearest("promptpay")
    if gap <= _PROMPTPAY_FAR and gap < min(around.nearest("phone", "other"), around.bank_gap):
        personal = around.nearest("personal")
        between = around.before[len(around.before) - gap :]
        if "\n" not in between and (personal > gap or len(between) - personal <= _ACCOUNT_FAR):
            return True
    return around.nearest("phone") > _NEAR and promptpay_after(folded, end)


def _named_account(found: Candidate, phone: str | None, around: Around, after: str | None) -> str | None:
    """The bank of this account, or None when no bank is named close enough for such a number."""
    nearest_other = around.nearest("phone", "other", "paper", "promptpay", "personal")
    account_shaped = found.shape in _ACCOUNT_SHAPES and found.groups > 1
    limit = _BANK_NEAR if phone and not account_shaped else _BANK_FAR
    if around.bank_gap > _ACCOUNT_FAR and _CODE_NOUN.search(around.before):
        return None
    if around.bank and around.bank_gap <= limit and (around.bank_gap < nearest_other or account_shaped):
        return around.bank
    if after and (account_shaped or not phone or around.nearest("phone") > _NEAR):
        return after
    return None


def _account(found: Candidate, phone: str | None, around: Around, folded: str) -> Judged | None:
    bank = _named_account(found, phone, around, bank_after(folded, found.end))
    if bank == WALLET:
        return Judged("bank_accounts", BankAccount(WALLET, phone), 9) if phone and is_mobile(phone) else None
    if len(found.digits) not in _ANY_LENGTH or found.plus:
        return None
    if bank:
        fits = len(found.digits) in _ACCOUNT_LENGTHS.get(bank, (10,)) or found.groups == 1
        return Judged("bank_accounts", BankAccount(bank, found.digits), 8 if fits else 5)
    strength = _unnamed_account(found, phone, around)
    return Judged("bank_accounts", BankAccount(None, found.digits), strength) if strength else None


def _unnamed_account(found: Candidate, phone: str | None, around: Around) -> int:
    """How sure it is that this is an account of an unnamed bank; 0: not at all."""
    if found.shape in _ACCOUNT_SHAPES and found.hyphened:
        return 7
    said, moved = around.nearest("account"), around.nearest("transfer")
    if phone:
        close = said <= _SAID_NEAR and said < around.nearest("phone", "promptpay")
        return 7 if close and "เลข" in around.before[-_BANK_NEAR:] else 0
    if min(said, moved) >= around.nearest("other", "paper", "phone", "personal") or _CODE_NOUN.search(around.before):
        return 0
    return 4 if said <= _ACCOUNT_FAR or moved <= _TRANSFER_FAR else 0


def _judge(found: Candidate, around: Around, folded: str) -> Judged | None:
    digits = found.digits
    phone = national(digits, plus=found.plus)
    personal = is_personal(digits) and found.shape[:2] != (2, 1)
    coded = _is_code(around, phone=phone is not None) and not (personal and around.nearest("personal") < _BANK_FAR)
    if coded or (found.plus and not phone):
        return None
    if _promptpay(phone or digits, around, folded, found.end):
        return Judged("promptpay", phone or digits, 9)
    account = _account(found, phone, around, folded)
    if account and account.strength > _SURE:
        return account
    if personal:
        return Judged("national_ids", digits, 7)
    if phone and not _BAHT.match(folded, found.end):
        return Judged("phones", phone, 6 if found.shape in _PHONE_SHAPES or found.plus else 5)
    return account


def _speaks(found: Candidate, folded: str) -> bool:
    """Whether the number can be told without words before it."""
    if found.hyphened and found.shape in _ACCOUNT_SHAPES:
        return True
    if national(found.digits, plus=found.plus) or is_personal(found.digits):
        return True
    return _WORD_AFTER.match(folded, found.end) is not None


def _best(folded: str, chain: list[Group], at: int, around: Around) -> tuple[Candidate, Judged] | None:
    best: tuple[Candidate, Judged] | None = None
    silent = not around.gaps and around.bank is None
    for found in candidates(folded, chain, at):
        if silent and not _speaks(found, folded):
            continue
        judged = _judge(found, around, folded)
        if judged and (best is None or judged.strength > best[1].strength):
            best = found, judged
        if judged and found.groups == 1:
            break
    return best


def _inherited(around: Around, last: Hit | None, between: str | None) -> Around:
    """The second number of "กสิกร 111... และ 222..." stands under the first one's bank."""
    if last is None or between is None or around.bank or around.gaps or not _INHERIT.fullmatch(between):
        return around
    if isinstance(last.value, BankAccount):
        return Around({"account": 1}, last.value.bank, 1, around.before)
    if last.kind == "promptpay":
        return Around({"promptpay": 1}, None, NEVER, around.before)
    return around


def numbers(folded: str) -> list[Hit]:
    """Phones, accounts, PromptPay and personal numbers in reading order, extensions as hits of no kind."""
    found: list[Hit] = []
    if any(beginning in folded for beginning in ("o6", "o8", "o9")):
        folded = _LETTER_O.sub("0", folded)
    floor = 0
    last: Hit | None = None
    for chain in chains(folded):
        at = 0
        while at < len(chain):
            if not _may_begin(chain, at) or (chain[at].joined and chain[at - 1].end != floor):
                at += 1
                continue
            start = chain[at].start
            around = _inherited(look(folded, start, floor), last, folded[floor:start] if last else None)
            best = _best(folded, chain, at, around)
            if best is None:
                at += 1
                continue
            candidate, judged = best
            last = Hit(judged.kind, candidate.start, candidate.end, judged.value)
            found.append(last)
            floor = candidate.end
            at += candidate.groups
            extension = _EXTENSION.match(folded, floor) if judged.kind == "phones" else None
            if extension:
                found.append(Hit("", extension.start(), extension.end(), extension[1]))
    return found


def _may_begin(chain: list[Group], at: int) -> bool:
    """Whether the groups from here hold enough digits to be one of the numbers."""
    total = 0
    for group in chain[at : at + 15]:
        total += len(group.digits)
        if total >= _SHORTEST:
            return True
    return False
