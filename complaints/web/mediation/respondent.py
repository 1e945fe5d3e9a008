"""The respondent's page, opened by the link of the letter: no account, and only what was agreed to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.errors import DomainError, NotFound, StaleRecord, StepImpossible
from complaints.domain.policy import Permission
from complaints.services import centre
from complaints.services.mediation import links, papers, reading
from complaints.web.errors import STATUS, sentence
from complaints.web.guard import needs, now
from complaints.web.language import t
from complaints.web.limits import SENDING, limiter
from complaints.web.mediation.face import blueprint
from complaints.web.mediation.paper import hand_out
from complaints.web.mediation.steps import FIELDS, VERBS
from complaints.web.mediation.talk import LIMIT, shown

if TYPE_CHECKING:
    from flask import Response

ANY = "any(propose,accept,refuse,leave,note)"


@blueprint.get("/mediation/<token>")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def talk(token: str) -> Response:
    """Where the mediation stands; to look changes nothing."""
    return _page(token, {})


@blueprint.get(f"/mediation/<token>/<{ANY}:verb>")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def talk_again(token: str, verb: str) -> Response:
    """A page that answered a form, asked for again."""
    del verb
    return _back(token)


@blueprint.post(f"/mediation/<token>/<{ANY}:verb>")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def step(token: str, verb: str) -> Response:
    """One move; on an error the same page with everything typed."""
    try:
        with unit_of_work() as session:
            link = links.read(session, token, now())
            if link is None:
                return _dead()
            actor = links.respondent_of(link)
            mediation = reading.hold(session, link.mediation_id, actor)
            VERBS[verb](session, mediation, request.form, actor, now())
    except NotFound:
        db.session.remove()
        return _dead()
    except (StepImpossible, StaleRecord) as error:
        db.session.remove()
        flash(sentence(error), "waiting")
        return _page(token, {"talk": sentence(error)}, STATUS[error.code]) if request.form.get("by") else _back(token)
    except DomainError as error:
        db.session.remove()
        field = FIELDS.get((verb, error.field or ""), error.field or "talk")
        return _page(token, {field: sentence(error)}, STATUS[error.code])
    flash(t(f"mediation.done.{verb}"), "done")
    return _back(token)


@blueprint.get("/mediation/<token>/paper")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def paper(token: str) -> Response:
    """The agreement, to keep."""
    session = begin_reading()
    link = links.read(session, token, now())
    if link is None:
        return _dead()
    return hand_out(session, reading.get(session, link.mediation_id, links.respondent_of(link)))


def _back(token: str) -> Response:
    return make_response(redirect(url_for("mediation.talk", token=token), 303))


def _dead() -> Response:
    """Made up, revoked, past its day: all the same page, which says whom to ask for a new one."""
    return make_response(render_template("mediation/dead.html"), 404)


def _page(token: str, errors: dict[str, str], status: int = 200) -> Response:
    session = begin_reading()
    link = links.read(session, token, now())
    if link is None:
        return _dead()
    actor = links.respondent_of(link)
    try:
        mediation = reading.get(session, link.mediation_id, actor)
    except NotFound:
        return _dead()
    body = render_template(
        "mediation/respondent.html",
        **shown(mediation, actor, centre.profile(session), now()),
        urls={verb: url_for("mediation.step", token=token, verb=verb) for verb in VERBS},
        paper=url_for("mediation.paper", token=token),
        paper_hash=papers.hash_of(session, mediation),
        expires=link.expires_at,
        errors=errors,
        typed=request.form,
        limit=LIMIT,
    )
    answer = make_response(body, status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
