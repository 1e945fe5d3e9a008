"""Letters to agencies: the paper, and what the desk does with it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import DomainError, NotAllowed, NotFound, StaleCase
from complaints.domain.policy import Permission
from complaints.domain.reading import read_amount_if_any
from complaints.services import access
from complaints.services.official import by_hand
from complaints.web.desk.face import blueprint
from complaints.web.desk.steps import again
from complaints.web.errors import STATUS, step_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.letterfile import send_letter
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral

    Do = Callable[[Session, Case, Referral, MultiDict[str, str], Actor, datetime], None]

SHOWN_ELSEWHERE = (NotAllowed, NotFound)


@blueprint.get("/case/<number>/letter/<int:referral_id>")
@needs(Permission.DESK)
def letter_paper(number: str, referral_id: int) -> Response:
    """The sealed paper, to be read or printed: the very bytes that were mailed."""
    session = begin_reading()
    case = access.get_case(session, number, staff())
    letter = by_hand.letter_of(session, access.get_referral(session, case, referral_id, staff()))
    return send_letter(letter)


def _link(
    session: Session, case: Case, referral: Referral, _form: MultiDict[str, str], actor: Actor, moment: datetime
) -> None:
    by_hand.reissue(session, case, referral, actor, moment)


def _post(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, moment: datetime
) -> None:
    by_hand.posted(session, case, referral, form.get("day", ""), actor, moment)


def _receipt(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, moment: datetime
) -> None:
    by_hand.receipt(session, case, referral, form.get("day", ""), actor, moment)


def _answer(
    session: Session, case: Case, referral: Referral, form: MultiDict[str, str], actor: Actor, moment: datetime
) -> None:
    recovered = read_amount_if_any(form.get("recovered", ""), "recovered")
    by_hand.answer(session, case, referral, form.get("outcome", ""), form.get("answer", ""), recovered, actor, moment)


VERBS: dict[str, Do] = {"link": _link, "post": _post, "receipt": _receipt, "answer": _answer}


@blueprint.post("/case/<number>/letter/<int:referral_id>/<any(answer, link, post, receipt):verb>")
@needs(Permission.DESK)
def letter_step(number: str, referral_id: int, verb: str) -> ResponseReturnValue:
    """Do it; on an error the same page with what was typed."""
    seen = whole(request.form.get("version", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            case = access.get_for_change(session, number, staff(), seen)
            referral = access.get_referral(session, case, referral_id, staff())
            VERBS[verb](session, case, referral, request.form, staff(), now())
    except SHOWN_ELSEWHERE:
        raise
    except DomainError as error:
        told = step_errors(error, f"{verb}{referral_id}", in_form=True)
        since = seen if isinstance(error, StaleCase) else None
        return again(number, f"{verb}{referral_id}", told, STATUS[error.code], since=since)
    flash(t(f"desk.official.done.{verb}"), "done")
    return redirect(url_for("desk.case", number=number, part="referrals") + "#parts", 303)
