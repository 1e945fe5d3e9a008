"""The playbooks of all topics: what is due for another look, and the form that makes the next version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for

from complaints.db import begin_reading, unit_of_work
from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.playbook import FIELDS, PARTS
from complaints.domain.policy import Permission
from complaints.domain.reading import read_any_day
from complaints.domain.thai_time import local_day, show_date
from complaints.services import catalogue, playbooks
from complaints.services.playbooks import Written
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
    from complaints.domain.playbook import Playbook
    from complaints.services.playbooks import Topic

# What people put before a point although it has a line of its own.
BULLETS = "•-–* \t"


@blueprint.get("/playbooks")
@needs(Permission.OVERSIGHT)
def playbooks_page() -> ResponseReturnValue:
    """Every topic with its version and the day by which somebody must look at it again."""
    found = playbooks.topics(begin_reading())
    rows = [(_title(topic), topic, _state(topic.playbook)) for topic in found]
    today = local_day(now())
    late = [title for title, topic, _ in rows if topic.playbook is not None and topic.playbook.late(today)]
    return render_template("oversight/playbooks.html", rows=rows, late=late, **overseer_frame("oversight"))


@blueprint.get("/playbooks/<topic>")
@needs(Permission.OVERSIGHT)
def playbook_page(topic: str) -> ResponseReturnValue:
    """What a topic's playbook says, ready to be changed, and what it said before."""
    session = begin_reading()
    found = playbooks.topic(session, topic)
    book = found.playbook
    given = {field: getattr(book, field) for field in FIELDS} if book else {}
    return _page(session, found, given | ({"review_by": show_date(book.review_by, language())} if book else {}))


@blueprint.post("/playbooks/<topic>")
@needs(Permission.OVERSIGHT)
def playbook_change(topic: str) -> ResponseReturnValue:
    """Its next version."""
    seen = whole(request.form.get("seen", ""), otherwise=-1)
    try:
        written = _written()
        with unit_of_work() as session:
            playbooks.change(session, topic, seen, written, staff(), now())
    except (InvalidInput, StaleRecord) as error:
        session = begin_reading()
        return _page(session, playbooks.topic(session, topic), request.form, error)
    flash(t("playbook.changed", title=_title(playbooks.topic(begin_reading(), topic))), "done")
    return redirect(url_for("oversight.playbooks_page"), 303)


def _written() -> Written:
    day = request.form.get("review_by", "").strip()
    if not day:
        raise InvalidInput("review_by", reason="required")
    return Written(
        **{field: _points(request.form.get(field, "")) for field in FIELDS},
        review_by=read_any_day(day, "review_by", local_day(now())),
    )


def _points(typed: str) -> str:
    """One point a line, without empty lines and without the dots that stand before each."""
    return "\n".join(filter(None, (line.strip().lstrip(BULLETS) for line in typed.splitlines())))


def _title(topic: Topic) -> str:
    return topic.category.name(language()) if topic.category else t(f"playbook.topic.{topic.code}")


def _state(book: Playbook | None) -> tuple[str, str]:
    """Tone and word."""
    if book is None:
        return "neutral", t("playbook.missing")
    return ("waiting", t("playbook.late")) if book.late(local_day(now())) else ("done", t("playbook.fresh"))


def _page(session: Session, topic: Topic, given: Any, error: DomainError | None = None) -> ResponseReturnValue:  # noqa: ANN401 - what was typed, or what is stored
    book, rows = topic.playbook, kept.before(playbooks.versions(session, topic.code), error)
    names = catalogue.account_names(session, [row.account_id for row in rows])
    page = render_template(
        "oversight/playbook.html",
        topic=topic,
        title=_title(topic),
        parts=PARTS,
        given=given,
        errors=field_errors(error) if error else {},
        seen=kept.seen(given, error, book.number if book else 0),
        state=_state(book),
        versions=[(row, names.get(row.account_id or 0, t("reply.came_with"))) for row in rows],
        limits=(playbooks.MOST_POINTS, playbooks.LONGEST_POINT),
        **overseer_frame("oversight"),
    )
    return page, STATUS[error.code] if error else 200
