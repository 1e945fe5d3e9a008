"""The name under which a file is shown and saved: Thai letters kept, nothing that could be misread."""

from __future__ import annotations

import re
import unicodedata

SAFE_NAME = re.compile(r"[^\w.\-() \u0E00-\u0E7F]+")
LONGEST = 120
STEM, ENDING = 110, 9
# Names that one system or another takes for a device or a setting of its folder.
DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d|desktop\.ini|\.htaccess)(\.|$)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """The last part of a name, Thai letters kept, without anything a file system or a header could misread.

    At most 120 characters: readable in a list, and below every file system's limit in Thai letters of three bytes.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    cleaned = SAFE_NAME.sub("_", last).strip(" .")
    if DEVICE.match(cleaned):
        cleaned = f"_{cleaned}"
    stem, dot, ending = cleaned.rpartition(".")
    if dot and len(cleaned) > LONGEST:
        cleaned = f"{stem[:STEM]}.{ending[:ENDING]}"
    return cleaned[:LONGEST] or "file"
