"""Everything that the desk's case page shows, gathered while the session is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from complaints.channels import registry
from complaints.channels.mime import words
from complaints.domain.actor import Role
from complaints.domain.agency import CENTRE
from complaints.domain.case import Case
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.places import provinces
from complaints.domain.questions import show_answers
from complaints.domain.referral import OUTCOMES
from complaints.domain.thai_time import show_datetime
from complaints.services import access, catalogue, deeds, joined, replies
from complaints.web import telling
from complaints.web.clocks import case_clock, referral_clock
from complaints.web.desk import evidence, late, mediating, official, signs, sites
from complaints.web.desk.company import company
from complaints.web.desk.doing import macro_choices, undo_offer
from complaints.web.desk.drafting import drafts
from complaints.web.desk.identifiers import identifiers
from complaints.web.desk.links import links
from complaints.web.desk.listing import excerpt
from complaints.web.desk.playbook import playbook
from complaints.web.desk.sharing import shared
from complaints.web.desk.verbs import CHOSEN, NOWHERE, OWN, offered
from complaints.web.desk.ways import ways
from complaints.web.desk.wishes import wishes
from complaints.web.file_rows import staff_row
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.identifier import Decision
    from complaints.domain.outbox import Promise
    from complaints.domain.referral import Referral
    from complaints.web.telling import Names

PARTS = ("thread", "timeline", "files", "referrals", "decisions")
# What is shown of an original that could not be read.
BEGINNING_BYTES = 1200
REFUSED = (ReferralState.DECLINED.value, ReferralState.RETURNED.value)


def case_page(session: Session, case: Case, actor: Actor, now: datetime) -> dict[str, Any]:
    """The page's words and facts; what was typed and what went wrong is added by whoever renders it."""
    known = telling.names(session, case)
    suggestion = next((row for row in reversed(case.decisions) if row.decided_by == "machine"), None)
    return {
        "case": case,
        "person": case.person,
        "number": case.number,
        "version": case.version,
        "state_tone": telling.STATE_TONES[State(case.state)],
        "clock": case_clock(case, now),
        "badges": signs.badges(case, now),
        "signs": signs.signs(case),
        "facts": _facts(case, known),
        "answers": show_answers(_asked_kind(case), case.answers, language()),
        "story": telling.marked(case.story, suggestion.evidence if suggestion else []),
        "suggestion": _suggestion(case, suggestion, known) if suggestion else None,
        "category_name": known.category(case.category_code),
        "lead": known.agency(case.lead_agency_code),
        "identifiers": identifiers(session, case, actor),
        "company": company(session, case, actor),
        "links": links(session, case, actor),
        "mediating": mediating.panel(session, case, actor),
        "websites": sites.of_case(session, case),
        "shared": shared(session, case),
        "drafts": drafts(session, case, actor),
        "late": late.alerts(case, now),
        "ways": ways(session, case, now),
        "held": evidence.held(case),
        "same_slips": evidence.same_slips(session, case, actor),
        "failed": [_failed(row) for row in case.promises if row.failed_at],
        "wishes": wishes(session, case, known),
        "refusals": [
            {"who": known.agency(row.agency_code), "word": t(f"word.referral.{row.state}"), "reason": row.reason}
            for row in case.referrals
            if row.state in REFUSED and not case.open_referrals
        ],
        "merged_into": _number_of(session, case.merged_into_id),
        "verbs": offered(case, actor),
        "verb_names": {verb.name for verb in offered(case, actor)},
        "choices": _choices(case, known, suggestion),
        "templates": _templates(session, case),
        "macros": macro_choices(session),
        "undo": undo_offer(session, deeds.last_of_case(session, case, actor)),
        "playbook": playbook(session, case.category_code or (suggestion.category_code if suggestion else None)),
        **_parts(session, case, actor, known, now),
    }


def _asked_kind(case: Case) -> str | None:
    chosen = case.answers.get("chosen_category")
    return str(chosen) if chosen else None


def _facts(case: Case, known: Names) -> str:
    province = provinces().get(case.province)
    parts = [
        known.category(case.category_code),
        registry.name(case.channel, language()),
        t("desk.case.lost", amount=telling.baht(case.lost)) if case.lost else "",
        province.name(language()) if province else "",
    ]
    return " · ".join(filter(None, parts))


def _suggestion(case: Case, row: Decision, known: Names) -> dict[str, Any]:
    """What the machine holds the case to be, why, and its second guess; `decided` is what a person said since."""
    decided = next((late.category_code for late in reversed(case.decisions) if late.decided_by == "person"), None)
    return {
        "first": _guess(row.category_code, known),
        "sure": telling.sureness(row.confidence or 0.0),
        "second": _guess(row.second_code, known) if row.second_code else None,
        "second_share": telling.share(row.second_confidence or 0.0),
        "words": telling.deciding_words(case.story, row.evidence),
        "urgent": row.urgent,
        "decided": decided,
    }


def _guess(code: str, known: Names) -> dict[str, Any]:
    """A category that may be accepted, and where it goes; one that was retired since can only be read."""
    category = known.categories.get(code)
    agency = category.agency_code if category else CENTRE
    return {
        "code": code,
        "name": known.category(code),
        "agency": known.agency(agency),
        "own": agency == CENTRE,
        "active": category is not None and category.active,
    }


def _failed(row: Promise) -> dict[str, Any]:
    return {"id": row.id, "what": promise_name(row), "error": row.last_error, "at": row.failed_at, "tries": row.tries}


def promise_name(row: Promise) -> str:
    """What was promised, in words."""
    letter = str(row.payload.get("letter", ""))
    return t(f"desk.letter.{letter}") if letter else t(f"desk.promise.{row.kind}")


def _number_of(session: Session, case_id: int | None) -> str:
    other = session.get(Case, case_id) if case_id is not None else None
    return other.number if other is not None else ""


def _choices(case: Case, known: Names, suggestion: Decision | None) -> dict[str, Any]:
    """What the forms offer, and what stands in them before anybody types."""
    having = {referral.agency_code for referral in case.open_referrals}
    partners = catalogue.partners(known.agencies.values())
    names = [(row.code, row.name(language())) for row in partners if row.code not in having]
    return {
        "categories": telling.category_choices(row for row in known.categories.values() if row.active),
        "agencies": names,
        "outcomes": [(code, t(f"word.outcome.{code}")) for code in OUTCOMES],
        "where": [(value, t(f"desk.decide.{value}")) for value in (OWN, CHOSEN, NOWHERE)],
        "messages": [
            (str(row.id), f"{show_datetime(row.at, language())} · {excerpt(row.body)}")
            for row in case.messages
            if row.role == Role.COMPLAINANT.value
        ],
        "files": [(str(row.id), row.file_name) for row in case.attachments],
        "category": case.category_code or (suggestion.category_code if suggestion else ""),
    }


def _templates(session: Session, case: Case) -> dict[str, list[Any]]:
    """The reply templates that each form offers: those of the case's kind in a group of their own."""
    found: dict[str, list[Any]] = {}
    for use, rows in replies.fitting(session, case.category_code).items():
        own = [(row.id, row.text.title(language())) for row in rows if row.text.category_code]
        all_kinds = [(row.id, row.text.title(language())) for row in rows if not row.text.category_code]
        found[use] = [(t("reply.this_kind"), own), (t("reply.all_kinds"), all_kinds)] if own else all_kinds
    return found


def _originals(session: Session, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """What came in, as it came; of what could not be read also how it begins."""
    return [
        {
            "id": raw.id,
            "message_id": heard.message_id,
            "href": url_for("desk.original", number=case.number, raw_id=raw.id),
            "what": registry.name(raw.channel, language()),
            "size": telling.size(raw),
            "at": raw.received_at,
            "sha256": raw.sha256,
            "unreadable": heard.outcome == "unreadable",
            "beginning": words.decode(access.beginning(session, raw, BEGINNING_BYTES))
            if heard.outcome == "unreadable"
            else "",
        }
        for heard, raw in access.originals(session, case, actor)
    ]


def _thread(case: Case, merged: Sequence[Case], known: Names, originals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The case's messages, among them what complainants of merged cases wrote."""
    href = {row["message_id"]: row["href"] for row in originals if row["message_id"]}
    source = joined.written_below(merged)
    rows = telling.messages([*case.messages, *(message for message, _ in source.values())], known)
    return [
        row | {"original": href.get(row["id"], ""), "source": source[row["id"]][1] if row["id"] in source else ""}
        for row in rows
    ]


def _parts(session: Session, case: Case, actor: Actor, known: Names, now: datetime) -> dict[str, Any]:
    """The tabs, and the one that is open."""
    originals = _originals(session, case, actor)
    merged = joined.cases_below(session, case)
    files = [*case.attachments, *(file for row in merged for file in row.attachments)]
    asked = request.args.get("part", "")
    part = asked if asked in PARTS else PARTS[0]
    kept: dict[str, Any] = {
        key: value for key, value in request.args.items() if key in {"queue", "q", "identifier", "page", "at"}
    }
    sizes = {
        "thread": len(case.messages) + len(joined.written_below(merged)),
        "timeline": len(case.events),
        "files": len(files),
        "referrals": len(case.referrals),
        "decisions": len(case.decisions),
    }
    made = {
        "thread": lambda: _thread(case, merged, known, originals),
        "timeline": lambda: telling.timeline(case.events, known),
        "files": lambda: [staff_row(row, "desk.file", {"number": case.number}) for row in files],
        "referrals": lambda: [_referral(session, row, case, known, now) for row in reversed(case.referrals)],
        "decisions": lambda: _decisions(case, known),
    }
    return {
        "part": part,
        "content": made[part](),
        "originals": originals,
        "tabs": [
            (
                url_for("desk.case", number=case.number, part=name, **kept) + "#parts",
                t(f"desk.part.{name}"),
                name == part,
                sizes[name],
            )
            for name in PARTS
        ],
    }


def _referral(session: Session, row: Referral, case: Case, known: Names, now: datetime) -> dict[str, Any]:
    steps: Mapping[str, datetime | None] = {
        ("sent" if row.acknowledged_at else "asked"): row.sent_at,
        "acknowledged": row.acknowledged_at,
        "accepted": row.accepted_at,
        "ended": row.ended_at,
    }
    return {
        "agency": known.agencies[row.agency_code],
        "word": t(f"word.referral.{row.state}"),
        "open": row.is_open,
        "clock": referral_clock(row, case, now),
        "steps": [(t(f"desk.referral.{name}"), when) for name, when in steps.items() if when],
        "due": row.acknowledge_by if row.state == ReferralState.SENT.value else row.answer_by,
        "notices": late.notices(case, row),
        "letter": official.of_referral(session, row, case),
        "unreachable": row.is_open and not row.agency.email,
        "note": row.note,
        "reason": row.reason,
        "answer": row.answer,
        "outcome": t(f"word.outcome.{row.outcome}") if row.outcome else "",
        "recovered": telling.baht(row.recovered) if row.recovered is not None else "",
    }


def _decisions(case: Case, known: Names) -> list[dict[str, Any]]:
    """Machine and people side by side, newest first."""
    rows = []
    for row in reversed(case.decisions):
        machine = row.decided_by == "machine"
        rows.append(
            {
                "at": row.at,
                "who": t("desk.decision.machine", version=row.model_version)
                if machine
                else known.accounts.get(row.account_id or 0, ""),
                "category": known.category(row.category_code),
                "sure": telling.sureness(row.confidence or 0.0) if machine else "",
                "second": f"{known.category(row.second_code)} {telling.share(row.second_confidence or 0.0)}"
                if row.second_code
                else "",
                "urgent": row.urgent,
                "auto": row.auto,
            }
        )
    return rows
