"""The agency's own people: invited, changed, reviewed and removed by whoever looks after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.wording import LANGUAGES
from complaints.services.agencies import offices
from complaints.services.agencies import people as staff_of
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import chosen
from complaints.web.partner.face import INDENT, blueprint, partner_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.services.agencies.people import Colleague

FIELDS = ("login", "name", "language", "office", "manages")


@blueprint.get("/people")
@needs(Permission.MANAGE_AGENCY)
def people() -> ResponseReturnValue:
    """Everybody, whoever waits for a review first, and the form for one more."""
    return _list_page({}, {"language": language()})


@blueprint.post("/people")
@needs(Permission.MANAGE_AGENCY)
def people_invite() -> ResponseReturnValue:
    """Invite somebody; the one-time link is shown on the answer and nowhere else."""
    given = _given()
    try:
        with unit_of_work() as session:
            account, token = staff_of.invite(
                session,
                given["login"],
                given["name"],
                given["language"],
                chosen(given["office"]),
                staff(),
                now(),
                manages=bool(given["manages"]),
            )
            name = account.name
    except InvalidInput as error:
        return _list_page(field_errors(error), given)
    return _link_page(name, given["language"], token)


@blueprint.get("/people/<int:account_id>")
@needs(Permission.MANAGE_AGENCY)
def person_of(account_id: int) -> ResponseReturnValue:
    """One of them."""
    return _person_page(account_id, {}, None)


@blueprint.post("/people/<int:account_id>")
@needs(Permission.MANAGE_AGENCY)
def person_change(account_id: int) -> ResponseReturnValue:
    """Another name, office or duty."""
    given = _given()
    try:
        with unit_of_work() as session:
            account = staff_of.get(session, account_id, staff())
            office, manages = chosen(given["office"]), bool(given["manages"])
            staff_of.change(session, account, given["name"], given["language"], office, staff(), now(), manages=manages)
    except InvalidInput as error:
        return _person_page(account_id, field_errors(error), given)
    flash(t("people.saved"), "done")
    return redirect(url_for("partner.people"), 303)


@blueprint.post("/people/<int:account_id>/review")
@needs(Permission.MANAGE_AGENCY)
def person_review(account_id: int) -> ResponseReturnValue:
    """Still works here: one press."""
    try:
        with unit_of_work() as session:
            account = staff_of.get(session, account_id, staff())
            staff_of.review(session, account, staff(), now())
            name = account.name
    except InvalidInput as error:
        return _person_page(account_id, field_errors(error), None)
    flash(t("people.reviewed", name=name), "done")
    return redirect(url_for("partner.people"), 303)


@blueprint.post("/people/<int:account_id>/active")
@needs(Permission.MANAGE_AGENCY)
def person_active(account_id: int) -> ResponseReturnValue:
    """Remove, or let in again."""
    active = request.form.get("active") == "1"
    try:
        with unit_of_work() as session:
            staff_of.set_active(session, staff_of.get(session, account_id, staff()), staff(), now(), active=active)
    except InvalidInput as error:
        return _person_page(account_id, field_errors(error), None)
    flash(t("people.back" if active else "people.removed"), "done")
    return redirect(url_for("partner.people"), 303)


@blueprint.post("/people/<int:account_id>/link")
@needs(Permission.MANAGE_AGENCY)
def person_link(account_id: int) -> ResponseReturnValue:
    """A fresh one-time link, shown once."""
    try:
        with unit_of_work() as session:
            account = staff_of.get(session, account_id, staff())
            token = staff_of.new_link(session, account, staff(), now())
            name, spoken = account.name, account.language
    except InvalidInput as error:
        return _person_page(account_id, field_errors(error), None)
    return _link_page(name, spoken, token)


def _given() -> dict[str, str]:
    given = {field: request.form.get(field, "").strip() for field in FIELDS}
    if given["language"] not in LANGUAGES:
        given["language"] = LANGUAGES[0]
    return given


def _list_page(errors: dict[str, str], given: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    rows = [_row(one) for one in staff_of.colleagues(session, staff(), now())]
    page = render_template(
        "partner/people.html",
        late=[row for row in rows if row["overdue"]],
        rows=rows,
        errors=errors,
        given=given,
        **_choices(session),
        **partner_frame(session, "people"),
    )
    return page, 422 if errors else 200


def _row(one: Colleague) -> dict[str, Any]:
    account = one.account
    return {
        "id": account.id,
        "name": account.name,
        "login": account.login,
        "office": account.office.name(language()) if account.office is not None else "",
        "manages": account.manages,
        "active": account.active,
        "seen_at": one.seen_at,
        "reviewed_at": account.reviewed_at or account.created_at,
        "overdue": one.overdue,
    }


def _person_page(account_id: int, errors: dict[str, str], given: dict[str, str] | None) -> ResponseReturnValue:
    session = begin_reading()
    account = staff_of.get(session, account_id, staff())
    stored = {
        "name": account.name,
        "language": account.language,
        "office": str(account.office_id or ""),
        "manages": "1" if account.manages else "",
    }
    page = render_template(
        "partner/person.html",
        account=account,
        own=account.id == staff().account_id,
        reviewed_at=account.reviewed_at or account.created_at,
        overdue=staff_of.is_overdue(account, now()),
        errors=errors,
        given=given or stored,
        **_choices(session),
        **partner_frame(session, "people"),
    )
    return page, 422 if errors else 200


def _choices(session: Session) -> dict[str, Any]:
    own = [row for row in offices.of_agency(session, staff().agency) if row.active]
    return {
        "offices": [(row.id, INDENT * row.depth + row.name(language())) for row in own],
        "languages": [(code, t(f"people.language.{code}")) for code in LANGUAGES],
        "days": staff_of.REVIEW_EVERY.days,
    }


def _link_page(name: str, spoken: str, token: str) -> ResponseReturnValue:
    address = current_app.extensions["settings"].base_url + url_for("entrance.link", token=token, lang=spoken)
    session = begin_reading()
    return render_template("partner/person_link.html", name=name, address=address, **partner_frame(session, "people"))
