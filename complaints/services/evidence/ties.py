"""The same transfer slip in several cases: two who complain of one seller, or one slip that was passed around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import aliased

from complaints.domain.case import Case
from complaints.domain.lifecycle import State
from complaints.domain.message import Attachment, BankSlip
from complaints.domain.policy import visible_to

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another case that holds a slip of this one."""

    bank: str
    reference: str
    number: str
    received_at: datetime


def same_slips(session: Session, case: Case, actor: Actor) -> list[Elsewhere]:
    """The other cases that the actor may see and that hold a slip of this one, newest first, at most twenty.

    A case that was joined with another does not count.
    """
    own, own_file = aliased(BankSlip), aliased(Attachment)
    found = session.execute(
        select(BankSlip.bank, BankSlip.reference, Case.number, Case.received_at)
        .join(Attachment, Attachment.id == BankSlip.attachment_id)
        .join(Case, Case.id == Attachment.case_id)
        .join(own, (own.bank == BankSlip.bank) & (own.reference == BankSlip.reference))
        .join(own_file, own_file.id == own.attachment_id)
        .where(own_file.case_id == case.id, Case.id != case.id, Case.state != State.MERGED.value, visible_to(actor))
        .distinct()
        .order_by(Case.received_at.desc())
        .limit(MOST_SHOWN)
    )
    return [Elsewhere(*row) for row in found]
