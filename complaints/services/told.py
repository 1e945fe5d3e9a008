"""Identifiers that the complainant gave as answers to the form's questions: account, link, phone, LINE ID."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from classifiers.identifiers import Identifiers, extract
from classifiers.single import bank_names, read_one
from complaints.domain.questions import questions_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classifiers.accounts import BankAccount
    from complaints.domain.case import Case

PROMPTPAY = "PROMPTPAY"


def with_answers(case: Case, found: Identifiers) -> Identifiers:
    """What was found in the story, and after it what the answers name."""
    whole = Identifiers()
    for part in (found, named_in(case.answers)):
        for kind in fields(Identifiers):
            have = getattr(whole, kind.name)
            have.extend(value for value in getattr(part, kind.name) if value not in have)
    return whole


def named_in(answers: Mapping[str, Any]) -> Identifiers:
    """What the answers name; a number that cannot be an account, or words without one, name nothing."""
    found = Identifiers()
    chosen = answers.get("chosen_category")
    for question in questions_for(str(chosen) if chosen else None):
        value = answers.get(question.key)
        if question.kind == "bank" and isinstance(value, dict):
            _account(found, str(value.get("bank", "")), str(value.get("number", "")))
        elif question.kind == "url" and isinstance(value, str):
            _one(found, "urls", value)
        elif question.kind == "text" and isinstance(value, str):
            _words(found, value)
    return found


def _account(found: Identifiers, bank: str, number: str) -> None:
    if bank == PROMPTPAY:
        _one(found, "promptpay", number)
    else:
        _one(found, "bank_accounts", number, bank if bank in bank_names() else "")


def _words(found: Identifiers, text: str) -> None:
    """Free words may hold anything; a LINE ID is often all that was typed."""
    if text.strip().startswith("@"):
        _one(found, "line_ids", text)
    inside = extract(text)
    for kind in ("phones", "bank_accounts", "promptpay", "urls", "line_ids"):
        getattr(found, kind).extend(getattr(inside, kind))


def _one(found: Identifiers, kind: str, text: str, bank: str = "") -> None:
    value: str | BankAccount | None = read_one(kind, text, bank)
    if value is not None:
        getattr(found, kind).append(value)
