"""Partner systems: what hands complaints in and works on referrals by machine, with tokens that are shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.client import Scope
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.services import catalogue
from complaints.services import clients as service
from complaints.web.admin.face import blueprint, faults, page, typed
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.client import ApiClient, ApiToken

LONGEST_LIFE = max(service.LIVES)


@blueprint.get("/clients")
@needs(Permission.ADMINISTER)
def clients() -> ResponseReturnValue:
    """Every system that may come in by machine, or once could."""
    return page("clients.html", rows=[_row(row) for row in service.everybody(begin_reading())])


def _row(client: ApiClient) -> dict[str, Any]:
    used = [token.used_at for token in client.tokens if token.used_at]
    ends = [token.expires_at for token in client.living(now())]
    return {
        "client": client,
        "scopes": _scopes(client),
        "state": _state(client),
        "ends": max(ends, default=None),
        "used": max(used, default=None),
    }


def _scopes(client: ApiClient) -> str:
    return ", ".join(t(f"admin.scope.{scope}") for scope in client.scopes)


def _state(client: ApiClient) -> tuple[str, str]:
    """Tone and word: does one of its tokens open the door."""
    if client.revoked_at is not None:
        return "neutral", t("admin.client.revoked")
    return ("done", t("admin.client.lives")) if client.living(now()) else ("waiting", t("admin.client.expired"))


def _token(token: ApiToken, client: ApiClient) -> dict[str, Any]:
    lives = client.revoked_at is None and token.lives(now())
    word = "lives" if lives else "ended" if token.ended_at else "revoked" if client.revoked_at else "expired"
    return {
        "row": token,
        "lives": lives,
        "state": ("done" if lives else "neutral", t(f"admin.client.{word}")),
        "ends": token.ended_at or token.expires_at,
    }


@blueprint.get("/clients/new")
@needs(Permission.ADMINISTER)
def client_new() -> ResponseReturnValue:
    """The empty form."""
    handing_in = [Scope.FILE.value, Scope.READ.value]
    return _form({"name": "", "days": str(LONGEST_LIFE), "agency": ""}, handing_in, {}, 200)


@blueprint.post("/clients/new")
@needs(Permission.ADMINISTER)
def client_create() -> ResponseReturnValue:
    """Add a system; its token is shown on the answer and nowhere else."""
    given = {"name": typed("name"), "days": typed("days"), "agency": typed("agency")}
    scopes = request.form.getlist("scopes")
    try:
        with unit_of_work() as session:
            client, token = service.create(
                session, given["name"], scopes, _days(), staff(), now(), agency=given["agency"]
            )
            client_id, name = client.id, client.name
    except InvalidInput as error:
        return _form(given, scopes, faults(error), 422)
    return page("client_token.html", client_id=client_id, name=name, token=token)


def _days() -> int:
    given = typed("days")
    return int(given) if given in map(str, service.LIVES) else 0


def _form(given: dict[str, str], scopes: list[str], errors: dict[str, str], status: int) -> ResponseReturnValue:
    agencies = catalogue.partners(catalogue.agencies(begin_reading()).values())
    return page(
        "client_new.html",
        status,
        errors=errors,
        given=given,
        chosen=scopes,
        scopes=[(scope.value, t(f"admin.scope.{scope.value}")) for scope in Scope],
        agencies=[("", t("admin.client.no_agency")), *((row.code, row.name(language())) for row in agencies)],
        lives=_lives(),
    )


def _lives() -> list[tuple[str, str]]:
    return [(str(days), t("admin.client.days_one", n=days)) for days in service.LIVES]


@blueprint.get("/clients/<int:client_id>")
@needs(Permission.ADMINISTER)
def client(client_id: int) -> ResponseReturnValue:
    """One system and the lives of its tokens."""
    return _shown(begin_reading(), client_id, {}, 200)


def _shown(session: Session, client_id: int, errors: dict[str, str], status: int) -> ResponseReturnValue:
    found = service.get(session, client_id)
    agency = catalogue.agencies(session).get(found.agency_code or "")
    return page(
        "client.html",
        status,
        client=found,
        errors=errors,
        agency=agency.name(language()) if agency is not None else t("admin.client.no_agency"),
        scopes=_scopes(found),
        state=_state(found),
        tokens=[_token(token, found) for token in reversed(found.tokens)],
        may_rotate=len(found.living(now())) < service.MOST_LIVING,
        lives=_lives(),
        days=str(LONGEST_LIFE),
    )


@blueprint.post("/clients/<int:client_id>/token")
@needs(Permission.ADMINISTER)
def client_rotate(client_id: int) -> ResponseReturnValue:
    """A further token beside the old one; shown on the answer and nowhere else."""
    try:
        with unit_of_work() as session:
            found = service.get(session, client_id)
            token, name = service.rotate(session, found, _days(), staff(), now()), found.name
    except InvalidInput as error:
        return _shown(begin_reading(), client_id, faults(error), 422)
    return page("client_token.html", client_id=client_id, name=name, token=token)


@blueprint.post("/clients/<int:client_id>/token/<int:token_id>/end")
@needs(Permission.ADMINISTER)
def client_end(client_id: int, token_id: int) -> ResponseReturnValue:
    """End one token at once."""
    with unit_of_work() as session:
        service.end_token(session, service.get(session, client_id), token_id, staff(), now())
    flash(t("admin.client.now_ended"), "done")
    return redirect(url_for("admin.client", client_id=client_id), 303)


@blueprint.post("/clients/<int:client_id>/revoke")
@needs(Permission.ADMINISTER)
def client_revoke(client_id: int) -> ResponseReturnValue:
    """End a system with all its tokens at once."""
    with unit_of_work() as session:
        service.revoke(session, service.get(session, client_id), staff(), now())
    flash(t("admin.client.now_revoked"), "done")
    return redirect(url_for("admin.client", client_id=client_id), 303)
