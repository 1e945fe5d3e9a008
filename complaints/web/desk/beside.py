"""What stands beside the hotline form while the caller speaks: earlier cases, suggestions, the script to read aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from classifiers.identifiers import extract
from complaints.db import let_go
from complaints.domain.calendar import freeze_until
from complaints.domain.errors import InvalidInput
from complaints.domain.places import banks
from complaints.domain.playbook import FIRST_AID
from complaints.domain.reading import read_phone
from complaints.services import catalogue, link, playbooks, queues
from complaints.web import telling
from complaints.web.desk.face import settings
from complaints.web.desk.playbook import playbook
from complaints.web.guard import now, staff
from complaints.web.language import language, t
from complaints.web.suggest import suggest

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from classifiers.identifiers import Identifiers
    from complaints.domain.case import Case
    from complaints.services.link import Known
    from complaints.web.suggest import Suggestion

LONGEST = 20_000


def listen(typed: dict[str, str]) -> tuple[Suggestion | None, Identifiers]:
    """What the classifier makes of the words so far; no connection is held meanwhile."""
    let_go()
    story = typed.get("story", "")[:LONGEST]
    return suggest(settings().model_dir, story), extract(story)


def beside(
    session: Session, typed: dict[str, str], heard: tuple[Suggestion | None, Identifiers], moved_at: datetime | None
) -> dict[str, Any]:
    """Everything that `desk/beside.html` shows."""
    guess, found = heard
    until = freeze_until(moved_at) if moved_at is not None else None
    fresh = until is not None and until > now()
    lost = bool(found.amounts or typed.get("lost", "").strip())
    aloud = fresh or (moved_at is None and guess is not None and guess.urgent and lost)
    return {
        "earlier": _earlier(session, typed.get("phone", "")),
        "guess": _guess(session, guess) if guess is not None else None,
        "looked": bool(typed.get("story", "").strip()),
        "found": [_named(*row) for row in link.known_of(session, found, staff())],
        "amount": f"{found.amounts[0]:,.2f}".removesuffix(".00") if found.amounts else "",
        "freeze_until": until if fresh else None,
        "aloud": aloud,
        "points": playbooks.advice(session, FIRST_AID, language()) if aloud else [],
        "playbook": playbook(session, typed.get("category") or (guess.category if guess is not None else None)),
        "banks": list(banks().values()),
    }


def _earlier(session: Session, typed: str) -> list[dict[str, Any]] | None:
    """The caller's earlier cases; None while there is no whole number."""
    try:
        phone = read_phone(typed, "phone")
    except InvalidInput:
        return None
    names = catalogue.categories(session)
    return [_line(row, names) for row in queues.of_caller(session, staff(), phone)]


def _line(case: Case, names: dict[str, Any]) -> dict[str, Any]:
    category = names.get(case.category_code or "")
    name = telling.category_name(category)
    return {
        "number": case.number,
        "href": url_for("desk.case", number=case.number),
        "facts": f"{t(f'word.state.{case.state}')} · {name}",
        "at": case.received_at,
        "name": case.person.name,
    }


def _guess(session: Session, guess: Suggestion) -> dict[str, Any]:
    category = catalogue.categories(session).get(guess.category)
    name = category.name(language()) if category else guess.category
    return {"code": guess.category, "name": name, "sure": telling.sureness(guess.confidence), "urgent": guess.urgent}


def _named(kind: str, shown: str, known: Known | None) -> dict[str, Any]:
    return {
        "kind": t(f"word.identifier.{kind}"),
        "shown": shown,
        "cases": known.cases if known is not None else 0,
        "lost": telling.baht(known.lost) if known is not None and known.lost else "",
    }
