"""The page of one identifier: everything that the centre knows of it, and the cases that name it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for

from complaints.channels import registry
from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.services import catalogue, link
from complaints.web import telling
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.guard import needs, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from complaints.domain.case import Case
    from complaints.domain.identifier import Identifier


@blueprint.get("/identifier/<int:identifier_id>")
@needs(Permission.DESK)
def identifier(identifier_id: int) -> ResponseReturnValue:
    """One phone, account or link with its cases, amounts and dates."""
    session = begin_reading()
    found = link.get_identifier(session, identifier_id, staff())
    known = link.known_elsewhere(session, [found.id], staff())[found.id]
    page = link.page_of(session, found, staff(), whole(request.args.get("before", "")) or None)
    names = catalogue.categories(session)
    own = url_for("desk.identifier", identifier_id=found.id)
    return render_template(
        "desk/identifier.html",
        identifier=found,
        kind_name=t(f"word.identifier.{found.kind}"),
        facts=_facts(found, known),
        rows=[_line(row, names, found) for row in page.rows],
        first_page=own if "before" in request.args else "",
        later=f"{own}?before={page.before}" if page.before is not None else "",
        as_list=url_for("desk.queue", identifier=found.id),
        **desk_frame(session, ""),
    )


def _facts(found: Identifier, known: link.Known) -> dict[str, Any]:
    return {
        "cases": f"{known.cases:,}",
        "lost": telling.baht(known.lost),
        "first": known.first,
        "last": known.last,
        "seen": found.first_seen_at,
    }


def _line(case: Case, names: dict[str, Any], found: Identifier) -> dict[str, Any]:
    category = names.get(case.category_code or "")
    return {
        "number": case.number,
        "href": url_for("desk.case", number=case.number, identifier=found.id),
        "at": case.received_at,
        "category": telling.category_name(category),
        "channel": registry.name(case.channel, language()),
        "state": t(f"word.state.{case.state}"),
        "lost": telling.baht(case.lost) if case.lost else "–",
    }
