"""How quickly receipts reach people: per channel and day, against the centre's promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for

from complaints.channels import registry
from complaints.db import begin_reading
from complaints.domain.kpi.count import Count
from complaints.domain.kpi.indicators import ACKNOWLEDGEMENT, ACKNOWLEDGEMENT_TARGET, version
from complaints.domain.policy import Permission, may
from complaints.domain.thai_time import local_day
from complaints.services import acknowledge
from complaints.web.counting import acknowledged, last_days, pair
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.oversight import figures
from complaints.web.oversight.asked import read_asked
from complaints.web.oversight.face import blueprint
from complaints.web.rail import overseer_frame
from complaints.web.sheet import csv_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from flask import Response
    from flask.typing import ResponseReturnValue

    from complaints.domain.period import Period
    from complaints.web.oversight.asked import Asked

MOST_DAYS = 92
SHOWN_LATE = 50


@blueprint.get("/acknowledgement")
@needs(Permission.OVERSIGHT)
def acknowledgement() -> ResponseReturnValue:
    """One number and its target; then every channel, every day, and the cases that lack."""
    session = begin_reading()
    asked, span, errors = _asked()
    found = acknowledged(session, span)
    tone, word = figures.standing(found.total, ACKNOWLEDGEMENT_TARGET)
    page = render_template(
        "oversight/acknowledgement.html",
        **overseer_frame("oversight"),
        **found.words(),
        asked=asked,
        errors=errors,
        rate=t("oversight.no_figure") if found.total.rate is None else str(found.total.rate),
        tone=tone,
        word=word,
        channels=[(name, *_line(count)) for name, count in found.words()["by_channel"]],
        heads=[registry.name(code, language()) for code in found.channels],
        days=[(day, *_pairs(found.cells, found.channels, day)) for day in found.days()],
        late=acknowledge.late(session, staff(), found.cells, SHOWN_LATE),
        channel_name=lambda code: registry.name(code, language()),
        may_look=may(staff(), Permission.DESK),
        version=version(ACKNOWLEDGEMENT),
        csv=url_for("oversight.acknowledgement_table", **{"from": span.first.isoformat(), "to": span.last.isoformat()}),  # type: ignore[arg-type]
    )
    return page, 422 if errors else 200


def _asked() -> tuple[Asked, Period, dict[str, str]]:
    """The days of the address; the last thirty, unless two days are given that lie near enough for a table."""
    today = local_day(now())
    asked = read_asked(request.args, today)
    errors = dict(asked.errors)
    span = asked.period if asked.is_free else last_days(today)
    if (span.last - span.first).days >= MOST_DAYS:
        errors["to"] = t("oversight.acknowledgement.too_long", days=MOST_DAYS)
        span = last_days(today)
    return asked, span, errors


def _line(count: Count) -> tuple[Count, str, str, str]:
    tone, word = figures.standing(count, ACKNOWLEDGEMENT_TARGET)
    return count, figures.shown_rate(count), tone, word


def _pairs(cells: acknowledge.Cells, channels: list[str], day: date) -> list[str]:
    """All channels of a day together, then each by itself."""
    return [
        pair(acknowledge.added(cells, day=day)),
        *(pair(cells.get((day, channel), Count(0, 0))) for channel in channels),
    ]


@blueprint.get("/acknowledgement.csv")
@needs(Permission.OVERSIGHT)
def acknowledgement_table() -> Response:
    """Every counted day and channel of the days, one row a cell."""
    session = begin_reading()
    _, span, _ = _asked()
    found = acknowledged(session, span)
    as_of = found.counted_at.isoformat(timespec="seconds") if found.counted_at else ""

    def rows() -> Iterator[tuple[object, ...]]:
        for (day, channel), count in found.cells.items():
            name = registry.name(channel, language())
            tail = (figures.plain(ACKNOWLEDGEMENT_TARGET), version(ACKNOWLEDGEMENT), as_of)
            yield (day.isoformat(), channel, name, count.solved, count.due, count.rate, *tail)

    head = [
        t("oversight.acknowledgement.day"),
        t("oversight.sheet.code", of=t("oversight.by.channel")),
        t("oversight.by.channel"),
        t("oversight.acknowledgement.in_time"),
        t("oversight.acknowledgement.received"),
        *(t(f"oversight.sheet.{name}") for name in ("rate", "target", "version", "as_of")),
    ]
    return csv_response(f"1212-acknowledgement-{span.first.isoformat()}-{span.last.isoformat()}.csv", head, rows())
