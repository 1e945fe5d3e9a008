"""Who acts: every step and every question of rights names one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The parts people (and the machine) play."""

    COMPLAINANT = "complainant"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    PARTNER = "partner"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    # A marketplace's: acts in mediations for its sellers, and sees nothing else.
    OPERATOR = "operator"
    # Whom a complaint is about: comes by the link of a mediation, and has no account.
    RESPONDENT = "respondent"


STAFF_ROLES = (Role.AGENT, Role.SUPERVISOR, Role.PARTNER, Role.ADMINISTRATOR, Role.OPERATOR)
# They act for an agency or a marketplace; everybody else for the centre.
OUTSIDE_ROLES = (Role.PARTNER, Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting party: staff carry an account, partners an agency, a complainant the one case proven to be theirs.

    Of a partner `office_path` is the office that the person belongs to, empty for the whole agency; `manages` says that
    the person looks after the agency's accounts and offices.
    An agency's own system carries `client_id` instead of an account, whoever has the link of a letter `link_id`, a
    respondent the one mediation of the link.
    """

    role: Role
    account_id: int | None = None
    agency: str | None = None
    case_id: int | None = None
    name: str = ""
    office_path: str = ""
    manages: bool = False
    client_id: int | None = None
    link_id: int | None = None
    mediation_id: int | None = None


SYSTEM = Actor(Role.SYSTEM)
