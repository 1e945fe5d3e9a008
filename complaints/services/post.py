"""Letters that come in: to which case they belong, who may answer whom, and what a post office returned."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.channel import SHOWN_ONLY
from complaints.domain.inbound import ContactPoint, HeardEvent
from complaints.domain.number import read_case_number
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.referral import Referral
from complaints.domain.texting import mobile
from complaints.domain.wording import say
from complaints.services import correspond, letters, reach
from complaints.services.reach import Way

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Heard

NUMBER = re.compile(r"(?<!\d)\d{2}-\d{6,9}-\d(?!\d)")
OUR_LETTER = re.compile(r"<promise-(\d{1,9})\.(\d{2}-\d{6,9}-\d)@")
EMAIL = "email"
# Why a mail opened a case of its own: it named one that it does not prove to belong to.
NAMES = "names_other"
TO_AGENCIES = frozenset({PromiseKind.AGENCY_LETTER.value, PromiseKind.REFERRAL_LETTER.value})
RECEIPTS_AN_HOUR, NAMING_RECEIPTS_AN_HOUR = 3, 2


def case_of(session: Session, channel: str, heard: Heard, key: str) -> Case | None:
    """The case that a signed mark proves, or that a proven sender's address and a named letter or number agree on."""
    for token in heard.tokens:
        case = letters.read_case_token(session, token, key) or letters.read_track_token(session, token, key)
        if case is not None:
            return case
    if channel == EMAIL and not heard.proven:
        # Anybody can write any address into From.
        return None
    return next((case for case in named(session, heard) if owns(session, case, channel, heard.sender)), None)


def named(session: Session, heard: Heard) -> Sequence[Case]:
    """Cases that the words name, which proves nothing: by a letter of ours first, then by a number in the subject."""
    found = [number for reference in heard.references for number in NUMBER.findall(reference)]
    numbers = [read_case_number(number) for number in [*found, *NUMBER.findall(heard.subject)][:20]]
    cases = (session.scalars(select(Case).where(Case.number == number)).first() for number in dict.fromkeys(numbers))
    return [case for case in cases if case is not None]


def owns(session: Session, case: Case, channel: str, sender: str) -> bool:
    """Whether an address is the complainant's own."""
    if not sender:
        return False
    if sender in {case.person.email.strip().lower(), mobile(case.person.phone)}:
        return True
    known = select(ContactPoint.id).where(
        ContactPoint.person_id == case.person_id, ContactPoint.channel == channel, ContactPoint.address == sender
    )
    return session.scalars(known).first() is not None


def suggest_links(session: Session, case: Case, others: Sequence[Case], now: datetime) -> None:
    """A stranger named other cases: both sides get a note for the desk, and nothing is joined."""
    for other in others:
        for here, there in ((case, other), (other, case)):
            note = say("inbound.names_other", "th", number=there.number)
            correspond.say(session, here, note, SYSTEM, now, kind="note", public=False)


def may_answer(session: Session, channel: str, heard: Heard, now: datetime, *, names: bool) -> bool:
    """A receipt goes to a person, and at most three an hour to one address: two machines fall silent.

    A stranger who `names` a case of the centre answers a letter of it: a machine with an address of its own for every
    answer. Of those its whole domain gets two an hour.
    """
    if heard.quiet or not heard.sender:
        return False
    opened = select(func.count(HeardEvent.id)).where(
        HeardEvent.channel == channel, HeardEvent.outcome == "case", HeardEvent.at > now - timedelta(hours=1)
    )
    if (session.scalar(opened.where(HeardEvent.sender == heard.sender)) or 0) >= RECEIPTS_AN_HOUR:
        return False
    domain = heard.sender.rpartition("@")[2]
    same = HeardEvent.sender.endswith(f"@{domain}", autoescape=True)
    naming = session.scalar(opened.where(same, HeardEvent.reason == NAMES)) if names else 0
    return (naming or 0) < NAMING_RECEIPTS_AN_HOUR


def hold_back(session: Session, case: Case, now: datetime) -> None:
    """Keep the case's receipt to its own page."""
    rows = session.scalars(select(Promise).where(Promise.case_id == case.id, Promise.kind == PromiseKind.LETTER.value))
    for promise in rows:
        if promise.open and promise.payload.get("letter") == "receipt":
            promise.keep(now, delivered=SHOWN_ONLY)


def note_automatic(session: Session, case: Case, heard: Heard, now: datetime) -> int:
    """A machine's answer stands in the case for the desk; it is no word of the complainant."""
    note = say("inbound.automatic", "th", words=f"{heard.subject}\n{heard.text}"[:2000])
    return correspond.say(session, case, note, SYSTEM, now, kind="note", public=False).id


def returned(session: Session, channel: str, heard: Heard, now: datetime) -> Case | None:
    """A letter of ours came back: the address is marked, the letter failed, the desk reads why.

    Only a report that names a letter which really went to that complainant is believed.
    """
    for promise_id, number in (found for one in heard.references for found in OUR_LETTER.findall(one)):
        promise = session.get(Promise, int(promise_id))
        case = session.get(Case, promise.case_id) if promise is not None and promise.case_id else None
        if promise is None or case is None or case.number != number:
            continue
        if promise.kind in TO_AGENCIES and _returned_from_agency(session, promise, case, heard, now):
            return case
        if promise.kind != PromiseKind.LETTER.value:
            continue
        address = heard.about or case.person.email.lower()
        if not owns(session, case, channel, address):
            continue
        why = heard.text[:500]
        way = Way(channel, case.person.email if channel == reach.EMAIL and case.person.email else address)
        reach.mark_failed(session, case.person_id, way, "refused", why, now)
        promise.done_at = None
        promise.miss(now, f"returned: {heard.subject}", final=True)
        note = say("inbound.returned", "th", words=f"{heard.subject}\n{why}")
        correspond.say(session, case, note, SYSTEM, now, kind="note", public=False)
        return case
    return None


def _returned_from_agency(session: Session, promise: Promise, case: Case, heard: Heard, now: datetime) -> bool:
    """The same for a letter to an agency: the mark stands at its address, and the desk sees what failed."""
    agency = session.get_one(Referral, int(promise.payload["referral_id"])).agency
    if heard.about and heard.about != agency.email.lower():
        return False
    agency.email_failed_at = now
    promise.done_at = None
    promise.miss(now, f"returned: {heard.subject}", final=True)
    told = say("official.in.returned", "th", agency=agency.name_th, words=f"{heard.subject}\n{heard.text[:500]}")
    correspond.say(session, case, told, SYSTEM, now, kind="note", public=False)
    return True
