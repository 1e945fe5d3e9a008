"""Writing Thai on a picture: shaped by HarfBuzz, so that vowels and tone marks stand where they belong.

Pillow alone shapes Thai only where the machine has a library that a bare system lacks.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import fontpkg_sarabun
import uharfbuzz as hb
from PIL import Image

from classifiers.cutter import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Colour = tuple[int, int, int]
FILES = Path(fontpkg_sarabun.__file__).parent / "files"
# Space between base lines: what stands above and below Thai letters needs it.
LEADING = 1.6
IN_NUMBER = re.compile(r"[\d-]")


@cache
def _face(*, bold: bool) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(FILES / f"Sarabun-{'Bold' if bold else 'Regular'}.ttf")))


class Pen:
    """Writes with one weight at one size (pixels) in one colour."""

    def __init__(self, size: int, colour: Colour, *, bold: bool = False) -> None:
        """A font of its own: HarfBuzz's fonts are not shared between threads."""
        face = _face(bold=bold)
        self.font, self.size, self.colour = hb.Font(face), size, colour
        self.scale = size / face.upem

    @property
    def line_height(self) -> int:
        """From one base line to the next."""
        return round(self.size * LEADING)

    def width(self, text: str) -> float:
        """How wide a text is."""
        return sum(position.x_advance for position in self._shape(text).glyph_positions) * self.scale

    def write(self, picture: Image.Image, at: tuple[int, int], text: str) -> None:
        """Write one line from its left end on the base line."""
        shaped, raster, along = self._shape(text), hb.RasterDraw(), 0.0
        for glyph, position in zip(shaped.glyph_infos, shaped.glyph_positions, strict=True):
            right = along + position.x_offset * self.scale
            raster.transform = (self.scale, 0, 0, self.scale, right, position.y_offset * self.scale)
            raster.draw_glyph(self.font, glyph.codepoint)
            along += position.x_advance * self.scale
        drawn = raster.render()
        if drawn is None or not drawn.extents.width:
            return
        room = drawn.extents
        mask = Image.frombytes("L", (room.width, room.height), drawn.buffer, "raw", "L", room.stride, -1)
        picture.paste(self.colour, (at[0] + room.x_origin, at[1] - room.y_origin - room.height), mask)

    def lines(self, text: str, room: float) -> Iterator[str]:
        """The text in lines that fit, broken between words; a word that is wider than a line is broken anywhere."""
        line = ""
        for piece in _whole_numbers(cut(text)):
            for part in [piece] if self.width(piece) <= room else piece:
                if line and self.width(line + part.rstrip()) > room:
                    yield line.rstrip()
                    line = ""
                line += part if line else part.lstrip()
        if line.strip():
            yield line.rstrip()

    def _shape(self, text: str) -> hb.Buffer:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self.font, buffer, {"lnum": True, "tnum": True})
        return buffer


def _whole_numbers(pieces: Iterable[str]) -> Iterator[str]:
    """Numbers with hyphens are read as one: no line ends within them."""
    held = ""
    for piece in pieces:
        if held and not (IN_NUMBER.fullmatch(held[-1]) and IN_NUMBER.match(piece)):
            yield held
            held = ""
        held += piece
    if held:
        yield held
