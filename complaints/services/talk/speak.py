"""What a talk says goes out as one promise a turn, so that its parts keep their order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from complaints.domain.case import Case
from complaints.domain.channel import SHOWN_ONLY, Choice, Outbound
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.talk import Talk
from complaints.services import acknowledge, reach
from complaints.services.reach import Way
from complaints.services.talk.filing import with_secret

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.channel import Undeliverable
    from complaints.services.talk.turn import Turn

# The other side takes its own mark of a message as an answer for about a minute.
REPLY_FRESH = timedelta(seconds=50)
# Nobody is to blame when somebody leaves in the middle of a talk.
LEFT = frozenset({"blocked", "window_closed"})


def promise(turn: Turn) -> None:
    """Promise the answer of a turn; several turns of one delivery are answered together, asking only the last thing."""
    if not turn.bubbles:
        return
    turn.note_answer()
    if turn.room.shown or turn.heard.quiet:
        return
    said, before = list(turn.bubbles), _of_this_delivery(turn)
    if before is not None:
        earlier = [body for body in before.payload["parts"] if body not in said]
        said = [*(earlier if before.payload["receipt"] else earlier[:-1]), *said]
    payload = {
        "channel": turn.talk.channel,
        "to": turn.talk.address,
        "language": turn.language,
        "parts": said,
        "choices": [[choice.value, choice.label] for choice in turn.choices],
        "talk_id": turn.talk.id,
        "receipt": turn.receipt or bool(before and before.payload["receipt"]),
        "reply_token": turn.heard.reply_token,
        "reply_until": (turn.received_at + REPLY_FRESH).isoformat(),
    }
    _promise(turn.session, turn.talk, payload, turn.now, before)


def _promise(session: Session, talk: Talk, payload: dict[str, object], now: datetime, row: Promise | None) -> None:
    if row is None:
        row = Promise(kind=PromiseKind.SAY.value, payload=payload, created_at=now, due_at=now, tries=0)
        session.add(row)
    row.payload, row.case_id = payload, talk.case_id
    session.flush()
    talk.data = {**talk.data, "said": row.id}


def _of_this_delivery(turn: Turn) -> Promise | None:
    """The promise that an event before this one made in the same transaction."""
    number = turn.talk.data.get("said")
    row = turn.session.get(Promise, number) if number is not None else None
    fresh = row is not None and row.open and row.created_at == turn.now and row.lease_until is None
    return row if fresh else None


def say_aside(session: Session, channel: str, to: str, language: str, words: str, token: str, now: datetime) -> None:
    """One sentence to somebody with whom there is no talk."""
    payload = {
        "channel": channel,
        "to": to,
        "language": language,
        "parts": [words],
        "choices": [],
        "receipt": False,
        "reply_token": token,
        "reply_until": (now + REPLY_FRESH).isoformat(),
    }
    session.add(Promise(kind=PromiseKind.SAY.value, payload=payload, created_at=now, due_at=now, tries=0))
    session.flush()


def compose(session: Session, row: Promise, key: str, now: datetime) -> tuple[str, Outbound]:
    """The channel and the words; a token that may have been used or is old is left out."""
    payload = row.payload
    talk = session.get(Talk, payload.get("talk_id") or 0)
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    parts = [str(part) for part in payload["parts"]]
    if talk is not None:
        parts = [with_secret(part, talk, case, key) for part in parts]
    fresh = row.tries == 0 and now < datetime.fromisoformat(str(payload["reply_until"]))
    return str(payload["channel"]), Outbound(
        to=str(payload["to"]),
        subject="",
        body="\n\n".join(parts),
        language=str(payload["language"]),
        reference=f"promise-{row.id}",
        case_number=case.number if case is not None else "",
        parts=tuple(parts),
        choices=tuple(Choice(value, label) for value, label in payload["choices"]),
        reply_token=str(payload["reply_token"]) if fresh else "",
    )


def record(session: Session, row: Promise, delivered: str, failure: Undeliverable | None, now: datetime) -> None:
    """Keep what became of the words; a receipt that did not arrive goes out as a letter by every other way."""
    case = session.get(Case, row.case_id) if row.case_id is not None else None
    way = Way(str(row.payload["channel"]), str(row.payload["to"]))
    receipt = case is not None and bool(row.payload["receipt"])
    if failure is not None and case is not None:
        reach.mark_failed(session, case.person_id, way, failure.reason, str(failure), now)
    if failure is not None and (case is not None or failure.reason not in LEFT):
        row.miss(now, f"{way.channel}: {failure}", final=True)
    else:
        row.keep(now, delivered=delivered or (failure.reason if failure is not None else ""))
    if case is None or not receipt or case.acknowledged_at is not None:
        return
    if delivered and delivered != SHOWN_ONLY:
        acknowledge.reached(session, case, delivered, now)
    else:
        case.promise_letter(now, "receipt")
