"""The rail of oversight and administration: both pass people between them, so both show the same ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from complaints.db import begin_reading
from complaints.domain.policy import Permission, may
from complaints.domain.thai_time import local_day
from complaints.services import playbooks
from complaints.services.learn import champion, drift
from complaints.web.frame import frame
from complaints.web.guard import now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from complaints.web.frame import NavEntry

CLASSIFIER, PLAYBOOKS = "oversight.classifier_page", "oversight.playbooks_page"
# Endpoint, the permission that it asks for, what its pages are called; the words stand under `rail.<endpoint>`.
WAYS = (
    ("desk.queue", Permission.DESK, ("desk.",)),
    ("oversight.index", Permission.OVERSIGHT, ("oversight.index", "oversight.recount")),
    ("oversight.cases", Permission.DESK, ("oversight.cases",)),
    ("oversight.acknowledgement", Permission.OVERSIGHT, ("oversight.acknowledgement",)),
    ("oversight.agencies", Permission.OVERSIGHT, ("oversight.agencies",)),
    ("oversight.floor", Permission.FLOOR, ("oversight.floor",)),
    ("oversight.quality", Permission.FLOOR, ("oversight.quality",)),
    ("oversight.exports_page", Permission.OVERSIGHT, ("oversight.exports_page",)),
    ("oversight.health_page", Permission.OVERSIGHT, ("oversight.health",)),
    (CLASSIFIER, Permission.OVERSIGHT, ("oversight.classifier",)),
    ("oversight.warnings_page", Permission.OVERSIGHT, ("oversight.warning",)),
    ("oversight.replies_page", Permission.OVERSIGHT, ("oversight.repl",)),
    ("oversight.macros_page", Permission.OVERSIGHT, ("oversight.macro",)),
    (PLAYBOOKS, Permission.OVERSIGHT, ("oversight.playbook",)),
    ("admin.accounts", Permission.ADMINISTER, ("admin.account",)),
    ("admin.agencies", Permission.ADMINISTER, ("admin.agenc",)),
    ("admin.categories", Permission.ADMINISTER, ("admin.categor",)),
    ("admin.settings", Permission.ADMINISTER, ("admin.settings",)),
    ("admin.holidays_page", Permission.ADMINISTER, ("admin.holiday",)),
    ("admin.clients", Permission.ADMINISTER, ("admin.client",)),
    ("admin.changes", Permission.ADMINISTER, ("admin.changes",)),
)


def overseer_frame(face: str) -> dict[str, Any]:
    """What `base_staff.html` reads, for the page that is asked for."""
    return frame(t(f"rail.{face}"), url_for(f"{face}.index"), list(_ways()))


def _ways() -> Iterator[NavEntry]:
    actor, here = staff(), request.endpoint or ""
    for endpoint, permission, mine in WAYS:
        if may(actor, permission):
            count = COUNTS[endpoint]() if endpoint in COUNTS else 0
            yield url_for(endpoint), t(f"rail.{endpoint}"), here.startswith(mine), count or None


def _asked_of_supervisors() -> int:
    """How much of the classifier wants a person's look: a model that waits for a word, and each measure that rose."""
    session = begin_reading()
    return (champion.candidate(session) is not None) + len(drift.standing(session))


def _unreviewed() -> int:
    """How many playbooks somebody should have looked at again by now."""
    return len(playbooks.overdue(begin_reading(), local_day(now())))


COUNTS = {CLASSIFIER: _asked_of_supervisors, PLAYBOOKS: _unreviewed}
