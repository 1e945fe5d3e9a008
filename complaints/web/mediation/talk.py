"""What a side of a mediation reads: both the same words, each with the own next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from complaints.domain.turns import FAILED, SETTLED, Move, Side, Stage
from complaints.services import catalogue
from complaints.services.mediation import keeping, offers
from complaints.services.mediation.moving import side_of
from complaints.services.mediation.reading import latest, lives, may_now, moves_for
from complaints.web.language import language, t

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.domain.mediation import Mediation, MediationMove
    from complaints.services.centre import CentreProfile

TONES = {
    Stage.ASKED: "waiting",
    Stage.TALKING: "waiting",
    Stage.AGREED: "done",
    Stage.KEPT: "done",
    Stage.BROKEN: "urgent",
}
MOVE_TONES = {
    Move.PROPOSE: "info",
    Move.ACCEPT: "done",
    Move.KEPT: "done",
    Move.REFUSE: "waiting",
    Move.BROKEN: "urgent",
}
RULES = ("free", "text", "binding", "turns", "silence", "private", "centre", "ways")
# The court has a text of its own; a marketplace is rather a side itself.
NO_WAY_ON = frozenset({"COURT", "MARKETPLACE"})
# How long a side's typed words may be: the page says so before the service does.
LIMIT = 2000


def shown(mediation: Mediation, actor: Actor, profile: CentreProfile, now: datetime) -> dict[str, Any]:
    """The page's words and facts."""
    side, stage, offer = side_of(actor), Stage(mediation.stage), mediation.offer
    may = {move.value for move in may_now(mediation, side, profile)}
    if not keeping.may_say_broken(mediation, now):
        may.discard(Move.BROKEN.value)
    return {
        "mediation": mediation,
        "side": side.value,
        "stage": stage.value,
        "tone": TONES.get(stage, "neutral"),
        "state": t(f"mediation.stage.{stage.value}"),
        "next": next_step(mediation, side),
        "mine": mediation.turn == side.value and lives(mediation),
        "turn_by": mediation.turn_by if lives(mediation) else None,
        "offer": _offer(offer, side) if offer is not None and lives(mediation) else None,
        "agreement": _offer(mediation.agreement, side) if mediation.agreement is not None else None,
        "history": history(mediation, actor),
        "may": may,
        "left": profile.mediation_offers - mediation.offers,
        "seen": offers.last_public(mediation),
        "rules": [
            t(f"mediation.rule.{rule}", days=profile.mediation_working_days, offers=profile.mediation_offers)
            for rule in RULES
        ],
        "deeds": [(deed, t(f"mediation.deed.{deed}")) for deed in offers.DEEDS],
        "failed": stage in FAILED,
        "settled": stage in SETTLED,
    }


def beside(session: Session, case: Case, actor: Actor) -> dict[str, Any] | None:
    """What the complainant's tracking page says of it, if there is one."""
    found, side = latest(session, case, actor), side_of(actor)
    if found is None:
        return None
    mine = lives(found) and (found.turn == side.value or found.stage == Stage.AGREED.value)
    return {"state": t(f"mediation.stage.{found.stage}"), "next": next_step(found, side), "mine": mine}


def next_step(mediation: Mediation, side: Side) -> str:
    """Whose turn it is and what can be done, in the reader's own person."""
    stage = Stage(mediation.stage)
    if not lives(mediation):
        ended = stage if not mediation.running else Stage.STOPPED
        return t(f"mediation.next.{ended.value}.{side.value}")
    if stage is not Stage.TALKING:
        return t(f"mediation.next.{stage.value}.{side.value}")
    if side is Side.CENTRE:
        return t(f"mediation.next.talking.centre_{mediation.turn}")
    if mediation.turn != side.value:
        return t("mediation.next.talking.theirs")
    return t("mediation.next.talking.answer" if mediation.offer is not None else "mediation.next.talking.begin")


def history(mediation: Mediation, actor: Actor) -> list[dict[str, Any]]:
    """What happened, newest first."""
    own = side_of(actor)
    return [
        {
            "when": move.at,
            "who": who(move.side, own),
            "what": t(f"mediation.move.{move.kind}"),
            "detail": move.text(language()) or move.words,
            "tone": MOVE_TONES.get(Move(move.kind), "neutral"),
        }
        for move in reversed(moves_for(mediation, actor))
    ]


def who(side: str, own: Side) -> str:
    """You, the other side, the centre; to the desk each by its name."""
    if side == Side.CLOCK.value:
        return t("mediation.who.clock")
    if own is Side.CENTRE or side == Side.CENTRE.value:
        return t(f"mediation.who.{side}")
    return t("mediation.who.you" if side == own.value else "mediation.who.other")


def _offer(move: MediationMove, side: Side) -> dict[str, Any]:
    return {
        "number": move.number,
        "text": move.text(language()),
        "sha256": move.sha256,
        "who": who(move.side, side),
        "mine": move.side == side.value,
        "at": move.at,
        "by_day": move.by_day,
    }


def ways_on(session: Session, category_code: str | None) -> list[str]:
    """The agencies that a complainant may turn to without an agreement, first the one for such cases."""
    category = catalogue.categories(session).get(category_code or "")
    own = category.agency_code if category is not None else ""
    found = [row for row in catalogue.partners(catalogue.agencies(session).values()) if row.code not in NO_WAY_ON]
    return [row.name(language()) for row in sorted(found, key=lambda row: row.code != own)]
