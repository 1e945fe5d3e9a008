"""Many referrals by one sheet: take it along, send it in, look at every row, do what is good."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from flask import flash, make_response, redirect, render_template, request, url_for

from complaints.db import begin_reading, rehearsal, unit_of_work
from complaints.domain.bulk import DONE, READY, REFUSED, SAME, WRONG
from complaints.domain.errors import DomainError, InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.thai_time import local_day
from complaints.services.agencies import bulk as sheets
from complaints.services.agencies import workbook
from complaints.web.errors import field_errors, sentence
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.partner.face import blueprint, partner_frame

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from complaints.domain.bulk import SheetRow

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {SAME: "neutral", WRONG: "urgent", READY: "info", DONE: "done", REFUSED: "urgent"}
EXCERPT = 60


@blueprint.get("/bulk")
@needs(Permission.PARTNER)
def bulk() -> ResponseReturnValue:
    """The three steps, and the sheets sent in lately."""
    return _page({})


@blueprint.post("/bulk/sheet")
@needs(Permission.PARTNER)
def bulk_sheet() -> Response:
    """The sheet with the open referrals; that it was taken along is recorded, so it is no mere link."""
    with unit_of_work() as session:
        data = sheets.take_along(session, staff(), language(), now())
    answer = make_response(data)
    answer.headers["Content-Type"] = MIME
    filename = f"1212-{staff().agency}-{local_day(now()).isoformat()}.xlsx"
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


@blueprint.post("/bulk")
@needs(Permission.PARTNER)
def bulk_upload() -> ResponseReturnValue:
    """Keep what was sent in, and see what each row would do by doing it; nothing of that stays."""
    name, data = _sent()
    try:
        with unit_of_work() as session:
            upload = sheets.take_in(session, name, data, staff(), now())
            upload_id, ready = upload.id, [row.id for row in upload.rows if row.standing == READY]
    except InvalidInput as error:
        return _page(field_errors(error))
    for row_id in ready:
        with rehearsal() as session:
            why = sheets.rehearse(session, row_id, staff(), now())
        if why is not None:
            with unit_of_work() as session:
                sheets.refuse(session, row_id, why, now(), final=False)
    return redirect(url_for("partner.bulk_of", upload_id=upload_id), 303)


@blueprint.get("/bulk/<int:upload_id>")
@needs(Permission.PARTNER)
def bulk_of(upload_id: int) -> ResponseReturnValue:
    """Every row: what it would do, did, or why not."""
    session = begin_reading()
    upload = sheets.get(session, upload_id, staff())
    counts = {name: sum(row.standing == name for row in upload.rows) for name in TONES}
    return render_template(
        "partner/bulk_of.html",
        upload=upload,
        counts=[(t(f"bulk.standing.{name}"), f"{number:,}") for name, number in counts.items() if number],
        ready=counts[READY],
        rows=[_row(row) for row in upload.rows if row.standing != SAME],
        **partner_frame(session, "bulk"),
    )


@blueprint.post("/bulk/<int:upload_id>")
@needs(Permission.PARTNER)
def bulk_apply(upload_id: int) -> ResponseReturnValue:
    """Do what is good, each row by itself: what fails of one leaves the others as they are."""
    session = begin_reading()
    ready = [row.id for row in sheets.get(session, upload_id, staff()).rows if row.standing == READY]
    session.rollback()
    for row_id in ready:
        try:
            with unit_of_work() as session:
                sheets.do(session, row_id, staff(), now())
        except DomainError as error:
            with unit_of_work() as session:
                sheets.refuse(session, row_id, error, now(), final=True)
    flash(t("bulk.applied"), "done")
    return redirect(url_for("partner.bulk_of", upload_id=upload_id), 303)


def _sent() -> tuple[str, bytes]:
    """Name and content of the file, if there is one; one byte more than allowed tells that it is too large."""
    sent = request.files.get("file")
    if sent is None:
        return "", b""
    with closing(sent):
        return sent.filename or "", sent.stream.read(workbook.MOST_BYTES + 1)


def _page(errors: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    page = render_template(
        "partner/bulk.html",
        errors=errors,
        number=sheets.open_number(session, staff()),
        most=workbook.MOST_ROWS,
        most_bytes=workbook.MOST_BYTES,
        uploads=sheets.latest(session, staff()),
        **partner_frame(session, "bulk"),
    )
    return page, 422 if errors else 200


def _row(row: SheetRow) -> dict[str, Any]:
    error = sheets.fault(row)
    said = ""
    if error is not None:
        column = t(f"bulk.column.{error.field}") if error.field in workbook.COLUMNS else ""
        said = ": ".join(filter(None, (column, sentence(error))))
    words = [
        t(f"bulk.action.{row.action}") if row.action else "",
        t(f"word.outcome.{row.outcome}") if row.outcome else "",
        " ".join((row.answer or row.reason).split())[:EXCERPT],
    ]
    return {
        "line": row.line,
        "number": row.number,
        "href": url_for("partner.case", number=row.number) if row.referral_id is not None else "",
        "what": " · ".join(filter(None, words)),
        "standing": t(f"bulk.standing.{row.standing}"),
        "tone": TONES[row.standing],
        "said": said,
    }
