"""What is missing or wrong in a draft, in the reader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.domain.errors import InvalidInput
from complaints.domain.questions import UNSURE
from complaints.services import written
from complaints.web.errors import field_errors, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from complaints.domain.questions import Question

Errors = dict[str, str]


def story_errors(data: Mapping[str, Any]) -> Errors:
    """What is wrong with the story and the question of money."""
    return _worded(written.wrong_story(data))


def kind_errors(data: Mapping[str, Any], known: set[str]) -> Errors:
    """Was a kind chosen that the centre knows."""
    if data.get("kind") in known | {UNSURE}:
        return {}
    return field_errors(InvalidInput("kind", reason="choose_one"))


def read_questions(data: Mapping[str, Any], today: date) -> tuple[dict[str, Any], Errors]:
    """Every answer of the questions that apply, and what is wrong with the others."""
    found, wrong = written.read_questions(data, today)
    return found, _worded(wrong)


def applying(data: Mapping[str, Any], *, follow: bool) -> list[Question]:
    """The questions of the first page, or of the one that follows from its answers."""
    return [question for question in written.applying(data) if question.follows is follow]


def read_contact(contact: Mapping[str, str]) -> tuple[dict[str, str], Errors]:
    """The contact details in their canonical forms; one way to reach the writer is enough."""
    found, wrong = written.read_contact(contact)
    errors = _worded(wrong)
    if not errors and not written.reachable(found):
        errors |= field_errors(InvalidInput("phone", reason="contact"))
    return found, errors


def _worded(wrong: written.Wrong) -> Errors:
    return {name: sentence(error) for name, error in wrong.items()}
