"""The hotline entry form: an agent writes down what a caller tells, and reads out the number and the secret."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.call import PhoneCall
from complaints.domain.errors import DomainError, InvalidInput
from complaints.domain.places import provinces
from complaints.domain.policy import Permission, may_see_draft
from complaints.domain.reading import read_amount, read_clock, read_day, read_email, read_line_id, read_name, read_phone
from complaints.domain.secret import grouped
from complaints.domain.thai_time import BANGKOK, local_day
from complaints.domain.wording import LANGUAGES, say
from complaints.services import calls, catalogue, drafts, intake, triage
from complaints.web import telling
from complaints.web.desk.beside import beside, listen
from complaints.web.desk.face import blueprint, desk_frame, settings
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

SUBMISSION_LIMIT = 100
KEPT = (
    *("phone", "story", "category", "lost", "day", "clock", "urgent"),
    *("name", "email", "line_id", "province", "language", "consent", "call"),
)


@blueprint.get("/new")
@needs(Permission.DESK)
def new() -> ResponseReturnValue:
    """An empty form, or one of the agent's drafts; its random mark makes one case of it, however often it is sent."""
    if draft_id := whole(request.args.get("draft", "")):
        draft = drafts.get_of_agent(begin_reading(), staff(), draft_id)
        return _form({key: str(value) for key, value in draft.data.items()}, {}, 200)
    typed = {"submission": secrets.token_urlsafe(18), "language": "th"}
    if call_id := whole(request.args.get("call", "")):
        call = calls.get(begin_reading(), call_id)
        typed |= {"call": str(call.id), "phone": call.caller}
    return _form(typed, {}, 200)


@blueprint.post("/new")
@needs(Permission.DESK)
def enter() -> ResponseReturnValue:
    """Suggest the kind, or file the case and show what to read out to the caller."""
    typed = request.form.to_dict()
    if "draft" in typed:
        draft_id = _keep(typed)
        flash(t("desk.new.draft_kept"), "done")
        return redirect(url_for("desk.new", draft=draft_id) if draft_id else url_for("desk.new"), 303)
    if "look" in typed:
        return _form(typed, {}, 200)
    inbound, errors = _read(typed)
    if errors:
        return _form(typed, errors, 422)
    try:
        with unit_of_work() as session:
            draft = drafts.find(session, inbound.submission)
            if draft is not None and may_see_draft(staff(), draft):
                inbound = replace(inbound, draft_id=draft.id)
            filed = intake.file_case(session, inbound, staff(), now(), settings().secret_key)
            number, secret, final_by = filed.case.number, filed.secret, filed.case.final_by
            if filed.fresh and typed.get("urgent"):
                triage.mark_urgent(session, filed.case, staff(), now(), urgent=True)
            if call_id := whole(typed.get("call", "")):
                calls.tie(session, call_id, filed.case, staff(), now())
    except DomainError as error:
        return _form(typed, field_errors(error), 422)
    # The secret stands nowhere in clear, so the page that shows it answers the form itself: sent again, it is the same.
    session = begin_reading()
    return render_template(
        "desk/entered.html",
        number=number,
        groups=grouped(secret).split(),
        number_words=spoken(number, inbound.language),
        group_words=[spoken(group, inbound.language) for group in grouped(secret).split()],
        spoken_in=inbound.language,
        final_by=final_by,
        **desk_frame(session, "new"),
    )


@blueprint.post("/new/draft")
@needs(Permission.DESK)
def keep_draft() -> ResponseReturnValue:
    """Keep what was typed so far, for the page that asks by itself."""
    _keep(request.form.to_dict())
    return "", 204


@blueprint.post("/new/draft/<int:draft_id>/discard")
@needs(Permission.DESK)
def discard_draft(draft_id: int) -> ResponseReturnValue:
    """Erase a draft of one's own."""
    with unit_of_work() as session:
        drafts.discard(session, drafts.get_of_agent(session, staff(), draft_id), now())
    flash(t("desk.new.draft_gone"), "done")
    return redirect(url_for("desk.new"), 303)


def _keep(typed: dict[str, str]) -> int | None:
    values = {name: typed[name][: intake.STORY_LIMIT] for name in KEPT if typed.get(name, "").strip()}
    submission = typed.get("submission", "")
    if not submission or not values.keys() - {"language", "call"}:
        return None
    with unit_of_work() as session:
        kept = {**values, "submission": submission[:SUBMISSION_LIMIT]}
        return drafts.keep_for_agent(session, staff(), submission[:SUBMISSION_LIMIT], kept, now()).id


@blueprint.post("/new/look")
@needs(Permission.DESK)
def look() -> ResponseReturnValue:
    """What is known of the words so far, for the page that asks while the agent types."""
    typed = request.form.to_dict()
    heard = listen(typed)
    return render_template("desk/beside.html", beside=beside(begin_reading(), typed, heard, _moved_at(typed)))


def _moved_at(typed: dict[str, str]) -> datetime | None:
    """When the money left, if that was typed and can be read."""
    try:
        return _moment(typed["day"].strip(), typed.get("clock", "").strip()) if typed.get("day", "").strip() else None
    except InvalidInput:
        return None


def spoken(digits: str, words_in: str) -> str:
    """Digits as they are read out, each by its name."""
    return " ".join(say(f"word.digit.{sign}", words_in) for sign in digits if sign.isdecimal())


def _form(typed: dict[str, str], errors: dict[str, str], status: int) -> ResponseReturnValue:
    typed = {**typed, "submission": typed.get("submission") or secrets.token_urlsafe(18)}
    heard = listen(typed)
    session = begin_reading()
    call = _call(session, typed)
    around = desk_frame(session, "new")
    if call is not None and around["ring_url"]:
        around["ring_url"] = url_for("desk.ringing", but=call.id)
    page = render_template(
        "desk/new.html",
        typed=typed,
        errors=errors,
        call=call,
        drafts=[row for row in drafts.of_agent(session, staff()) if row.data.get("submission") != typed["submission"]],
        beside=beside(session, typed, heard, _moved_at(typed)),
        categories=telling.category_choices(row for row in catalogue.categories(session).values() if row.active),
        provinces=sorted(
            ((row.code, row.name(language())) for row in provinces().values()), key=lambda entry: entry[1]
        ),
        **around,
    )
    return page, status


def _call(session: Session, typed: dict[str, str]) -> PhoneCall | None:
    """The call that is written down, if the telephone system told of it."""
    return session.get(PhoneCall, whole(typed.get("call", "")))


def _read(typed: dict[str, str]) -> tuple[intake.Inbound, dict[str, str]]:
    """The complaint, and what is missing or wrong in what was typed."""
    errors: dict[str, str] = {}

    def take(name: str, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 - each field has its own
        text = typed.get(name, "").strip()
        if not text:
            return None
        try:
            return read(text)
        except InvalidInput as error:
            errors.update(field_errors(error))
            return None

    inbound = intake.Inbound(
        channel="hotline",
        acknowledged=True,
        story=typed.get("story", ""),
        submission=typed.get("submission", "") or secrets.token_urlsafe(18),
        language=typed["language"] if typed.get("language") in LANGUAGES else "th",
        name=take("name", lambda text: read_name(text, "name")) or "",
        phone=take("phone", lambda text: read_phone(text, "phone")) or "",
        email=take("email", lambda text: read_email(text, "email")) or "",
        line_id=take("line_id", lambda text: read_line_id(text, "line_id")) or "",
        category=typed.get("category") or None,
        province=typed.get("province", "") if typed.get("province") in provinces() else "",
        lost=take("lost", lambda text: read_amount(text, "lost")),
        transferred_at=take("day", lambda text: _moment(text, typed.get("clock", "").strip())),
        consent_at=now() if typed.get("consent") else None,
    )
    if not inbound.story.strip():
        errors = {**field_errors(InvalidInput("story", reason="required")), **errors}
    if not typed.get("consent"):
        errors["consent"] = t("desk.new.consent_missing")
    return inbound, errors


def _moment(day_text: str, clock_text: str) -> datetime:
    """When the money left; of a day without an hour, noon, and never later than now."""
    day = read_day(day_text, "day", local_day(now()))
    hour, minute = read_clock(clock_text, "clock") if clock_text else (12, 0)
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BANGKOK)
    return min(moment, now() - timedelta(minutes=1))
