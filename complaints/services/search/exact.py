"""Exact look-up: a case number, phone, account, PromptPay, link, LINE ID or mail address, however it was typed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, union

from classifiers.accounts import BankAccount
from classifiers.single import read_one
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.identifier import CaseIdentifier, Identifier
from complaints.domain.number import read_case_number
from complaints.domain.person import Person
from complaints.domain.secret import read_secret

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, CompoundSelect, Select

    from complaints.domain.actor import Actor

SHORTEST_NUMBER = 4
ABROAD = "66"
NO_WORD = re.compile(r"[\d@./]")
READ_AS = ("phones", "bank_accounts", "promptpay", "urls", "line_ids")
# What an agency learns of a complainant it opens by itself, and that is recorded: a search must not tell it.
MAY_LOOK_UP_PERSONS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.SYSTEM})


def named(text: str, actor: Actor, *, parts: bool = False) -> ColumnElement[bool]:
    """The condition on `Case` that it has this number, names this identifier or is of whoever is reached by it.

    `parts`: a run of digits inside an identifier is enough.
    """
    return Case.id.in_(cases(text, actor, parts=parts))


def cases(text: str, actor: Actor, *, parts: bool = False) -> Select[int] | CompoundSelect[int]:
    """The ids of those cases, each way by an index of its own: one condition for all ways would read every case."""
    number = read_case_number(text)
    if number is not None:
        return select(Case.id).where(Case.number == number)
    values = _values(text)
    same: ColumnElement[bool] = Identifier.value.in_(values)
    digits = read_secret(text)
    if parts and len(digits) >= SHORTEST_NUMBER:
        same = or_(same, Identifier.value.contains(digits, autoescape=True))
    ways = [select(CaseIdentifier.case_id).join(Identifier, Identifier.id == CaseIdentifier.identifier_id).where(same)]
    if actor.role in MAY_LOOK_UP_PERSONS:
        ways += [
            select(Case.id).join(Person, Person.id == Case.person_id).where(column.in_(values))
            for column in (Person.phone, Person.email, Person.line_id)
        ]
    return union(*ways)


def certain(text: str) -> bool:
    """Is the text a number or an address, and no word that stories are full of: what it names is what is meant."""
    return bool(read_case_number(text)) or bool(NO_WORD.search(text))


def could_name(text: str) -> bool:
    """Could the text be an identifier: digits, a sign of an address, or one word in Latin letters."""
    return bool(read_case_number(text)) or len(_values(text)) > 0


@lru_cache(maxsize=256)
def _values(text: str) -> list[str]:
    """The values that the text could stand for in the table, as typed and as the classifier writes each kind."""
    typed = text.strip()
    if not typed or (len(typed.split()) > 1 and not read_secret(typed)):
        return []
    found = [typed, typed.lower()]
    for kind in READ_AS:
        value = read_one(kind, typed)
        if isinstance(value, BankAccount):
            found.append(value.number)
        elif value is not None:
            found.append(value)
    digits = read_secret(typed)
    if len(digits) >= SHORTEST_NUMBER and not any(sign.isalpha() for sign in typed):
        found.append(digits)
        if digits.startswith(ABROAD):
            found.append("0" + digits.removeprefix(ABROAD).removeprefix("0"))
    return list(dict.fromkeys(found))
