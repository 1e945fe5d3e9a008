"""Quality samples: drawn by the week or by hand, each looked at once by somebody who did not do the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.quality import NONE, POINTS, SCORES
from complaints.domain.thai_time import local_day, show_date
from complaints.services import catalogue, centre
from complaints.services.quality import drawing, reviewing
from complaints.web import qualitywords, telling
from complaints.web.days import read_days
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.oversight.face import blueprint
from complaints.web.oversight.figures import Names
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from complaints.domain.quality import QualityItem

LONGEST_CODE = 40


@blueprint.get("/quality")
@needs(Permission.FLOOR)
def quality() -> ResponseReturnValue:
    """What waits for a second look, how it stands on the whole, and what was found lately."""
    return _page({}, {})


@blueprint.post("/quality/draw")
@needs(Permission.FLOOR)
def quality_draw() -> ResponseReturnValue:
    """Draw a sample now, over days of one's own."""
    given = {name: request.form.get(name, "").strip()[:40] for name in ("from", "to")}
    today = local_day(now())
    asked = read_days(given if any(given.values()) else {"days": "7"}, today)
    if asked.errors:
        return _page(given, asked.errors)
    try:
        with unit_of_work() as session:
            size = max(centre.profile(session).sample_size, 1)
            made = len(drawing.draw(session, asked.period, size, staff(), now()))
    except InvalidInput as error:
        return _page(given, {"from": next(iter(field_errors(error).values()))})
    flash(t("quality.drawn", n=made), "done")
    return redirect(url_for("oversight.quality"), 303)


@blueprint.get("/quality/<int:item_id>")
@needs(Permission.FLOOR)
def quality_item(item_id: int) -> ResponseReturnValue:
    """One case with its score sheet."""
    return _sheet(item_id, {}, {})


@blueprint.post("/quality/<int:item_id>")
@needs(Permission.FLOOR)
def quality_review(item_id: int) -> ResponseReturnValue:
    """Keep what was found, or tell what is missing and lose nothing."""
    given = {name: request.form.get(name, "") for name in (*POINTS, "comment", "right_code")}
    try:
        with unit_of_work() as session:
            reviewing.review(
                session,
                item_id,
                {point: given[point] for point in POINTS},
                given["comment"],
                given["right_code"][:LONGEST_CODE],
                staff(),
                now(),
            )
    except InvalidInput as error:
        return _sheet(item_id, given, field_errors(error))
    flash(t("quality.kept"), "done")
    return redirect(url_for("oversight.quality"), 303)


def _page(given: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    names = Names(session)
    page = render_template(
        "oversight/quality.html",
        **overseer_frame("oversight"),
        waiting=[_line(item, names) for item in reviewing.waiting(session, staff())],
        heads=qualitywords.heads(),
        averages=[qualitywords.average(one) for one in reviewing.averages(session, now())],
        reviews=[qualitywords.review(found, said, names) for found, said in reviewing.reviews(session)],
        size=centre.profile(session).sample_size,
        look_back=reviewing.LOOK_BACK.days,
        given=given,
        errors=errors,
    )
    return page, 422 if errors else 200


def _line(item: QualityItem, names: Names) -> list[Any]:
    name = item.account.name if item.account is not None else ""
    return [
        {"text": item.case.number, "href": url_for("oversight.quality_item", item_id=item.id)},
        qualitywords.whose(name),
        names.of("category", item.case.category_code or ""),
        t(f"word.state.{item.case.state}"),
        show_date(item.sample.at, language()),
    ]


def _sheet(item_id: int, given: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    item, names = reviewing.get(session, item_id, staff()), Names(session)
    case = item.case
    page = render_template(
        "oversight/quality_item.html",
        **overseer_frame("oversight"),
        item_id=item.id,
        number=case.number,
        whose=qualitywords.whose(item.account.name if item.account is not None else ""),
        facts=[
            (t("oversight.by.category"), names.of("category", case.category_code or "")),
            (t("oversight.by.agency"), names.of("agency", case.lead_agency_code or "")),
            (t("oversight.cases.state"), t(f"word.state.{case.state}")),
        ],
        story=case.story,
        resolution=case.resolution,
        points=[(point, t(f"quality.point.{point}"), t(f"quality.hint.{point}"), _scores(point)) for point in POINTS],
        categories=telling.category_choices(catalogue.choosable(session)),
        longest=reviewing.LONGEST,
        given=given,
        errors=errors,
    )
    return page, 422 if errors else 200


def _scores(point: str) -> list[tuple[str, str]]:
    """Whether the kind is right can always be said."""
    return [(score, t(f"quality.score.{score}")) for score in SCORES if point != "category" or score != NONE]
