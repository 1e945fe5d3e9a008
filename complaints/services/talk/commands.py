"""What may be said at any point of a talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.services import correspond, follow
from complaints.services.mailroom import Taken
from complaints.services.talk import asks, filing, looking, readers, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from complaints.services.talk.turn import Turn


def take(turn: Turn, name: str) -> Taken:
    """Follow a command; one that the script does not know asks the present question again."""
    had = turn.talk.case_id
    COMMANDS.get(name, asks.ask)(turn)
    if turn.receipt:
        return Taken("case", turn.talk.case_id)
    return Taken("talk", had if turn.talk.step == "open" else None)


def _person(turn: Turn) -> None:
    """A person is asked for: with a case that waits for nothing more, with a story it becomes one."""
    case = turn.case
    if case is not None and turn.talk.step == "open":
        wish = turn.word("talk.person.wish")
        correspond.write_in(turn.session, case, wish, follow.complainant_of(case), turn.now, turn.talk.channel)
        turn.tell("talk.person.asked", hotline=turn.profile.hotline)
        asks.offer_open(turn)
    elif turn.written.get("story"):
        filing.file(turn, filing.ASKED)
    else:
        readers.ask_aside(turn, "person")


def _status(turn: Turn) -> None:
    looking.status(turn)


def _new(turn: Turn) -> None:
    """Another complaint: a talk of its own, so that its words do not join the case before."""
    if turn.talk.step == "open" or (turn.talk.case_id is not None and not turn.written.get("story")):
        begin_again(turn)
    readers.go_on(turn)


def begin_again(turn: Turn) -> None:
    """End this talk and begin the next."""
    before = turn.talk
    record.end(turn.session, before, turn.now)
    talk = record.begin(turn.session, before.channel, before.account, before.address, before.language, turn.now)
    talk.heard_at = before.heard_at
    turn.talk, turn.draft = talk, record.draft_of(turn.session, talk, turn.now)


def _restart(turn: Turn) -> None:
    if turn.talk.step == "open":
        _new(turn)
    elif turn.written.get("story") or turn.written.get("typed"):
        readers.ask_aside(turn, "discard")
    else:
        turn.talk.step = "hello"
        asks.ask(turn)


def _menu(turn: Turn) -> None:
    asks.ask(turn)


def _back(turn: Turn) -> None:
    readers.come_back(turn)


def _english(turn: Turn) -> None:
    turn.talk.language = "en"
    asks.ask(turn)


def _thai(turn: Turn) -> None:
    turn.talk.language = "th"
    asks.ask(turn)


COMMANDS: dict[str, Callable[[Turn], None]] = {
    "person": _person,
    "status": _status,
    "new": _new,
    "restart": _restart,
    "menu": _menu,
    "back": _back,
    "english": _english,
    "thai": _thai,
}
