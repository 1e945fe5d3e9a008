"""What is shown of a file: drawn anew, upright, small, empty of hidden data; bombs, floods and wrecks do no harm."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from complaints.services.evidence import drawing, sandbox
from complaints.services.evidence.drawing import TURNS, draw
from complaints.services.evidence.sandbox import DrawingFailed, Drawn, draw_apart
from tests.filing import JPEG, OFFICE, archive, pdf_of, picture, png_of, slip_picture, telling_picture

if TYPE_CHECKING:
    from pathlib import Path

HIDDEN = (b"CAMERAMARK", b"XMPMARK", b"TEXTMARK", b"ICCMARK", b"TAILMARK", b"COMMENTMARK")
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "HEIF": "image/heic"}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def drawn_here(folder: Path, content: bytes, media_type: str) -> dict[str, Any]:
    """In this process, for many tries."""
    (folder / "original").write_bytes(content)
    return draw(folder, media_type)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_nothing_hidden_is_left_in_the_shown_copies(kind: str) -> None:
    content = telling_picture(kind)
    assert sum(mark in content for mark in HIDDEN) >= 2
    drawn = draw_apart(content, TYPES[kind])
    assert drawn.flaw == ""
    for copy in (drawn.shown, drawn.thumb):
        assert copy is not None
        assert [mark for mark in (*HIDDEN, b"EXIF", b"XMP ") if mark in copy] == []
        with Image.open(io.BytesIO(copy)) as shown:
            # Turned upright as the camera noted; Apple's format turns by itself, and its library wrote it unturned.
            assert (shown.format, shown.size) == ("WEBP", (40, 20) if kind == "HEIF" else (20, 40))
            assert dict(shown.getexif()) == {}


def test_a_large_picture_is_shown_smaller(tmp_path: Path) -> None:
    assert drawn_here(tmp_path, picture("PNG", (4000, 1000)), "image/png") == {"slips": []}
    sizes = {}
    for name in ("shown", "thumb"):
        with Image.open(tmp_path / f"{name}.webp") as copy:
            sizes[name] = copy.size
    assert sizes == {"shown": (1600, 400), "thumb": (240, 60)}


def test_a_picture_that_carries_an_archive_is_drawn_without_it(tmp_path: Path) -> None:
    drawn_here(tmp_path, JPEG + archive("PAYLOAD.exe"), "image/jpeg")
    assert b"PAYLOAD" not in (tmp_path / "shown.webp").read_bytes()


def test_see_through_becomes_white(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    drawn_here(tmp_path, out.getvalue(), "image/png")
    with Image.open(tmp_path / "shown.webp") as copy:
        assert copy.convert("L").getpixel((5, 5)) > 250


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_to_hold_a_camera_is_turned_upright(tmp_path: Path, turn: int) -> None:
    # What the camera saw: the upper left corner is white.
    seen = Image.new("L", (20, 10))
    seen.paste(255, (0, 0, 10, 5))
    back = {6: 8, 8: 6}.get(turn, turn)
    stored = seen if turn == 1 else seen.transpose(TURNS[back])
    exif = Image.Exif()
    exif[0x0112] = turn
    out = io.BytesIO()
    stored.save(out, "PNG", exif=exif)
    drawn_here(tmp_path, out.getvalue(), "image/png")
    with Image.open(tmp_path / "shown.webp") as shown:
        grey = shown.convert("L")
        assert grey.size == (20, 10)
        assert grey.getpixel((2, 2)) > 200
        assert max(grey.getpixel(spot) for spot in ((17, 2), (2, 8), (17, 8))) < 50


@pytest.mark.parametrize(("width", "height"), [(8000, 8000), (10_000, 10_000), (30_000, 30_000), (2**31 - 1, 1)])
def test_a_flood_of_pixels_is_known_before_it_is_drawn(tmp_path: Path, width: int, height: int) -> None:
    assert drawn_here(tmp_path, png_of(width, height, bytes(1000)), "image/png") == {"flaw": "too_many_pixels"}


def test_a_flood_in_a_telephones_own_format_is_known_too() -> None:
    """The size that a HEIC declares is put up to four billion points."""
    flood = picture("HEIF", (64, 64))
    at = flood.index(b"ispe") + 8
    flood = flood[:at] + struct.pack(">II", 60_000, 60_000) + flood[at + 8 :]
    assert draw_apart(flood, "image/heic").flaw in {"too_many_pixels", "damaged"}


@pytest.mark.parametrize("size", [(200, 200), (14_400, 14_400), (10_000_000, 10_000_000), (1_000_000, 5)])
def test_a_page_of_any_size_is_drawn_at_the_size_of_a_screen(size: tuple[float, float]) -> None:
    drawn = draw_apart(pdf_of(size, (100, 100)), "application/pdf")
    assert (drawn.flaw, drawn.pages) == ("", 2)
    for copy, longest in ((drawn.shown, 1600), (drawn.thumb, 240)):
        assert copy is not None
        with Image.open(io.BytesIO(copy)) as shown:
            assert max(shown.size) <= longest


def test_a_pdf_shows_its_first_page() -> None:
    drawn = draw_apart(pdf_of((100, 100), (300, 100)), "application/pdf")
    assert drawn.shown is not None
    with Image.open(io.BytesIO(drawn.shown)) as shown:
        assert shown.width == shown.height
        red, green, blue = shown.convert("RGB").getpixel((shown.width // 4, shown.height * 3 // 4))
        assert (red < 60, green < 60, blue > 200) == (True, True, True)


def test_a_pdf_without_end_is_stopped() -> None:
    """Half a million shapes on a page: drawing gives up, and the worker goes on."""
    heavy = pdf_of((500, 500), content=b"1 0 0 RG 0 0 m 400 400 400 0 0 400 c S " * 500_000)
    assert draw_apart(heavy, "application/pdf", seconds=1.5) == Drawn(flaw="too_heavy")


@pytest.mark.parametrize(
    "wreck", [b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", pdf_of(), pdf_of((0, 0)), pdf_of((100, 100))[:120]]
)
def test_a_wrecked_pdf_is_told_as_damaged_or_drawn(wreck: bytes) -> None:
    drawn = draw_apart(wreck, "application/pdf")
    assert (drawn.flaw == "damaged") == (drawn.shown is None)


def test_a_pdf_with_a_password_is_told_so() -> None:
    key = b"/Encrypt<</Filter/Standard/V 1/R 2/O<%b>/U<%b>/P -4>>/ID[<00><00>]" % (b"00" * 32, b"11" * 32)
    locked = pdf_of((100, 100), trailer=key)
    assert draw_apart(locked, "application/pdf").flaw == "locked"


def test_texts_are_shown_as_words_in_one_code() -> None:
    for code in ("utf-8", "utf-8-sig", "cp874", "utf-16"):
        drawn = draw_apart("คุยกับร้าน\r\nโอนแล้ว".encode(code), "text/plain")
        assert (drawn.ending, drawn.thumb) == (".txt", None)
        assert (drawn.shown or b"").decode() == "คุยกับร้าน\r\nโอนแล้ว"


def bomb_that_lies(real: int) -> bytes:
    """An archive whose directory says that its part is small."""
    content = bytearray(archive(*OFFICE, "word/document.xml", **{"z.xml": bytes(real)}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as file:
        entry = file.getinfo("z.xml")
    true, told = struct.pack("<I", real), struct.pack("<I", 1000)
    assert content.count(true) == 2
    assert entry.file_size == real
    return bytes(content).replace(true, told)


def test_a_bomb_that_lies_about_its_size_is_found_by_unpacking_it() -> None:
    assert draw_apart(bomb_that_lies(60 * 2**20), WORD) == Drawn(threat="bomb")
    assert draw_apart(archive(*OFFICE, "word/document.xml"), WORD) == Drawn()
    assert draw_apart(archive(*OFFICE, **{"word/document.xml": bytes(5 * 2**20)}), WORD) == Drawn()


def test_damaged_archives_harm_nobody() -> None:
    whole = archive(*OFFICE, **{"word/document.xml": random.Random(1).randbytes(3000)})
    chance = random.Random(1212)
    for _ in range(3):
        broken = bytearray(whole)
        broken[chance.randrange(40, len(whole))] ^= 0xFF
        assert draw_apart(bytes(broken), WORD) == Drawn()


def test_a_reader_that_crashes_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(sandbox, "DRAWING", "does.not.exist")
    with pytest.raises(DrawingFailed, match="does"):
        draw_apart(JPEG, "image/jpeg")
    monkeypatch.setattr(sandbox, "DRAWING", "faulthandler")
    monkeypatch.setattr(sandbox.sys, "executable", str(_script(tmp_path, "kill -SEGV $$")))
    assert draw_apart(JPEG, "image/jpeg") == Drawn(flaw="damaged")
    monkeypatch.setattr(sandbox.sys, "executable", str(_script(tmp_path, "kill -KILL $$")))
    assert draw_apart(JPEG, "image/jpeg") == Drawn(flaw="too_heavy")


def _script(folder: Path, line: str) -> Path:
    path = folder / "reader"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_a_telephone_of_fifty_megapixels_is_drawn() -> None:
    drawn = draw_apart(picture("JPEG", (8000, 6250)), "image/jpeg")
    assert drawn.flaw == ""
    with Image.open(io.BytesIO(drawn.shown or b"")) as shown:
        assert shown.size == (1600, 1250)


def test_slips_are_found_on_pictures_and_on_pages() -> None:
    for content, media_type in (
        (slip_picture("004", "0142210825478AB04988"), "image/png"),
        (slip_picture("004", "0142210825478AB04988", "JPEG"), "image/jpeg"),
        (slip_picture("004", "0142210825478AB04988", "HEIF"), "image/heic"),
        (slip_picture("004", "0142210825478AB04988", "PDF"), "application/pdf"),
    ):
        assert draw_apart(content, media_type).slips == (("004", "0142210825478AB04988"),), media_type


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_whatever_is_broken_is_drawn_or_told_as_damaged(tmp_path: Path, kind: str) -> None:
    chance = random.Random(1212)
    whole = telling_picture(kind) if kind != "GIF" else picture("GIF")
    endings = {"": 0, "damaged": 0, "too_many_pixels": 0}
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3, 20))):
            broken[chance.randrange(len(broken) if chance.random() < 0.5 else 80)] = chance.randrange(256)
        if chance.random() < 0.3:
            del broken[chance.randrange(len(broken)) :]
        endings[drawn_here(tmp_path, bytes(broken), TYPES[kind]).get("flaw", "")] += 1
    assert sum(endings.values()) == 400
    assert endings["damaged"] > 50


def test_the_limits_of_the_reader_are_those_that_it_sets() -> None:
    assert drawing.MEMORY_BYTES == 2 * 2**30
    assert drawing.CPU_SECONDS < sandbox.WALL_SECONDS < 60
