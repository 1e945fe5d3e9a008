"""Referring a case to the agencies that must act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.agency import CENTRE, Agency, Category
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action, ReferralState
from complaints.domain.referral import Referral
from complaints.domain.website import CATEGORY
from complaints.domain.wording import say
from complaints.services import centre, deadlines
from complaints.services.agencies import offices, wishes
from complaints.services.correspond import MESSAGE_LIMIT
from complaints.services.official import issuing
from complaints.services.websites import joining

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case


def refer(
    session: Session, case: Case, agencies: Sequence[str], actor: Actor, now: datetime, note: str = ""
) -> list[Referral]:
    """Hand the case to each agency; one that already has it is passed over.

    A website that nobody has verified is marked so, unless whoever refers it writes a note of his own.

    Raises `InvalidInput` without an agency or a category, for an unknown or retired agency, for the centre itself.
    """
    if case.category_code is None:
        raise InvalidInput("category", reason="required")
    if len(note) > MESSAGE_LIMIT:
        raise InvalidInput("note", reason="too_long", limit=MESSAGE_LIMIT)
    if not agencies:
        raise InvalidInput("agencies", reason="choose_agency")
    if not note and case.category_code == CATEGORY and not joining.verified(session, case):
        note = say("website.unverified", "th")
    profile = centre.profile(session)
    category = session.get(Category, case.category_code)
    made = []
    for code in dict.fromkeys(agencies):
        agency = session.get(Agency, code)
        if agency is None or not agency.active or code == CENTRE:
            raise InvalidInput("agencies", reason="choose_agency")
        if any(open_one.agency_code == code for open_one in case.open_referrals):
            continue
        referral = Referral(
            agency_code=code,
            agency=agency,
            state=ReferralState.SENT.value,
            sent_at=now,
            acknowledge_by=deadlines.acknowledge_by(session, profile, agency, now),
            answer_by=deadlines.answer_by(profile, category, agency, now),
            note=note,
            office_id=offices.office_for(session, code, case.category_code, case.province),
        )
        case.apply(Action.REFER, actor, now, referral=referral, agency=code)
        wishes.grant(session, case, code, now)
        if agency.by_letter:
            session.flush()
            issuing.promise_letter(case, referral, now)
        made.append(referral)
    session.flush()
    return made
