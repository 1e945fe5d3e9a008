"""Rich text to plain words: as much of RTF as mails of Outlook hold (MS-OXRTFCP for the packing)."""

from __future__ import annotations

import re
import struct

from complaints.channels.mime import words

# What every packed text begins with in the packer's memory (MS-OXRTFCP 2.2.1).
START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0"
    b"\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
PACKED, PLAIN = b"LZFu", b"MELA"
WINDOW = 4096
LARGEST = 8 * 1024 * 1024
TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
UNHEARD = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"header", b"footer"}
)
SIGNS = {b"~": " ", b"_": "-", b"\r": "\n", b"\n": "\n"}
ENDS = {b"par": "\n", b"line": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t", b"emdash": "—", b"endash": "–",
        b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"}  # fmt: skip


def decompress(packed: bytes) -> bytes:
    """The text of a packed one, at most 8 MB; what is cut off is read as far as it goes."""
    if len(packed) < 16:  # noqa: PLR2004 - the head's length
        return b""
    size = min(struct.unpack_from("<I", packed, 4)[0], LARGEST)
    if packed[8:12] == PLAIN:
        return packed[16 : 16 + size]
    if packed[8:12] != PACKED:
        return b""
    window, write = bytearray(START.ljust(WINDOW, b"\x00")), len(START)
    out, at = bytearray(), 16
    while at < len(packed) and len(out) < size:
        control = packed[at]
        at += 1
        for bit in range(8):
            if at >= len(packed) or len(out) >= size:
                break
            if not control >> bit & 1:
                run = packed[at : at + 1]
                at += 1
            else:
                word = int.from_bytes(packed[at : at + 2], "big")
                at += 2
                read, length = word >> 4, (word & 15) + 2
                if read == write:
                    return bytes(out)
                run = _run(window, read, write, length)
            for byte in run:
                window[write] = byte
                write = (write + 1) % WINDOW
            out += run
    return bytes(out[:size])


def _run(window: bytearray, read: int, write: int, length: int) -> bytes:
    """A piece of what was before; it may reach into what it is writing itself."""
    run = bytearray()
    for step in range(length):
        place = (read + step) % WINDOW
        ahead = (place - write) % WINDOW
        run.append(run[ahead] if ahead < len(run) else window[place])
    return bytes(run)


class _Reader:
    """Walks through the marks; `skip` counts the letters that stand in for one told by its number."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.bytes = b""
        self.charset = "cp1252"
        self.unheard = [False]
        self.stand_ins = [1]
        self.skip = 0
        self.fresh = False

    def flush(self) -> None:
        if self.bytes:
            self.said.append(words.decode(self.bytes, self.charset))
            self.bytes = b""

    def say(self, text: str) -> None:
        if not self.unheard[-1]:
            self.flush()
            self.said.append(text)

    def letters(self, raw: bytes) -> None:
        passed = min(self.skip, len(raw))
        self.skip -= passed
        if not self.unheard[-1]:
            self.bytes += raw[passed:]

    def group(self, mark: bytes) -> None:
        self.skip = 0
        if mark == b"{":
            self.unheard.append(self.unheard[-1])
            self.stand_ins.append(self.stand_ins[-1])
        elif len(self.unheard) > 1:
            self.flush()
            self.unheard.pop()
            self.stand_ins.pop()

    def word(self, name: bytes, number: int | None) -> None:
        if name in UNHEARD:
            self.flush()
            self.unheard[-1] = True
        elif name in ENDS:
            self.say(ENDS[name])
        elif name == b"ansicpg" and number:
            self.charset = f"cp{number}"
        elif name == b"uc":
            self.stand_ins[-1] = min(max(number or 0, 0), 100)
        elif name == b"u" and number is not None:
            self.say(chr(number % 0x10000))
            self.skip = self.stand_ins[-1]

    def sign(self, mark: bytes) -> None:
        if mark == b"*":
            self.unheard[-1] = True
        elif mark in {b"\\", b"{", b"}"}:
            self.letters(mark)
        elif mark in SIGNS:
            self.say(SIGNS[mark])


def to_text(rich: bytes) -> str:
    """The words of a rich text; empty where it is none."""
    if not rich.lstrip().startswith(b"{\\rtf"):
        return ""
    reader = _Reader()
    for token in TOKEN.finditer(rich):
        name, number, code, sign, brace, plain = token.groups()
        if name:
            reader.word(name, int(number) if number else None)
        elif code:
            reader.letters(bytes([int(code, 16)]))
        elif sign:
            reader.sign(sign)
        elif brace:
            reader.group(brace)
        elif plain:
            reader.letters(plain)
    reader.flush()
    text = "".join(reader.said).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return re.sub(r"\n{3,}", "\n\n", words.clean(text)).strip()
