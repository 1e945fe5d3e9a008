"""Step 1 of the report: the story, first aid for money that just left, the kind of problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import make_response, redirect, request, url_for

from complaints.db import begin_reading, db
from complaints.domain.calendar import freeze_until
from complaints.domain.errors import InvalidInput
from complaints.domain.places import banks
from complaints.domain.playbook import FIRST_AID
from complaints.domain.policy import Permission
from complaints.domain.questions import MONEY, MONEY_ANSWERS, UNSURE, read_answer
from complaints.domain.thai_time import local_day
from complaints.domain.wording import known
from complaints.services import drafts, playbooks
from complaints.services.catalogue import choosable
from complaints.services.written import Sheet, exact_transfer, transfer_question
from complaints.web import suggest
from complaints.web.citizen import flow
from complaints.web.citizen.answers import kind_errors, story_errors
from complaints.web.citizen.drafting import forget, read_sheet, retyped, writing
from complaints.web.citizen.face import TYPING, blueprint, settings
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now
from complaints.web.language import language, t
from complaints.web.limits import limiter

if TYPE_CHECKING:
    from flask import Response

    from complaints.domain.agency import Category

EXAMPLES = ("shop", "scam", "harass", "site")
MONEY_ORDER = ("fresh", "older", "none", "unknown")


@blueprint.get("/report")
@needs(Permission.PUBLIC)
def report() -> Response:
    """The door: where this browser left off, or the first page."""
    sheet = read_sheet(begin_reading())
    if sheet is not None and sheet.case_id is not None:
        return _to_receipt()
    if sheet is None or not sheet.data.get("story"):
        return flow.lead("story")
    return flow.lead(flow.first_gap(sheet.data, flow.known_kinds()) or "check")


@blueprint.get("/report/story")
@needs(Permission.PUBLIC)
def story() -> Response:
    """What happened, in the writer's own words, and whether money left."""
    sheet = read_sheet(begin_reading())
    if sheet is not None and sheet.case_id is not None:
        return _to_receipt()
    return _story(sheet, {})


@blueprint.post("/report/story")
@limiter.limit(TYPING)
@needs(Permission.PUBLIC)
def save_story() -> Response:
    """Keep the story whatever it is; go on when it is complete."""
    typed: dict[str, Any] = {"story": request.form.get("story", "").replace("\r\n", "\n")}
    money = request.form.get(MONEY, "")
    if money in MONEY_ANSWERS:
        typed[MONEY] = money
    go = flow.pressed()
    if go.startswith("example-") and go.removeprefix("example-") in EXAMPLES:
        sample = t(f"citizen.story.example.{go.removeprefix('example-')}.text")
        typed["story"] = "\n".join(filter(None, [typed["story"].strip(), sample]))
    errors = story_errors(typed)
    if not errors:
        guess = suggest.suggest(settings().model_dir, typed["story"])
        typed["suggested"] = guess.category if guess else None
    with writing(start=True) as (_, draft):
        assert draft is not None  # noqa: S101 - one was begun
        if typed.get(MONEY) == "fresh" and draft.data.get(MONEY) != "fresh":
            typed["money_at"] = now().isoformat()
        drafts.save(draft, now(), typed)
        data = dict(draft.data)
    if go == "save":
        return flow.saved_only()
    if go.startswith("example-"):
        return flow.lead("story", "story")
    if go == "back":
        return flow.lead(flow.before("story", data))
    if errors:
        return _story(Sheet(data=data), errors, 422)
    return flow.lead(flow.after("story", data))


def _story(sheet: Sheet | None, errors: dict[str, str], status: int = 200) -> Response:
    return flow.show(
        "story",
        sheet,
        status,
        errors=errors,
        labels={"story": t("citizen.story.title"), MONEY: t("citizen.money.legend")},
        money=[(code, t(f"citizen.money.{code}")) for code in MONEY_ORDER],
        examples=EXAMPLES,
    )


@blueprint.get("/report/aid")
@needs(Permission.PUBLIC)
def aid() -> Response:
    """First aid before any further question: the bank, 1441, what to say, how much time is left."""
    sheet = read_sheet(begin_reading())
    if sheet is None or sheet.case_id is not None or not flow.shown("aid", sheet.data):
        return flow.lead("story")
    return _aid(sheet, {})


@blueprint.post("/report/aid")
@limiter.limit(TYPING)
@needs(Permission.PUBLIC)
def save_aid() -> Response:
    """Keep whether the bank was called, and when the money left."""
    question = transfer_question()
    go = flow.pressed()
    with writing() as (_, draft):
        if draft is None:
            return flow.lead("story")
        typed = retyped(draft, question.parts)
        called = {"done": "done", "later": "later"}.get(go, draft.data.get("called"))
        drafts.save(draft, now(), {"typed": typed, "called": called})
        data = dict(draft.data)
    if go == "save":
        return flow.saved_only()
    if go == "back":
        return flow.lead(flow.before("aid", data))
    try:
        read_answer(question, typed, local_day(now()))
    except InvalidInput as error:
        return _aid(Sheet(data=data), field_errors(error), 422)
    return flow.lead("aid", "clock") if go == "clock" else flow.lead(flow.after("aid", data))


def _aid(sheet: Sheet, errors: dict[str, str], status: int = 200) -> Response:
    moment = exact_transfer(sheet.data, now())
    return flow.show(
        "aid",
        sheet,
        status,
        errors=errors,
        labels=flow.labels_of([transfer_question()]),
        question=transfer_question(),
        banks=list(banks().values()),
        points=playbooks.advice(begin_reading(), FIRST_AID, language()),
        freeze_until=freeze_until(moment) if moment else None,
    )


@blueprint.get("/report/kind")
@needs(Permission.PUBLIC)
def kind() -> Response:
    """The machine's guess with yes or no, or the list of kinds."""
    session = begin_reading()
    sheet = read_sheet(session)
    if sheet is None or sheet.case_id is not None or story_errors(sheet.data):
        return flow.lead("story")
    return _kind(sheet, choosable(session), {})


@blueprint.post("/report/kind")
@limiter.limit(TYPING)
@needs(Permission.PUBLIC)
def save_kind() -> Response:
    """Keep the chosen kind; a no to the guess leads to the list."""
    chosen, go = request.form.get("kind", ""), flow.pressed()
    codes = flow.known_kinds()
    db.session.remove()
    with writing() as (_, draft):
        if draft is None:
            return flow.lead("story")
        if chosen in codes | {UNSURE}:
            drafts.save(draft, now(), {"kind": chosen})
        elif chosen == "other":
            drafts.save(draft, now(), {"kind": None})
        data = dict(draft.data)
    if go == "save":
        return flow.saved_only()
    if go == "back":
        return flow.lead(flow.before("kind", data))
    if chosen == "other":
        return make_response(redirect(url_for("citizen.kind", choose=1, to=request.args.get("to")), 303))
    errors = kind_errors({"kind": chosen}, codes)
    if errors:
        return _kind(Sheet(data=data), choosable(begin_reading()), errors, 422)
    return flow.lead(flow.after("kind", data))


def _kind(sheet: Sheet, categories: list[Category], errors: dict[str, str], status: int = 200) -> Response:
    offered = [(row.code, row.name(language()), _means(row.code)) for row in categories]
    suggested = next((row for row in offered if row[0] == sheet.data.get("suggested")), None)
    chosen = sheet.data.get("kind")
    whole = bool(request.args.get("choose")) or suggested is None or chosen not in {None, suggested[0]}
    return flow.show(
        "kind",
        sheet,
        status,
        errors=errors,
        labels={"kind": t("citizen.kind.title")},
        suggested=None if whole else suggested,
        advised=not whole and playbooks.in_force(begin_reading(), str(sheet.data.get("suggested"))) is not None,
        kinds=[*offered, (UNSURE, t("citizen.kind.unsure"), t("citizen.kind.unsure_means"))],
    )


def _means(code: str) -> str:
    key = f"citizen.kind.means.{code}"
    return t(key) if known(key) else ""


@blueprint.post("/report/discard")
@needs(Permission.PUBLIC)
def discard() -> Response:
    """Erase this browser's draft, files and all; of a complaint that was sent only the way to its receipt."""
    with writing() as (session, draft):
        if draft is not None:
            drafts.discard(session, draft, now())
    target = "citizen.story" if request.form.get("again") else "citizen.home"
    return forget(make_response(redirect(url_for(target), 303)))


def _to_receipt() -> Response:
    return make_response(redirect(url_for("citizen.receipt"), 303))
