"""Drafts: what was typed is found again by its token only, and forgetting erases the files with the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.message import Attachment, Draft
from complaints.services import drafts, intake
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from tests.centre import KEY
from tests.filing import JPEG, LIMITS, erase_all, look_into_all, on_disk
from tests.services.scene import DAY, NOW, at_once

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from config import Settings


def draft_with_file(settings: Settings, now: datetime = NOW) -> tuple[int, str]:
    with unit_of_work() as session:
        draft, token = drafts.start(session, now)
        drafts.save(draft, now, {"story": "โอนเงินแล้ว"})
        uploads = [Upload("สลิป.jpg", JPEG), Upload("แชท.txt", "คุย".encode())]
        keep_files(session, uploads, LIMITS, open_store(settings), now, draft=draft)
        return draft.id, token


def how_many(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_values_are_merged_and_none_takes_one_out(app: Flask) -> None:
    with unit_of_work() as session:
        draft, token = drafts.start(session, NOW)
        drafts.save(draft, NOW, {"name": "สมหญิง", "answers": {"bank": "KBANK"}, "phone": "081"})
    with unit_of_work() as session:
        found = drafts.find_for_change(session, token)
        assert found is not None
        drafts.save(found, NOW + DAY, {"phone": None, "story": "เล่า"})
    found = drafts.find(db.session(), token)
    assert found is not None
    assert found.data == {"name": "สมหญิง", "answers": {"bank": "KBANK"}, "story": "เล่า"}
    assert (found.created_at, found.changed_at) == (NOW, NOW + DAY)


def test_only_the_token_finds_it(app: Flask) -> None:
    with unit_of_work() as session:
        draft, token = drafts.start(session, NOW)
        other = drafts.start(session, NOW)[1]
        assert token not in draft.token_hash
    session = db.session()
    assert token != other
    assert drafts.find(session, token) is not drafts.find(session, other)
    for wrong in ("", "x", token[:-1]):
        assert drafts.find(session, wrong) is None


def test_two_pages_saved_at_once_lose_nothing(app: Flask) -> None:
    with unit_of_work() as session:
        token = drafts.start(session, NOW)[1]

    def job(turn: int) -> None:
        with unit_of_work() as session:
            draft = drafts.find_for_change(session, token)
            assert draft is not None
            drafts.save(draft, NOW, {f"page-{turn}": turn})

    assert at_once(app, 8, job) == [None] * 8
    found = drafts.find(db.session(), token)
    assert found is not None
    assert found.data == {f"page-{turn}": turn for turn in range(8)}


def test_a_file_can_be_taken_back_by_its_draft_only(app: Flask, settings: Settings) -> None:
    mine, theirs = draft_with_file(settings), draft_with_file(settings)
    folder = settings.uploads_dir
    assert len(on_disk(folder)) == 4
    with unit_of_work() as session:
        draft = session.get_one(Draft, mine[0])
        foreign = drafts.files_of(session, session.get_one(Draft, theirs[0]))[0]
        drafts.drop_file(session, draft, foreign.id, NOW)
        drafts.drop_file(session, draft, 999_999, NOW)
        drafts.drop_file(session, draft, drafts.files_of(session, draft)[0].id, NOW)
    session = db.session()
    assert [file.file_name for file in drafts.files_of(session, session.get_one(Draft, mine[0]))] == ["แชท.txt"]
    assert len(drafts.files_of(session, session.get_one(Draft, theirs[0]))) == 2
    # Its bytes go once that is committed.
    assert len(on_disk(folder)) == 4
    erase_all(settings)
    assert len(on_disk(folder)) == 3


def test_forgetting_erases_words_and_files(app: Flask, settings: Settings) -> None:
    _, token = draft_with_file(settings)
    assert look_into_all(settings) == 2
    with unit_of_work() as session:
        assert drafts.forget(session, NOW + 7 * DAY, 7) == 0
    # Two originals, two shown copies, a small one.
    assert len(on_disk(settings.uploads_dir)) == 5
    with unit_of_work() as session:
        assert drafts.forget(session, NOW + 8 * DAY, 7) == 1
    erase_all(settings)
    assert on_disk(settings.uploads_dir) == []
    assert drafts.find(db.session(), token) is None
    assert how_many(Draft) == how_many(Attachment) == 0


def test_a_touched_draft_is_kept(app: Flask, settings: Settings) -> None:
    _, token = draft_with_file(settings)
    with unit_of_work() as session:
        draft = drafts.find(session, token)
        assert draft is not None
        drafts.save(draft, NOW + 6 * DAY, {})
    with unit_of_work() as session:
        assert drafts.forget(session, NOW + 10 * DAY, 7) == 0
    assert drafts.find(db.session(), token) is not None


def test_forgetting_a_sent_draft_leaves_the_cases_files(app: Flask, settings: Settings) -> None:
    draft_id, token = draft_with_file(settings)
    with unit_of_work() as session:
        inbound = intake.Inbound("web", "โอนเงินแล้ว", "sent", draft_id=draft_id)
        intake.file_case(session, inbound, Actor(Role.COMPLAINANT), NOW, KEY)
    before = on_disk(settings.uploads_dir)
    with unit_of_work() as session:
        assert drafts.forget(session, NOW + 30 * DAY, 7) == 1
    assert drafts.find(db.session(), token) is None
    assert on_disk(settings.uploads_dir) == before
    files = db.session.scalars(select(Attachment)).all()
    assert [(file.file_name, file.draft_id, file.case_id is None) for file in files] == [
        ("สลิป.jpg", None, False),
        ("แชท.txt", None, False),
    ]


def test_a_draft_is_discarded_with_its_files(app: Flask, settings: Settings) -> None:
    draft_id, token = draft_with_file(settings)
    keep_id, _ = draft_with_file(settings)
    with unit_of_work() as session:
        drafts.discard(session, session.get_one(Draft, draft_id), NOW)
    assert drafts.find(db.session(), token) is None
    erase_all(settings)
    assert len(on_disk(settings.uploads_dir)) == 2
    assert [file.draft_id for file in db.session.scalars(select(Attachment))] == [keep_id] * 2
