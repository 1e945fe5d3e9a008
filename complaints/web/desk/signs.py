"""Why a case is urgent, as the desk shows it: one badge a reason, with the words in the story that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.domain import sign
from complaints.domain.attention import freezing
from complaints.domain.lifecycle import OPEN_STATES, State
from complaints.web.language import t

if TYPE_CHECKING:
    from datetime import datetime

    from complaints.domain.case import Case

ICONS = {"freeze": "bank", sign.THREAT: "shield", sign.CHILD: "people", "other": "warning"}


def badges(case: Case, now: datetime) -> list[dict[str, str]]:
    """The reasons of an urgent case, weightiest first; urgent without any of them it is just urgent."""
    if not case.urgent:
        return []
    reasons = ["freeze"] if State(case.state) in OPEN_STATES and freezing(case, now) else []
    reasons += sign.standing(case)
    return [{"icon": ICONS[name], "word": t(f"desk.sign.{name}")} for name in reasons or ["other"]]


def signs(case: Case) -> list[dict[str, Any]]:
    """Each sign that can be corrected: whether it is there, and the words that made the machine say it."""
    there = sign.standing(case)
    return [
        {
            "kind": kind,
            "word": t(f"desk.sign.{kind}"),
            "there": kind in there,
            "words": _words(case, kind) if kind in there else [],
        }
        for kind in sign.SIGNS
    ]


def _words(case: Case, kind: str) -> list[str]:
    return list(dict.fromkeys(" ".join(case.story[start:end].split()) for start, end in sign.places(case, kind)))
