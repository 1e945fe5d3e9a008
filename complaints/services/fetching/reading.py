"""What a page says of itself: whether it is one, its title, where it sends its readers by itself."""

from __future__ import annotations

import codecs
import html
import re

PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
# Beginnings only, and bounded repetitions: a hostile page costs no more than an honest one.
BEGINNING = 256 * 1024
TITLE = re.compile(r"<title(?:\s[^>]{0,200})?>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
META = re.compile(r"<meta\s([^>]{0,1000})>", re.IGNORECASE)
REFRESH = re.compile(r"http-equiv\s{0,9}=\s{0,9}[\"']?refresh\b", re.IGNORECASE)
CONTENT = re.compile(r"content\s{0,9}=\s{0,9}(?:\"([^\"]{0,900})\"|'([^']{0,900})')", re.IGNORECASE)
CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([a-z0-9_-]{1,40})", re.IGNORECASE)
LONGEST_TITLE = 300
# As browsers read it: Thai pages that name the older standard are written in Microsoft's larger set.
NAMES = {"tis-620": "cp874", "tis620": "cp874", "iso-8859-11": "cp874", "windows-874": "cp874"}


def is_page(media_type: str) -> bool:
    """Is the declared type that of a page; browsers look for one, too, where nothing is declared."""
    plain = media_type.partition(";")[0].strip().lower()
    return not plain or plain in PAGES


def words(body: bytes, media_type: str) -> str:
    """The beginning of a page as text, by the letters it says it is written in, else UTF-8."""
    start = body[:BEGINNING]
    named = CHARSET.search(media_type) or CHARSET.search(start[:4096].decode("latin-1"))
    name = named[1].lower() if named else "utf-8"
    try:
        reader = codecs.lookup(NAMES.get(name, name))
        return start.decode(reader.name, "replace")
    except (LookupError, ValueError):
        return start.decode("utf-8", "replace")


def title(text: str) -> str:
    """The page's title in one line; empty without one."""
    found = TITLE.search(text)
    plain = html.unescape(found[1]) if found else ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())[:LONGEST_TITLE]


def refresh(text: str) -> str:
    """Where the page sends its readers by itself; empty if it does not."""
    for meta in META.finditer(text):
        if REFRESH.search(meta[1]) and (content := CONTENT.search(meta[1])):
            return html.unescape(content[1] or content[2] or "")[:LONGEST_TITLE]
    return ""
