"""Who may do what: every route, every role, one's own things and other people's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.case import Case
from complaints.domain.channel import Raw
from complaints.domain.errors import NotFound
from complaints.domain.inbound import HeardEvent
from complaints.domain.lifecycle import ReferralState
from complaints.domain.outbox import PromiseKind
from complaints.domain.policy import HOLDERS, Permission, may, may_see, may_see_file, may_see_person, may_see_referral
from complaints.domain.referral import Referral
from complaints.domain.referral_letter import ReferralLetter
from complaints.services import access, accounts, handle, mass, receive, triage
from complaints.services.agencies import wishes
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Limits, Upload
from complaints.services.evidence.stores import open_store
from complaints.web.guard import LOCK
from tests.centre import LOGINS, actor, classified, file_case
from tests.filing import look_into_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.routing import Rule

    from config import Settings

OCPB = "officer@ocpb.example"
OPERATOR = "operator@market.example"


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door: nobody known, a complainant with one proven case, or a signed-in account."""

    name: str
    login: str | None = None
    role: Role | None = None
    proven: bool = False
    foreign: bool = False
    manages: bool = False

    def may(self, permission: Permission) -> bool:
        if permission is Permission.COMPLAINANT:
            return self.proven
        return may(Actor(self.role, manages=self.manages) if self.role is not None else None, permission)


VISITORS = [
    Visitor("anonymous"),
    Visitor("complainant of another case", proven=True, foreign=True),
    *(Visitor(role.value, login, role) for role, (login, _agency) in LOGINS.items()),
    Visitor("partner of another agency", OCPB, Role.PARTNER, foreign=True),
    Visitor("operator", OPERATOR, Role.OPERATOR),
    Visitor("partner who manages", "manager@police.example", Role.PARTNER, manages=True),
]


# What fills a hole without a thing behind it.
MADE_UP: dict[str, Any] = {
    "token_id": 1,
    "verb": "note",
    "warning_id": 1,
    "code": "POLICE",
    "token": "made-up",
    "filename": "site.css",
    "draft_id": 999,
    "client_id": 1,
    "row_id": 1,
    "saved_id": 1,
    "identifier_id": 1,
    "reply_id": 1,
    "macro_id": 1,
    "topic": "seller_fraud",
    "website_id": 999,
    "capture_id": 999,
    "dossier_id": 999,
    "deed_id": 1,
    "note_id": 1,
    "item_id": 1,
    "office_id": 1,
    "upload_id": 1,
    "mediation_id": 999,
    "endpoint_id": 999,
    "message_id": 999,
    "route_id": 1,
    "absence_id": 1,
    "batch": "made-up-made-up-made-up",
    "day": "2026-11-21",
    "name": "places.csv",
    "form": "json",
    "public_id": "0123456789abcdef",
}


@pytest.fixture
def things(app: Flask, settings: Settings) -> dict[str, Any]:
    """One case with everything on it, referred to POLICE only; the values that fill the holes of the routes."""
    number, _ = file_case(email="malee@example.com")
    classified(number)
    now = datetime.now(UTC)
    with unit_of_work() as session:
        case = access.get_case(session, number, SYSTEM)
        upload = Upload("แชต.txt", b"words")
        limits = Limits(5, 10**6, 10**7)
        kept = keep_files(session, [upload], limits, open_store(settings), now, case=case)
        letter = next(row for row in case.promises if row.kind == PromiseKind.LETTER.value)
        spare = accounts.create(session, "spare@centre.example", "ไม่มีใครใช้", "agent", None, now)
        raw = Raw("email", "", b"Subject: x", {}, now)
        raw_id = receive.keep_raw(session, raw, "1").raw_id
        event = {"channel": "email", "event_id": "1", "sender": "malee@example.com", "kind": "words", "at": now}
        session.add(HeardEvent(raw_id=raw_id, outcome="message", reason="", case_id=case.id, **event))
        police = Actor(Role.PARTNER, agency="POLICE")
        paper = {"sealed_at": now, "stored_key": "letters/1", "sha256": "0" * 64, "size": 1}
        open_store(settings).put("original/letters/1", b"%")
        row = {"referral_id": case.referrals[0].id, "year": 2569, "number": 1, "code": "x"}
        session.add(ReferralLetter(**row, dated=now.date(), issued_at=now, **paper))
        filled = MADE_UP | {
            "number": number,
            "raw_id": raw_id,
            "referral_id": case.referrals[0].id,
            "file_id": kept[0].id,
            "promise_id": letter.id,
            "account_id": spare.id,
            "mass_id": mass.begin(session, "ร้านหนึ่ง", Actor(Role.AGENT, spare.id), now).id,
            "wish_id": wishes.ask(session, case, case.referrals[0], "OCPB", "x", police, now).id,
        }
    look_into_all(settings)
    db.session.remove()
    return filled


@pytest.fixture
def knock(app: Flask) -> Callable[[Visitor], FlaskClient]:
    """A fresh browser of a visitor."""
    other_number, _ = file_case("เรื่องของคนอื่น")
    other_id = db.session.scalars(select(Case.id).where(Case.number == other_number)).one()
    with unit_of_work() as session:
        boss = accounts.create(session, "manager@police.example", "x", "partner", "POLICE", datetime.now(UTC))
        boss.manages = True
        accounts.create(session, OPERATOR, "x", "operator", "MARKETPLACE", datetime.now(UTC))
    ids = {row.login: row.id for row in db.session.scalars(select(Account))}
    db.session.remove()

    def browser(visitor: Visitor) -> FlaskClient:
        client = app.test_client()
        token = None
        if visitor.login is not None:
            with unit_of_work() as session:
                account = session.get_one(Account, ids[visitor.login])
                token = accounts.start_session(session, account, datetime.now(UTC))
            db.session.remove()
        with client.session_transaction() as cookie:
            if token is not None:
                cookie["_user_id"] = token
            if visitor.proven:
                cookie["track"] = {"case": other_id, "until": int(time.time()) + 600}
        return client

    return browser


def routes(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    for rule in app.url_map.iter_rules():
        permission = getattr(app.view_functions[rule.endpoint], LOCK, None)
        if permission is not None:
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield rule, method, permission


def address(app: Flask, rule: Rule, things: dict[str, Any]) -> str:
    values = {name: things[name] for name in rule.arguments}
    any_of = getattr(rule._converters.get("verb"), "items", None)
    if any_of:
        values["verb"] = min(any_of)
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def refused(visitor: Visitor, method: str, permission: Permission, status: int, place: str) -> bool:
    """Whoever may not come in is told so in the way that fits."""
    if permission is Permission.MACHINE:
        # GeoReport calls a missing key forbidden.
        return status in {401, 403}
    if permission is Permission.COMPLAINANT:
        return status == 302 and place == "/track"
    if visitor.login is not None:
        return status == 403
    return status == 302 and place.startswith("/staff/sign-in") if method == "GET" else status == 401


def wrong(visitor: Visitor, rule: Rule, method: str, permission: Permission, status: int, place: str) -> str:
    """What is wrong with an answer; nothing when it is as the policy says."""
    if not visitor.may(permission):
        return "" if refused(visitor, method, permission, status, place) else "must be refused"
    to_door = place.startswith("/staff/sign-in") and rule.endpoint != "entrance.sign_out"
    if status >= 500 or status in {401, 403} or to_door:
        return "must be let in"
    case_bound = "number" in rule.arguments or (permission is Permission.COMPLAINANT and "file_id" in rule.arguments)
    if case_bound and visitor.foreign != (status == 404):
        return "must not learn that it exists" if visitor.foreign else "must find its own"
    return ""


def test_every_route_has_a_lock(app: Flask) -> None:
    open_doors = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if not isinstance(getattr(app.view_functions[rule.endpoint], LOCK, None), Permission)
    ]
    assert open_doors == []


def test_a_route_without_a_lock_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403


@pytest.mark.parametrize("visitor", VISITORS, ids=lambda visitor: visitor.name)
def test_every_route_answers_every_visitor_as_the_policy_says(
    app: Flask, things: dict[str, Any], knock: Callable[[Visitor], FlaskClient], visitor: Visitor
) -> None:
    found = []
    for rule, method, permission in routes(app):
        answer = knock(visitor).open(address(app, rule, things), method=method)
        problem = wrong(visitor, rule, method, permission, answer.status_code, answer.location or "")
        answer.close()
        if problem:
            found.append(f"{method} {rule} ({permission.value}) -> {answer.status_code} {answer.location}: {problem}")
    assert found == []


def test_a_disabled_account_and_an_ended_session_are_nobody(
    app: Flask, knock: Callable[[Visitor], FlaskClient]
) -> None:
    client = knock(VISITORS[2])
    assert client.get("/desk").status_code == 200
    with unit_of_work() as session:
        account = session.scalars(select(Account).where(Account.login == VISITORS[2].login)).one()
        accounts.end_sessions(session, account, datetime.now(UTC))
    db.session.remove()
    assert client.get("/desk").status_code == 302
    assert client.post("/desk/new").status_code == 401


def test_a_file_is_found_only_under_its_own_case(
    app: Flask, things: dict[str, Any], knock: Callable[[Visitor], FlaskClient]
) -> None:
    other, _ = file_case()
    classified(other)
    for visitor, face in ((VISITORS[2], "desk"), (VISITORS[4], "partner")):
        assert knock(visitor).get(f"/{face}/case/{other}/file/{things['file_id']}").status_code == 404


def mixed_cases(police: Actor, ocpb: Actor, agent: Actor) -> None:
    """Cases without referrals, with referrals in every state, with two agencies, ended and open."""
    now = datetime.now(UTC)

    def live(category: str, *deeds: Any, also: tuple[str, ...] = ()) -> None:
        number, _ = file_case()
        classified(number, category, sure=category != "general_inquiry")
        with unit_of_work() as session:
            case = access.get_for_change(session, number, SYSTEM, None)
            if also:
                triage.decide_and_refer(session, case, category, list(also), agent, now)
            for deed in deeds:
                deed(session, case)
        db.session.remove()

    def accept(_session: Any, case: Case) -> None:
        handle.accept(case, case.referrals[0], police, now)

    def by_police(do: Callable[..., None], *words: Any) -> Callable[[Any, Case], None]:
        return lambda session, case: do(session, case, case.referrals[0], *words, police, now)

    answer = by_police(handle.answer, "explained", "ชี้แจง", None)
    file_case()
    live("general_inquiry")
    live("seller_fraud")
    live("seller_fraud", lambda _s, case: handle.acknowledge(case, case.referrals[0], police, now))
    live("seller_fraud", accept)
    live("seller_fraud", accept, answer)
    live("seller_fraud", by_police(handle.decline, "ไม่ใช่"))
    live("seller_fraud", by_police(handle.decline, "ไม่ใช่"), also=("OCPB",))
    live("seller_fraud", accept, by_police(handle.give_back, "ส่งคืน"))
    live("seller_fraud", lambda s, case: triage.resolve(s, case, "explained", "ตอบแล้ว", agent, now))
    live("seller_fraud", accept, by_police(handle.ask, "ขอสลิป"))
    live("purchase_dispute")
    live("purchase_dispute", also=("POLICE",))
    live("seller_fraud", accept, answer, also=("OCPB",))
    live("purchase_dispute", lambda s, case: handle.decline(s, case, case.referrals[0], "ไม่ใช่", ocpb, now))


def everybody(cases: list[Case]) -> list[Actor]:
    return [
        Actor(Role.AGENT),
        Actor(Role.SUPERVISOR),
        Actor(Role.ADMINISTRATOR),
        SYSTEM,
        Actor(Role.PARTNER, agency="POLICE"),
        Actor(Role.PARTNER, agency="OCPB"),
        Actor(Role.PARTNER, agency="FDA"),
        Actor(Role.PARTNER),
        Actor(Role.COMPLAINANT),
        *(Actor(Role.COMPLAINANT, case_id=case.id) for case in cases),
    ]


def test_what_one_may_see_is_what_one_is_listed(app: Flask) -> None:
    police, ocpb, agent = actor(Role.PARTNER), actor(Role.PARTNER, OCPB), actor(Role.AGENT)
    mixed_cases(police, ocpb, agent)
    session = db.session()
    cases = list(session.scalars(select(Case)).unique())
    referrals = list(session.scalars(select(Referral)).unique())
    assert {row.state for row in referrals} == set(ReferralState), "the mix holds every state"
    for who in everybody(cases):
        seen = {case.id for case in cases if may_see(who, case)}
        assert {case.id for case in session.scalars(access.cases_of(who)).unique()} == seen, who
        handed = {row.id for row in referrals if may_see_referral(who, row)}
        assert {row[0].id for row in session.execute(access.referrals_for(who)).unique()} == handed, who
        for case in cases:
            reached = True
            try:
                access.get_case(session, case.number, who)
            except NotFound:
                reached = False
            assert reached == (case.id in seen), (who, case.number)
            assert not may_see_person(who, case) or case.id in seen, "contact details only with the case"
            if who.role is Role.PARTNER:
                own = {row.id for row in case.referrals} & handed
                assert bool(own) == (case.id in seen), "an agency sees a case through a referral of its own"
    session.rollback()


def test_a_file_follows_its_case(app: Flask, things: dict[str, Any]) -> None:
    session = db.session()
    case = access.get_case(session, things["number"], SYSTEM)
    file = access.get_file(session, case, things["file_id"], SYSTEM)
    for who in everybody([case]):
        assert may_see_file(who, case, file) == may_see(who, case)
    session.rollback()


def test_what_came_in_as_it_came_is_for_the_desk_alone(app: Flask, things: dict[str, Any]) -> None:
    session = db.session()
    case = access.get_case(session, things["number"], SYSTEM)
    for who in everybody([case]):
        found = [raw.id for _, raw in access.originals(session, case, who)]
        assert found == ([things["raw_id"]] if who.role in {Role.AGENT, Role.SUPERVISOR} else []), who
    session.rollback()


def test_every_permission_is_held_by_somebody_and_by_no_stranger() -> None:
    assert set(HOLDERS) == set(Permission)
    for permission in Permission:
        # A machine's door opens to tokens alone, whoever is signed in.
        assert bool(HOLDERS[permission]) != (permission is Permission.MACHINE)
        assert may(None, permission) == (permission is Permission.PUBLIC)
        assert Role.SYSTEM not in HOLDERS[permission] or permission is Permission.PUBLIC
