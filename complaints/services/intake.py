"""Intake: every channel's words become a case here, in one transaction with its promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from complaints.domain.agency import Category
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import Action
from complaints.domain.message import Attachment, Draft
from complaints.domain.number import CaseCounter, case_number
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.person import Person
from complaints.domain.secret import hash_secret, new_secret, token_hash
from complaints.domain.thai_time import fiscal_year
from complaints.services import acknowledge, centre, deadlines

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

STORY_LIMIT = 20_000
# An answer that no form asks: why a person has to read the case, whatever the machine makes of it.
BY_HAND = "by_hand"
CONTACT_LIMITS = {"name": 200, "phone": 40, "email": 200, "line_id": 100}


@dataclass(frozen=True, slots=True)
class Inbound:
    """What came in, whatever the channel.

    `submission` is a random text that stays the same when the same complaint is sent twice. `category` is the
    complainant's own choice, `lost` is in satang. `received_at` is when the words reached the centre, if not now;
    `acknowledged` says that the very answer to the words brings the receipt: to a caller on the line, or to a machine.
    """

    channel: str
    story: str
    submission: str
    language: str = "th"
    name: str = ""
    phone: str = ""
    email: str = ""
    line_id: str = ""
    category: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    province: str = ""
    lost: int | None = None
    transferred_at: datetime | None = None
    consent_at: datetime | None = None
    draft_id: int | None = None
    received_at: datetime | None = None
    acknowledged: bool = False
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """The case and the secret, which stands nowhere in clear; `fresh` is False when it had been filed before."""

    case: Case
    secret: str
    fresh: bool


def file_case(session: Session, inbound: Inbound, actor: Actor, now: datetime, key: str) -> Filed:
    """Make a case of an inbound complaint; the same submission sent again gives the same case and secret."""
    if not inbound.story.strip():
        raise InvalidInput("story", reason="required")
    _check_contacts(inbound)
    submission_hash = token_hash(inbound.submission)
    secret = new_secret(key, inbound.submission)
    known = _find(session, submission_hash)
    if known is None:
        with session.begin_nested() as attempt:
            # The counter's row lock makes parallel copies of one submission wait here: the second look is the true one.
            running = _next_number(session, now)
            known = _find(session, submission_hash)
            if known is not None:
                # The number goes back, so that no gap stays in the row of numbers.
                attempt.rollback()
    if known is not None:
        return Filed(known, secret, fresh=False)
    profile = centre.profile(session)
    received_at = inbound.received_at or now
    category = session.get(Category, inbound.category) if inbound.category else None
    case = Case(
        number=case_number(now, running),
        secret_hash=hash_secret(secret),
        submission_hash=submission_hash,
        channel=inbound.channel,
        language=inbound.language,
        story=inbound.story.strip()[:STORY_LIMIT],
        answers=_answers(inbound),
        category_code=category.code if category else None,
        province=inbound.province,
        lost=inbound.lost,
        transferred_at=inbound.transferred_at,
        consent_at=inbound.consent_at,
        received_at=received_at,
        triage_by=deadlines.triage_by(session, profile, category.code if category else None, now),
        final_by=deadlines.final_by(profile, category, now),
        demo=inbound.demo,
        reopened_count=0,
        urgent=False,
        person=Person(
            name=inbound.name,
            phone=inbound.phone,
            email=inbound.email,
            line_id=inbound.line_id,
            language=inbound.language,
            created_at=now,
        ),
    )
    case.apply(Action.FILE, actor, now)
    case.promise(PromiseKind.CLASSIFY, now)
    session.add(case)
    session.flush()
    if inbound.acknowledged:
        acknowledge.reached(session, case, inbound.channel, now)
    _take_files(session, inbound.draft_id, case)
    return Filed(case, secret, fresh=True)


def _check_contacts(inbound: Inbound) -> None:
    """What is too long for its column is a mistake to mend, not an error of the database."""
    for name, limit in CONTACT_LIMITS.items():
        if len(getattr(inbound, name)) > limit:
            raise InvalidInput(name, reason="too_long", limit=limit)


def _answers(inbound: Inbound) -> dict[str, Any]:
    answers = dict(inbound.answers)
    if inbound.category:
        answers["chosen_category"] = inbound.category
    return answers


def _find(session: Session, submission_hash: str) -> Case | None:
    return session.scalars(select(Case).where(Case.submission_hash == submission_hash)).first()


def _next_number(session: Session, now: datetime) -> int:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(CaseCounter).values(fiscal_year=fiscal_year(now), last=1)
    counted = statement.on_conflict_do_update(
        index_elements=[CaseCounter.fiscal_year], set_={"last": CaseCounter.last + 1}
    ).returning(CaseCounter.last)
    running: int = session.execute(counted).scalar_one()
    return running


def _take_files(session: Session, draft_id: int | None, case: Case) -> None:
    if draft_id is None:
        return
    files = select(Attachment.id).where(Attachment.draft_id == draft_id)
    # What was promised of a file is of the case now, whose page shows it when it fails.
    session.execute(update(Promise).where(Promise.attachment_id.in_(files)).values(case_id=case.id))
    session.execute(update(Attachment).where(Attachment.draft_id == draft_id).values(case_id=case.id, draft_id=None))
    draft = session.get(Draft, draft_id)
    if draft is not None:
        draft.case_id, draft.data = case.id, {}
