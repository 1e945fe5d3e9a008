"""Raw mails as programs of Thai people write them, and what is heard in each."""

from __future__ import annotations

import base64
import quopri
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from complaints.channels.mime.quoted import fold
from complaints.channels.mime.read import read
from complaints.domain.channel import HeardKind, Raw, Unreadable
from tests.centre import make_settings

if TYPE_CHECKING:
    from pathlib import Path

    from complaints.domain.channel import Heard

STORY = "โอนเงินค่ารองเท้า 1,290 บาทแล้ว ร้านไม่ส่งของและบล็อก"
SUBJECT = "ถูกโกงซื้อของออนไลน์"
PICTURE = bytes(range(256)) * 5
HEAD = (
    b"From: =?utf-8?b?4Liq4Lih4Lir4LiN4Li04LiH?= <Somying@Example.com>\r\n"
    b"To: 1212@centre.example\r\nMessage-ID: <a@b>\r\n"
)


def hear(body: bytes, folder: Path, **headers: str) -> Heard:
    raw = Raw("email", "1212@centre.example", body, headers, datetime(2026, 11, 20, tzinfo=UTC))
    (heard,) = read(raw, make_settings(folder, "sqlite://"))
    return heard


def plain(content: bytes, kind: str, encoding: str = "8bit") -> bytes:
    wrapped = {
        "8bit": lambda: content,
        "base64": lambda: base64.encodebytes(content),
        "quoted-printable": lambda: quopri.encodestring(content),
    }[encoding]()
    return HEAD + f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + wrapped


@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
@pytest.mark.parametrize(
    ("written", "declared"),
    [
        ("utf-8", "utf-8"),
        ("cp874", "tis-620"),
        ("cp874", "windows-874"),
        ("cp874", "TIS620"),
        ("cp874", "iso-8859-11"),
        ("cp874", "utf-8"),
        ("cp874", "iso-8859-1"),
        ("cp874", "us-ascii"),
        ("cp874", "x-no-such-thing"),
        ("utf-8", "tis-620"),
        ("utf-8", "windows-1252"),
        ("utf-8", "us-ascii"),
        ("utf-16", "utf-16"),
        ("utf-8-sig", "utf-8"),
    ],
)
def test_thai_is_read_whatever_was_declared(tmp_path: Path, written: str, declared: str, encoding: str) -> None:
    if written == "utf-16" and encoding != "base64":
        encoding = "base64"
    heard = hear(plain(STORY.encode(written), f"text/plain; charset={declared}", encoding), tmp_path)
    assert heard.text == STORY
    assert (heard.sender, heard.name, heard.language) == ("somying@example.com", "สมหญิง", "th")


@pytest.mark.parametrize("cut", [1, 2])
def test_what_is_cut_inside_a_letter_costs_only_that_letter(tmp_path: Path, cut: int) -> None:
    heard = hear(plain(STORY.encode()[:-cut], "text/plain; charset=utf-8", "base64"), tmp_path)
    assert heard.text.startswith(STORY[:-1])


def test_two_encodings_in_one_mail(tmp_path: Path) -> None:
    mixed = STORY.encode("cp874") + b"\r\n" + SUBJECT.encode() + b"\r\ncaf\xe9 bar\r\n"
    assert hear(plain(mixed, "text/plain"), tmp_path).text == f"{STORY}\n{SUBJECT}\ncafé bar"


def words_cut_between(size: int, charset: str, codec: str) -> bytes:
    raw = SUBJECT.encode(codec)
    cut = [raw[at : at + size] for at in range(0, len(raw), size)]
    return b"\r\n ".join(b"=?" + charset.encode() + b"?B?" + base64.b64encode(part) + b"?=" for part in cut)


@pytest.mark.parametrize(
    "subject",
    [
        words_cut_between(10, "UTF-8", "utf-8"),
        words_cut_between(7, "tis-620", "cp874"),
        words_cut_between(200, "windows-874", "cp874"),
        SUBJECT.encode(),
        SUBJECT.encode("cp874"),
        b"=?utf-8?Q?" + "".join(f"={byte:02X}" for byte in SUBJECT.encode()).encode() + b"?=",
        b"=?utf-8?B?" + base64.b64encode(SUBJECT.encode()).rstrip(b"=") + b"?=",
        b"=?iso-8859-1?B?" + base64.b64encode(SUBJECT.encode("cp874")) + b"?=",
    ],
)
def test_subjects(tmp_path: Path, subject: bytes) -> None:
    assert hear(HEAD + b"Subject: " + subject + b"\r\n\r\nhello there, my friends", tmp_path).subject == SUBJECT


NAME = "สลิปโอนเงิน ๑.png"


@pytest.mark.parametrize(
    "named",
    [
        b"filename*=UTF-8''" + quote(NAME).encode(),
        b"filename*=tis-620''" + quote(NAME.encode("cp874")).encode(),
        b'filename="' + NAME.encode() + b'"',
        b'filename="' + NAME.encode("cp874") + b'"',
        b'filename="=?utf-8?B?' + base64.b64encode(NAME.encode()) + b'?="',
        b"filename*0*=UTF-8''" + quote(NAME[:6]).encode() + b";\r\n filename*1*=" + quote(NAME[6:]).encode(),
        b"filename=\"UTF-8''" + quote(NAME).encode() + b'"',
    ],
)
@pytest.mark.parametrize("placed", [b"attachment", b"inline"])
def test_a_file_comes_out_byte_for_byte_under_its_thai_name(tmp_path: Path, named: bytes, placed: bytes) -> None:
    body = (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n"
        + STORY.encode()
        + b"\r\n--x\r\nContent-Type: image/png\r\nContent-Disposition: "
        + placed
        + b"; "
        + named
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(PICTURE)
        + b"\r\n--x--\r\n"
    )
    heard = hear(body, tmp_path)
    assert heard.text == STORY
    assert [(file.name, file.content) for file in heard.files] == [(NAME, PICTURE)]


QUOTE = "> เราได้รับเรื่องแล้ว\n> ศูนย์ 1212"


@pytest.mark.parametrize(
    "rest",
    [
        f"เมื่อ ศ. 20 พ.ย. 2026 เวลา 10:00 ศูนย์ 1212 <a@b.example> เขียนว่า:\n{QUOTE}",
        f"ในวันที่ ศ. 20 พ.ย. 2026 เวลา 10:00 น. ศูนย์ 1212 <a@b.example>\nเขียนว่า:\n{QUOTE}",
        f"On Fri, Nov 20, 2026 at 10:00 AM Centre <a@b.example> wrote:\n{QUOTE}",
        f"On Fri, Nov 20, 2026 at 10:00 AM The Online Complaint Centre <a@b.example>\nwrote:\n{QUOTE}",
        "-----ข้อความเดิม-----\nจาก: ศูนย์\nเราได้รับเรื่องแล้ว",
        "-----Original Message-----\nFrom: Centre\nWe have it.",
        "จาก: ศูนย์ 1212 <a@b.example>\nส่ง: 20 พฤศจิกายน 2569\nถึง: สมหญิง\nเรื่อง: รับเรื่อง\n\nเราได้รับเรื่องแล้ว",
        "From: Centre <a@b.example>\nSent: Friday\nTo: Somying\nSubject: received\n\nWe have it.",
        "ส่งจาก iPhone ของฉัน",
        "Sent from my iPhone",
        "-- \nสมหญิง\nบริษัทสมมุติ จำกัด",
        QUOTE,
    ],
)
def test_quotations_and_signatures_are_folded_and_kept(rest: str) -> None:
    assert fold(f"{STORY}\n\n{rest}") == (STORY, rest)


@pytest.mark.parametrize("text", [QUOTE, "ส่งจาก iPhone", STORY, "จาก: ร้านค้า\nถึง: ฉัน\nเรื่อง: ของ\n\nจ่ายเดี๋ยวนี้"])
def test_folding_never_leaves_nothing(text: str) -> None:
    assert fold(text) == (text, "")


def test_answers_under_a_quotation_are_new_words() -> None:
    assert fold(f"On Monday, Centre wrote:\n{QUOTE}\n{STORY}")[0] == STORY


@pytest.mark.parametrize(
    ("head", "kind", "quiet"),
    [
        (b"Auto-Submitted: auto-replied\r\n", HeardKind.AUTOMATIC, False),
        (b"Auto-Submitted: auto-generated (away)\r\n", HeardKind.AUTOMATIC, False),
        (b"Auto-Submitted: no\r\n", HeardKind.WORDS, False),
        (b"X-Autoreply: yes\r\n", HeardKind.AUTOMATIC, False),
        (b"Return-Path: <>\r\n", HeardKind.AUTOMATIC, False),
        (b"Precedence: auto_reply\r\n", HeardKind.AUTOMATIC, False),
        ("Subject: ตอบกลับอัตโนมัติ: ลาพักร้อน\r\n".encode(), HeardKind.AUTOMATIC, False),
        (b"Precedence: bulk\r\n", HeardKind.WORDS, True),
        (b"List-Id: <x.example>\r\n", HeardKind.WORDS, True),
        (b"X-Auto-Response-Suppress: All\r\n", HeardKind.WORDS, True),
        (b"", HeardKind.WORDS, False),
    ],
)
def test_machines_are_told_from_people(tmp_path: Path, head: bytes, kind: HeardKind, quiet: bool) -> None:  # noqa: FBT001 - a row of the table
    heard = hear(head + HEAD + b"\r\n" + STORY.encode(), tmp_path)
    assert (heard.kind, heard.quiet) == (kind, quiet)


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b"\x00\x00\n", b"\r\n".join([b"X: boundary=a"] * 2001)])
def test_what_cannot_be_read_is_said(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(Unreadable):
        hear(body, tmp_path)


def test_a_page_becomes_words_and_its_links_stay(tmp_path: Path) -> None:
    page = f"<html><style>p{{}}</style><p>{STORY}</p><div>ดู <a href='https://shop.example/x'>ร้าน</a></div></html>"
    heard = hear(plain(page.encode(), "text/html; charset=utf-8"), tmp_path)
    assert heard.text == f"{STORY}\n\nดู ร้าน (https://shop.example/x)"


def test_ten_thousand_headers_and_a_wood_of_parts(tmp_path: Path) -> None:
    many = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    assert hear(many + HEAD + b"\r\n" + STORY.encode(), tmp_path).text == STORY
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60))
    heard = hear(HEAD + deep + b"Content-Type: text/plain\r\n\r\nhello", tmp_path)
    assert [file.media_type for file in heard.files] == ["message/rfc822"]


def test_one_mail_in_two_boxes_is_one_and_another_text_is_another(tmp_path: Path) -> None:
    one = hear(b"Received: a\r\n" + plain(STORY.encode(), "text/plain"), tmp_path)
    same = hear(b"Received: b\r\n" + plain(STORY.encode(), "text/plain"), tmp_path)
    other = hear(plain(b"something else", "text/plain"), tmp_path)
    assert one.event_id == same.event_id != other.event_id
