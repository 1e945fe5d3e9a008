"""The note from one shift to the next: written here, on top of the desk until it is read, found by its day."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput
from complaints.domain.policy import Permission
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import local_day, show_datetime
from complaints.services import shifts
from complaints.web.desk.face import blueprint, desk_frame, spans
from complaints.web.desk.listing import excerpt
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.shift import Shift, ShiftNote


@blueprint.get("/handover")
@needs(Permission.DESK)
def handover() -> ResponseReturnValue:
    """The form with the facts of this moment, and the notes of a day."""
    draft = shifts.draft_of(begin_reading(), staff())
    given = {"text": draft.text, "shift": draft.shift, "kept": draft.changed_at} if draft is not None else {}
    return _page(given, {})


@blueprint.post("/handover")
@needs(Permission.DESK)
def handover_sign() -> ResponseReturnValue:
    """Sign the note; what cannot be signed is kept and told."""
    given = {"text": request.form.get("text", ""), "shift": request.form.get("shift", "")}
    try:
        with unit_of_work() as session:
            shifts.write(session, staff(), given["shift"], given["text"], now(), spans())
    except InvalidInput as error:
        return _page(given, field_errors(error))
    flash(t("shift.signed"), "done")
    return redirect(url_for("desk.handover"), 303)


@blueprint.post("/handover/draft")
@needs(Permission.DESK)
def handover_keep() -> ResponseReturnValue:
    """Keep what stands in the form."""
    with unit_of_work() as session:
        shifts.keep(session, staff(), request.form.get("shift", ""), request.form.get("text", ""), now())
    return "", 204


@blueprint.post("/handover/<int:note_id>/read")
@needs(Permission.DESK)
def handover_read(note_id: int) -> ResponseReturnValue:
    """Mark a note as read: it leaves the top of one's desk."""
    with unit_of_work() as session:
        shifts.mark(session, staff(), note_id, now())
    flash(t("shift.marked"), "done")
    return redirect(url_for("desk.queue" if request.form.get("back") == "desk" else "desk.handover"), 303)


@blueprint.get("/handover/<int:note_id>")
@needs(Permission.DESK)
def handover_note(note_id: int) -> ResponseReturnValue:
    """One note with the facts of its moment, and for a supervisor and its writer who has read it."""
    session = begin_reading()
    note = shifts.get(session, note_id)
    return render_template(
        "desk/handover_note.html",
        row=_row(note, shifts.readers(session, [note])[note.id]),
        facts=told(note.facts),
        unread=any(one.id == note.id for one in shifts.unread(session, staff(), now())),
        sees_readers=staff().role is Role.SUPERVISOR,
        **desk_frame(session, "handover"),
    )


def pinned(session: Session) -> list[dict[str, Any]]:
    """What stands on top of the desk."""
    return [_row(note, []) for note in shifts.unread(session, staff(), now())]


def _page(given: dict[str, Any], errors: dict[str, str]) -> ResponseReturnValue:
    session = begin_reading()
    day, day_error = _day()
    errors = errors | day_error
    offered = shifts.choices(session, now())
    written = shifts.of_day(session, day)
    seen = shifts.readers(session, written)
    page = render_template(
        "desk/handover.html",
        given=given,
        errors=errors,
        shifts=[(one.start.isoformat(), span(one)) for one in offered],
        facts=told(shifts.facts(session, staff(), now(), spans(), shifts.after(session, offered[0]).end)),
        unread=pinned(session),
        day=day,
        typed_day=request.args.get("day", "")[:40],
        notes=[_row(note, seen[note.id]) for note in written],
        sees_readers=staff().role is Role.SUPERVISOR,
        longest=shifts.LONGEST,
        asked_at=now(),
        **desk_frame(session, "handover"),
    )
    return page, 422 if errors else 200


def _day() -> tuple[Any, dict[str, str]]:
    today, typed = local_day(now()), request.args.get("day", "").strip()[:40]
    try:
        return (read_any_day(typed, "day", today) if typed else today), {}
    except InvalidInput as error:
        return today, field_errors(error)


def span(shift: Shift) -> str:
    """A shift in words: its day and its hours."""
    return t("shift.span", start=show_datetime(shift.start, language()), end=f"{shift.end:%H:%M}")


def told(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts in words, each with links to its cases and to the queue where the rest are."""
    return [
        {
            "word": t(f"shift.fact.{name}", n=f"{facts[name]['count']:,}"),
            "count": facts[name]["count"],
            "cases": [
                {
                    "number": case["number"],
                    "href": url_for("desk.case", number=case["number"]),
                    "at": datetime.fromisoformat(case["at"]),
                }
                for case in facts[name]["cases"]
            ],
            "more": facts[name]["count"] - len(facts[name]["cases"]),
            "moment": t(f"shift.moment.{name}"),
        }
        for name in shifts.FACTS
        if name in facts
    ]


def _row(note: ShiftNote, seen: Sequence[tuple[str, datetime]]) -> dict[str, Any]:
    until = note.shift_until.astimezone(note.shift_from.tzinfo)
    return {
        "id": note.id,
        "name": note.account.name,
        "mine": note.account_id == staff().account_id,
        "from": note.shift_from,
        "until": until,
        "at": note.at,
        "text": note.text,
        "short": excerpt(note.text),
        "seen": seen,
    }
