"""The partner face: an agency's own referrals by deadline, and what it does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import DomainError, NotAllowed, NotFound, StaleCase
from complaints.domain.lifecycle import Action
from complaints.domain.policy import Permission, may_see_person
from complaints.services import access, queues
from complaints.services.agencies import offices
from complaints.web import telling
from complaints.web.errors import STATUS, step_errors
from complaints.web.files import asked_for, send_file_of
from complaints.web.guard import needs, now, quiet, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole
from complaints.web.partner import absence, bulk, export, hooks, office, people, record, search
from complaints.web.partner.face import INDENT, blueprint, chosen_queue, partner_frame, rail
from complaints.web.partner.page import cards, case_page, outcomes, own_referral
from complaints.web.partner.verbs import VERBS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

__all__ = ("absence", "blueprint", "bulk", "export", "hooks", "office", "people", "record", "search")
SHOWN_ELSEWHERE = (NotAllowed, NotFound)


@blueprint.get("")
@needs(Permission.PARTNER)
def queue() -> ResponseReturnValue:
    """The agency's own referrals, the nearest deadline first."""
    session = begin_reading()
    name, asked = chosen_queue(), request.args.get("page", "1")
    own = offices.of_agency(session, staff().agency)
    chosen = next((row for row in own if str(row.id) == request.args.get("office")), None)
    within = chosen.path if chosen is not None else ""
    counted = queues.agency_counts(session, staff(), now(), within)
    pages = max(-(-counted[name] // queues.AGENCY_PAGE), 1)
    page = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    return render_template(
        "partner/queue.html",
        name=name,
        cards=cards(session, staff(), name, now(), page, within),
        offices=[(row.id, INDENT * row.depth + row.name(language())) for row in own if row.active],
        office=chosen.id if chosen is not None else "",
        outcomes=outcomes(),
        page=page,
        pages=pages,
        total=counted[name],
        page_pattern=url_for("partner.queue", queue=name, office=chosen.id if chosen else None) + "&page={page}",
        **partner_frame(session, name, counted),
    )


@blueprint.get("/rail")
@needs(Permission.PARTNER)
@quiet
def rail_part() -> ResponseReturnValue:
    """The queues' counts alone."""
    session = begin_reading()
    counted = queues.agency_counts(session, staff(), now())
    return render_template("ui/rail.html", nav=rail(session, counted, request.args.get("active", "")))


@blueprint.get("/case/<number>")
@needs(Permission.PARTNER)
def case(number: str) -> ResponseReturnValue:
    """One case, as far as the agency may see it."""
    session = begin_reading()
    found = access.get_case(session, number, staff())
    page = case_page(session, found, staff(), now())
    return render_template("partner/case.html", **page, **partner_frame(session, ""))


@blueprint.post("/case/<number>/person")
@needs(Permission.PARTNER)
def person(number: str) -> ResponseReturnValue:
    """Open the contact details; that they were opened, by whom and when, is recorded first."""
    with unit_of_work() as session:
        found = access.get_for_change(session, number, staff(), None)
        if not may_see_person(staff(), found):
            raise NotAllowed(action=Action.VIEW_PERSON.value)
        found.apply(Action.VIEW_PERSON, staff(), now(), referral=own_referral(found, staff()))
    # Shown in the answer itself: a page of its own could be opened without being recorded.
    session = begin_reading()
    found = access.get_case(session, number, staff())
    page = case_page(session, found, staff(), now(), opened=True)
    return render_template("partner/case.html", **page, **partner_frame(session, ""))


@blueprint.get("/case/<number>/file/<int:file_id>")
@needs(Permission.PARTNER)
def file(number: str, file_id: int) -> ResponseReturnValue:
    """A file of the case."""
    session = begin_reading()
    found = access.open_file(session, access.get_case(session, number, staff()), file_id, staff())
    return send_file_of(found, asked_for())


@blueprint.post("/case/<number>/<int:referral_id>/<verb>")
@needs(Permission.PARTNER)
def step(number: str, referral_id: int, verb: str) -> ResponseReturnValue:
    """Do it; on an error the case page with everything typed."""
    if verb not in VERBS:
        abort(404)
    seen = whole(request.form.get("version", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            found = access.get_for_change(session, number, staff(), seen)
            referral = access.get_referral(session, found, referral_id, staff())
            VERBS[verb].do(session, found, referral, request.form, staff(), now())
    except SHOWN_ELSEWHERE:
        raise
    except DomainError as error:
        told = step_errors(error, verb, in_form=VERBS[verb].form)
        return _again(number, verb, told, STATUS[error.code], since=seen if isinstance(error, StaleCase) else None)
    flash(t(f"partner.done.{verb}", number=number), "done")
    if verb in {"back", "move"} or request.form.get("from") == "queue":
        return redirect(url_for("partner.queue", queue=chosen_queue()), 303)
    return redirect(url_for("partner.case", number=number), 303)


def _again(
    number: str, verb: str, errors: dict[str, str], status: int, since: int | None = None
) -> ResponseReturnValue:
    """The case page as it now stands, the form open with what was typed."""
    session = begin_reading()
    found = access.get_case(session, number, staff())
    page = case_page(session, found, staff(), now())
    page |= {"open_verb": verb, "typed": request.form, "errors": errors}
    if since is not None:
        changes = access.changes_since(session, found, since, staff())
        page["changes"] = telling.timeline(changes, telling.names(session, found))
    return render_template("partner/case.html", **page, **partner_frame(session, "")), status
