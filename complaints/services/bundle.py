"""Everything that the police need of a case, gathered once: story, identifiers, evidence with hashes, what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action
from complaints.domain.policy import may_open_file, may_see_message, may_see_person
from complaints.services import access, audit, joined, link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.identifier import CaseIdentifier
    from complaints.domain.message import Attachment

FORMAT = "occ1212-bundle-1"
LONGEST_OFFICE = 200
_ODD = re.compile(r"[^\w.\-]+")
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file of the case: its row in the list, where its bytes lie, and under what name the bundle holds them.

    Without `stored_key` it may not be opened, and its bytes are not taken along.
    """

    row: dict[str, Any]
    stored_key: str
    path: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says, ready for JSON, and the files that it takes along."""

    number: str
    data: dict[str, Any]
    evidence: Sequence[Evidence]


def office(typed: str) -> str:
    """For whom the bundle is made; raises `InvalidInput` on `office`."""
    text = " ".join(typed.split())
    if not text:
        raise InvalidInput("office", reason="required")
    if len(text) > LONGEST_OFFICE:
        raise InvalidInput("office", reason="too_long", limit=LONGEST_OFFICE)
    return text


def collect(session: Session, case: Case, receiver: str, actor: Actor, now: datetime) -> Bundle:
    """The case, the cases merged into it, and what else is known of whatever they name."""
    cases = [case, *joined.cases_below(session, case)]
    evidence = [_evidence(file, one, actor) for one in cases for file in one.attachments]
    data = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "made_by": actor.name,
        "made_for": receiver,
        "case": _case(session, case, actor),
        "merged_cases": [_case(session, one, actor) for one in cases[1:]],
        "identifiers": _identifiers(session, case, actor),
        "evidence": [one.row for one in evidence],
    }
    return Bundle(case.number, data, evidence)


def record(session: Session, case: Case, receiver: str, sha256: str, actor: Actor, now: datetime) -> None:
    """Who took the bundle for whom, and what it was: in the timeline and in the record of changes."""
    case.apply(Action.EXPORT, actor, now)
    audit.record(session, Change.BUNDLE_TAKEN, case.number, actor, now, after={"office": receiver, "sha256": sha256})


def _case(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    person = case.person
    return {
        "number": case.number,
        "received_at": case.received_at.isoformat(),
        "channel": case.channel,
        "language": case.language,
        "state": case.state,
        "category": case.category_code,
        "province": case.province,
        "lost_satang": case.lost,
        "transferred_at": case.transferred_at.isoformat() if case.transferred_at else None,
        "complainant": {name: getattr(person, name) for name in ("name", "phone", "email", "line_id")}
        if may_see_person(actor, case)
        else None,
        "story": case.story,
        "answers": case.answers,
        "messages": [
            {"at": row.at.isoformat(), "role": row.role, "agency": row.agency_code, "kind": row.kind, "body": row.body}
            for row in case.messages
            if row.public and may_see_message(actor, row)
        ],
        "timeline": [
            {"at": row.at.isoformat(), "action": row.action, "role": row.role, "agency": row.agency_code}
            for row in case.events
            if row.public
        ],
        "originals": [
            {"id": raw.id, "channel": raw.channel, "received_at": raw.received_at.isoformat(), "size": raw.size}
            | {"sha256": raw.sha256}
            for _, raw in access.originals(session, case, actor)
        ],
    }


def _identifiers(session: Session, case: Case, actor: Actor) -> list[dict[str, Any]]:
    ties: list[tuple[CaseIdentifier, str]] = [(row, case.number) for row in case.identifiers]
    ties += joined.named_below(session, case)
    known = link.known_elsewhere(session, [row.identifier_id for row, _ in ties], actor, case)
    return [
        {
            "kind": row.identifier.kind,
            "bank": row.identifier.bank,
            "value": row.identifier.value,
            "found_by": row.found_by,
            "named_in": number,
            "other_cases": found.cases if found else 0,
            "other_lost_satang": found.lost if found else 0,
            "first_reported": found.first.isoformat() if found else None,
            "last_reported": found.last.isoformat() if found else None,
        }
        for row, number in ties
        for found in (known.get(row.identifier_id),)
    ]


def _evidence(file: Attachment, case: Case, actor: Actor) -> Evidence:
    opened = may_open_file(actor, case, file)
    path = f"evidence/{file.id}-{_ODD.sub('_', file.file_name)[-LONGEST_NAME:]}"
    row = {
        "case": case.number,
        "name": file.file_name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "received_at": file.received_at.isoformat(),
        "source": file.source,
        "verdict": file.verdict,
        "slips": [{"bank": slip.bank, "reference": slip.reference} for slip in file.slips],
        "path": path if opened else None,
    }
    return Evidence(row, file.stored_key if opened else "", path)
