"""A complainant who writes from somewhere new and proves the case by number and secret: letters go there then.

The secret is taken out of what is shown: agencies read messages, and it opens the case.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from complaints.domain.number import read_case_number
from complaints.domain.secret import DIGITS, GROUP
from complaints.domain.thai_time import ARABIC_DIGITS
from complaints.domain.wording import say
from complaints.services import follow, reach
from complaints.services.reach import Way

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.channel import Heard

NUMBER = re.compile(r"(?<!\d)\d{2}-?\d{6,9}-?\d(?!\d)")
SECRET = re.compile(rf"(?<!\d)(?:\d{{{GROUP}}}[ \t.\-\u00a0]?){{{DIGITS // GROUP - 1}}}\d{{{GROUP}}}(?!\d)")
# Whoever has it writes it once or twice; who tries many is guessing.
MOST = 3


def prove(session: Session, channel: str, heard: Heard, now: datetime) -> tuple[Case | None, Heard]:
    """The case whose number and secret the words hold, and the words without the secret; its writer moves here."""
    # The same letters one for one: places found in these are places in what was written.
    plain = f"{heard.subject}\n{heard.text}".translate(ARABIC_DIGITS)
    secrets = list(dict.fromkeys(found[0] for found in SECRET.finditer(plain)))[:MOST]
    rest = SECRET.sub(" ", plain)
    numbers = [read_case_number(found) for found in list(dict.fromkeys(NUMBER.findall(rest)))[:MOST]]
    for secret in secrets:
        for number in filter(None, numbers):
            case = follow.find(session, number, secret)
            if case is not None:
                if heard.sender:
                    reach.choose(session, case.person_id, Way(channel, heard.sender), now)
                return case, _without(heard, secret, case.language)
    return None, heard


def _without(heard: Heard, secret: str, language: str) -> Heard:
    return replace(
        heard,
        subject=_hidden(heard.subject, secret, language),
        text=_hidden(heard.text, secret, language),
        folded=_hidden(heard.folded, secret, language),
    )


def _hidden(text: str, secret: str, language: str) -> str:
    """The text with the secret's digits, however they are written, replaced by a word."""
    digits = re.sub(r"\D", "", secret)
    word = say("inbound.secret_hidden", language)
    shown, at = "", 0
    for found in SECRET.finditer(text.translate(ARABIC_DIGITS)):
        if re.sub(r"\D", "", found[0]) == digits:
            shown += text[at : found.start()] + word
            at = found.end()
    return shown + text[at:]
