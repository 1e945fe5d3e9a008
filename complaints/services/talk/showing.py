"""A talk as its own page shows it: both sides in order, and what the staff wrote to the case since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.channel import Choice
from complaints.domain.talk import CENTRE, PERSON
from complaints.services.talk import record
from complaints.services.talk.filing import with_secret, without_secret

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.talk import Talk

SECRET_SHOWN = timedelta(hours=2)
STAFF = "staff"
OUTSIDE = frozenset({Role.COMPLAINANT.value, Role.SYSTEM.value})


@dataclass(frozen=True, slots=True)
class Said:
    """One bubble; `who` is `person`, `centre` for what the script says, or `staff`."""

    who: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """The bubbles, the quick replies under the last one, and a mark that changes whenever something was said.

    `latest` is the place of what the person said last: the page opens there, so that nothing of the answer is missed.
    """

    said: list[Said]
    choices: list[Choice]
    mark: str
    latest: int


def show(session: Session, talk: Talk, key: str, now: datetime) -> Shown:
    """Everything that stands on the page; the secret for two hours only."""
    case = session.get(Case, talk.case_id) if talk.case_id is not None else None
    fresh = case is not None and now - case.received_at <= SECRET_SHOWN
    lines = record.lines_of(session, talk)
    said = [
        Said(
            line.who,
            with_secret(line.body, talk, case, key) if fresh else without_secret(line.body, talk.language),
            line.at,
        )
        for line in lines
    ]
    letters = [
        Said(STAFF, message.body, message.at)
        for message in (case.messages if case is not None else ())
        if message.public and message.role not in OUTSIDE and message.at >= talk.created_at
    ]
    last = next((line for line in reversed(lines) if line.who == CENTRE), None)
    choices = [Choice(value, label) for value, label in (last.choices if last is not None else ())]
    in_order = sorted([*said, *letters], key=lambda one: one.at)
    latest = max((place for place, one in enumerate(in_order) if one.who == PERSON), default=-1)
    return Shown(in_order, choices, f"{len(lines)}-{len(letters)}", latest)
