"""Parting: what was merged by mistake goes on by itself again, and a second matter becomes a case of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, StepImpossible
from complaints.domain.inbound import ContactPoint
from complaints.domain.lifecycle import Action
from complaints.domain.message import Attachment
from complaints.domain.thai_time import show_datetime
from complaints.domain.wording import say as words
from complaints.services import centre, deadlines, intake, reach, tie
from complaints.services.correspond import say
from complaints.services.evidence.keeping import inspection_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.intake import Filed


# What is known of a file without looking into it.
AS_IT_CAME = ("file_name", "media_type", "size", "sha256", "stored_key", "role", "source", "received_at")


def unmerge(session: Session, case: Case, reason: str, actor: Actor, now: datetime) -> None:
    """The case was another matter after all: a person reads it anew, and its complainant is told."""
    target = session.get(Case, case.merged_into_id) if case.merged_into_id is not None else None
    if target is None:
        raise StepImpossible(action=Action.UNMERGE.value, state=case.state)
    say(session, case, reason, actor, now, kind="note", public=False)
    case.apply(Action.UNMERGE, actor, now, source=target.number)
    case.read_by(deadlines.triage_by(session, centre.profile(session), case.category_code, now), now)


def split(
    session: Session,
    case: Case,
    story: str,
    chosen: Collection[int],
    actor: Actor,
    now: datetime,
    key: str,
    files: Collection[int] = (),
) -> Filed:
    """File a second matter as a case of its own, told by the desk or in messages of the complainant, with its files.

    Nothing is taken out of the first case; the two are tied, and the complainant gets the new one's receipt.
    """
    text = "\n\n".join(filter(None, (story.strip(), *_quoted(case, chosen))))
    if not text:
        raise InvalidInput("body", reason="required")
    person = case.person
    inbound = intake.Inbound(
        channel=case.channel,
        story=text,
        submission=f"split:{case.id}:{case.version}",
        language=case.language,
        name=person.name,
        phone=person.phone,
        email=person.email,
        line_id=person.line_id,
        province=case.province,
        consent_at=case.consent_at,
        demo=case.demo,
    )
    filed = intake.file_case(session, inbound, actor, now, key)
    if filed.fresh:
        _copy_addresses(session, person.id, filed.case.person_id)
        _copy_files(session, case, filed.case, files, now)
        case.apply(Action.SPLIT, actor, now, into=filed.case.number)
        tie.tie(session, case, filed.case.number, words("inbound.split", "th", number=case.number), actor, now)
    return filed


def _quoted(case: Case, chosen: Collection[int]) -> list[str]:
    """The complainant's own messages among the chosen, each under its moment."""
    return [
        f"{show_datetime(row.at, case.language)}\n{row.body}"
        for row in case.messages
        if row.id in chosen and row.role == Role.COMPLAINANT.value
    ]


def _copy_files(session: Session, case: Case, other: Case, chosen: Collection[int], now: datetime) -> None:
    """The same sealed originals as evidence of the second case as well; each is looked into there anew."""
    copies = [
        Attachment(case_id=other.id, **{name: getattr(row, name) for name in AS_IT_CAME})
        for row in case.attachments
        if row.id in chosen
    ]
    session.add_all(copies)
    session.flush()
    session.add_all(inspection_of(row, now) for row in copies)


def _copy_addresses(session: Session, person_id: int, other_id: int) -> None:
    """Where the complainant was written to in the first case, the second is written to as well."""
    for point in reach.known_points(session, person_id):
        session.add(
            ContactPoint(
                person_id=other_id,
                channel=point.channel,
                address=point.address,
                account=point.account,
                created_at=point.created_at,
                heard_at=point.heard_at,
                chosen_at=point.chosen_at,
                failed_at=point.failed_at,
                failure=point.failure,
                failure_text=point.failure_text,
            )
        )
    session.flush()
