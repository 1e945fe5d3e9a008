"""The lane of illegal websites: many reports are one row, looked at, judged, sent as one, answered to every case."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, StaleRecord, StepImpossible
from complaints.domain.outbox import Promise, PromiseKind
from complaints.domain.website import FetchTurn, Stage, Website, WebsiteCapture, WebsiteReport
from complaints.domain.wording import say
from complaints.services import correct, promises, triage
from complaints.services.evidence import verifying
from complaints.services.evidence.stores import DiskStore
from complaints.services.fetching.capture import Capture, Hop
from complaints.services.websites import capturing, dossiers, joining, judging, listing, news
from tests.centre import classified, file_case
from tests.services.scene import DAY, HOUR, NOW, actions_of, agent, states, the_case

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from complaints.domain.actor import Actor

SITE = "https://www.bet.example/win?ref=7"
OTHER = "http://bet.example/"


def reported(*addresses: str, content: str = "gambling", at: datetime = NOW) -> list[str]:
    """One case an address, each classified as an illegal website."""
    numbers = []
    for address in addresses:
        answers = {"site": address, "content": content}
        number, _ = file_case("เจอเว็บผิดกฎหมาย", now=at, category="illegal_website", answers=answers)
        classified(number, "illegal_website", sure=False, now=at)
        numbers.append(number)
    return numbers


def looked_at(folder: Path, at: datetime, outcome: Any = "captured", final: str = "https://bet.example/") -> int:
    """Keep every due promise to look at a website as a worker does, on a made-up net; returns how many were kept."""
    done, store = 0, DiskStore(folder)
    while True:
        with unit_of_work() as session:
            ids = promises.due(session, at)
            rows = session.scalars(select(Promise.id).where(Promise.id.in_(ids), Promise.kind == "capture")).all()
            claimed = next((row for row in (promises.claim(session, one, at) for one in rows) if row), None)
            errand = capturing.begin(session, claimed, at) if claimed else None
            promise_id = claimed.id if claimed else 0
        db.session.remove()
        if not promise_id:
            return done
        if errand is None:
            continue
        good = outcome == "captured"
        found = Capture(
            errand.url,
            final if good else None,
            at,
            outcome,
            "" if good else "no answer",
            (Hop(errand.url, "8.8.8.8", 200, None),),
            ("8.8.8.8",),
            whois="Registrar: Example",
            title="เดิมพัน",
            html=b"<p>bet" if good else None,
            picture=b"\x89PNG" if good else None,
        )
        sealed = capturing.seal(found, errand, store, at)
        with unit_of_work() as session:
            kept = promises.for_result(session, promise_id)
            capturing.record(session, kept, errand, found, sealed, {"blocked.example"}, at)
        db.session.remove()
        done += 1


def told(at: datetime) -> None:
    """Keep the promised news."""
    with unit_of_work() as session:
        query = select(Promise).where(Promise.kind == PromiseKind.SITE_NEWS.value, Promise.done_at.is_(None))
        for promise in session.scalars(query).all():
            while news.tell_some(session, promise, at):
                pass
    db.session.remove()


def one(address: str = "bet.example") -> Website:
    return db.session.scalars(select(Website).where(Website.address == address)).one()


def judged(answer: str, kind: str = "", address: str = "bet.example", at: datetime = NOW + HOUR) -> None:
    who = agent()
    with unit_of_work() as session:
        site = session.scalars(select(Website).where(Website.address == address)).one()
        judging.judge(session, site.id, site.version, answer, kind, "", who, at)
    db.session.remove()


def ended(result: str, reference: str = "พ 1/2569", at: datetime = NOW + 3 * DAY, ids: list[int] | None = None) -> None:
    who = agent()
    with unit_of_work() as session:
        sites = ids or [session.scalars(select(Website.id).where(Website.address == "bet.example")).one()]
        dossiers.end(session, sites, result, at, reference, who, at, timedelta(days=7))
    db.session.remove()
    told(at)


def sent(who: Actor, *addresses: str, at: datetime = NOW + DAY) -> int:
    with unit_of_work() as session:
        ids = session.scalars(select(Website.id).where(Website.address.in_(addresses or ("bet.example",)))).all()
        made = dossiers.make(session, ids, "MDES", "form", who, at)
        assert dossiers.make(session, ids, "MDES", "form", who, at).id == made.id
        dossiers.send(session, made.id, "ดศ 9/2569", who, at)
        dossier_id = made.id
    db.session.remove()
    told(at)
    return dossier_id


def test_the_machine_sends_no_website_that_nobody_has_verified(app: Flask, tmp_path: Path) -> None:
    def filed(address: str) -> str:
        number, _ = file_case("เว็บพนัน", now=NOW, category="illegal_website", answers={"site": address})
        classified(number, "illegal_website", sure=True, now=NOW)
        return number

    def stands(number: str) -> tuple[str, list[str]]:
        case = the_case(db.session(), number)
        found = case.state, [row.note for row in case.referrals]
        db.session.remove()
        return found

    first, nameless = filed(SITE), filed("ไม่ทราบ")
    assert stands(first) == stands(nameless) == ("triage", []), "however sure it is"
    looked_at(tmp_path, NOW)
    judged(judging.ILLEGAL, "gambling")
    assert stands(filed(OTHER)) == ("referred", [""]), "the next report of a verified site goes by itself"
    who = agent()
    with unit_of_work() as session:
        triage.accept(session, the_case(session, nameless), "illegal_website", who, NOW)
        triage.accept(session, the_case(session, first), "illegal_website", who, NOW)
    assert (stands(first), stands(nameless)[1] == [say("website.unverified", "th")]) == (("referred", [""]), True)


def test_many_reports_are_one_address_from_the_first_look_to_its_return(app: Flask, tmp_path: Path) -> None:
    numbers = reported(SITE, OTHER, "www.bet.example")
    assert one().stage == Stage.REPORTED.value
    assert listing.told(db.session(), [one().id])[one().id] == listing.Told(3, NOW)
    assert (
        db.session.scalars(select(Promise).where(Promise.kind == "capture")).one().once == f"capture:{one().id}:first"
    )

    assert looked_at(tmp_path, NOW) == 1
    assert one().stage == Stage.CAPTURED.value
    capture = db.session.scalars(select(WebsiteCapture)).one()
    assert (capture.asked, capture.addresses, capture.title) == ("https://www.bet.example/win", ["8.8.8.8"], "เดิมพัน")
    lying = verifying.captures(db.session(), 0)
    assert [verifying.verify(row, DiskStore(tmp_path)) for row in lying] == [verifying.SOUND] * 2
    assert verifying.strays(db.session(), DiskStore(tmp_path), NOW + 9 * DAY) == []

    seen = one().version
    judged(judging.ILLEGAL, "gambling")
    assert (one().law, one().stage) == (judging.laws()["gambling"], Stage.ILLEGAL.value)
    with pytest.raises(StaleRecord), unit_of_work() as session:
        judging.judge(session, one().id, seen, judging.LEGAL, "", "", agent(), NOW)
    db.session.remove()

    who = agent()
    dossier_id = sent(who)
    written = dossiers.get(db.session(), dossier_id).data["websites"][0]
    assert (written["reports"], written["capture"]["html_sha256"]) == (3, capture.html_sha256)
    for number in numbers:
        assert states(db.session(), number)[0] == "referred"
        assert actions_of(db.session(), number)[-2:] == ["refer", "site_sent"]

    ended("blocked")
    for number in numbers:
        case = the_case(db.session(), number)
        assert (case.state, case.outcome) == ("resolved", "website_blocked")
        assert "พ 1/2569" in case.resolution
        assert "bet.example" in case.resolution
        assert actions_of(db.session(), number)[-2:] == ["site_result", "resolve"]
    assert listing.counts(db.session()).median_days == pytest.approx(3, abs=0.01)

    _comes_back(tmp_path)


def _comes_back(folder: Path) -> None:
    """Looked at again after its days: a page that says so is no return, the site itself is."""
    with unit_of_work() as session:
        assert capturing.look_again(session, NOW + 9 * DAY, timedelta(days=30)) == 0
        assert capturing.look_again(session, NOW + 10 * DAY, timedelta(days=30)) == 1
        assert capturing.look_again(session, NOW + 10 * DAY, timedelta(days=30)) == 0
    db.session.remove()
    assert looked_at(folder, NOW + 10 * DAY, final="https://blocked.example/") == 1
    assert one().stage == Stage.BLOCKED.value
    with unit_of_work() as session:
        assert capturing.look_again(session, NOW + 40 * DAY, timedelta(days=30)) == 1
    assert looked_at(folder, NOW + 40 * DAY) == 1
    assert (one().stage, one().returns) == (Stage.ALIVE.value, 1)
    who = agent()
    with unit_of_work() as session:
        judging.still_blocked(session, one().id, one().version, who, NOW + 41 * DAY, timedelta(days=7))
    with unit_of_work() as session:
        assert capturing.look_again(session, NOW + 50 * DAY, timedelta(days=30)) == 1
    assert looked_at(folder, NOW + 50 * DAY) == 1
    with unit_of_work() as session:
        made = dossiers.make(session, [one().id], "MDES", "second", who, NOW + 51 * DAY)
        dossiers.send(session, made.id, "ดศ 10", who, NOW + 51 * DAY)
        assert dossiers.send(session, made.id, "again", who, NOW + 51 * DAY).reference == "ดศ 10"
    assert [row.step for row in one().history] == [
        "report", "capture", "verify", "send", "block", "reappear", "still", "reappear", "send",
    ]  # fmt: skip
    assert listing.counts(db.session()).returned == 2


def test_what_cannot_be_reached_is_tried_with_growing_pauses_and_then_named(app: Flask, tmp_path: Path) -> None:
    reported(SITE)
    at = NOW
    for pause in (*capturing.PAUSES, timedelta()):
        assert looked_at(tmp_path, at, "unreachable") == 1
        assert looked_at(tmp_path, at + pause - timedelta(seconds=1), "unreachable") == 0
        at += pause
    assert (one().stage, one().failure) == (Stage.FAILED.value, "unreachable")
    assert promises.failed(db.session()) == []
    who = agent()
    with unit_of_work() as session:
        judging.fetch_again(session, one().id, who, at)
    assert looked_at(tmp_path, at + capturing.TURN, "refused_inside") == 1
    assert (one().stage, one().failure) == (Stage.FAILED.value, "refused_inside")
    assert [row.outcome for row in capturing.captures(db.session(), one())] == ["refused_inside", *["unreachable"] * 4]


def test_one_host_is_asked_by_one_at_a_time(app: Flask, tmp_path: Path) -> None:
    reported("https://facebook.com/one", "https://www.facebook.com/two", "https://www.facebook.com/Two/", SITE)
    assert db.session.scalars(select(Website.address).order_by(Website.id)).all() == [
        "facebook.com/one", "facebook.com/two", "bet.example",
    ]  # fmt: skip
    reported("https://facebook.com/three")
    assert looked_at(tmp_path, NOW) == 3
    assert looked_at(tmp_path, NOW + capturing.TURN) == 1
    assert db.session.get_one(FetchTurn, "facebook.com").free_at == NOW + 2 * capturing.TURN


def test_no_picture_of_a_child_is_kept(app: Flask, tmp_path: Path) -> None:
    reported(SITE)
    looked_at(tmp_path, NOW)
    kept = capturing.captures(db.session(), one())[0].picture_key
    assert kept
    judged(judging.ILLEGAL, "child_abuse")
    erased = db.session.scalars(select(Promise).where(Promise.kind == "erase")).one()
    assert erased.payload == {"paths": [f"original/{kept}"]}
    row = capturing.captures(db.session(), one())[0]
    assert (row.picture_key, bool(row.picture_sha256), bool(row.html_key)) == ("", True, True)
    # Where complainants say so, none is stored at all.
    reported("https://second.example", content="child_abuse")
    looked_at(tmp_path, NOW)
    second = one("second.example")
    row = capturing.captures(db.session(), second)[0]
    assert (second.guarded, row.picture_key, bool(row.picture_sha256)) == (True, "", True)


def test_a_case_reports_what_it_names_and_only_as_long_as_it_is_of_the_lane(app: Flask) -> None:
    who = agent()
    [number] = reported(SITE)
    shop, _ = file_case("ร้านโกง http://shop.example", now=NOW, category="seller_fraud")
    classified(shop, now=NOW, sure=False)

    def reports() -> dict[str, bool]:
        rows = db.session.execute(select(Website.address, WebsiteReport.left_at).join(WebsiteReport.website))
        return {address: left_at is None for address, left_at in rows}

    assert reports() == {"bet.example": True}
    with unit_of_work() as session:
        triage.decide(session, the_case(session, number), "seller_fraud", who, NOW)
    assert reports() == {"bet.example": False}
    with unit_of_work() as session:
        case = the_case(session, number)
        triage.decide(session, case, "illegal_website", who, NOW)
        correct.add_identifier(session, case, "url", "", "http://127.0.0.1/admin", who, NOW)
        correct.add_identifier(session, case, "url", "", "https://t.me/GroupX", who, NOW)
    assert reports() == {"bet.example": True, "t.me/groupx": True}
    named = {row.written: row for row in joining.named_by(db.session(), the_case(db.session(), number))}
    refusal = named["http://127.0.0.1/admin"].refusal
    assert refusal is not None
    assert refusal.values["reason"] == "website_inside"
    with unit_of_work() as session:
        case = the_case(session, number)
        gone = next(tie for tie in case.identifiers if tie.identifier.value.startswith("https://t.me"))
        correct.remove_identifier(session, case, gone.identifier_id, "misread", who, NOW)
        joining.add(session, "ดูที่ http://shop.example/x นะ", who, NOW, the_case(session, shop))
        for wrong in ("", "http://localhost/", "not an address"):
            with pytest.raises(InvalidInput):
                joining.add(session, wrong, who, NOW)
    assert reports() == {"bet.example": True, "t.me/groupx": False, "shop.example": True}


def test_only_what_was_verified_is_sent_and_a_case_waits_for_all_of_its_addresses(app: Flask, tmp_path: Path) -> None:
    who = agent()
    [number] = reported(SITE)
    with unit_of_work() as session:
        joining.add(session, "https://second.example", who, NOW, the_case(session, number))
    ids = db.session.scalars(select(Website.id).order_by(Website.id)).all()
    db.session.remove()
    for wanted, agency in ((ids, "MDES"), ([], "MDES"), (ids, "CENTRE")):
        with pytest.raises(InvalidInput), unit_of_work() as session:
            dossiers.make(session, wanted, agency, "x", who, NOW)
        db.session.remove()
    looked_at(tmp_path, NOW)
    judged(judging.ILLEGAL, "gambling")
    judged(judging.ILLEGAL, "drugs", "second.example")
    with pytest.raises(StepImpossible):
        ended("blocked")
    db.session.rollback()
    sent(who, "bet.example", "second.example")
    with pytest.raises(InvalidInput):
        ended("blocked", "")
    db.session.rollback()
    ended("refused")
    assert the_case(db.session(), number).state == "referred"
    ended("removed", "", ids=[one("second.example").id])
    case = the_case(db.session(), number)
    assert (case.state, case.outcome, case.resolution.count("\n")) == ("resolved", "website_blocked", 1)
    assert one().recheck_at is None
    assert db.session.scalars(select(Case.state)).all() == ["resolved"]
