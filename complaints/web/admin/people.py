"""Accounts: who may work here, as what, and the one-time links that let them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.actor import STAFF_ROLES, Role
from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.policy import Permission
from complaints.domain.wording import LANGUAGES
from complaints.services import catalogue, meanwhile, staffing
from complaints.web.admin.face import blueprint, faults, marks, page, seen, ticked, typed
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.account import Account
    from complaints.domain.errors import DomainError

FIELDS = ("login", "name", "role", "agency", "language", "extension")


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The accounts come first."""
    return redirect(url_for("admin.accounts"), 303)


@blueprint.get("/accounts")
@needs(Permission.ADMINISTER)
def accounts() -> ResponseReturnValue:
    """Everybody who may work here, or once could."""
    rows = [
        {
            "name": member.account.name,
            "href": url_for("admin.account", account_id=member.account.id),
            "login": member.account.login,
            "role": t(f"word.role.{member.account.role}"),
            "agency": _agency_name(member.account),
            "state": _state(member.account),
            "seen_at": member.seen_at,
        }
        for member in staffing.members(begin_reading())
    ]
    return page("accounts.html", rows=rows)


def _agency_name(account: Account) -> str:
    if account.agency is None:
        return ""
    return account.agency.name(language())


def _state(account: Account) -> tuple[str, str]:
    """Tone and word: may the account sign in."""
    if not account.active:
        return "neutral", t("admin.account.disabled")
    if staffing.is_locked(account, now()):
        return "urgent", t("admin.account.locked")
    if account.password_hash is None:
        return "waiting", t("admin.account.no_password")
    return "done", t("admin.account.enabled")


@blueprint.get("/accounts/new")
@needs(Permission.ADMINISTER)
def account_new() -> ResponseReturnValue:
    """The empty form."""
    given = {"role": Role.AGENT.value, "language": "th", "extension": "", "manages": ""}
    return page("account_new.html", errors={}, given=given, **_choices(begin_reading()))


@blueprint.post("/accounts/new")
@needs(Permission.ADMINISTER)
def account_create() -> ResponseReturnValue:
    """Add an account; its one-time link is shown on the answer and nowhere else."""
    given = _given()
    try:
        with unit_of_work() as session:
            account, token = staffing.create(session, actor=staff(), now=now(), manages=ticked("manages"), **given)
            name, account_id = account.name, account.id
    except InvalidInput as error:
        shown = given | _duty()
        return page("account_new.html", 422, errors=faults(error), given=shown, **_choices(begin_reading()))
    return _link_page(account_id, name, given["language"], token)


def _link_page(account_id: int, name: str, spoken: str, token: str) -> ResponseReturnValue:
    address = current_app.extensions["settings"].base_url + url_for("entrance.link", token=token, lang=spoken)
    return page("account_link.html", account_id=account_id, name=name, address=address)


def _given() -> dict[str, str]:
    given = {field: typed(field) for field in FIELDS}
    if given["language"] not in LANGUAGES:
        given["language"] = LANGUAGES[0]
    return given


def _duty() -> dict[str, str]:
    return {"manages": "1" if ticked("manages") else ""}


def _choices(session: Session) -> dict[str, Any]:
    """The roles and the partners to choose from."""
    partners = catalogue.partners(catalogue.agencies(session).values())
    return {
        "roles": [(role.value, t(f"word.role.{role.value}"), t(f"admin.role.{role.value}")) for role in STAFF_ROLES],
        "agencies": [(row.code, row.name(language())) for row in partners],
        "languages": [(code, t(f"admin.language.{code}")) for code in LANGUAGES],
    }


@blueprint.get("/accounts/<int:account_id>")
@needs(Permission.ADMINISTER)
def account(account_id: int) -> ResponseReturnValue:
    """One account: who, as what, and the ways to let in or keep out."""
    return _account_page(account_id, None, None)


@blueprint.post("/accounts/<int:account_id>")
@needs(Permission.ADMINISTER)
def account_change(account_id: int) -> ResponseReturnValue:
    """Change name, role or agency."""
    given = _given()
    try:
        with unit_of_work() as session:
            found = staffing.get(session, account_id)
            meanwhile.hold(session, "account", str(account_id), seen())
            changes = {key: given[key] for key in FIELDS if key != "login"}
            staffing.change(session, found, actor=staff(), now=now(), manages=ticked("manages"), **changes)
    except (InvalidInput, StaleRecord) as error:
        return _account_page(account_id, error, given | _duty())
    flash(t("admin.saved"), "done")
    return redirect(url_for("admin.account", account_id=account_id), 303)


@blueprint.post("/accounts/<int:account_id>/link")
@needs(Permission.ADMINISTER)
def account_link(account_id: int) -> ResponseReturnValue:
    """A fresh one-time link, shown once."""
    try:
        with unit_of_work() as session:
            found = staffing.get(session, account_id)
            token = staffing.new_link(session, found, staff(), now())
            name, spoken = found.name, found.language
    except InvalidInput as error:
        return _account_page(account_id, error, None)
    return _link_page(account_id, name, spoken, token)


@blueprint.post("/accounts/<int:account_id>/active")
@needs(Permission.ADMINISTER)
def account_active(account_id: int) -> ResponseReturnValue:
    """Disable or enable."""
    active = request.form.get("active") == "1"
    try:
        with unit_of_work() as session:
            staffing.set_active(session, staffing.get(session, account_id), staff(), now(), active=active)
    except InvalidInput as error:
        return _account_page(account_id, error, None)
    flash(t("admin.account.now_enabled" if active else "admin.account.now_disabled"), "done")
    return redirect(url_for("admin.account", account_id=account_id), 303)


def _account_page(account_id: int, error: DomainError | None, given: dict[str, str] | None) -> ResponseReturnValue:
    session = begin_reading()
    found = staffing.get(session, account_id)
    stored = {
        "name": found.name,
        "role": found.role,
        "agency": found.agency_code or "",
        "language": found.language,
        "extension": found.extension or "",
        "manages": "1" if found.manages else "",
    }
    return page(
        "account.html",
        account=found,
        given=given or stored,
        state=_state(found),
        is_self=found.id == staff().account_id,
        **_choices(session),
        **marks(session, "account", str(account_id), error),
    )
