"""What somebody of the desk has in hand and has done: one's own figures, the same that the supervisor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for

from complaints.db import begin_reading
from complaints.domain.policy import Permission
from complaints.domain.thai_time import local_day
from complaints.services.floor import checked, people
from complaints.web import floorwords
from complaints.web.days import CHOICES, read_days
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.guard import needs, now, staff
from complaints.web.language import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/mine")
@needs(Permission.DESK)
def mine() -> ResponseReturnValue:
    """One's own figures over the chosen days."""
    session, days = begin_reading(), read_days(request.args, local_day(now()))
    me = staff().account_id or 0
    shares = checked.by(checked.rows(session, days.period, only=me), "account_id")
    own = [
        floorwords.person(one, shares.get(one.id, checked.Share()), now())
        | {
            "held": {"text": f"{one.held:,}", "href": url_for("desk.queue", queue="mine")},
            "snoozed": {"text": f"{one.snoozed:,}", "href": url_for("desk.queue", queue="snoozed")},
            "done": floorwords.done(one),
        }
        for one in people.people(session, days.period, now(), only=me)
    ]
    page = render_template(
        "desk/mine.html",
        days=days,
        choices=[
            (url_for("desk.mine", days=code), t(f"floor.days.{code}"), code == days.choice, None) for code in CHOICES
        ],
        own=own,
        **desk_frame(session, "figures"),
    )
    return page, 422 if days.errors else 200
