"""A mail as a tree of parts, each with the very bytes that stand in it: nothing is rebuilt, so nothing changes."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from complaints.channels.mime import words

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PARTS = 2000
DEEPEST = 30
LONGEST_HEAD = 1024 * 1024
# Fields with their folded lines. Between two fields stands now and then a line of the first that was not indented.
HEAD = re.compile(
    rb"(?:[!-9;-~]+[ \t]*:[^\n]*(?:\n|\Z)"
    rb"(?:[ \t]+[^\s][^\n]*(?:\n|\Z)|[^\s:][^\n]*\n(?=[!-9;-~]+[ \t]*:))*)*"
)
BLANK = re.compile(rb"[ \t]*\r?\n")
ENVELOPE = re.compile(rb"\s*>?From [^\n]*\n(?=[!-9;-~]+:)")
BEFORE_COLON = re.compile(rb"(?m)^([!-9;-~]+)[ \t]+:")
STRAY = re.compile(rb"(?m)^(?![!-9;-~]+[ \t]*:)(?=[^\s])")
AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
MAILS = frozenset({"message/rfc822", "message/global"})
ENCODINGS = frozenset({"base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"})


class TooManyParts(Exception):  # noqa: N818 - names what came in
    """A mail that is made to be taken apart for hours."""


@dataclass(slots=True)
class Part:
    """One part: its head, its bytes below, and the parts inside. `raw` is both as they came."""

    raw: bytes
    head: Message
    body: bytes
    depth: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The declared type, in lower case; `text/plain` where none is."""
        return self.head.get_content_type()

    @property
    def encoding(self) -> str:
        """How the bytes were made fit for travelling."""
        return str(self.head.get("Content-Transfer-Encoding", "")).partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """What the part says of its letters."""
        declared = self.head.get_param("charset", "")
        return collapse_rfc2231_value(declared) if isinstance(declared, tuple) else str(declared or "")

    @property
    def attached(self) -> bool:
        """Declared as a file, whatever its type."""
        return str(self.head.get("Content-Disposition", "")).strip().lower().startswith("attachment")

    @property
    def is_mail(self) -> bool:
        """A whole mail stands inside."""
        return self.kind in MAILS

    @property
    def whole(self) -> bool:
        """Multipart in name, yet not taken apart: too deep."""
        return self.depth >= DEEPEST and (self.is_mail or self.head.get_content_maintype() == "multipart")

    def content(self) -> bytes:
        """The bytes of the part; an encoding that is broken is read as far as it goes."""
        if self.encoding == "base64":
            return words.lenient_base64(self.body)
        if self.encoding == "quoted-printable":
            return words.lenient_quoted_printable(self.body)
        if self.encoding in ENCODINGS:
            return _uudecode(self.body)
        return self.body

    def field_lines(self, name: str) -> list[str]:
        """Every field of that name as it stands, undeclared letters and all."""
        return [str(value) for key, value in self.head.raw_items() if key.lower() == name.lower()]

    def file_name(self) -> str:
        """The name of a file: by RFC 2231, by RFC 2047 where that is forbidden, or in bare letters of any kind."""
        for header, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
            name = _parameter(next(iter(self.field_lines(header)), ""), header, parameter)
            if name:
                return name
        return ""

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in their order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


def parse(raw: bytes) -> Part:
    """Take a mail apart without recursion; raises `TooManyParts`. What is nested too deep stays whole."""
    mail = top(raw)
    waiting, count = [mail], 1
    while waiting:
        part = waiting.pop()
        if part.depth >= DEEPEST:
            continue
        for piece in _inside(part):
            inner = _part(piece, part.depth + 1)
            if part.kind == "multipart/digest":
                inner.head.set_default_type("message/rfc822")
            part.parts.append(inner)
            count += 1
            if count > MOST_PARTS:
                msg = f"more than {MOST_PARTS} parts"
                raise TooManyParts(msg)
        waiting.extend(part.parts)
    return mail


def top(raw: bytes) -> Part:
    """The head of a mail and all below it as one piece."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return _part(raw, 0)


def _part(raw: bytes, depth: int) -> Part:
    envelope = ENVELOPE.match(raw) if depth == 0 else None
    start = envelope.end() if envelope else 0
    if depth == 0 and not envelope:
        start = len(raw) - len(raw.lstrip(b"\r\n\x00 \t\xef\xbb\xbf"))
    match = HEAD.match(raw, start)
    end = match.end() if match else start
    head = raw[start : min(end, start + LONGEST_HEAD)].replace(b"\x00", b"")
    blank = BLANK.match(raw, end)
    head = BEFORE_COLON.sub(rb"\1:", STRAY.sub(b" ", head))
    parsed = BytesHeaderParser(policy=policy.compat32).parsebytes(head + b"\n")
    return Part(raw, parsed, raw[blank.end() if blank else end :], depth)


def _inside(part: Part) -> Iterator[bytes]:
    if part.is_mail:
        yield part.content()
    elif part.head.get_content_maintype() == "multipart":
        boundary = part.head.get_boundary()
        if boundary:
            yield from _split(part.body, boundary.encode("utf-8", "surrogateescape"))


def _split(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the lines of a boundary; the line end before each belongs to it (RFC 2046, 5.1.1)."""
    mark, start, at = b"--" + boundary, -1, -1
    while (at := body.find(mark, at + 1)) >= 0:
        tail = AFTER_BOUNDARY.match(body, at + len(mark))
        if tail is None or (at > 0 and body[at - 1] != ord("\n")):
            continue
        if start >= 0:
            end = at - 2 if body[at - 2 : at] == b"\r\n" else at - 1
            yield body[start : max(end, start)]
        start = tail.end()
        if tail[1]:
            return
    if 0 <= start < len(body):
        # The last boundary is missing: the mail was cut off, or its program forgot it.
        yield body[start:]


def _uudecode(body: bytes) -> bytes:
    found = []
    for line in body.splitlines():
        if line.startswith((b"begin ", b"end", b"`")) or not line.strip():
            continue
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some programs count the bytes of a line wrongly: the length is told anew from its first letter.
            size = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                found.append(binascii.a2b_uu(line[:size]))
            except binascii.Error:
                continue
    return b"".join(found)


def _parameter(line: str, header: str, parameter: str) -> str:
    probe = Message()
    # Bare letters travel as one character a byte, so that they can be read once the name is cut out.
    latin = line.encode("utf-8", "surrogateescape").decode("latin-1")
    probe[header] = latin.replace("\r", "").replace("\n", "")
    joined = _joined(str(probe[header]), parameter)
    found = joined if joined is not None else probe.get_param(parameter, "", header=header)
    if isinstance(found, tuple):
        declared, _, text = found
        return words.decode(str(text).encode("latin-1", "replace"), str(declared or ""))
    if not found:
        return ""
    name = words.header(str(found).encode("latin-1", "replace").decode("ascii", "surrogateescape"))
    if re.match(r"(?i)(utf-8|tis-620|windows-874)''", name):
        declared, _, text = name.partition("''")
        name = words.decode(unquote_to_bytes(text), declared)
    return name


def _joined(line: str, parameter: str) -> tuple[str, str, str] | None:
    """A value in pieces (RFC 2231, 3), joined before it is read: a piece may end inside the spelling of a letter."""
    found = re.findall(rf"(?i);\s*{parameter}\*(\d{{1,3}})\*=([^;\s]*)", line)
    if len(found) <= 1:
        return None
    whole = "".join(text for _, text in sorted(found, key=lambda piece: int(piece[0])))
    declared, _, spelt = whole.partition("'")
    return declared, "", unquote_to_bytes(spelt.partition("'")[2]).decode("latin-1")
