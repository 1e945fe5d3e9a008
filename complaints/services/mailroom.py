"""What becomes of words that came in by a channel: a message in the case that they belong to, or a new case."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from complaints.domain.actor import SYSTEM
from complaints.domain.case import Case
from complaints.domain.channel import Heard, HeardFile, HeardKind
from complaints.domain.errors import FileRefused
from complaints.domain.wording import say
from complaints.services import correspond, follow, intake, moving, post, reach
from complaints.services.evidence import keeping
from complaints.services.evidence.kinds import Upload
from complaints.services.official import mail_in
from complaints.services.reach import Way

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.channel import Unreadable
    from complaints.domain.inbound import RawMessage
    from complaints.domain.referral_letter import LetterLink
    from complaints.services.evidence.kinds import Limits
    from complaints.services.evidence.stores import Store

SPOKEN = frozenset({HeardKind.WORDS, HeardKind.TAP})
EMAIL = "email"
# A note has room for so many names of files.
NAMED_FILES = 20
# The link of a letter to a citizen or an agency, and the mark in its reply address or subject.
KEYS = re.compile(
    r"(?<=/t/)[\w.-]{20,}|(?<=/letter/)[\w-]{20,}|(?<=[+#])l?\d{1,9}-[a-z2-7]{16}(?![a-z2-7])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Hint:
    """What the classifier read in the words of a talk: kind of problem, a sum in baht, a bank and an account number.

    What it did not find is empty.
    """

    kind: str = ""
    lost: str = ""
    bank: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """What the mailroom works with: limits and store of the evidence, and the key that signs links and tokens.

    `hints` are what the classifier read in the words of a talk, by event: it ran before the transaction. `shown` says
    that whoever talks reads the answer on a page of the centre: nothing has to be sent.
    """

    limits: Limits
    store: Store
    key: str
    base_url: str = ""
    hints: Mapping[str, Hint] = field(default_factory=dict)
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one event; `outcome` is one of `inbound.OUTCOMES`."""

    outcome: str
    case_id: int | None = None
    message_id: int | None = None
    reason: str = ""


def take(session: Session, raw: RawMessage, heard: Heard, room: Room, now: datetime) -> Taken:
    """Deal with one letter: its words open a case or join one, other things are passed over by name."""
    link = mail_in.link_of(session, heard, room.key)
    if link is not None and heard.kind in SPOKEN | {HeardKind.AUTOMATIC}:
        return _from_agency(session, link, raw, heard, now)
    if heard.kind in {HeardKind.AUTOMATIC, HeardKind.BOUNCE}:
        return _take_machine(session, raw, heard, room, now)
    if heard.kind not in SPOKEN or not (heard.text.strip() or heard.subject.strip() or heard.files):
        return Taken("ignored", reason=heard.kind.value)
    proven, heard = moving.prove(session, raw.channel, heard, now)
    case = proven or post.case_of(session, raw.channel, heard, room.key)
    heard = _without_keys(heard, case.language if case is not None else heard.language)
    if case is not None:
        return join(session, case, raw, heard, room, now)
    return _open(session, raw, heard, room, now)


def _from_agency(session: Session, link: LetterLink, raw: RawMessage, heard: Heard, now: datetime) -> Taken:
    """An answer to a letter; what it says may be nothing but a file."""
    case, message_id, outcome = mail_in.take(session, link, raw, _without_keys(heard, "th"), now)
    return Taken(outcome, case.id, message_id)


def _without_keys(heard: Heard, language: str) -> Heard:
    """The words without what opens a case: whoever answers quotes our letter, and agencies read the answer."""
    word = say("inbound.secret_hidden", language)
    subject, text, folded = (KEYS.sub(word, words) for words in (heard.subject, heard.text, heard.folded))
    return replace(heard, subject=subject, text=text, folded=folded)


def take_unreadable(
    session: Session, raw: RawMessage, room: Room, now: datetime, error: Unreadable
) -> tuple[Heard, Taken]:
    """A case in triage whose story says what happened, or a note in the case that it was meant for."""
    saved = error.saved or Heard(event_id="", sender="", at=raw.received_at)
    story = say("inbound.unreadable", "th", channel=raw.channel, sha256=raw.sha256, why=str(error))
    heard = replace(saved, event_id=f"raw-{raw.id}", text=story, folded="", files=())
    case = post.case_of(session, raw.channel, heard, room.key) or _named_by_letter(session, heard, room.key)
    if case is not None:
        note = correspond.say(session, case, story, SYSTEM, now, kind="note", public=False)
        return heard, Taken("unreadable", case.id, note.id)
    # Of words that are the centre's own the machine can be as sure as it likes.
    opened = _open(session, raw, heard, room, now, answers={intake.BY_HAND: True})
    return heard, Taken("unreadable", opened.case_id)


def _named_by_letter(session: Session, heard: Heard, key: str) -> Case | None:
    link = mail_in.link_of(session, heard, key)
    return session.get_one(Case, link.letter.referral.case_id) if link is not None else None


def _take_machine(session: Session, raw: RawMessage, heard: Heard, room: Room, now: datetime) -> Taken:
    """What no person wrote is noted where it belongs and never answered; it opens no case."""
    if heard.kind is HeardKind.BOUNCE:
        case = post.returned(session, raw.channel, heard, now)
        return Taken("bounce", case.id if case is not None else None)
    case = post.case_of(session, raw.channel, heard, room.key)
    if case is None:
        return Taken("automatic")
    return Taken("automatic", case.id, post.note_automatic(session, case, heard, now))


def join(session: Session, case: Case, raw: RawMessage, heard: Heard, room: Room, now: datetime) -> Taken:
    """The complainant's words and files become a message of the case."""
    actor = follow.complainant_of(case)
    body = _words(heard, case.language)
    limit = correspond.MESSAGE_LIMIT
    folded = heard.folded[:limit]
    message = correspond.write_in(session, case, body[:limit], actor, now, raw.channel, folded)
    parts = (body.strip(), heard.folded.strip())
    whole = _whole(session, case, parts, limit, raw, now)
    keep_files(session, case, (*whole, *heard.files), raw, room, now, message_id=message.id)
    return Taken("message", case.id, message.id)


def _open(
    session: Session,
    raw: RawMessage,
    heard: Heard,
    room: Room,
    now: datetime,
    answers: dict[str, Any] | None = None,
) -> Taken:
    # A first letter is told whole: what it quotes may be the very thing that it complains of.
    story = "\n\n".join(filter(None, (_words(heard, heard.language), heard.folded)))
    inbound = intake.Inbound(
        channel=raw.channel,
        story=story,
        submission=f"{raw.channel}:{heard.event_id}",
        language=heard.language,
        name=heard.name[: intake.CONTACT_LIMITS["name"]],
        email=heard.sender if raw.channel == EMAIL else "",
        received_at=raw.received_at,
        answers=answers or {},
    )
    others = post.named(session, heard)
    answer = raw.channel != EMAIL or post.may_answer(session, raw.channel, heard, now, names=bool(others))
    filed = intake.file_case(session, inbound, SYSTEM, now, room.key)
    if not answer:
        post.hold_back(session, filed.case, now)
    post.suggest_links(session, filed.case, [other for other in others if other.id != filed.case.id], now)
    if heard.sender:
        point = reach.keep_point(session, filed.case.person_id, Way(raw.channel, heard.sender), now, raw.account)
        point.heard_at = now
    whole = _whole(session, filed.case, (story.strip(),), intake.STORY_LIMIT, raw, now)
    keep_files(session, filed.case, (*whole, *heard.files), raw, room, now)
    return Taken("case", filed.case.id, reason=post.NAMES if others else "")


def _words(heard: Heard, language: str) -> str:
    words = "\n\n".join(filter(None, (heard.subject.strip(), heard.text.strip())))
    return words or say("inbound.only_files", language)


def _whole(
    session: Session, case: Case, parts: tuple[str, ...], limit: int, raw: RawMessage, now: datetime
) -> tuple[HeardFile, ...]:
    """Words that are longer than a page shows, whole, as a file; a note tells the desk of it."""
    if all(len(part) <= limit for part in parts):
        return ()
    name = say("inbound.whole", case.language)
    note = say("inbound.cut", "th", limit=limit, file=name, raw=raw.id)
    correspond.say(session, case, note, SYSTEM, now, kind="note", public=False)
    return (HeardFile(name, "\n\n".join(filter(None, parts)).encode(), "text/plain"),)


def keep_files(
    session: Session,
    case: Case,
    files: tuple[HeardFile, ...],
    raw: RawMessage,
    room: Room,
    now: datetime,
    message_id: int | None = None,
) -> None:
    """Keep each file that can be shown; what cannot is named in a note, and stays in the raw message as it came."""
    refused: list[str] = []
    for file in files:
        upload = Upload(file.name, file.content, file.stored_key)
        have = list(case.attachments)
        try:
            kept = keeping.keep_files(
                session, [upload], room.limits, room.store, now, case=case, source=raw.channel, have=have
            )
        except FileRefused as error:
            refused.append(f"{file.name} ({error.values['reason']})")
            continue
        for attachment in kept:
            attachment.message_id = message_id
        session.expire(case, ["attachments"])
    if refused:
        more = f" … (+{len(refused) - NAMED_FILES})" if len(refused) > NAMED_FILES else ""
        named = ", ".join(one[:200] for one in refused[:NAMED_FILES]) + more
        note = say("inbound.files_refused", "th", files=named, raw=raw.id)
        correspond.say(session, case, note, SYSTEM, now, kind="note", public=False)
