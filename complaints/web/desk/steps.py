"""Taking a step at the desk: one door for every verb, which keeps what was typed when something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import DomainError, NotAllowed, NotFound, StaleCase
from complaints.domain.number import read_case_number
from complaints.domain.policy import Permission
from complaints.services import access, drafting, queues
from complaints.web.desk.drafting import clash
from complaints.web.desk.face import blueprint, chosen_queue, desk_frame, spans
from complaints.web.desk.listing import listing
from complaints.web.desk.page import case_page
from complaints.web.desk.verbs import VERBS, leaves_desk, told_as
from complaints.web.errors import STATUS, step_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case

SHOWN_ELSEWHERE = (NotAllowed, NotFound)


@blueprint.post("/case/<number>/<verb>")
@needs(Permission.DESK)
def step(number: str, verb: str) -> ResponseReturnValue:
    """Do it, then the next case or the same one; on an error the same page with everything typed."""
    if verb not in VERBS:
        abort(404)
    seen = whole(request.form.get("version", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            access.hold(session, number, read_case_number(request.form.get(VERBS[verb].other, "")))
            case = access.get_for_change(session, number, staff(), seen)
            VERBS[verb].do(session, case, request.form, staff(), now())
            drafting.drop(session, case, verb, staff())
            session.flush()
            target, done = _onward(session, verb, case), told_as(verb, case)
    except SHOWN_ELSEWHERE as error:
        if error.values.get("what") == "case" and verb == "merge":
            return again(number, verb, {"merge-into": t("error.invalid_input.merge_target")}, 422)
        raise
    except DomainError as error:
        _keep(number, verb)
        # What cannot be accepted as suggested is mended in the form beside it.
        shown = "decide" if verb == "accept" else verb
        told = step_errors(error, shown, in_form=VERBS[shown].form)
        return again(number, shown, told, STATUS[error.code], since=seen if isinstance(error, StaleCase) else None)
    flash(t(f"desk.done.{done}", number=number), "done")
    return redirect(target, 303)


def _keep(number: str, verb: str) -> None:
    """What was typed and could not be taken is kept, whatever becomes of this page."""
    with unit_of_work() as session:
        case = access.get_case(session, number, staff())
        drafting.keep(session, case, verb, request.form.to_dict(flat=False), staff(), now())


def _onward(session: Session, verb: str, case: Case) -> str:
    """Where the agent goes next: on in the queue when the case has left the desk."""
    name = chosen_queue()
    if leaves_desk(verb, case):
        following = queues.following(session, staff(), name, now(), spans(), case.id)
        if following is None:
            return url_for("desk.queue", queue=name)
        return url_for("desk.case", number=following.number, queue=name)
    return url_for("desk.case", number=case.number, queue=name)


def again(
    number: str,
    verb: str,
    errors: dict[str, str],
    status: int,
    since: int | None = None,
    changed: dict[str, Any] | None = None,
) -> ResponseReturnValue:
    """The page as it now stands, the form open with what was typed; `changed` is what it shall say instead."""
    session = begin_reading()
    case = access.get_case(session, number, staff())
    page: dict[str, Any] = case_page(session, case, staff(), now())
    typed = request.form.copy()
    page |= {"open_verb": verb, "typed": typed, "errors": errors}
    if changed:
        for name, text in changed.items():
            typed[name] = text
        # Nothing was sent yet: what others did since the page was opened must still come up when it is.
        page |= {"version": whole(request.form.get("version", ""), otherwise=-1), "inserted": verb}
    if since is not None:
        page["clash"] = clash(session, case, access.changes_since(session, case, since, staff()))
    listed = listing(session, case)
    return render_template("desk/case.html", **page, **listed, **desk_frame(session, listed["active"], case)), status
