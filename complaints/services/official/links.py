"""The links by which an agency without an account answers a letter: sealed, running out, replaced by newer ones."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from complaints.domain.actor import Actor, Role
from complaints.domain.referral_letter import LetterLink

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.referral_letter import ReferralLetter

# So long after the answer was due a link still opens: answers come late.
AFTER_ANSWER = timedelta(days=60)
LONGEST_ID = 9
# Behind this letter a mark in a mail address is of a letter's link, behind none of a case.
MARK = "l"


def make(session: Session, letter: ReferralLetter, now: datetime, made_by_id: int | None = None) -> LetterLink:
    """A link, the only one of its letter that lives."""
    for link in letter.links:
        link.ended_at = link.ended_at or now
    # The database allows one that lives: the old one must have ended before.
    session.flush()
    expires_at = max(letter.referral.answer_by, now) + AFTER_ANSWER
    link = LetterLink(made_at=now, made_by_id=made_by_id, expires_at=expires_at, sent_to="")
    letter.links.append(link)
    session.flush()
    return link


def page_token(link: LetterLink, key: str) -> str:
    """What stands in the address of the answer page; the same at every try to send it."""
    return f"{link.id}-{_seal(link, key, 'page', 20)}"


def mail_mark(link: LetterLink, key: str) -> str:
    """What stands in the address that the letter is answered at: short and lower case, as post offices treat them."""
    return f"{MARK}{link.id}-{_seal(link, key, 'mail', 10)}"


def read_page_token(session: Session, token: str, key: str, now: datetime) -> LetterLink | None:
    """The link of an address; None for anything forged, replaced or run out."""
    link = _named(session, token.partition("-")[0])
    genuine = link is not None and hmac.compare_digest(page_token(link, key), token) and link.holds(now)
    return link if genuine else None


def read_mail_mark(session: Session, mark: str, key: str) -> LetterLink | None:
    """The link of a reply address, also one that holds no more; None for anything forged."""
    if not mark.startswith(MARK):
        return None
    link = _named(session, mark.partition("-")[0].removeprefix(MARK))
    return link if link is not None and hmac.compare_digest(mail_mark(link, key), mark) else None


def actor_of(link: LetterLink) -> Actor:
    """Whoever has the link acts for the agency that the letter went to."""
    return Actor(Role.PARTNER, agency=link.letter.referral.agency_code, link_id=link.id)


def _named(session: Session, text: str) -> LetterLink | None:
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_ID:
        return None
    return session.get(LetterLink, int(text))


def _seal(link: LetterLink, key: str, use: str, size: int) -> str:
    said = f"letter-{use}:{link.id}:{link.letter_id}:{link.made_at.timestamp():.6f}".encode()
    return base64.b32encode(hmac.digest(key.encode(), said, "sha256")[:size]).decode().lower()
