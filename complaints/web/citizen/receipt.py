"""Step 5 of the report: checking, sending once, and the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.agency import Category
from complaints.domain.calendar import freeze_until
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.message import Draft
from complaints.domain.places import provinces
from complaints.domain.policy import Permission
from complaints.domain.questions import MONEY, UNSURE, questions_for, show_answer
from complaints.domain.reading import read_email
from complaints.domain.secret import grouped, new_secret, secret_matches
from complaints.domain.thai_time import local_day, show_date, show_datetime
from complaints.services import access, acknowledge, centre, drafts, follow, intake
from complaints.services.written import Sheet, complaint
from complaints.web.citizen import flow
from complaints.web.citizen.answers import read_contact, read_questions
from complaints.web.citizen.drafting import forget, read_sheet, remember, writing
from complaints.web.citizen.face import blueprint, settings
from complaints.web.citizen.picture import Words, receipt_png
from complaints.web.errors import field_errors
from complaints.web.guard import close_track, needs, now, open_track
from complaints.web.language import language, t
from complaints.web.limits import SENDING, limiter

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

CONSENT_LINES = 5


@blueprint.get("/report/check")
@needs(Permission.PUBLIC)
def check() -> Response:
    """Everything once more, what happens with it, and the consent."""
    session = begin_reading()
    sheet = read_sheet(session)
    if sheet is None:
        return flow.lead("story")
    if sheet.case_id is not None:
        return _to_receipt()
    gap = flow.first_gap(sheet.data, flow.known_kinds())
    if gap is not None:
        return make_response(redirect(url_for(f"citizen.{gap}", to="check", missing=1), 303))
    return _check(session, sheet, {})


@blueprint.post("/report/check")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def send() -> Response:
    """Make the case; the draft's token is the submission's key, so that sending twice makes one."""
    if request.form.get("go") == "back":
        return flow.lead("contact")
    session = begin_reading()
    sheet = read_sheet(session)
    if sheet is None:
        return flow.lead("story")
    if sheet.case_id is not None:
        return _to_receipt()
    if flow.first_gap(sheet.data, flow.known_kinds()) is not None:
        return flow.lead("check")
    if not request.form.get("consent"):
        return _check(session, sheet, field_errors(InvalidInput("consent", reason="consent")), 422)
    session.rollback()
    with writing() as (work, draft):
        case_id = _file(work, draft, sheet.token)
    if case_id is not None:
        open_track(case_id)
    return _to_receipt()


def _file(session: Session, draft: Draft | None, token: str) -> int | None:
    """None when a copy of this request was faster: then the receipt stands already."""
    if draft is None:
        return None
    sheet = Sheet(token, draft.id, dict(draft.data))
    inbound = complaint(sheet, "web", language(), now(), now())
    filed = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), now(), settings().secret_key)
    draft.changed_at = now()
    return filed.case.id


def _check(session: Session, sheet: Sheet, errors: dict[str, str], status: int = 200) -> Response:
    draft = session.get(Draft, sheet.draft_id)
    files = [file.file_name for file in drafts.files_of(session, draft)] if draft else []
    return flow.show(
        "check",
        sheet,
        status,
        errors=errors,
        rows=_rows(session, sheet, files),
        lines=[t(f"citizen.check.line_{number}") for number in range(1, CONSENT_LINES + 1)],
    )


def _rows(session: Session, sheet: Sheet, files: list[str]) -> list[tuple[str, str, str]]:
    """Label, value and the page on which to change it."""
    data = sheet.data
    answers, _ = read_questions(data, local_day(now()))
    contact, _ = read_contact(sheet.contact)
    category = session.get(Category, data["kind"])
    kind = t("citizen.kind.unsure") if data["kind"] == UNSURE or category is None else category.name(language())
    rows = [
        (t("citizen.check.story"), str(data["story"]), "story"),
        (t("citizen.money.legend"), t(f"citizen.money.{data[MONEY]}"), "story"),
        (t("citizen.check.kind"), kind, "kind"),
    ]
    for question in questions_for(data["kind"]):
        if question.key in answers:
            page = "more" if question.follows else "questions"
            rows.append((question.label(language()), show_answer(question, answers[question.key], language()), page))
    rows.append((t("citizen.check.files"), ", ".join(files) or t("citizen.check.no_files"), "evidence"))
    province = provinces()[contact["province"]].name(language()) if contact["province"] else ""
    rows += [
        (t(f"citizen.contact.{name}"), value, "contact")
        for name, value in {**contact, "province": province}.items()
        if value
    ]
    return rows


@blueprint.get("/report/receipt")
@needs(Permission.PUBLIC)
def receipt() -> Response:
    """Number, secret, what happens by when; shown to the browser that sent it, for a limited time."""
    session = begin_reading()
    case, secret = _sent(session)
    answer = _receipt(case, secret, {})
    if case.acknowledged_at is None:
        case_id = case.id
        session.rollback()
        with unit_of_work() as work:
            acknowledge.reached(work, work.get_one(Case, case_id), "web", now())
    return answer


@blueprint.get("/report/receipt.png")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def picture() -> Response:
    """The receipt for the telephone's album; shown in place: a long press saves it where a download does not."""
    session = begin_reading()
    case, secret = _sent(session)
    profile = centre.profile(session)
    words = Words(
        centre=profile.name(language()),
        title=t("citizen.receipt.title"),
        when=t("citizen.receipt.text", when=show_datetime(case.received_at, language())),
        number_label=t("ui.case_number"),
        number=case.number,
        secret_label=t("citizen.receipt.secret"),
        groups=_groups(case, secret),
        next_label=t("citizen.receipt.next"),
        steps=[
            (t("citizen.receipt.by", when=show_date(case.triage_by, language())), t("citizen.receipt.read")),
            (t("citizen.receipt.after", days=profile.answer_days), t("citizen.receipt.answer")),
            (t("citizen.receipt.by", when=show_date(case.final_by, language())), t("citizen.receipt.final")),
        ],
        where=[
            f"{t('citizen.receipt.where')} {url_for('citizen.track', _external=True)}",
            t("ui.hotline.call", number=profile.hotline),
        ],
        warning=t("citizen.receipt.picture_warning"),
    )
    let_go()
    answer = make_response(receipt_png(words))
    answer.headers["Content-Type"] = "image/png"
    answer.headers["Content-Disposition"] = f'inline; filename="1212-{words.number}.png"'
    return answer


@blueprint.post("/report/receipt")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def send_receipt() -> Response:
    """Send the receipt to an address that the complainant leaves now."""
    typed = request.form.get("email", "")
    session = begin_reading()
    case, secret = _sent(session)
    case_id = case.id
    try:
        address = read_email(typed, "email")
    except InvalidInput as error:
        return _receipt(case, secret, field_errors(error), 422, typed)
    session.rollback()
    with unit_of_work() as work:
        owner = Actor(Role.COMPLAINANT, case_id=case_id)
        follow.leave_address(access.get_own_for_change(work, owner), address, now())
    flash(t("citizen.receipt.promised", email=address), "done")
    return _to_receipt()


def _sent(session: Session) -> tuple[Case, str]:
    sheet = read_sheet(session)
    case = session.get(Case, sheet.case_id) if sheet is not None and sheet.case_id is not None else None
    if sheet is None or case is None:
        raise NotFound(what="receipt")
    return case, new_secret(settings().secret_key, sheet.token)


def _groups(case: Case, secret: str) -> list[str]:
    """The secret as it is read out; one that was changed must not be shown as if it still opened the case."""
    return grouped(secret).split() if secret_matches(secret, case.secret_hash) else []


def _receipt(case: Case, secret: str, errors: dict[str, str], status: int = 200, typed: str = "") -> Response:
    groups = _groups(case, secret)
    fresh = case.transferred_at is not None and freeze_until(case.transferred_at) > now()
    words: dict[str, Any] = {"case": case, "groups": groups, "fresh": fresh, "errors": errors, "typed": typed}
    return make_response(render_template("citizen/receipt.html", **words), status)


@blueprint.post("/report/done")
@needs(Permission.PUBLIC)
def done() -> Response:
    """Leave nothing of a sent complaint in this browser; the case stays reachable by number and secret."""
    close_track()
    target = "citizen.story" if request.form.get("again") else "citizen.home"
    return forget(make_response(redirect(url_for(target), 303)))


def _to_receipt() -> Response:
    return remember(make_response(redirect(url_for("citizen.receipt"), 303)))
