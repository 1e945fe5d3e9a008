"""What a file is shown as: drawn anew, small and large, and the slips on it. Runs in a process of its own.

    python -I -m complaints.services.evidence.drawing FOLDER MEDIA_TYPE

reads `FOLDER/original` and writes `shown.webp` or `shown.txt`, `thumb.webp` and `facts.json` beside it. The bytes come
from strangers and are read by libraries in C: this process may crash or be stopped without harm to the worker. So it
imports little, and nothing of the centre's database.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import pillow_heif
import pypdfium2
import zxingcpp
from PIL import Image

from complaints.services.evidence.archives import Bomb, unpack_to_nothing
from complaints.services.evidence.kinds import MAX_PIXELS, PICTURES, UNREADABLE, text_of
from complaints.services.evidence.slips import read_slip

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
# Longest sides in pixels: of the copy to look at, of the one in lists, and of the one in which QR codes are looked for.
SHOWN_SIDE, THUMB_SIDE, CODES_SIDE = 1600, 240, 3000
SHOWN_LETTERS = 200_000
SEEN_PAGES = 3
MEMORY_BYTES = 2 * 2**30
CPU_SECONDS = 20
WEBP: dict[str, Any] = {"format": "WEBP", "quality": 82}
QR_CODES = zxingcpp.barcode_formats_from_str("QRCode")
# pdfium's FPDF_ERR_PASSWORD.
PASSWORD_NEEDED = 4


pillow_heif.register_heif_opener()


class Flawed(Exception):  # noqa: N818 - reads as the fact it is
    """There is nothing to look at; the text is one of the attachment's flaws."""


def draw(folder: Path, media_type: str) -> dict[str, Any]:
    """Write what can be seen of the original into the folder; return what was found out about it."""
    content = (folder / "original").read_bytes()
    try:
        if media_type in PICTURES:
            return _draw_picture(folder)
        if media_type == "application/pdf":
            return _draw_document(folder)
        if media_type == "text/plain":
            (folder / "shown.txt").write_text((text_of(content) or "")[:SHOWN_LETTERS], "utf-8")
        if content.startswith(b"PK\x03\x04"):
            unpack_to_nothing(content)
    except Bomb:
        return {"threat": "bomb"}
    except Flawed as flaw:
        return {"flaw": str(flaw)}
    return {}


def _draw_picture(folder: Path) -> dict[str, Any]:
    try:
        with Image.open(folder / "original") as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise Flawed("too_many_pixels")
            # A JPEG is then read at a half or a quarter of its size already.
            picture.draft("RGB", (CODES_SIDE, CODES_SIDE))
            upright = _flat(_turned(picture))
        upright.thumbnail((CODES_SIDE, CODES_SIDE))
        slips = slips_on(upright)
        _save(upright, folder)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Flawed("too_many_pixels") from None
    except UNREADABLE:
        raise Flawed("damaged") from None
    return {"slips": slips}


def _turned(picture: Image.Image) -> Image.Image:
    """As the camera was held; notes of the camera that cannot be read turn nothing."""
    try:
        turn = TURNS.get(int(picture.getexif().get(ORIENTATION, 1)))
    except UNREADABLE:
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _flat(picture: Image.Image) -> Image.Image:
    """Without transparency, which is white as on a page; nothing but the points is taken over."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    see_through = picture.convert("RGBA")
    page = Image.new("RGB", picture.size, "white")
    page.paste(see_through, mask=see_through)
    return page


def _save(picture: Image.Image, folder: Path) -> None:
    for name, side in (("shown", SHOWN_SIDE), ("thumb", THUMB_SIDE)):
        picture.thumbnail((side, side))
        picture.save(folder / f"{name}.webp", **WEBP)


def slips_on(picture: Image.Image) -> list[tuple[str, str]]:
    """Bank and reference of every transfer slip in a picture."""
    codes = zxingcpp.read_barcodes(picture, formats=QR_CODES, text_mode=zxingcpp.TextMode.Plain)
    found = (read_slip(code.text) for code in codes)
    return sorted({(slip.bank, slip.reference) for slip in found if slip is not None})


def _draw_document(folder: Path) -> dict[str, Any]:
    """The first page is drawn; slips are looked for on the first few."""
    try:
        document = pypdfium2.PdfDocument(folder / "original")
        pages = len(document)
        if not pages:
            raise Flawed("damaged")
        slips: set[tuple[str, str]] = set()
        for number in reversed(range(min(pages, SEEN_PAGES))):
            page = _drawn_page(document[number])
            slips.update(slips_on(page))
            if number == 0:
                _save(page, folder)
    except pypdfium2.PdfiumError as error:
        raise Flawed("locked" if error.err_code == PASSWORD_NEEDED else "damaged") from None
    except UNREADABLE:
        raise Flawed("damaged") from None
    return {"pages": pages, "slips": sorted(slips)}


def _drawn_page(page: pypdfium2.PdfPage) -> Image.Image:
    """A page at the size of a screen, however large it says it is."""
    longest = max(page.get_size())
    if not longest > 0:
        raise Flawed("damaged")
    bitmap = page.render(scale=min(SHOWN_SIDE / longest, 4), may_draw_forms=False)
    picture: Image.Image = bitmap.to_pil()
    return picture.convert("RGB")


def main(folder: Path, media_type: str) -> None:
    """Draw within limits of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        facts = draw(folder, media_type)
    except MemoryError:
        facts = {"flaw": "too_heavy"}
    except Exception as error:  # noqa: BLE001 - whatever a library makes of a stranger's bytes, they are the cause
        facts = {"flaw": "damaged", "error": f"{type(error).__name__}: {error}"}
    (folder / "facts.json").write_text(json.dumps(facts), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
