"""The reply templates that the desk offers: written, changed, switched off; every version can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.policy import Permission
from complaints.domain.reply import HOLES, USES
from complaints.services import catalogue, replies
from complaints.services.replies import Written
from complaints.web import telling
from complaints.web.errors import STATUS, field_errors
from complaints.web.guard import needs, now, staff
from complaints.web.language import language, t
from complaints.web.numbers import whole
from complaints.web.oversight import kept
from complaints.web.oversight.face import blueprint
from complaints.web.rail import overseer_frame

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from complaints.domain.errors import DomainError
    from complaints.domain.reply import Reply

FIELDS = ("use", "category_code", "title_th", "title_en", "body_th", "body_en")


@blueprint.get("/replies")
@needs(Permission.OVERSIGHT)
def replies_page() -> ResponseReturnValue:
    """Every template, by what it is for."""
    session = begin_reading()
    names = catalogue.categories(session)
    rows: dict[str, list[dict[str, Any]]] = {use: [] for use in USES}
    for reply in replies.listed(session):
        category = names.get(reply.text.category_code or "")
        rows[reply.text.use].append(
            {
                "href": url_for("oversight.reply_page", reply_id=reply.id),
                "title": reply.text.title(language()),
                "category": category.name(language()) if category else t("reply.all_kinds"),
                "number": reply.text.number,
                "at": reply.text.at,
                "state": kept.state(active=reply.active),
            }
        )
    return render_template("oversight/replies.html", rows=rows, **overseer_frame("oversight"))


@blueprint.get("/replies/new")
@needs(Permission.OVERSIGHT)
def reply_new() -> ResponseReturnValue:
    """The empty form."""
    return _page(begin_reading(), None, {})


@blueprint.post("/replies/new")
@needs(Permission.OVERSIGHT)
def reply_create() -> ResponseReturnValue:
    """Add a template."""
    written = _written()
    try:
        with unit_of_work() as session:
            replies.add(session, written, staff(), now())
    except InvalidInput as error:
        return _page(begin_reading(), None, request.form, error)
    flash(t("reply.added", title=_title(written)), "done")
    return redirect(url_for("oversight.replies_page"), 303)


@blueprint.get("/replies/<int:reply_id>")
@needs(Permission.OVERSIGHT)
def reply_page(reply_id: int) -> ResponseReturnValue:
    """One template, what its holes mean, and what it said before."""
    session = begin_reading()
    reply = replies.get(session, reply_id)
    return _page(session, reply, {field: getattr(reply.text, field) or "" for field in FIELDS})


@blueprint.post("/replies/<int:reply_id>")
@needs(Permission.OVERSIGHT)
def reply_change(reply_id: int) -> ResponseReturnValue:
    """Its next version."""
    written, seen = _written(), whole(request.form.get("seen", ""), otherwise=-1)
    try:
        with unit_of_work() as session:
            replies.change(session, reply_id, seen, written, staff(), now())
    except (InvalidInput, StaleRecord) as error:
        session = begin_reading()
        return _page(session, replies.get(session, reply_id), request.form, error)
    flash(t("reply.changed", title=_title(written)), "done")
    return redirect(url_for("oversight.replies_page"), 303)


@blueprint.post("/replies/<int:reply_id>/switch")
@needs(Permission.OVERSIGHT)
def reply_switch(reply_id: int) -> ResponseReturnValue:
    """Offer it, or offer it no more."""
    on = request.form.get("on") == "1"
    with unit_of_work() as session:
        replies.switch(session, reply_id, staff(), now(), on=on)
    flash(t("reply.now_on" if on else "reply.now_off"), "done")
    return redirect(url_for("oversight.reply_page", reply_id=reply_id), 303)


def _written() -> Written:
    return Written(**{field: request.form.get(field, "").replace("\r\n", "\n").strip() for field in FIELDS})


def _title(written: Written) -> str:
    return written.title_th if language() == "th" else written.title_en


def _page(session: Session, reply: Reply | None, given: Any, error: DomainError | None = None) -> ResponseReturnValue:  # noqa: ANN401 - what was typed, or what is stored
    page = render_template(
        "oversight/reply.html",
        reply=reply,
        given=given,
        errors=field_errors(error) if error else {},
        seen=kept.seen(given, error, reply.text.number if reply else ""),
        state=kept.state(active=reply.active) if reply else None,
        uses=[(use, t(f"reply.use.{use}")) for use in USES],
        categories=telling.category_choices(catalogue.choosable(session)),
        holes=[(f"{{{name}}}", t(f"reply.hole.{name}")) for name in HOLES],
        versions=_versions(session, reply, error) if reply else [],
        **overseer_frame("oversight"),
    )
    return page, STATUS[error.code] if error else 200


def _versions(session: Session, reply: Reply, error: DomainError | None) -> list[dict[str, Any]]:
    """What it said before, newest first; after a stale save also what it says now."""
    shown = kept.before(reply.texts[::-1], error)
    names = catalogue.account_names(session, [text.account_id for text in shown])
    return [
        {"text": text, "who": names.get(text.account_id or 0, t("reply.came_with")), "use": t(f"reply.use.{text.use}")}
        for text in shown
    ]
