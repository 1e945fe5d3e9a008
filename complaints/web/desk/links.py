"""What a case is linked with: what was merged into it, what is tied to it, and what seems to be the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.channels import registry
from complaints.domain.lifecycle import OPEN_STATES, State
from complaints.domain.mass import LEFT_REASONS
from complaints.services import alike, catalogue, joined, mass, tie
from complaints.services.alike import Kind
from complaints.web import telling
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.services.alike import Alike

# Identifiers that a reason names; of more it tells the number.
NAMED = 2


def links(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    """What `desk/links.html` shows."""
    names = catalogue.categories(session)
    own = mass.of_case(session, case)
    return {
        "mass": {"name": own.name, "href": url_for("desk.mass_page", mass_id=own.id)} if own is not None else None,
        "masses": [(str(row.id), row.name) for row in mass.newest(session)] if own is None else [],
        "leaving": [(reason, t(f"desk.mass.reason.{reason}")) for reason in LEFT_REASONS],
        "merged": [_line(row, names) for row in joined.cases_below(session, case)],
        "tied": [
            _line(other, names) | {"reason": made.reason, "who": made.made_by.name, "tied_at": made.made_at}
            for made, other in tie.of_case(session, case, actor)
        ],
        "alike": [_suggested(row, case, names) for row in alike.of_case(session, case, actor)],
    }


def _line(case: Case, names: dict[str, Any]) -> dict[str, Any]:
    category = names.get(case.category_code or "")
    kind = telling.category_name(category)
    parts = (t(f"word.state.{case.state}"), kind, registry.name(case.channel, language()))
    lost = (telling.baht(case.lost),) if case.lost else ()
    return {
        "number": case.number,
        "href": url_for("desk.case", number=case.number),
        "facts": " · ".join((*parts, *lost)),
        "at": case.received_at,
    }


def _suggested(row: Alike, case: Case, names: dict[str, Any]) -> dict[str, Any]:
    """The later of two that tell one matter twice can be merged into the earlier one."""
    earlier, later = sorted((case, row.case), key=lambda one: one.id)
    both_open = State(case.state) in OPEN_STATES and State(row.case.state) in OPEN_STATES
    return _line(row.case, names) | {
        "kind": t(f"desk.alike.kind.{row.kind.value}"),
        "tone": "waiting" if row.kind is Kind.TWICE else "info",
        "why": _why(row),
        "merge": {"number": later.number, "version": later.version, "into": earlier.number}
        if row.kind is Kind.TWICE and both_open
        else None,
    }


def _why(row: Alike) -> str:
    """Everything that two cases have in common, in one line."""
    parts = []
    if row.story:
        parts.append(t("desk.alike.story", share=telling.share(row.story)))
    if row.slip:
        parts.append(t("desk.alike.slip"))
    if row.named:
        more = len(row.named) - NAMED
        named = ", ".join(row.named[:NAMED]) + (t("desk.alike.more", n=more) if more > 0 else "")
        parts.append(t("desk.alike.named", named=named))
    if row.person:
        parts.append(t("desk.alike.person", signs=", ".join(t(f"desk.alike.sign.{sign}") for sign in row.person)))
    return " · ".join(parts)
