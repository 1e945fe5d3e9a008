"""Evidence: the original sealed as it came, the shown copy empty of hidden data, every refusal naming its file."""

from __future__ import annotations

import hashlib
import io
import random
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from complaints.db import db, unit_of_work
from complaints.domain.errors import FileRefused
from complaints.domain.message import Attachment
from complaints.services import drafts, evidence
from complaints.services.evidence import Limits, Upload
from tests.services.scene import NOW, in_triage, the_case

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from config import Settings

LIMITS = Limits(files=10, file_bytes=2 * 2**20, total_bytes=5 * 2**20)
GPS = {1: "N", 2: (13.0, 44.0, 11.0), 3: "E", 4: (100.0, 29.0, 30.0)}
HIDDEN = (b"CAMERAMARK", b"XMPMARK", b"TEXTMARK", b"ICCMARK", b"TAILMARK", b"COMMENTMARK")


def picture(kind: str, size: tuple[int, int] = (40, 20), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **more)
    return out.getvalue()


def telling_picture(kind: str) -> bytes:
    """A picture that says where and with what it was taken, in every place that its format has."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8825] = "CAMERAMARK", 6, GPS
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a GPS="XMPMARK"/></x:xmpmeta>'
    more: dict[str, object] = {"icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()}
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        info.add_text("Comment", "TEXTMARK")
        more["pnginfo"] = info
    else:
        more |= {"xmp": xmp, "icc_profile": bytes(more["icc_profile"]) + b"ICCMARK"}  # type: ignore[call-overload]
    if kind == "JPEG":
        more["comment"] = b"COMMENTMARK"
    return picture(kind, exif=exif, **more) + b"TAILMARK"


def film(brand: bytes, *others: bytes) -> bytes:
    box = b"ftyp" + brand + b"\0\0\2\0" + b"".join(others)
    return struct.pack(">I", len(box) + 4) + box + b"\0\0\0\x20mdat" + bytes(24)


def archive(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for part in parts:
            file.writestr(part, "<x/>")
    return out.getvalue()


OFFICE = ("[Content_Types].xml", "_rels/.rels")
TAKEN = {
    "สลิป.jpg": (picture("JPEG"), "image/jpeg"),
    "SLIP.JPEG": (picture("JPEG"), "image/jpeg"),
    "ภาพหน้าจอ 1.png": (picture("PNG"), "image/png"),
    "a.gif": (picture("GIF"), "image/gif"),
    "a.webp": (picture("WEBP"), "image/webp"),
    "IMG_0001.HEIC": (film(b"heic", b"mif1", b"heic"), "image/heic"),
    "burst.heic": (film(b"mif1", b"mif1", b"heic"), "image/heic"),
    "ใบเสร็จ.pdf": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "application/pdf"),
    "iphone.mov": (film(b"qt  "), "video/quicktime"),
    "android.mp4": (film(b"isom", b"iso2", b"avc1"), "video/mp4"),
    "line.mp4": (film(b"mp41"), "video/mp4"),
    "tiktok.mp4": (film(b"iso5"), "video/mp4"),
    "old.3gp": (film(b"3gp4"), "video/mp4"),
    "iphone-memo.m4a": (film(b"M4A "), "audio/mp4"),
    "android-memo.m4a": (film(b"mp42", b"isom"), "audio/mp4"),
    "tagged.mp3": (b"ID3\x04\0\0\0\0\0\x10" + bytes(200), "audio/mpeg"),
    "bare.mp3": (b"\xff\xf3\x90\x64" + bytes(400), "audio/mpeg"),
    "a.ogg": (b"OggS\0\2" + bytes(50), "audio/ogg"),
    "a.wav": (b"RIFF" + struct.pack("<I", 100) + b"WAVEfmt " + bytes(92), "audio/x-wav"),
    "คำร้อง.docx": (archive(*OFFICE, "word/document.xml"), evidence.WORD),
    "รายการ.xlsx": (archive("xl/workbook.xml", *OFFICE), evidence.EXCEL),
    "[LINE] แชท.txt": ("[LINE] ประวัติการแชทกับร้าน\n10:05 โอนแล้วค่ะ".encode(), "text/plain"),
    "excel.csv": ("\ufeffวันที่,ยอด\r\n21/11/2569,3500".encode(), "text/plain"),
}
JPEG = picture("JPEG")
REFUSED = {
    "ว่าง.jpg": (b"", "empty"),
    "big.txt": (b"x" * (LIMITS.file_bytes + 1), "too_large"),
    "โปรแกรม.exe": (b"MZ\x90\0" + bytes(200), "kind"),
    "virus.jpg": (b"MZ\x90\0" + bytes(200), "kind"),
    "linux.pdf": (b"\x7fELF\2\1\1" + bytes(200), "kind"),
    "page.html": (b"<html><script>alert(1)</script></html>", "kind"),
    "page.txt": (b" <html><script>alert(1)</script></html>", "kind"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
    "drawing.png": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
    "photo.png": (JPEG, "not_what_it_says"),
    "photo": (JPEG, "not_what_it_says"),
    "photo.jpg.html": (JPEG, "not_what_it_says"),
    "both.html": (JPEG + b"<script>alert(1)</script>", "not_what_it_says"),
    "both.zip": (JPEG + archive("a.exe"), "not_what_it_says"),
    "script.js": (b"GIF89a=1;alert(1)//", "not_what_it_says"),
    "words.pdf": ("ไม่ใช่ PDF".encode(), "not_what_it_says"),
    "any.zip": (archive("a.txt"), "kind"),
    "fake.docx": (archive("evil.exe"), "kind"),
    "macro.docx": (archive(*OFFICE, "word/document.xml", "word/vbaProject.bin"), "kind"),
    "slides.pptx": (archive(*OFFICE, "ppt/presentation.xml"), "kind"),
    "table.docx": (archive(*OFFICE, "xl/workbook.xml"), "not_what_it_says"),
    "torn.docx": (archive(*OFFICE, "word/document.xml")[:60], "kind"),
    "binary.txt": (b"\x00\x01\x02\x03" * 50, "kind"),
    "film.jpg": (film(b"isom"), "not_what_it_says"),
    "torn.jpg": (picture("JPEG", (400, 400))[:500], "damaged"),
    "torn.png": (picture("PNG", (400, 400))[:80], "damaged"),
    "head.webp": (picture("WEBP")[:24], "damaged"),
}


def keep(folder: Path, *uploads: Upload, limits: Limits = LIMITS, have: tuple[int, ...] = ()) -> list[Attachment]:
    """Keep files of a fresh case."""
    number = in_triage()
    with unit_of_work() as session:
        case = the_case(session, number)
        present = [session.get_one(Attachment, file_id) for file_id in have]
        kept = evidence.keep_files(session, list(uploads), limits, folder, NOW, case=case, have=present)
        ids = [file.id for file in kept]
    return [db.session.get_one(Attachment, file_id) for file_id in ids]


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", TAKEN)
def test_what_people_have_is_taken_under_its_true_kind(name: str) -> None:
    content, media_type = TAKEN[name]
    assert evidence.inspect(Upload(name, content), LIMITS) == media_type


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_names_the_file_and_keeps_nothing(app: Flask, settings: Settings, name: str) -> None:
    content, reason = REFUSED[name]
    good = Upload("ดี.jpg", JPEG)
    with pytest.raises(FileRefused) as caught:
        keep(settings.uploads_dir, good, Upload(name, content))
    assert caught.value.field == "files"
    assert (caught.value.values["name"], caught.value.values["reason"]) == (name, reason)
    # Not even the good one beside it.
    assert on_disk(settings.uploads_dir) == []
    assert db.session.query(Attachment).count() == 0


@pytest.mark.parametrize(("width", "height"), [(8000, 8000), (10_000, 10_000), (30_000, 30_000)])
def test_a_bomb_is_refused_before_it_is_drawn(width: int, height: int) -> None:
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    )
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    with pytest.raises(FileRefused) as caught:
        evidence._shown_copy(Upload("ระเบิด.png", bomb), "image/png")
    assert caught.value.values == {"name": "ระเบิด.png", "reason": "too_many_pixels"}


def test_the_original_is_sealed_byte_for_byte(app: Flask, settings: Settings) -> None:
    content = telling_picture("JPEG")
    (file,) = keep(settings.uploads_dir, Upload("สลิปโอนเงิน.jpg", content))
    original = settings.uploads_dir / "original" / file.stored_key
    assert original.read_bytes() == content
    assert stat.S_IMODE(original.stat().st_mode) == 0o440
    assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (file.media_type, file.file_name, file.received_at) == ("image/jpeg", "สลิปโอนเงิน.jpg", NOW)
    # The place on the disk tells nothing of the sender's name for it.
    assert file.stored_key.startswith("2026/11/")
    assert "สลิป" not in file.stored_key


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_hidden_is_left_in_the_shown_copy(app: Flask, settings: Settings, kind: str) -> None:
    content = telling_picture(kind)
    assert sum(mark in content for mark in HIDDEN) >= 3
    (file,) = keep(settings.uploads_dir, Upload(f"a.{kind.lower()}", content))
    assert file.shown_key is not None
    shown = (settings.uploads_dir / "shown" / file.shown_key).read_bytes()
    assert [mark for mark in (*HIDDEN, b"EXIF", b"XMP ") if mark in shown] == []
    with Image.open(io.BytesIO(shown)) as drawn:
        # Turned upright as the camera noted.
        assert (drawn.format, drawn.size) == ("WEBP", (20, 40))
        assert dict(drawn.getexif()) == {}


def test_a_large_picture_is_shown_smaller(app: Flask, settings: Settings) -> None:
    (file,) = keep(settings.uploads_dir, Upload("a.png", picture("PNG", (4000, 1000))))
    with Image.open(settings.uploads_dir / "shown" / str(file.shown_key)) as drawn:
        assert drawn.size == (1600, 400)


def test_what_is_no_picture_has_no_shown_copy(app: Flask, settings: Settings) -> None:
    content, media_type = TAKEN["ใบเสร็จ.pdf"]
    (file,) = keep(settings.uploads_dir, Upload("ใบเสร็จ.pdf", content))
    assert (file.shown_key, file.media_type) == (None, media_type)


def test_a_picture_that_carries_an_archive_is_drawn_without_it(app: Flask, settings: Settings) -> None:
    (file,) = keep(settings.uploads_dir, Upload("both.jpg", JPEG + archive("PAYLOAD.exe")))
    assert b"PAYLOAD" in (settings.uploads_dir / "original" / file.stored_key).read_bytes()
    assert b"PAYLOAD" not in (settings.uploads_dir / "shown" / str(file.shown_key)).read_bytes()


def test_too_many_files_and_too_much_together(app: Flask, settings: Settings) -> None:
    few = Limits(files=2, file_bytes=100, total_bytes=250)
    uploads = [Upload(f"{number}.txt", b"x" * 100) for number in range(3)]
    with pytest.raises(FileRefused) as caught:
        keep(settings.uploads_dir, *uploads, limits=few)
    assert caught.value.values == {"name": "2.txt", "reason": "too_many", "limit": 2}
    with pytest.raises(FileRefused) as caught:
        keep(settings.uploads_dir, *uploads, limits=Limits(3, 100, 250))
    assert (caught.value.values["name"], caught.value.values["reason"]) == ("2.txt", "too_large_together")
    assert on_disk(settings.uploads_dir) == []
    assert len(keep(settings.uploads_dir, *uploads, limits=Limits(3, 100, 300))) == 3


def test_what_is_there_already_counts(app: Flask, settings: Settings) -> None:
    kept = keep(settings.uploads_dir, Upload("a.txt", b"x" * 100), Upload("b.txt", b"x" * 100))
    have = tuple(file.id for file in kept)
    for limits, reason in ((Limits(2, 100, 1000), "too_many"), (Limits(3, 100, 250), "too_large_together")):
        with pytest.raises(FileRefused) as caught:
            keep(settings.uploads_dir, Upload("c.txt", b"x" * 100), limits=limits, have=have)
        assert (caught.value.values["name"], caught.value.values["reason"]) == ("c.txt", reason)
    assert len(keep(settings.uploads_dir, Upload("c.txt", b"x" * 100), limits=Limits(3, 100, 300), have=have)) == 1


def test_a_file_belongs_to_the_draft_until_it_is_sent(app: Flask, settings: Settings) -> None:
    with unit_of_work() as session:
        draft, _ = drafts.start(session, NOW)
        (file,) = evidence.keep_files(
            session, [Upload("a.jpg", JPEG)], LIMITS, settings.uploads_dir, NOW, draft=draft, role="agent"
        )
        assert (file.draft_id, file.case_id, file.role) == (draft.id, None, "agent")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("สลิปโอนเงิน น้ำ.jpg", "สลิปโอนเงิน น้ำ.jpg"),
        ("C:\\Users\\สมชาย\\สลิป.jpg", "สลิป.jpg"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ('a"b\r\nSet-Cookie: x.jpg', "a_b_Set-Cookie_ x.jpg"),
        ("gpj.\u202eexe.jpg", "gpj._exe.jpg"),
        ("a\x00b.pdf", "a_b.pdf"),
        ("cafe\u0301.png", "café.png"),
        ("<img src=x>.png", "_img src_x_.png"),
    ],
)
def test_names_stay_readable_and_harmless(given: str, kept: str) -> None:
    assert evidence.safe_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = evidence.safe_name("ก" * 300 + ".jpeg")
    assert len(name) <= 120
    assert name.endswith("ก.jpeg")


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_way_to_hold_a_camera_is_turned_upright(turn: int) -> None:
    # What the camera saw: the upper left corner is white.
    seen = Image.new("L", (20, 10))
    seen.paste(255, (0, 0, 10, 5))
    back = {6: 8, 8: 6}.get(turn, turn)
    stored = seen if turn == 1 else seen.transpose(evidence.TURNS[back])
    exif = Image.Exif()
    exif[0x0112] = turn
    out = io.BytesIO()
    stored.save(out, "PNG", exif=exif)
    shown = evidence._shown_copy(Upload("a.png", out.getvalue()), "image/png")
    assert shown is not None
    with Image.open(io.BytesIO(shown)) as drawn:
        grey = drawn.convert("L")
        assert grey.size == (20, 10)
        assert grey.getpixel((2, 2)) > 200
        assert max(grey.getpixel(spot) for spot in ((17, 2), (2, 8), (17, 8))) < 50


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_whatever_is_broken_is_refused_by_name(kind: str) -> None:
    chance = random.Random(1212)
    whole = telling_picture(kind) if kind != "GIF" else picture("GIF")
    endings = {"drawn": 0, "damaged": 0, "too_many_pixels": 0}
    for _ in range(400):
        broken = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3, 20))):
            broken[chance.randrange(len(broken) if chance.random() < 0.5 else 80)] = chance.randrange(256)
        if chance.random() < 0.3:
            del broken[chance.randrange(len(broken)) :]
        try:
            evidence._shown_copy(Upload("x", bytes(broken)), f"image/{kind.lower()}")
            endings["drawn"] += 1
        except FileRefused as error:
            endings[str(error.values["reason"])] += 1
    assert sum(endings.values()) == 400
    assert endings["damaged"] > 50
