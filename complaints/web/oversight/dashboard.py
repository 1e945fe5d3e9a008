"""Oversight: the resolution rate against its target, what pulls it down, and the same figures to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request

from complaints.db import begin_reading, unit_of_work
from complaints.domain.audit import Change
from complaints.domain.kpi.indicators import RESOLUTION, version
from complaints.domain.policy import Permission, may
from complaints.domain.thai_time import local_day, show_date
from complaints.services import audit, centre, report
from complaints.services.kpi import counting
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.oversight import figures, overview
from complaints.web.oversight.asked import SCOPES, Asked, read_asked
from complaints.web.oversight.face import blueprint
from complaints.web.rail import overseer_frame
from complaints.web.sheet import csv_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.kpi.count import Count

CELL = ("agency", "category", "channel", "month")


@blueprint.get("")
@needs(Permission.OVERSIGHT)
def index() -> ResponseReturnValue:
    """One number, its target and its light; then the trend, what pulls it down, and every table."""
    session, today = begin_reading(), local_day(now())
    asked = read_asked(request.args, today)
    target = centre.profile(session).kpi_target
    names = figures.Names(session)
    linked = may(staff(), Permission.DESK)
    count = report.total(session, asked.period.first, asked.period.last, group=asked.group)
    tone, word = figures.standing(count, target)
    page = render_template(
        "oversight/index.html",
        **overseer_frame("oversight"),
        **_chooser(session, asked),
        errors=asked.errors,
        count=count,
        rate=t("oversight.no_figure") if count.rate is None else str(count.rate),
        tone=tone,
        light_word=word,
        target=figures.plain(target),
        target_line=float(target) if target % 1 else int(target),
        verdict=figures.verdict(session, asked, count, target, today),
        counted_at=report.counted_at(session),
        counters=_counters(asked, count, linked=linked),
        last_year=overview.last_year(session, asked, count),
        score=overview.score(asked, count, names.agencies.values()),
        indicators=overview.rows(session, asked, linked=linked),
        backlog=overview.backlog(session, asked, today),
        definitions=overview.definitions(),
        older=_older(session, asked),
        trend=figures.trend(session, asked),
        weights=figures.weights(session, asked, names, target, linked=linked),
        lines=figures.lines(session, asked, names, target, linked=linked),
        version=version(RESOLUTION),
    )
    return page, 422 if asked.errors else 200


def _older(session: Session, asked: Asked) -> str:
    """What was counted for the same days under the version before this one, if it ever was."""
    before = version(RESOLUTION) - 1
    count, at = report.of_version(session, asked.period.first, asked.period.last, before, group=asked.group)
    if at is None:
        return ""
    rate, day = figures.shown_rate(count), show_date(at, language())
    return t("kpi.older", version=before, rate=rate, pair=f"{count.solved:,} / {count.due:,}", day=day)


def _chooser(session: Session, asked: Asked) -> dict[str, Any]:
    """What the choice of scope, days and table needs."""
    return {
        "asked": asked,
        "scopes": [
            (asked.url(scope=scope), t(f"oversight.scope.{scope}"), scope == asked.scope, None) for scope in SCOPES
        ],
        "tables": [
            (asked.url(by=by) + "#tables", t(f"oversight.by.{by}"), by == asked.by, None) for by in report.DIMENSIONS
        ],
        "years": figures.years(session, local_day(now())),
        "parts": figures.parts(asked.year),
        "span": (asked.period.first, asked.period.last),
    }


def _counters(asked: Asked, count: Count, *, linked: bool) -> list[dict[str, str]]:
    """Contacts, problems and solved problems: three counts, each with its definition."""
    return [
        {
            "label": t(f"oversight.counter.{name}.label"),
            "value": f"{value:,}",
            "text": t(f"oversight.counter.{name}.{asked.scope}"),
            "href": asked.cases_url(counted=name) if linked else "",
        }
        for name, value in (("contacts", count.contacts), ("due", count.due), ("solved", count.solved))
    ]


@blueprint.post("/recount")
@needs(Permission.OVERSIGHT)
def recount() -> ResponseReturnValue:
    """Count the recent days anew, now, and those with anything open."""
    asked = read_asked(request.args, local_day(now()))
    with unit_of_work() as session:
        days = counting.recount(session, counting.recent_days(session, now()), now())
        audit.record(session, Change.RECOUNTED, "", staff(), now(), after={"days": days})
    flash(t("oversight.recounted", n=f"{days:,}"), "done")
    return redirect(asked.url(), 303)


@blueprint.get("/table.csv")
@needs(Permission.OVERSIGHT)
def table() -> Response:
    """The shown table, or with `by=cell` every agency, category, channel and month: one row a cell."""
    session = begin_reading()
    asked = read_asked(request.args, local_day(now()))
    names = figures.Names(session)
    cells = request.args.get("by") == "cell"
    dimensions = CELL if cells else (asked.by,)
    span = asked.period
    if dimensions == ("fiscal_year",):
        span = figures.every_year(session, asked.period.first)
    counted_at = report.counted_at(session)
    common = (
        t(f"oversight.scope.{asked.scope}"),
        span.first.isoformat(),
        span.last.isoformat(),
    )
    tail = (
        figures.plain(centre.profile(session).kpi_target),
        version(RESOLUTION),
        counted_at.isoformat(timespec="seconds") if counted_at else "",
    )

    def rows() -> Iterator[tuple[object, ...]]:
        for key, count in report.cells(session, dimensions, span.first, span.last, group=asked.group).items():
            words = [cell for by, code in zip(dimensions, key, strict=True) for cell in (code, names.of(by, code))]
            yield (*common, *words, count.contacts, count.solved, count.due, count.rate, *tail)

    head = [t(f"oversight.sheet.{name}") for name in ("scope", "first", "last")]
    for by in dimensions:
        head += [t("oversight.sheet.code", of=t(f"oversight.by.{by}")), t(f"oversight.by.{by}")]
    head += [
        t(f"oversight.sheet.{name}") for name in ("contacts", "solved", "due", "rate", "target", "version", "as_of")
    ]
    what = "cell" if cells else asked.by
    filename = f"1212-resolution-{asked.scope}-{what}-{span.first.isoformat()}-{span.last.isoformat()}.csv"
    return csv_response(filename, head, rows())
