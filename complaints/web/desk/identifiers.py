"""The identifiers of a case on its page: what else is known of each, and the forms that correct them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from complaints.domain.identifier import KINDS, PERSON
from complaints.domain.places import banks
from complaints.services import joined, link
from complaints.services.correct import REASONS
from complaints.web import telling
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.identifier import CaseIdentifier
    from complaints.services.link import Known

# A story may name hundreds; the page stays light, and all of them are one link away.
SHOWN = 20
KEPT = ("queue", "q", "identifier", "page", "part")


def identifiers(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    """The rows with what is known elsewhere, and what the forms offer; the one to be changed stands open."""
    ties = sorted(case.identifiers, key=lambda tie: (tie.identifier.kind, tie.identifier.value))
    editing = request.form.get("identifier") or request.args.get("edit", "")
    shown = [
        tie for at, tie in enumerate(ties) if at < SHOWN or "all" in request.args or str(tie.identifier_id) == editing
    ]
    carried = joined.named_below(session, case)[:SHOWN]
    asked = [tie.identifier_id for tie in (*shown, *(tie for tie, _ in carried))]
    known = link.known_elsewhere(session, asked, actor, case)
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key in KEPT}
    own = url_for("desk.case", number=case.number, **kept)
    return {
        "rows": [_row(tie, known.get(tie.identifier_id), case, kept, editing) for tie in shown]
        + [_row(tie, known.get(tie.identifier_id), case, kept, "", source) for tie, source in carried],
        "more": len(ties) - len(shown),
        "all": url_for("desk.case", number=case.number, all=1, **kept) + "#identifiers",
        "own": own + "#identifiers",
        "kinds": [(kind, t(f"word.identifier.{kind}")) for kind in KINDS],
        "banks": [(bank.code, bank.name(language())) for bank in banks().values()],
        "reasons": [(reason, t(f"word.drop.{reason}")) for reason in REASONS],
    }


def _row(
    tie: CaseIdentifier, known: Known | None, case: Case, kept: dict[str, Any], editing: str, source: str = ""
) -> dict[str, Any]:
    """One row; `source` is the number of the merged case that it came with."""
    identifier = tie.identifier
    anchor = f"identifier-{identifier.id}"
    return {
        "id": identifier.id,
        "anchor": anchor,
        "kind": identifier.kind,
        "bank": identifier.bank,
        "value": identifier.value,
        "kind_name": t(f"word.identifier.{identifier.kind}"),
        "shown": identifier.shown,
        "by_person": tie.found_by == PERSON,
        "known": known,
        "lost": telling.baht(known.lost) if known is not None and known.lost else "",
        "href": url_for("desk.identifier", identifier_id=identifier.id),
        "source": source,
        "edit": url_for("desk.case", number=case.number, edit=identifier.id, **kept) + f"#{anchor}",
        "editing": editing == str(identifier.id),
    }
