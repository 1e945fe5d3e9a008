"""Mediation at the desk: its list, its page of a case, and the short panel on the case's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, db, unit_of_work
from complaints.domain.errors import DomainError, NotAllowed, NotFound
from complaints.domain.lifecycle import State
from complaints.domain.policy import Permission, may
from complaints.domain.turns import FAILED, Move, Side, Stage
from complaints.domain.wording import say
from complaints.services import access, catalogue, centre
from complaints.services.mediation import keeping, links, opening, operating, papers, reading
from complaints.web.clocks import clock
from complaints.web.desk.face import blueprint, desk_frame, settings
from complaints.web.errors import STATUS, sentence
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.mediation.paper import hand_out
from complaints.web.mediation.talk import LIMIT, TONES, next_step, shown

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.mediation import Mediation

ACTIVE = "mediations"
# The moves whose words say why there is no agreement.
TELLING = frozenset({Move.REFUSE.value, Move.LEAVE.value, Move.STOP.value, Move.BROKEN.value})
ANY = "any(consent,decline,invite,operator,revoke,words,stop,kept,broken)"


def panel(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    """What stands on the case's page: where it is, until when, what comes next; after a failure the way on."""
    if not may(actor, Permission.MEDIATE):
        return {"can_open": False, "now": None}
    found = reading.latest(session, case, actor)
    can_open = State(case.state) in opening.OPENS_FROM and (found is None or not found.running)
    if found is None:
        return {"can_open": can_open, "now": None}
    stage = Stage(found.stage)
    return {
        "can_open": can_open,
        "now": {
            "state": t(f"mediation.stage.{stage.value}"),
            "tone": TONES.get(stage, "neutral"),
            "next": next_step(found, Side.CENTRE),
            "turn_by": found.turn_by if reading.lives(found) else None,
            "respondent": found.respondent,
            "failed": stage in FAILED and found.ended_at is not None,
            "note": _why(found),
            "agency": _agency(session, case),
        },
    }


def _agency(session: Session, case: Case) -> str:
    """Where the case's kind goes."""
    category = catalogue.categories(session).get(case.category_code or "")
    return category.agency_code if category is not None else ""


def _why(mediation: Mediation) -> str:
    """What the agency reads with the referral: in Thai, why there was no agreement or how it was broken."""
    reason = say(f"mediation.why.{mediation.stage}", "th") if Stage(mediation.stage) in FAILED else ""
    said = next((row.words for row in reversed(mediation.moves) if row.kind in TELLING and row.words), "")
    return "\n".join(filter(None, (reason, said)))


@blueprint.get("/mediations")
@needs(Permission.MEDIATE)
def mediations() -> ResponseReturnValue:
    """All that run, whose turn ends first."""
    session = begin_reading()
    rows = [
        [
            {"text": row.case.number, "href": url_for("desk.mediation", number=row.case.number)},
            row.respondent,
            t(f"mediation.stage.{row.stage}"),
            next_step(row, Side.CENTRE),
            clock(row.turn_by, now()).text if row.turn_by is not None else "–",
        ]
        for row in reading.running(session, staff())
    ]
    return render_template("desk/mediations.html", rows=rows, **desk_frame(session, ACTIVE))


@blueprint.get("/case/<number>/mediation")
@needs(Permission.MEDIATE)
def mediation(number: str) -> ResponseReturnValue:
    """The case's mediation, or the form that opens one."""
    return _page(number, {})


@blueprint.get(f"/case/<number>/mediation/<{ANY}:verb>")
@needs(Permission.MEDIATE)
def mediation_again(number: str, verb: str) -> ResponseReturnValue:
    """A page that answered a form, asked for again."""
    del verb
    access.get_case(begin_reading(), number, staff())
    return redirect(url_for("desk.mediation", number=number), 303)


@blueprint.get("/case/<number>/mediation/paper")
@needs(Permission.MEDIATE)
def mediation_paper(number: str) -> ResponseReturnValue:
    """The agreement as both sides have it; without one back to the page that says so."""
    session = begin_reading()
    found = reading.latest(session, access.get_case(session, number, staff()), staff())
    if found is None or not papers.hash_of(session, found):
        return redirect(url_for("desk.mediation", number=number), 303)
    return hand_out(session, found)


@blueprint.post("/case/<number>/mediation")
@needs(Permission.MEDIATE)
def open_mediation(number: str) -> ResponseReturnValue:
    """Ask the complainant."""
    try:
        with unit_of_work() as session:
            case = access.get_for_change(session, number, staff(), None)
            opening.begin(session, case, opening.read_opening(request.form, case), staff(), now())
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        db.session.remove()
        return _page(number, {error.field or "form": sentence(error)}, STATUS[error.code])
    flash(t("mediation.desk.opened"), "done")
    return redirect(url_for("desk.mediation", number=number), 303)


@blueprint.post(f"/case/<number>/mediation/<{ANY}:verb>")
@needs(Permission.MEDIATE)
def mediate(number: str, verb: str) -> ResponseReturnValue:
    """One move of the centre, or one that the complainant told by telephone."""
    try:
        with unit_of_work() as session:
            case = access.get_case(session, number, staff())
            _do(session, reading.hold_latest(session, case, staff()), verb)
    except (NotFound, NotAllowed):
        raise
    except DomainError as error:
        db.session.remove()
        return _page(number, {f"{verb}-{error.field}" if error.field else "form": sentence(error)}, STATUS[error.code])
    flash(t(f"mediation.desk.done.{verb}"), "done")
    return redirect(url_for("desk.mediation", number=number), 303)


def _do(session: Session, found: Mediation, verb: str) -> None:
    words, key = request.form.get("words", ""), settings().secret_key
    if verb == "consent":
        opening.consent(session, found, staff(), now(), key)
    elif verb == "decline":
        opening.decline(session, found, staff(), now())
    elif verb == "invite":
        opening.invite(session, found, staff(), now(), key)
    elif verb == "revoke":
        links.revoke(session, found, now())
    elif verb == "operator":
        operating.link(session, found, request.form.get("operator", ""))
    elif verb == "words":
        opening.write_to_both(session, found, words, staff(), now())
    elif verb == "stop":
        opening.stop(session, found, words, staff(), now())
    elif verb == "kept":
        keeping.kept(session, found, staff(), now())
    else:
        keeping.broken(session, found, words, staff(), now())


def _page(number: str, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    session = begin_reading()
    case = access.get_case(session, number, staff())
    found = reading.latest(session, case, staff())
    told = panel(session, case, staff())
    words: dict[str, Any] = {"mediation": None, "may": set()}
    if found is not None:
        words = shown(found, staff(), centre.profile(session), now())
        words["operators"] = [(row.code, row.name(language())) for row in operating.operators(session)]
        words["operator"] = found.operator_code or operating.suggested(session, case)
        words |= {"link": _link(found), "fate": _fate(found), "paper_hash": papers.hash_of(session, found)}
    return (
        render_template(
            "desk/mediation_page.html",
            case=case,
            number=number,
            can_open=told["can_open"],
            given=_given(case),
            errors=errors,
            typed=request.form,
            limit=LIMIT,
            languages=[("th", t("mediation.desk.thai")), ("en", t("mediation.desk.english"))],
            **words,
            **desk_frame(session, ACTIVE),
        ),
        status,
    )


def _given(case: Case) -> dict[str, str]:
    """What stands in the opening form before anybody types."""
    amount = f"{case.lost // 100}.{case.lost % 100:02d}" if case.lost else ""
    typed = dict(request.form.items())
    return {"complainant": case.person.name, "amount": amount, "language": "th"} | typed


def _link(found: Mediation) -> dict[str, Any] | None:
    link = found.link
    if link is None:
        return None
    token = links.token_of(link, settings().secret_key)
    return {
        "url": f"{settings().base_url}{url_for('mediation.talk', token=token)}",
        "expires": link.expires_at,
        "dead": link.expires_at <= now(),
    }


def _fate(found: Mediation) -> list[str]:
    """The letters to the respondent, and what became of each."""
    return [
        " · ".join((say(f"mediation_letter.{row.payload['stage']}.subject", language()), _became(row)))
        for row in reversed(found.case.promises)
        if row.kind == "mediation" and row.payload.get("mediation_id") == found.id
    ]


def _became(row: Any) -> str:  # noqa: ANN401 - a promise
    fate = "failed" if row.failed_at else str(row.result.get("delivered", "")) or "on_its_way"
    return t(f"mediation.fate.{fate}")
