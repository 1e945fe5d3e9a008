"""What a talk need not ask because it was told: read in the story before the transaction begins."""

from __future__ import annotations

from classifiers.identifiers import extract
from complaints.domain.places import banks
from complaints.domain.questions import OTHER_BANKS
from complaints.services.mailroom import Hint


def hint_of(kind: str, text: str) -> Hint:
    """The classifier's guess, and the first sum and account that the words name."""
    found = extract(text)
    sums = [f"{amount:,.2f}".removesuffix(".00") for amount in found.amounts[:1]]
    account = found.bank_accounts[0] if found.bank_accounts else None
    bank = account.bank if account is not None and account.bank in {*banks(), *OTHER_BANKS} else ""
    return Hint(kind, "".join(sums), bank or "", account.number if account is not None else "")
