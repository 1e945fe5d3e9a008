"""Status in a talk: of the account's own cases, or of one by number and secret."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.domain.case import Case
from complaints.domain.channel import Choice
from complaints.domain.inbound import ContactPoint
from complaints.domain.lifecycle import OPEN_STATES, State
from complaints.domain.number import read_case_number
from complaints.domain.script import GO
from complaints.domain.secret import DIGITS, read_secret
from complaints.domain.thai_time import ARABIC_DIGITS, show_date, show_datetime
from complaints.domain.wording import say
from complaints.services import follow, reach
from complaints.services.moving import SECRET
from complaints.services.reach import Way
from complaints.services.talk import asks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.talk import Talk
    from complaints.services.talk.turn import Turn

WRITABLE = OPEN_STATES | {State.RESOLVED}
SHOWN = 3
MOST_TRIES = 5
LOCKED = timedelta(hours=1)
NUMBER_IN = re.compile(r"(?<!\d)\d{2}[\s-]?\d{6,9}-\d(?!\d)")


def own_cases(session: Session, talk: Talk) -> Sequence[Case]:
    """The cases of this account, the newest first."""
    return session.scalars(
        select(Case)
        .join(ContactPoint, ContactPoint.person_id == Case.person_id)
        .where(ContactPoint.channel == talk.channel, ContactPoint.address == talk.address)
        .order_by(Case.id.desc())
        .limit(20)
    ).all()


def status(turn: Turn) -> None:
    """Where the account's cases stand; without any, the number of another is asked for."""
    found = own_cases(turn.session, turn.talk)
    for case in found[:SHOWN]:
        tell(turn, case)
    if found:
        turn.tell("talk.status.more", link=f"{turn.room.base_url}/track")
    else:
        turn.tell("talk.status.none")
    ask_number(turn)


def ask_number(turn: Turn) -> None:
    """Ask for the number of a case, ready to go back to where the talk was."""
    turn.remember(back=turn.talk.data.get("back") if turn.talk.step in {"number", "secret"} else turn.talk.step)
    turn.talk.step = "number"
    asks.ask(turn)
    turn.choices.insert(0, Choice(f"{GO}=back", turn.word("talk.command.back")))


def tell(turn: Turn, case: Case) -> None:
    """Number, state in the public's words, what comes next."""
    open_one = State(case.state) in OPEN_STATES
    following = [turn.word(f"citizen.next.{case.told_state}")]
    if open_one:
        following.append(turn.word("talk.status.by", final_by=show_date(case.final_by, turn.language)))
    turn.tell(
        "talk.status.one",
        number=case.number,
        received=show_datetime(case.received_at, turn.language),
        state=turn.word(f"word.public.{case.told_state}"),
        next="\n".join(following),
    )


def number_in(text: str) -> str:
    """The case number that words hold, or the empty text."""
    plain = text.translate(ARABIC_DIGITS)
    for found in (plain.strip(), *NUMBER_IN.findall(plain)):
        number = read_case_number(found)
        if number is not None:
            return number
    return ""


def read_number(turn: Turn, text: str) -> None:
    """A number: one's own case is told at once, another one's only with its secret."""
    number = number_in(text)
    if not number:
        turn.tell("talk.number.wrong")
        asks.offer_again(turn)
        turn.choices.insert(0, Choice(f"{GO}=back", turn.word("talk.command.back")))
        return
    own = next((case for case in own_cases(turn.session, turn.talk) if case.number == number), None)
    if own is not None:
        tell(turn, own)
        asks.offer_again(turn)
        turn.choices.insert(0, Choice(f"{GO}=back", turn.word("talk.command.back")))
        return
    ask_secret(turn, number)
    asks.ask(turn)


def ask_secret(turn: Turn, number: str) -> None:
    """The next words are the secret of this number; the talk goes back afterwards to where it was."""
    if turn.talk.step not in {"number", "secret"}:
        turn.remember(back=turn.talk.step)
    turn.remember(number=number)
    turn.talk.step = "secret"


def without_secret(text: str, language: str) -> tuple[str, str]:
    """Words with a word in place of every secret, and the first of the secrets in digits."""
    plain = text.translate(ARABIC_DIGITS)
    shown, at, first = "", 0, ""
    for found in SECRET.finditer(plain):
        shown += text[at : found.start()] + say("inbound.secret_hidden", language)
        at, first = found.end(), first or read_secret(found[0])
    return shown + text[at:], first


def read_secret_of(turn: Turn, text: str) -> bool:
    """Does the secret open the case of the number asked for; after five wrong ones nothing is tried for an hour."""
    until = turn.talk.data.get("locked_until")
    if until and turn.now < datetime.fromisoformat(until):
        turn.tell("talk.secret.locked", hotline=turn.profile.hotline)
        turn.offer([])
        return False
    number = number_in(text) or str(turn.talk.data.get("number", ""))
    case = follow.find(turn.session, number, read_secret(text)[-DIGITS:])
    if case is None:
        tries = int(turn.talk.data.get("tries", 0)) + 1
        locked = tries >= MOST_TRIES
        turn.remember(
            tries=None if locked else tries, locked_until=(turn.now + LOCKED).isoformat() if locked else until
        )
        turn.tell("talk.secret.wrong")
        turn.offer([])
        turn.choices.insert(0, Choice(f"{GO}=back", turn.word("talk.command.back")))
        return False
    turn.remember(tries=None, locked_until=None, proven=case.id)
    tell(turn, case)
    return True


def link(turn: Turn) -> bool:
    """The account that proved a case becomes the way to its complainant; its words join the case if it is open."""
    number = turn.talk.data.get("proven")
    case = turn.session.get(Case, number) if number is not None else None
    if case is None:
        return False
    way = Way(turn.talk.channel, turn.talk.address)
    reach.choose(turn.session, case.person_id, way, turn.now, turn.talk.account)
    turn.tell("talk.proven.linked")
    if State(case.state) in WRITABLE and not turn.written.get("parts"):
        turn.talk.case_id, turn.talk.step, turn.talk.data = case.id, "open", {}
        asks.offer_open(turn)
        return True
    return False
