"""What somebody of the desk has in hand and has done: one's own figures, the same that the supervisor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.thai_time import local_day
from complaints.domain.wording import known
from complaints.services import drafting
from complaints.services.floor import checked, people
from complaints.services.quality import reviewing
from complaints.web import floorwords, qualitywords
from complaints.web.days import CHOICES, read_days
from complaints.web.desk.face import blueprint, desk_frame
from complaints.web.errors import sentence
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.oversight.figures import Names

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/mine")
@needs(Permission.DESK)
def mine() -> ResponseReturnValue:
    """One's own figures over the chosen days, and the reviews of one's work."""
    return _page({}, 0)


@blueprint.post("/mine/reviews/<int:item_id>")
@needs(Permission.DESK)
def mine_answer(item_id: int) -> ResponseReturnValue:
    """What one says to a review, once."""
    try:
        with unit_of_work() as session:
            reviewing.answer(session, item_id, request.form.get("text", ""), staff(), now())
    except InvalidInput as error:
        return _page({f"text-{item_id}": sentence(error)}, item_id)
    flash(t("quality.answer_kept"), "done")
    return redirect(url_for("desk.mine"), 303)


def _page(wrong: dict[str, str], answering: int) -> ResponseReturnValue:
    session, days = begin_reading(), read_days(request.args, local_day(now()))
    me = staff().account_id or 0
    shares = checked.by(checked.rows(session, days.period, only=me), "account_id")
    own = [
        floorwords.person(one, shares.get(one.id, checked.Share()), now())
        | {
            "held": {"text": f"{one.held:,}", "href": url_for("desk.queue", queue="mine")},
            "done": floorwords.done(one),
        }
        for one in people.people(session, days.period, now(), only=me)
    ]
    page = render_template(
        "desk/mine.html",
        days=days,
        errors=days.errors | wrong,
        answering=answering,
        typed=request.form.get("text", ""),
        choices=[
            (url_for("desk.mine", days=code), t(f"floor.days.{code}"), code == days.choice, None) for code in CHOICES
        ],
        own=own,
        unsent=[(one, _form(one.verb)) for one in drafting.unsent(session, staff())],
        heads=qualitywords.heads(),
        averages=[qualitywords.average(one) for one in reviewing.averages(session, now(), only=me)],
        look_back=reviewing.LOOK_BACK.days,
        reviews=[qualitywords.review(found, said, Names(session)) for found, said in reviewing.reviews(session, me)],
        longest=reviewing.LONGEST,
        **desk_frame(session, "figures"),
    )
    return page, 422 if days.errors or wrong else 200


def _form(verb: str) -> str:
    """What the form is called; the small ones beside a case have no name of their own."""
    return t(f"desk.{verb}.name") if known(f"desk.{verb}.name") else t("floor.unsent_form")
