"""The cases behind a figure, and the centre's health in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, render_template, request, url_for

from complaints.channels import registry
from complaints.db import begin_reading
from complaints.domain.case import Case
from complaints.domain.kpi.indicators import INDICATORS, PENDING, RESOLUTION
from complaints.domain.policy import Permission, may, may_see
from complaints.domain.thai_time import local_day
from complaints.services import behind, health
from complaints.web import files
from complaints.web.guard import needs, now, staff
from complaints.web.language import t
from complaints.web.oversight.asked import read_asked
from complaints.web.oversight.face import blueprint
from complaints.web.oversight.figures import Names
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from complaints.domain.kpi.facts import KpiCase
    from complaints.web.oversight.asked import Asked

UNKNOWN = "-"
MINUTE, HOUR, DAY = 60, 3600, 86_400


@blueprint.get("/cases")
@needs(Permission.OVERSIGHT)
def cases() -> ResponseReturnValue:
    """The cases that a figure counted, without a word of what they are about."""
    session = begin_reading()
    asked, filters, wanted = asked_for(request.args)
    found = behind.cases(session, wanted, staff(), _after(session))
    shown = found[: behind.PAGE]
    names = Names(session)
    more = asked.cases_url(**filters, after=shown[-1][0].id) if len(found) > behind.PAGE else ""
    return render_template(
        "oversight/cases.html",
        **overseer_frame("oversight"),
        **_options(names),
        asked=asked,
        filters=filters,
        span=(asked.period.first, asked.period.last),
        may_look=may(staff(), Permission.DESK),
        export_url=url_for("oversight.export", **asked.args(by=None), **filters),  # type: ignore[arg-type]
        rows=_rows(shown, names),
        more=more,
        first_page=asked.cases_url(**filters) if request.args.get("after") else "",
        back=asked.url(),
    )


def asked_for(values: MultiDict[str, str]) -> tuple[Asked, dict[str, str], behind.Wanted]:
    """The question and the filters of an address or a form, and which cases they mean."""
    asked, counted = read_asked(values, local_day(now())), values.get("counted", "")
    filters = {
        "agency": values.get("agency", ""),
        "category": values.get("category", ""),
        "channel": values.get("channel", "") if values.get("channel") in registry.known() else "",
        "counted": counted if counted in behind.COUNTED_AS else behind.COUNTED_AS[0],
        "of": values.get("of", "") if values.get("of") in behind.LISTED else RESOLUTION,
    }
    wanted = behind.Wanted(
        asked.period.first,
        asked.period.last,
        group=asked.group,
        agency=_code(filters["agency"]),
        category=_code(filters["category"]),
        channel=filters["channel"] or None,
        counted=filters["counted"],
        code=filters["of"],
    )
    return asked, filters, wanted


def _code(typed: str) -> str | None:
    """None leaves it open, empty text asks for what is not yet known."""
    if typed == UNKNOWN:
        return ""
    return typed or None


def _after(session: Session) -> tuple[datetime, int] | None:
    """The last case of the page before, as the place to go on from."""
    last = session.get(Case, request.args.get("after", type=int) or 0)
    return (last.received_at, last.id) if last is not None and may_see(staff(), last) else None


def _options(names: Names) -> dict[str, Any]:
    """The choices of the filters."""
    unknown = (UNKNOWN, t("word.none"))
    return {
        "agencies": [unknown, *((code, names.of("agency", code)) for code in names.agencies)],
        "categories": [unknown, *((code, names.of("category", code)) for code in names.categories)],
        "channels": [(code, names.of("channel", code)) for code in registry.known()],
        "counts": [(name, t(f"oversight.counted.{name}")) for name in behind.COUNTED_AS],
    }


def _rows(found: Sequence[tuple[Case, KpiCase]], names: Names) -> list[dict[str, Any]]:
    return [
        {
            "number": case.number,
            "href": url_for("desk.case", number=case.number),
            "received_at": case.received_at,
            "agency": names.of("agency", mark.agency_code),
            "category": names.of("category", mark.category_code),
            "channel": names.of("channel", case.channel),
            "state": t(f"word.state.{case.state}"),
            "final_by": case.final_by,
            "counted": _counted(mark),
        }
        for case, mark in found
    ]


def _counted(mark: KpiCase) -> tuple[str, str]:
    """Tone and word: solved in time, waiting for the complainant's word, not yet, too late, or not counted."""
    mask, pending = INDICATORS[RESOLUTION].mask, INDICATORS[PENDING].mask
    if not mark.due & mask:
        return "neutral", t("oversight.stands.not_counted")
    if mark.solved & mask:
        return "done", t("oversight.stands.solved")
    if mark.solved & pending:
        return "waiting", t("oversight.stands.pending")
    if mark.until is not None and mark.until >= now():
        return "waiting", t("oversight.stands.open")
    return "urgent", t("oversight.stands.late")


@blueprint.get("/health")
@needs(Permission.OVERSIGHT)
def health_page() -> ResponseReturnValue:
    """What the machine promised and keeps, and whether its clock runs."""
    around = _files()
    session = begin_reading()
    beat = health.pulse(session, now())
    return render_template(
        "oversight/health.html",
        **overseer_frame("oversight"),
        beat=beat,
        oldest=age(beat["oldest_promise_seconds"]),
        late=beat["oldest_promise_seconds"] >= health.LATE_SECONDS,
        entries=[_entry(name, beat["timetable"].get(name)) for name in sorted({*health.EXPECTED, *beat["timetable"]})],
        failures=health.failures(session),
        **around,
        may_look=may(staff(), Permission.DESK),
        asked_at=now(),
    )


def _files() -> dict[str, Any]:
    """How the virus scanner and the store of files do; asked before the page is made, with no connection held."""
    scanner, where = files.antivirus(), files.store_word()
    bucket = current_app.extensions["settings"].s3_bucket
    place = t("oversight.health.store_bucket", bucket=bucket) if bucket else t("oversight.health.store_disk")
    return {"scanner": scanner, "store_away": where != files.OK, "store_place": place}


def _entry(name: str, run: dict[str, Any] | None) -> dict[str, str]:
    """One entry of the timetable: what it does, when it last ended well, how that looks."""
    seconds = run["age_seconds"] if run else None
    shown = t("oversight.health.never") if seconds is None else t("oversight.health.ago", age=age(seconds))
    if run and run["error"]:
        tone, word = "urgent", t("oversight.health.failing")
    elif seconds is None:
        tone, word = "waiting", t("oversight.health.waiting")
    elif name in health.EXPECTED and seconds > health.EXPECTED[name].total_seconds():
        tone, word = "urgent", t("oversight.health.stopped")
    else:
        tone, word = "done", t("oversight.health.runs")
    known = name in health.EXPECTED
    return {
        "name": t(f"oversight.health.entry.{name}") if known else name,
        "every": t(f"oversight.health.every.{name}") if known else "",
        "age": shown,
        "tone": tone,
        "word": word,
    }


def age(seconds: float) -> str:
    """`12 seconds`, `3 minutes`, `5 hours`, `2 days`: the largest whole unit."""
    whole = int(seconds)
    for size, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if whole >= size:
            return t(f"oversight.age.{name}", n=whole // size)
    return t("oversight.age.seconds", n=whole)
