"""The macros that the desk offers: written, changed, switched off; every version can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.macro import MOST_MOVES, Move
from complaints.domain.policy import Permission
from complaints.services import catalogue, macros
from complaints.services.macros import Written
from complaints.web.errors import STATUS, field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.moving import known, outcomes
from complaints.web.numbers import whole
from complaints.web.oversight import kept
from complaints.web.oversight.face import blueprint
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.errors import DomainError
    from complaints.domain.macro import Macro
    from complaints.web.moving import Known

PLACES = range(1, MOST_MOVES + 1)


@blueprint.get("/macros")
@needs(Permission.OVERSIGHT)
def macros_page() -> ResponseReturnValue:
    """Every macro with its steps."""
    session = begin_reading()
    words = known(session)
    rows = [
        {
            "href": url_for("oversight.macro_page", macro_id=macro.id),
            "name": macro.text.name(language()),
            "steps": " → ".join(words.label(move) for move in macro.text.steps),
            "number": macro.text.number,
            "state": kept.state(active=macro.active),
        }
        for macro in macros.listed(session)
    ]
    return render_template("oversight/macros.html", rows=rows, **overseer_frame("oversight"))


@blueprint.get("/macros/new")
@needs(Permission.OVERSIGHT)
def macro_new() -> ResponseReturnValue:
    """The empty form."""
    return _page(begin_reading(), None, {})


@blueprint.post("/macros/new")
@needs(Permission.OVERSIGHT)
def macro_create() -> ResponseReturnValue:
    """Add a macro."""
    written = _written()
    try:
        with unit_of_work() as session:
            macros.add(session, written, staff(), now())
    except InvalidInput as error:
        return _page(begin_reading(), None, request.form, error)
    flash(t("macro.added", name=_name(written)), "done")
    return redirect(url_for("oversight.macros_page"), 303)


@blueprint.get("/macros/<int:macro_id>")
@needs(Permission.OVERSIGHT)
def macro_page(macro_id: int) -> ResponseReturnValue:
    """One macro, and what it did before."""
    session = begin_reading()
    macro = macros.get(session, macro_id)
    given = {"name_th": macro.text.name_th, "name_en": macro.text.name_en}
    for place, move in enumerate(macro.text.steps, 1):
        given |= {f"move-{place}": move.code, f"move-{place}-words": move.words, f"move-{place}-outcome": move.outcome}
    return _page(session, macro, given)


@blueprint.post("/macros/<int:macro_id>")
@needs(Permission.OVERSIGHT)
def macro_change(macro_id: int) -> ResponseReturnValue:
    """Its next version."""
    written, seen = _written(), whole(request.form.get("seen", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            macros.change(session, macro_id, seen, written, staff(), now())
    except (InvalidInput, StaleRecord) as error:
        session = begin_reading()
        return _page(session, macros.get(session, macro_id), request.form, error)
    flash(t("macro.changed", name=_name(written)), "done")
    return redirect(url_for("oversight.macros_page"), 303)


@blueprint.post("/macros/<int:macro_id>/switch")
@needs(Permission.OVERSIGHT)
def macro_switch(macro_id: int) -> ResponseReturnValue:
    """Offer it, or offer it no more."""
    on = request.form.get("on") == "1"
    with unit_of_work() as session:
        macros.switch(session, macro_id, staff(), now(), on=on)
    flash(t("macro.now_on" if on else "macro.now_off"), "done")
    return redirect(url_for("oversight.macro_page", macro_id=macro_id), 303)


def _written() -> Written:
    """What was typed; places left blank are passed over."""
    form = request.form
    moves = [
        Move.read(code, form.get(f"move-{place}-words", "").strip(), form.get(f"move-{place}-outcome", ""))
        for place in PLACES
        if (code := form.get(f"move-{place}", ""))
    ]
    return Written(form.get("name_th", "").strip(), form.get("name_en", "").strip(), tuple(moves))


def _name(written: Written) -> str:
    return written.name_th if language() == "th" else written.name_en


def _page(session: Session, macro: Macro | None, given: Any, error: DomainError | None = None) -> ResponseReturnValue:  # noqa: ANN401 - what was typed, or what is stored
    words = known(session)
    page = render_template(
        "oversight/macro.html",
        macro=macro,
        given=given,
        errors=field_errors(error) if error else {},
        seen=kept.seen(given, error, macro.text.number if macro else ""),
        state=kept.state(active=macro.active) if macro else None,
        places=PLACES,
        choices=words.choices(),
        outcomes=outcomes(),
        versions=_versions(session, macro, words, error) if macro else [],
        **overseer_frame("oversight"),
    )
    return page, STATUS[error.code] if error else 200


def _versions(session: Session, macro: Macro, words: Known, error: DomainError | None) -> list[dict[str, Any]]:
    """What it did before, newest first; after a stale save also what it does now."""
    shown = kept.before(macro.texts[::-1], error)
    names = catalogue.account_names(session, [text.account_id for text in shown])
    return [
        {
            "text": text,
            "who": names.get(text.account_id or 0, t("reply.came_with")),
            "steps": [" · ".join(filter(None, (words.label(move), move.words))) for move in text.steps],
        }
        for text in shown
    ]
