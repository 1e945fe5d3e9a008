"""Doing something with one case or with many: told beforehand case by case, done each by itself, taken back."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, let_go, rehearsal, unit_of_work
from complaints.domain.errors import DomainError, InvalidInput, NotFound, StaleRecord
from complaints.domain.macro import Macro, Move
from complaints.domain.policy import Permission
from complaints.services import access, deeds, macros, sharing
from complaints.services.moves import MoveRefused, complete
from complaints.web import telling
from complaints.web.desk.face import blueprint, chosen_queue, desk_frame, settings
from complaints.web.desk.listing import excerpt
from complaints.web.errors import STATUS, field_errors, sentence
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.moving import Choices, Known, known, outcomes, plain
from complaints.web.numbers import whole

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.deed import Deed
    from complaints.services.moves import Done
    from complaints.web.telling import Names

BATCH = re.compile(r"[\w-]{16,32}")
MACRO = "macro"
LONGEST_NUMBER = 20
# Stands for all the moves for which the database must be asked: a list has no query left for them.
OTHERS = "others"
# What some moves need besides, by the field that it is typed into.
MORE = {"do-words": "words", "do-outcome": "outcome"}
# The words of every letter are shown for so many cases; for more, those of the first.
WORDS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be done: one move, or those of a macro in the version that was read."""

    code: str
    moves: tuple[Move, ...]
    macro_id: int | None = None
    number: int = 0


@dataclass(slots=True)
class Told:
    """What would happen to one case, or why nothing."""

    number: str
    story: str = ""
    version: int = -1
    language: str = "th"
    lines: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""


@blueprint.get("/doing")
@needs(Permission.DESK)
def doing() -> ResponseReturnValue:
    """What was chosen in a list does not stand in an address: back to the list."""
    return redirect(url_for("desk.queue", queue=chosen_queue()))


@blueprint.post("/doing")
@needs(Permission.DESK)
def tell() -> ResponseReturnValue:
    """Tell case by case what would happen; nothing is done."""
    return _tell({}, 200)


@blueprint.post("/doing/go")
@needs(Permission.DESK)
def go() -> ResponseReturnValue:
    """Do it, each case by itself, unless it changed since it was told."""
    batch = request.form.get("batch", "")
    pairs = [text.rpartition(":") for text in request.form.getlist("told")]
    told = {number: whole(version, otherwise=-1) for number, _, version in pairs if number}
    try:
        asked = _asked(begin_reading())
        let_go()
        _hold(asked, len(told) if BATCH.fullmatch(batch) else 0)
    except (InvalidInput, StaleRecord) as error:
        return _tell(field_errors(error), STATUS[error.code])
    done = [_do(batch, number, version, asked) for number, version in told.items()]
    if len(done) == 1 and done[0]:
        flash(t("deed.done_one", number=next(iter(told))), "done")
        return redirect(url_for("desk.case", number=next(iter(told)), queue=chosen_queue()), 303)
    return redirect(url_for("desk.done", batch=batch, queue=chosen_queue()), 303)


def _do(batch: str, number: str, version: int, asked: Asked) -> bool:
    """One case's part, or the reason why it was left."""
    try:
        with unit_of_work() as session:
            if not deeds.begun(session, batch, number):
                deeds.do(
                    session, batch, number, version, asked.moves, staff(), now(), settings().base_url, asked.macro_id
                )
    except DomainError as error:
        # Whoever may not see a case does not learn that it exists: such a number leaves no trace.
        if not isinstance(error, NotFound):
            with unit_of_work() as session:
                if deeds.begun(session, batch, number):
                    return True
                deeds.refuse(session, batch, number, asked.moves, error, staff(), now(), asked.macro_id)
        return False
    return True


@blueprint.get("/doing/<batch>")
@needs(Permission.DESK)
def done(batch: str) -> ResponseReturnValue:
    """What became of each case."""
    session = begin_reading()
    words = known(session)
    rows = [_row(session, deed, words) for deed in deeds.of_batch(session, batch, staff())]
    return render_template(
        "desk/done.html",
        rows=rows,
        batch=batch,
        queue=chosen_queue(),
        number_done=sum(row["tone"] != "urgent" for row in rows),
        may_undo=any(row["open"] for row in rows),
        **desk_frame(session, chosen_queue()),
    )


@blueprint.post("/doing/<batch>/undo")
@needs(Permission.DESK)
def undo_all(batch: str) -> ResponseReturnValue:
    """Take back whatever can be, each case by itself."""
    session = begin_reading()
    parts = deeds.of_batch(session, batch, staff())
    found = [deed.id for deed in parts if deeds.fate(session, deed, now())[0] == deeds.OPEN]
    let_go()
    undone = sum(not _undo(deed_id) for deed_id in found)
    flash(t("deed.undone_many", n=undone, of=len(found)), "done" if undone == len(found) else "waiting")
    return redirect(url_for("desk.done", batch=batch, queue=chosen_queue()), 303)


@blueprint.post("/deed/<int:deed_id>/undo")
@needs(Permission.DESK)
def undo(deed_id: int) -> ResponseReturnValue:
    """Take back what was done with one case."""
    why = _undo(deed_id)
    flash(why or t("deed.undone"), "urgent" if why else "done")
    batch, number = request.form.get("batch", ""), request.form.get("number", "")
    if BATCH.fullmatch(batch):
        return redirect(url_for("desk.done", batch=batch, queue=chosen_queue()), 303)
    session = begin_reading()
    shown = access.get_case(session, number, staff()).number
    return redirect(url_for("desk.case", number=shown, queue=chosen_queue()), 303)


def _undo(deed_id: int) -> str:
    """Why it could not be taken back, if it could not."""
    try:
        with unit_of_work() as session:
            deeds.undo(session, deed_id, staff(), now())
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return sentence(error)
    return ""


def undo_offer(session: Session, deed: Deed | None) -> dict[str, Any]:
    """What the case page offers to take back."""
    if deed is None:
        return {}
    fate, until = deeds.fate(session, deed, now())
    return {"id": deed.id, "until": until} if fate == deeds.OPEN else {}


def _asked(session: Session) -> Asked:
    """What the form asks for; raises `InvalidInput` when it names nothing that could be done with any case."""
    code = request.form.get("do", "")
    do, _, what = code.partition(":")
    if do == MACRO:
        macro = session.get(Macro, whole(what))
        if macro is None or not macro.active:
            raise InvalidInput("do", reason="choose_move")
        return Asked(code, tuple(macro.text.steps), macro.id, macro.text.number)
    move = Move.read(code, request.form.get("words", "").strip(), request.form.get("outcome", ""))
    complete(move, "do")
    return Asked(code, (move,))


def _hold(asked: Asked, cases: int) -> None:
    """Raise `StaleRecord` when the macro is not the one that was told, `InvalidInput` for no case or too many."""
    if asked.number != whole(request.form.get("seen", "0")):
        raise StaleRecord
    _count(cases)


def _count(cases: int) -> None:
    if not 0 < cases <= deeds.MOST:
        raise InvalidInput("do", reason="choose_cases", limit=deeds.MOST)


def _chosen() -> list[str]:
    """The numbers of the cases, each once."""
    given = request.form.getlist("case") + [text.rpartition(":")[0] for text in request.form.getlist("told")]
    for text in request.form.getlist("all"):
        given += text.split(",")
    return [number for number in dict.fromkeys(text.strip() for text in given) if 0 < len(number) <= LONGEST_NUMBER]


def _tell(errors: dict[str, str], status: int) -> ResponseReturnValue:
    numbers, asked, rows, more = _chosen(), None, [], False
    session = begin_reading()
    words = known(session)
    offered = choices(session, words)
    try:
        asked = _asked(session)
        _count(len(numbers))
    except InvalidInput as error:
        # A list does not ask for words, nor offer everything: whoever comes from there is asked now, and not blamed.
        more = error.field in MORE and MORE[error.field] not in request.form
        if not more and request.form.get("do") != OTHERS:
            errors, status = field_errors(error) | errors, STATUS[error.code]
        numbers = numbers[: deeds.MOST] if asked is None else []
    let_go()
    if asked is not None and numbers:
        rows = [_told(number, asked, words, in_full=place < WORDS_SHOWN) for place, number in enumerate(numbers)]
    session = begin_reading()
    page = render_template(
        "desk/tell.html",
        asked=asked,
        rows=rows,
        possible=[row for row in rows if not row.why],
        numbers=numbers,
        steps=[words.label(move) for move in asked.moves] if asked else [],
        choices=offered,
        more=more,
        outcomes=outcomes(),
        given=request.form,
        errors=errors,
        batch=secrets.token_urlsafe(16),
        queue=chosen_queue(),
        **desk_frame(session, chosen_queue()),
    )
    return page, status


def choices(session: Session, words: Known) -> Choices:
    """Everything that may be done with chosen cases: the macros, then single moves."""
    return [(t("move.group.macro"), macro_choices(session)), *words.choices()]


def quick_choices() -> Choices:
    """What a list offers at once; the rest is chosen on the page after it."""
    sleeps = [(f"snooze:{word}", t("move.snooze", what=t(f"desk.snooze.{word}"))) for word in sharing.SLEEPS]
    return [
        (t("move.group.sort"), plain("accept", "urgent", "calm")),
        (t("move.group.desk"), [*plain("take", "release"), *sleeps, *plain("note")]),
        (t("move.group.others"), [(OTHERS, t("move.others"))]),
    ]


def macro_choices(session: Session) -> list[tuple[str, str]]:
    """The macros in use, as they stand in a form."""
    return [(f"{MACRO}:{row.id}", row.text.name(language())) for row in macros.offered(session)]


def _told(number: str, asked: Asked, words: Known, *, in_full: bool) -> Told:
    """Done and taken back: so it is told what would happen."""
    told = Told(number)
    with rehearsal() as session:
        try:
            case = access.get_case(session, number, staff())
            told.story, told.version, told.language = excerpt(case.story), case.version, case.language
            steps = deeds.rehearse(session, number, asked.moves, staff(), now(), settings().base_url)
            names = telling.names(session, case)
            told.lines = [_line(one, words, names, in_full=in_full) for one in steps]
        except DomainError as error:
            told.why = _why(error, asked, words)
    return told


def _why(error: DomainError, asked: Asked, words: Known) -> str:
    if not isinstance(error, MoveRefused):
        return sentence(error)
    if len(asked.moves) == 1:
        return sentence(error.why)
    return t("move.refused", move=words.label(asked.moves[error.place]), why=sentence(error.why))


def _line(one: Done, words: Known, names: Names, *, in_full: bool) -> dict[str, Any]:
    """One move in words: what it is, what comes of it, and what the complainant will read."""
    facts = []
    if one.idle:
        facts.append(t("move.idle"))
    if one.move.do == "accept":
        facts.append(names.category(one.category))
    facts += [t("move.to_agency", agency=names.agency(code)) for code in one.agencies]
    if one.before != one.after:
        facts.append(t("move.state", before=t(f"word.state.{one.before}"), after=t(f"word.state.{one.after}")))
    facts += [t("move.letter", letter=t(f"desk.letter.{name}")) for name in one.letters]
    return {"what": words.label(one.move), "facts": facts, "words": one.words if in_full else ()}


def _row(session: Session, deed: Deed, words: Known) -> dict[str, Any]:
    fate, until = deeds.fate(session, deed, now())
    tones = {"refused": "urgent", "undone": "neutral"}
    moves = [Move(**row) for row in deed.moves]
    why = ""
    if fate == "refused":
        error = deeds.refusal(deed)
        why = _why(error, Asked("", tuple(moves)), words)
    return {
        "id": deed.id,
        "number": deed.case.number,
        "story": excerpt(deed.case.story),
        "steps": [words.label(move) for move in moves],
        "tone": tones.get(fate, "done"),
        "word": t(f"deed.fate.{fate if fate in tones else 'done'}"),
        "why": why or (t(f"deed.not_undone.{fate}") if fate in {"changed", "left"} else ""),
        "open": fate == deeds.OPEN,
        "until": until,
    }
