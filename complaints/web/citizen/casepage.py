"""The tracking page, and everything that the complainant can do on it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, db, let_go, unit_of_work
from complaints.domain.errors import DomainError, NotFound, StepImpossible
from complaints.domain.mass import WISH
from complaints.domain.policy import Permission
from complaints.domain.reading import read_email
from complaints.services import access, centre, correspond, follow, mass, playbooks
from complaints.services.evidence.keeping import discard_unused, keep_files
from complaints.web.citizen.casefile import Reader
from complaints.web.citizen.face import blueprint, limits, settings
from complaints.web.citizen.flow import summary_of
from complaints.web.citizen.uploads import kinds_taken, seal_each
from complaints.web.errors import STATUS, field_errors, sentence
from complaints.web.files import store
from complaints.web.guard import complainant, needs, now
from complaints.web.language import language, t
from complaints.web.limits import SENDING, limiter
from complaints.web.mediation.talk import beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.services.evidence.kinds import Upload

CASE_FILES = 3
LABELS = {"body": "citizen.case.write", "reason": "citizen.case.why_not", "score": "citizen.case.rate_question"}
VERBS = "any(write,confirm,dispute,withdraw,rate,address,alone)"


@blueprint.get("/case")
@needs(Permission.COMPLAINANT)
def case() -> Response:
    """Where the case stands."""
    return _page({})


@blueprint.get(f"/case/<{VERBS}:verb>")
@needs(Permission.COMPLAINANT)
def case_again(verb: str) -> Response:
    """A page that answered a form, asked for again (in the other language, say), is the case itself."""
    del verb
    return _to_case()


@blueprint.post("/case/write")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def write() -> Response:
    """A message or a reply, with files or files alone."""
    sealed, refused, status = seal_each(request.files.getlist("files"), limits())
    if refused:
        _discard(sealed)
        return _page({"files": " · ".join(refused)}, status)
    body = request.form.get("body", "")
    if not body.strip() and sealed:
        body = t("citizen.case.files_only", n=len(sealed))
    try:
        with _own() as (session, found, actor):
            message = correspond.write_in(session, found, body, actor, now())
            have = list(found.attachments)
            kept = keep_files(session, sealed, limits(CASE_FILES), store(), now(), case=found, have=have)
            for attachment in kept:
                attachment.message_id = message.id
    except DomainError as error:
        _discard(sealed)
        return _refused(error)
    flash(t("citizen.case.written"), "done")
    return _to_case("messages")


def _discard(sealed: list[Upload]) -> None:
    """The message was not taken: neither are its files."""
    with unit_of_work() as session:
        discard_unused(session, (upload.key for upload in sealed), now())
    let_go()


@blueprint.post("/case/confirm")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def confirm() -> Response:
    """Solved."""
    try:
        with _own() as (_, found, _actor):
            follow.confirm(found, now())
    except DomainError as error:
        return _refused(error)
    flash(t("citizen.case.confirmed"), "done")
    return _to_case("rate")


@blueprint.post("/case/dispute")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def dispute() -> Response:
    """Not solved: the case is opened again."""
    try:
        with _own() as (session, found, _actor):
            follow.dispute(session, found, request.form.get("reason", ""), now())
    except DomainError as error:
        return _refused(error, body="reason")
    flash(t("citizen.case.disputed"), "done")
    return _to_case()


@blueprint.post("/case/withdraw")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def withdraw() -> Response:
    """Take the complaint back."""
    try:
        with _own() as (session, found, _actor):
            follow.withdraw(session, found, request.form.get("withdraw_reason", ""), now())
    except DomainError as error:
        return _refused(error, body="withdraw_reason")
    flash(t("citizen.case.withdrawn"), "done")
    return _to_case()


@blueprint.post("/case/rate")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def rate() -> Response:
    """Satisfaction from one to five, and why."""
    typed = request.form.get("score", "")
    score = int(typed) if typed in {"1", "2", "3", "4", "5"} else 0
    try:
        with _own() as (_, found, _actor):
            follow.rate(found, score, request.form.get("score_reason", ""), now())
    except DomainError as error:
        return _refused(error)
    flash(t("citizen.case.rated"), "done")
    return _to_case()


@blueprint.post("/case/address")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def address() -> Response:
    """Leave an address for the letters."""
    try:
        email = read_email(request.form.get("email", ""), "email")
        with _own() as (_, found, _actor):
            follow.leave_address(found, email, now())
    except DomainError as error:
        return _refused(error)
    flash(t("citizen.receipt.promised", email=email), "done")
    return _to_case()


@blueprint.post("/case/alone")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def alone() -> Response:
    """Out of the mass case: the complaint goes on by itself."""
    with _own() as (session, found, actor):
        mass.leave(session, found, WISH, actor, now())
    flash(t("citizen.case.alone_done"), "done")
    return _to_case()


@contextmanager
def _own() -> Iterator[tuple[Session, Case, Actor]]:
    """The proven case, locked for one step."""
    actor = complainant()
    if actor is None:
        raise NotFound(what="case")
    with unit_of_work() as session:
        yield session, access.get_own_for_change(session, actor), actor


def _refused(error: DomainError, body: str = "body") -> Response:
    """The same page with what to mend and everything typed; a step that came too late is only told."""
    db.session.remove()
    if isinstance(error, StepImpossible):
        flash(sentence(error), "waiting")
        return _to_case()
    if isinstance(error, NotFound):
        raise error
    errors = {body if field == "body" else field: text for field, text in field_errors(error).items()}
    return _page(errors, STATUS.get(error.code, 422))


def _page(errors: dict[str, str], status: int = 200) -> Response:
    actor = complainant()
    if actor is None:
        raise NotFound(what="case")
    session = begin_reading()
    reader = Reader(session, access.get_own(session, actor), actor, centre.profile(session), language())
    page = reader.read(now(), t, f"{settings().base_url}{url_for('citizen.track')}")
    labels = {name: t(key) for name, key in LABELS.items()}
    body = render_template(
        "citizen/case.html",
        page=page,
        mediating=beside(session, page.case, actor),
        joint=mass.of_case(session, page.case) is not None,
        case=page.case,
        advised=playbooks.in_force(session, page.case.category_code or "") is not None,
        errors=errors,
        summary=summary_of(errors, labels),
        typed=request.form,
        limits=limits(),
        kinds=kinds_taken(),
    )
    return make_response(body, status)


def _to_case(anchor: str | None = None) -> Response:
    return make_response(redirect(url_for("citizen.case", _anchor=anchor), 303))
