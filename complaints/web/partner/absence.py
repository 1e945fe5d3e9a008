"""Who is away from when to when, and who stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission, may, may_arrange
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import local_day
from complaints.services.agencies import absences as kept
from complaints.services.agencies import people
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.numbers import chosen
from complaints.web.partner.face import blueprint, partner_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/absences")
@needs(Permission.PARTNER)
def absences() -> ResponseReturnValue:
    """Who is or will be away, and the form."""
    return _page({})


@blueprint.post("/absences")
@needs(Permission.PARTNER)
def absence_note() -> ResponseReturnValue:
    """Oneself, or for whoever looks after the people somebody else, will be away."""
    form, today = request.form, local_day(now())
    manages = may(staff(), Permission.MANAGE_AGENCY)
    try:
        first = read_any_day(form.get("first", ""), "first", today)
        last = read_any_day(form.get("last", ""), "last", today)
        whose = chosen(form.get("account", "")) if manages else staff().account_id
        with unit_of_work() as session:
            kept.note(session, whose, chosen(form.get("deputy", "")), first, last, staff(), now())
    except InvalidInput as error:
        return _page(field_errors(error))
    flash(t("absences.saved"), "done")
    return redirect(url_for("partner.absences"), 303)


@blueprint.post("/absences/<int:absence_id>/end")
@needs(Permission.PARTNER)
def absence_end(absence_id: int) -> ResponseReturnValue:
    """Back again."""
    with unit_of_work() as session:
        kept.end(session, absence_id, staff(), now())
    flash(t("absences.ended"), "done")
    return redirect(url_for("partner.absences"), 303)


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    colleagues = [(row.id, row.name) for row in people.at_work(session, staff().agency)]
    page = render_template(
        "partner/absences.html",
        rows=[
            {
                "id": row.id,
                "name": row.account.name,
                "first": row.first,
                "last": row.last,
                "deputy": row.deputy.name if row.deputy is not None else "",
                "on": row.first <= local_day(now()),
                "may_end": may_arrange(staff(), row.account),
            }
            for row in kept.coming(session, staff(), now())
        ],
        manages=may(staff(), Permission.MANAGE_AGENCY),
        colleagues=colleagues,
        deputies=[row for row in colleagues if row[0] != staff().account_id or may(staff(), Permission.MANAGE_AGENCY)],
        errors=errors,
        given=request.form,
        **partner_frame(session, "absences"),
    )
    return page, 422 if errors else 200
