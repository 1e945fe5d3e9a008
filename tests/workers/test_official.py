"""Letters to an agency without accounts: numbered, sealed, mailed by a real server, answered by link, mail and hand."""

from __future__ import annotations

import hashlib
import io
import re
import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

import pypdfium2
import pytest
import time_machine
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.agency import Agency
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import ReferralState, State
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.referral_letter import ReferralLetter
from complaints.domain.thai_time import ARABIC_DIGITS, local_day
from complaints.domain.wording import say
from complaints.services import administer, agency_letters, upkeep
from complaints.services.administer import AgencyForm
from complaints.services.evidence import verifying
from complaints.services.evidence.stores import ORIGINAL, open_store
from complaints.services.official import by_hand
from tests.centre import KEY, sign_in
from tests.filing import JPEG
from tests.postbox import OWN, mail
from tests.servers import LOOPBACK
from tests.services.scene import DAY, NOW, agent, at_agency, at_once, referred, the_case
from tests.workers.test_maildoor import opened
from workers import tasks
from workers.assembly import make_celery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from config import Settings
    from tests.servers import Mail, MailServer

OFFICE = "saraban@ocpb.example"
KIND = PromiseKind.REFERRAL_LETTER.value


@pytest.fixture
def centre(app: Flask, settings: Settings, mail_server: MailServer) -> Iterator[Settings]:
    """A centre with a mail server whose letters to the consumer protection board go on paper."""
    mailing = replace(
        settings,
        smtp_host=LOOPBACK,
        smtp_port=mail_server.port,
        broker_url="memory://localhost",
        base_url="https://c.example",
    )
    app.extensions["settings"] = mailing
    celery = make_celery(app, mailing)
    celery.set_current()
    celery.finalize()
    with unit_of_work() as session:
        session.execute(update(Agency).where(Agency.code == "OCPB").values(email=OFFICE, by_letter=True))
    db.session.remove()
    yield mailing
    celery.close()


def promised() -> list[int]:
    found = list(db.session.scalars(select(Promise.id).where(Promise.kind == KIND, Promise.done_at.is_(None))))
    db.session.remove()
    return found


def letters() -> list[ReferralLetter]:
    found = list(db.session.scalars(select(ReferralLetter).order_by(ReferralLetter.id)))
    db.session.remove()
    return found


def paper(mail: Mail) -> bytes:
    """The one file that goes with a mail."""
    (file,) = mail.message.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    content = file.get_content()
    assert isinstance(content, bytes)
    return content


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(page.get_textpage().get_text_range() for page in document)


def test_only_an_agency_with_an_address_gets_letters(app: Flask) -> None:
    by = agent()
    with unit_of_work() as session:
        ocpb = session.get_one(Agency, "OCPB")
        form = AgencyForm(ocpb.name_th, ocpb.name_en, ocpb.short_th, by_letter=True)
        with pytest.raises(InvalidInput) as refused:
            administer.change_agency(session, ocpb, form, by, NOW)
        assert (refused.value.field, refused.value.values["reason"]) == ("email", "letters_need_address")
        administer.change_agency(session, ocpb, replace(form, email=OFFICE), by, NOW)
        assert ocpb.by_letter
    db.session.remove()


def test_letters_are_numbered_without_gap_sealed_once_and_mailed(
    app: Flask, centre: Settings, mail_server: MailServer
) -> None:
    numbers = [
        referred(
            "OCPB",
            "POLICE",
            story="โอนเงินแล้ว 3,500 บาท ร้านปิดหนี น้ำใจไม่มี",
            name="สมหญิง ใจดี",
            phone="0800000001",
            email=OWN,
        )
        for _ in range(4)
    ]
    ids = promised()
    assert len(ids) == 4, "one for each case: the police work with accounts"

    assert at_once(app, 4, lambda turn: tasks.keep(ids[turn])) == [None] * 4

    made = letters()
    assert sorted(row.number for row in made) == [1, 2, 3, 4]
    assert {(row.year, row.code) for row in made} == {(made[0].dated.year + 543, "ศร 1212")}
    assert promised() == []
    assert len(numbers) == len(made)
    assert {mail.recipients for mail in mail_server.mails} == {(OFFICE,)}
    by_hash = {hashlib.sha256(paper(mail)).hexdigest(): mail for mail in mail_server.mails}
    assert set(by_hash) == {row.sha256 for row in made}
    store = open_store(centre)
    for row in made:
        kept = store.get(f"{ORIGINAL}/{row.stored_key}")
        assert kept == paper(by_hash[row.sha256])
    told = words_of(kept)
    for part in ("๑๒๑๒/", "เรียน", "ด้วยศูนย์", "จึงเรียนมาเพื่อโปรดพิจารณา", "ขอแสดงความนับถือ", "ร้านปิดหนี"):
        assert part in told, part
    assert "หน้า ๒/๒" in told
    assert not [one for one in ("สมหญิง", "ใจดี", "0800000001", OWN) if one in told], "contacts are opened by the link"
    mail = mail_server.mails[0]
    assert "https://c.example/letter/" in mail.message.get_body().get_content()
    assert "+l" in mail.message["Reply-To"]
    assert "https://c.example/letter/" not in words_of(paper(mail)), "whoever sees the paper cannot act for the agency"

    # A worker that died before it wrote down that the mail was sent: the same letter once more, byte for byte.
    with unit_of_work() as session:
        promise = session.get_one(Promise, ids[0])
        promise.done_at = None
    tasks.keep(ids[0])
    again = mail_server.mails[-1]
    assert [paper(one) for one in mail_server.mails].count(paper(again)) == 2
    assert len(letters()) == 4
    assert not [one for one in verifying.strays(db.session(), store, NOW + timedelta(days=9999)) if "letters/" in one]
    assert {verifying.verify(one, store) for one in verifying.letters(db.session(), 0)} == {verifying.SOUND}
    db.session.remove()
    for change in ("number = 99", "code = 'x'", f"sha256 = '{'0' * 64}'", "stored_key = 'x'", None):
        said = f"UPDATE referral_letter SET {change}" if change else "DELETE FROM referral_letter"  # noqa: S608
        with pytest.raises(DBAPIError, match="only grows"), unit_of_work() as session:
            session.execute(text(said))
        db.session.remove()


def test_a_letter_that_cannot_be_mailed_stands_where_the_desk_sees_it(
    app: Flask, centre: Settings, mail_server: MailServer
) -> None:
    desk = agent()
    mail_server.refuse_next("550 no such office")
    number = referred("OCPB")
    tasks.keep(promised()[0])
    case = the_case(db.session(), number)
    assert [row.kind for row in case.promises if row.failed_at] == [KIND]
    assert case.referrals[0].agency.email_failed_at is not None
    db.session.remove()
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "OCPB")
        by_hand.reissue(session, case, referral, desk, NOW)
    (second,) = promised()
    tasks.keep(second)
    assert len(letters()) == 1
    (mail,) = mail_server.mails
    assert mail.recipients == (OFFICE,)
    with unit_of_work() as session:
        case = the_case(session, number)
        assert not [row for row in case.promises if row.failed_at]
        # Reminders, too, bring the way to answer without an account.
        upkeep.escalate(session, NOW + 30 * DAY)
        session.flush()
        session.refresh(case, ["promises"])
        reminder = agency_letters.compose(session, case.promises[-1], "https://c.example", KEY)
        assert reminder is not None
        assert link_of(mail) in reminder.body
        assert f"+{reminder.case_token}@" in mail.message["Reply-To"]


def link_of(mail: Mail) -> str:
    """The path of the answer page that a mail names."""
    body = mail.message.get_body()
    assert body is not None
    found = re.search(r"https://c\.example(/letter/\S+)", body.get_content())
    assert found is not None
    return found[1]


def press(browser: FlaskClient, path: str, verb: str, **form: str) -> TestResponse:
    """Send a form of the page as it now stands."""
    seen = re.search(r'name="version" value="(\d+)"', browser.get(path).get_data(as_text=True))
    return browser.post(f"{path}/{verb}", data={"version": seen[1] if seen else "", **form})


def test_whoever_has_the_link_answers_as_the_portal_does(app: Flask, centre: Settings, mail_server: MailServer) -> None:
    desk, browser = agent(), app.test_client()
    number = referred("OCPB", "POLICE", now=datetime.now(UTC), email="malee@example.com", phone="0812345678")
    tasks.keep(promised()[0])
    first = link_of(mail_server.mails[-1])

    def stands() -> tuple[str, str, int]:
        case, referral = at_agency(db.session(), number, "OCPB")
        found = (case.state, referral.state, case.version)
        db.session.remove()
        return found

    # A robot opens every link: it reads, and nothing is received by that.
    before = stands()
    for _ in range(2):
        page = browser.get(first)
        assert (page.status_code, page.headers["X-Robots-Tag"]) == (200, "noindex, nofollow")
    said = page.get_data(as_text=True)
    assert browser.get(f"{first}/paper").data == paper(mail_server.mails[-1])
    assert "malee@example.com" not in said
    assert f"{first}/acknowledge" in said
    assert f"{first}/allot" not in said
    assert browser.head(first).status_code == 200
    assert browser.get(f"{first}/accept").status_code == 405
    assert stands() == before

    assert press(browser, first, "acknowledge").status_code == 303
    assert stands()[1] == ReferralState.ACKNOWLEDGED
    assert "malee@example.com" in browser.post(f"{first}/person").get_data(as_text=True)
    wrong = press(browser, first, "result", outcome="nonsense", answer="x")
    assert (wrong.status_code, "result-outcome" in wrong.get_data(as_text=True)) == (422, True)
    stale = browser.post(f"{first}/accept", data={"version": "1"})
    assert stale.status_code == 409
    assert press(browser, first, "ask", body="ขอสลิป").status_code == 303
    assert stands()[0] == State.WAITING

    # A new link ends the one before at once; it is mailed by itself, with the very same paper.
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "OCPB")
        by_hand.reissue(session, case, referral, desk, NOW)
    tasks.keep(promised()[0])
    second = link_of(mail_server.mails[-1])
    assert paper(mail_server.mails[-1]) == paper(mail_server.mails[0])
    forged = second[:-1] + ("a" if second[-1] != "a" else "b")
    for gone in (first, forged, "/letter/made-up", "/letter/999-x"):
        assert browser.get(gone).status_code == 404
        assert browser.post(f"{gone}/accept", data={"version": "1"}).status_code == 404
    result = {"outcome": "refunded_full", "answer": "ร้านคืนเงินแล้ว", "recovered": "๓,๕๐๐"}
    assert press(browser, second, "result", **result).status_code == 303
    case, referral = at_agency(db.session(), number, "OCPB")
    assert (referral.state, referral.outcome, referral.recovered) == (ReferralState.ANSWERED, "refunded_full", 350_000)
    told = [event.data.get("letter_link") for event in case.events if event.agency_code == "OCPB" and event.public]
    assert len(told) > 2
    assert all(told[1:]), "the timeline tells by what the agency acted"
    db.session.remove()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=400), tick=False):
        assert browser.get(second).status_code == 404


def test_files_go_to_the_complainant_and_what_is_sent_back_is_out_of_sight(
    app: Flask, centre: Settings, mail_server: MailServer
) -> None:
    browser = app.test_client()
    other = referred("OCPB", now=datetime.now(UTC))
    tasks.keep(promised()[0])
    third = link_of(mail_server.mails[-1])
    seen = re.search(r'name="version" value="(\d+)"', browser.get(third).get_data(as_text=True))
    assert seen is not None
    for files, status in (((), 422), (((io.BytesIO(b"MZ"), "a.exe"),), 422), (((io.BytesIO(JPEG), "a.jpg"),), 303)):
        form = {"version": seen[1], "body": "หนังสือตอบ", "files": list(files)}
        assert browser.post(f"{third}/attach", data=form, content_type="multipart/form-data").status_code == status
    (kept,) = the_case(db.session(), other).attachments
    assert (kept.file_name, kept.role, kept.message_id is not None) == ("a.jpg", "partner", True)
    db.session.remove()
    sent = press(browser, third, "back", reason="ไม่อยู่ในอำนาจ")
    assert sent.location == "/letter/done"
    assert browser.get(sent.location).status_code == 200
    assert browser.get(third).status_code == 404
    assert at_agency(db.session(), other, "OCPB")[1].reason == "ไม่อยู่ในอำนาจ"
    db.session.remove()


def hand_in(app: Flask, settings: Settings, text: str, to: str, sender: str = OFFICE, **head: str) -> None:
    """A mail by real SMTP to the centre's own door, kept and read as the workers do."""
    body = mail(text, sender, to, **head)
    with opened(app, settings, "smtp") as port, smtplib.SMTP(LOOPBACK, port) as door:
        door.sendmail(sender if "Auto_Submitted" not in head else "", [parseaddr(to)[1]], body)
    unread = select(Promise.id).where(Promise.kind == PromiseKind.READ.value, Promise.done_at.is_(None))
    ids = list(db.session.scalars(unread))
    db.session.remove()
    for promise_id in ids:
        tasks.keep(promise_id)


def came_back(app: Flask, centre: Settings, number: str, ours: str) -> None:
    """Our letter came back: the mark stands at the address, and the letter among what failed."""
    hand_in(
        app, centre, f"{ours}\n550 no such user", "1212@centre.example", "mailer-daemon@else.example",
        Subject="Undelivered Mail Returned to Sender", X_Failed_Recipients=OFFICE, References=ours,
    )  # fmt: skip
    case = the_case(db.session(), number)
    assert [row.kind for row in case.promises if row.failed_at] == [KIND]
    assert case.referrals[0].agency.email_failed_at is not None
    db.session.remove()


def test_a_mail_to_the_letters_address_lands_in_its_referral(
    app: Flask, centre: Settings, mail_server: MailServer
) -> None:
    desk, browser = agent(), app.test_client()
    number = referred("OCPB", now=datetime.now(UTC))
    tasks.keep(promised()[0])
    letter = mail_server.mails[-1].message
    address, ours, link = letter["Reply-To"], letter["Message-ID"], link_of(mail_server.mails[-1])
    cases = db.session.scalar(select(func.count()).select_from(Case))
    db.session.remove()

    def stands() -> tuple[str, list[tuple[str, str | None, bool]], bool]:
        case, referral = at_agency(db.session(), number, "OCPB")
        said = [(row.body, row.agency_code, row.public) for row in case.messages]
        found = (referral.state, said, case.refused_at is not None)
        db.session.remove()
        return found

    # A machine's answer is no receipt, and a stranger without the mark speaks for nobody.
    hand_in(app, centre, "ไม่อยู่สำนักงาน", address, Auto_Submitted="auto-replied", Subject="Out of office")
    state, said, wanted = stands()
    assert (state, wanted, len(said), said[0][1]) == (ReferralState.SENT, False, 1, None)
    forged = address.replace("+l", "+l9")
    hand_in(app, centre, "เราคือหน่วยงาน", forged, "stranger@else.example", Subject=f"Re: [{number}]")
    assert len(stands()[1]) <= 2
    assert stands()[0] == ReferralState.SENT
    assert "เราคือหน่วยงาน" not in "".join(row[0] for row in stands()[1])

    # The office answers, and quotes the link: its words are the agency's, the link is hidden, the desk sees it.
    hand_in(app, centre, f"รับเรื่องไว้แล้ว กำลังตรวจสอบ\nhttps://c.example{link}", address, Subject="Re: letter")
    state, said, wanted = stands()
    assert (state, wanted) == (ReferralState.ACKNOWLEDGED, True)
    assert said[-1][1:] == ("OCPB", False)
    assert "กำลังตรวจสอบ" in said[-1][0]
    assert link not in said[-1][0]
    sign_in(browser, Role.AGENT)
    assert number in browser.get("/desk?queue=returned").get_data(as_text=True)
    shown = browser.get(f"/desk/case/{number}?part=referrals").get_data(as_text=True)
    assert "1212/1" in shown.translate(ARABIC_DIGITS)
    assert "SHA-256" in shown

    came_back(app, centre, number, ours)
    page = browser.get(f"/desk/case/{number}?part=referrals").get_data(as_text=True)
    assert "desk.official" not in page
    assert say("desk.official.returned", "th") in page

    # A link that was replaced speaks for nobody, by mail neither: the desk is told to read it, and no case is opened.
    with unit_of_work() as session:
        case, referral = at_agency(session, number, "OCPB")
        by_hand.reissue(session, case, referral, desk, datetime.now(UTC))
    hand_in(app, centre, "คำจากที่อยู่เก่า", address, Subject="Re: old")
    said = stands()[1]
    assert said[-1][1] is None
    assert "คำจากที่อยู่เก่า" not in said[-1][0]
    # The forged one opened a case of its own, as any stranger's mail does.
    assert db.session.scalar(select(func.count()).select_from(Case)) == (cases or 0) + 1
    db.session.remove()


def test_paper_is_posted_and_what_comes_back_is_written_down(
    app: Flask, centre: Settings, mail_server: MailServer
) -> None:
    browser = app.test_client()
    number = referred("OCPB", now=datetime.now(UTC) - timedelta(days=2))
    tasks.keep(promised()[0])
    sign_in(browser, Role.AGENT)
    case, referral = at_agency(db.session(), number, "OCPB")
    path, page = f"/desk/case/{number}/letter/{referral.id}", f"/desk/case/{number}?part=referrals"
    db.session.remove()
    assert browser.get(path).data == paper(mail_server.mails[0])

    def write(verb: str, **form: str) -> TestResponse:
        seen = re.search(r'name="version" value="(\d+)"', browser.get(page).get_data(as_text=True))
        assert seen is not None
        return browser.post(f"{path}/{verb}", data={"version": seen[1], **form})

    for wrong in ("", "วันไหนสักวัน", "1/1/2560", "1/1/2590"):
        for verb in ("post", "receipt"):
            assert write(verb, day=wrong).status_code == 422, (verb, wrong)
    today = local_day(datetime.now(UTC))
    assert write("post", day=today.isoformat()).status_code == 303
    assert write("receipt", day=today.isoformat()).status_code == 303
    assert write("receipt", day=today.isoformat()).status_code == 409
    assert write("answer", outcome="explained").status_code == 422
    assert write("answer", outcome="explained", answer="ชี้แจงทางหนังสือ").status_code == 303
    case, referral = at_agency(db.session(), number, "OCPB")
    assert referral.acknowledged_at is not None
    assert (local_day(referral.acknowledged_at), referral.state) == (today, ReferralState.ANSWERED)
    told = [(row.action, row.role, row.account_id is not None, row.data.get("on_day")) for row in case.events][-4:]
    assert told == [
        ("letter_posted", "agent", True, today.isoformat()),
        ("receipt_noted", "agent", True, today.isoformat()),
        ("accept", "partner", True, None),
        ("answer", "partner", True, None),
    ]
    assert [row.posted_on for row in letters()] == [today]
    timeline = browser.get(f"/desk/case/{number}?part=timeline").get_data(as_text=True)
    assert say("word.action.receipt_noted", "th") in timeline
    # Another agency's referral has no letter: nothing is written down for it.
    other = referred("POLICE")
    police_id = at_agency(db.session(), other, "POLICE")[1].id
    db.session.remove()
    assert browser.post(f"/desk/case/{other}/letter/{police_id}/answer", data={"version": "9"}).status_code in {
        404,
        409,
    }
    partner = app.test_client()
    sign_in(partner, Role.PARTNER)
    assert partner.get(path).status_code == 403
