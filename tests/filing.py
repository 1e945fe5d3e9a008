"""Files for tests: pictures, slips, documents and bombs, and a worker's look into what was kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pillow_heif
import segno
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.outbox import Promise, PromiseKind
from complaints.services.evidence import inspecting
from complaints.services.evidence.kinds import Limits
from complaints.services.evidence.slips import checksum
from complaints.services.evidence.stores import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from complaints.services.evidence.antivirus import Clamd
    from complaints.services.evidence.stores import Store
    from config import Settings

pillow_heif.register_heif_opener()
LIMITS = Limits(files=10, file_bytes=2 * 2**20, total_bytes=5 * 2**20)
GPS = {1: "N", 2: (13.0, 44.0, 11.0), 3: "E", 4: (100.0, 29.0, 30.0)}
OFFICE = ("[Content_Types].xml", "_rels/.rels")


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
    if kind == "HEIF":
        # Its library writes no picture of so few points with a camera's notes and a place in them.
        more = {"xmp": xmp}
    return picture(kind, exif=exif, **more) + (b"" if kind == "HEIF" else b"TAILMARK")


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of one bit a point that says what size it has, whatever its rows are."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def archive(*parts: str, **bodies: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for part in parts:
            file.writestr(part, "<x/>")
        for part, body in bodies.items():
            file.writestr(part, body)
    return out.getvalue()


def slip_code(bank: str, reference: str) -> str:
    """The words of a slip's QR code."""
    inner = f"000600000101{len(bank):02}{bank}02{len(reference):02}{reference}"
    text = f"00{len(inner):02}{inner}5102TH9104"
    return text + checksum(text)


def slip_picture(bank: str, reference: str, kind: str = "PNG") -> bytes:
    """A slip as a bank's app saves it: a tall page with a small code in its corner."""
    code = Image.open(io.BytesIO(_code(slip_code(bank, reference)))).convert("RGB")
    page = Image.new("RGB", (1080, 1500), "#f4f7fb")
    page.paste(code, (760, 1180))
    out = io.BytesIO()
    page.save(out, kind)
    return out.getvalue()


def _code(words: str) -> bytes:
    out = io.BytesIO()
    segno.make(words, error="m", micro=False).save(out, kind="png", scale=6, border=3)
    return out.getvalue()


def pdf_of(*pages: tuple[float, float], content: bytes = b"0 0 1 rg 10 10 50 50 re f", trailer: bytes = b"") -> bytes:
    """A PDF with pages of these sizes in points, a blue square on each."""
    kids = " ".join(f"{3 + 2 * at} 0 R" for at in range(len(pages)))
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
    ]
    for at, (width, height) in enumerate(pages):
        bodies.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/UserUnit 1/Contents {4 + 2 * at} 0 R>>".encode()
        )
        bodies.append(b"<</Length %d>>stream\n%b\nendstream" % (len(content), content))
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(bodies) + 1, table)
    return out + b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, start)


JPEG = picture("JPEG")


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def look_into_all(settings: Settings, scanner: Clamd | None = None, store: Store | None = None) -> int:
    """Keep every promise to look into a file, as a worker does; returns how many."""
    kept = 0
    for promise_id in _open(PromiseKind.INSPECT):
        with unit_of_work() as session:
            about = inspecting.material(session, promise_id)
        assert about is not None
        finding = inspecting.look(about, store or open_store(settings), scanner)
        with unit_of_work() as session:
            inspecting.record(session, session.get_one(Promise, promise_id), finding, datetime.now(UTC))
        kept += 1
    return kept


def erase_all(settings: Settings) -> None:
    """Keep every promise to remove bytes, as a worker does."""
    for promise_id in _open(PromiseKind.ERASE):
        with unit_of_work() as session:
            promise = session.get_one(Promise, promise_id)
            for path in promise.payload["paths"]:
                open_store(settings).erase(path)
            promise.keep(datetime.now(UTC))


def _open(kind: PromiseKind) -> list[int]:
    return list(db.session.scalars(select(Promise.id).where(Promise.kind == kind.value, Promise.done_at.is_(None))))
