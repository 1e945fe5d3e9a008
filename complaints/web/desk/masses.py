"""Mass cases at the desk: their list, one with its cases and figures, its letters, who joins and who leaves."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.channels import registry
from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import State
from complaints.domain.policy import Permission, may
from complaints.services import access, broadcast, link, mass
from complaints.web import telling
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.desk.steps import again
from complaints.web.errors import STATUS, field_errors, step_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.mass import MassCase

ACTIVE = "mass"


@blueprint.get("/mass")
@needs(Permission.DESK)
def masses() -> ResponseReturnValue:
    """The latest mass cases, and the form that opens one."""
    return _list({})


def _list(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    session = begin_reading()
    found = mass.newest(session)
    sizes = mass.sizes(session, found)
    rows = [
        (row.name, url_for("desk.mass_page", mass_id=row.id), row.opened_at, f"{sizes.get(row.id, 0):,}")
        for row in found
    ]
    frame = desk_frame(session, ACTIVE)
    return render_template("desk/masses.html", rows=rows, errors=errors, typed=request.form, **frame), status


@blueprint.post("/mass")
@needs(Permission.DESK)
def open_mass() -> ResponseReturnValue:
    """Open one; from an identifier's page with every case that names it."""
    wanted = whole(request.form.get("identifier", ""))
    try:
        with unit_of_work() as session:
            made = mass.begin(session, request.form.get("name", ""), staff(), now())
            if wanted:
                mass.join_naming(session, made, link.get_identifier(session, wanted, staff()), staff(), now())
            target = url_for("desk.mass_page", mass_id=made.id)
    except InvalidInput as error:
        return _list(field_errors(error), STATUS[error.code])
    flash(t("desk.mass.opened"), "done")
    return redirect(target, 303)


@blueprint.get("/mass/<int:mass_id>")
@needs(Permission.DESK)
def mass_page(mass_id: int) -> ResponseReturnValue:
    """One respondent, many complainants."""
    return _page(mass_id, {})


def _page(mass_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    session = begin_reading()
    found = mass.get(session, mass_id)
    page = mass.page_of(session, found, staff(), whole(request.args.get("before", "")) or None)
    own = url_for("desk.mass_page", mass_id=found.id)
    counts = mass.counts(session, found)
    return (
        render_template(
            "desk/mass.html",
            mass=found,
            counts=counts,
            lost=telling.baht(counts.lost),
            outcomes=[(t(f"word.outcome.{code}"), f"{n:,}") for code, n in sorted(counts.outcomes.items())],
            rows=[_line(row) for row in page.rows],
            first_page=own if "before" in request.args else "",
            later=f"{own}?before={page.before}" if page.before is not None else "",
            letters=_letters(session, found),
            may_write=may(staff(), Permission.BROADCAST),
            token=request.form.get("token") or secrets.token_hex(16),
            errors=errors,
            typed=request.form,
            **desk_frame(session, ACTIVE),
        ),
        status,
    )


def _line(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "href": url_for("desk.case", number=case.number),
        "at": case.received_at,
        "channel": registry.name(case.channel, language()),
        "state": t(f"word.state.{case.state}"),
        "tone": telling.STATE_TONES[State(case.state)],
        "outcome": t(f"word.outcome.{case.outcome}") if case.outcome else "–",
        "lost": telling.baht(case.lost) if case.lost else "–",
    }


def _letters(session: Session, found: MassCase) -> list[dict[str, Any]]:
    rows = mass.letters(session, found)
    sent = broadcast.delivered(session, rows)
    return [
        {
            "text": row.text_th if language() == "th" or not row.text_en else row.text_en,
            "who": row.written_by.name,
            "at": row.written_at,
            "sent": t("desk.mass.sent" if row.finished_at else "desk.mass.sending", n=f"{sent[row.id]:,}"),
        }
        for row in rows
    ]


@blueprint.post("/mass/<int:mass_id>/letter")
@needs(Permission.BROADCAST)
def mass_letter(mass_id: int) -> ResponseReturnValue:
    """To all of them, once."""
    try:
        with unit_of_work() as session:
            found, words = mass.get(session, mass_id), request.form
            said = broadcast.Words(words.get("text_th", ""), words.get("text_en", ""), bool(words.get("sure")))
            broadcast.write(session, found, said, words.get("token", ""), staff(), now())
    except InvalidInput as error:
        return _page(mass_id, field_errors(error), STATUS[error.code])
    flash(t("desk.mass.written"), "done")
    return redirect(url_for("desk.mass_page", mass_id=mass_id), 303)


@blueprint.post("/case/<number>/mass")
@needs(Permission.DESK)
def join_or_leave(number: str) -> ResponseReturnValue:
    """One case into a mass case, or out of it for a reason."""
    leaving = "leave" in request.form
    try:
        with unit_of_work() as session:
            case = access.get_for_change(session, number, staff(), None)
            if leaving:
                mass.leave(session, case, request.form.get("reason", ""), staff(), now())
            else:
                chosen = mass.chosen(session, whole(request.form.get("mass", "")))
                mass.join(session, chosen, case, staff(), now())
    except InvalidInput as error:
        return again(number, "mass", step_errors(error, "mass", in_form=True), STATUS[error.code])
    flash(t("desk.mass.left_now" if leaving else "desk.mass.joined_now", number=number), "done")
    return redirect(url_for("desk.case", number=number, _anchor="links-title"), 303)
