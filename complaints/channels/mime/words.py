"""Bytes to words: what a mail says of its own letters is a hint, never a proof."""

from __future__ import annotations

import base64
import binascii
import quopri
import re

THAI_SINGLE = "cp874"
THAI_NAMES = frozenset({"tis-620", "tis620", "windows-874", "cp874", "x-windows-874", "iso-8859-11", "iso8859-11"})
# Written in ASCII bytes only: nothing but the declaration tells that they are there.
SHIFTING = ("iso-2022-", "utf-7", "hz")
UTF8_THAI = re.compile(rb"\xe0[\xb8-\xb9][\x80-\xbf]")
HIGH = re.compile(rb"[\x80-\xff]")
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
TWICE = re.compile("à[\u00b8\u00b9][\u0080-\u00bf]")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ud800-\udfff]")
ENCODED = re.compile(r"=\?([^?*\s]+)(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
BETWEEN = re.compile(r"(\?=)\s+(?==\?)")
PADDED_LINE = re.compile(rb"[ \t]+(\r?\n|\Z)")
SPELT = re.compile(rb"=(?:([0-9A-Fa-f]{2})|\r?\n|\Z)")
PIECE = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
MOSTLY = 0.6


def decode(content: bytes, declared: str = "") -> str:
    """The words in bytes, whatever they were declared to be; line by line where one line is not like the others."""
    for mark, charset in MARKS:
        if content.startswith(mark):
            return clean(content.decode(charset, "replace"))
    name = declared.strip().strip("\"'").lower()
    if name.startswith(SHIFTING) or (name.startswith("utf-16") and b"\x00" in content):
        return clean(_try(content, name) or content.decode("ascii", "replace"))
    whole = _try(content, "utf-8")
    if whole is not None:
        return clean(_once(whole))
    return clean(_once("".join(_line(line, name) for line in content.splitlines(keepends=True))))


def _line(line: bytes, declared: str) -> str:
    as_utf8 = _try(line, "utf-8")
    if as_utf8 is not None:
        return as_utf8
    high = len(HIGH.findall(line))
    if 3 * len(UTF8_THAI.findall(line)) >= MOSTLY * high:
        # UTF-8 that was cut inside a letter: the rest of it is whole.
        return line.decode("utf-8", "replace")
    if declared and declared not in THAI_NAMES | {"utf-8", "us-ascii"} and not declared.startswith("iso-8859-1"):
        found = _try(line, declared)
        if found is not None:
            return found
    thai = line.decode(THAI_SINGLE, "replace")
    if sum("\u0e01" <= letter <= "\u0e5b" for letter in thai) >= MOSTLY * high and _neighbours(line):
        return thai
    if declared in THAI_NAMES:
        return thai
    return line.decode("cp1252", "replace")


def _neighbours(line: bytes) -> bool:
    """Thai letters stand side by side; accents of Western words stand alone."""
    return re.search(rb"[\xa1-\xfb]{2}", line) is not None


def _try(content: bytes, charset: str) -> str | None:
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None


def _once(text: str) -> str:
    """Thai that was taken for Western letters and written as UTF-8 once more."""
    if not TWICE.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def clean(text: str) -> str:
    """Without what no page shows and no database takes; one kind of line end."""
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def header(value: str) -> str:
    """A header's words: neighbours in one encoding are joined before they are read, as a letter may be cut between."""
    raw = value.encode("utf-8", "surrogateescape")
    if not raw.isascii():
        value = decode(raw)
    value = BETWEEN.sub(r"\1", re.sub(r"\r?\n[ \t]?", " ", value))
    said, end, held, charset = [], 0, b"", ""
    for word in ENCODED.finditer(value):
        if held and (value[end : word.start()] or word[1].lower() != charset):
            said.append(decode(held, charset))
            held = b""
        said.append(value[end : word.start()])
        charset, end = word[1].lower(), word.end()
        held += _unwrap(word[2], word[3])
    if held:
        said.append(decode(held, charset))
    said.append(value[end:])
    return clean("".join(said)).replace("\n", " ").strip()


def _unwrap(kind: str, text: str) -> bytes:
    plain = text.encode("utf-8", "replace")
    if kind in "qQ":
        return quopri.decodestring(plain.replace(b" ", b"_"), header=True)
    return lenient_base64(plain)


def lenient_quoted_printable(text: bytes) -> bytes:
    """Quoted-printable; an equals sign that spells nothing stands for itself."""
    unpadded = PADDED_LINE.sub(rb"\1", text)
    return SPELT.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else b"", unpadded)


def lenient_base64(text: bytes) -> bytes:
    """Base64 as far as it goes: foreign letters are passed over, an end that is missing is made up.

    Padding ends a piece. Another piece may follow; a line after it that is none (a mailing list's foot) ends it all.
    """
    whole = re.sub(rb"[^A-Za-z0-9+/=]", b"", text)
    if b"=" not in whole.rstrip(b"="):
        return _piece(whole)
    found: list[bytes] = []
    held = b""
    for line in text.splitlines():
        bare = line.strip()
        if found and not held and bare and (len(bare) % 4 or PIECE.fullmatch(bare) is None):
            break
        held += re.sub(rb"[^A-Za-z0-9+/=]", b"", bare)
        if held.endswith(b"="):
            found.append(_piece(held))
            held = b""
    return b"".join((*found, _piece(held)))


def _piece(letters: bytes) -> bytes:
    bare = letters.replace(b"=", b"")
    if len(bare) % 4 == 1:
        bare = bare[:-1]
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return b""
