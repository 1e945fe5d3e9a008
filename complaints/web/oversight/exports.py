"""Cases behind a figure to take away, and who has taken which cases along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.services import behind, exports
from complaints.web import exporting
from complaints.web.exporting import Listed
from complaints.web.guard import needs
from complaints.web.language import t
from complaints.web.numbers import whole
from complaints.web.oversight.face import blueprint
from complaints.web.oversight.pages import asked_for
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from complaints.domain.audit import AuditEntry


def _listed() -> Listed:
    asked, filters, wanted = asked_for(request.values)
    kept = {name: str(value) for name, value in (asked.args(by=None) | filters).items() if value}
    back = asked.cases_url(**filters)
    return Listed(t("oversight.cases.title"), kept, back, behind.which(begin_reading(), wanted))


exporting.offer(blueprint, "/cases/export", Permission.FLOOR, _listed, lambda _listed: overseer_frame("oversight"))


@blueprint.get("/exports")
@needs(Permission.OVERSIGHT)
def exports_page() -> str:
    """Who took what along, when, why and how many, newest first."""
    before = whole(request.args.get("before", ""))
    found = exports.taken(begin_reading(), before or None)
    shown = found[: exports.PAGE]
    return render_template(
        "oversight/exports.html",
        rows=[_row(entry) for entry in shown],
        more=url_for("oversight.exports_page", before=shown[-1].id) if len(found) > exports.PAGE else "",
        first_page=url_for("oversight.exports_page") if before else "",
        **overseer_frame("oversight"),
    )


def _row(entry: AuditEntry) -> dict[str, Any]:
    after: dict[str, Any] = entry.after
    persons = [t(f"export.column.{name}") for name in after.get("persons", "").split(", ") if name]
    return {
        "at": entry.at,
        "who": " · ".join(filter(None, (entry.account.name if entry.account else "", entry.about))),
        "asked": after["asked"],
        "number": f"{after['rows']:,}",
        "format": after["format"].upper(),
        "persons": ", ".join(persons),
        "reason": after.get("reason", ""),
    }
