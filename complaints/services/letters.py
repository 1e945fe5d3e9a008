"""Letters to the complainant: written from the outbox row, in the complainant's language."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, URLSafeSerializer

from complaints.domain.agency import Agency
from complaints.domain.case import Case
from complaints.domain.channel import SHOWN_ONLY, Outbound
from complaints.domain.message import Message
from complaints.domain.referral import Referral
from complaints.domain.thai_time import show_date, show_datetime
from complaints.domain.wording import say
from complaints.services import acknowledge, centre, reach
from complaints.services.mediation import letters as mediating

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Undeliverable
    from complaints.domain.outbox import Promise
    from complaints.services.centre import CentreProfile
    from complaints.services.reach import Way

LETTERS = (
    "receipt",
    "referred",
    "question",
    "reminder",
    "resolved",
    "partly_answered",
    "survey",
    "reopened",
    "withdrawn",
    "out_of_scope",
    "merged",
    "unmerged",
    "message",
    "mediation_ask",
    "mediation_offer",
    "mediation_refused",
    "mediation_reminder",
    "mediation_words",
    "mediation_agreed",
    "mediation_due",
    "mediation_ended",
    "mediation_lapsed",
    "mediation_unasked",
    "mediation_stopped",
    "mediation_broken",
)
SALT = "track-link"
LONGEST_ID = 9


def compose(session: Session, promise: Promise, base_url: str, key: str) -> list[tuple[Way, Outbound]]:
    """The letter of a promise for every way to its complainant, best first; the tracking page shows it all the same."""
    case = session.get_one(Case, promise.case_id)
    link = f"{base_url}/t/{track_token(case, key)}?lang={case.language}"
    letter = write(session, case, promise, centre.profile(session), link)
    letter = replace(letter, case_token=case_token(case, key))
    return [(way, replace(letter, to=way.address)) for way in reach.ways(session, case)]


def record(
    session: Session,
    promise: Promise,
    delivered: str,
    failures: Sequence[tuple[Way, Undeliverable]],
    now: datetime,
) -> None:
    """Keep what became of a letter: marks on addresses that failed, the receipt's moment, or a failure for the desk."""
    case = session.get_one(Case, promise.case_id)
    for way, error in failures:
        reach.mark_failed(session, case.person_id, way, error.reason, str(error), now)
    if not delivered:
        promise.miss(now, "; ".join(f"{way.channel}: {error}" for way, error in failures), final=True)
        return
    if delivered != SHOWN_ONLY and promise.payload.get("letter") == "receipt":
        acknowledge.reached(session, case, delivered, now)
    promise.keep(now, delivered=delivered)


def write(session: Session, case: Case, promise: Promise, profile: CentreProfile, link: str) -> Outbound:
    """The words of a promised letter in the complainant's language; the copy on the page gets a link without rights."""
    name = str(promise.payload["letter"])
    language = case.language
    holes = {
        "number": case.number,
        "centre": profile.name(language),
        "hotline": profile.hotline,
        "link": link,
        "received": show_datetime(case.received_at, language),
        "final_by": show_date(case.final_by, language),
        "agency": _agency(session, promise, language),
        "text": _text(session, promise, case),
        "into": str(promise.payload.get("into", "")),
        "until": mediating.until(promise, language),
        "dispute_days": profile.dispute_days,
    }
    subject = f"[{case.number}] " + say(f"letter.{name}.subject", language, **holes)
    words = say(f"letter.{name}.body", language, **holes)
    greeting, closing = (say(f"letter.{part}", language, **holes) for part in ("greeting", "closing"))
    return Outbound(
        to=case.person.email,
        subject=subject,
        body=f"{greeting}\n\n{words}\n\n{closing}",
        parts=(f"{subject}\n\n{words}", say("letter.chat_closing", language, **holes)),
        short=say(f"letter.{name}.sms", language, number=case.number, short=profile.short, hotline=profile.hotline),
        language=language,
        reference=f"promise-{promise.id}",
        case_number=case.number,
    )


def _agency(session: Session, promise: Promise, language: str) -> str:
    agency = session.get(Agency, str(promise.payload.get("agency", "")))
    if agency is None:
        return ""
    return agency.name(language)


def _text(session: Session, promise: Promise, case: Case) -> str:
    if "mediation_id" in promise.payload:
        return mediating.words(session, promise, case.language)
    message = session.get(Message, int(promise.payload.get("message_id", 0)))
    if message is not None and message.case_id == case.id and message.public:
        return message.body
    referral = session.get(Referral, int(promise.payload.get("referral_id", 0)))
    if referral is not None and referral.case_id == case.id and referral.answer:
        return referral.answer
    return case.resolution


def case_token(case: Case, key: str) -> str:
    """The mark in the address that a letter is answered at: lower case and short, as post offices treat addresses."""
    said = f"reply:{case.id}:{case.secret_hash[:8]}".encode()
    seal = base64.b32encode(hmac.digest(key.encode(), said, "sha256")[:10])
    return f"{case.id}-{seal.decode().lower()}"


def read_case_token(session: Session, token: str, key: str) -> Case | None:
    """The case of a mark; None for anything forged or after the secret was changed."""
    case_id = token.partition("-")[0]
    if not case_id.isascii() or not case_id.isdecimal() or len(case_id) > LONGEST_ID:
        return None
    case = session.get(Case, int(case_id))
    genuine = case is not None and hmac.compare_digest(case_token(case, key), token)
    return case if genuine else None


def track_token(case: Case, key: str) -> str:
    """The signed link by which whoever has the letter follows the case."""
    return str(URLSafeSerializer(key, salt=SALT).dumps([case.id, case.secret_hash[:8]]))


def read_track_token(session: Session, token: str, key: str) -> Case | None:
    """The case of a signed link; None for anything forged or after the secret was changed."""
    try:
        case_id, mark = URLSafeSerializer(key, salt=SALT).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    case = session.get(Case, case_id)
    return case if case is not None and case.secret_hash[:8] == mark else None
