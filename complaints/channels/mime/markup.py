"""HTML to plain words: blocks become lines, quotations get their mark, a link keeps its address."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
BLOCKS = frozenset({"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "pre"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.quoted = 0
        self.silent = 0
        self.link = ""
        self.said = ""

    def _new_line(self, *, blank: bool = False) -> None:
        if self.lines[-1].strip("> ") or blank:
            self.lines.append("> " * self.quoted)
        else:
            self.lines[-1] = "> " * self.quoted

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent += tag != "head"
        elif tag == "blockquote":
            self.quoted = min(self.quoted + 1, 20)
            self._new_line()
        elif tag == "br":
            self._new_line(blank=True)
        elif tag in BLOCKS or tag == "li":
            self._new_line()
            self.lines[-1] += "- " if tag == "li" else ""
        elif tag == "a":
            self.link, self.said = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(self.silent - (tag != "head"), 0)
        elif tag == "blockquote":
            self.quoted = max(self.quoted - 1, 0)
            self._new_line()
        elif tag == "p":
            self._new_line()
            self._new_line(blank=True)
        elif tag in BLOCKS:
            self._new_line()
        elif tag == "a" and self.link:
            if self.link.startswith(("http://", "https://")) and self.link.rstrip("/") not in self.said:
                self.lines[-1] += f" ({self.link})"
            self.link = ""

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        words = re.sub(r"[ \t\n\r\f\xa0]+", " ", data)
        self.said += words if self.link else ""
        line = self.lines[-1]
        self.lines[-1] += words.lstrip() if not line.strip("> ") else words


def to_text(markup: str) -> str:
    """The words of a page as a person would read them aloud."""
    walker = _Words()
    walker.feed(markup)
    walker.close()
    text = "\n".join(line.rstrip() for line in walker.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
