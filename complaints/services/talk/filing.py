"""A talk becomes a case: because its writer agreed, asked for a person, or fell silent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.bubbles import clipped
from complaints.domain.secret import grouped, new_secret, secret_matches
from complaints.domain.talk import PERSON, SECRET_HOLE
from complaints.domain.thai_time import BANGKOK, show_date
from complaints.domain.wording import say
from complaints.services import correspond, intake, post, reach, written
from complaints.services.reach import Way
from complaints.services.talk import asks, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.message import Draft
    from complaints.domain.talk import Talk, TalkLine
    from complaints.services.talk.turn import Turn

ASKED, SILENT = "person", "unfinished"
QUESTION_SHOWN = 60
NOTES = {ASKED: "talk.note.person_wish", SILENT: "talk.note.unfinished"}


def file(turn: Turn, why: str = "") -> Case:
    """Make the case and hand out number and secret; `why` says why it goes to a person without consent."""
    case = make_case(
        turn.session, turn.talk, turn.draft, turn.room.key, turn.now, why, turn.received_at, shown=turn.room.shown
    )
    turn.receipt = True
    hand_out(turn, case, why)
    return case


def make_case(
    session: Session,
    talk: Talk,
    draft: Draft,
    key: str,
    now: datetime,
    why: str,
    received_at: datetime,
    *,
    shown: bool = False,
) -> Case:
    """The case with everything that was written and sent, and the conversation as a note for the desk.

    The receipt is said in the talk itself, so the letter is held back.
    """
    if not str(draft.data.get("story", "")).strip():
        draft.data = {**draft.data, "story": say("inbound.only_files", talk.language)}
    sheet = written.Sheet(talk.submission, draft.id, dict(draft.data))
    inbound = written.complaint(sheet, talk.channel, talk.language, now, None if why else now)
    if why:
        inbound = replace(inbound, answers={**inbound.answers, intake.BY_HAND: why})
    inbound = replace(inbound, received_at=received_at, acknowledged=shown)
    case = intake.file_case(session, inbound, Actor(Role.COMPLAINANT), now, key).case
    post.hold_back(session, case, now)
    point = reach.keep_point(session, case.person_id, Way(talk.channel, talk.address), now, talk.account)
    point.heard_at = talk.heard_at
    for key_of_note in filter(None, (NOTES.get(why),)):
        _note(session, case, say(key_of_note, "th"), now)
    told = transcript(record.lines_of(session, talk))
    _note(session, case, say("talk.note.transcript", "th"), now, told[: correspond.MESSAGE_LIMIT])
    talk.case_id, talk.step, talk.data = case.id, "open", {}
    return case


def _note(session: Session, case: Case, text: str, now: datetime, folded: str = "") -> None:
    correspond.say(session, case, text, SYSTEM, now, kind="note", public=False, folded=folded)


def transcript(lines: Sequence[TalkLine]) -> str:
    """What the person said, each after the question that it answered: a desk reads no advice and no consent texts."""
    said, asked = [], ""
    for line in lines:
        words = without_secret(line.body, "th")
        if line.who != PERSON:
            asked = clipped(words.partition("\n")[0], QUESTION_SHOWN)
            continue
        said.append(f"{line.at.astimezone(BANGKOK):%H:%M} " + " → ".join(filter(None, (asked, words))))
        asked = ""
    return "\n".join(said)


def hand_out(turn: Turn, case: Case, why: str) -> None:
    """Number, secret, and what happens by when."""
    if why == SILENT:
        turn.tell("talk.filed.silent")
    turn.tell("talk.filed.number", number=case.number, secret=SECRET_HOLE)
    turn.tell("talk.filed.keep", link=f"{turn.room.base_url}/track")
    days = {name: show_date(getattr(case, name), turn.language) for name in ("triage_by", "final_by")}
    turn.tell("talk.filed.next", **days)
    if why == ASKED:
        turn.tell("talk.filed.person")
    asks.offer_open(turn)


def with_secret(text: str, talk: Talk, case: Case | None, key: str) -> str:
    """Words as their reader is shown them; a secret that was changed since is not shown as if it opened the case."""
    if SECRET_HOLE not in text:
        return text
    secret = new_secret(key, talk.submission)
    if case is None or not secret_matches(secret, case.secret_hash):
        return without_secret(text, talk.language)
    return text.replace(SECRET_HOLE, grouped(secret))


def without_secret(text: str, language: str) -> str:
    """Words as anybody else is shown them."""
    return text.replace(SECRET_HOLE, say("talk.filed.hidden", language))
