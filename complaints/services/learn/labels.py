"""Keeping what people say of a case as labelled rows, beside the fact and in its transaction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import delete

from classifiers.rows import is_apart
from complaints.domain.learning import Kind, LabelledRow
from complaints.services.learn.masking import mask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.identifier import Decision

# Answers that name somebody; a name that is the platform's stays, for it says what the problem is.
NAMING_ANSWERS = ("seller", "holder")
_PLATFORM = re.compile(
    r"shopee|lazada|tiktok|facebook|line\b|instagram|ช้อปปี้|ลาซาด้า|ติ๊กต|เฟซบุ๊ก|เฟสบุ๊ค|ไลน์|ธนาคาร|การไฟฟ้า|ไปรษณีย์",
    re.IGNORECASE,
)
_KIND_OF_SHOP = re.compile(
    r"^(?:ร้านค้า|ร้าน|เพจ|บริษัท|บจก\.?|หจก\.?|ห้าง|shop|page)\s*|\s*(?:จำกัด|shop|store)$", re.IGNORECASE
)


def keep(session: Session, case: Case, actor: Actor, now: datetime) -> LabelledRow | None:
    """Keep what a person just held the case to be; nothing without consent, and nothing of a demonstration.

    The category is what a person last decided, never one that only the machine gave. Whoever decides without a word on
    the urgency lets the case's stand, also where it comes from the hour of the transfer and not from the story.
    """
    if case.demo or case.consent_at is None or not case.story.strip():
        return None
    said = _last(case, "person")
    guess = _last(case, "machine")
    category = said.category_code if said else None
    if category is None and guess is None:
        return None
    row = LabelledRow(
        case_id=case.id,
        at=now,
        kind=_kind(category, guess, urgent=case.urgent).value,
        account_id=actor.account_id,
        channel=case.channel,
        text=mask(case.story, _names(case), _values(case)),
        category_code=category,
        urgent=case.urgent,
        guess_code=guess.category_code if guess else None,
        guess_urgent=guess.urgent if guess else None,
        model_version=guess.model_version if guess else "",
        apart=is_apart(case.number),
    )
    session.add(row)
    return row


def erase(session: Session, case_id: int) -> int:
    """Forget what was learnt of a case; the next model is trained without it. Returns how many rows."""
    return session.execute(delete(LabelledRow).where(LabelledRow.case_id == case_id)).rowcount  # type: ignore[attr-defined, no-any-return]


def _last(case: Case, by: str) -> Decision | None:
    return next((row for row in reversed(case.decisions) if row.decided_by == by), None)


def _kind(category: str | None, guess: Decision | None, *, urgent: bool) -> Kind:
    if guess is None:
        return Kind.UNAIDED
    if category not in {None, guess.category_code}:
        return Kind.CHANGED
    return Kind.ACCEPTED if urgent == guess.urgent else Kind.URGENCY


def _names(case: Case) -> Iterator[str]:
    """The complainant's names."""
    yield case.person.name


def _values(case: Case) -> Iterator[str]:
    """Everything else by which the complainant or the respondent could be found, as far as the case knows it."""
    person = case.person
    yield from filter(None, (person.phone, person.email.partition("@")[0], person.line_id))
    for tie in case.identifiers:
        yield tie.identifier.value
    for key in NAMING_ANSWERS:
        answer = case.answers.get(key)
        if isinstance(answer, str) and not _PLATFORM.search(answer):
            yield _KIND_OF_SHOP.sub("", answer.strip())
