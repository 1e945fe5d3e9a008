"""What a case is in company with: the calls that it came from, and cases that seem to be the same person's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for

from complaints.channels import registry
from complaints.db import unit_of_work
from complaints.domain.policy import Permission
from complaints.services import access, calls, catalogue, same
from complaints.web import telling
from complaints.web.desk.face import blueprint
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.services.same import Alike


def company(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    """What `desk/company.html` shows."""
    names = catalogue.categories(session)
    return {
        "calls": calls.of_case(session, case),
        "same": [_row(alike, names) for alike in same.of_case(session, case, actor)],
    }


def _row(alike: Alike, names: dict[str, Any]) -> dict[str, Any]:
    case = alike.case
    category = names.get(case.category_code or "")
    kind = telling.category_name(category)
    return {
        "number": case.number,
        "href": url_for("desk.case", number=case.number),
        "facts": " · ".join((t(f"word.state.{case.state}"), kind, registry.name(case.channel, language()))),
        "at": case.received_at,
        "signs": ", ".join(t(f"desk.same.sign.{sign}") for sign in alike.signs) or t("desk.same.sign.none"),
        "joined": alike.joined,
    }


@blueprint.post("/case/<number>/same")
@needs(Permission.DESK)
def same_person(number: str) -> ResponseReturnValue:
    """Join two complainants in the desk's view, or part them again."""
    other, apart = request.form.get("other", ""), "part" in request.form
    with unit_of_work() as session:
        case = access.get_case(session, number, staff())
        (same.part if apart else same.join)(session, case, other, staff(), now())
    flash(t("desk.same.parted" if apart else "desk.same.joined_now"), "done")
    return redirect(url_for("desk.case", number=number, _anchor="same-title"), 303)
