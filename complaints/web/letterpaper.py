"""The official letter on paper, laid out as the rules for correspondence ask of an outgoing letter (หนังสือภายนอก)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.wording import say
from complaints.services.official.wording import thai
from complaints.web.lettering import LEADING, Pen
from complaints.web.paper import INK, Paper, plain

if TYPE_CHECKING:
    from complaints.services.official.wording import Words

CENTIMETRE = 72 / 2.54
LEFT, RIGHT, TOP = round(3 * CENTIMETRE), round(2 * CENTIMETRE), round(2 * CENTIMETRE)
INDENT = round(2.5 * CENTIMETRE)
SIZE, HEAD = 12, 16
GAP = SIZE / 2
# Between farewell and name there is room to sign.
ROOM_TO_SIGN = 3 * SIZE * LEADING
LABEL = 95


class LetterPaper(Paper):
    """Margins of a letter; its foot counts in Thai."""

    def __init__(self, words: Words, pages: int) -> None:
        """An empty first page; `pages` is how many there will be, 0 while nobody knows."""
        self.pages_in_all = pages
        super().__init__(words.title, f"{words.heading} · {words.title}", words.made_at, (LEFT, TOP, RIGHT))

    def count(self) -> str:
        """Page and pages, in Thai digits as all of the letter."""
        return say("official.page_of", "th", page=thai(self.page_no()), pages=thai(self.pages_in_all))

    def beside(self, text: str, other: str = "") -> None:
        """A line at the left, and one at the right of the same height."""
        self._pen(SIZE, INK)
        self.cell(w=self.epw / 2, h=SIZE * LEADING, text=plain(text))
        self.cell(w=self.epw / 2, h=SIZE * LEADING, text=plain(other), align="R", new_x="LMARGIN", new_y="NEXT")

    def from_middle(self, text: str, *, centred: bool = False) -> None:
        """A line that begins in the middle of the page, as dates do; or stands in the middle of its right half."""
        self._pen(SIZE, INK)
        self.set_x(self.l_margin + self.epw / 2)
        align = "C" if centred else "L"
        self.cell(w=self.epw / 2, h=SIZE * LEADING, text=plain(text), align=align, new_x="LMARGIN", new_y="NEXT")

    def row(self, label: str, text: str) -> None:
        """What the letter is about: the label, and the text beside it."""
        top = self.get_y()
        self._pen(SIZE, INK)
        self.cell(w=LABEL, h=SIZE * LEADING, text=label)
        self.set_y(top)
        self.words(text, SIZE, inset=LABEL)
        self.ln(GAP / 2)

    def paragraph(self, text: str) -> None:
        """Its first line begins further in."""
        pen, rest = Pen(SIZE, INK), plain(text).strip()
        first = next(pen.lines(rest, self.epw - INDENT), "")
        self.words(first, SIZE, inset=INDENT)
        self.words(rest[len(first) :].strip(), SIZE)
        self.ln(GAP)


def letter_pdf(words: Words) -> bytes:
    """The letter and the details behind it; the same words make the same bytes.

    Laid out twice: the first tells how many pages it has.
    """
    draft = _laid_out(words, 0)
    # Only what is put out lets go of its fonts.
    draft.output()
    return bytes(_laid_out(words, draft.pages_count).output())


def _laid_out(words: Words, pages: int) -> LetterPaper:
    sheet = LetterPaper(words, pages)
    sheet.set_font("Sarabun", "B", HEAD)
    sheet.set_text_color(*INK)
    sheet.cell(w=sheet.epw, h=HEAD * LEADING, text=plain(words.heading), align="C", new_x="LMARGIN", new_y="NEXT")
    sheet.ln(GAP)
    first, *more = words.address or ("",)
    sheet.beside(words.reference, first)
    for line in more:
        sheet.beside("", line)
    sheet.ln(GAP)
    sheet.from_middle(words.dated)
    sheet.ln(GAP)
    for label, text in words.rows:
        sheet.row(label, text)
    sheet.ln(GAP)
    for part in words.body:
        sheet.paragraph(part)
    _sign(sheet, words)
    _details(sheet, words)
    return sheet


def _sign(sheet: LetterPaper, words: Words) -> None:
    """Farewell, name and position stand together; below them, at the left, who to ask."""
    if sheet.will_page_break(ROOM_TO_SIGN + (4 + len(words.office)) * SIZE * LEADING):
        sheet.add_page()
    sheet.ln(GAP)
    sheet.from_middle(words.farewell, centred=True)
    sheet.ln(ROOM_TO_SIGN)
    sheet.from_middle(f"({words.signer})", centred=True)
    for line in Pen(SIZE, INK).lines(words.position, sheet.epw / 2):
        sheet.from_middle(line, centred=True)
    sheet.ln(SIZE)
    for line in words.office:
        sheet.beside(line)


def _details(sheet: LetterPaper, words: Words) -> None:
    sheet.add_page()
    sheet.words(words.details_title, HEAD, bold=True)
    sheet.ln(GAP)
    sheet.facts(words.details)
    sheet.heading(say("official.details.story", "th"), SIZE + 1)
    sheet.words(words.story)
