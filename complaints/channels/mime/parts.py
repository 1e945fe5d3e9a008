"""A mail taken apart: its words, its files, byte for byte, whatever is broken about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from complaints.channels.mime import markup, tnef, words
from complaints.domain.channel import HeardFile

if TYPE_CHECKING:
    from complaints.channels.mime.tree import Part

NAMES = {
    "text/calendar": "invite.ics",
    "message/delivery-status": "delivery-status.txt",
    "text/html": "mail.html",
    "message/disposition-notification": "receipt.txt",
    "text/rfc822-headers": "headers.txt",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "pgp.txt",
    "application/ms-tnef": "winmail.dat",
}
ENDINGS = {
    "jpeg": "jpg",
    "plain": "txt",
    "octet-stream": "bin",
    "svg+xml": "svg",
    "pgp-keys": "asc",
    "x-pkcs7-mime": "p7m",
}
WORDS = frozenset({"text/plain", "text/html", "text/enriched"})
# Longer pages are kept as files: no person wrote them, and reading one must not take minutes.
LONGEST_PAGE = 2 * 1024 * 1024
DRAWN_IN = re.compile(r"""(?i)\bsrc\s*=\s*["']?data:image/([a-z0-9.+-]{1,20});base64,([A-Za-z0-9+/=%\s]{16,})""")
ENRICHED = re.compile(r"<(?:/?[A-Za-z-]{1,60}>|<)")


@dataclass(slots=True)
class Taken:
    """What was found: words written plainly, words written as a page, words of mails inside, and files in order."""

    plain: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    rich: list[str] = field(default_factory=list)
    files: list[HeardFile] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words; a page only where nothing is written plainly."""
        for found in (self.plain, [markup.to_text(page) for page in self.pages], self.rich):
            joined = "\n\n".join(filter(None, (part.strip() for part in found)))
            if joined:
                return joined
        return ""


def apart(mail: Part) -> Taken:
    """Sort every part; a mail inside is kept whole as a file, and its own files beside it."""
    taken = Taken()
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        if part.whole:
            taken.files.append(HeardFile(part.file_name() or "nested.eml", part.raw, "message/rfc822"))
        elif part.is_mail:
            _keep_mail(part, taken)
        elif part.parts:
            waiting.extend(reversed(part.parts))
        else:
            _keep(part, taken)
    return taken


def _keep_mail(part: Part, taken: Taken) -> None:
    name = part.file_name() or "forwarded.eml"
    if not name.lower().endswith(".eml"):
        name += ".eml"
    taken.files.append(HeardFile(name, part.content(), "message/rfc822"))
    for mail in part.parts:
        inner = apart(mail)
        taken.files += inner.files
        said = (_head_words(mail), inner.text, *inner.nested)
        taken.nested.append("\n\n".join(filter(None, said)))


def _head_words(mail: Part) -> str:
    """Who wrote a mail inside, when and about what, as it says itself."""
    said = ((name, words.header("".join(mail.field_lines(name)[:1]))) for name in ("From", "Date", "Subject"))
    return "\n".join(f"{name}: {text[:300]}" for name, text in said if text)


def _keep(part: Part, taken: Taken) -> None:
    kind, name, body = part.kind, part.file_name(), part.content()
    if kind in WORDS and not name and not part.attached:
        _keep_words(part, body, taken)
    elif tnef.is_tnef(body):
        _keep_wrapped(name, body, kind, taken)
    elif body or name:
        inline = bool(part.head.get("Content-ID")) and not part.attached
        taken.files.append(HeardFile(name or _fallback(kind), body, kind, inline=inline))


def _keep_words(part: Part, body: bytes, taken: Taken) -> None:
    if len(body) > LONGEST_PAGE and part.kind == "text/html":
        taken.files.append(HeardFile(NAMES["text/html"], body, part.kind))
        return
    said = words.decode(body, part.charset)
    if part.kind == "text/html":
        taken.pages.append(said)
        taken.files += _drawn_in(said)
    elif part.kind == "text/enriched":
        taken.rich.append(ENRICHED.sub(lambda mark: "<" if mark[0] == "<<" else "", said))
    else:
        taken.plain.append(_unflowed(said, part))


def _drawn_in(page: str) -> list[HeardFile]:
    """Pictures whose bytes stand in the page itself."""
    found = []
    for number, picture in enumerate(DRAWN_IN.finditer(page), 1):
        kind = picture[1].lower()
        content = words.lenient_base64(picture[2].replace("%2B", "+").replace("%2F", "/").encode())
        found.append(HeardFile(f"picture-{number}.{ENDINGS.get(kind, kind)}", content, f"image/{kind}", inline=True))
    return found


def _unflowed(said: str, part: Part) -> str:
    """Lines that a program broke for travelling are joined again (RFC 3676)."""
    if str(part.head.get_param("format", "")).lower() != "flowed":
        return said
    delete = str(part.head.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    open_line = False
    for line in said.split("\n"):
        unstuffed = line.removeprefix(" ")
        quoted = unstuffed.startswith(">")
        if open_line and not quoted and unstuffed != "-- ":
            lines[-1] += unstuffed
        else:
            lines.append(unstuffed)
        open_line = unstuffed.endswith(" ") and unstuffed != "-- " and not quoted
        if open_line and delete:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _keep_wrapped(name: str, body: bytes, kind: str, taken: Taken) -> None:
    """What Outlook wrapped up, unwrapped; the wrapping stays beside it as it came."""
    unpacked = tnef.unpack(body)
    taken.files.append(HeardFile(name or NAMES["application/ms-tnef"], body, kind))
    for file in unpacked.files:
        taken.files.append(HeardFile(file.name or "file.bin", file.content, file.media_type, inline=file.inline))
    if unpacked.page:
        taken.pages.append(unpacked.page)
    if unpacked.plain.strip() or unpacked.rich.strip():
        taken.rich.append(unpacked.plain.strip() or unpacked.rich)


def _fallback(kind: str) -> str:
    known = NAMES.get(kind)
    if known:
        return known
    main, _, sub = kind.partition("/")
    ending = ENDINGS.get(sub, re.sub(r"[^a-z0-9]", "", sub.rpartition("-")[2])[:10] or "bin")
    return f"{main if main in {'image', 'audio', 'video'} else 'file'}.{ending}"
