"""Evidence: the original sealed as it came, the shown copy empty of hidden data, every refusal naming its file."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.errors import FileRefused
from complaints.domain.message import Attachment
from complaints.domain.outbox import Promise
from complaints.services import drafts
from complaints.services.evidence.keeping import discard_unused, keep_files, seal
from complaints.services.evidence.kinds import CHAT_ARCHIVE, EXCEL, SLIDES, WORD, Limits, Upload, check, words_of
from complaints.services.evidence.names import safe_name
from complaints.services.evidence.stores import open_store
from tests.filing import JPEG, LIMITS, OFFICE, archive, erase_all, on_disk, picture, png_of, telling_picture
from tests.services.scene import NOW, in_triage, the_case

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def film(brand: bytes, *others: bytes) -> bytes:
    box = b"ftyp" + brand + b"\0\0\2\0" + b"".join(others)
    return struct.pack(">I", len(box) + 4) + box + b"\0\0\0\x20mdat" + bytes(24)


def open_document(kind: str) -> bytes:
    """An OpenDocument: its kind is the first part, stored as it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        file.writestr("content.xml", "<x/>")
    return out.getvalue()


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
    "คำร้อง.docx": (archive(*OFFICE, "word/document.xml"), WORD),
    "รายการ.xlsx": (archive("xl/workbook.xml", *OFFICE), EXCEL),
    "สไลด์.pptx": (archive(*OFFICE, "ppt/presentation.xml"), SLIDES),
    "หนังสือ.odt": (open_document("text"), "application/vnd.oasis.opendocument.text"),
    "WhatsApp Chat - ร้าน.zip": (archive("_chat.txt", "00000012-PHOTO.jpg"), CHAT_ARCHIVE),
    "recording.webm": (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(40), "video/webm"),
    "old-phone.amr": (b"#!AMR\n" + bytes(60), "audio/amr"),
    "สมัยก่อน.csv": ("วันที่,ยอด\r\n21/11/2569,3500".encode("cp874"), "text/plain"),
    "notepad.txt": ("แชตกับร้าน".encode("utf-16"), "text/plain"),
    "[LINE] แชท.txt": ("[LINE] ประวัติการแชทกับร้าน\n10:05 โอนแล้วค่ะ".encode(), "text/plain"),
    "excel.csv": ("\ufeffวันที่,ยอด\r\n21/11/2569,3500".encode(), "text/plain"),
}
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
    "program.zip": (archive("_chat.txt", "photo.exe"), "kind"),
    "declared.docx": (archive(*OFFICE, "word/document.xml", **{"a.xml": bytes(40 * 2**20)}), "bomb"),
    "crowd.docx": (archive(*OFFICE, "word/document.xml", *(f"{n}.xml" for n in range(5000))), "bomb"),
    "flood.png": (png_of(30_000, 30_000, bytes(1000)), "too_many_pixels"),
    "film.mkv": (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska" + bytes(40), "kind"),
    "table.docx": (archive(*OFFICE, "xl/workbook.xml"), "not_what_it_says"),
    "torn.docx": (archive(*OFFICE, "word/document.xml")[:60], "kind"),
    "binary.txt": (b"\x00\x01\x02\x03" * 50, "kind"),
    "film.jpg": (film(b"isom"), "not_what_it_says"),
    "head.webp": (picture("WEBP")[:24], "damaged"),
}


def keep(settings: Settings, *uploads: Upload, limits: Limits = LIMITS, have: tuple[int, ...] = ()) -> list[Attachment]:
    """Keep files of a fresh case."""
    number = in_triage()
    with unit_of_work() as session:
        case = the_case(session, number)
        present = [session.get_one(Attachment, file_id) for file_id in have]
        kept = keep_files(session, list(uploads), limits, open_store(settings), NOW, case=case, have=present)
        ids = [file.id for file in kept]
    return [db.session.get_one(Attachment, file_id) for file_id in ids]


@pytest.mark.parametrize("name", TAKEN)
def test_what_people_have_is_taken_under_its_true_kind(name: str) -> None:
    content, media_type = TAKEN[name]
    assert check(Upload(name, content), LIMITS) == media_type


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_names_the_file_and_keeps_nothing(app: Flask, settings: Settings, name: str) -> None:
    content, reason = REFUSED[name]
    good = Upload("ดี.jpg", JPEG)
    with pytest.raises(FileRefused) as caught:
        keep(settings, good, Upload(name, content))
    assert caught.value.field == "files"
    assert (caught.value.values["name"], caught.value.values["reason"]) == (name, reason)
    # Not even the good one beside it.
    assert on_disk(settings.uploads_dir) == []
    assert db.session.query(Attachment).count() == 0


def test_the_original_is_sealed_byte_for_byte(app: Flask, settings: Settings) -> None:
    content = telling_picture("JPEG")
    (file,) = keep(settings, Upload("สลิปโอนเงิน.jpg", content))
    original = settings.uploads_dir / "original" / file.stored_key
    assert original.read_bytes() == content
    assert stat.S_IMODE(original.stat().st_mode) == 0o440
    assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (file.media_type, file.file_name, file.received_at) == ("image/jpeg", "สลิปโอนเงิน.jpg", NOW)
    # The place on the disk tells nothing of the sender's name for it.
    assert file.stored_key.startswith("2026/11/")
    assert "สลิป" not in file.stored_key


def test_too_many_files_and_too_much_together(app: Flask, settings: Settings) -> None:
    few = Limits(files=2, file_bytes=100, total_bytes=250)
    uploads = [Upload(f"{number}.txt", b"x" * 100) for number in range(3)]
    with pytest.raises(FileRefused) as caught:
        keep(settings, *uploads, limits=few)
    assert caught.value.values == {"name": "2.txt", "reason": "too_many", "limit": 2}
    with pytest.raises(FileRefused) as caught:
        keep(settings, *uploads, limits=Limits(3, 100, 250))
    assert (caught.value.values["name"], caught.value.values["reason"]) == ("2.txt", "too_large_together")
    assert on_disk(settings.uploads_dir) == []
    assert len(keep(settings, *uploads, limits=Limits(3, 100, 300))) == 3


def test_what_is_there_already_counts(app: Flask, settings: Settings) -> None:
    kept = keep(settings, Upload("a.txt", b"x" * 100), Upload("b.txt", b"x" * 100))
    have = tuple(file.id for file in kept)
    for limits, reason in ((Limits(2, 100, 1000), "too_many"), (Limits(3, 100, 250), "too_large_together")):
        with pytest.raises(FileRefused) as caught:
            keep(settings, Upload("c.txt", b"x" * 100), limits=limits, have=have)
        assert (caught.value.values["name"], caught.value.values["reason"]) == ("c.txt", reason)
    assert len(keep(settings, Upload("c.txt", b"x" * 100), limits=Limits(3, 100, 300), have=have)) == 1


def test_a_file_belongs_to_the_draft_until_it_is_sent(app: Flask, settings: Settings) -> None:
    with unit_of_work() as session:
        draft, _ = drafts.start(session, NOW)
        (file,) = keep_files(
            session, [Upload("a.jpg", JPEG)], LIMITS, open_store(settings), NOW, draft=draft, role="agent"
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
        ("CON.txt", "_CON.txt"),
        ("desktop.ini", "_desktop.ini"),
        ("สลิป\u200b\u0e33.jpg", "สลิป_\u0e33.jpg"),
    ],
)
def test_names_stay_readable_and_harmless(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("ก" * 300 + ".jpeg")
    assert len(name) <= 120
    assert name.endswith("ก.jpeg")


def test_an_operator_may_leave_kinds_out(app: Flask, settings: Settings) -> None:
    pictures_only = Limits(5, 10**6, 10**7, frozenset(words_of("pdf, IMAGE")))
    assert check(Upload("a.jpg", JPEG), pictures_only) == "image/jpeg"
    with pytest.raises(FileRefused) as caught:
        check(Upload("แชท.txt", "คุย".encode()), pictures_only)
    assert caught.value.values["reason"] == "kind"
    with pytest.raises(ValueError, match="pictures"):
        words_of("pictures,pdf")


def test_each_file_is_promised_to_be_looked_into_and_closed_until_then(app: Flask, settings: Settings) -> None:
    (file,) = keep(settings, Upload("a.jpg", JPEG))
    assert (file.verdict, file.opened, file.shown_key, file.inspected_at) == ("waiting", False, None, None)
    promise = db.session.scalars(select(Promise).where(Promise.kind == "inspect")).one()
    assert (promise.attachment_id, promise.case_id) == (file.id, file.case_id)


def test_what_was_sealed_and_never_belonged_to_anything_is_removed(app: Flask, settings: Settings) -> None:
    store = open_store(settings)
    used, unused = (seal(Upload(name, JPEG), LIMITS, store, NOW) for name in ("a.jpg", "b.jpg"))
    assert len(on_disk(settings.uploads_dir)) == 2
    (file,) = keep(settings, used)
    assert file.stored_key == used.key
    with unit_of_work() as session:
        discard_unused(session, [used.key, unused.key, ""], NOW)
    erase_all(settings)
    assert on_disk(settings.uploads_dir) == [f"original/{used.key}"]
