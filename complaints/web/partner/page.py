"""Everything that the partner's pages show, gathered while the session is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.domain.errors import NotFound
from complaints.domain.places import provinces
from complaints.domain.policy import may_have, may_see_message, may_see_part, may_see_person, may_see_referral
from complaints.domain.questions import show_answers
from complaints.domain.referral import OUTCOMES
from complaints.services import catalogue, joined, queues
from complaints.services.agencies import absences, offices, people, wishes
from complaints.web import telling
from complaints.web.clocks import referral_clock
from complaints.web.file_rows import staff_row
from complaints.web.language import language, t
from complaints.web.partner.face import INDENT
from complaints.web.partner.verbs import VERBS, offered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.referral import Referral
    from complaints.web.telling import Names

EXCERPT = 220
OUTCOMES_HELD_BACK = frozenset({"not_within_authority"})


def own_referral(case: Case, actor: Actor) -> Referral:
    """The latest referral of the case to the actor's agency: an open one before those that ended."""
    own = [row for row in case.referrals if may_see_referral(actor, row)]
    if not own:
        raise NotFound(what="referral")
    return max(own, key=lambda row: (row.is_open, row.id))


def cards(
    session: Session, actor: Actor, queue: str, now: datetime, page: int, within: str = ""
) -> list[dict[str, Any]]:
    """One card a referral."""
    categories = catalogue.categories(session)
    made = []
    for referral, case, said in queues.agency_listed(session, actor, queue, now, page, within):
        category = categories.get(case.category_code or "")
        made.append(
            {
                "number": case.number,
                "version": case.version,
                "referral_id": referral.id,
                "href": url_for("partner.case", number=case.number),
                "clock": referral_clock(referral, case, now),
                "urgent": case.urgent,
                "said": said and referral.is_open,
                "state": t(f"word.referral.{referral.state}"),
                "tone": "done" if referral.outcome else "info" if referral.is_open else "neutral",
                "category": telling.category_name(category),
                "place": _place(referral),
                "lost": telling.baht(case.lost) if case.lost else "",
                "sent_at": referral.sent_at,
                "story": " ".join(case.story[: EXCERPT * 2].split())[:EXCERPT],
                "verbs": [verb for verb in offered(case, referral, actor) if verb.name in {"accept", "back", "result"}],
            }
        )
    return made


def _place(referral: Referral) -> str:
    """Which office has it, and who there."""
    office = referral.office.name(language()) if referral.office is not None else ""
    return " · ".join(filter(None, (office, referral.assignee.name if referral.assignee is not None else "")))


def _parts(case: Case, actor: Actor, known: Names) -> list[dict[str, Any]]:
    """What the other agencies do: where it stands, when, and the outcome."""
    return [
        {
            "agency": known.agency(row.agency_code),
            "state": t(f"word.referral.{row.state}"),
            "tone": "done" if row.outcome else "info" if row.is_open else "neutral",
            "sent_at": row.sent_at,
            "ended_at": row.ended_at,
            "outcome": t(f"word.outcome.{row.outcome}") if row.outcome else "",
        }
        for row in case.referrals
        if row.agency_code != actor.agency and may_see_part(actor, case, row)
    ]


def _choices(session: Session, case: Case, referral: Referral, actor: Actor, now: datetime) -> dict[str, Any]:
    """With whom and with which office of the agency the referral can lie, and which agency could join."""
    away = absences.away(session, actor, now)
    people_at_work = [row for row in people.at_work(session, actor.agency) if may_have(row, referral)]
    others = [row for row in offices.of_agency(session, actor.agency) if row.active and row.id != referral.office_id]
    return {
        "people": [(row.id, t("people.away", name=row.name) if row.id in away else row.name) for row in people_at_work],
        "agencies": [
            (row.code, row.name(language()))
            for row in catalogue.partners(catalogue.agencies(session).values())
            if row.code not in {one.agency_code for one in case.open_referrals}
        ],
        "offices": [(row.id, INDENT * row.depth + row.name(language())) for row in others],
    }


def outcomes() -> list[tuple[str, str]]:
    """The outcome codes with their plain words; what is not within authority is sent back instead."""
    return [(code, t(f"word.outcome.{code}")) for code in OUTCOMES if code not in OUTCOMES_HELD_BACK]


def case_page(
    session: Session,
    case: Case,
    actor: Actor,
    now: datetime,
    *,
    opened: bool = False,
    referral: Referral | None = None,
) -> dict[str, Any]:
    """The page's words and facts; contact details only when they were opened, which is recorded."""
    known = telling.names(session, case)
    merged = joined.cases_below(session, case)
    referral = referral or own_referral(case, actor)
    province = provinces().get(case.province)
    facts = [
        known.category(case.category_code),
        t("partner.case.lost", amount=telling.baht(case.lost)) if case.lost else "",
        province.name(language()) if province else "",
    ]
    kind = case.answers.get("chosen_category")
    choices = _choices(session, case, referral, actor, now)
    return {
        "choices": choices,
        "doors": {
            "steps": {
                name: url_for("partner.step", number=case.number, referral_id=referral.id, verb=name) for name in VERBS
            },
            "person": url_for("partner.person", number=case.number),
        },
        "place": _place(referral),
        "others": _parts(case, actor, known),
        "wanted": [known.agency(row.agency_code) for row in wishes.of_case(session, case)],
        "assignee": referral.assignee_id or "",
        "case": case,
        "number": case.number,
        "version": case.version,
        "referral": _referral(referral),
        "clock": referral_clock(referral, case, now),
        "state": t(f"word.referral.{referral.state}"),
        "tone": "done" if referral.outcome else "info" if referral.is_open else "neutral",
        "facts": " · ".join(filter(None, facts)),
        "story": case.story,
        "answers": show_answers(str(kind) if kind else None, case.answers, language()),
        "identifiers": [
            (t(f"word.identifier.{tie.identifier.kind}"), tie.identifier.shown)
            for tie in (*case.identifiers, *(tie for tie, _ in joined.named_below(session, case)))
        ],
        "may_open": may_see_person(actor, case),
        "person": case.person if opened and may_see_person(actor, case) else None,
        **_told(case, merged, actor, known),
        "verbs": [
            verb
            for verb in offered(case, referral, actor)
            if verb.name != "move" or choices["offices"] or referral.office_id is not None
        ],
        "outcomes": outcomes(),
    }


def _told(case: Case, merged: Sequence[Case], actor: Actor, known: Names) -> dict[str, Any]:
    """What was written, sent along and done, as far as the agency may see it."""
    written = joined.written_below(merged)
    seen = [*(row for row in case.messages if may_see_message(actor, row)), *(row for row, _ in written.values())]
    return {
        "content": [
            row | {"source": written[row["id"]][1] if row["id"] in written else ""}
            for row in telling.messages(seen, known)
        ],
        "files": [
            staff_row(row, "partner.file", {"number": case.number})
            for one in (case, *merged)
            for row in one.attachments
        ],
        "events": telling.timeline(
            (row for row in case.events if row.public or row.agency_code == actor.agency), known
        ),
    }


def _referral(row: Referral) -> dict[str, Any]:
    return {
        "id": row.id,
        "open": row.is_open,
        "sent_at": row.sent_at,
        "acknowledge_by": None if row.acknowledged_at else row.acknowledge_by,
        "acknowledged_at": row.acknowledged_at,
        "accepted_at": row.accepted_at,
        "answer_by": row.answer_by,
        "ended_at": row.ended_at,
        "note": row.note,
        "reason": row.reason,
        "outcome": t(f"word.outcome.{row.outcome}") if row.outcome else "",
        "answer": row.answer,
        "recovered": telling.baht(row.recovered) if row.recovered is not None else "",
    }
