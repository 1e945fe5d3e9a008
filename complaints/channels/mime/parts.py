"""A mail taken apart: its words, its files, byte for byte, whatever is broken about it."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from complaints.channels.mime import markup, words
from complaints.domain.channel import HeardFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEEPEST = 30
NAMES = {"text/calendar": "invite.ics", "message/delivery-status": "delivery-status.txt", "text/html": "mail.html"}


@dataclass(slots=True)
class Taken:
    """What was found: words written plainly, words written as a page, and files in their order."""

    plain: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    files: list[HeardFile] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words; a page only where nothing is written plainly, a forwarded mail's only where nothing else is."""
        for found in (self.plain, [markup.to_text(page) for page in self.pages], self.nested):
            joined = "\n\n".join(filter(None, (part.strip() for part in found)))
            if joined:
                return joined
        return ""


def apart(mail: Message) -> Taken:
    """Walk through the parts without recursion, as deep as any mail of a person goes."""
    taken = Taken()
    waiting = deque([(mail, 0)])
    while waiting:
        part, depth = waiting.popleft()
        inside = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(inside, list):
            _keep_mail(part, inside, taken)
        elif isinstance(inside, list) and depth < DEEPEST:
            waiting.extendleft((child, depth + 1) for child in reversed(inside) if isinstance(child, Message))
        elif isinstance(inside, list):
            taken.files.append(HeardFile("nested.eml", part.as_bytes(), "message/rfc822"))
        else:
            _keep(part, taken)
    return taken


def _keep_mail(part: Message, inside: Sequence[object], taken: Taken) -> None:
    for mail in inside:
        if not isinstance(mail, Message):
            continue
        name = file_name(part) or "forwarded.eml"
        taken.files.append(HeardFile(name, mail.as_bytes(), "message/rfc822"))
        for leaf in _leaves(mail):
            if leaf.get_content_type() == "text/plain" and not file_name(leaf):
                taken.nested.append(words.decode(content(leaf), charset(leaf)))
                break


def _leaves(mail: Message) -> Iterator[Message]:
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        inside = part.get_payload()
        if isinstance(inside, list):
            waiting.extend(child for child in reversed(inside) if isinstance(child, Message))
        else:
            yield part


def _keep(part: Message, taken: Taken) -> None:
    kind, name, body = part.get_content_type(), file_name(part), content(part)
    attached = str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")
    if kind in {"text/plain", "text/html"} and not name and not attached:
        said = words.decode(body, charset(part))
        (taken.plain if kind == "text/plain" else taken.pages).append(said)
    elif body or name:
        inline = bool(part.get("Content-ID")) and not attached
        fallback = NAMES.get(kind) or f"file.{kind.rpartition('/')[2].rpartition('-')[2][:10] or 'bin'}"
        taken.files.append(HeardFile(name or fallback, body, kind, inline=inline))


def content(part: Message) -> bytes:
    """The bytes of a part; an encoding that is broken is read as far as it goes."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64":
        return words.lenient_base64(str(part.get_payload()).encode("ascii", "replace"))
    inside = part.get_payload(decode=True)
    return inside if isinstance(inside, bytes) else b""


def charset(part: Message) -> str:
    """What a part says of its letters."""
    declared = part.get_param("charset", "")
    return collapse_rfc2231_value(declared) if isinstance(declared, tuple) else str(declared or "")


def file_name(part: Message) -> str:
    """The name of a file: by RFC 2231, by RFC 2047 where that is forbidden, or in bare letters of any kind."""
    for header, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        probe = Message()
        # Bare letters travel as one character a byte, so that they can be read once the name is cut out.
        raw = next((str(value) for key, value in part.raw_items() if key.lower() == header.lower()), "")
        probe[header] = raw.encode("utf-8", "surrogateescape").decode("latin-1").replace("\r", "").replace("\n", "")
        found = probe.get_param(parameter, "", header=header)
        if isinstance(found, tuple):
            declared, _, text = found
            return words.decode(str(text).encode("latin-1", "replace"), str(declared or ""))
        if found:
            name = words.header(str(found).encode("latin-1", "replace").decode("ascii", "surrogateescape"))
            if re.match(r"(?i)(utf-8|tis-620|windows-874)''", name):
                declared, _, text = name.partition("''")
                name = words.decode(unquote_to_bytes(text), declared)
            return name
    return ""
