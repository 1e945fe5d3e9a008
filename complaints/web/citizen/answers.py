"""A draft's typed words read as answers: what is missing or wrong, and at last the complaint itself."""

from __future__ import annotations

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
from complaints.web.errors import field_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from complaints.web.citizen.drafting import Sheet

FREEZE = timedelta(hours=72)
Errors = dict[str, str]


def story_errors(data: Mapping[str, Any]) -> Errors:
    """What is wrong with the story and the question of money."""
    errors: Errors = {}
    story = str(data.get("story", "")).strip()
    if not story:
        errors |= field_errors(InvalidInput("story", reason="required"))
    elif len(story) > STORY_LIMIT:
        errors |= field_errors(InvalidInput("story", reason="too_long", limit=STORY_LIMIT))
    if data.get(MONEY) not in MONEY_ANSWERS:
        errors |= field_errors(InvalidInput(MONEY, reason="choose_one"))
    return errors


def kind_errors(data: Mapping[str, Any], known: set[str]) -> Errors:
    """Was a kind chosen that the centre knows."""
    if data.get("kind") in known | {UNSURE}:
        return {}
    return field_errors(InvalidInput("kind", reason="choose_one"))


def transfer_question() -> Question:
    """The question of when the money left; the first-aid page asks it before all others."""
    return next(question for question in all_questions()[UNSURE] if question.key == "transferred")


def read_questions(data: Mapping[str, Any], today: Any) -> tuple[dict[str, Any], Errors]:  # noqa: ANN401 - a date
    """Every answer of the questions that apply, and what is wrong with the others."""
    questions = questions_for(data.get("kind"))
    typed: dict[str, str] = data.get("typed", {})
    known: dict[str, Any] = {MONEY: data.get(MONEY)}
    errors: Errors = {}
    for question in questions:
        if question not in asked(questions, known):
            continue
        try:
            known[question.key] = read_answer(question, typed, today)
        except InvalidInput as error:
            errors |= field_errors(error)
    return {key: value for key, value in known.items() if value is not None and key != MONEY}, errors


def applying(data: Mapping[str, Any], *, follow: bool) -> list[Question]:
    """The questions of the first page, or of the one that follows from its answers."""
    known = {**data.get("typed", {}), MONEY: data.get(MONEY)}
    return [question for question in asked(questions_for(data.get("kind")), known) if question.follows is follow]


def read_contact(contact: Mapping[str, str]) -> tuple[dict[str, str], Errors]:
    """The contact details in their canonical forms; one way to reach the writer is enough."""
    errors: Errors = {}
    found = {
        "name": _checked(contact, "name", read_name, errors),
        "line_id": _checked(contact, "line_id", read_line_id, errors),
        "province": contact.get("province", ""),
        "phone": _checked(contact, "phone", read_phone, errors),
        "email": _checked(contact, "email", read_email, errors),
    }
    if found["province"] not in provinces():
        found["province"] = ""
    if not errors and not (found["phone"] or found["email"] or found["line_id"]):
        errors |= field_errors(InvalidInput("phone", reason="contact"))
    return found, errors


def _checked(contact: Mapping[str, str], name: str, read: Callable[[str, str], str], errors: Errors) -> str:
    text = contact.get(name, "").strip()
    if not text:
        return ""
    try:
        return read(text, name)
    except InvalidInput as error:
        errors |= field_errors(error)
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
    try:
        stored = read_answer(transfer_question(), data.get("typed", {}), local_day(now))
    except InvalidInput:
        stored = None
    if stored is None:
        return said_at if money == "fresh" else None
    moment = moment_of(stored)
    if "T" not in stored and money == "fresh" and now - moment > FREEZE:
        moment = min(midnight(local_day(moment) + timedelta(days=1)), said_at)
    return min(moment, now)


def exact_transfer(data: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the money left, if day and hour were given: only then can a clock be shown."""
    try:
        stored = read_answer(transfer_question(), data.get("typed", {}), local_day(now))
    except InvalidInput:
        return None
    return min(moment_of(stored), now) if stored and "T" in stored else None


def complaint(sheet: Sheet, language: str, now: datetime) -> Inbound:
    """The draft as a complaint; everything in it was found right before."""
    data = sheet.data
    answers, _ = read_questions(data, local_day(now))
    contact, _ = read_contact(sheet.contact)
    kind = data.get("kind")
    kept = {**answers, MONEY: data[MONEY]}
    if data.get("called"):
        kept["called_bank"] = data["called"]
    return Inbound(
        channel="web",
        story=str(data["story"]),
        submission=sheet.token,
        language=language,
        category=None if kind == UNSURE else kind,
        answers=kept,
        lost=answers.get("lost"),
        transferred_at=transferred_at(data, now),
        consent_at=now,
        draft_id=sheet.draft_id,
        name=contact["name"],
        phone=contact["phone"],
        email=contact["email"],
        line_id=contact["line_id"],
        province=contact["province"],
    )
