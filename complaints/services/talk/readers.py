"""How each step reads what was said, and where the talk goes from there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from complaints.domain.channel import HeardKind
from complaints.domain.errors import InvalidInput
from complaints.domain.questions import MONEY, UNSURE
from complaints.domain.reading import read_email, read_phone
from complaints.domain.script import script
from complaints.domain.wording import sentence_of
from complaints.services import drafts
from complaints.services.catalogue import choosable
from complaints.services.intake import STORY_LIMIT
from complaints.services.talk import asks, filing, looking, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from complaints.services.talk.turn import Turn

LEAST_LETTERS, LEAST_STORY = 12, 40
ABOUT = re.compile(r"^(?:ประมาณ|ราว\s*ๆ?|เกือบ|about|around|approx\.?)\s*", re.IGNORECASE)


def read(turn: Turn, text: str, value: str) -> None:
    """Take words, or a tapped value of the present step, as its answer; then ask on."""
    READERS[turn.step.reads](turn, text, value)


def go_on(turn: Turn) -> None:
    """Ask the first thing that is still open on the way to a case."""
    turn.talk.step = following(turn)
    asks.ask(turn)


def following(turn: Turn) -> str:
    """The first step of the script that applies and has no answer yet."""
    data = turn.written
    for name in script().order:
        step = script().steps[name]
        if step.applies(data) and not _met(turn, name, data):
            return name
    return script().order[-1]


def _met(turn: Turn, name: str, data: Mapping[str, Any]) -> bool:
    step = script().steps[name]
    if step.keeps:
        return bool(data.get(step.keeps))
    checks: dict[str, Callable[[], bool]] = {
        "story": lambda: enough(data),
        "guess": lambda: bool(data.get("kind") or not data.get("suggested") or turn.talk.data.get("refused")),
        "group": lambda: bool(data.get("kind") or turn.talk.data.get("group")),
        "kind": lambda: bool(data.get("kind")),
        "questions": lambda: asks.open_part(data) is None,
        "files": lambda: bool(turn.talk.data.get("files_done")),
        "contact": lambda: data.get("contact") is not None,
        "consent": lambda: False,
    }
    return checks[name]()


def enough(data: Mapping[str, Any]) -> bool:
    """Is what was told a story already."""
    return len("".join(str(data.get("story", "")).split())) >= LEAST_LETTERS


def add_to_story(turn: Turn, text: str) -> None:
    """Words join the story in the order in which they were said, whatever the order in which they came."""
    parts = [*turn.written.get("parts", []), [turn.heard.at.isoformat(), turn.heard.mark, text]]
    parts.sort(key=lambda part: str(part[0]))
    story = "\n".join(part[2] for part in parts)
    if len(story) > STORY_LIMIT:
        turn.tell("talk.story.full")
        return
    turn.write(parts=parts, story=story)
    hint = turn.room.hints.get(turn.heard.event_id)
    if hint is not None:
        turn.write(found={"lost": hint.lost, "account-bank": hint.bank, "account": hint.account})
        if hint.kind and not turn.written.get("kind"):
            turn.write(suggested=hint.kind)


def take_back(turn: Turn, mark: str) -> None:
    """Words and files that their sender took back are no longer in what is written."""
    left = [part for part in turn.written.get("parts", []) if part[1] != mark]
    turn.write(parts=left, story="\n".join(part[2] for part in left))
    for number in turn.talk.data.get("files", {}).get(mark, []):
        drafts.drop_file(turn.session, turn.draft, number, turn.now)


def _hello(turn: Turn, text: str, value: str) -> None:
    if value == "status":
        looking.status(turn)
    elif value == "report":
        go_on(turn)
    else:
        _story(turn, text, value)


def _story(turn: Turn, text: str, _value: str) -> None:
    add_to_story(turn, text)
    if enough(turn.written) or turn.talk.step == "hello":
        go_on(turn)
    else:
        turn.tell("talk.story.short")
        turn.offer([])


def _choice(turn: Turn, text: str, value: str) -> None:
    if value not in turn.step.choices:
        _unread(turn, text)
        return
    kept = {turn.step.keeps: value}
    if turn.step.keeps == MONEY:
        kept["money_at"] = turn.heard.at.isoformat()
    turn.write(**kept)
    go_on(turn)


def _unread(turn: Turn, text: str) -> None:
    """What answers no question is told further; a few letters are not."""
    if turn.heard.kind is HeardKind.WORDS and len(text) >= LEAST_LETTERS:
        add_to_story(turn, text)
        turn.tell("talk.story.added")
    else:
        turn.tell("talk.again.choose")
    asks.ask_briefly(turn)


def _guess(turn: Turn, text: str, value: str) -> None:
    if value == "yes":
        _settle_kind(turn, turn.written["suggested"])
    elif value == "unsure":
        _settle_kind(turn, UNSURE)
    elif value == "other":
        turn.remember(refused=True)
        go_on(turn)
    else:
        _unread(turn, text)


def _group(turn: Turn, text: str, value: str) -> None:
    rows = [row for row in choosable(turn.session) if row.group_code == value]
    if value == UNSURE or len(rows) == 1:
        _settle_kind(turn, UNSURE if value == UNSURE else rows[0].code)
    elif rows:
        turn.remember(group=value)
        go_on(turn)
    else:
        _unread(turn, text)


def _kind(turn: Turn, text: str, value: str) -> None:
    if value == UNSURE or value in {row.code for row in choosable(turn.session)}:
        _settle_kind(turn, value)
    else:
        _unread(turn, text)


def _settle_kind(turn: Turn, kind: str) -> None:
    turn.write(kind=kind)
    asks.advice(turn)
    if asks.open_part(turn.written) is not None:
        turn.tell("talk.questions.start")
    go_on(turn)


def _questions(turn: Turn, text: str, value: str) -> None:
    following_part = asks.open_part(turn.written)
    if following_part is None:
        go_on(turn)
        return
    question, part = following_part
    typed = dict(turn.written.get("typed", {}))
    if value == "skip":
        # Whoever knows no bank knows no account of it either.
        passed = question.parts if part == question.parts[0] else (part,)
        turn.write(typed={**typed, **dict.fromkeys(passed, "")})
        go_on(turn)
        return
    answer = asks.day_word(value) if value in asks.DAYS else value or text
    if question.kind == "amount":
        answer = ABOUT.sub("", answer.strip())
    try:
        filled = asks.read_part(question, part, answer, typed, turn)
    except InvalidInput as error:
        turn.bubbles.append(sentence_of(error, turn.language))
        asks.ask(turn)
        return
    turn.write(typed={**typed, **filled})
    go_on(turn)


def _files(turn: Turn, text: str, value: str) -> None:
    if value == "enough":
        turn.remember(files_done=True)
        go_on(turn)
    else:
        _unread(turn, text)


def _contact(turn: Turn, text: str, value: str) -> None:
    if value == "skip":
        turn.write(contact={})
        go_on(turn)
        return
    for name, reader in (("phone", read_phone), ("email", read_email)):
        try:
            turn.write(contact={name: reader(text, name)})
        except InvalidInput:
            continue
        go_on(turn)
        return
    turn.tell("talk.contact.wrong")
    asks.ask(turn)


def _consent(turn: Turn, text: str, value: str) -> None:
    if value == "agree":
        filing.file(turn)
    elif value == "discard":
        ask_aside(turn, "discard")
    else:
        _unread(turn, text)


def _discard(turn: Turn, _text: str, value: str) -> None:
    if value == "erase":
        drafts.discard(turn.session, turn.draft, turn.now)
        turn.talk.draft_id = None
        turn.session.flush()
        for line in record.lines_of(turn.session, turn.talk):
            turn.session.delete(line)
        turn.draft = record.draft_of(turn.session, turn.talk, turn.now)
        turn.talk.step, turn.talk.data = "hello", {}
        turn.tell("talk.discard.done")
        asks.ask(turn)
        return
    come_back(turn)


def ask_aside(turn: Turn, step: str) -> None:
    """Ask something beside the way; what was asked before is asked again afterwards."""
    if turn.talk.step in {*script().order, "hello", "open"}:
        turn.remember(back=turn.talk.step)
    turn.talk.step = step
    asks.ask(turn)


def come_back(turn: Turn) -> None:
    """Go on where the way was left."""
    back = str(turn.talk.data.get("back", "hello"))
    turn.talk.step = back if back != "open" or turn.talk.case_id is not None else "hello"
    if turn.talk.step in {"hello", "open"}:
        asks.ask(turn)
    else:
        go_on(turn)


def _person(turn: Turn, text: str, _value: str) -> None:
    if text:
        add_to_story(turn, text)
    filing.file(turn, filing.ASKED)


def _number(turn: Turn, text: str, _value: str) -> None:
    """A number is asked for; whoever tells a story instead has begun a complaint."""
    told = not looking.number_in(text) and len(text) >= LEAST_STORY
    if told and turn.talk.data.get("back") != "open":
        turn.talk.step = "story"
        _story(turn, text, "")
    else:
        looking.read_number(turn, text)


def _secret(turn: Turn, text: str, _value: str) -> None:
    if looking.read_secret_of(turn, text):
        ask_aside(turn, "proven")


def _proven(turn: Turn, _text: str, value: str) -> None:
    if value == "link" and looking.link(turn):
        return
    come_back(turn)


READERS: dict[str, Callable[[Turn, str, str], None]] = {
    "hello": _hello,
    "story": _story,
    "choice": _choice,
    "guess": _guess,
    "group": _group,
    "kind": _kind,
    "questions": _questions,
    "files": _files,
    "contact": _contact,
    "consent": _consent,
    "discard": _discard,
    "person": _person,
    "number": _number,
    "secret": _secret,
    "proven": _proven,
}
