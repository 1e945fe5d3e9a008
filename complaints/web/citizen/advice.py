"""What to do about each kind of problem: read, and found by its words, without reporting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, render_template, request

from complaints.db import begin_reading
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.playbook import FIRST_AID, PARTS
from complaints.domain.policy import Permission
from complaints.domain.thai_time import local_day
from complaints.domain.wording import known, say
from complaints.services import playbooks
from complaints.services.advice import LONGEST, Told, find
from complaints.web.citizen.face import blueprint
from complaints.web.errors import field_errors
from complaints.web.guard import needs, now
from complaints.web.language import language

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from complaints.services.playbooks import Topic


@blueprint.get("/advice")
@needs(Permission.PUBLIC)
def advice() -> ResponseReturnValue:
    """Every topic, or those in which the words stand that are asked for."""
    asked = " ".join(request.args.get("q", "").split())
    errors = field_errors(InvalidInput("q", reason="too_long", limit=LONGEST)) if len(asked) > LONGEST else {}
    told = [_told(topic) for topic in playbooks.topics(begin_reading()) if topic.playbook is not None]
    searched = bool(asked) and not errors
    found, whole = find(told, asked) if searched else ([], True)
    at = ("th", "en").index(language())
    page = render_template(
        "citizen/advice.html",
        asked=asked[:LONGEST],
        errors=errors,
        searched=searched,
        nearly=bool(found) and not whole,
        rows=[(one.topic.code, one.topic.title[at], one.line[at] if one.line else "") for one in found]
        if searched
        else [(topic.code, topic.title[at], topic.lines[0][at] if _means(topic.code) else "") for topic in told],
    )
    return page, 422 if errors else 200


@blueprint.get("/advice/<topic>")
@needs(Permission.PUBLIC)
def advice_topic(topic: str) -> ResponseReturnValue:
    """What to do first, what to have ready, who acts and by which law."""
    try:
        found = playbooks.topic(begin_reading(), topic)
    except NotFound:
        abort(404)
    if found.playbook is None:
        abort(404)
    book = found.playbook
    means = _means(topic)
    return render_template(
        "citizen/advice_topic.html",
        title=name_of(found, language()),
        means=say(means, language()) if means else "",
        parts={part: book.points(part, language()) for part in PARTS},
        reviewed=local_day(book.at),
        review_by=book.review_by,
        late=book.late(local_day(now())),
    )


def name_of(topic: Topic, tongue: str) -> str:
    """What a topic is called."""
    return topic.category.name(tongue) if topic.category is not None else say(f"playbook.topic.{FIRST_AID}", tongue)


def _means(code: str) -> str:
    """The key of the sentence that says what a kind is, if there is one."""
    key = f"citizen.kind.means.{code}"
    return key if known(key) else ""


def _told(topic: Topic) -> Told:
    """A topic with all that a reader may look for."""
    book, means = topic.playbook, _means(topic.code)
    lines = [(say(means, "th"), say(means, "en"))] if means else []
    if book is not None:
        lines += [
            pair for part in PARTS for pair in zip(book.points(part, "th"), book.points(part, "en"), strict=False)
        ]
    return Told(topic.code, (name_of(topic, "th"), name_of(topic, "en")), lines)
