"""Archives: what they hold, and whether they are bombs."""

from __future__ import annotations

import io
import zipfile

MAX_PARTS = 5_000
# What an archive may become, in bytes, and from where on it it must not have shrunk four-hundredfold.
MAX_UNPACKED = 400 * 2**20
SUSPECT_FROM = 20 * 2**20
MAX_SHRUNK = 400
PIECE = 2**20


class Bomb(ValueError):  # noqa: N818 - reads as the thing it is
    """The archive would unpack to far more than anybody can want."""


def parts_of(content: bytes) -> set[str]:
    """The names inside; none when it cannot be read. Raises `Bomb` by what the archive declares of itself."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return set()
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    # Parts that share their bytes are larger together than the file that holds them.
    if len(entries) > MAX_PARTS or packed > len(content) or _is_too_much(unpacked, len(content)):
        raise Bomb
    return {entry.filename for entry in entries}


def unpack_to_nothing(content: bytes) -> None:
    """Unpack every part and throw it away, for declared sizes may lie; raises `Bomb`.

    A part that is damaged or locked is left alone: it harms nobody.
    """
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                # The library stops at the declared size: ask for what is really there.
                entry.file_size = MAX_UNPACKED + 1
                with archive.open(entry) as part:
                    while piece := part.read(PIECE):
                        total += len(piece)
                        if _is_too_much(total, len(content)):
                            raise Bomb
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        return


def _is_too_much(unpacked: int, packed: int) -> bool:
    return unpacked > MAX_UNPACKED or (unpacked > SUSPECT_FROM and unpacked > packed * MAX_SHRUNK)
