"""Letters of a mediation: to the complainant on the own channel, to the respondent by mail with the link."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from complaints.domain.channel import Outbound
from complaints.domain.mediation import Mediation, MediationMove
from complaints.domain.outbox import PromiseKind
from complaints.domain.thai_time import show_date
from complaints.domain.turns import Side
from complaints.domain.wording import say
from complaints.services import centre
from complaints.services.mediation import links

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.outbox import Promise

NOT_NEEDED = "not_needed"


def promise(mediation: Mediation, side: Side, stage: str, now: datetime, move: MediationMove | None = None) -> None:
    """Promise a side its letter; a respondent without an address has the link from the agent and reads the page."""
    until = mediation.turn_by.isoformat() if mediation.turn_by is not None else ""
    facts = {"mediation_id": mediation.id, "move_id": move.id if move is not None else 0, "until": until}
    if side is Side.COMPLAINANT:
        mediation.case.promise_letter(now, f"mediation_{stage}", **facts)
    elif mediation.email:
        mediation.case.promise(PromiseKind.MEDIATION, now, stage=stage, **facts)


def compose(session: Session, promised: Promise, base_url: str, key: str) -> Outbound | None:
    """The respondent's letter; None when there is no address or no link any more."""
    mediation = session.get_one(Mediation, promised.payload["mediation_id"])
    link, language = mediation.link, mediation.language
    if not mediation.email or link is None:
        return None
    number, profile, stage = mediation.case.number, centre.profile(session), str(promised.payload["stage"])
    holes = {
        "number": number,
        "respondent": mediation.respondent,
        "link": f"{base_url}/mediation/{links.token_of(link, key)}?lang={language}",
        "expires": show_date(link.expires_at, language),
        "centre": profile.name(language),
        "hotline": profile.hotline,
        "until": until(promised, language),
        "text": words(session, promised, language),
    }
    parts = ("mediation_letter.greeting", f"mediation_letter.{stage}.body", "mediation_letter.closing")
    return Outbound(
        to=mediation.email,
        subject=f"[{number}] " + say(f"mediation_letter.{stage}.subject", language, **holes),
        body="\n\n".join(say(part, language, **holes) for part in parts),
        language=language,
        reference=f"promise-{promised.id}",
        case_number=number,
    )


def until(promised: Promise, language: str) -> str:
    """The day that a letter names."""
    typed = str(promised.payload.get("until", ""))
    return show_date(datetime.fromisoformat(typed), language) if typed else ""


def words(session: Session, promised: Promise, language: str) -> str:
    """The offer that a letter tells of, or what the centre wrote to both sides."""
    move = session.get(MediationMove, int(promised.payload.get("move_id", 0)))
    if move is None or move.mediation_id != promised.payload.get("mediation_id"):
        return ""
    return move.text(language) or move.words
