"""The agency's offices and what goes to which by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.places import provinces
from complaints.domain.policy import Permission
from complaints.services import catalogue
from complaints.services.agencies import offices as kept
from complaints.web import telling
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import chosen
from complaints.web.partner.face import INDENT, blueprint, partner_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict


@blueprint.get("/offices")
@needs(Permission.MANAGE_AGENCY)
def offices() -> ResponseReturnValue:
    """The tree, what goes where, and the forms for one more of each."""
    return _list_page({})


@blueprint.post("/offices")
@needs(Permission.MANAGE_AGENCY)
def office_add() -> ResponseReturnValue:
    """One more office."""
    form = request.form
    try:
        with unit_of_work() as session:
            names = form.get("name_th", ""), form.get("name_en", "")
            kept.add(session, *names, chosen(form.get("parent", "")), staff(), now())
    except InvalidInput as error:
        return _list_page(field_errors(error), form)
    flash(t("offices.saved"), "done")
    return redirect(url_for("partner.offices"), 303)


@blueprint.get("/offices/<int:office_id>")
@needs(Permission.MANAGE_AGENCY)
def office(office_id: int) -> ResponseReturnValue:
    """One office."""
    return _office_page(office_id, {}, None)


@blueprint.post("/offices/<int:office_id>")
@needs(Permission.MANAGE_AGENCY)
def office_change(office_id: int) -> ResponseReturnValue:
    """Another name or place, or no office any more."""
    form = request.form
    try:
        with unit_of_work() as session:
            found = kept.get(session, office_id, staff())
            names = form.get("name_th", ""), form.get("name_en", "")
            parent, active = chosen(form.get("parent", "")), form.get("active") == "1"
            kept.change(session, found, *names, parent, staff(), now(), active=active)
    except InvalidInput as error:
        return _office_page(office_id, field_errors(error), form)
    flash(t("offices.saved"), "done")
    return redirect(url_for("partner.offices"), 303)


@blueprint.post("/routes")
@needs(Permission.MANAGE_AGENCY)
def route_add() -> ResponseReturnValue:
    """A kind, a province, or both of them go to an office."""
    form = request.form
    try:
        with unit_of_work() as session:
            office_id = chosen(form.get("office", ""))
            kept.add_route(session, form.get("category", ""), form.get("province", ""), office_id, staff(), now())
    except InvalidInput as error:
        return _list_page({f"route-{name}": text for name, text in field_errors(error).items()}, form)
    flash(t("offices.route_saved"), "done")
    return redirect(url_for("partner.offices") + "#routes", 303)


@blueprint.post("/routes/<int:route_id>/drop")
@needs(Permission.MANAGE_AGENCY)
def route_drop(route_id: int) -> ResponseReturnValue:
    """No longer by itself."""
    with unit_of_work() as session:
        kept.drop_route(session, route_id, staff(), now())
    flash(t("offices.route_dropped"), "done")
    return redirect(url_for("partner.offices") + "#routes", 303)


def _list_page(errors: dict[str, str], given: MultiDict[str, str] | None = None) -> ResponseReturnValue:
    session = begin_reading()
    rows, counts = kept.of_agency(session, staff().agency), kept.open_counts(session, staff().agency)
    categories, places = catalogue.categories(session), provinces()
    page = render_template(
        "partner/offices.html",
        rows=[(row.id, INDENT * row.depth + row.name(language()), counts.get(row.id, 0), row.active) for row in rows],
        choices=_choices(session),
        routes=[
            (
                row.id,
                telling.category_name(categories.get(row.category_code)) if row.category_code else t("offices.any"),
                places[row.province].name(language()) if row.province else t("offices.any"),
                row.office.name(language()),
            )
            for row in kept.routes(session, staff().agency)
        ],
        categories=telling.category_choices(row for row in categories.values() if row.active),
        provinces=[(place.code, place.name(language())) for place in places.values()],
        errors=errors,
        given=given or {},
        **partner_frame(session, "offices"),
    )
    return page, 422 if errors else 200


def _office_page(office_id: int, errors: dict[str, str], given: MultiDict[str, str] | None) -> ResponseReturnValue:
    session = begin_reading()
    found = kept.get(session, office_id, staff())
    stored = {
        "name_th": found.name_th,
        "name_en": found.name_en,
        "parent": found.parent_id or "",
        "active": "1" if found.active else "",
    }
    page = render_template(
        "partner/office.html",
        office=found,
        name=found.name(language()),
        choices=[(key, name) for key, name in _choices(session) if key != found.id],
        errors=errors,
        given=given or stored,
        **partner_frame(session, "offices"),
    )
    return page, 422 if errors else 200


def _choices(session: Session) -> list[tuple[int, str]]:
    rows = kept.of_agency(session, staff().agency)
    return [(row.id, INDENT * row.depth + row.name(language())) for row in rows if row.active]
