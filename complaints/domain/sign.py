"""Signs of urgency: why a case comes before the others. The machine reads them in the words, a person corrects them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from complaints.domain.case import Case

THREAT, CHILD = "threat", "child"
SIGNS = (THREAT, CHILD)
# So many places in the story are kept of a sign: as the reason they are enough.
MOST_PLACES = 6


def standing(case: Case) -> list[str]:
    """The signs that a case has, weightiest first."""
    return [kind for kind in SIGNS if (case.signs or {}).get(kind, {}).get("there")]


def places(case: Case, kind: str) -> list[tuple[int, int]]:
    """Where in the story the machine read a sign; none of one that a person put."""
    return [(start, end) for start, end in case.signs[kind]["places"]]


def keep_read(case: Case, found: Iterable[tuple[str, int, int]]) -> None:
    """Keep what the machine read in the story; what a person decided stays decided."""
    read: dict[str, Any] = {}
    for kind, start, end in found:
        kept = read.setdefault(kind, {"there": True, "by_person": False, "places": []})["places"]
        if len(kept) < MOST_PLACES:
            kept.append([start, end])
    decided = {kind: row for kind, row in (case.signs or {}).items() if row["by_person"]}
    case.signs = read | decided


def decide(case: Case, kind: str, *, there: bool) -> None:
    """A person says that a sign is there, or is not."""
    kept = (case.signs or {}).get(kind, {"places": []})["places"]
    case.signs = (case.signs or {}) | {kind: {"there": there, "by_person": True, "places": kept if there else []}}
