"""What an agent typed and has not sent, and what becomes of it when a colleague was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for

from complaints.db import unit_of_work
from complaints.domain.policy import Permission
from complaints.services import access, drafting
from complaints.web import telling
from complaints.web.desk.face import blueprint, chosen_queue
from complaints.web.desk.verbs import VERBS
from complaints.web.guard import needs, now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.event import Event


@blueprint.post("/case/<number>/draft/<verb>")
@needs(Permission.DESK)
def keep_typed(number: str, verb: str) -> ResponseReturnValue:
    """Keep what stands in a form, or with `drop` throw it away."""
    if verb not in VERBS:
        abort(404)
    dropped = "drop" in request.form
    with unit_of_work() as session:
        case = access.get_case(session, number, staff())
        if dropped:
            drafting.drop(session, case, verb, staff())
        else:
            drafting.keep(session, case, verb, request.form.to_dict(flat=False), staff(), now())
    if not dropped:
        return "", 204
    flash(t("desk.clash.dropped"), "done")
    return redirect(url_for("desk.case", number=number, queue=chosen_queue()), 303)


def drafts(session: Session, case: Case, actor: Actor) -> dict[str, dict[str, Any]]:
    """What the actor's forms hold, by verb: the first word of each field, and when it was kept."""
    return {
        verb: {"at": row.changed_at, "typed": {name: texts[0] for name, texts in row.data.items() if texts}}  # type: ignore[index]
        for verb, row in drafting.of_case(session, case, actor).items()
    }


def clash(session: Session, case: Case, changes: Sequence[Event]) -> dict[str, Any]:
    """Somebody else saved first: what that one did and wrote, beside what stands in the form."""
    known = telling.names(session, case)
    first = min((event.at for event in changes), default=now())
    theirs = [row for row in telling.messages(case.messages, known) if row["when"] >= first]
    mine = [text for name in drafting.TEXTS for text in request.form.getlist(name) if text.strip()]
    again = [
        (name, text)
        for name, texts in request.form.to_dict(flat=False).items()
        if name not in drafting.NOT_TYPED
        for text in texts
    ]
    return {"theirs": theirs, "mine": mine, "again": again, "changes": telling.timeline(changes, known)}
