"""Tasks and timetable as the workers run them: the real bodies, the real model, a real mail server, both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from celery.contrib.testing.worker import start_worker
from sqlalchemy import delete, func, select, text

from classifiers.model import Router
from complaints.db import db, unit_of_work
from complaints.domain.agency import CENTRE, Agency
from complaints.domain.case import Case
from complaints.domain.channel import Raw
from complaints.domain.clock import ClockRun
from complaints.domain.identifier import Decision
from complaints.domain.kpi.facts import KpiFact
from complaints.domain.kpi.indicators import RESOLUTION
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.message import Draft
from complaints.domain.outbox import LEASE, Promise, PromiseKind
from complaints.domain.search import SearchText
from complaints.services import drafts, health, promises, receive
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from tests.centre import file_case
from tests.filing import JPEG, LIMITS, on_disk
from tests.servers import LOOPBACK, wait_until
from tests.services.scene import actions_of, answered, in_triage, referred, states, the_case
from tests.trained import training_stories
from workers import clock, tasks
from workers.assembly import TIMETABLE, make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from celery import Celery
    from flask import Flask

    from config import Settings
    from tests.servers import MailServer

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ADDRESS = "somying@example.com"


@pytest.fixture
def centre(app: Flask, settings: Settings, model_dir: Path, mail_server: MailServer) -> Iterator[Celery]:
    """The assembled Celery app on this test's centre, with a trained model and a mail server; no worker runs yet."""
    settings.model_dir.symlink_to(model_dir)
    mailing = replace(
        settings,
        smtp_host=LOOPBACK,
        smtp_port=mail_server.port,
        broker_url="memory://localhost",
        base_url="https://c.example",
    )
    celery = make_celery(app, mailing)
    celery.conf.broker_transport_options = {"polling_interval": 0.01}
    celery.set_current()
    celery.finalize()
    celery.control.purge()
    yield celery
    celery.control.purge()
    celery.close()


@pytest.fixture(scope="session")
def sure_story(model_dir: Path) -> str:
    """A complaint of which the trained model is sure, and that an agency has to act on."""
    router = Router.load(model_dir)
    for story in training_stories(400):
        guess = router.predict(story)
        if guess.auto and not guess.urgent and guess.agency != CENTRE:
            return story
    pytest.fail("the model is sure of none of its own rows")


def ids_of(number: str, kind: PromiseKind) -> list[int]:
    session = db.session()
    found = [row.id for row in the_case(session, number).promises if row.kind == kind.value]
    db.session.remove()
    return found


def keep_all(number: str, kind: PromiseKind) -> None:
    for promise_id in ids_of(number, kind):
        tasks.keep(promise_id)


def the_promise(promise_id: int) -> Promise:
    db.session.remove()
    promise = db.session.get_one(Promise, promise_id)
    db.session.expunge_all()
    db.session.remove()
    return promise


def open_promises() -> int:
    left = db.session.scalar(
        select(func.count()).select_from(Promise).where(Promise.done_at.is_(None), Promise.failed_at.is_(None))
    )
    db.session.remove()
    return left or 0


def run_of(name: str) -> ClockRun:
    db.session.remove()
    return db.session.get_one(ClockRun, name)


def receipt(**more: object) -> int:
    """The promise of a fresh case's receipt."""
    number, _ = file_case(now=NOW, email=ADDRESS, **more)
    return ids_of(number, PromiseKind.LETTER)[0]


def test_a_complaint_is_classified_and_referred(centre: Celery, sure_story: str) -> None:
    number, _ = file_case(sure_story, now=NOW)
    keep_all(number, PromiseKind.CLASSIFY)
    case = the_case(db.session(), number)
    (decision,) = case.decisions
    assert (decision.decided_by, decision.auto) == ("machine", True)
    assert decision.confidence is not None
    assert decision.confidence > 0.5
    assert decision.evidence
    assert decision.model_version
    assert case.category_code == decision.category_code
    assert states(db.session(), number) == (State.REFERRED, [ReferralState.SENT])
    assert actions_of(db.session(), number) == ["file", "classify", "refer"]


def test_what_the_text_names_is_tied_to_the_case(centre: Celery) -> None:
    number, _ = file_case("โอนไปบัญชีกสิกร 123-4-56789-0 โทร 089-123-4567", now=NOW, phone="0891234567")
    keep_all(number, PromiseKind.CLASSIFY)
    kinds = {tie.identifier.kind for tie in the_case(db.session(), number).identifiers}
    # The complainant's own telephone is nobody's respondent.
    assert kinds == {"bank_account"}


def test_a_late_or_second_message_finds_nothing_to_do(centre: Celery, sure_story: str) -> None:
    number, _ = file_case(sure_story, now=NOW)
    for _ in range(3):
        keep_all(number, PromiseKind.CLASSIFY)
    tasks.keep(999_999)
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1
    assert actions_of(db.session(), number) == ["file", "classify", "refer"]


def test_a_promise_in_other_hands_is_left_alone(centre: Celery, mail_server: MailServer) -> None:
    promise_id = receipt()
    now = datetime.now(UTC)
    with unit_of_work() as session:
        assert promises.claim(session, promise_id, now) is not None
    tasks.keep(promise_id)
    assert mail_server.mails == []
    with time_machine.travel(now + LEASE, tick=False):
        tasks.keep(promise_id)
    assert len(mail_server.mails) == 1


def test_whoever_reads_a_mail_sends_its_receipt_before_the_next_is_read(
    centre: Celery, mail_server: MailServer
) -> None:
    head = f"From: {ADDRESS}\r\nTo: 1212@localhost\r\nSubject: cheated\r\nMessage-ID: <".encode()
    with unit_of_work() as session:
        for mark in ("1", "2"):
            mail = head + mark.encode() + b"@b>\r\n\r\nThe shop took 500 baht and sent nothing.\r\n"
            receive.keep_raw(session, Raw("email", "1212@localhost", mail, {}, NOW), mark)
    first, second = db.session.scalars(select(Promise.id).where(Promise.kind == "read").order_by(Promise.id)).all()
    db.session.remove()
    tasks.keep(first)
    (mail_out,) = mail_server.mails
    assert mail_out.recipients == (ADDRESS,)
    case = db.session.scalars(select(Case)).one()
    assert case.acknowledged_at is not None
    # What nobody outside waits for keeps its place in the queue.
    assert [row.kind for row in case.promises if row.open] == ["classify"]
    db.session.remove()
    tasks.keep(second)
    assert len(mail_server.mails) == 2


def test_a_letter_is_mailed_once(centre: Celery, mail_server: MailServer) -> None:
    promise_id = receipt()
    for _ in range(2):
        tasks.keep(promise_id)
    (mail,) = mail_server.mails
    assert mail.recipients == (ADDRESS,)
    assert "https://c.example/t/" in mail.message.get_content()
    promise = the_promise(promise_id)
    assert promise.done_at is not None
    assert (promise.result, promise.lease_until, promise.last_error) == ({"delivered": "email"}, None, "")


def test_from_the_complaint_to_the_letter_of_referral(centre: Celery, mail_server: MailServer, sure_story: str) -> None:
    number, _ = file_case(sure_story, now=NOW, email=ADDRESS, language="en")
    keep_all(number, PromiseKind.CLASSIFY)
    keep_all(number, PromiseKind.LETTER)
    subjects = [str(mail.message["Subject"]) for mail in mail_server.mails]
    assert len(subjects) == 2
    assert all(subject.startswith(f"[{number}]") and subject.isascii() for subject in subjects)
    assert len({str(mail.message["Message-ID"]) for mail in mail_server.mails}) == 2


def test_who_left_no_address_has_it_on_the_page(centre: Celery, mail_server: MailServer) -> None:
    number, _ = file_case(now=NOW)
    (promise_id,) = ids_of(number, PromiseKind.LETTER)
    tasks.keep(promise_id)
    assert mail_server.mails == []
    assert the_promise(promise_id).result == {"delivered": "tracking_page"}


def test_not_now_is_tried_again_after_a_pause(centre: Celery, mail_server: MailServer) -> None:
    promise_id = receipt()
    moment = NOW
    for tries, pause in enumerate((10, 20, 40), 1):
        mail_server.refuse_next("451 later")
        with time_machine.travel(moment, tick=False):
            tasks.keep(promise_id)
        promise = the_promise(promise_id)
        assert (promise.tries, promise.due_at, promise.failed_at) == (tries, moment + pause * SECOND, None)
        assert promise.last_error == "Postponed: the mail server refused the letter (451)"
        with time_machine.travel(moment + (pause - 1) * SECOND, tick=False):
            tasks.keep(promise_id)
        assert the_promise(promise_id).tries == tries
        moment += pause * SECOND
    assert mail_server.mails == []
    with time_machine.travel(moment, tick=False):
        tasks.keep(promise_id)
    assert len(mail_server.mails) == 1
    assert the_promise(promise_id).last_error == ""


def test_never_fails_at_once_for_a_person_to_see(centre: Celery, mail_server: MailServer) -> None:
    promise_id = receipt()
    mail_server.refuse_next("550 no such mailbox")
    tasks.keep(promise_id)
    promise = the_promise(promise_id)
    assert (promise.tries, promise.failed_at is None) == (1, False)
    assert promise.last_error == "email: the mail server refused the letter (550)"
    assert [row.id for row in promises.failed(db.session())] == [promise_id]
    db.session.remove()
    with unit_of_work() as session:
        promises.retry(session, promise_id, datetime.now(UTC))
    tasks.keep(promise_id)
    assert len(mail_server.mails) == 1


def test_a_mail_server_that_is_down_costs_time_only(centre: Celery, mail_server: MailServer) -> None:
    promise_id = receipt()
    mail_server.stop()
    try:
        with time_machine.travel(NOW, tick=False):
            tasks.keep(promise_id)
    finally:
        mail_server.start()
    promise = the_promise(promise_id)
    assert (promise.tries, promise.due_at) == (1, NOW + 10 * SECOND)
    assert promise.last_error.startswith("ConnectionRefusedError")
    with time_machine.travel(NOW + 10 * SECOND, tick=False):
        tasks.keep(promise_id)
    assert len(mail_server.mails) == 1


def test_an_error_of_our_own_is_a_miss_too(centre: Celery) -> None:
    number, _ = file_case(now=NOW, email=ADDRESS)
    with unit_of_work() as session:
        promise = the_case(session, number).promise_letter(NOW, "no_such_letter")
        session.flush()
        promise_id = promise.id
    tasks.keep(promise_id)
    promise = the_promise(promise_id)
    assert (promise.tries, promise.open) == (1, True)
    assert promise.last_error.startswith("MissingWord")


def test_an_error_of_the_database_holds_no_citizens_words(centre: Celery, capfd: pytest.CaptureFixture[str]) -> None:
    number, _ = file_case("ความลับของผู้ร้อง โทร 0812345678 กับเงินที่หายไป", now=NOW)
    with unit_of_work() as session:
        session.execute(text("DROP TABLE decision"))
    (promise_id,) = ids_of(number, PromiseKind.CLASSIFY)
    tasks.keep(promise_id)
    promise = the_promise(promise_id)
    assert promise.tries == 1
    assert "decision" in promise.last_error
    said = promise.last_error + "".join(capfd.readouterr())
    assert "0812345678" not in said
    assert "ความลับ" not in said
    # Half a classification is none.
    assert the_case(db.session(), number).category_code is None


def test_a_worker_takes_what_the_sweep_finds(centre: Celery, mail_server: MailServer, sure_story: str) -> None:
    for _ in range(3):
        file_case(sure_story, now=NOW, email=ADDRESS)
    assert open_promises() == 6
    with start_worker(centre, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=60):
        wait_until(lambda: clock.sweep() or open_promises() == 0)
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 3
    # Three receipts and three letters of referral, each once.
    assert len({str(mail.message["Message-ID"]) for mail in mail_server.mails}) == len(mail_server.mails) == 6
    assert run_of("sweep").last_error == ""


def test_every_entry_of_the_timetable_runs_and_says_so(centre: Celery) -> None:
    for entry in TIMETABLE.values():
        centre.tasks[entry["task"]]()
    session = db.session()
    runs = {run.name: run for run in session.scalars(select(ClockRun))}
    assert set(runs) == set(TIMETABLE)
    for run in runs.values():
        assert run.finished_at is not None
        assert run.finished_at >= run.started_at
        assert run.last_error == ""
    timetable = health.pulse(session, datetime.now(UTC))["timetable"]
    assert {name: entry["error"] for name, entry in timetable.items()} == dict.fromkeys(TIMETABLE, False)


def test_the_deadlines_entry_reminds_and_escalates(centre: Celery) -> None:
    near, unread = referred(now=NOW), in_triage(now=NOW)
    with time_machine.travel(NOW + 13 * DAY, tick=False):
        for _ in range(2):
            clock.deadlines()
    assert actions_of(db.session(), near)[-2:] == ["remind", "escalate"]
    assert actions_of(db.session(), unread).count("escalate") == 1


def test_a_late_agency_is_written_to_once(centre: Celery, mail_server: MailServer) -> None:
    with unit_of_work() as session:
        session.get_one(Agency, "POLICE").email = "duty@police.example"
    number = referred(now=NOW)
    with time_machine.travel(NOW + 20 * DAY, tick=False):
        for _ in range(2):
            clock.deadlines()
            keep_all(number, PromiseKind.AGENCY_LETTER)
    (mail,) = mail_server.mails
    assert mail.recipients == ("duty@police.example",)
    assert number in str(mail.message["Subject"])
    (promise_id,) = ids_of(number, PromiseKind.AGENCY_LETTER)
    assert the_promise(promise_id).result == {"delivered": "email"}


def test_the_silence_entry_closes(centre: Celery) -> None:
    number = answered(now=NOW)
    with time_machine.travel(NOW + 20 * DAY, tick=False):
        clock.close_silent()
    assert the_case(db.session(), number).state == State.CLOSED


def test_a_case_older_than_the_search_is_written_into_it(centre: Celery) -> None:
    file_case()
    with unit_of_work() as session:
        session.execute(delete(SearchText))
    clock.index()
    assert db.session.scalar(select(func.count()).select_from(SearchText)) == 1
    db.session.remove()


def test_the_counting_entries_count(centre: Celery) -> None:
    file_case(now=NOW)
    with time_machine.travel(NOW + DAY, tick=False):
        # Nothing happened in the last minutes.
        clock.count()
    assert db.session.scalar(select(func.count()).select_from(KpiFact)) == 0
    db.session.remove()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        clock.count()
    fact = db.session.scalars(select(KpiFact).where(KpiFact.definition == RESOLUTION)).one()
    assert (fact.day, fact.contacts, fact.due, fact.solved) == (date(2026, 11, 20), 1, 1, 0)
    db.session.remove()
    with unit_of_work() as session:
        session.execute(KpiFact.__table__.delete())
    clock.recount()
    assert RESOLUTION in set(db.session.scalars(select(KpiFact.definition)))


def test_the_forgetting_entry_erases_old_drafts(centre: Celery, settings: Settings) -> None:
    with unit_of_work() as session:
        draft, _ = drafts.start(session, NOW)
        upload = Upload("สลิป.jpg", JPEG)
        keep_files(session, [upload], LIMITS, open_store(settings), NOW, draft=draft)
    with time_machine.travel(NOW + 8 * DAY, tick=False):
        clock.forget()
        assert db.session.scalar(select(func.count()).select_from(Draft)) == 0
        promise_ids = db.session.scalars(select(Promise.id).where(Promise.kind == "erase")).all()
        db.session.remove()
        for promise_id in promise_ids:
            tasks.keep(promise_id)
    assert on_disk(settings.uploads_dir) == []


def test_an_entry_that_fails_says_so_and_the_next_good_run_takes_it_back(centre: Celery) -> None:
    file_case(now=NOW)
    with time_machine.travel(NOW, tick=False):
        clock.recount()
    with unit_of_work() as session:
        session.execute(text("ALTER TABLE kpi_fact RENAME TO kpi_gone"))
    with time_machine.travel(NOW + DAY, tick=False):
        clock.recount()
    run = run_of("recount")
    assert (run.started_at, run.finished_at) == (NOW + DAY, NOW)
    assert "kpi_fact" in run.last_error
    assert health.pulse(db.session(), NOW + DAY)["timetable"]["recount"] == {"age_seconds": 86400.0, "error": True}
    db.session.remove()
    with unit_of_work() as session:
        session.execute(text("ALTER TABLE kpi_gone RENAME TO kpi_fact"))
    with time_machine.travel(NOW + 2 * DAY, tick=False):
        clock.recount()
    run = run_of("recount")
    assert (run.finished_at, run.last_error) == (NOW + 2 * DAY, "")
