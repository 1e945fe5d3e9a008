"""A look into each file: whole, harmless, shown; what harms stays sealed and closed, and the desk is told."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.errors import FileHeld, StoreAway
from complaints.domain.message import Attachment, BankSlip, Message
from complaints.domain.outbox import Promise
from complaints.services import access, drafts, triage
from complaints.services.evidence import inspecting, ties
from complaints.services.evidence.antivirus import Clamd, ScannerAway
from complaints.services.evidence.inspecting import Altered
from complaints.services.evidence.keeping import erase, inspection_of, keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import Missing, open_store
from tests.filing import (
    JPEG,
    LIMITS,
    OFFICE,
    archive,
    erase_all,
    look_into_all,
    on_disk,
    pdf_of,
    slip_picture,
    telling_picture,
)
from tests.servers import ClamServer, free_port
from tests.services.scene import NOW, agent, in_triage, ocpb, police, referred, the_case

if TYPE_CHECKING:
    from flask import Flask

    from complaints.domain.actor import Actor
    from config import Settings
    from tests.servers import BucketServer


def kept(settings: Settings, name: str, content: bytes, number: str | None = None) -> int:
    """A file in a case."""
    with unit_of_work() as session:
        case = the_case(session, number or in_triage())
        (file,) = keep_files(session, [Upload(name, content)], LIMITS, open_store(settings), NOW, case=case)
        return file.id


def seen(file_id: int) -> Attachment:
    db.session.expire_all()
    return db.session.get_one(Attachment, file_id)


def test_the_place_is_gone_from_the_copy_and_stays_in_the_sealed_original(app: Flask, settings: Settings) -> None:
    content = telling_picture("JPEG")
    file_id = kept(settings, "สลิป.jpg", content)
    look_into_all(settings)
    file, store = seen(file_id), open_store(settings)
    assert (file.verdict, file.flaw, file.opened) == ("unscanned", "", True)
    shown, thumb = store.get(f"shown/{file.shown_key}"), store.get(f"thumb/{file.thumb_key}")
    for copy in (shown, thumb):
        assert (b"CAMERAMARK" in copy, b"EXIF" in copy) == (False, False)
    original = store.get(f"original/{file.stored_key}")
    assert b"CAMERAMARK" in original
    assert hashlib.sha256(original).hexdigest() == file.sha256 == hashlib.sha256(content).hexdigest()


def test_what_harms_stays_closed_and_the_desk_is_told(app: Flask, settings: Settings, clamd: ClamServer) -> None:
    number = in_triage()
    good, bad = kept(settings, "ดี.jpg", JPEG, number), kept(settings, "ร้าย.jpg", JPEG + clamd.MARK, number)
    look_into_all(settings, Clamd(clamd.address))
    assert seen(good).verdict == "clean"
    file = seen(bad)
    assert (file.verdict, file.threat, file.shown_key, file.thumb_key) == ("quarantined", clamd.FOUND, None, None)
    who = agent()
    with pytest.raises(FileHeld):
        access.open_file(db.session(), the_case(db.session(), number), bad, who)
    notes = db.session.scalars(select(Message.body).where(Message.kind == "note")).all()
    assert len(notes) == 1
    assert "ร้าย.jpg" in notes[0]
    assert clamd.FOUND in notes[0]
    # It is evidence all the same: sealed, with its hash.
    assert hashlib.sha256(open_store(settings).get(f"original/{file.stored_key}")).hexdigest() == file.sha256


def test_an_archive_that_lies_goes_into_quarantine(app: Flask, settings: Settings) -> None:
    bomb = archive(*OFFICE, "word/document.xml", **{"z.xml": bytes(60 * 2**20)})
    real = (60 * 2**20).to_bytes(4, "little")
    file_id = kept(settings, "คำร้อง.docx", bomb.replace(real, (1000).to_bytes(4, "little")))
    look_into_all(settings)
    assert (seen(file_id).verdict, seen(file_id).threat) == ("quarantined", "bomb")


def test_without_the_scanners_word_a_file_stays_closed(app: Flask, settings: Settings) -> None:
    file_id = kept(settings, "a.jpg", JPEG)
    with pytest.raises(ScannerAway):
        look_into_all(settings, Clamd(f"127.0.0.1:{free_port()}"))
    assert (seen(file_id).verdict, seen(file_id).opened) == ("waiting", False)


def test_a_file_that_was_altered_or_is_gone_stays_closed(app: Flask, settings: Settings) -> None:
    file_id = kept(settings, "a.jpg", JPEG)
    place = settings.uploads_dir / "original" / seen(file_id).stored_key
    place.chmod(0o600)
    place.write_bytes(JPEG + b"x")
    with pytest.raises(Altered):
        look_into_all(settings)
    place.unlink()
    with pytest.raises(Missing):
        look_into_all(settings)
    assert seen(file_id).verdict == "waiting"


def test_a_scanner_that_learnt_more_closes_what_was_open(app: Flask, settings: Settings, clamd: ClamServer) -> None:
    file_id = kept(settings, "a.jpg", JPEG + clamd.MARK)
    look_into_all(settings)
    assert seen(file_id).opened
    assert len(on_disk(settings.uploads_dir)) == 3
    with unit_of_work() as session:
        session.add(inspection_of(session.get_one(Attachment, file_id), NOW))
    look_into_all(settings, Clamd(clamd.address))
    erase_all(settings)
    assert seen(file_id).verdict == "quarantined"
    assert on_disk(settings.uploads_dir) == [f"original/{seen(file_id).stored_key}"]


def test_a_document_tells_its_pages_and_a_locked_one_its_lock(app: Flask, settings: Settings) -> None:
    file_id = kept(settings, "ใบเสร็จ.pdf", pdf_of((100, 100), (100, 100), (100, 100)))
    wreck = kept(settings, "เสีย.pdf", b"%PDF-1.7\nnothing")
    look_into_all(settings)
    assert (seen(file_id).pages, seen(file_id).flaw) == (3, "")
    assert (seen(wreck).pages, seen(wreck).flaw, seen(wreck).opened) == (None, "damaged", True)


def test_a_file_taken_back_while_it_is_looked_into_leaves_nothing(app: Flask, settings: Settings) -> None:
    with unit_of_work() as session:
        draft, _ = drafts.start(session, NOW)
        keep_files(session, [Upload("a.jpg", JPEG)], LIMITS, open_store(settings), NOW, draft=draft)
    promise_id = db.session.scalars(select(Promise.id).where(Promise.kind == "inspect")).one()
    about = inspecting.material(db.session(), promise_id)
    assert about is not None
    db.session.remove()
    inspecting.look(about, open_store(settings), None)
    with unit_of_work() as session:
        erase(session, [session.get_one(Attachment, about.file_id)], NOW)
    assert inspecting.material(db.session(), promise_id) is None
    db.session.remove()
    with unit_of_work() as session:
        inspecting.forget_copies(session, about, NOW)
    erase_all(settings)
    assert on_disk(settings.uploads_dir) == []
    assert db.session.scalars(select(Promise).where(Promise.kind == "inspect")).all() == []


def test_the_same_slip_is_found_in_the_other_case(app: Flask, settings: Settings) -> None:
    first, second, third = referred("POLICE"), in_triage(), in_triage()
    kept(settings, "สลิป.png", slip_picture("004", "0142210825478AB04988"), first)
    kept(settings, "สลิป (1).jpg", slip_picture("004", "0142210825478AB04988", "JPEG"), second)
    kept(settings, "อีกใบ.png", slip_picture("014", "0142210825478AB04988"), third)
    look_into_all(settings)
    assert len(db.session.scalars(select(BankSlip)).all()) == 3
    desk, first_agency, second_agency = agent(), police(), ocpb()

    def others(number: str, actor: Actor) -> list[str]:
        session = db.session()
        return [row.number for row in ties.same_slips(session, the_case(session, number), actor)]

    assert others(first, desk) == [second]
    assert others(second, desk) == [first]
    assert others(third, desk) == []
    # An agency sees only what it may see.
    assert others(second, first_agency) == [first]
    assert others(second, second_agency) == []


def test_a_joined_case_is_no_other_case(app: Flask, settings: Settings) -> None:
    first, second = in_triage(), in_triage()
    for number in (first, second):
        kept(settings, "สลิป.png", slip_picture("025", "KMA269911180747wmUervZjtn"), number)
    look_into_all(settings)
    who = agent()
    with unit_of_work() as session:
        triage.merge(session, the_case(session, second), the_case(session, first), who, NOW + timedelta(hours=1))
    session = db.session()
    assert ties.same_slips(session, the_case(session, first), who) == []


def test_a_bucket_that_fails_loses_nothing(app: Flask, bucket_settings: Settings, bucket: BucketServer) -> None:
    file_id = kept(bucket_settings, "a.jpg", JPEG)
    bucket.stop()
    try:
        with pytest.raises(StoreAway):
            look_into_all(bucket_settings)
        # What cannot be stored is not taken: no row tells of it.
        number = in_triage()
        with pytest.raises(StoreAway):
            kept(bucket_settings, "b.jpg", JPEG, number)
        db.session.rollback()
        assert [row.id for row in db.session.scalars(select(Attachment))] == [file_id]
        db.session.remove()
    finally:
        bucket.start()
    look_into_all(bucket_settings)
    assert seen(file_id).opened
    assert (bucket.files / "original" / seen(file_id).stored_key).read_bytes() == JPEG
    assert on_disk(bucket_settings.uploads_dir) == []
