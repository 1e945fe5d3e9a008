"""Evidence: the original kept sealed with hash, size and sniffed type; what is shown is a copy without hidden data."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import unicodedata
import uuid
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import puremagic
from PIL import Image

from complaints.domain.errors import FileRefused
from complaints.domain.message import Attachment

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from complaints.domain.case import Case
    from complaints.domain.message import Draft

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
# Sniffed type -> the endings under which it may come. What is not here is refused.
ALLOWED: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/pdf": ("pdf",),
    "video/mp4": ("mp4", "m4v", "mov", "3gp"),
    "video/quicktime": ("mov",),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a",),
    "audio/ogg": ("ogg", "oga"),
    "audio/x-wav": ("wav",),
    WORD: ("docx",),
    EXCEL: ("xlsx",),
    "text/plain": ("txt", "csv", "log"),
}
SHOWN_AS_IMAGE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
# What the drawing library raises on bytes that are not what their head says.
UNREADABLE = (OSError, EOFError, ValueError, TypeError, LookupError, SyntaxError, struct.error)
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
MAX_PIXELS = 60_000_000
SHOWN_SIDE = 1600
SAFE_NAME = re.compile(r"[^\w.\-() \u0E00-\u0E7F]+")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many files a case takes at once and how large, in bytes."""

    files: int
    file_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


def keep_files(
    session: Session,
    uploads: list[Upload],
    limits: Limits,
    folder: Path,
    now: datetime,
    *,
    draft: Draft | None = None,
    case: Case | None = None,
    role: str = "complainant",
    have: list[Attachment] | None = None,
) -> list[Attachment]:
    """Check and store files; on the first that cannot be taken raise `FileRefused` naming it, and keep none."""
    present = have or []
    if len(present) + len(uploads) > limits.files:
        raise FileRefused("files", name=uploads[-1].name, reason="too_many", limit=limits.files)
    total = sum(file.size for file in present)
    checked = []
    for upload in uploads:
        media_type = inspect(upload, limits)
        total += len(upload.content)
        if total > limits.total_bytes:
            raise FileRefused("files", name=upload.name, reason="too_large_together", limit=limits.total_bytes // 2**20)
        # Drawn before anything is stored: a damaged picture leaves nothing of itself or of its neighbours on the disk.
        checked.append((upload, media_type, _shown_copy(upload, media_type)))
    kept = []
    for upload, media_type, shown in checked:
        kept.append(_store(upload, media_type, shown, folder, now, role))
        kept[-1].draft_id = draft.id if draft else None
        kept[-1].case_id = case.id if case else None
        session.add(kept[-1])
    session.flush()
    return kept


def inspect(upload: Upload, limits: Limits) -> str:
    """The sniffed type of an acceptable file; raises `FileRefused` with the reason."""
    if not upload.content:
        raise FileRefused("files", name=upload.name, reason="empty")
    if len(upload.content) > limits.file_bytes:
        raise FileRefused("files", name=upload.name, reason="too_large", limit=limits.file_bytes // 2**20)
    ending = upload.name.rpartition(".")[2].lower()
    taken = [media_type for media_type in _sniffed(upload.content) if media_type in ALLOWED]
    for media_type in taken:
        if ending in ALLOWED[media_type]:
            return media_type
    raise FileRefused("files", name=upload.name, reason="not_what_it_says" if taken else "kind")


def _sniffed(content: bytes) -> list[str]:
    """The types that the content can be. What telephones and offices make is told apart by its inside."""
    if content[4:8] == b"ftyp":
        return _in_media_container(content)
    if content.startswith(b"PK\x03\x04"):
        return _in_archive(content)
    if _is_mp3_frame(content):
        return ["audio/mpeg"]
    found: list[str] = []
    try:
        found = [match.mime_type for match in puremagic.magic_string(content) if match.mime_type]
    except (puremagic.PureError, ValueError):
        found = []
    if not found and _is_text(content):
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
    """A document of Word or Excel by its parts; one that holds a macro is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return []
    if "[Content_Types].xml" not in parts or any(part.lower().endswith("vbaproject.bin") for part in parts):
        return []
    return [kind for part, kind in (("word/document.xml", WORD), ("xl/workbook.xml", EXCEL)) if part in parts]


def _is_mp3_frame(content: bytes) -> bool:
    """Eleven set bits, then MPEG 1, 2 or 2.5, layer III."""
    head = int.from_bytes(content[:2], "big")
    return head & 0xFFE6 == 0xFFE2 and head & 0x18 != 0x08  # noqa: PLR2004 - the format's own bits


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\x00" not in text and not text.lstrip().startswith("<")


def safe_name(name: str) -> str:
    """The last part of a name, Thai letters kept, without anything a file system or a header could misread."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    cleaned = SAFE_NAME.sub("_", last).strip(" .")
    stem, dot, ending = cleaned.rpartition(".")
    if dot and len(cleaned) > 120:  # noqa: PLR2004 - readable in a list, below every file system's limit
        cleaned = f"{stem[:110]}.{ending[:9]}"
    return cleaned[:120] or "file"


def _store(upload: Upload, media_type: str, shown: bytes | None, folder: Path, now: datetime, role: str) -> Attachment:
    key = f"{now:%Y/%m}/{uuid.uuid4().hex}"
    original = folder / "original" / key
    original.parent.mkdir(parents=True, exist_ok=True)
    original.write_bytes(upload.content)
    original.chmod(0o440)
    if shown is not None:
        copy = folder / "shown" / (key + ".webp")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(shown)
    return Attachment(
        file_name=safe_name(upload.name),
        media_type=media_type,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        stored_key=key,
        shown_key=f"{key}.webp" if shown else None,
        role=role,
        received_at=now,
    )


def _shown_copy(upload: Upload, media_type: str) -> bytes | None:
    """A picture turned upright and drawn anew, so that no camera data or hidden payload is left."""
    if media_type not in SHOWN_AS_IMAGE:
        return None
    try:
        picture = Image.open(io.BytesIO(upload.content))
        if picture.width * picture.height > MAX_PIXELS:
            raise FileRefused("files", name=upload.name, reason="too_many_pixels")
        upright = _turned(picture).convert("RGB")
        upright.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
        out = io.BytesIO()
        upright.save(out, "WEBP", quality=82)
        return out.getvalue()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise FileRefused("files", name=upload.name, reason="too_many_pixels") from None
    except UNREADABLE:
        raise FileRefused("files", name=upload.name, reason="damaged") from None


def _turned(picture: Image.Image) -> Image.Image:
    """As the camera was held; notes of the camera that cannot be read turn nothing."""
    try:
        turn = TURNS.get(int(picture.getexif().get(ORIENTATION, 1)))
    except UNREADABLE:
        turn = None
    return picture if turn is None else picture.transpose(turn)
