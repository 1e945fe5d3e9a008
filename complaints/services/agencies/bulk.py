"""Many referrals by one sheet: taken along, filled in, looked at row by row, and done row by row."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.audit import Change
from complaints.domain.bulk import (
    ACCEPT,
    BACK,
    DONE,
    READY,
    REFUSED,
    SAME,
    WRONG,
    SheetRow,
    SheetUpload,
)
from complaints.domain.errors import DomainError, InvalidInput, NotFound
from complaints.domain.lifecycle import OPEN_REFERRALS
from complaints.domain.places import provinces
from complaints.domain.policy import may_see_sheet
from complaints.domain.reading import read_amount_if_any
from complaints.domain.referral import Referral
from complaints.domain.thai_time import show_date
from complaints.domain.wording import say
from complaints.services import access, audit, catalogue, handle, queues
from complaints.services.agencies import workbook
from complaints.services.correspond import MESSAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.services.agencies.workbook import Read

SHOWN_UPLOADS = 10
NAME_LIMIT = 255


def take_along(session: Session, actor: Actor, language: str, now: datetime) -> bytes:
    """The open referrals that the actor may see, the nearest deadline first; who took how many is recorded."""
    rows = list(_rows(session, actor, language))
    audit.record(session, Change.SHEET_TAKEN, actor.agency or "", actor, now, after={"count": len(rows)})
    return workbook.write(rows, language)


def _rows(session: Session, actor: Actor, language: str) -> Iterator[dict[str, object]]:
    """What is told of each: nothing about the person, nor the story."""
    kinds = catalogue.categories(session)
    found = access.referrals_for(actor).where(Referral.state.in_([state.value for state in OPEN_REFERRALS]))
    found = found.order_by(queues.agency_clock(), Referral.id).limit(workbook.MOST_ROWS)
    for referral, case in session.execute(found).unique():
        kind, province = kinds.get(case.category_code or ""), provinces().get(case.province)
        office = referral.office.name(language) if referral.office is not None else ""
        yield {
            "number": case.number,
            "kind": kind.name(language) if kind is not None else "",
            "province": province.name(language) if province is not None else "",
            "lost": f"{case.lost // 100}.{case.lost % 100:02d}" if case.lost else "",
            "sent": show_date(referral.sent_at, language),
            "answer_by": show_date(referral.answer_by, language),
            "state": say(f"word.referral.{referral.state}", language),
            "place": " · ".join(filter(None, (office, referral.assignee.name if referral.assignee else ""))),
            workbook.MARK: workbook.mark(referral.id, case.version),
        }


def open_number(session: Session, actor: Actor) -> int:
    """How many open referrals there are to take along."""
    mine = access.referrals_for(actor).where(Referral.state.in_([state.value for state in OPEN_REFERRALS]))
    return session.scalar(select(func.count()).select_from(mine.with_only_columns(Referral.id).subquery())) or 0


def take_in(session: Session, file_name: str, data: bytes, actor: Actor, now: datetime) -> SheetUpload:
    """Keep every row of a filled-in sheet with what it asks for; nothing is done yet."""
    rows = workbook.read(data)
    upload = SheetUpload(
        account_id=actor.account_id or 0,
        agency_code=actor.agency or "",
        file_name=file_name[:NAME_LIMIT],
        sha256=hashlib.sha256(data).hexdigest(),
        at=now,
    )
    session.add(upload)
    upload.rows.extend(_read_row(session, row, actor) for row in rows)
    session.flush()
    return upload


def _read_row(session: Session, row: Read, actor: Actor) -> SheetRow:
    kept = SheetRow(line=row.line, number=row.cells.get("number", "")[:40], standing=READY, version=0)
    try:
        _fill(session, kept, row, actor)
    except DomainError as error:
        kept.standing, kept.fault = WRONG, _told(error)
    return kept


def _fill(session: Session, kept: SheetRow, row: Read, actor: Actor) -> None:
    """Read the columns; raises `InvalidInput` on the first that cannot be taken."""
    if row.formulas:
        raise InvalidInput(min(row.formulas, key=workbook.COLUMNS.index), reason="sheet_formula")
    texts = {name: row.cells.get(name, "") for name in workbook.ASKED}
    if not any(texts.values()):
        kept.standing = SAME
        return
    referral = _referral(session, row, actor)
    kept.referral_id, kept.version = referral
    action, outcome = workbook.action_of(texts["action"]), workbook.outcome_of(texts["outcome"])
    if not action:
        raise InvalidInput("action", reason="choose_action")
    if outcome is None:
        raise InvalidInput("outcome", reason="choose_outcome")
    for name in ("reason", "answer"):
        if len(texts[name]) > MESSAGE_LIMIT:
            raise InvalidInput(name, reason="too_long", limit=MESSAGE_LIMIT)
    kept.action, kept.outcome, kept.reason, kept.answer = action, outcome, texts["reason"], texts["answer"]
    kept.recovered = read_amount_if_any(texts["recovered"], "recovered")


def _referral(session: Session, row: Read, actor: Actor) -> tuple[int, int]:
    """The referral of a row and the version that the sheet knew; what the actor may not see is not told of."""
    found = workbook.read_mark(row.cells.get(workbook.MARK, ""))
    referral = session.get(Referral, found[0]) if found is not None else None
    try:
        case = access.get_case(session, row.cells.get("number", ""), actor)
        if found is None or referral is None:
            raise InvalidInput("number", reason="sheet_mark")
        access.get_referral(session, case, referral.id, actor)
    except NotFound:
        raise InvalidInput("number", reason="sheet_mark") from None
    return found


def get(session: Session, upload_id: int, actor: Actor) -> SheetUpload:
    """One's own sheet, or `NotFound`."""
    upload = session.get(SheetUpload, upload_id)
    if upload is None or not may_see_sheet(actor, upload):
        raise NotFound(what="sheet")
    return upload


def latest(session: Session, actor: Actor) -> Sequence[SheetUpload]:
    """One's own sheets, the newest first."""
    mine = select(SheetUpload).where(SheetUpload.account_id == (actor.account_id or 0))
    return session.scalars(mine.order_by(SheetUpload.id.desc()).limit(SHOWN_UPLOADS)).all()


def rehearse(session: Session, row_id: int, actor: Actor, now: datetime) -> DomainError | None:
    """Why a row could not be done now, by doing it; whoever asks takes the transaction back."""
    try:
        do(session, row_id, actor, now)
    except DomainError as error:
        return error
    return None


def do(session: Session, row_id: int, actor: Actor, now: datetime) -> None:
    """Do one row, once; raises `StaleCase` when its case changed since the sheet was made."""
    row = session.get(SheetRow, row_id, with_for_update={"of": SheetRow}, populate_existing=True)
    if row is None or not may_see_sheet(actor, get(session, row.upload_id, actor)):
        raise NotFound(what="sheet")
    if row.standing != READY:
        return
    case = access.get_for_change(session, row.number, actor, row.version)
    _play(session, case, access.get_referral(session, case, row.referral_id or 0, actor), row, actor, now)
    row.standing, row.done_at = DONE, now
    session.flush()


def _play(session: Session, case: Case, referral: Referral, row: SheetRow, actor: Actor, now: datetime) -> None:
    if row.action == ACCEPT:
        handle.accept(case, referral, actor, now)
    elif row.action == BACK:
        handle.send_back(session, case, referral, row.reason, actor, now)
    else:
        handle.conclude(session, case, referral, row.outcome, row.answer, row.recovered, actor, now)
    session.flush()


def refuse(session: Session, row_id: int, error: DomainError, now: datetime, *, final: bool) -> None:
    """Keep why a row cannot be done, or could not be when it came to it."""
    row = session.get(SheetRow, row_id, with_for_update={"of": SheetRow}, populate_existing=True)
    if row is not None and row.standing == READY:
        row.standing, row.fault = (REFUSED if final else WRONG), _told(error)
        row.done_at = now if final else None


def _told(error: DomainError) -> dict[str, object]:
    values = {key: value for key, value in error.values.items() if isinstance(value, str | int)}
    return {"code": error.code, "field": error.field, "values": values}


def fault(row: SheetRow) -> DomainError | None:
    """Why a row was not done, as the error that it was."""
    if not row.fault:
        return None
    kind = next((one for one in DomainError.__subclasses__() if one.code == row.fault["code"]), DomainError)
    return kind(row.fault["field"], **row.fault["values"])
