"""Own systems of an agency: where they hear what happens, what they were told, and what did not reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.webhook import Silence
from complaints.services.fetching.posting import means_of
from complaints.services.hooks import managing
from complaints.services.hooks.writing import kinds
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.numbers import whole
from complaints.web.partner.face import blueprint, partner_frame, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.webhook import WebhookEndpoint, WebhookMessage

ACTIVE = "hooks"
TONES = {"delivered": "done", "waiting": "waiting", "failed": "late"}


@blueprint.get("/hooks")
@needs(Permission.MANAGE_AGENCY)
def hooks() -> ResponseReturnValue:
    """The agency's endpoints."""
    session = begin_reading()
    rows = [(row, state_of(row), managing.number_failed(session, row)) for row in managing.of_agency(session, staff())]
    return render_template("partner/hooks.html", rows=rows, **partner_frame(session, ACTIVE))


@blueprint.get("/hooks/new")
@needs(Permission.MANAGE_AGENCY)
def hook_new() -> ResponseReturnValue:
    """The empty form."""
    return _form({}, "", [], 200)


@blueprint.post("/hooks/new")
@needs(Permission.MANAGE_AGENCY)
def hook_create() -> ResponseReturnValue:
    """Add an endpoint; its secret is shown on the answer and nowhere else."""
    url, told = request.form.get("url", ""), request.form.getlist("told")
    try:
        with unit_of_work() as session:
            made, secret = managing.add(session, url, told, staff(), means_of(settings()), settings().secret_key, now())
            endpoint_id = made.id
    except InvalidInput as error:
        return _form(field_errors(error), url, told, 422)
    return _secret(endpoint_id, secret, fresh=True)


def _form(errors: dict[str, str], url: str, told: list[str], status: int) -> ResponseReturnValue:
    session = begin_reading()
    words = {"errors": errors, "url": url, "told": told, "kinds": _kinds()}
    return render_template("partner/hook_new.html", **words, **partner_frame(session, ACTIVE)), status


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, t(f"hook.told.{kind.name.lower()}")) for kind in kinds()]


def _secret(endpoint_id: int, secret: str, *, fresh: bool) -> ResponseReturnValue:
    session = begin_reading()
    return render_template(
        "partner/hook_secret.html",
        endpoint=managing.get(session, endpoint_id, staff()),
        secret=secret,
        fresh=fresh,
        **partner_frame(session, ACTIVE),
    )


def state_of(endpoint: WebhookEndpoint) -> tuple[str, str]:
    """Tone and word: does it hear, and did the last try reach it."""
    if endpoint.silence is not None:
        return "late" if endpoint.silence == Silence.GONE.value else "neutral", t(f"hook.state.{endpoint.silence}")
    return ("waiting", t("hook.state.failing")) if endpoint.failures else ("done", t("hook.state.hears"))


@blueprint.get("/hooks/<int:endpoint_id>")
@needs(Permission.MANAGE_AGENCY)
def hook(endpoint_id: int) -> ResponseReturnValue:
    """One endpoint and what it was told."""
    return _page(endpoint_id, {}, 200)


def _page(endpoint_id: int, errors: dict[str, str], status: int) -> ResponseReturnValue:
    session = begin_reading()
    found = managing.get(session, endpoint_id, staff())
    log = managing.told(session, found, whole(request.args.get("before", "")) or None)
    own = url_for("partner.hook", endpoint_id=found.id)
    return render_template(
        "partner/hook.html",
        errors=errors,
        endpoint=found,
        state=state_of(found),
        kinds=_kinds(),
        told=found.told or [kind.value for kind in kinds()],
        failed=managing.number_failed(session, found),
        rows=[_row(row) for row in log.rows],
        first_page=own if "before" in request.args else "",
        later=f"{own}?before={log.before}" if log.before is not None else "",
        **partner_frame(session, ACTIVE),
    ), status


def _row(message: WebhookMessage) -> dict[str, Any]:
    promise, last = message.promise, message.attempts[-1] if message.attempts else None
    state = "failed" if promise.failed_at else "delivered" if promise.done_at else "waiting"
    answer = "" if last is None else t("hook.status", status=last.status) if last.status else last.detail
    return {
        "id": message.id,
        "key": message.key,
        "kind": t(f"hook.told.{message.kind.replace('.', '_')}"),
        "case": message.body.get("data", {}).get("case", ""),
        "at": message.at,
        "state": (TONES[state], t(f"hook.fate.{state}")),
        "tries": len(message.attempts),
        "answer": answer,
        "milliseconds": None if last is None else last.milliseconds,
        "again_at": promise.due_at if state == "waiting" and promise.tries else None,
    }


@blueprint.post("/hooks/<int:endpoint_id>/<verb>")
@needs(Permission.MANAGE_AGENCY)
def hook_step(endpoint_id: int, verb: str) -> ResponseReturnValue:
    """Change it, test it, silence it, wake it, send again what failed."""
    if verb == "secret":
        with unit_of_work() as session:
            found = managing.get(session, endpoint_id, staff())
            secret = managing.rotate(session, found, staff(), settings().secret_key, now())
        return _secret(endpoint_id, secret, fresh=False)
    if verb not in STEPS:
        abort(404)
    try:
        with unit_of_work() as session:
            STEPS[verb](session, managing.get(session, endpoint_id, staff()))
    except InvalidInput as error:
        return _page(endpoint_id, field_errors(error), 422)
    flash(t(f"hook.done.{verb}"), "done")
    if verb == "remove":
        return redirect(url_for("partner.hooks"), 303)
    return redirect(url_for("partner.hook", endpoint_id=endpoint_id), 303)


@blueprint.post("/hooks/<int:endpoint_id>/message/<int:message_id>")
@needs(Permission.MANAGE_AGENCY)
def hook_again(endpoint_id: int, message_id: int) -> ResponseReturnValue:
    """Send one message once more."""
    try:
        with unit_of_work() as session:
            managing.again(session, managing.get(session, endpoint_id, staff()), message_id, now())
    except InvalidInput as error:
        return _page(endpoint_id, field_errors(error), 422)
    flash(t("hook.done.again"), "done")
    return redirect(url_for("partner.hook", endpoint_id=endpoint_id), 303)


def _change(session: Session, endpoint: WebhookEndpoint) -> None:
    managing.change(session, endpoint, request.form.getlist("told"), staff(), now())


STEPS: dict[str, Callable[[Session, WebhookEndpoint], object]] = {
    "change": _change,
    "test": lambda session, endpoint: managing.test(session, endpoint, now()),
    "off": lambda session, endpoint: managing.silence(session, endpoint, Silence.SWITCHED_OFF, staff(), now()),
    "on": lambda session, endpoint: managing.wake(session, endpoint, staff(), now()),
    "remove": lambda session, endpoint: managing.silence(session, endpoint, Silence.REMOVED, staff(), now()),
    "again": lambda session, endpoint: managing.all_again(session, endpoint, now()),
}
