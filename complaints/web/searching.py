"""The search page of the staff, the same for the desk and for an agency: what differs is where its links lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for

from complaints.channels import registry
from complaints.db import unit_of_work
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import State
from complaints.domain.thai_time import local_day
from complaints.services import catalogue
from complaints.services.search import finding, saved, snippets, wanted
from complaints.web.errors import sentence
from complaints.web.guard import now, staff
from complaints.web.language import language, t
from complaints.web.telling import STATE_TONES, baht, category_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.services.search.finding import Hit
    from complaints.services.search.wanted import Wanted


def search_page(session: Session, face: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the page shows; what cannot be read is said at its field, and nothing is searched then."""
    asked: dict[str, Any] = dict(wanted.typed(form))
    want, errors = wanted.read(form, local_day(now()))
    searched = not want.empty and not errors
    found = finding.find(session, staff(), want, form.get("after", "")) if searched else None
    own = [
        {"id": row.id, "name": row.name, "href": url_for(f"{face}.search", **row.asked)}
        for row in saved.kept(session, staff())
    ]
    return {
        "asked": asked,
        "errors": {error.field or "q": sentence(error) for error in errors},
        "filtered": sum(name != "q" for name in asked),
        "choices": _choices(session),
        "hits": _hits(session, face, want, found.hits) if found is not None else [],
        "searched": searched,
        "continued": bool(form.get("after")),
        "next_url": url_for(f"{face}.search", **asked, after=found.after) if found is not None and found.after else "",
        "named": found is not None and found.named,
        "first_url": url_for(f"{face}.search", **asked),
        "bare_url": url_for(f"{face}.search", q=asked.get("q", "")),
        "export_url": url_for(f"{face}.export", list="search", **asked),
        "search_url": url_for(f"{face}.search"),
        "keep_url": url_for(f"{face}.keep_search"),
        "drop_endpoint": f"{face}.drop_search",
        "saved": own,
    }


def _choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    """The filters' lists; an agency sees no filter by agency."""
    kinds = catalogue.categories(session).values()
    return {
        "state": [(state.value, t(f"word.state.{state.value}")) for state in State],
        "category": [(row.code, row.name(language())) for row in kinds],
        "channel": [(code, channel.name(language())) for code, channel in registry.known().items()],
        "agency": []
        if staff().role is Role.PARTNER
        else [(row.code, row.name(language())) for row in catalogue.agencies(session).values()],
    }


def _hits(session: Session, face: str, want: Wanted, hits: tuple[Hit, ...]) -> list[dict[str, Any]]:
    categories = catalogue.categories(session)
    kept: dict[str, Any] = {"q": want.question.text} if face == "desk" and want.question.text else {}
    rows = []
    for hit in hits:
        case = hit.case
        category = categories.get(case.category_code or "")
        shown = snippets.snippet(case, want.question, staff())
        facts = (
            category_name(category),
            registry.name(case.channel, language()),
            baht(case.lost) if case.lost else "",
        )
        rows.append(
            {
                "number": case.number,
                "href": url_for(f"{face}.case", number=case.number, **kept),
                "state": t(f"word.state.{case.state}"),
                "tone": STATE_TONES[State(case.state)],
                "urgent": case.urgent,
                "received_at": case.received_at,
                "facts": " · ".join(filter(None, facts)),
                "runs": shown.runs,
                "place": t(f"search.place.{shown.place}") if shown.place != "story" else "",
                "nearly": hit.kind is finding.Kind.NEARLY,
            }
        )
    return rows


def keep(face: str) -> ResponseReturnValue:
    """Keep the search in the form under the name in it, and go on with it."""
    asked: dict[str, Any] = dict(wanted.typed(request.form))
    try:
        with unit_of_work() as session:
            saved.keep(session, staff(), request.form.get("name", ""), asked, now())
    except InvalidInput as error:
        flash(sentence(error), "urgent")
    else:
        flash(t("search.saved.done"), "done")
    return redirect(url_for(f"{face}.search", **asked), 303)


def drop(face: str, saved_id: int) -> ResponseReturnValue:
    """Forget a kept search."""
    with unit_of_work() as session:
        saved.drop(session, staff(), saved_id)
    flash(t("search.saved.dropped"), "done")
    return redirect(url_for(f"{face}.search"), 303)
