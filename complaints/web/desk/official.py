"""What the case's page says of the letter to an agency: its number, what became of it, what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.domain.channel import SHOWN_ONLY
from complaints.domain.outbox import PromiseKind
from complaints.domain.thai_time import show_datetime
from complaints.services.official import issuing
from complaints.services.official.wording import reference
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.referral import Referral
    from complaints.domain.referral_letter import ReferralLetter


def of_referral(session: Session, referral: Referral, case: Case) -> dict[str, Any] | None:
    """What the page says of the letter; None for an agency that works with an account."""
    sendings = [
        row
        for row in case.promises
        if row.kind == PromiseKind.REFERRAL_LETTER.value and row.payload["referral_id"] == referral.id
    ]
    letter = issuing.of_referral(session, referral.id)
    if letter is None:
        # Told of, and not numbered yet; one that was called back before gets no number.
        return {"reference": "", "made": referral.is_open} if sendings else None
    return {
        "reference": reference(letter),
        "id": referral.id,
        "dated": letter.dated,
        "href": url_for("desk.letter_paper", number=case.number, referral_id=referral.id) if letter.sealed_at else "",
        "sha256": letter.sha256,
        "facts": _facts(letter, sendings[-1].result if sendings else {}),
        "verbs": _offered(letter) if referral.is_open else [],
        "returned": referral.agency.email_failed_at,
    }


def _offered(letter: ReferralLetter) -> list[str]:
    """What can be done with the letter of an open referral, in the order of the buttons."""
    found = ["link"]
    if letter.sealed_at is not None:
        found.append("post")
    if letter.referral.acknowledged_at is None:
        found.append("receipt")
    return [*found, "answer"]


def _facts(letter: ReferralLetter, result: dict[str, Any]) -> list[tuple[str, object]]:
    """Where it went and when."""
    facts: list[tuple[str, object]] = [(t("desk.official.mailed"), _mailed(letter, result))]
    if letter.posted_on is not None:
        facts.append((t("desk.official.posted"), letter.posted_on))
    link = letter.live_link
    if link is not None and link.sent_at is not None:
        facts.append((t("desk.official.link_until"), link.expires_at))
    return facts


def _mailed(letter: ReferralLetter, result: dict[str, Any]) -> str:
    """Every mail, the newest last; or that there was none."""
    sent = [
        f"{show_datetime(link.sent_at, language())} · {link.sent_to}"
        for link in letter.links
        if link.sent_at is not None
    ]
    if sent:
        return "\n".join(sent)
    return t("desk.official.no_server" if result.get("delivered") == SHOWN_ONLY else "desk.official.not_yet")
