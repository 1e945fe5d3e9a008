"""Web chat: the guided conversation on a page of the centre, by plain form posts; script only asks for news."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from complaints.channels.webchat import CHANNEL
from complaints.db import begin_reading, let_go, unit_of_work
from complaints.domain.channel import Choice, Heard, HeardFile, HeardKind, Raw
from complaints.domain.errors import InvalidInput
from complaints.domain.places import banks
from complaints.domain.policy import Permission
from complaints.domain.script import GO, script
from complaints.domain.secret import token_hash
from complaints.services import receive
from complaints.services.evidence.keeping import discard_unused, seal_heard
from complaints.services.mailroom import Hint, Room
from complaints.services.talk import record, talking
from complaints.services.talk.hints import hint_of
from complaints.services.talk.showing import Shown, show
from complaints.web.citizen.face import blueprint, limits, settings
from complaints.web.citizen.uploads import kinds_taken
from complaints.web.errors import field_errors
from complaints.web.files import store
from complaints.web.guard import needs, now, quiet
from complaints.web.language import language, t
from complaints.web.limits import SENDING, limiter
from complaints.web.suggest import suggest

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.talk import Talk

COOKIE = "chat"
LONGEST = 5000
FILES_OF_A_CASE = 3
EMERGENCY = ("1441", "191", "1669")
# Every open page asks; an office full of them shares one address.
ASKING = "1200 per minute"


@blueprint.app_template_filter("linked")
def linked(text: str) -> Markup:
    """Words of the centre, with its own pages and the emergency numbers one tap away."""
    numbers = {bank.phone: f"tel:{bank.dial}" for bank in banks().values()}
    numbers |= {number: f"tel:{number}" for number in EMERGENCY}
    own = re.escape(settings().base_url) + r"/[a-z]+"
    dialled = "|".join(re.escape(number) for number in sorted(numbers, key=len, reverse=True))
    parts = re.split(rf"(?<![\d-])({own}|{dialled})(?![\d-])", text)
    link = Markup('<a href="{}">{}</a>')
    # Every second part is what was found.
    return Markup("").join(
        link.format(numbers.get(part, part), part) if place % 2 else part for place, part in enumerate(parts)
    )


@blueprint.get("/chat")
@needs(Permission.PUBLIC)
def chat() -> Response:
    """The conversation of this browser, or the greeting."""
    return _page({})


@blueprint.get("/chat/lines")
@limiter.limit(ASKING)
@needs(Permission.PUBLIC)
@quiet
def chat_lines() -> Response:
    """What was said, if anything was since the page's mark; asked for by script."""
    shown = _shown(begin_reading())
    if request.args.get("mark") == shown.mark:
        return make_response("", 204)
    return make_response(render_template("citizen/chat_lines.html", shown=shown))


@blueprint.post("/chat")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def say_in_chat() -> Response:
    """Take what was typed or tapped, and answer at once."""
    text, tap = request.form.get("text", "").strip(), request.form.get("tap", "")
    if not tap and not text:
        return _page(field_errors(InvalidInput("text", reason="required")), 422)
    if len(text) > LONGEST:
        return _page(field_errors(InvalidInput("text", reason="too_long", limit=LONGEST)), 422)
    return _take(HeardKind.TAP if tap else HeardKind.WORDS, "" if tap else text, tap, ())


@blueprint.post("/chat/files")
@limiter.limit(SENDING)
@needs(Permission.PUBLIC)
def send_chat_files() -> Response:
    """Take files; the conversation says which were kept."""
    given = [file for file in request.files.getlist("files") if file.filename]
    if not given:
        return _page(field_errors(InvalidInput("files", reason="required")), 422)
    files = tuple(HeardFile(file.filename or "file", file.read(), file.mimetype) for file in given)
    return _take(HeardKind.WORDS, "", "", files)


@blueprint.post("/chat/leave")
@needs(Permission.PUBLIC)
def leave_chat() -> Response:
    """Leave nothing of the conversation in this browser; what was sent stays a case, the rest is kept for a week."""
    answer = make_response(redirect(url_for("citizen.home"), 303))
    answer.delete_cookie(COOKIE, secure=settings().secure_cookies, httponly=True, samesite="Lax")
    return answer


def _take(kind: HeardKind, text: str, tap: str, files: tuple[HeardFile, ...]) -> Response:
    token = request.cookies.get(COOKIE, "") or secrets.token_urlsafe(24)
    sender = token_hash(token)
    # The page's own mark: the same form sent twice is heard once.
    event_id = f"{sender[:16]}:{request.form.get('id', '')[:80] or secrets.token_urlsafe(12)}"
    heard = Heard(event_id, sender, now(), kind, text=text, files=files, value=tap, language=language(), mark=event_id)
    hints = _hints(heard)
    (heard,) = seal_heard([heard], limits(FILES_OF_A_CASE), store(), now())
    with unit_of_work() as session:
        _keep(session, heard, hints)
        discard_unused(session, (file.stored_key for file in heard.files), now())
    answer = make_response(redirect(url_for("citizen.chat", _anchor="now"), 303))
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(timedelta(days=settings().draft_days).total_seconds()),
        secure=settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


def _hints(heard: Heard) -> dict[str, Hint]:
    """What the story so far tells already; no connection is held meanwhile."""
    material = talking.material(begin_reading(), CHANNEL.code, [heard])
    let_go()
    hints = {}
    for event_id, text in material.items():
        guess = suggest(settings().model_dir, text)
        hints[event_id] = hint_of(guess.category if guess is not None else "", text)
    return hints


def _keep(session: Session, heard: Heard, hints: dict[str, Hint]) -> None:
    """Store what came in and deal with it in one transaction: the answer stands on the next page."""
    told: dict[str, Any] = {"id": heard.event_id, "text": heard.text, "tap": heard.value, "language": heard.language}
    told["files"] = [
        {"name": file.name, "size": len(file.content), "sha256": hashlib.sha256(file.content).hexdigest()}
        for file in heard.files
    ]
    body = json.dumps(told, ensure_ascii=False).encode()
    kept = receive.store(session, Raw(CHANNEL.code, "", body, {}, now()), heard.event_id)
    if kept.fresh:
        room = Room(
            limits(FILES_OF_A_CASE),
            store(),
            settings().secret_key,
            settings().base_url,
            hints,
            shown=True,
        )
        receive.take_at_once(session, kept.raw_id, heard, CHANNEL.manner, room, now())


def _talk(session: Session) -> Talk | None:
    token = request.cookies.get(COOKIE, "")
    return record.look(session, CHANNEL.code, token_hash(token)) if token else None


def _shown(session: Session) -> Shown:
    talk = _talk(session)
    if talk is not None:
        return show(session, talk, settings().secret_key, now())
    step = script().steps["hello"]
    choices = [Choice(f"hello={name}", t(f"talk.hello.{name}")) for name in step.choices]
    return Shown([], [*choices, Choice(f"{GO}=person", t("talk.command.person"))], "", -1)


def _page(errors: dict[str, str], status: int = 200) -> Response:
    shown = _shown(begin_reading())
    body = render_template(
        "citizen/chat.html",
        shown=shown,
        errors=errors,
        typed=request.form.get("text", ""),
        id=secrets.token_urlsafe(12),
        limits=limits(),
        kinds=kinds_taken(),
        longest=LONGEST,
    )
    return make_response(body, status)
