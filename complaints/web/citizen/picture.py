"""The receipt as one picture for the telephone's album: number, secret, what happens by when, where to follow it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from complaints.web.lettering import Pen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.web.lettering import Colour

WIDTH, MARGIN, TALLEST = 1080, 72, 4000
GROUPS_A_ROW = 3
INK, SOFT, BLUE, WHITE, TINT, AMBER_TINT = (
    (0x18, 0x22, 0x2F),
    (0x4A, 0x56, 0x65),
    (0x12, 0x3F, 0x7C),
    (255, 255, 255),
    (0xE9, 0xF0, 0xF9),
    (0xFF, 0xF3, 0xD9),
)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the picture, in the reader's language."""

    centre: str
    title: str
    when: str
    number_label: str
    number: str
    secret_label: str
    groups: Sequence[str]
    next_label: str
    steps: Sequence[tuple[str, str]]
    where: Sequence[str]
    warning: str


class _Sheet:
    """A white sheet that is written from top to bottom and cut off below the last line."""

    def __init__(self) -> None:
        self.picture = Image.new("RGB", (WIDTH, TALLEST), WHITE)
        self.draw, self.y = ImageDraw.Draw(self.picture), 0

    def write(self, pen: Pen, text: str, *, inset: int = 0) -> None:
        """One paragraph."""
        for line in pen.lines(text, WIDTH - 2 * (MARGIN + inset)):
            self.y += pen.line_height
            pen.write(self.picture, (MARGIN + inset, self.y - pen.size // 2), line)

    def band(self, height: int, colour: Colour) -> None:
        """A field of colour from here on, behind what is written next."""
        self.draw.rectangle((0, self.y, WIDTH, self.y + height), fill=colour)

    def box(self, label: str, rows: Sequence[str], colour: Colour) -> None:
        """A label and large figures on a tinted field."""
        pen, large = Pen(36, SOFT), Pen(84, INK, bold=True)
        height = pen.line_height + len(rows) * large.line_height + 40
        self.draw.rounded_rectangle((MARGIN - 24, self.y, WIDTH - MARGIN + 24, self.y + height), 16, fill=colour)
        self.y += 12
        self.write(pen, label)
        for row in rows:
            self.write(large, row)
        self.y += 28 + 36


def receipt_png(words: Words) -> bytes:
    """Draw the receipt."""
    sheet = _Sheet()
    head = Pen(44, WHITE, bold=True)
    sheet.band(48 + head.line_height * len(list(head.lines(words.centre, WIDTH - 2 * MARGIN))), BLUE)
    sheet.y += 24
    sheet.write(head, words.centre)
    sheet.y += 24 + 32
    sheet.write(Pen(52, INK, bold=True), words.title)
    sheet.write(Pen(38, SOFT), words.when)
    sheet.y += 36
    sheet.box(words.number_label, [words.number], TINT)
    if words.groups:
        rows = [words.groups[start : start + GROUPS_A_ROW] for start in range(0, len(words.groups), GROUPS_A_ROW)]
        sheet.box(words.secret_label, ["   ".join(row) for row in rows], AMBER_TINT)
    sheet.write(Pen(44, INK, bold=True), words.next_label)
    for when, what in words.steps:
        sheet.y += 12
        sheet.write(Pen(38, BLUE, bold=True), when)
        sheet.write(Pen(38, INK), what)
    sheet.y += 36
    for line in words.where:
        sheet.write(Pen(38, INK), line)
    sheet.y += 24
    sheet.write(Pen(34, SOFT), words.warning)
    done = sheet.picture.crop((0, 0, WIDTH, sheet.y + 48))
    out = io.BytesIO()
    done.quantize(64, Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()
