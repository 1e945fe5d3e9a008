"""Phones, accounts, links and amounts in a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifiers.accounts import BankAccount, numbers
from classifiers.amounts import amounts
from classifiers.links import line_ids, mails, urls
from classifiers.reading import Hit, hide, read

if TYPE_CHECKING:
    from classifiers.reading import Reading

__all__ = ["KINDS", "BankAccount", "Identifiers", "Span", "extract", "spans"]

KINDS = ("phones", "bank_accounts", "promptpay", "urls", "line_ids", "national_ids", "amounts")


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


@dataclass(frozen=True, slots=True)
class Span:
    """One hit: its kind (a field of `Identifiers`), its place in the original text, its normalised value."""

    kind: str
    start: int
    end: int
    value: str | float | BankAccount


def _hits(reading: Reading) -> list[Hit]:
    mail = mails(reading)
    names = line_ids(reading)
    links = urls(reading, [*mail, *names])
    written = [*mail, *names, *links]
    counted = numbers(hide(reading.folded, written))
    money = amounts(hide(reading.folded, [*written, *counted]))
    return sorted([*written, *counted, *money], key=lambda hit: (hit.start, hit.end))


def spans(text: str) -> list[Span]:
    """Every hit in reading order, also when a value is written twice."""
    reading = read(text)
    found: list[Span] = []
    for hit in _hits(reading):
        if hit.kind and isinstance(hit.value, str | float | BankAccount):
            start, end = reading.original(hit.start, hit.end)
            found.append(Span(hit.kind, start, end, hit.value))
    return found


def extract(text: str) -> Identifiers:
    """Find them all."""
    found = Identifiers()
    seen: set[tuple[str, str | float | BankAccount]] = set()
    for span in spans(text):
        if (span.kind, span.value) not in seen:
            seen.add((span.kind, span.value))
            getattr(found, span.kind).append(span.value)
    return found
