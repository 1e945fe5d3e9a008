"""What agencies ask the desk for: that another one joins. The yes is the usual referral; here is the no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, url_for

from complaints.db import unit_of_work
from complaints.domain.policy import Permission
from complaints.services import access
from complaints.services.agencies import wishes as asked
from complaints.web.desk.face import blueprint
from complaints.web.guard import needs, now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.web.telling import Names


def wishes(session: Session, case: Case, known: Names) -> list[dict[str, Any]]:
    """Who wants whom, and why."""
    return [
        {
            "id": row.id,
            "code": row.agency_code,
            "title": t(
                "desk.wish.title", who=known.agency(row.referral.agency_code), whom=known.agency(row.agency_code)
            ),
            "reason": row.reason,
        }
        for row in asked.of_case(session, case)
    ]


@blueprint.post("/case/<number>/wish/<int:wish_id>/refuse")
@needs(Permission.DESK)
def refuse_wish(number: str, wish_id: int) -> ResponseReturnValue:
    """Not brought in."""
    with unit_of_work() as session:
        asked.refuse(session, access.get_for_change(session, number, staff(), None), wish_id, staff(), now())
    flash(t("desk.wish.refused"), "done")
    return redirect(url_for("desk.case", number=number), 303)
