"""What becomes of one event of a talk: the guided conversation goes a step on, or the words join an open case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.channel import HeardKind
from complaints.domain.errors import FileRefused
from complaints.domain.lifecycle import State
from complaints.domain.script import GO, chosen, script, written_in
from complaints.domain.talk import PERSON
from complaints.domain.wording import say, sentence_of
from complaints.services import centre, correspond, drafts, mailroom, reach
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.mailroom import Taken
from complaints.services.reach import Way
from complaints.services.talk import asks, commands, looking, readers, record, speak
from complaints.services.talk.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Heard
    from complaints.domain.inbound import RawMessage
    from complaints.domain.talk import Talk
    from complaints.services.mailroom import Room

SPOKEN = frozenset({HeardKind.WORDS, HeardKind.TAP, HeardKind.GESTURE})
# A case's message is acknowledged, but not every one of a flurry.
ACKNOWLEDGE_AGAIN = timedelta(minutes=10)
RESUMED_AFTER = timedelta(hours=1)
NUMBER_AND_LITTLE_ELSE = 30


def take(session: Session, raw: RawMessage, heard: Heard, room: Room, now: datetime) -> Taken:
    """Deal with one event of a talk, and promise the answer in the same transaction."""
    heard = replace(heard, text=record.clean(heard.text))
    if heard.kind is HeardKind.BLOCK:
        _block(session, raw, heard, now)
        return Taken("ignored", reason=heard.kind.value)
    if heard.kind is HeardKind.GROUP:
        if heard.reply_token:
            words = say("talk.group_chat", heard.language)
            speak.say_aside(session, raw.channel, heard.sender, heard.language, words, heard.reply_token, now)
        return Taken("ignored", reason=heard.kind.value)
    if heard.kind not in SPOKEN | {HeardKind.FOLLOW, HeardKind.UNSEND}:
        return Taken("ignored", reason=heard.kind.value)
    talk = _talk_of(session, raw, heard, now)
    draft = record.draft_of(session, talk, now)
    turn = Turn(session, raw, heard, talk, draft, room, centre.profile(session), now)
    # On a page of our own nothing overtakes: what differs there is only the clocks of two servers.
    late = heard.at < talk.heard_at and not room.shown
    quiet_since = talk.changed_at
    if room.shown:
        # The page has its own switch of the language.
        talk.language = heard.language
    talk.heard_at, talk.changed_at = max(talk.heard_at, heard.at), now
    taken = _unsend(turn) if heard.kind is HeardKind.UNSEND else _take(turn, raw, quiet_since, late=late)
    speak.promise(turn)
    return taken


def material(session: Session, channel: str, heard: Iterable[Heard]) -> dict[str, str]:
    """The words that the classifier is to read before the events are taken, by event: each with the story before it."""
    found: dict[str, str] = {}
    before: dict[str, str] = {}
    for event in heard:
        if event.kind is not HeardKind.WORDS or not event.text.strip():
            continue
        if event.sender not in before:
            talk = record.look(session, channel, event.sender)
            before[event.sender] = record.story_of(session, talk) if talk is not None else ""
            if talk is not None and talk.step == "open":
                continue
        before[event.sender] = f"{before[event.sender]}\n{event.text}".strip()
        found[event.event_id] = before[event.sender]
    return found


def _block(session: Session, raw: RawMessage, heard: Heard, now: datetime) -> None:
    for point in reach.points_at(session, raw.channel, heard.sender):
        reach.mark_failed(session, point.person_id, Way(raw.channel, heard.sender), "blocked", "", now)


def _talk_of(session: Session, raw: RawMessage, heard: Heard, now: datetime) -> Talk:
    """The account's open talk; a talk about a case that is over is over too, and an open case without one gets one."""
    talk = record.find(session, raw.channel, heard.sender)
    if talk is not None and talk.step == "open" and not _writable(session, talk):
        record.end(session, talk, now)
        talk = None
    if talk is not None:
        return talk
    language = written_in(heard.text) or heard.language
    talk = record.begin(session, raw.channel, raw.account, heard.sender, language, now)
    talk.heard_at = heard.at
    own = [case for case in looking.own_cases(session, talk) if State(case.state) in looking.WRITABLE]
    if own and talk.step == "hello":
        talk.case_id, talk.step, talk.language = own[0].id, "open", own[0].language
    return talk


def _writable(session: Session, talk: Talk) -> bool:
    case = session.get(Case, talk.case_id) if talk.case_id is not None else None
    return case is not None and State(case.state) in looking.WRITABLE


def _take(turn: Turn, raw: RawMessage, quiet_since: datetime, *, late: bool) -> Taken:
    heard = turn.heard
    # Agencies read stories and messages: a secret stands in none of them.
    text, secret = looking.without_secret(heard.text.strip() or _label(turn), turn.language)
    turn.heard = replace(heard, text=text)
    _note_heard(turn, text)
    if late and turn.talk.step != "open":
        # What comes after later words answers no question: the question had not been asked yet.
        if heard.kind is HeardKind.WORDS and text and not script().command(text):
            readers.add_to_story(turn, text)
        if _keep_files(turn) or turn.bubbles:
            asks.offer_again(turn)
        return Taken("talk", reason="late")
    if heard.kind is HeardKind.WORDS and turn.talk.step == "hello" and not turn.room.shown:
        turn.talk.language = written_in(text) or turn.talk.language
    command = heard.value.removeprefix(f"{GO}=") if heard.value.startswith(f"{GO}=") else script().command(text)
    if command:
        return commands.take(turn, command)
    if secret and _asks_by_secret(turn, text, secret):
        return Taken("talk", turn.talk.case_id if turn.talk.step == "open" else None)
    case = turn.case
    if turn.talk.step == "open" and case is not None:
        return _with_case(turn, raw, case, text)
    _converse(turn, text, quiet_since)
    return Taken("case" if turn.receipt else "talk", turn.talk.case_id if turn.receipt else None)


def _label(turn: Turn) -> str:
    """What stood on the quick reply that was tapped, if it was among the last ones."""
    if turn.heard.kind is not HeardKind.TAP:
        return ""
    return record.label_of(turn.session, turn.talk, turn.heard.value)


def _note_heard(turn: Turn, text: str) -> None:
    heard = turn.heard
    names = [file.name for file in heard.files]
    words = "\n".join(filter(None, (text, ", ".join(names))))
    if words and heard.kind in SPOKEN:
        record.note_line(turn.session, turn.talk, PERSON, words, turn.now, mark=heard.mark)


def _converse(turn: Turn, text: str, quiet_since: datetime) -> None:
    """A step on the way to a case."""
    heard = turn.heard
    kept = _keep_files(turn)
    if heard.kind is HeardKind.GESTURE and turn.talk.step != "hello":
        asks.ask_briefly(turn)
    elif heard.kind in {HeardKind.FOLLOW, HeardKind.GESTURE} or not (text or heard.files):
        _ask_again(turn, quiet_since)
    elif not text:
        if turn.talk.step == "person" and kept:
            readers.read(turn, "", "")
        elif turn.talk.step in {"hello", "story"}:
            readers.go_on(turn)
        elif kept:
            asks.offer_again(turn)
        else:
            asks.ask(turn)
    elif heard.kind is HeardKind.WORDS and script().greets(text):
        _ask_again(turn, quiet_since)
    elif turn.talk.step != "secret" and (number := _only_a_number(text)):
        looking.read_number(turn, number)
    else:
        readers.read(turn, text, _value(turn, text))


def _asks_by_secret(turn: Turn, text: str, secret: str) -> bool:
    """A secret was asked for, or came with the number of its case."""
    number = looking.number_in(text)
    if number:
        looking.ask_secret(turn, number)
    elif turn.talk.step != "secret":
        return False
    readers.read(turn, secret, "")
    return True


def _only_a_number(text: str) -> str:
    """The case number that a message is, with few words around it."""
    return looking.number_in(text) if len(text) <= NUMBER_AND_LITTLE_ELSE else ""


def _value(turn: Turn, text: str) -> str:
    """What was tapped or typed of the choices of the present step; a tap on an old one is no answer."""
    step, _, value = turn.heard.value.partition("=")
    if turn.heard.value:
        return value if step == turn.talk.step else ""
    said, receipt = list(turn.bubbles), turn.receipt
    asks.ask(turn)
    offered = [choice for choice in turn.choices if choice.value.startswith(f"{turn.talk.step}=")]
    numbered = len(turn.step.choices) > 0 or len(offered) > 1
    free = turn.talk.step == "questions" and not asks.closed(turn)
    turn.bubbles, turn.choices, turn.receipt = said, [], receipt
    return chosen(text, offered, numbered=numbered and not free).partition("=")[2]


def _ask_again(turn: Turn, quiet_since: datetime) -> None:
    """Greet somebody new; whoever comes back is told that nothing was lost."""
    if turn.talk.step != "hello" and turn.now - quiet_since > RESUMED_AFTER:
        turn.tell("talk.again.resumed")
    asks.ask(turn)


def _keep_files(turn: Turn) -> int:
    """Keep each file for the case to come, or say why not; returns how many were kept."""
    kept = 0
    for file in turn.heard.files:
        have = drafts.files_of(turn.session, turn.draft)
        upload = Upload(file.name, file.content, file.stored_key)
        try:
            (attachment,) = keep_files(
                turn.session,
                [upload],
                turn.room.limits,
                turn.room.store,
                turn.now,
                draft=turn.draft,
                source=turn.talk.channel,
                have=have,
            )
        except FileRefused as error:
            turn.bubbles.append(sentence_of(error, turn.language))
            continue
        # By the message they came with, in case it is taken back.
        files = turn.talk.data.get("files", {})
        turn.remember(files={**files, turn.heard.mark: [*files.get(turn.heard.mark, []), attachment.id]})
        turn.write()
        kept += 1
    if kept:
        turn.tell("talk.files.kept", n=len(drafts.files_of(turn.session, turn.draft)))
    return kept


def _with_case(turn: Turn, raw: RawMessage, case: Case, text: str) -> Taken:
    """Words join the case; a smile or a new friend does not."""
    heard = turn.heard
    if heard.kind in {HeardKind.FOLLOW, HeardKind.GESTURE} or not (text or heard.files):
        if heard.kind is HeardKind.FOLLOW:
            asks.ask(turn)
        return Taken("talk", case.id)
    if script().greets(text) and not heard.files:
        asks.ask(turn)
        return Taken("talk", case.id)
    if not heard.files and (number := _only_a_number(text)):
        looking.read_number(turn, number)
        return Taken("talk", case.id)
    taken = mailroom.join(turn.session, case, raw, heard, turn.room, turn.now)
    told = turn.talk.data.get("told_at")
    if told is None or turn.now - datetime.fromisoformat(told) > ACKNOWLEDGE_AGAIN:
        turn.tell("talk.open.joined", number=case.number)
        asks.offer_open(turn)
        turn.remember(told_at=turn.now.isoformat())
    return taken


def _unsend(turn: Turn) -> Taken:
    """Somebody takes words back: before the case they are gone from it, afterwards the desk is told."""
    mark = turn.heard.about
    line = record.line_marked(turn.session, turn.talk, mark)
    if line is None:
        return Taken("ignored", reason=turn.heard.kind.value)
    case = turn.case
    if case is not None:
        note = say("talk.note.unsent", "th", words=line.body)
        correspond.say(
            turn.session, case, note[: correspond.MESSAGE_LIMIT], SYSTEM, turn.now, kind="note", public=False
        )
        return Taken("talk", case.id)
    readers.take_back(turn, mark)
    line.body = say("talk.heard.unsent", turn.language)
    return Taken("talk")
