"""The portal of a marketplace's operator: the mediations of its sellers, what it can do for them, its own figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.agency import Agency
from complaints.domain.errors import DomainError, NotFound, StaleRecord, StepImpossible
from complaints.domain.policy import Permission
from complaints.domain.turns import Side
from complaints.services import centre
from complaints.services.mediation import links, operating, papers, reading
from complaints.web.clocks import clock
from complaints.web.errors import STATUS, sentence
from complaints.web.frame import frame
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.mediation.face import blueprint
from complaints.web.mediation.paper import hand_out
from complaints.web.mediation.steps import FIELDS, VERBS
from complaints.web.mediation.talk import LIMIT, next_step, shown

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.mediation import Mediation

ANY = "any(propose,accept,refuse,leave,note)"


@blueprint.get("/operator")
@needs(Permission.OPERATOR)
def operator() -> Response:
    """What runs, whose turn it is, what ended, and the operator's own figures."""
    session = begin_reading()
    found = operating.own(session, staff())
    rows = [
        [
            {"text": row.case.number, "href": url_for("mediation.operator_talk", mediation_id=row.id)},
            row.respondent,
            t(f"mediation.stage.{row.stage}"),
            next_step(row, Side.RESPONDENT),
            clock(row.turn_by, now()).text if row.turn_by is not None and reading.lives(row) else "–",
        ]
        for row in found
    ]
    counted = operating.figures(found)
    figures = [
        (t("mediation.operator.mediations"), f"{counted.mediations:,}"),
        (t("mediation.operator.in_time"), _share(counted.in_time, counted.turns)),
        (t("mediation.operator.agreed"), _share(counted.agreed, counted.ended)),
        (t("mediation.operator.kept"), _share(counted.kept, counted.agreed)),
    ]
    return make_response(render_template("mediation/operator.html", rows=rows, figures=figures, **_frame(session)))


def _share(part: int, whole: int) -> str:
    """Two whole numbers and their share; of nothing there is none."""
    if not whole:
        return t("mediation.operator.none_yet")
    return t("mediation.operator.share", part=f"{part:,}", whole=f"{whole:,}", share=round(100 * part / whole))


@blueprint.get("/operator/mediation/<int:mediation_id>")
@needs(Permission.OPERATOR)
def operator_talk(mediation_id: int) -> Response:
    """One of them, as its seller sees it, and the seller's link to hand on."""
    return _page(mediation_id, {})


@blueprint.get(f"/operator/mediation/<int:mediation_id>/<{ANY}:verb>")
@needs(Permission.OPERATOR)
def operator_again(mediation_id: int, verb: str) -> Response:
    """A page that answered a form, asked for again."""
    del verb
    return _back(mediation_id)


@blueprint.get("/operator/mediation/<int:mediation_id>/paper")
@needs(Permission.OPERATOR)
def operator_paper(mediation_id: int) -> Response:
    """The agreement, to keep."""
    session = begin_reading()
    return hand_out(session, reading.get(session, mediation_id, staff()))


@blueprint.post(f"/operator/mediation/<int:mediation_id>/<{ANY}:verb>")
@needs(Permission.OPERATOR)
def operator_step(mediation_id: int, verb: str) -> Response:
    """One move on behalf of the seller; who made it stands in the record."""
    try:
        with unit_of_work() as session:
            VERBS[verb](session, reading.hold(session, mediation_id, staff()), request.form, staff(), now())
    except NotFound:
        raise
    except (StepImpossible, StaleRecord) as error:
        db.session.remove()
        flash(sentence(error), "waiting")
        return _page(mediation_id, {"talk": sentence(error)}, STATUS[error.code])
    except DomainError as error:
        db.session.remove()
        field = FIELDS.get((verb, error.field or ""), error.field or "talk")
        return _page(mediation_id, {field: sentence(error)}, STATUS[error.code])
    flash(t(f"mediation.done.{verb}"), "done")
    return _back(mediation_id)


def _back(mediation_id: int) -> Response:
    return make_response(redirect(url_for("mediation.operator_talk", mediation_id=mediation_id), 303))


def _page(mediation_id: int, errors: dict[str, str], status: int = 200) -> Response:
    session = begin_reading()
    mediation = reading.get(session, mediation_id, staff())
    verbs = {verb: url_for("mediation.operator_step", mediation_id=mediation_id, verb=verb) for verb in VERBS}
    body = render_template(
        "mediation/operator_talk.html",
        **shown(mediation, staff(), centre.profile(session), now()),
        urls=verbs,
        paper=url_for("mediation.operator_paper", mediation_id=mediation_id),
        paper_hash=papers.hash_of(session, mediation),
        link=_link(mediation),
        errors=errors,
        typed=request.form,
        limit=LIMIT,
        **_frame(session),
    )
    return make_response(body, status)


def _link(mediation: Mediation) -> str:
    """The seller's link, as long as it opens something."""
    link = mediation.link
    if link is None or link.expires_at <= now():
        return ""
    settings = current_app.extensions["settings"]
    path = url_for("mediation.talk", token=links.token_of(link, settings.secret_key))
    return f"{settings.base_url}{path}"


def _frame(session: Session) -> dict[str, Any]:
    agency = session.get(Agency, staff().agency or "")
    home = url_for("mediation.operator")
    nav = [(home, t("mediation.desk.nav"), request.path == home, None)]
    # The short name: beside it a narrow screen has no room for a long one.
    short = "" if agency is None else agency.short_th if language() == "th" else agency.name_en
    return frame(short, home, nav)
