"""The centre itself: its texts, contacts, target and deadlines, its holidays, and the record of every change."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.policy import Permission
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import ARABIC_DIGITS, BUDDHIST_OFFSET, local_day, show_date
from complaints.services import administer, audit, centre, holidays, meanwhile
from complaints.web.admin.face import blueprint, faults, marks, page, seen, ticked, typed
from complaints.web.admin.telling import told, year_words
from complaints.web.errors import sentence
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


LETTER = ("letter_code", "letter_signer", "letter_position")
TEXTS = ("name_th", "name_en", "short", "hotline", "email", "address_th", "address_en", *LETTER, "shifts")
DAYS = (
    "triage_working_days",
    "acknowledge_working_days",
    "answer_days",
    "final_days",
    "close_after_days",
    "dispute_days",
    "remind_days_before",
    "nudge_after_days",
    "hand_over_after_days",
    "stuck_after_days",
    "most_refusals",
    "decide_working_days",
    "mediation_working_days",
    "mediation_offers",
    "mediation_link_days",
    "sample_size",
)
FLAG = "auto_refer"
LEARNING = ("learn_least_rows", "learn_margin", "drift_points")
FORM: dict[str, Any] = {"texts": TEXTS, "days": DAYS, "learning": LEARNING}
TARGET = "kpi_target"
YEARS_AHEAD = 3
YEARS_BACK = 3


@blueprint.get("/settings")
@needs(Permission.ADMINISTER)
def settings() -> ResponseReturnValue:
    """The settings as they are."""
    session = begin_reading()
    stored = {key: str(value) for key, value in asdict(centre.profile(session)).items()}
    return page("settings.html", given=stored, **FORM, **marks(session, "settings", ""))


@blueprint.post("/settings")
@needs(Permission.ADMINISTER)
def settings_change() -> ResponseReturnValue:
    """Store what was changed, or show everything that cannot be read."""
    given = {key: typed(key) for key in (*TEXTS, TARGET, *DAYS, *LEARNING)}
    given[FLAG] = "1" if request.form.get(FLAG) else "0"
    wrong = centre.faults(given)
    if wrong:
        errors = {key: sentence(error) for key, error in wrong.items()}
        words: dict[str, Any] = {"errors": errors, "seen": seen(), "entries": []}
        return page("settings.html", 422, given=given, **FORM, **words)
    try:
        with unit_of_work() as session:
            meanwhile.hold(session, "settings", "", seen())
            administer.change_settings(session, given, staff(), now())
    except StaleRecord as error:
        words = marks(begin_reading(), "settings", "", error)
        return page("settings.html", given=given, **FORM, **words)
    flash(t("admin.saved"), "done")
    return redirect(url_for("admin.settings"), 303)


@blueprint.get("/holidays")
@needs(Permission.ADMINISTER)
def holidays_page() -> ResponseReturnValue:
    """The days off of a year."""
    return _holidays(_year(request.args.get("year", "")), {}, {})


def _year(typed_year: str) -> int:
    """The Christian year of a year in the Buddhist era; this year for anything else."""
    plain = typed_year.translate(ARABIC_DIGITS)
    today = local_day(now()).year
    if not (plain.isascii() and plain.isdigit() and len(plain) == len("2569")):
        return today
    year = int(plain) - BUDDHIST_OFFSET
    return year if holidays.FIRST_YEAR <= year <= holidays.LAST_YEAR else today


def _holidays(year: int, errors: dict[str, str], given: dict[str, Any]) -> ResponseReturnValue:
    rows = [
        {
            "day": row.day,
            "iso": row.day.isoformat(),
            "weekday": t(f"admin.weekday.{row.day.weekday()}"),
            "name": row.name_th if language() == "th" else row.name_en or row.name_th,
            "half": row.half,
        }
        for row in holidays.of_year(begin_reading(), year)
    ]
    this = local_day(now()).year
    years = [
        (url_for("admin.holidays_page", year=one + BUDDHIST_OFFSET), year_words(one), one == year, None)
        for one in range(min(this - YEARS_BACK, year), max(this + YEARS_AHEAD, year) + 1)
    ]
    words: dict[str, Any] = {"rows": rows, "years": years, "year": year + BUDDHIST_OFFSET, "shown": year_words(year)}
    return page("holidays.html", 422 if errors else 200, errors=errors, given=given, **words)


@blueprint.post("/holidays")
@needs(Permission.ADMINISTER)
def holiday_add() -> ResponseReturnValue:
    """One more day off."""
    given: dict[str, Any] = {field: typed(field) for field in ("day", "name_th", "name_en")}
    given["half"] = ticked("half")
    try:
        with unit_of_work() as session:
            day = read_any_day(given["day"], "day", local_day(now()))
            holidays.add(session, day, given["name_th"], given["name_en"], staff(), now(), half=given["half"])
    except InvalidInput as error:
        return _holidays(_year(typed("year")), faults(error), given)
    flash(t("admin.holiday.added", day=show_date(day, language())), "done")
    return redirect(url_for("admin.holidays_page", year=day.year + BUDDHIST_OFFSET), 303)


@blueprint.post("/holidays/remove")
@needs(Permission.ADMINISTER)
def holiday_remove() -> ResponseReturnValue:
    """The offices work on that day after all."""
    with unit_of_work() as session:
        day = read_any_day(typed("day"), "day", local_day(now()))
        holidays.remove(session, day, staff(), now())
    flash(t("admin.holiday.removed", day=show_date(day, language())), "done")
    return redirect(url_for("admin.holidays_page", year=day.year + BUDDHIST_OFFSET), 303)


@blueprint.post("/holidays/published")
@needs(Permission.ADMINISTER)
def holidays_take() -> ResponseReturnValue:
    """Take the published holidays of a year."""
    year = _year(typed("year"))
    with unit_of_work() as session:
        taken = holidays.take_published(session, year, staff(), now())
    flash(t("admin.holiday.taken", n=taken) if taken else t("admin.holiday.none_missing"), "done" if taken else "info")
    return redirect(url_for("admin.holidays_page", year=year + BUDDHIST_OFFSET), 303)


@blueprint.get("/changes")
@needs(Permission.ADMINISTER)
def changes() -> ResponseReturnValue:
    """Who changed what and when, newest first."""
    session = begin_reading()
    before = request.args.get("before", type=int)
    entries = audit.newest(session, before, audit.PAGE + 1)
    shown = entries[: audit.PAGE]
    more = url_for("admin.changes", before=shown[-1].id) if len(entries) > audit.PAGE else ""
    return page("changes.html", entries=told(session, shown), more=more, later=before is not None)
