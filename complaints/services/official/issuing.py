"""The letter by which a case goes to an agency: promised, numbered once, sealed once, mailed with its link."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.case import Case
from complaints.domain.channel import SHOWN_ONLY, Enclosure, Outbound
from complaints.domain.outbox import PromiseKind
from complaints.domain.referral import Referral
from complaints.domain.referral_letter import LetterCounter, ReferralLetter
from complaints.domain.thai_time import BUDDHIST_OFFSET, local_day, show_date
from complaints.domain.wording import DEFAULT_LANGUAGE, say
from complaints.services import centre
from complaints.services.evidence.keeping import erasure_of
from complaints.services.evidence.stores import ORIGINAL
from complaints.services.official import links, wording

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.outbox import Promise
    from complaints.domain.referral_letter import LetterLink
    from complaints.services.official.wording import Words

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Issued:
    """A numbered letter on its way: its words, and where its paper lies once it is sealed (empty before)."""

    letter_id: int
    link_id: int
    words: Words
    stored_key: str
    sha256: str


def promise_letter(case: Case, referral: Referral, now: datetime) -> None:
    """Beside the referral, in its transaction: whatever happens, the letter goes out, and once."""
    made = case.promise(PromiseKind.REFERRAL_LETTER, now, referral_id=referral.id)
    made.once = f"referral-{referral.id}-letter"


def of_referral(session: Session, referral_id: int) -> ReferralLetter | None:
    """The letter of a referral, if one was numbered."""
    return session.scalars(select(ReferralLetter).where(ReferralLetter.referral_id == referral_id)).first()


def issue(session: Session, promise: Promise, now: datetime) -> Issued | None:
    """Number the letter, unless it is numbered already; None when it is needed no more.

    The counter's row stays locked until the commit: a number that is given is kept, and none is passed over.
    """
    asked = int(promise.payload["referral_id"])
    referral = session.get_one(Referral, asked, with_for_update={"of": Referral}, populate_existing=True)
    case = session.get_one(Case, referral.case_id)
    letter = of_referral(session, referral.id)
    if not referral.is_open or not referral.agency.email:
        return None
    if letter is None:
        letter = _number(session, referral, now)
    link = _link(session, letter, promise, now)
    if link.ended_at is not None:
        return None
    words = wording.words(session, letter, case)
    return Issued(letter.id, link.id, words, letter.stored_key, letter.sha256)


def _number(session: Session, referral: Referral, now: datetime) -> ReferralLetter:
    dated = local_day(now)
    year = dated.year + BUDDHIST_OFFSET
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    counted = (
        dialect.insert(LetterCounter)
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=[LetterCounter.year], set_={"last": LetterCounter.last + 1})
        .returning(LetterCounter.last)
    )
    number: int = session.execute(counted).scalar_one()
    code = centre.profile(session).letter_code
    letter = ReferralLetter(
        referral_id=referral.id, referral=referral, year=year, number=number, code=code, dated=dated, issued_at=now
    )
    session.add(letter)
    session.flush()
    return letter


def _link(session: Session, letter: ReferralLetter, promise: Promise, now: datetime) -> LetterLink:
    """The link that this promise is to send: its own, or the letter's first."""
    named = promise.payload.get("link_id")
    if named is not None:
        return next(link for link in letter.links if link.id == named)
    return letter.links[0] if letter.links else links.make(session, letter, now)


def seal(session: Session, letter_id: int, key: str, content: bytes, now: datetime) -> str:
    """Keep the paper for good; returns where it lies: elsewhere, if somebody else sealed it meanwhile."""
    letter = session.get_one(ReferralLetter, letter_id, with_for_update={"of": ReferralLetter}, populate_existing=True)
    if letter.sealed_at is not None:
        session.add(erasure_of([f"{ORIGINAL}/{key}"], now))
        return letter.stored_key
    letter.stored_key, letter.size, letter.sealed_at = key, len(content), now
    letter.sha256 = hashlib.sha256(content).hexdigest()
    return key


def mail(session: Session, promise: Promise, issued: Issued, paper: bytes, key: str, base_url: str) -> Outbound:
    """The mail that brings the letter: the paper, the link, and an address to answer at."""
    letter = session.get_one(ReferralLetter, issued.letter_id)
    link = next(row for row in letter.links if row.id == issued.link_id)
    case = session.get_one(Case, letter.referral.case_id)
    language, profile = DEFAULT_LANGUAGE, centre.profile(session)
    holes = {
        "agency": letter.referral.agency.name_th,
        "number": case.number,
        "reference": wording.reference(letter),
        "dated": wording.day(letter.dated),
        "acknowledge_by": show_date(letter.referral.acknowledge_by, language),
        "answer_by": show_date(letter.referral.answer_by, language),
        "link": f"{base_url}/letter/{links.page_token(link, key)}",
        "until": show_date(link.expires_at, language),
        "centre": profile.name(language),
        "hotline": profile.hotline,
        "email": profile.email,
    }
    return Outbound(
        to=letter.referral.agency.email,
        subject=f"[{case.number}] " + say("official.mail.subject", language, **holes),
        body=say("official.mail.body", language, **holes),
        language=language,
        reference=f"promise-{promise.id}",
        case_number=case.number,
        case_token=links.mail_mark(link, key),
        files=(Enclosure(file_name(letter), paper, PDF),),
    )


def file_name(letter: ReferralLetter) -> str:
    """What the paper is called on somebody's disk."""
    return f"letter-{letter.year}-{letter.number:04d}.pdf"


def record(session: Session, promise: Promise, issued: Issued, letter: Outbound, delivered: str, now: datetime) -> None:
    """What became of the mail; without a mail server the letter waits to be printed."""
    if delivered != SHOWN_ONLY:
        sent = session.get_one(ReferralLetter, issued.letter_id)
        link = next(row for row in sent.links if row.id == issued.link_id)
        link.sent_at, link.sent_to = now, letter.to
    promise.keep(now, delivered=delivered)


def refused(session: Session, promise: Promise, why: str, now: datetime) -> None:
    """The address takes no mail: that stands at the agency, and the letter among what failed."""
    referral = session.get_one(Referral, int(promise.payload["referral_id"]))
    referral.agency.email_failed_at = now
    promise.miss(now, why, final=True)
