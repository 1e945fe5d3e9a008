"""winmail.dat: what Outlook wraps a mail into when it takes the reader for Outlook (MS-OXTNEF), unpacked.

The reader believes no length that it is told: every value is cut out of what is really there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from complaints.channels.mime import rtf, words

SIGNATURE = b"\x78\x9f\x3e\x22"
DEEPEST = 5
MOST_FILES = 500
# Attributes by their number (MS-OXTNEF 2.1.3.1).
BODY, MAPI, CODEPAGE = 0x0002800C, 0x00069003, 0x00069007
RENDERING, TITLE, DATA, ATTACHMENT = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
# Properties (MS-OXPROPS): their names are PidTag... there.
SUBJECT_TEXT, PLAIN, RTF, HTML = 0x0037, 0x1000, 0x1009, 0x1013
OBJECT, SHORT_NAME, LONG_NAME, DISPLAY_NAME, MIME, CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x3001, 0x370E, 0x3712
FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 0x14: 8, 0x40: 8, 0x48: 16}
ANSI, UNICODE, EMBEDDED, BINARY = 0x1E, 0x1F, 0x0D, 0x102
VARIABLE = frozenset({ANSI, UNICODE, EMBEDDED, BINARY})
MANY = 0x1000
FIRST_NAMED = 0x8000


@dataclass(slots=True)
class File:
    """One attachment as it was put in."""

    name: str = ""
    content: bytes = b""
    media_type: str = ""
    inline: bool = False


@dataclass(slots=True)
class Unpacked:
    """What was inside: the words, best kind first, and the files."""

    plain: str = ""
    page: str = ""
    rich: str = ""
    files: list[File] = field(default_factory=list)


@dataclass(slots=True)
class _Value:
    kind: int
    content: bytes


def is_tnef(content: bytes) -> bool:
    """Whether the bytes begin like such a file."""
    return content.startswith(SIGNATURE)


def unpack(content: bytes, depth: int = 0) -> Unpacked:
    """Everything that can be made out; nothing where the bytes are something else."""
    found = Unpacked()
    if not is_tnef(content):
        return found
    charset, attached = "", False
    at = 6
    while at + 9 <= len(content):
        level, number, size = struct.unpack_from("<BII", content, at)
        data = content[at + 9 : at + 9 + size]
        at += 9 + size + 2
        if level not in {1, 2}:
            break
        if number == CODEPAGE and len(data) >= 4:  # noqa: PLR2004 - a number of four bytes
            charset = f"cp{struct.unpack_from('<I', data)[0]}"
        elif number == RENDERING and len(found.files) < MOST_FILES:
            attached = True
            found.files.append(File())
        elif attached:
            _of_file(number, data, charset, found, depth)
        else:
            _of_mail(number, data, charset, found)
    found.files = [file for file in found.files if file.content or file.name]
    return found


def _of_mail(number: int, data: bytes, charset: str, found: Unpacked) -> None:
    if number == BODY:
        found.plain = found.plain or words.decode(data.rstrip(b"\x00"), charset)
    elif number == MAPI:
        values = _values(data)
        if PLAIN in values:
            found.plain = _text(values[PLAIN], charset) or found.plain
        if HTML in values:
            found.page = words.decode(values[HTML].content.rstrip(b"\x00"), charset)
        if RTF in values:
            found.rich = rtf.to_text(rtf.decompress(values[RTF].content))


def _of_file(number: int, data: bytes, charset: str, found: Unpacked, depth: int) -> None:
    file = found.files[-1]
    if number == TITLE:
        file.name = file.name or words.decode(data.rstrip(b"\x00"), charset).strip()
    elif number == DATA:
        file.content = data
    elif number == ATTACHMENT:
        values = _values(data)
        for name in (LONG_NAME, SHORT_NAME, DISPLAY_NAME):
            if name in values and (said := _text(values[name], charset).strip()):
                file.name = said
                break
        file.media_type = _text(values[MIME], charset) if MIME in values else ""
        file.inline = CONTENT_ID in values
        if OBJECT in values:
            _embed(values[OBJECT], found, depth)


def _embed(value: _Value, found: Unpacked, depth: int) -> None:
    """A mail within the mail: its words and files are taken out as well."""
    file = found.files[-1]
    # An embedded object is told by sixteen bytes in front of it.
    content = value.content[16:] if value.kind == EMBEDDED else value.content
    if not file.content or is_tnef(content):
        file.content = content
    if is_tnef(content) and depth < DEEPEST:
        inner = unpack(content, depth + 1)
        said = inner.plain or inner.rich
        if said:
            found.files.append(File(f"{file.name or 'mail'}.txt", said.encode(), "text/plain"))
        found.files += inner.files[: MOST_FILES - len(found.files)]
        # What follows belongs to the attachment itself again: it is the last one.
        found.files.remove(file)
        found.files.append(file)


def _text(value: _Value, charset: str) -> str:
    if value.kind == UNICODE:
        return words.clean(value.content.decode("utf-16-le", "replace").rstrip("\x00"))
    return words.decode(value.content.rstrip(b"\x00"), charset)


def _values(data: bytes) -> dict[int, _Value]:
    """The first value of each property; reading ends where something is not understood."""
    found: dict[int, _Value] = {}
    try:
        (count,) = struct.unpack_from("<I", data)
        at = 4
        for _ in range(min(count, 5000)):
            kind, number = struct.unpack_from("<HH", data, at)
            at += 4
            if number >= FIRST_NAMED:
                at = _past_name(data, at)
            values, at = _value(data, at, kind)
            if values and number not in found:
                found[number] = _Value(kind & ~MANY, values[0])
    except (struct.error, LookupError):
        pass
    return found


def _past_name(data: bytes, at: int) -> int:
    (by_name,) = struct.unpack_from("<I", data, at + 16)
    at += 20
    (size,) = struct.unpack_from("<I", data, at)
    return at + 4 + (_padded(size) if by_name else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    bare, count = kind & ~MANY, 1
    if kind & MANY or bare in VARIABLE:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    found = []
    for _ in range(min(count, 5000)):
        if bare in VARIABLE:
            (size,) = struct.unpack_from("<I", data, at)
            at += 4
            found.append(data[at : at + size])
            at += _padded(size)
        else:
            size = FIXED[bare]
            found.append(data[at : at + size])
            at += size
    return found, at


def _padded(size: int) -> int:
    return size + -size % 4
