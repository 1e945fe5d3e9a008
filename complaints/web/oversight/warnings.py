"""Writing a warning to the public, and taking it off the page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import local_day
from complaints.services import warnings
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.oversight.face import blueprint
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

FIELDS = ("text_th", "text_en", "first", "last")


@blueprint.get("/warnings")
@needs(Permission.OVERSIGHT)
def warnings_page() -> ResponseReturnValue:
    """What everybody sees now, the form, and what was said before."""
    return _page({}, {})


@blueprint.post("/warnings")
@needs(Permission.OVERSIGHT)
def warning_add() -> ResponseReturnValue:
    """Warn; without a first day from now on."""
    given = {field: request.form.get(field, "").strip() for field in FIELDS}
    today = local_day(now())
    try:
        first = read_any_day(given["first"], "first", today) if given["first"] else today
        last = _last_day(given["last"], today)
        with unit_of_work() as session:
            warnings.add(session, given["text_th"], given["text_en"], first, last, staff(), now())
    except InvalidInput as error:
        return _page(field_errors(error), given)
    flash(t("warning.added"), "done")
    return redirect(url_for("oversight.warnings_page"), 303)


@blueprint.post("/warnings/<int:warning_id>/end")
@needs(Permission.OVERSIGHT)
def warning_end(warning_id: int) -> ResponseReturnValue:
    """Off the page at once."""
    with unit_of_work() as session:
        warnings.end(session, warning_id, staff(), now())
    flash(t("warning.ended"), "done")
    return redirect(url_for("oversight.warnings_page"), 303)


def _last_day(text: str, today: date) -> date:
    if not text:
        raise InvalidInput("last", reason="required")
    return read_any_day(text, "last", today)


def _page(errors: dict[str, str], given: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    shown = warnings.current(session, now())
    rows = [
        {
            "row": row,
            "last": row.ends_at - timedelta(seconds=1),
            "state": _state(row.starts_at > now(), row.ends_at <= now(), row is shown),
            "over": row.ends_at <= now(),
        }
        for row in warnings.listed(session)
    ]
    page = render_template(
        "oversight/warnings.html", rows=rows, errors=errors, given=given, **overseer_frame("oversight")
    )
    return page, 422 if errors else 200


def _state(ahead: bool, over: bool, shown: bool) -> tuple[str, str]:  # noqa: FBT001 - three answers about one row
    """Tone and word."""
    if over:
        return "neutral", t("warning.over")
    if ahead:
        return "waiting", t("warning.ahead")
    return ("urgent", t("warning.shown")) if shown else ("waiting", t("warning.covered"))
