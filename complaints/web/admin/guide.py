"""The routing guide: agencies and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.agency import CENTRE
from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.policy import Permission
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import ARABIC_DIGITS, BUDDHIST_OFFSET, local_day
from complaints.services import administer, catalogue, meanwhile
from complaints.services.administer import AgencyForm, CategoryForm
from complaints.web.admin.face import blueprint, faults, marks, on_off, page, seen, ticked, typed
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.agency import Agency, Category
    from complaints.domain.errors import DomainError

LONGEST_NUMBER = 6


@blueprint.get("/agencies")
@needs(Permission.ADMINISTER)
def agencies() -> ResponseReturnValue:
    """Every agency, the centre itself included."""
    session = begin_reading()
    served: dict[str, int] = {}
    for category in catalogue.categories(session).values():
        served[category.agency_code] = served.get(category.agency_code, 0) + int(category.active)
    rows = [
        {
            "href": url_for("admin.agency", code=row.code),
            "row": row,
            "name": row.name(language()),
            "state": on_off(on=row.active),
            "categories": served.get(row.code, 0),
            "by_letter": row.by_letter,
            "email_failed_at": row.email_failed_at,
            "lacks_email": row.active and not row.email and row.code != CENTRE,
        }
        for row in catalogue.agencies(session).values()
    ]
    return page("agencies.html", rows=rows)


@blueprint.get("/agencies/new")
@needs(Permission.ADMINISTER)
def agency_new() -> ResponseReturnValue:
    """The empty form."""
    return page("agency.html", errors={}, given={"active": True}, agency=None)


@blueprint.post("/agencies/new")
@needs(Permission.ADMINISTER)
def agency_create() -> ResponseReturnValue:
    """Add a partner."""
    code = typed("code").upper()
    try:
        with unit_of_work() as session:
            administer.add_agency(session, code, _agency_form(), staff(), now())
    except InvalidInput as error:
        return page("agency.html", 422, errors=faults(error), given=_agency_typed(), agency=None)
    flash(t("admin.saved"), "done")
    return redirect(url_for("admin.agencies"), 303)


@blueprint.get("/agencies/<code>")
@needs(Permission.ADMINISTER)
def agency(code: str) -> ResponseReturnValue:
    """One agency."""
    return _agency_page(code, None)


@blueprint.post("/agencies/<code>")
@needs(Permission.ADMINISTER)
def agency_change(code: str) -> ResponseReturnValue:
    """Rename, give another address, retire."""
    try:
        with unit_of_work() as session:
            form = _agency_form()
            found = administer.get_agency(session, code)
            meanwhile.hold(session, "agency", code, seen())
            administer.change_agency(session, found, form, staff(), now())
    except (InvalidInput, StaleRecord) as error:
        return _agency_page(code, error)
    flash(t("admin.saved"), "done")
    return redirect(url_for("admin.agencies"), 303)


def _agency_page(code: str, error: DomainError | None) -> ResponseReturnValue:
    session = begin_reading()
    found = administer.get_agency(session, code)
    given = _agency_stored(found) if error is None else _agency_typed()
    return page("agency.html", given=given, agency=_head(found), **marks(session, "agency", code, error))


def _agency_form() -> AgencyForm:
    joined = typed("joined_on")
    return AgencyForm(
        name_th=typed("name_th"),
        name_en=typed("name_en"),
        short_th=typed("short_th"),
        email=typed("email").lower(),
        active=ticked("active"),
        joined_on=read_any_day(joined, "joined_on", local_day(now())) if joined else None,
        acknowledge_days=_days("acknowledge_days"),
        answer_days=_days("answer_days"),
        by_letter=ticked("by_letter"),
    )


def _agency_typed() -> dict[str, Any]:
    fields = ("code", "name_th", "name_en", "short_th", "email", "joined_on", "acknowledge_days", "answer_days")
    return {**{field: typed(field) for field in fields}, "active": ticked("active"), "by_letter": ticked("by_letter")}


def _agency_stored(row: Agency) -> dict[str, Any]:
    return {
        "code": row.code,
        "name_th": row.name_th,
        "name_en": row.name_en,
        "short_th": row.short_th,
        "email": row.email,
        "active": row.active,
        "joined_on": _numbers(row.joined_on),
        "acknowledge_days": row.acknowledge_days,
        "answer_days": row.answer_days,
        "by_letter": row.by_letter,
    }


def _head(row: Agency) -> dict[str, object]:
    return {"code": row.code, "name": row.name(language()), "is_centre": row.code == CENTRE}


def _numbers(day: date | None) -> str:
    """A day as it can be typed again, in the reader's era."""
    if day is None:
        return ""
    return f"{day.day}/{day.month}/{day.year + (BUDDHIST_OFFSET if language() == 'th' else 0)}"


@blueprint.get("/categories")
@needs(Permission.ADMINISTER)
def categories() -> ResponseReturnValue:
    """Every category and where it goes."""
    session = begin_reading()
    known = catalogue.agencies(session)
    rows = [
        {
            "href": url_for("admin.category", code=row.code),
            "row": row,
            "name": row.name(language()),
            "agency": known[row.agency_code].name(language()),
            "group": t(f"word.group.{row.group_code}"),
            "state": on_off(on=row.active),
            "predicted": administer.is_predicted(row.code),
        }
        for row in catalogue.categories(session).values()
    ]
    return page("categories.html", rows=rows)


@blueprint.get("/categories/new")
@needs(Permission.ADMINISTER)
def category_new() -> ResponseReturnValue:
    """The empty form."""
    given = {"active": True, "auto_refer": False}
    return page("category.html", errors={}, given=given, category=None, **_choices(begin_reading()))


@blueprint.post("/categories/new")
@needs(Permission.ADMINISTER)
def category_create() -> ResponseReturnValue:
    """Add a category that people choose."""
    try:
        with unit_of_work() as session:
            administer.add_category(session, typed("code").lower(), _category_form(), staff(), now())
    except InvalidInput as error:
        words = _choices(begin_reading())
        return page("category.html", 422, errors=faults(error), given=_category_typed(), category=None, **words)
    flash(t("admin.saved"), "done")
    return redirect(url_for("admin.categories"), 303)


@blueprint.get("/categories/<code>")
@needs(Permission.ADMINISTER)
def category(code: str) -> ResponseReturnValue:
    """One category."""
    return _category_page(code, None, None)


@blueprint.post("/categories/<code>")
@needs(Permission.ADMINISTER)
def category_change(code: str) -> ResponseReturnValue:
    """Rename, send elsewhere, retire, set other days."""
    try:
        with unit_of_work() as session:
            form = _category_form()
            found = administer.get_category(session, code)
            meanwhile.hold(session, "category", code, seen())
            administer.change_category(session, found, form, staff(), now())
    except (InvalidInput, StaleRecord) as error:
        return _category_page(code, error, _category_typed())
    flash(t("admin.saved"), "done")
    return redirect(url_for("admin.categories"), 303)


@blueprint.post("/categories/<code>/remove")
@needs(Permission.ADMINISTER)
def category_remove(code: str) -> ResponseReturnValue:
    """Take away what nothing names."""
    try:
        with unit_of_work() as session:
            administer.remove_category(session, administer.get_category(session, code), staff(), now())
    except InvalidInput as error:
        return _category_page(code, error, None)
    flash(t("admin.category.removed"), "done")
    return redirect(url_for("admin.categories"), 303)


def _category_page(code: str, error: DomainError | None, given: dict[str, Any] | None) -> ResponseReturnValue:
    session = begin_reading()
    found = administer.get_category(session, code)
    head = {
        "code": found.code,
        "name": found.name(language()),
        "predicted": administer.is_predicted(found.code),
        "removable": not administer.is_predicted(found.code) and not administer.is_named(session, found.code),
    }
    words = _choices(session) | marks(session, "category", code, error)
    return page("category.html", given=given or _category_stored(found), category=head, **words)


def _category_form() -> CategoryForm:
    return CategoryForm(
        name_th=typed("name_th"),
        name_en=typed("name_en"),
        agency_code=typed("agency_code"),
        group_code=typed("group_code"),
        active=ticked("active"),
        auto_refer=ticked("auto_refer"),
        triage_days=_days("triage_days"),
        answer_days=_days("answer_days"),
        final_days=_days("final_days"),
    )


def _days(field: str) -> int | None:
    """A number of days, or None for the centre's."""
    text = typed(field).translate(ARABIC_DIGITS)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_NUMBER:
        raise InvalidInput(field, reason="days")
    return int(text)


def _category_typed() -> dict[str, Any]:
    fields = ("code", "name_th", "name_en", "agency_code", "group_code", "triage_days", "answer_days", "final_days")
    return {
        **{field: typed(field) for field in fields},
        "active": ticked("active"),
        "auto_refer": ticked("auto_refer"),
    }


def _category_stored(row: Category) -> dict[str, Any]:
    return {
        "code": row.code,
        "name_th": row.name_th,
        "name_en": row.name_en,
        "agency_code": row.agency_code,
        "group_code": row.group_code,
        "active": row.active,
        "auto_refer": row.auto_refer,
        "triage_days": row.triage_days,
        "answer_days": row.answer_days,
        "final_days": row.final_days,
    }


def _choices(session: Session) -> dict[str, Any]:
    """The active agencies and the groups to choose from."""
    return {
        "agencies": [(row.code, row.name(language())) for row in catalogue.agencies(session).values() if row.active],
        "groups": [(code, t(f"word.group.{code}")) for code in administer.groups()],
    }
