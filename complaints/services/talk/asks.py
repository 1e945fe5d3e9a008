"""What each step asks, and the quick replies that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.domain.agency import Category
from complaints.domain.channel import Choice
from complaints.domain.errors import InvalidInput
from complaints.domain.places import banks
from complaints.domain.playbook import FIRST_AID
from complaints.domain.questions import UNSURE, bank_name, questions_for, read_answer, show_answer
from complaints.domain.reading import read_clock, read_day
from complaints.domain.script import GO, script
from complaints.domain.thai_time import local_day
from complaints.domain.wording import say
from complaints.services import drafts, playbooks, written
from complaints.services.catalogue import choosable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from complaints.domain.questions import Question
    from complaints.services.talk.turn import Turn

STORY_SHOWN = 300
CONSENT_LINES = 5
DAYS = ("today", "yesterday")


def ask(turn: Turn) -> None:
    """Ask what the talk's step asks."""
    ASKS.get(turn.talk.step, _ask_plainly)(turn)


def ask_briefly(turn: Turn) -> None:
    """Ask again without what was told around the question."""
    said = len(turn.bubbles)
    ask(turn)
    turn.bubbles = [*turn.bubbles[:said], *turn.bubbles[said:][-1:]]


def offer_again(turn: Turn) -> None:
    """Only the quick replies of the step: the question stands above."""
    said = list(turn.bubbles)
    ask(turn)
    turn.bubbles = said


def _ask_plainly(turn: Turn) -> None:
    step = turn.step
    turn.tell(f"talk.{step.name}.ask")
    turn.offer([turn.choice(name, turn.word(f"talk.{step.name}.{name}")) for name in step.choices])


def _hello(turn: Turn) -> None:
    turn.tell("talk.hello.ask", centre=turn.profile.name(turn.language))
    other = "english" if turn.language == "th" else "thai"
    own = [turn.choice(name, turn.word(f"talk.hello.{name}")) for name in turn.step.choices]
    turn.offer(own)
    if not turn.room.shown:
        turn.choices.append(Choice(f"{GO}={other}", turn.word("talk.command.other_language")))


def _aid(turn: Turn) -> None:
    numbers = [
        f"{bank.name(turn.language)} {bank.phone}"
        + (f" {turn.word('citizen.aid.press', press=bank.press)}" if bank.press else "")
        for bank in banks().values()
    ]
    turn.tell("talk.aid.clock", banks="\n".join(numbers))
    turn.tell("talk.aid.say", words=turn.word("citizen.aid.say_text"), case_id=turn.word("citizen.aid.case_id"))
    turn.tell("talk.aid.never", points=_points(turn, FIRST_AID))
    _ask_plainly(turn)


def _guess(turn: Turn) -> None:
    turn.tell("talk.guess.ask", kind=kind_name(turn.session, turn.written["suggested"], turn.language))
    turn.offer([turn.choice(name, turn.word(f"talk.guess.{name}")) for name in turn.step.choices])


def _group(turn: Turn) -> None:
    groups = dict.fromkeys(row.group_code for row in choosable(turn.session))
    turn.tell("talk.group.ask")
    found = [turn.choice(code, turn.word(f"word.group.{code}")) for code in groups]
    turn.offer([*found, turn.choice(UNSURE, turn.word("talk.group.unsure"))])


def _kind(turn: Turn) -> None:
    rows = [row for row in choosable(turn.session) if row.group_code == turn.talk.data.get("group")]
    turn.tell("talk.kind.ask")
    found = [turn.choice(row.code, row.name(turn.language)) for row in rows]
    turn.offer([*found, turn.choice(UNSURE, turn.word("talk.kind.unsure"))])


def _questions(turn: Turn) -> None:
    following = open_part(turn.written)
    if following is None:
        return
    question, part = following
    turn.bubbles.append(_wording(turn, question, part))
    offered = [turn.choice(value, label) for value, label in part_choices(turn, question, part)]
    turn.offer([*offered, turn.choice("skip", turn.word("talk.command.skip"))])


def _wording(turn: Turn, question: Question, part: str) -> str:
    if part.endswith("-time"):
        return turn.word("talk.questions.time")
    if question.kind == "bank":
        name = "bank" if part.endswith("-bank") else "account"
        asked = turn.word(f"talk.questions.{name}")
        return f"{question.label(turn.language)}\n{asked}" if name == "bank" else asked
    return "\n".join(filter(None, (question.label(turn.language), question.hint(turn.language))))


def part_choices(turn: Turn, question: Question, part: str) -> list[tuple[str, str]]:
    """What may be tapped in answer to one input of a question."""
    if question.kind == "choice":
        return question.choices(turn.language)
    told = turn.written.get("found", {}).get(part, "")
    if part.endswith("-bank"):
        codes = dict.fromkeys([*([told] if told else []), *script().banks])
        return [(code, bank_name(code, turn.language)) for code in list(codes)[: len(script().banks)]]
    if told:
        return [(told, f"{told} {turn.word('citizen.baht')}" if question.kind == "amount" else told)]
    if question.kind == "date" and part == question.key:
        return [(day, turn.word(f"talk.questions.{day}")) for day in DAYS]
    return []


def closed(turn: Turn) -> bool:
    """Does the question that is open offer every answer to it."""
    following = open_part(turn.written)
    return following is not None and following[0].kind == "choice"


def open_part(data: Mapping[str, Any]) -> tuple[Question, str] | None:
    """The first input that was neither answered nor passed over; an hour only of a day that is known."""
    typed = data.get("typed", {})
    for question in written.applying(data):
        for part in question.parts:
            if part in typed or (part.endswith("-time") and not typed.get(question.key)):
                continue
            return question, part
    return None


def _consent(turn: Turn) -> None:
    turn.tell("talk.consent.summary", facts="\n".join(_facts(turn)))
    lines = {f"line_{number}": turn.word(f"citizen.check.line_{number}") for number in range(1, CONSENT_LINES + 1)}
    link = f"{turn.room.base_url}/privacy"
    turn.tell("talk.consent.ask", consent=turn.word("citizen.check.consent"), link=link, **lines)
    turn.offer([turn.choice(name, turn.word(f"talk.consent.{name}")) for name in turn.step.choices])


def _facts(turn: Turn) -> list[str]:
    data, language = turn.written, turn.language
    story = str(data.get("story", ""))
    shown = story if len(story) <= STORY_SHOWN else story[:STORY_SHOWN] + "…"
    kind = data.get("kind")
    named = kind_name(turn.session, kind, language) if kind and kind != UNSURE else turn.word("citizen.kind.unsure")
    answers, _ = written.read_questions(data, local_day(turn.now))
    facts = [f"{turn.word('talk.consent.story')}: {shown}"] if shown else []
    facts.append(f"{turn.word('talk.consent.kind')}: {named}")
    facts += [
        f"{question.label(language)}: {show_answer(question, answers[question.key], language)}"
        for question in questions_for(kind)
        if question.key in answers
    ]
    facts.append(turn.word("talk.consent.files", n=len(drafts.files_of(turn.session, turn.draft))))
    contact, _ = written.read_contact(data.get("contact", {}))
    return [
        *facts,
        *(f"{turn.word(f'citizen.contact.{name}')}: {contact[name]}" for name in ("phone", "email") if contact[name]),
    ]


def _person(turn: Turn) -> None:
    turn.tell("talk.person.ask", hotline=turn.profile.hotline)
    turn.offer([], person=False)


def _number(turn: Turn) -> None:
    turn.tell("talk.number.ask")
    turn.offer([])


def _secret(turn: Turn) -> None:
    turn.tell("talk.secret.ask", number=turn.talk.data.get("number", ""))
    turn.offer([])


def _open(turn: Turn) -> None:
    case = turn.case
    turn.tell("talk.open.ask", number=case.number if case is not None else "")
    offer_open(turn)


def offer_open(turn: Turn) -> None:
    """What may be tapped while the words join a case."""
    turn.offer([Choice(f"{GO}={name}", turn.word(f"talk.open.{name}")) for name in script().steps["open"].choices])


def kind_name(session: Session, code: str, language: str) -> str:
    """The name of a kind by its code."""
    row = session.get(Category, code)
    return row.name(language) if row is not None else code


def advice(turn: Turn) -> None:
    """What to do first about a problem of this kind."""
    points = _points(turn, str(turn.written.get("kind")))
    if points:
        turn.bubbles.append(points)


def _points(turn: Turn, topic: str) -> str:
    """The advice in force on a topic, each point on a line of its own."""
    return "\n".join(f"• {point}" for point in playbooks.advice(turn.session, topic, turn.language))


def read_part(question: Question, part: str, text: str, typed: Mapping[str, str], turn: Turn) -> dict[str, str]:
    """What an answer fills in: usually its own input, of a day with an hour both; raises `InvalidInput`."""
    today = local_day(turn.now)
    filled = {part: text}
    if question.kind == "date" and part == question.key and question.with_time:
        filled = _day_and_hour(question, text, turn)
    before = {name: typed[name] for name in question.parts if name in typed}
    read_answer(question, {**before, **filled}, today)
    return filled


def _day_and_hour(question: Question, text: str, turn: Turn) -> dict[str, str]:
    """`เมื่อวาน 14:05` in one message."""
    today = local_day(turn.now)
    for mark in (" เวลา ", " at ", " "):
        day, found, hour = text.rpartition(mark)
        if found:
            try:
                read_day(day, question.key, today)
                read_clock(hour, question.key)
            except InvalidInput:
                continue
            if any(sign in hour for sign in ":."):
                return {question.key: day.strip(), f"{question.key}-time": hour.strip()}
    return {question.key: text}


def day_word(name: str) -> str:
    """The word for a tapped day, as whoever reads days knows it."""
    return say(f"talk.questions.{name}", "th")


ASKS: dict[str, Callable[[Turn], None]] = {
    "hello": _hello,
    "aid": _aid,
    "guess": _guess,
    "group": _group,
    "kind": _kind,
    "questions": _questions,
    "consent": _consent,
    "person": _person,
    "number": _number,
    "secret": _secret,
    "open": _open,
}
