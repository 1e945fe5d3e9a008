"""Whose a case is, who watches it, and who else is looking at it: the line below its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.policy import Permission
from complaints.domain.thai_time import show_datetime
from complaints.services import access, sharing
from complaints.web.desk.face import blueprint, chosen_queue, spans
from complaints.web.desk.verbs import NOBODY
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case


def shared(session: Session, case: Case) -> dict[str, Any]:
    """What `desk/sharing.html` shows."""
    people = sharing.colleagues(session)
    mine = staff().account_id
    asleep = case.snoozed_until is not None and case.snoozed_until > now()
    return {
        "holder": next((row.name for row in people if row.id == case.assignee_id), ""),
        "is_mine": case.assignee_id is not None and case.assignee_id == mine,
        "people": [(row.id, row.name) for row in people if row.id not in {mine, case.assignee_id}],
        "nobody": NOBODY,
        "asleep_until": show_datetime(case.snoozed_until, language()) if asleep and case.snoozed_until else "",
        "sleeps": [(name, t(f"desk.snooze.{name}")) for name in sharing.SLEEPS],
        "there": sharing.others_there(session, case.id, staff(), now()),
        "watched": sharing.watches(session, case, staff()),
    }


def arrive(number: str) -> None:
    """Note that somebody opened the case; a reload a moment later is noted no more."""
    session = begin_reading()
    case = access.get_case(session, number, staff())
    case_id, known = case.id, sharing.is_there(session, case.id, staff(), now())
    let_go()
    if not known:
        with unit_of_work() as session:
            sharing.be_there(session, case_id, staff(), now(), typing=False)
        let_go()


@blueprint.post("/claim")
@needs(Permission.DESK)
def claim() -> ResponseReturnValue:
    """The next case of a queue that is nobody's becomes the agent's."""
    queue = chosen_queue()
    with unit_of_work() as session:
        case = sharing.claim_next(session, staff(), queue, now(), spans())
        number = case.number if case is not None else ""
    if not number:
        flash(t("desk.claim.none"), "info")
        return redirect(url_for("desk.queue", queue=queue), 303)
    flash(t("desk.done.take", number=number), "done")
    return redirect(url_for("desk.case", number=number, queue=queue), 303)


@blueprint.post("/case/<number>/watch")
@needs(Permission.DESK)
def watch(number: str) -> ResponseReturnValue:
    """Watch a case, or no more."""
    on = request.form.get("on") == "1"
    with unit_of_work() as session:
        sharing.watch(session, access.get_case(session, number, staff()), staff(), now(), on=on)
    flash(t("desk.watch.begun" if on else "desk.watch.ended", number=number), "done")
    return redirect(url_for("desk.case", number=number, queue=chosen_queue()), 303)
