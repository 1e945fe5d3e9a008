"""Partner systems: whose machines may hand complaints in, by tokens that are shown once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.client import Scope
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.services import clients as service
from complaints.web.admin.face import blueprint, faults, page, typed
from complaints.web.guard import needs, now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from complaints.domain.client import ApiClient

LONGEST_LIFE = max(service.LIVES)


@blueprint.get("/clients")
@needs(Permission.ADMINISTER)
def clients() -> ResponseReturnValue:
    """Everybody who may hand complaints in by machine, or once could."""
    return page("clients.html", rows=[(row, _scopes(row), _state(row)) for row in service.everybody(begin_reading())])


def _scopes(client: ApiClient) -> str:
    return ", ".join(t(f"admin.scope.{scope}") for scope in client.scopes)


def _state(client: ApiClient) -> tuple[str, str]:
    """Tone and word: does the token open the door."""
    if client.revoked_at is not None:
        return "neutral", t("admin.client.revoked")
    return ("done", t("admin.client.lives")) if client.lives(now()) else ("waiting", t("admin.client.expired"))


@blueprint.get("/clients/new")
@needs(Permission.ADMINISTER)
def client_new() -> ResponseReturnValue:
    """The empty form."""
    return _form({"name": "", "days": str(LONGEST_LIFE)}, [scope.value for scope in Scope], {}, 200)


@blueprint.post("/clients/new")
@needs(Permission.ADMINISTER)
def client_create() -> ResponseReturnValue:
    """Add a party; its token is shown on the answer and nowhere else."""
    given, scopes = {"name": typed("name"), "days": typed("days")}, request.form.getlist("scopes")
    days = int(given["days"]) if given["days"] in map(str, service.LIVES) else 0
    try:
        with unit_of_work() as session:
            client, token = service.create(session, given["name"], scopes, days, staff(), now())
            client_id, name = client.id, client.name
    except InvalidInput as error:
        return _form(given, scopes, faults(error), 422)
    return page("client_token.html", client_id=client_id, name=name, token=token)


def _form(given: dict[str, str], scopes: list[str], errors: dict[str, str], status: int) -> ResponseReturnValue:
    return page(
        "client_new.html",
        status,
        errors=errors,
        given=given,
        chosen=scopes,
        scopes=[(scope.value, t(f"admin.scope.{scope.value}")) for scope in Scope],
        lives=[(str(days), t("admin.client.days_one", n=days)) for days in service.LIVES],
    )


@blueprint.get("/clients/<int:client_id>")
@needs(Permission.ADMINISTER)
def client(client_id: int) -> ResponseReturnValue:
    """One party and its token's life."""
    found = service.get(begin_reading(), client_id)
    return page("client.html", client=found, scopes=_scopes(found), state=_state(found))


@blueprint.post("/clients/<int:client_id>/revoke")
@needs(Permission.ADMINISTER)
def client_revoke(client_id: int) -> ResponseReturnValue:
    """End a token at once."""
    with unit_of_work() as session:
        service.revoke(session, service.get(session, client_id), staff(), now())
    flash(t("admin.client.now_revoked"), "done")
    return redirect(url_for("admin.client", client_id=client_id), 303)
