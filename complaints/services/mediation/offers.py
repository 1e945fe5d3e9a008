"""What the two sides do: offer, accept, refuse, leave, and tell the centre something in confidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.outbox import PromiseKind
from complaints.domain.reading import read_amount_if_any, read_any_day
from complaints.domain.thai_time import show_date
from complaints.domain.turns import Move, Side, Stage, other
from complaints.domain.wording import say
from complaints.services.mediation import letters
from complaints.services.mediation.moving import make, side_of
from complaints.services.mediation.opening import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.mediation import Mediation, MediationMove

# What can be offered beside money and words of one's own.
DEEDS = ("replacement", "repair", "apology")
LONGEST_SPAN = timedelta(days=180)
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the respondent would do by a day; a refund is in satang."""

    refund: int | None
    deeds: tuple[str, ...]
    other: str
    by_day: date


def read_terms(form: Mapping[str, str], mediation: Mediation, today: date) -> Terms:
    """What was typed; raises `InvalidInput` at the first that cannot be taken."""
    refund = read_amount_if_any(form.get("refund", ""), "refund")
    if refund == 0:
        raise InvalidInput("refund", reason="amount")
    deeds = tuple(deed for deed in DEEDS if form.get(deed))
    said = clean(form.get("other", ""), "other", mediation.case, needed=False)
    if refund is None and not deeds and not said:
        raise InvalidInput("refund", reason="offers_something")
    if not form.get("by", "").strip():
        raise InvalidInput("by", reason="required")
    by_day = read_any_day(form["by"], "by", today)
    if not today <= by_day <= today + LONGEST_SPAN:
        raise InvalidInput("by", reason="offer_day", days=LONGEST_SPAN.days)
    return Terms(refund, deeds, said, by_day)


def words_of(mediation: Mediation, terms: Terms, language: str) -> str:
    """The words to which both sides say yes: whole in themselves, so that they can stand alone on a paper."""
    names = {
        "number": mediation.case.number,
        "complainant": mediation.complainant or say("word.role.complainant", language),
        "respondent": mediation.respondent,
        "by": show_date(terms.by_day, language),
    }
    lines = [say(f"mediation.terms.{deed}", language) for deed in terms.deeds]
    if terms.refund is not None:
        amount = f"{terms.refund // 100:,}.{terms.refund % 100:02d}"
        lines.insert(0, say("mediation.terms.refund", language, amount=amount))
    if terms.other:
        lines.append(say("mediation.terms.other", language, text=terms.other))
    numbered = [f"{number}. {line}" for number, line in enumerate(lines, 1)]
    return "\n".join([say("mediation.terms.head", language, **names), *numbered])


def hash_of(text_th: str, text_en: str) -> str:
    """SHA-256 over the words in both languages: whoever accepts in one accepts what stands in the other."""
    return hashlib.sha256(f"{text_th}\n\n{text_en}\n".encode()).hexdigest()


def propose(
    session: Session, mediation: Mediation, terms: Terms, seen: int, actor: Actor, now: datetime
) -> MediationMove:
    """Lay an offer on the table. `seen` is the last move that its maker had read: nobody bids past what just came."""
    if seen != last_public(mediation):
        raise StaleRecord
    text_th, text_en = (words_of(mediation, terms, language) for language in ("th", "en"))
    move = make(
        session,
        mediation,
        Move.PROPOSE,
        actor,
        now,
        refund=terms.refund,
        deeds=" ".join(terms.deeds),
        by_day=terms.by_day,
        text_th=text_th,
        text_en=text_en,
        sha256=hash_of(text_th, text_en),
    )
    letters.promise(mediation, other(side_of(actor)), "offer", now, move)
    return move


def accept(session: Session, mediation: Mediation, sha256: str, actor: Actor, now: datetime) -> None:
    """Say yes to exactly the words that were read, named by their hash; from here on they are frozen."""
    offer = _answered(mediation, sha256)
    make(session, mediation, Move.ACCEPT, actor, now, answers=offer.number if offer else None)
    mediation.case.promise(PromiseKind.AGREEMENT, now, mediation_id=mediation.id)
    for side in (Side.COMPLAINANT, Side.RESPONDENT):
        letters.promise(mediation, side, "agreed", now, offer)


def refuse(session: Session, mediation: Mediation, sha256: str, reason: str, actor: Actor, now: datetime) -> None:
    """Say no to the offer, not to the talks; a reason is welcome."""
    offer = _answered(mediation, sha256)
    said = clean(reason, "reason", mediation.case, needed=False)
    make(session, mediation, Move.REFUSE, actor, now, answers=offer.number if offer else None, words=said)
    if Stage(mediation.stage) is Stage.REFUSED:
        _tell_both(mediation, "ended", now)
    else:
        letters.promise(mediation, other(side_of(actor)), "refused", now)


def leave(session: Session, mediation: Mediation, reason: str, actor: Actor, now: datetime) -> None:
    """Take no further part; nobody has to say why, and nothing is lost by it."""
    said = clean(reason, "reason", mediation.case, needed=False)
    make(session, mediation, Move.LEAVE, actor, now, words=said)
    _tell_both(mediation, "ended", now)


def tell_centre(session: Session, mediation: Mediation, words: str, actor: Actor, now: datetime) -> None:
    """A note that the other side never sees."""
    text = words.strip()
    if not text:
        raise InvalidInput("words", reason="required")
    if len(text) > LONGEST_NOTE:
        raise InvalidInput("words", reason="too_long", limit=LONGEST_NOTE)
    make(session, mediation, Move.NOTE, actor, now, words=text)


def last_public(mediation: Mediation) -> int:
    """The number of the last move that changed whose turn it is."""
    counting = {Move.OPEN, Move.CONSENT, Move.PROPOSE, Move.ACCEPT, Move.REFUSE}
    return max((row.number for row in mediation.moves if Move(row.kind) in counting), default=0)


def _answered(mediation: Mediation, sha256: str) -> MediationMove | None:
    """The offer that is answered; of another one than was read nothing is taken."""
    offer = mediation.offer
    if offer is not None and offer.sha256 != sha256:
        raise StaleRecord
    return offer


def _tell_both(mediation: Mediation, stage: str, now: datetime) -> None:
    for side in (Side.COMPLAINANT, Side.RESPONDENT):
        letters.promise(mediation, side, stage, now)
