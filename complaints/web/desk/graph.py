"""The picture of what hangs together, drawn by the server, and the same as a table beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import render_template, url_for

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.services import access, graph, link
from complaints.web import telling
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.guard import needs, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.identifier import Identifier
    from complaints.domain.mass import MassCase
    from complaints.services.graph import Graph

# The picture's measures in its own units: a box, the way from one to the next, and where each column begins.
WIDTH, HEIGHT, STEP, TOP = 250, 48, 62, 8
COLUMNS = {"identifier": 4, "case": 364, "mass": 724}
ROUND = 60
LONGEST = 27


@dataclass(frozen=True, slots=True)
class Box:
    """One thing in the picture: two lines of words, and where they lead."""

    kind: str
    x: int
    y: int
    title: str
    text: str
    href: str
    centre: bool = False


@blueprint.get("/case/<number>/graph")
@needs(Permission.DESK)
def case_graph(number: str) -> ResponseReturnValue:
    """What hangs together with a case."""
    session = begin_reading()
    found = access.get_case(session, number, staff())
    back = (url_for("desk.case", number=found.number), found.number)
    return _page(session, graph.of_case(session, found, staff()), found.number, back)


@blueprint.get("/identifier/<int:identifier_id>/graph")
@needs(Permission.DESK)
def identifier_graph(identifier_id: int) -> ResponseReturnValue:
    """What hangs together with an identifier."""
    session = begin_reading()
    found = link.get_identifier(session, identifier_id, staff())
    back = (url_for("desk.identifier", identifier_id=found.id), found.shown)
    return _page(session, graph.of_identifier(session, found, staff()), found.shown, back)


def _page(session: Session, found: Graph, centre: str, back: tuple[str, str]) -> ResponseReturnValue:
    boxes = _boxes(found, centre)
    tallest = max(len(found.identifiers), len(found.cases), len(found.masses), 1)
    return render_template(
        "desk/graph.html",
        centre=centre,
        back=back,
        boxes=list(boxes.values()),
        lines=list(_lines(found, boxes)),
        width=COLUMNS["mass" if found.masses else "case"] + WIDTH + 4,
        height=tallest * STEP + TOP,
        box=(WIDTH, HEIGHT),
        rows=[_row(row, found) for row in found.identifiers],
        masses=[_mass_row(row, found) for row in found.masses],
        more=found.more,
        **desk_frame(session, ""),
    )


def _boxes(found: Graph, centre: str) -> dict[tuple[str, int], Box]:
    """Identifiers left, cases in the middle, mass cases right; each column beside the middle of the longest."""
    words = {
        **{("identifier", row.id): _identifier(row, found) for row in found.identifiers},
        **{("case", row.id): _case(row) for row in found.cases},
        **{("mass", row.id): _mass(row, found) for row in found.masses},
    }
    sizes = Counter(kind for kind, _ in words)
    start = {kind: TOP + (max(sizes.values(), default=0) - size) * STEP // 2 for kind, size in sizes.items()}
    boxes = {}
    for key, (title, text, href) in words.items():
        kind = key[0]
        boxes[key] = Box(kind, COLUMNS[kind], start[kind], _short(title), _short(text), href, title == centre)
        start[kind] += STEP
    return boxes


def _identifier(row: Identifier, found: Graph) -> tuple[str, str, str]:
    known = found.known.get(row.id)
    text = t("desk.graph.cases", n=f"{known.cases if known else 0:,}")
    return row.shown, f"{t(f'word.identifier.{row.kind}')} · {text}", url_for("desk.identifier", identifier_id=row.id)


def _case(row: Case) -> tuple[str, str, str]:
    lost = telling.baht(row.lost) if row.lost else ""
    text = " · ".join(filter(None, (lost, t(f"word.state.{row.state}"))))
    return row.number, text, url_for("desk.case", number=row.number)


def _mass(row: MassCase, found: Graph) -> tuple[str, str, str]:
    number = sum(mass_id == row.id for mass_id, _ in found.members)
    text = f"{t('desk.mass.one')} · {t('desk.graph.here', n=number)}"
    return row.name, text, url_for("desk.mass_page", mass_id=row.id)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _lines(found: Graph, boxes: dict[tuple[str, int], Box]) -> Iterable[str]:
    """A bow from the right edge of one box to the left edge of the next."""
    pairs = [(("identifier", one), ("case", other)) for one, other in sorted(found.names)]
    pairs += [(("case", other), ("mass", one)) for one, other in sorted(found.members)]
    for start, end in pairs:
        if start in boxes and end in boxes:
            x, y = boxes[start].x + WIDTH, boxes[start].y + HEIGHT // 2
            to_x, to_y = boxes[end].x, boxes[end].y + HEIGHT // 2
            yield f"M{x} {y}C{x + ROUND} {y} {to_x - ROUND} {to_y} {to_x} {to_y}"


def _row(row: Identifier, found: Graph) -> dict[str, Any]:
    known = found.known.get(row.id)
    return {
        "kind": t(f"word.identifier.{row.kind}"),
        "shown": row.shown,
        "href": url_for("desk.identifier", identifier_id=row.id),
        "total": f"{known.cases if known else 0:,}",
        "lost": telling.baht(known.lost) if known and known.lost else "–",
        "cases": _numbers(found, {case_id for identifier_id, case_id in found.names if identifier_id == row.id}),
    }


def _mass_row(row: MassCase, found: Graph) -> dict[str, Any]:
    return {
        "name": row.name,
        "href": url_for("desk.mass_page", mass_id=row.id),
        "cases": _numbers(found, {case_id for mass_id, case_id in found.members if mass_id == row.id}),
    }


def _numbers(found: Graph, ids: set[int]) -> list[tuple[str, str]]:
    return [(row.number, url_for("desk.case", number=row.number)) for row in found.cases if row.id in ids]
