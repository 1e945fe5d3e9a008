"""The playbook of a kind of problem, as it stands beside a case or a call that is being sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.domain.playbook import PARTS
from complaints.domain.thai_time import local_day
from complaints.services import playbooks
from complaints.web.guard import now
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def playbook(session: Session, code: str | None) -> dict[str, Any] | None:
    """Its parts under their headings, and whether somebody should have looked at it again by now."""
    found = playbooks.in_force(session, code) if code else None
    if found is None:
        return None
    return {
        "parts": [(t(f"playbook.{part}"), found.points(part, language())) for part in PARTS],
        "late": found.late(local_day(now())),
        "review_by": found.review_by,
    }
