"""Steps 2 to 4 of the report: the kind's questions, evidence, how to reach the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from complaints.db import begin_reading, let_go
from complaints.domain.errors import FileRefused, NotFound
from complaints.domain.message import Draft
from complaints.domain.places import in_order
from complaints.domain.policy import Permission
from complaints.domain.questions import bank_choices
from complaints.domain.thai_time import local_day
from complaints.services import drafts
from complaints.services.evidence.keeping import discard_unused, keep_files
from complaints.services.written import Sheet
from complaints.web.citizen import flow
from complaints.web.citizen.answers import applying, read_contact, read_questions
from complaints.web.citizen.drafting import read_sheet, retyped, writing
from complaints.web.citizen.face import TYPING, blueprint, limits
from complaints.web.citizen.uploads import kinds_taken, seal_each
from complaints.web.errors import sentence
from complaints.web.file_rows import looked_into
from complaints.web.files import SMALL, send_file_of, store
from complaints.web.guard import needs, now
from complaints.web.language import language, t
from complaints.web.limits import SENDING, limiter

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.services.evidence.kinds import Upload

CONTACT_FIELDS = ("name", "phone", "email", "line_id", "province")


@blueprint.get("/report/questions")
@needs(Permission.PUBLIC)
def questions() -> Response:
    """What this kind of problem needs to be known."""
    return _ask("questions")


@blueprint.get("/report/more")
@needs(Permission.PUBLIC)
def more() -> Response:
    """What follows from an answer."""
    return _ask("more")


@blueprint.post("/report/questions")
@limiter.limit(TYPING)
@needs(Permission.PUBLIC)
def save_questions() -> Response:
    """Keep the answers as they are; go on when they can be read."""
    return _keep_answers("questions")


@blueprint.post("/report/more")
@limiter.limit(TYPING)
@needs(Permission.PUBLIC)
def save_more() -> Response:
    """The same for the further questions."""
    return _keep_answers("more")


def _ask(page: str) -> Response:
    sheet = read_sheet(begin_reading())
    if sheet is None or sheet.case_id is not None or not sheet.data.get("kind"):
        return flow.lead("story" if sheet is None else "kind")
    if not flow.shown(page, sheet.data):
        return flow.lead(flow.after(page, sheet.data))
    errors = _errors(sheet, page) if request.args.get("missing") else {}
    return _questions(page, sheet, errors)


def _keep_answers(page: str) -> Response:
    go = flow.pressed()
    with writing() as (_, draft):
        if draft is None or not draft.data.get("kind"):
            return flow.lead("story")
        parts = [part for question in applying(draft.data, follow=page == "more") for part in question.parts]
        drafts.save(draft, now(), {"typed": retyped(draft, parts)})
        sheet = Sheet(data=dict(draft.data))
    if go == "save":
        return flow.saved_only()
    if go == "back":
        return flow.lead(flow.before(page, sheet.data))
    errors = _errors(sheet, page)
    if errors:
        return _questions(page, sheet, errors, 422)
    return flow.lead(flow.after(page, sheet.data))


def _errors(sheet: Sheet, page: str) -> dict[str, str]:
    _, wrong = read_questions(sheet.data, local_day(now()))
    parts = {part for question in applying(sheet.data, follow=page == "more") for part in question.parts}
    return {part: text for part, text in wrong.items() if part in parts}


def _questions(page: str, sheet: Sheet, errors: dict[str, str], status: int = 200) -> Response:
    asked = applying(sheet.data, follow=page == "more")
    return flow.show(
        page,
        sheet,
        status,
        errors=errors,
        labels=flow.labels_of(asked),
        questions=asked,
        typed=sheet.typed,
        bank_choices=bank_choices(language()),
    )


@blueprint.get("/report/evidence")
@needs(Permission.PUBLIC)
def evidence() -> Response:
    """Files, if there are any; what can be taken is said first."""
    session = begin_reading()
    sheet = read_sheet(session)
    if sheet is None or sheet.case_id is not None:
        return flow.lead("story")
    return _evidence(sheet, _files(session, sheet.draft_id), {})


@blueprint.post("/report/evidence")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def save_evidence() -> Response:
    """Keep every file that can be kept, name every one that cannot, take one back."""
    go = flow.pressed()
    if read_sheet(begin_reading()) is None:
        return flow.lead("story")
    # The store may be slow: no connection waits for it, and no lock is held.
    let_go()
    sealed, refused, status = seal_each(request.files.getlist("files"), limits())
    with writing() as (session, draft):
        if draft is None:
            discard_unused(session, (upload.key for upload in sealed), now())
            return flow.lead("story")
        if go.startswith("remove-") and go.removeprefix("remove-").isdecimal():
            drafts.drop_file(session, draft, int(go.removeprefix("remove-")), now())
        refused += _keep(session, draft, sealed)
        discard_unused(session, (upload.key for upload in sealed), now())
        drafts.save(draft, now(), {})
        sheet, files = Sheet(data=dict(draft.data)), _files(session, draft.id)
    if refused:
        return _evidence(sheet, files, {"files": " · ".join(refused)}, status)
    if go == "back":
        return flow.lead(flow.before("evidence", sheet.data))
    if go != "next":
        return flow.lead("evidence", "kept")
    return flow.lead(flow.after("evidence", sheet.data))


def _keep(session: Session, draft: Draft, sealed: list[Upload]) -> list[str]:
    """One by one, so that a bad file does not cost the good ones."""
    refused = []
    for upload in sealed:
        have = drafts.files_of(session, draft)
        try:
            keep_files(session, [upload], limits(), store(), now(), draft=draft, have=have)
        except FileRefused as error:
            refused.append(sentence(error))
    return refused


@blueprint.get("/report/file/<int:file_id>")
@needs(Permission.PUBLIC)
def draft_file(file_id: int) -> Response:
    """The small copy of a file of this browser's own draft."""
    session = begin_reading()
    sheet = read_sheet(session)
    draft = session.get(Draft, sheet.draft_id) if sheet is not None else None
    if draft is None:
        raise NotFound(what="file")
    found = drafts.get_file(session, draft, file_id)
    if found.thumb_key is None:
        raise NotFound(what="file")
    return send_file_of(found, SMALL)


def _files(session: Session, draft_id: int) -> list[dict[str, Any]]:
    draft = session.get(Draft, draft_id)
    files = drafts.files_of(session, draft) if draft is not None else []
    return [
        {
            "id": file.id,
            "name": file.file_name,
            "size": file.size,
            "small": url_for("citizen.draft_file", file_id=file.id) if file.thumb_key else "",
            **looked_into(file),
        }
        for file in files
    ]


def _evidence(sheet: Sheet, files: list[dict[str, Any]], errors: dict[str, str], status: int = 200) -> Response:
    return flow.show("evidence", sheet, status, errors=errors, files=files, limits=limits(), kinds=kinds_taken())


@blueprint.get("/report/contact")
@needs(Permission.PUBLIC)
def contact() -> Response:
    """One way to reach the writer."""
    sheet = read_sheet(begin_reading())
    if sheet is None or sheet.case_id is not None:
        return flow.lead("story")
    errors = read_contact(sheet.contact)[1] if request.args.get("missing") else {}
    return _contact(sheet, errors)


@blueprint.post("/report/contact")
@limiter.limit(TYPING)
@needs(Permission.PUBLIC)
def save_contact() -> Response:
    """Keep what was typed; go on when one way is there and can be right."""
    go = flow.pressed()
    with writing() as (_, draft):
        if draft is None:
            return flow.lead("story")
        drafts.save(draft, now(), {"contact": {name: request.form.get(name, "")[:500] for name in CONTACT_FIELDS}})
        sheet = Sheet(data=dict(draft.data))
    if go == "save":
        return flow.saved_only()
    if go == "back":
        return flow.lead(flow.before("contact", sheet.data))
    _, errors = read_contact(sheet.contact)
    if errors:
        return _contact(sheet, errors, 422)
    return flow.lead(flow.after("contact", sheet.data))


def _contact(sheet: Sheet, errors: dict[str, str], status: int = 200) -> Response:
    named = [(province.code, province.name(language())) for province in in_order(language())]
    labels = {name: t(f"citizen.contact.{name}") for name in ("phone", "email")}
    return flow.show("contact", sheet, status, errors=errors, labels=labels, contact=sheet.contact, provinces=named)
