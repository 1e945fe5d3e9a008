"""Mails that are made to hurt: large, many, deep, packed. Each ends in a clear result, within bounds of memory."""

from __future__ import annotations

import base64
import hashlib
import io
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from complaints.channels.mime import rtf, tnef
from complaints.channels.mime.quoted import LONGEST
from complaints.channels.mime.read import read
from complaints.channels.mime.tree import DEEPEST
from complaints.domain.channel import Raw, Unreadable
from tests.centre import make_settings

if TYPE_CHECKING:
    from pathlib import Path

    from complaints.domain.channel import Heard

MEGABYTE = 2**20
HEAD = b"From: big@example.com\r\nSubject: big\r\nMessage-ID: <big@example.com>\r\n"
STORY = "ร้านไม่ส่งของ"
WORDS = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + STORY.encode()


def hear(body: bytes, folder: Path) -> Heard:
    raw = Raw("email", "", body, {}, datetime(2026, 11, 20, tzinfo=UTC))
    (heard,) = read(raw, make_settings(folder, "sqlite://"))
    return heard


def mixed(*parts: bytes, boundary: bytes = b"x") -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"
    return head + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def attached(content: bytes, name: str) -> bytes:
    head = f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Disposition: attachment\r\n'
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(content)


def test_a_mail_of_25_megabytes_comes_out_whole_in_a_few_times_its_size(tmp_path: Path) -> None:
    content = hashlib.shake_256(b"film").digest(18 * MEGABYTE)
    body = HEAD + mixed(WORDS, attached(content, "film.mp4"))
    assert len(body) > 24 * MEGABYTE
    tracemalloc.start()
    heard = hear(body, tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert heard.text == STORY
    assert [(file.name, file.content == content) for file in heard.files] == [("film.mp4", True)]
    assert most < 8 * len(body)


def test_archives_are_never_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(200 * MEGABYTE))
    bombs = {"bomb.zip": packed.getvalue(), "bomb.gz": zlib.compress(bytes(100 * MEGABYTE), 9)}
    body = HEAD + mixed(WORDS, *(attached(content, name) for name, content in bombs.items()))
    tracemalloc.start()
    heard = hear(body, tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {file.name: file.content for file in heard.files} == bombs
    assert most < 20 * MEGABYTE


@pytest.mark.parametrize("part", [WORDS, b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny", b""])
def test_ten_thousand_parts_are_for_a_person(tmp_path: Path, part: bytes) -> None:
    with pytest.raises(Unreadable, match="more than 2000 parts") as caught:
        hear(HEAD + mixed(*[part] * 10_000), tmp_path)
    assert caught.value.saved is not None
    assert (caught.value.saved.sender, caught.value.saved.subject) == ("big@example.com", "big")


def test_ten_thousand_boundaries_that_are_none(tmp_path: Path) -> None:
    decoys = b"--xx\r\n" * 500_000
    assert (
        hear(HEAD + mixed(WORDS, attached(decoys, "decoys.txt"), WORDS + decoys), tmp_path).files[0].content == decoys
    )


def test_a_hundred_levels_are_read_as_far_as_a_person_nests_and_the_rest_stays_whole(tmp_path: Path) -> None:
    inner = b"Content-Type: text/plain\r\n\r\nat the bottom"
    levels = [inner]
    for number in range(100):
        levels.append(mixed(WORDS if number == 99 else b"\r\n", levels[-1], boundary=b"b%d" % number))
    heard = hear(HEAD + levels[-1], tmp_path)
    assert heard.text == STORY
    (rest,) = heard.files
    assert (rest.name, rest.content) == ("nested.eml", levels[100 - DEEPEST])


def test_a_hundred_mails_inside_each_other(tmp_path: Path) -> None:
    mail = HEAD + b"\r\nat the bottom"
    for _ in range(100):
        mail = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + mail
    heard = hear(mail, tmp_path)
    assert len(heard.files) == DEEPEST + 1
    assert heard.files[0].content.endswith(b"at the bottom")


def test_words_of_a_whole_library_are_kept_and_not_folded(tmp_path: Path) -> None:
    text = "> อ้าง\nคำ\n" * LONGEST
    heard = hear(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode(), tmp_path)
    assert (heard.text, heard.folded) == (text.strip(), "")


def test_a_page_of_a_whole_library_is_kept_as_a_file(tmp_path: Path) -> None:
    page = b"<p>" + b"<div><b>x" * 500_000
    heard = hear(HEAD + b"Content-Type: text/html\r\n\r\n" + page, tmp_path)
    assert (heard.text, [(file.name, file.content) for file in heard.files]) == ("", [("mail.html", page)])


def test_a_head_of_megabytes(tmp_path: Path) -> None:
    body = HEAD + b"X-Junk: " + b"a" * 8 * MEGABYTE + b"\r\n" + WORDS
    assert hear(body, tmp_path).sender == "big@example.com"


def test_rich_text_that_unpacks_to_more_than_it_says() -> None:
    # Every reference repeats what stands before it: seventeen bytes out of two.
    packed = b"".join(b"\xff" + b"\x00\x0f" * 8 for _ in range(600_000))
    claimed = (2**31).to_bytes(4, "little")
    assert len(rtf.decompress(b"\x00" * 4 + claimed + b"LZFu" + b"\x00" * 4 + packed)) <= rtf.LARGEST


def test_a_wrapping_of_lies_ends_at_once() -> None:
    head = b"\x78\x9f\x3e\x22\x00\x00"
    many = b"\x02\x02\x90\x06\x00" + (0).to_bytes(4, "little") + b"\x00\x00"
    assert len(tnef.unpack(head + many * 100_000).files) <= tnef.MOST_FILES
