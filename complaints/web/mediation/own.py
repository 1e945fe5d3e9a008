"""The complainant's page of the own mediation: the consent first, then the talks, then whether they were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.errors import DomainError, NotFound, StaleRecord, StepImpossible
from complaints.domain.policy import Permission
from complaints.services import access, centre
from complaints.services.mediation import opening, papers, reading
from complaints.web.errors import STATUS, sentence
from complaints.web.guard import complainant, needs, now
from complaints.web.language import t
from complaints.web.limits import SENDING, limiter
from complaints.web.mediation.face import blueprint
from complaints.web.mediation.paper import hand_out
from complaints.web.mediation.steps import FIELDS, OWN_VERBS
from complaints.web.mediation.talk import LIMIT, shown, ways_on

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.mediation import Mediation

ANY = "any(consent,decline,propose,accept,refuse,leave,note,kept,broken)"


@blueprint.get("/case/mediation")
@needs(Permission.COMPLAINANT)
def own() -> Response:
    """Where the mediation stands."""
    return _page({})


@blueprint.get(f"/case/mediation/<{ANY}:verb>")
@needs(Permission.COMPLAINANT)
def own_again(verb: str) -> Response:
    """A page that answered a form, asked for again."""
    del verb
    return make_response(redirect(url_for("mediation.own"), 303))


@blueprint.post(f"/case/mediation/<{ANY}:verb>")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def own_step(verb: str) -> Response:
    """One move; on an error the same page with everything typed."""
    actor = _actor()
    try:
        with unit_of_work() as session:
            mediation = reading.hold_latest(session, access.get_own(session, actor), actor)
            if verb == "consent":
                opening.consent(session, mediation, actor, now(), current_app.config["SECRET_KEY"])
            else:
                OWN_VERBS[verb](session, mediation, request.form, actor, now())
    except NotFound:
        raise
    except (StepImpossible, StaleRecord) as error:
        db.session.remove()
        flash(sentence(error), "waiting")
        return _page({"talk": sentence(error)}, STATUS[error.code]) if request.form.get("by") else _back()
    except DomainError as error:
        db.session.remove()
        field = FIELDS.get((verb, error.field or ""), error.field or "talk")
        return _page({field: sentence(error)}, STATUS[error.code])
    flash(t(f"mediation.done.{verb}"), "done")
    return _back()


@blueprint.get("/case/mediation/paper")
@limiter.limit(SENDING)
@needs(Permission.COMPLAINANT)
def own_paper() -> Response:
    """The agreement, to keep."""
    session = begin_reading()
    return hand_out(session, _latest(session, _actor()))


def _actor() -> Actor:
    actor = complainant()
    if actor is None:
        raise NotFound(what="case")
    return actor


def _latest(session: Session, actor: Actor) -> Mediation:
    found = reading.latest(session, access.get_own(session, actor), actor)
    if found is None:
        raise NotFound(what="mediation")
    return found


def _back() -> Response:
    return make_response(redirect(url_for("mediation.own"), 303))


def _page(errors: dict[str, str], status: int = 200) -> Response:
    actor, session = _actor(), begin_reading()
    mediation = _latest(session, actor)
    verbs = ("consent", *OWN_VERBS)
    body = render_template(
        "mediation/own.html",
        **shown(mediation, actor, centre.profile(session), now()),
        urls={verb: url_for("mediation.own_step", verb=verb) for verb in verbs},
        paper=url_for("mediation.own_paper"),
        paper_hash=papers.hash_of(session, mediation),
        agencies=ways_on(session, mediation.case.category_code),
        errors=errors,
        typed=request.form,
        limit=LIMIT,
    )
    return make_response(body, status)
