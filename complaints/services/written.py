"""A complaint while it is being written, on a page or in a talk: typed words read as answers, at last the complaint.

What is written lies in a draft's data: `story`, `money` and `money_at` (whether and when it was said that money left),
`kind` (a category or `unsure`), `typed` (words by input), `contact`, `called` (whether the bank was called).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from complaints.domain.errors import InvalidInput
from complaints.domain.places import provinces
from complaints.domain.questions import (
    MONEY,
    MONEY_ANSWERS,
    UNSURE,
    Question,
    all_questions,
    asked,
    moment_of,
    questions_for,
    read_answer,
)
from complaints.domain.reading import read_email, read_line_id, read_name, read_phone
from complaints.domain.thai_time import local_day, midnight
from complaints.services.intake import STORY_LIMIT, Inbound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

FREEZE = timedelta(hours=72)
Wrong = dict[str, InvalidInput]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A draft as its readers need it. `case_id` is set once it was sent."""

    token: str = ""
    draft_id: int = 0
    data: dict[str, Any] = field(default_factory=dict)
    case_id: int | None = None

    @property
    def typed(self) -> dict[str, str]:
        """What was typed into the questions, by input."""
        found: dict[str, str] = self.data.get("typed", {})
        return found

    @property
    def contact(self) -> dict[str, str]:
        """What was typed about how to reach the writer."""
        found: dict[str, str] = self.data.get("contact", {})
        return found


def wrong_story(data: Mapping[str, Any]) -> Wrong:
    """What is wrong with the story and the question of money."""
    wrong: Wrong = {}
    story = str(data.get("story", "")).strip()
    if not story:
        wrong["story"] = InvalidInput("story", reason="required")
    elif len(story) > STORY_LIMIT:
        wrong["story"] = InvalidInput("story", reason="too_long", limit=STORY_LIMIT)
    if data.get(MONEY) not in MONEY_ANSWERS:
        wrong[MONEY] = InvalidInput(MONEY, reason="choose_one")
    return wrong


def transfer_question() -> Question:
    """The question of when the money left; the first-aid page asks it before all others."""
    return next(question for question in all_questions()[UNSURE] if question.key == "transferred")


def read_questions(data: Mapping[str, Any], today: date) -> tuple[dict[str, Any], Wrong]:
    """Every answer of the questions that apply, and what is wrong with the others, by input."""
    questions = questions_for(data.get("kind"))
    typed: dict[str, str] = data.get("typed", {})
    known: dict[str, Any] = {MONEY: data.get(MONEY)}
    wrong: Wrong = {}
    for question in questions:
        if question not in asked(questions, known):
            continue
        try:
            known[question.key] = read_answer(question, typed, today)
        except InvalidInput as error:
            wrong[error.field or question.key] = error
    return {key: value for key, value in known.items() if value is not None and key != MONEY}, wrong


def applying(data: Mapping[str, Any]) -> list[Question]:
    """The questions that the answers so far bring, in order."""
    known = {**data.get("typed", {}), MONEY: data.get(MONEY)}
    return asked(questions_for(data.get("kind")), known)


def read_contact(contact: Mapping[str, str]) -> tuple[dict[str, str], Wrong]:
    """The contact details in their canonical forms, and what is wrong with the others."""
    wrong: Wrong = {}
    found = {
        "name": _checked(contact, "name", read_name, wrong),
        "line_id": _checked(contact, "line_id", read_line_id, wrong),
        "province": contact.get("province", ""),
        "phone": _checked(contact, "phone", read_phone, wrong),
        "email": _checked(contact, "email", read_email, wrong),
    }
    if found["province"] not in provinces():
        found["province"] = ""
    return found, wrong


def reachable(contact: Mapping[str, str]) -> bool:
    """One way to reach the writer is enough."""
    return bool(contact["phone"] or contact["email"] or contact["line_id"])


def _checked(contact: Mapping[str, str], name: str, read: Callable[[str, str], str], wrong: Wrong) -> str:
    text = contact.get(name, "").strip()
    if not text:
        return ""
    try:
        return read(text, name)
    except InvalidInput as error:
        wrong[name] = error
        return ""


def transferred_at(data: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the money left, as exactly as it was told.

    Of a day without an hour its beginning counts, unless that would end the 72 hours which the writer says are still
    running; without any day the moment at which the writer said so.
    """
    money = data.get(MONEY)
    if money == "none":
        return None
    said_at = datetime.fromisoformat(data["money_at"]) if data.get("money_at") else now
    stored = _transferred(data, now)
    if stored is None:
        return said_at if money == "fresh" else None
    moment = moment_of(stored)
    if "T" not in stored and money == "fresh" and now - moment > FREEZE:
        moment = min(midnight(local_day(moment) + timedelta(days=1)), said_at)
    return min(moment, now)


def exact_transfer(data: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the money left, if day and hour were given: only then can a clock be shown."""
    stored = _transferred(data, now)
    return min(moment_of(stored), now) if stored and "T" in stored else None


def _transferred(data: Mapping[str, Any], now: datetime) -> str | None:
    try:
        stored: str | None = read_answer(transfer_question(), data.get("typed", {}), local_day(now))
    except InvalidInput:
        return None
    return stored


def complaint(sheet: Sheet, channel: str, language: str, now: datetime, consent_at: datetime | None) -> Inbound:
    """The draft as a complaint; what cannot be read as an answer is left out."""
    data = sheet.data
    answers, _ = read_questions(data, local_day(now))
    contact, _ = read_contact(sheet.contact)
    kind = data.get("kind")
    kept = dict(answers)
    if data.get(MONEY):
        kept[MONEY] = data[MONEY]
    if data.get("called"):
        kept["called_bank"] = data["called"]
    return Inbound(
        channel=channel,
        story=str(data["story"]),
        submission=sheet.token,
        language=language,
        category=None if kind == UNSURE else kind,
        answers=kept,
        lost=answers.get("lost"),
        transferred_at=transferred_at(data, now),
        consent_at=consent_at,
        draft_id=sheet.draft_id,
        name=contact["name"],
        phone=contact["phone"],
        email=contact["email"],
        line_id=contact["line_id"],
        province=contact["province"],
    )
