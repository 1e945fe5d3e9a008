"""Referrals, changes and codes as the API's documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.domain.lifecycle import REFERRAL_STEPS, Action, ReferralState, State, possible
from complaints.domain.places import provinces
from complaints.domain.policy import may_see_message, may_see_person
from complaints.domain.questions import show_answers
from complaints.domain.wording import LANGUAGES
from complaints.services import catalogue, joined
from complaints.web.api import answers as out
from complaints.web.api.shapes import Both, Coded, coded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.agency import Agency, Category
    from complaints.domain.case import Case
    from complaints.domain.client import AgencyChange
    from complaints.domain.event import Event
    from complaints.domain.message import Attachment, Message
    from complaints.domain.referral import Referral

# The last part of an operation's path -> the step that must be possible; `answer` needs no acceptance before it.
STEPS_OF_PATHS = {
    "acknowledge": Action.ACKNOWLEDGE,
    "accept": Action.ACCEPT,
    "decline": Action.DECLINE,
    "return": Action.RETURN,
    "answer": Action.ANSWER,
    "questions": Action.ASK,
    "messages": Action.WRITE,
    "notes": Action.NOTE,
    "files": Action.WRITE,
}
ANY_OPEN = frozenset({"answer", "questions", "messages", "files"})


def row(referral: Referral, case: Case, kinds: Mapping[str, Category]) -> dict[str, Any]:
    """What a list says of a referral."""
    return {
        "id": referral.id,
        "number": case.number,
        "version": case.version,
        "state": coded(referral.state, "word.referral"),
        "case_state": coded(case.state, "word.public"),
        "urgent": case.urgent,
        "sent_at": referral.sent_at,
        "acknowledge_by": referral.acknowledge_by,
        "acknowledged_at": referral.acknowledged_at,
        "accepted_at": referral.accepted_at,
        "answer_by": referral.answer_by,
        "ended_at": referral.ended_at,
        "category": named(kinds.get(case.category_code or "")),
        "province": place(case.province),
        "lost_satang": case.lost,
        "outcome": coded(referral.outcome, "word.outcome") if referral.outcome else None,
        "recovered_satang": referral.recovered,
    }


def named(thing: Agency | Category | None) -> Coded | None:
    """A kind of problem or an agency."""
    return Coded(code=thing.code, th=thing.name_th, en=thing.name_en) if thing is not None else None


def place(code: str) -> Coded | None:
    """A province."""
    found = provinces().get(code)
    return Coded(code=found.code, th=found.th, en=found.en) if found is not None else None


def whole(session: Session, referral: Referral, case: Case, actor: Actor) -> out.ReferralWhole:
    """A referral with its case; what agencies of the case may not see of each other is left out."""
    merged = joined.cases_below(session, case)
    clients = catalogue.client_names(session, (event.data.get("client") for event in case.events))
    written = [(message, case.number) for message in case.messages if may_see_message(actor, message)]
    written += joined.written_below(merged).values()
    ties = [*case.identifiers, *(tie for tie, _ in joined.named_below(session, case))]
    shown = row(referral, case, catalogue.categories(session)) | {
        "note": referral.note,
        "reason": referral.reason,
        "answer": referral.answer,
        "received_at": case.received_at,
        "transferred_at": case.transferred_at,
        "language": case.language,
        "story": case.story,
        "answers": _answers(case),
        "identifiers": [_identifier(tie.identifier) for tie in ties],
        "messages": [_message(*said) for said in sorted(written, key=lambda said: said[0].id)],
        "files": [_file(file, referral) for one in (case, *merged) for file in one.attachments],
        "events": [
            _event(event, actor, clients) for event in case.events if event.public or event.agency_code == actor.agency
        ],
        "possible": possible_now(referral, case, actor),
        "person_open": may_see_person(actor, case),
    }
    return out.ReferralWhole(**shown)


def possible_now(referral: Referral, case: Case, actor: Actor) -> list[str]:
    """The last parts of the paths that both tables of steps allow now."""
    steps = possible(State(case.state), actor.role)
    return [name for name, action in STEPS_OF_PATHS.items() if action in steps and _open_to(name, action, referral)]


def _open_to(name: str, action: Action, referral: Referral) -> bool:
    if name in ANY_OPEN:
        return referral.is_open
    step = REFERRAL_STEPS.get(action)
    return step is None or ReferralState(referral.state) in step.sources


def _answers(case: Case) -> list[out.Answered]:
    kind = case.answers.get("chosen_category")
    lines = [show_answers(str(kind) if kind else None, case.answers, spoken) for spoken in LANGUAGES]
    return [
        out.Answered(question=Both(th=thai[0], en=english[0]), answer=Both(th=thai[1], en=english[1]))
        for thai, english in zip(*lines, strict=True)
    ]


def _identifier(found: Any) -> out.Identifier:  # noqa: ANN401 - the domain's identifier
    return out.Identifier(kind=coded(found.kind, "word.identifier"), value=found.value, bank=found.bank)


def _message(said: Message, number: str) -> out.Message:
    return out.Message(
        id=said.id,
        at=said.at,
        kind=said.kind,
        role=said.role,
        agency=said.agency_code,
        public=said.public,
        body=said.body,
        case_number=number,
    )


def _file(file: Attachment, referral: Referral) -> out.File:
    door = url_for("api.downloadFile", referral_id=referral.id, file_id=file.id) if file.opened else None
    return out.File(
        id=file.id,
        name=file.file_name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        received_at=file.received_at,
        role=file.role,
        verdict=file.verdict,
        download=door,
    )


def _own_client(event: Event, agency: str | None, clients: Mapping[int, str]) -> str | None:
    """The name of the system that did it: an agency learns its own ones."""
    return clients.get(event.data.get("client", 0)) if event.agency_code == agency else None


def _event(event: Event, actor: Actor, clients: Mapping[int, str]) -> out.Happened:
    return out.Happened(
        at=event.at,
        action=coded(event.action, "word.action"),
        role=event.role,
        agency=event.agency_code,
        client=_own_client(event, actor.agency, clients),
    )


def change(told: AgencyChange, event: Event, number: str, clients: Mapping[int, str]) -> out.Change:
    """One line of what happened."""
    return out.Change(
        cursor=f"c{told.number}",
        at=event.at,
        action=coded(event.action, "word.action"),
        referral_id=told.referral_id,
        number=number,
        state=coded(told.state, "word.referral"),
        case_state=coded(event.to_state, "word.public"),
        version=event.version,
        role=event.role,
        agency=event.agency_code,
        client=_own_client(event, told.agency_code, clients),
    )
