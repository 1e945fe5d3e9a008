"""A raw mail becomes what was heard."""

from __future__ import annotations

import hashlib
import re
from email import policy
from email.parser import BytesParser
from email.utils import getaddresses
from typing import TYPE_CHECKING

from complaints.channels.mime import machine, parts, quoted, words
from complaints.domain.channel import Heard, HeardKind, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from email.message import Message

    from complaints.domain.channel import HeardFile, Raw
    from config import Settings

ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
TOKEN = re.compile(r"\+([a-z0-9]+-[a-z2-7]{16})@", re.IGNORECASE)
TOKEN_IN_SUBJECT = re.compile(r"#([a-z0-9]+-[a-z2-7]{16})\b", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<[^<>\s]+>")
THAI = re.compile("[\u0e01-\u0e5b]")
LATIN = re.compile("[A-Za-z]")
ENOUGH_LATIN = 12
LONGEST_ADDRESS = 200
MOST_BOUNDARIES = 2000


def read(raw: Raw, _settings: Settings) -> Sequence[Heard]:
    """What a mail says; raises `Unreadable` when it is nested beyond reading or there is nothing in it."""
    if not raw.body.strip(b"\x00\r\n\t "):
        raise Unreadable("empty mail")
    if raw.body.lower().count(b"boundary=") > MOST_BOUNDARIES:
        raise Unreadable("too many parts")
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(raw.body.replace(b"\x00", b""))
        return [_heard(mail, raw)]
    except RecursionError:
        raise Unreadable("nested too deep") from None


def _heard(mail: Message, raw: Raw) -> Heard:
    sender, name = _sender(mail)
    subject = _first(mail, "Subject")
    text, folded, files = _content(mail)
    if not (sender or subject or text or files):
        raise Unreadable("neither sender nor words")
    kind, about, references = HeardKind.WORDS, "", _references(mail)
    failed = machine.bounced(mail, sender, subject)
    if failed is not None:
        kind, about, references = HeardKind.BOUNCE, failed, references + machine.letters_named(mail)
    elif machine.automatic(mail, subject):
        kind = HeardKind.AUTOMATIC
    return Heard(
        event_id=_event_id(mail, raw.body, sender, subject),
        sender=sender,
        at=raw.received_at,
        kind=kind,
        text=text,
        folded=folded,
        subject=subject[:500],
        name=name[:200],
        language=_language(subject + text),
        files=files,
        about=about,
        tokens=_tokens(mail, raw, subject),
        references=references,
        quiet=machine.many(mail),
    )


def _content(mail: Message) -> tuple[str, str, tuple[HeardFile, ...]]:
    taken = parts.apart(mail)
    text, folded = quoted.fold(taken.text)
    return text, folded, tuple(taken.files)


def _first(mail: Message, name: str) -> str:
    return words.header(str(_raw(mail, name)[0])) if name in mail else ""


def _raw(mail: Message, name: str) -> list[str]:
    """The header as it stands, undeclared letters and all."""
    return [str(value) for key, value in mail.raw_items() if key.lower() == name.lower()]


def _sender(mail: Message) -> tuple[str, str]:
    for header in ("From", "Sender", "Reply-To", "Return-Path"):
        for name, address in getaddresses(_raw(mail, header)[:1]):
            clean = words.clean(address).strip().lower()
            if "@" in clean and len(clean) <= LONGEST_ADDRESS and not re.search(r"\s", clean):
                return clean, words.header(name)
    return "", ""


def _event_id(mail: Message, body: bytes, sender: str, subject: str) -> str:
    """The sender's own id with a hash of the words: two mailboxes hold one mail, another text is another mail."""
    _, _, below = body.replace(b"\r\n", b"\n").partition(b"\n\n")
    digest = hashlib.sha256(f"{sender}\n{subject}\n".encode("utf-8", "replace") + below.strip())
    own = MESSAGE_ID.search(_first(mail, "Message-ID"))
    if own is None:
        digest.update(_first(mail, "Date").encode("utf-8", "replace"))
    return f"{own[0][:200] if own else ''}{digest.hexdigest()[:32]}"


def _tokens(mail: Message, raw: Raw, subject: str) -> tuple[str, ...]:
    addressed = [raw.headers.get("recipients", ""), *(line for name in ADDRESSED for line in _raw(mail, name)[:20])]
    found = [token for line in addressed for token in TOKEN.findall(line)]
    return tuple(dict.fromkeys(token.lower() for token in [*found, *TOKEN_IN_SUBJECT.findall(subject)]))[:20]


def _references(mail: Message) -> tuple[str, ...]:
    return _distinct(one for name in ("In-Reply-To", "References") for one in MESSAGE_ID.findall(_first(mail, name)))


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:50]


def _language(text: str) -> str:
    return "en" if not THAI.search(text) and len(LATIN.findall(text)) >= ENOUGH_LATIN else "th"
