"""Papers: Thai on pages of A4, shaped by HarfBuzz and broken between words, as text that can be searched and copied."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from fpdf import FPDF

from complaints.web.lettering import FILES, LEADING, Pen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MARGIN = 50
TEXT, SMALL, HEADING, TITLE = 11, 8, 14, 20
INK, SOFT = (0x18, 0x22, 0x2F), (0x4A, 0x56, 0x65)
LABEL = 150


class Paper(FPDF):
    """Written from top to bottom; every page's foot names the paper and counts the pages."""

    def __init__(
        self, title: str, foot: str, made_at: datetime, margins: tuple[int, int, int] = (MARGIN, MARGIN, MARGIN)
    ) -> None:
        """The same words at the same moment make the same file; `margins` are left, top and right."""
        super().__init__(unit="pt", format="A4")
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font("Sarabun", style, str(FILES / f"Sarabun-{name}.ttf"))
        self.set_text_shaping(use_shaping_engine=True)
        self.set_margins(*margins)
        self.set_auto_page_break(auto=True, margin=MARGIN + 2 * SMALL)
        self.set_title(title)
        self.set_lang("th")
        self.set_creation_date(made_at)
        self.foot = foot
        self.add_page()

    def footer(self) -> None:
        """Called by the library at the end of each page."""
        self.set_y(-MARGIN)
        self._pen(SMALL, SOFT)
        self.cell(w=self.epw - 60, h=SMALL * LEADING, text=self.foot)
        self.cell(w=60, h=SMALL * LEADING, text=self.count(), align="R")

    def count(self) -> str:
        """Which page of how many; the library fills in the latter at the end."""
        return f"{self.page_no()}/{{nb}}"

    def heading(self, text: str, size: int = HEADING) -> None:
        """A line in bold with room above it, never alone at a page's end."""
        if self.will_page_break(size * LEADING * 4):
            self.add_page()
        self.ln(size / 2)
        self.words(text, size, bold=True)

    def words(self, text: str, size: int = TEXT, *, bold: bool = False, soft: bool = False, inset: int = 0) -> None:
        """Paragraphs, each broken between words."""
        pen = Pen(size, INK, bold=bold)
        for paragraph in text.splitlines():
            for line in pen.lines(plain(paragraph), self.epw - inset):
                self._pen(size, SOFT if soft else INK, "B" if bold else "")
                self.set_x(self.l_margin + inset)
                self.cell(h=size * LEADING, text=line, new_x="LMARGIN", new_y="NEXT")

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Labels left, values right."""
        for label, value in rows:
            if self.will_page_break(TEXT * LEADING):
                self.add_page()
            top = self.get_y()
            self._pen(TEXT, SOFT)
            self.cell(w=LABEL, h=TEXT * LEADING, text=plain(label))
            self.set_y(top)
            self.words(value or "–", inset=LABEL)

    def _pen(self, size: int, colour: tuple[int, int, int], style: str = "") -> None:
        self.set_font("Sarabun", style, size)
        self.set_text_color(*colour)


def plain(text: str) -> str:
    """Without signs that steer a terminal or turn the direction of writing: a paper shows what it says."""
    return "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Cs"} else sign for sign in text)
