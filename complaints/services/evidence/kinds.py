"""What may come in: kinds told by a file's inside, never by its name, and the limits of size and number."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import puremagic
from PIL import Image

from complaints.domain.errors import FileRefused
from complaints.services.evidence.archives import Bomb, parts_of

if TYPE_CHECKING:
    from config import Settings

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OPEN_DOCUMENTS = {
    f"application/vnd.oasis.opendocument.{name}": (ending,)
    for name, ending in (("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp"))
}
CHAT_ARCHIVE = "application/x-chat-archive"
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
# Groups that an operator may take or leave -> sniffed type -> the endings under which it may come.
# What is not here is refused.
KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "image": {
        "image/jpeg": ("jpg", "jpeg", "jfif"),
        "image/png": ("png",),
        "image/gif": ("gif",),
        "image/webp": ("webp",),
        "image/heic": ("heic", "heif"),
    },
    "pdf": {"application/pdf": ("pdf",)},
    "office": {WORD: ("docx",), EXCEL: ("xlsx",), SLIDES: ("pptx",), **OPEN_DOCUMENTS},
    "audio": {
        "audio/mpeg": ("mp3",),
        "audio/mp4": ("m4a",),
        "audio/ogg": ("ogg", "oga", "opus"),
        "audio/x-wav": ("wav",),
        "audio/amr": ("amr",),
    },
    "video": {
        "video/mp4": ("mp4", "m4v", "mov", "3gp"),
        "video/quicktime": ("mov",),
        "video/webm": ("webm",),
    },
    "text": {"text/plain": ("txt", "csv", "log", "json"), CHAT_ARCHIVE: ("zip",)},
}
ALL_KINDS = frozenset(KINDS)
PICTURES = frozenset(KINDS["image"])
# The largest picture that is drawn, in pixels: a telephone of 50 megapixels passes.
MAX_PIXELS = 60_000_000
# What the drawing library raises on bytes that are not what their head says.
UNREADABLE = (OSError, EOFError, ValueError, TypeError, LookupError, SyntaxError, struct.error)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many files a case takes at once, how large, in bytes, and of which kinds."""

    files: int
    file_bytes: int
    total_bytes: int
    kinds: frozenset[str] = ALL_KINDS


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came; `key` says where the store holds it already."""

    name: str
    content: bytes
    key: str = ""


def limits_of(settings: Settings, times: int = 1) -> Limits:
    """What one sending may bring; `times` as much for all that a case gathers."""
    return Limits(
        settings.max_files * times,
        settings.max_file_bytes,
        settings.max_total_bytes * times,
        frozenset(words_of(settings.file_kinds)),
    )


def words_of(setting: str) -> list[str]:
    """The kinds named in a setting, in their own order; raises `ValueError` naming a word that is no kind."""
    words = {word.strip().lower() for word in setting.split(",") if word.strip()}
    if words - ALL_KINDS:
        msg = ", ".join(sorted(words - ALL_KINDS))
        raise ValueError(msg)
    return [kind for kind in KINDS if kind in words]


def check(upload: Upload, limits: Limits) -> str:
    """The sniffed type of an acceptable file; raises `FileRefused` with the reason.

    Only heads are read here, nothing is drawn or unpacked: a flood or a bomb is known by what it declares.
    """
    if not upload.content:
        raise FileRefused("files", name=upload.name, reason="empty")
    if len(upload.content) > limits.file_bytes:
        raise FileRefused("files", name=upload.name, reason="too_large", limit=limits.file_bytes // 2**20)
    try:
        sniffed = _sniffed(upload.content)
    except Bomb:
        raise FileRefused("files", name=upload.name, reason="bomb") from None
    endings = {media_type: ends for kind in limits.kinds for media_type, ends in KINDS[kind].items()}
    taken = [media_type for media_type in sniffed if media_type in endings]
    ending = upload.name.rpartition(".")[2].lower()
    for media_type in taken:
        if ending in endings[media_type]:
            _check_pixels(upload, media_type)
            return media_type
    raise FileRefused("files", name=upload.name, reason="not_what_it_says" if taken else "kind")


def _check_pixels(upload: Upload, media_type: str) -> None:
    """Refuse a picture whose head declares a flood of pixels; one of Apple's is measured where it is drawn."""
    if media_type not in PICTURES or media_type == "image/heic":
        return
    try:
        with Image.open(io.BytesIO(upload.content)) as picture:
            size = picture.width * picture.height
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        size = MAX_PIXELS + 1
    except UNREADABLE:
        raise FileRefused("files", name=upload.name, reason="damaged") from None
    if size > MAX_PIXELS:
        raise FileRefused("files", name=upload.name, reason="too_many_pixels")


def _sniffed(content: bytes) -> list[str]:
    """The types that the content can be. What telephones and offices make is told apart by its inside."""
    if content[4:8] == b"ftyp":
        return _in_media_container(content)
    if content.startswith(b"PK\x03\x04"):
        return _in_archive(content)
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return ["video/webm"] if b"webm" in content[:64] else []
    if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return ["audio/amr"]
    if _is_mp3_frame(content):
        return ["audio/mpeg"]
    found: list[str] = []
    try:
        found = [match.mime_type for match in puremagic.magic_string(content) if match.mime_type]
    except (puremagic.PureError, ValueError):
        found = []
    if not any(kind in known for kind in found for known in KINDS.values()) and text_of(content) is not None:
        found = ["text/plain"]
    return found


def _in_media_container(content: bytes) -> list[str]:
    brand = content[8:12]
    if brand in HEIC_BRANDS:
        return ["image/heic"]
    if brand == b"qt  ":
        return ["video/quicktime"]
    # A recorder's voice memo may come in the same container as a film.
    return ["audio/mp4"] if brand in {b"M4A ", b"M4B "} else ["video/mp4", "audio/mp4"]


def _in_archive(content: bytes) -> list[str]:
    """A document by its parts, or a chat as a telephone exports it; one that holds a macro or a program is none."""
    parts = parts_of(content)
    if any(part.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".scr")) for part in parts):
        return []
    if "[Content_Types].xml" in parts:
        named = (("word/document.xml", WORD), ("xl/workbook.xml", EXCEL), ("ppt/presentation.xml", SLIDES))
        return [kind for part, kind in named if part in parts]
    # An open document names itself in its first part, which is stored as it is.
    own = content[38:120].partition(b"PK")[0].decode("ascii", "replace")
    if "mimetype" in parts and own in OPEN_DOCUMENTS:
        return [own]
    return [CHAT_ARCHIVE] if any(_is_chat(part) for part in parts) else []


def _is_chat(part: str) -> bool:
    return part == "_chat.txt" or (part.startswith("WhatsApp Chat") and part.endswith(".txt") and "/" not in part)


def _is_mp3_frame(content: bytes) -> bool:
    """Eleven set bits, then MPEG 1, 2 or 2.5, layer III."""
    head = int.from_bytes(content[:2], "big")
    return head & 0xFFE6 == 0xFFE2 and head & 0x18 != 0x08  # noqa: PLR2004 - the format's own bits


def text_of(content: bytes) -> str | None:
    """The words of a text in UTF-8, UTF-16 with its mark, or the old Thai code page; None for anything else."""
    codes = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp874"]
    for code in codes:
        try:
            text = content.decode(code)
        except UnicodeDecodeError:
            continue
        if not any(letter < " " and letter not in "\t\r\n\f" for letter in text):
            return None if text.lstrip().startswith("<") else text
    return None
