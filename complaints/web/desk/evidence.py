"""What the desk must see of a case's files first: what is in quarantine, and a slip that is known from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.domain.message import QUARANTINED
from complaints.services.evidence import ties
from complaints.web.file_rows import slip_named, threat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case


def held(case: Case) -> list[dict[str, str]]:
    """The files in quarantine, each with the reason."""
    return [{"name": file.file_name, "why": threat(file)} for file in case.attachments if file.verdict == QUARANTINED]


def same_slips(session: Session, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """Each slip that is in other cases too, with the way to them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in ties.same_slips(session, case, actor):
        there = {"number": row.number, "href": url_for("desk.case", number=row.number), "at": row.received_at}
        found.setdefault(slip_named(row.bank, row.reference), []).append(there)
    return [{"slip": slip, "cases": cases} for slip, cases in found.items()]
