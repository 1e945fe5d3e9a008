"""Phones, accounts, links and amounts in a text."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account number, digits only; `bank` is None when the text does not name it."""

    bank: str | None
    number: str


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Everything found, each value once, in the order of appearance; amounts in baht."""

    phones: list[str] = field(default_factory=list)
    bank_accounts: list[BankAccount] = field(default_factory=list)
    promptpay: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    line_ids: list[str] = field(default_factory=list)
    national_ids: list[str] = field(default_factory=list)
    amounts: list[float] = field(default_factory=list)


def extract(text: str) -> Identifiers:
    """Find them all."""
    return Identifiers()
