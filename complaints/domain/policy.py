"""Rights: may this actor see this, and what may the actor see. Both answers stand here and are tested as one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import false, select, true

from complaints.domain.actor import STAFF_ROLES, Role
from complaints.domain.case import Case
from complaints.domain.lifecycle import OPEN_REFERRALS, ReferralState
from complaints.domain.mediation import Mediation
from complaints.domain.message import Draft
from complaints.domain.office import Office
from complaints.domain.referral import Referral
from complaints.domain.turns import Move, Side

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from complaints.domain.account import Account
    from complaints.domain.actor import Actor
    from complaints.domain.bulk import SheetUpload
    from complaints.domain.inbound import HeardEvent
    from complaints.domain.mediation import MediationMove
    from complaints.domain.message import Attachment, Message
    from complaints.domain.website import Website, WebsiteCapture

# What a partner may only while looking after the agency's accounts.
FOR_MANAGERS = frozenset({"manage_agency", "export_persons"})
NOT_SHOWN_TO_AGENCY = frozenset({ReferralState.RECALLED, ReferralState.DECLINED})
# Of a mediation only the desk sees these, and whoever wrote them.
CONFIDENTIAL = frozenset({Move.NOTE.value, Move.UNHEARD.value})


class Permission(StrEnum):
    """What a route may ask for. `public` needs no account, `complainant` a proven case, `machine` a party's token."""

    PUBLIC = "public"
    COMPLAINANT = "complainant"
    SIGNED_IN = "signed_in"
    DESK = "desk"
    PARTNER = "partner"
    MANAGE_AGENCY = "manage_agency"
    OVERSIGHT = "oversight"
    ADMINISTER = "administer"
    DECIDE_MODEL = "decide_model"
    BROADCAST = "broadcast"
    WEBSITES = "websites"
    FLOOR = "floor"
    EXPORT = "export"
    EXPORT_PERSONS = "export_persons"
    MEDIATE = "mediate"
    OPERATOR = "operator"
    MACHINE = "machine"


HOLDERS: dict[Permission, frozenset[Role]] = {
    Permission.PUBLIC: frozenset(Role),
    Permission.COMPLAINANT: frozenset({Role.COMPLAINANT}),
    Permission.SIGNED_IN: frozenset(STAFF_ROLES),
    Permission.DESK: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Permission.PARTNER: frozenset({Role.PARTNER}),
    # Of an agency's people only those who look after its accounts and offices.
    Permission.MANAGE_AGENCY: frozenset({Role.PARTNER}),
    Permission.OVERSIGHT: frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR}),
    Permission.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
    Permission.DECIDE_MODEL: frozenset({Role.SUPERVISOR}),
    Permission.BROADCAST: frozenset({Role.SUPERVISOR}),
    Permission.WEBSITES: frozenset({Role.AGENT, Role.SUPERVISOR}),
    # What each person of the desk has done: for whoever leads them, and nobody else.
    Permission.FLOOR: frozenset({Role.SUPERVISOR}),
    # Many cases at once, as a file that leaves the house: of an agency's people their own, as they see them one by one.
    Permission.EXPORT: frozenset({Role.AGENT, Role.SUPERVISOR, Role.PARTNER}),
    # The same with whatever names a person; at an agency only whoever looks after its accounts.
    Permission.EXPORT_PERSONS: frozenset({Role.SUPERVISOR, Role.PARTNER}),
    Permission.MEDIATE: frozenset({Role.AGENT, Role.SUPERVISOR}),
    Permission.OPERATOR: frozenset({Role.OPERATOR}),
    # Nobody who signs in: a token's scope decides.
    Permission.MACHINE: frozenset(),
}


def may(actor: Actor | None, permission: Permission) -> bool:
    """Does the actor hold the permission; nobody signed in holds only `public`."""
    if actor is None:
        return permission is Permission.PUBLIC
    if permission in FOR_MANAGERS and actor.role is Role.PARTNER and not actor.manages:
        return False
    return actor.role in HOLDERS[permission]


def may_see(actor: Actor, case: Case) -> bool:
    """May the actor see the case; the same answer as `visible_to` gives for the list."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return True
    if actor.role is Role.COMPLAINANT:
        return actor.case_id is not None and case.id == actor.case_id
    if actor.role is Role.PARTNER:
        return any(may_see_referral(actor, referral) for referral in case.referrals)
    return False


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Case` that lists what `may_see` allows."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return true()
    if actor.role is Role.COMPLAINANT:
        return Case.id == actor.case_id
    if actor.role is Role.PARTNER:
        return Case.id.in_(select(Referral.case_id).where(referrals_of(actor)))
    return false()


def may_see_referral(actor: Actor, referral: Referral) -> bool:
    """Desk sees all; an agency its own, unless it was declined or called back; an office what lies with it or below.

    What lies with no office is everybody's in the agency: otherwise nobody might see it.
    """
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return True
    if actor.role is not Role.PARTNER or actor.agency is None or not _reaches(actor, referral):
        return False
    return referral.agency_code == actor.agency and ReferralState(referral.state) not in NOT_SHOWN_TO_AGENCY


def _reaches(actor: Actor, referral: Referral) -> bool:
    return referral.office is None or referral.office.path.startswith(actor.office_path)


def may_see_part(actor: Actor, case: Case, referral: Referral) -> bool:
    """Whoever works on a case sees of another agency's part where it stands, since when, and its outcome; no words."""
    called_back = ReferralState(referral.state) is ReferralState.RECALLED
    return referral.case_id == case.id and may_see(actor, case) and not called_back


def referrals_of(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Referral` that lists what `may_see_referral` allows."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return true()
    if actor.role is not Role.PARTNER or actor.agency is None:
        return false()
    hidden = [state.value for state in NOT_SHOWN_TO_AGENCY]
    own = (Referral.agency_code == actor.agency) & Referral.state.not_in(hidden)
    if actor.office_path:
        within = select(Office.id).where(Office.path.startswith(actor.office_path, autoescape=True))
        own &= Referral.office_id.is_(None) | Referral.office_id.in_(within)
    return own


def may_see_message(actor: Actor, message: Message) -> bool:
    """The complainant sees what is public; an agency sees that too, and notes of its own."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return True
    if actor.role is Role.PARTNER:
        return message.public or (message.agency_code is not None and message.agency_code == actor.agency)
    return actor.role is Role.COMPLAINANT and message.public


def may_see_file(actor: Actor, case: Case, attachment: Attachment, merged: Collection[int] = ()) -> bool:
    """Whoever may see the case sees its files; staff also those of the cases `merged` into it."""
    followed = actor.role is not Role.COMPLAINANT and attachment.case_id in merged
    return (attachment.case_id == case.id or followed) and may_see(actor, case)


def may_see_raw(actor: Actor, case: Case, heard: HeardEvent) -> bool:
    """What came in, as it came, holds everything that its sender's program wrote: the desk alone."""
    return heard.case_id == case.id and actor.role in {Role.AGENT, Role.SUPERVISOR}


def may_open_file(actor: Actor, case: Case, attachment: Attachment, merged: Collection[int] = ()) -> bool:
    """To open it, copy or original, is for whoever may see it, once it was looked into and found harmless."""
    return may_see_file(actor, case, attachment, merged) and attachment.opened


def may_see_person(actor: Actor, case: Case) -> bool:
    """Contact details: the desk, and an agency only while it works on the case."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return True
    if actor.role is Role.COMPLAINANT:
        return case.id == actor.case_id
    if actor.role is Role.PARTNER:
        return any(
            referral.agency_code == actor.agency
            and ReferralState(referral.state) in OPEN_REFERRALS
            and _reaches(actor, referral)
            for referral in case.referrals
        )
    return False


def persons_shown_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Case` that holds where `may_see_person` allows."""
    if actor.role is not Role.PARTNER:
        return visible_to(actor)
    at_work = Referral.state.in_([state.value for state in OPEN_REFERRALS])
    return Case.id.in_(select(Referral.case_id).where(referrals_of(actor), at_work))


def may_see_picture(actor: Actor, site: Website, capture: WebsiteCapture) -> bool:
    """Who works in the lane; where child abuse is shown or suspected, nobody."""
    return may(actor, Permission.WEBSITES) and capture.website_id == site.id and not site.guarded


def may_manage(actor: Actor, account: Account) -> bool:
    """Who looks after an agency's accounts may change those of the own agency, and no others."""
    return may(actor, Permission.MANAGE_AGENCY) and account.agency_code == actor.agency


def may_arrange(actor: Actor, account: Account) -> bool:
    """One's own absence, and those of one's agency's people for whoever looks after them."""
    own = actor.role is Role.PARTNER and account.id == actor.account_id
    return own or may_manage(actor, account)


def may_have(account: Account, referral: Referral) -> bool:
    """May the referral lie with this person: one of the agency who still works there and sees it."""
    return account.active and account.agency_code == referral.agency_code and _reaches(account.actor, referral)


def may_see_sheet(actor: Actor, upload: SheetUpload) -> bool:
    """A sheet that somebody sent in is that person's own, as long as the person is of that agency."""
    return actor.role is Role.PARTNER and (upload.account_id, upload.agency_code) == (actor.account_id, actor.agency)


def may_see_draft(actor: Actor, draft: Draft) -> bool:
    """What an agent writes down for a caller, only that agent sees."""
    return actor.account_id is not None and draft.account_id == actor.account_id


def drafts_of(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Draft` that lists what `may_see_draft` allows."""
    return false() if actor.account_id is None else Draft.account_id == actor.account_id


def may_see_mediation(actor: Actor, mediation: Mediation) -> bool:
    """The desk sees all, a complainant those of the own case, a respondent the link's one, an operator its sellers'."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return True
    if actor.role is Role.COMPLAINANT:
        return actor.case_id is not None and mediation.case_id == actor.case_id
    # Before the complainant said yes, the other side learns nothing.
    invited = mediation.consent_at is not None
    if actor.role is Role.OPERATOR:
        return actor.agency is not None and mediation.operator_code == actor.agency and invited
    return actor.role is Role.RESPONDENT and actor.mediation_id == mediation.id and invited


def mediations_of(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Mediation` that lists what `may_see_mediation` allows."""
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return true()
    if actor.role is Role.COMPLAINANT and actor.case_id is not None:
        return Mediation.case_id == actor.case_id
    if actor.role is Role.OPERATOR and actor.agency is not None:
        return (Mediation.operator_code == actor.agency) & Mediation.consent_at.is_not(None)
    if actor.role is Role.RESPONDENT and actor.mediation_id is not None:
        return (Mediation.id == actor.mediation_id) & Mediation.consent_at.is_not(None)
    return false()


def may_see_move(actor: Actor, mediation: Mediation, move: MediationMove) -> bool:
    """Both sides read the same, but for what one of them tells the centre alone."""
    if move.mediation_id != mediation.id or not may_see_mediation(actor, mediation):
        return False
    if actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}:
        return True
    own = Side.COMPLAINANT if actor.role is Role.COMPLAINANT else Side.RESPONDENT
    return move.kind not in CONFIDENTIAL or move.side == own.value
