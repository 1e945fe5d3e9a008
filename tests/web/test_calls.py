"""Calls as the telephone system tells of them: who rings where, what was missed, which case it became."""

from __future__ import annotations

import html
import itertools
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from sqlalchemy import func, select

from complaints.channels import cti
from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.call import CallEvent, CallKind, PhoneCall
from complaints.domain.case import Case
from complaints.domain.inbound import RawMessage
from complaints.domain.message import Draft
from complaints.services import accounts, calls
from complaints.web.app import create_app
from tests.centre import LOGINS, Browser, RecordingWaker, file_case, sign_in
from tests.services.scene import NOW, at_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from config import Settings

SECRET = "cti-" + "s" * 30
CALLER = "0812223333"
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def centre(settings: Settings) -> Iterator[Flask]:
    """A centre with a telephone system, whose agent sits at extension 2101."""
    app = create_app(replace(settings, channel_values={"OCC_CTI_SECRET": SECRET}), RecordingWaker())
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    with app.app_context():
        with unit_of_work() as session:
            account = session.scalars(select(Account).where(Account.login == LOGINS[Role.AGENT][0])).one()
            accounts.set_extension(session, account, "๒๑๐๑")
        db.session.remove()
        yield app
        db.session.remove()
        db.engine.dispose()


def event(kind: str, at: datetime = NOW, call_id: str = "c-1", **more: Any) -> bytes:
    told = {"event": kind, "call_id": call_id, "at": at.isoformat(), "caller": CALLER, "extension": "2101", **more}
    return json.dumps(told).encode()


def tell(centre: Flask, body: bytes, at: datetime = NOW, stamp: str | None = None, secret: str = SECRET) -> int:
    stamp = stamp if stamp is not None else str(int(at.timestamp()))
    headers = {"X-Timestamp": stamp, "X-Signature": cti.signature(stamp, body, secret)}
    db.session.remove()
    with time_machine.travel(at, tick=False):
        return centre.test_client().post("/hooks/cti", data=body, headers=headers).status_code


def one() -> PhoneCall:
    return db.session.scalars(select(PhoneCall)).one()


def page(client: FlaskClient, address: str, at: datetime = NOW) -> str:
    with time_machine.travel(at, tick=False):
        answer = client.get(address)
    assert answer.status_code == 200, answer.location
    return html.unescape(" ".join(answer.get_data(as_text=True).split()))


@pytest.fixture
def agent(centre: Flask) -> FlaskClient:
    client = centre.test_client()
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.AGENT)
    return client


def test_a_ringing_telephone_opens_the_form_with_all_that_is_known(centre: Flask, agent: FlaskClient) -> None:
    earlier, _ = file_case("ซื้อของแล้วไม่ได้", phone=CALLER, now=NOW)
    assert page(agent, "/desk/calls/rail?lang=en") == ""
    assert tell(centre, event("ringing")) == 200

    banner = page(agent, "/desk/calls/rail?lang=en")
    assert f"Call from {CALLER}" in banner
    assert "earlier cases: 1" in banner
    link = re.search(r'href="(/desk/new\?call=\d+)"', banner)
    assert link is not None
    form = page(agent, link[1] + "&lang=en")
    assert f'value="{CALLER}"' in form
    assert f'href="/desk/case/{earlier}"' in form
    assert "Call c-1 began" in form
    assert f"Call from {CALLER}" in page(agent, "/desk/calls?lang=en")


def test_the_call_stands_on_the_case_and_rings_no_more(centre: Flask, agent: FlaskClient) -> None:
    tell(centre, event("ringing"))
    tell(centre, event("answered", NOW + timedelta(seconds=4)))
    assert "Speaking with" in page(agent, "/desk/calls/rail?lang=en")
    call_id = one().id
    db.session.remove()
    typed = {"story": "โอนเงินแล้วถูกบล็อก", "phone": CALLER, "consent": "1", "submission": "s" * 20, "call": str(call_id)}
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        assert agent.post("/desk/new", data=typed).status_code == 200
        assert agent.post("/desk/new", data=typed).status_code == 200

    case = db.session.scalars(select(Case)).one()
    assert (one().case_id, case.channel) == (case.id, "hotline")
    number = case.number
    db.session.remove()
    assert page(agent, "/desk/calls/rail", NOW + timedelta(minutes=7)) == ""
    assert "Came in by call c-1" in page(agent, f"/desk/case/{number}?lang=en", NOW + timedelta(minutes=7))


def test_a_draft_keeps_its_call(centre: Flask, agent: FlaskClient) -> None:
    tell(centre, event("ringing"))
    call_id = str(one().id)
    db.session.remove()
    with time_machine.travel(NOW, tick=False):
        agent.post("/desk/new/draft", data={"submission": "d" * 20, "story": "กำลังเล่า", "call": call_id})
    draft = db.session.scalars(select(Draft)).one()
    assert draft.data["call"] == call_id
    draft_id = draft.id
    db.session.remove()
    assert f'name="call" value="{call_id}"' in page(agent, f"/desk/new?draft={draft_id}")


def test_each_extension_hears_its_own(centre: Flask) -> None:
    for extension in ("2101", "2102"):
        tell(centre, event("ringing", extension=extension))
    for extension, rings in (("2101", True), ("2102", True), ("2103", False), ("", False)):
        assert bool(calls.at_extension(db.session(), extension, NOW)) is rings, extension
    tell(centre, event("answered", NOW + timedelta(seconds=3), extension="2102"))
    assert calls.at_extension(db.session(), "2101", NOW) == []
    assert [row.caller for row in calls.at_extension(db.session(), "2102", NOW)] == [CALLER]
    tell(centre, event("ended", NOW + timedelta(minutes=9), extension="2102"))
    assert calls.at_extension(db.session(), "2102", NOW) == []


def number_missed(now: datetime) -> int | None:
    return db.session.scalar(select(calls.number_missed(now)))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_events_may_come_in_any_order_and_twice(centre: Flask, order: tuple[int, ...]) -> None:
    told = [
        CallEvent(CallKind.RINGING, "c-1", NOW, CALLER, "2101"),
        CallEvent(CallKind.ANSWERED, "c-1", NOW + timedelta(seconds=5), CALLER, "2101"),
        CallEvent(CallKind.ENDED, "c-1", NOW + timedelta(minutes=5), "", ""),
    ]
    for number in (*order, *order):
        with unit_of_work() as session:
            calls.hear(session, told[number])
    call = one()
    assert (call.caller, call.extension, call.rung) == (CALLER, "2101", ["2101"])
    assert (call.began_at, call.answered_at, call.ended_at) == tuple(row.at for row in told)
    assert number_missed(NOW + timedelta(days=1)) == 0


def test_a_missed_call_waits_until_somebody_called_back(centre: Flask, agent: FlaskClient) -> None:
    tell(centre, event("ringing"))
    assert number_missed(NOW) == 0
    tell(centre, event("ended", NOW + timedelta(seconds=30)))
    # The telephone system forgot to tell of the second one's end; a third is somebody else.
    tell(centre, event("ringing", NOW + timedelta(minutes=1), call_id="c-2"))
    tell(centre, event("ringing", NOW + timedelta(minutes=1), call_id="c-3", caller="anonymous"))
    later = NOW + timedelta(minutes=10)
    shown = page(agent, "/desk/calls?lang=en", later)
    assert shown.count(f'href="tel:{CALLER}"') == 2
    assert "number withheld" in shown
    assert number_missed(later) == 3
    first = db.session.scalars(select(PhoneCall.id).order_by(PhoneCall.id)).first()
    db.session.remove()

    with time_machine.travel(later, tick=False):
        assert agent.post(f"/desk/calls/{first}/back").status_code == 303
    left = calls.missed(db.session(), later)
    assert [row.call_id for row in left] == ["c-3"]
    done = db.session.get_one(PhoneCall, first)
    assert (done.called_back_at, done.called_back_by_id is not None) == (later, True)


def test_writing_a_missed_call_down_deals_with_it(centre: Flask, agent: FlaskClient) -> None:
    tell(centre, event("ringing"))
    tell(centre, event("ended", NOW + timedelta(seconds=30)))
    call_id = one().id
    db.session.remove()
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        typed = {"story": "โทรกลับแล้วเล่าว่า", "consent": "1", "submission": "s" * 20, "call": str(call_id)}
        assert agent.post("/desk/new", data=typed).status_code == 200
    assert number_missed(NOW + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("late", "stamp", "secret"),
    [
        (0, None, "guessed"),
        (301, None, SECRET),
        (-301, None, SECRET),
        (0, "", SECRET),
        (0, "soon", SECRET),
        (0, "-1", SECRET),
    ],
)
def test_what_is_not_signed_just_now_is_refused(centre: Flask, late: int, stamp: str | None, secret: str) -> None:
    body = event("ringing")
    signed = stamp if stamp is not None else str(int(NOW.timestamp()) - late)
    assert tell(centre, body, NOW, signed, secret) == 401
    assert (db.session.scalar(select(func.count()).select_from(PhoneCall)), count_raw()) == (0, 0)


def count_raw() -> int:
    return db.session.scalar(select(func.count()).select_from(RawMessage)) or 0


def test_an_overheard_call_said_again_changes_nothing(centre: Flask) -> None:
    body = event("ringing")
    for _ in range(3):
        assert tell(centre, body) == 200
    assert (count_raw(), db.session.scalars(select(PhoneCall.rung)).all()) == (1, [["2101"]])
    raw = db.session.scalars(select(RawMessage)).one()
    assert raw.body == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"event": "sings", "call_id": "1", "at": "2026-11-20T03:00:00Z"}',
        b'{"event": "ringing", "call_id": "", "at": "2026-11-20T03:00:00Z"}',
        b'{"event": "ringing", "call_id": "1", "at": "2026-11-20T03:00:00"}',
        b'{"event": "ringing", "call_id": "1", "at": "yesterday"}',
        b'{"event": "ringing", "call_id": "1", "at": "2026-11-20T03:00:00Z", "extension": "123456789012345678901"}',
    ],
)
def test_what_cannot_be_read_is_kept_and_said(centre: Flask, body: bytes) -> None:
    assert tell(centre, body) == 422
    assert (count_raw(), db.session.scalar(select(func.count()).select_from(PhoneCall))) == (1, 0)


def test_fifty_events_of_one_call_at_once_make_one_call(centre: Flask) -> None:
    def job(turn: int) -> None:
        with unit_of_work() as session:
            calls.hear(session, CallEvent(CallKind.RINGING, "c-1", NOW, CALLER, f"21{turn:02d}"))

    assert set(at_once(centre, 20, job)) == {None}
    assert len(one().rung) == 20


@pytest.mark.parametrize(
    ("told", "expected"),
    [("+66812223333", CALLER), ("081-222-3333", CALLER), ("anonymous", ""), ("", ""), ("1212", "1212"), ("12", "")],
)
def test_numbers_are_written_as_the_desk_writes_them(told: str, expected: str) -> None:
    assert cti.number(told) == expected


def test_without_a_telephone_system_there_is_no_door_and_no_page_asks(app: Flask, client: FlaskClient) -> None:
    assert client.post("/hooks/cti", data=b"{}").status_code == 404
    sign_in(client, Role.AGENT)
    shown = client.get("/desk").get_data(as_text=True)
    assert "/desk/calls" not in shown
    assert client.get("/desk/calls").status_code == 200


def test_only_whoever_has_an_extension_is_asked_for(centre: Flask, agent: FlaskClient) -> None:
    assert 'data-refresh="/desk/calls/rail"' in page(agent, "/desk")
    other = centre.test_client()
    with time_machine.travel(NOW, tick=False):
        sign_in(other, Role.SUPERVISOR)
    shown = page(other, "/desk")
    assert 'data-refresh="/desk/calls/rail"' not in shown
    assert 'href="/desk/calls"' in shown


def test_an_administrator_gives_an_extension_to_one_person_only(app: Flask, client: FlaskClient) -> None:
    sign_in(client, Role.ADMINISTRATOR)
    ids = {row.login: row.id for row in db.session.scalars(select(Account))}
    db.session.remove()
    given = {"name": "ทดสอบ", "role": "agent", "language": "th", "extension": "2101"}

    def save(role: Role, **more: str) -> tuple[int, str]:
        number = ids[LOGINS[role][0]]
        seen = re.search(r'name="seen" value="(\d+)"', client.get(f"/admin/accounts/{number}").get_data(as_text=True))
        assert seen is not None
        data = {**given, "role": role.value, "seen": seen[1], **more}
        answer = client.post(f"/admin/accounts/{number}?lang=en", data=data)
        return answer.status_code, answer.get_data(as_text=True)

    assert save(Role.AGENT)[0] == 303
    assert db.session.scalars(select(Account.extension).where(Account.extension.is_not(None))).all() == ["2101"]
    db.session.remove()
    status, said = save(Role.SUPERVISOR)
    assert (status, "belongs to another account" in said) == (422, True)
    assert save(Role.SUPERVISOR, extension="21a")[0] == 422
    assert save(Role.AGENT, extension="")[0] == 303
    assert save(Role.SUPERVISOR)[0] == 303


def test_the_readmes_example_is_an_event(centre: Flask) -> None:
    example = re.search(r"```json\n(\{.*?\})\n```", README.read_text("utf-8"), re.DOTALL)
    assert example is not None
    read = cti.read(example[1].encode())
    assert (read.kind, read.caller, read.extension) == (CallKind.RINGING, "0812345678", "2101")
