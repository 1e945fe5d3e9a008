"""Letters to an agency about a deadline of a referral. They name no citizen and tell no story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.channel import Outbound
from complaints.domain.referral import Referral
from complaints.domain.thai_time import show_date
from complaints.domain.wording import DEFAULT_LANGUAGE, say
from complaints.services import centre
from complaints.services.official import issuing, links

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.outbox import Promise

NOT_NEEDED = "not_needed"


def compose(session: Session, promise: Promise, base_url: str, key: str) -> Outbound | None:
    """The letter of a promise; None when the agency has answered or lost its address meanwhile."""
    case = session.get_one(Case, promise.case_id)
    referral = session.get_one(Referral, promise.payload["referral_id"])
    agency, stage, language = referral.agency, str(promise.payload["stage"]), DEFAULT_LANGUAGE
    if not referral.is_open or not agency.email:
        return None
    letter = issuing.of_referral(session, referral.id)
    link = letter.live_link if letter is not None else None
    category = session.get(Category, case.category_code) if case.category_code else None
    profile = centre.profile(session)
    holes = {
        "number": case.number,
        "agency": agency.name_th,
        "category": category.name_th if category else say("word.none", language),
        "sent": show_date(referral.sent_at, language),
        "acknowledge_by": show_date(referral.acknowledge_by, language),
        "answer_by": show_date(referral.answer_by, language),
        "link": f"{base_url}/letter/{links.page_token(link, key)}"
        if link is not None
        else f"{base_url}/partner/case/{case.number}",
        "centre": profile.name(language),
        "hotline": profile.hotline,
        "email": profile.email,
    }
    parts = (
        "agency_letter.greeting",
        f"agency_letter.{stage}.body",
        "agency_letter.closing_by_link" if link is not None else "agency_letter.closing",
    )
    return Outbound(
        to=agency.email,
        subject=f"[{case.number}] " + say(f"agency_letter.{stage}.subject", language, **holes),
        body="\n\n".join(say(part, language, **holes) for part in parts),
        language=language,
        reference=f"promise-{promise.id}",
        case_number=case.number,
        case_token=links.mail_mark(link, key) if link is not None else "",
    )
