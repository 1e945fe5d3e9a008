"""A challenger: fitted to the project's rows and to what people decided, judged beside the champion.

`python -m classifiers.challenge FOLDER [ROWS] < MATTER` writes the challenger's model into the folder and prints a
report. Both are judged on rows that neither has read: one row in five of the project and of the decisions, as far as
none that was learnt is nearly the same. As the champion in service has read the project's whole rows, it is judged by a
twin that is fitted as it was, only without those rows; the challenger by such a twin as well. What is written to the
folder is fitted to everything but the decisions kept apart.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifiers import rows as labelled
from classifiers.evaluate import calibration_error, figures, per_class, share
from classifiers.fitting import fit
from classifiers.model import Router
from classifiers.rowcheck import MOST_SHARED, shared
from classifiers.rows import ROWS, Row, is_apart
from classifiers.taxonomy import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

WRITER = "decided"
# So many texts are compared with the learnt ones at a time: the table of pairs is what takes memory.
AT_A_TIME = 100


def challenge(matter: dict[str, Any], project: Sequence[Row], folder: Path) -> dict[str, Any]:
    """Fit, judge, save.

    `matter` holds the `version` to be, decided rows as `champion` (learnt before), `challenger` (all that may be
    learnt) and `apart` (never learnt), `recent` texts with an `id` each, and `present`, the folder of the model in
    service.
    Decisions for a category that the taxonomy lacks cannot be learnt; `left_out` counts them.
    """
    before, after, apart = (_rows(matter[key]) for key in ("champion", "challenger", "apart"))
    learnt = [row for row in project if not is_apart(row.id)]
    judged_on = unseen([*(row for row in project if is_apart(row.id)), *apart], [*learnt, *after])
    report = {
        "rows": len(judged_on),
        "decided_apart": sum(row.writer == WRITER for row in judged_on),
        "left_out": sum(len(matter[key]) for key in ("challenger", "apart")) - len(after) - len(apart),
        "champion": _measure(fit([*learnt, *before], "twin"), judged_on),
        "challenger": _measure(fit([*learnt, *after], "twin"), judged_on),
    }
    router = fit([*project, *after], matter["version"])
    router.save(folder)
    return {**report, "changes": _changes(Router.load(Path(matter["present"])), router, matter["recent"])}


def unseen(rows: Sequence[Row], learnt: Sequence[Row]) -> list[Row]:
    """The rows of which nothing nearly the same was learnt: the same fraud is told by many."""
    known = [row.text for row in learnt]
    found: list[Row] = []
    for start in range(0, len(rows), AT_A_TIME):
        some = rows[start : start + AT_A_TIME]
        common = shared([row.text for row in some], known)
        seen = set(common.row[common.data > MOST_SHARED].tolist())
        found += [row for place, row in enumerate(some) if place not in seen]
    return found


def _rows(found: Sequence[dict[str, Any]]) -> list[Row]:
    categories = load_taxonomy().categories
    return [
        Row(str(one["id"]), one["channel"], one["text"], one["category"], bool(one["urgent"]), {}, WRITER)
        for one in found
        if one["category"] in categories
    ]


def _measure(router: Router, rows: Sequence[Row]) -> dict[str, Any]:
    said = [router.predict(row.text) for row in rows]
    pairs = [(row.category, guess.category) for row, guess in zip(rows, said, strict=True)]
    right = [truth == guess for truth, guess in pairs]
    routed = [hit for hit, guess in zip(right, said, strict=True) if guess.auto]
    urgent = [(row.urgent, guess.urgent) for row, guess in zip(rows, said, strict=True)]
    return {
        "accuracy": share(sum(right), len(rows)),
        "calibration_error": calibration_error([guess.confidence for guess in said], right),
        "auto": {"share": share(len(routed), len(rows)), "precision": share(sum(routed), len(routed))},
        "urgency": figures(
            sum(truth and guess for truth, guess in urgent),
            sum(guess for _, guess in urgent),
            sum(truth for truth, _ in urgent),
        ),
        "categories": per_class(pairs),
    }


def _changes(present: Router, router: Router, recent: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The texts of which the two say otherwise."""
    said = [(one["id"], present.predict(one["text"]).category, router.predict(one["text"]).category) for one in recent]
    return [{"id": name, "before": before, "after": after} for name, before, after in said if before != after]


def main(folder: Path, rows: Path) -> None:
    """Read what to learn from, write the model, print the report as one JSON."""
    report = challenge(json.load(sys.stdin), labelled.load(rows), folder)
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else ROWS)  # noqa: PLR2004 - the second argument
