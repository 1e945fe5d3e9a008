"""A raw mail becomes what was heard."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from email.utils import getaddresses
from typing import TYPE_CHECKING

from complaints.channels.mime import machine, parts, proof, quoted, tree, words
from complaints.domain.channel import Heard, HeardKind, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from complaints.channels.mime.parts import Taken
    from complaints.channels.mime.tree import Part
    from complaints.domain.channel import Raw
    from config import Settings

ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
TOKEN = re.compile(r"\+([a-z0-9]+-[a-z2-7]{16})@", re.IGNORECASE)
TOKEN_IN_SUBJECT = re.compile(r"#([a-z0-9]+-[a-z2-7]{16})\b", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<[^<>\s]+>")
THAI = re.compile("[\u0e01-\u0e5b]")
LATIN = re.compile("[A-Za-z]")
ENOUGH_LATIN = 12
LONGEST_ADDRESS = 200
# Beside a mail of which only the beginning was fetched: how large the whole is, in bytes.
WHOLE_SIZE = "whole_size"
ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")


def read(raw: Raw, settings: Settings) -> Sequence[Heard]:
    """What a mail says; raises `Unreadable` when it is made of too many parts or there is nothing in it."""
    if not raw.body.strip(b"\x00\r\n\t "):
        raise Unreadable("empty mail")
    if WHOLE_SIZE in raw.headers:
        msg = f"larger than allowed: {int(raw.headers[WHOLE_SIZE]) // 2**20} MB"
        raise Unreadable(msg, _saved(raw))
    try:
        mail = tree.parse(raw.body)
        if "mail_from" in raw.headers and "Return-Path" not in mail.head:
            # The envelope that a mail server told beside the mail.
            mail.head["Return-Path"] = f"<{words.clean(raw.headers['mail_from'])}>"
        heard = _heard(mail, raw)
        trusted = settings.of_channel("email", "authserv")
        return [replace(heard, proven=proof.proven(mail, heard.sender, trusted))]
    except Unreadable:
        raise
    except tree.TooManyParts as error:
        raise Unreadable(str(error), _saved(raw)) from None
    except Exception as error:
        raise Unreadable(type(error).__name__, _saved(raw)) from error


def _saved(raw: Raw) -> Heard | None:
    """What the head alone says, for a mail that cannot be taken apart."""
    try:
        mail = tree.top(raw.body)
        sender, name = _sender(mail)
        subject = _first(mail, "Subject")
        quiet = machine.automatic(mail.head, subject) or machine.many(mail.head)
    except Exception:  # noqa: BLE001 - the same bytes once more
        return None
    return Heard(
        event_id="",
        sender=sender,
        at=raw.received_at,
        subject=subject[:500],
        name=name[:200],
        tokens=_tokens(mail, raw, subject),
        references=_references(mail),
        quiet=quiet,
    )


def _heard(mail: Part, raw: Raw) -> Heard:
    sender, name = _sender(mail)
    subject = _first(mail, "Subject")
    taken = parts.apart(mail)
    text, folded = _words(taken)
    files = tuple(taken.files)
    if not (sender or subject or text or files):
        raise Unreadable("neither sender nor words")
    kind, about, references = HeardKind.WORDS, "", _references(mail)
    failed = machine.bounced(mail, sender, subject, text)
    if failed is not None:
        kind, about, references = HeardKind.BOUNCE, failed, _distinct((*references, *machine.letters_named(mail)))
    elif machine.automatic(mail.head, subject):
        kind = HeardKind.AUTOMATIC
    return Heard(
        event_id=_event_id(mail, sender, subject),
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
        quiet=machine.many(mail.head),
    )


def _words(taken: Taken) -> tuple[str, str]:
    """New words, and what was folded; a mail inside speaks where its sender says nothing, else it is folded too."""
    text, folded = quoted.fold(taken.text)
    nested = [said for said in taken.nested if said]
    if not text:
        return "\n\n".join(nested), ""
    return text, "\n\n".join(filter(None, (folded, *nested)))


def _first(mail: Part, name: str) -> str:
    return words.header(next(iter(mail.field_lines(name)), ""))


def _sender(mail: Part) -> tuple[str, str]:
    for header in ("From", "Sender", "Reply-To", "Return-Path"):
        line = next(iter(mail.field_lines(header)), "")
        loose = _loose(line)
        for name, address in loose if line.count("@") == 1 and "," in line else (*getaddresses([line]), *loose):
            clean = words.header(address).strip().lower()
            if "@" in clean and len(clean) <= LONGEST_ADDRESS and not re.search(r"\s", clean):
                return clean, words.header(name)
    return "", ""


def _loose(line: str) -> list[tuple[str, str]]:
    """An address out of a field that keeps no rule: a bare comma in a name, the whole of it encoded."""
    said = words.header(line)
    found = ADDRESS.search(said)
    return [(said[: found.start()].strip(' "<,'), found[0])] if found else []


def _event_id(mail: Part, sender: str, subject: str) -> str:
    """The sender's own id with a hash of the words: two mailboxes hold one mail, another text is another mail."""
    digest = hashlib.sha256(f"{sender}\n{subject}\n".encode("utf-8", "replace"))
    digest.update(mail.body.replace(b"\r\n", b"\n").strip())
    own = MESSAGE_ID.search(_first(mail, "Message-ID"))
    if own is None:
        digest.update(_first(mail, "Date").encode("utf-8", "replace"))
    return f"{own[0][:200] if own else ''}{digest.hexdigest()[:32]}"


def _tokens(mail: Part, raw: Raw, subject: str) -> tuple[str, ...]:
    addressed = [
        raw.headers.get("recipients", ""),
        *(line for name in ADDRESSED for line in mail.field_lines(name)[:20]),
    ]
    found = [token for line in addressed for token in TOKEN.findall(line)]
    return tuple(dict.fromkeys(token.lower() for token in [*found, *TOKEN_IN_SUBJECT.findall(subject)]))[:20]


def _references(mail: Part) -> tuple[str, ...]:
    return _distinct(one for name in ("In-Reply-To", "References") for one in MESSAGE_ID.findall(_first(mail, name)))


def _distinct(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:50]


def _language(text: str) -> str:
    return "en" if not THAI.search(text) and len(LATIN.findall(text)) >= ENOUGH_LATIN else "th"
