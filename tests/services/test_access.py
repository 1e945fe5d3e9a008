"""Rights: what may be seen one by one is what the lists hold, for everybody over every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import SYSTEM, Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import FileHeld, NotFound, StaleCase
from complaints.domain.policy import HOLDERS, Permission, may, may_see, may_see_person, may_see_referral
from complaints.domain.referral import Referral
from complaints.services import access, correspond, follow, handle, triage
from complaints.services.evidence.keeping import keep_files
from complaints.services.evidence.kinds import Upload
from complaints.services.evidence.stores import open_store
from tests.centre import actor, file_case
from tests.filing import JPEG, LIMITS, look_into_all
from tests.services.scene import (
    DAY,
    NOW,
    agent,
    answered,
    at_agency,
    at_once,
    closed,
    in_triage,
    ocpb,
    police,
    referred,
    the_case,
)

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def every_state() -> dict[str, str]:
    """One case a state, each with the police where an agency has a part."""
    desk, officer = agent(), police()
    cases = {
        "received": file_case(now=NOW)[0],
        "triage": in_triage(),
        "sent": referred("POLICE"),
        "others": referred("OCPB"),
        "both": referred("POLICE", "OCPB"),
        "answered": answered("POLICE"),
        "closed": closed(),
    }
    for name in ("accepted", "declined", "returned", "withdrawn", "resolved", "waiting"):
        cases[name] = referred("POLICE")
    cases["merged"], cases["out_of_scope"] = in_triage(), in_triage()
    with unit_of_work() as session:
        handle.accept(*at_agency(session, cases["accepted"], "POLICE"), officer, NOW)
        handle.decline(session, *at_agency(session, cases["declined"], "POLICE"), "ไม่ใช่", officer, NOW)
        handle.accept(*at_agency(session, cases["returned"], "POLICE"), officer, NOW)
        handle.give_back(session, *at_agency(session, cases["returned"], "POLICE"), "ไม่ใช่", officer, NOW)
        handle.ask(session, *at_agency(session, cases["waiting"], "POLICE"), "ถาม", officer, NOW)
        follow.withdraw(session, the_case(session, cases["withdrawn"]), "", NOW)
        triage.resolve(session, the_case(session, cases["resolved"]), "explained", "ตอบ", desk, NOW)
        triage.merge(session, the_case(session, cases["merged"]), the_case(session, cases["triage"]), desk, NOW)
        triage.reject(session, the_case(session, cases["out_of_scope"]), "ไม่ใช่", desk, NOW)
    db.session.remove()
    return cases


def everybody(case_id: int) -> list[Actor]:
    return [
        *(actor(role) for role in (Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR)),
        police(),
        ocpb(),
        Actor(Role.PARTNER, account_id=1),
        Actor(Role.PARTNER, account_id=1, agency="NOBODY"),
        Actor(Role.COMPLAINANT, case_id=case_id),
        Actor(Role.COMPLAINANT),
        SYSTEM,
    ]


def test_lists_and_single_looks_agree(app: Flask) -> None:
    cases = every_state()
    case_id = the_case(db.session(), cases["both"]).id
    for who in everybody(case_id):
        session = db.session()
        everything = session.scalars(select(Case)).unique().all()
        assert len(everything) == len(cases)
        listed = {case.number for case in session.scalars(access.cases_of(who)).unique()}
        assert listed == {case.number for case in everything if may_see(who, case)}, who
        for case in everything:
            if case.number in listed:
                assert access.get_case(session, case.number, who) is case
            else:
                with pytest.raises(NotFound):
                    access.get_case(session, case.number, who)
                with pytest.raises(NotFound):
                    access.get_for_change(session, case.number, who, None)
        rows = session.execute(access.referrals_for(who)).all()
        allowed = [one.id for one in session.scalars(select(Referral)) if may_see_referral(who, one)]
        assert sorted(row[0].id for row in rows) == sorted(allowed), who
        db.session.remove()


def test_an_agency_sees_its_own_part_only(app: Flask) -> None:
    cases = every_state()
    names = {number: name for name, number in cases.items()}
    desk, first, second, admin = agent(), police(), ocpb(), actor(Role.ADMINISTRATOR)
    session = db.session()

    def seen(who: Actor) -> set[str]:
        return {names[case.number] for case in session.scalars(access.cases_of(who)).unique()}

    assert seen(first) == {"sent", "both", "answered", "closed", "accepted", "returned", "waiting"}
    assert seen(second) == {"others", "both"}
    assert seen(admin) == set()
    assert seen(desk) == set(cases)
    assert seen(Actor(Role.COMPLAINANT, case_id=the_case(session, cases["triage"]).id)) == {"triage"}


def test_contacts_are_shown_while_the_agency_works_on_the_case(app: Flask) -> None:
    cases = every_state()
    desk, officer, admin = agent(), police(), actor(Role.ADMINISTRATOR)
    session = db.session()
    shown = {name for name, number in cases.items() if may_see_person(officer, the_case(session, number))}
    assert shown == {"sent", "both", "accepted", "waiting"}
    assert all(may_see_person(desk, the_case(session, number)) for number in cases.values())
    assert not any(may_see_person(admin, the_case(session, number)) for number in cases.values())


def test_an_unknown_number_is_not_told_from_a_forbidden_one(app: Flask) -> None:
    number, officer = in_triage(), police()
    raised = []
    for asked in (number, "70-999999-0"):
        with pytest.raises(NotFound) as caught:
            access.get_case(db.session(), asked, officer)
        raised.append((caught.value.code, caught.value.field, caught.value.values))
    assert raised[0] == raised[1]


def test_a_file_is_seen_with_its_case_only(app: Flask, settings: Settings) -> None:
    mine, other = referred("POLICE"), in_triage()
    with unit_of_work() as session:
        case = the_case(session, mine)
        upload = Upload("สลิป.jpg", JPEG)
        (file,) = keep_files(session, [upload], LIMITS, open_store(settings), NOW, case=case)
        file_id = file.id
    desk, first, second, admin = agent(), police(), ocpb(), actor(Role.ADMINISTRATOR)
    session = db.session()
    for who in (desk, first, follow.complainant_of(the_case(session, mine))):
        assert access.get_file(session, the_case(session, mine), file_id, who).file_name == "สลิป.jpg"
    for who in (desk, first, follow.complainant_of(the_case(session, mine))):
        with pytest.raises(FileHeld):
            access.open_file(session, the_case(session, mine), file_id, who)
    look_into_all(settings)
    session = db.session()
    for who in (desk, first, follow.complainant_of(the_case(session, mine))):
        assert access.open_file(session, the_case(session, mine), file_id, who).opened
    for number, who in ((mine, second), (mine, admin), (other, desk)):
        with pytest.raises(NotFound):
            access.get_file(session, the_case(session, number), file_id, who)
    with pytest.raises(NotFound):
        access.get_file(session, the_case(session, mine), file_id + 1, desk)


def test_a_page_that_grew_old_is_told_what_happened(app: Flask) -> None:
    number, desk = in_triage(), agent()
    seen = the_case(db.session(), number).version
    db.session.remove()
    with unit_of_work() as session:
        case = the_case(session, number)
        triage.note(session, case, "โทรแล้ว", desk, NOW)
        correspond.write_in(session, case, "เพิ่มเติม", follow.complainant_of(case), NOW + DAY)
    session = db.session()
    case = the_case(session, number)
    with pytest.raises(StaleCase) as caught:
        access.get_for_change(session, number, desk, seen)
    assert caught.value.values == {"number": number, "since": seen, "now": case.version}
    assert [event.action for event in access.changes_since(session, case, seen, desk)] == ["note", "write"]
    owner = follow.complainant_of(case)
    assert [event.action for event in access.changes_since(session, case, seen, owner)] == ["write"]
    assert access.changes_since(session, case, case.version, desk) == []
    assert access.get_for_change(session, number, desk, case.version) is case


def test_of_two_pages_sent_at_once_one_is_old(app: Flask) -> None:
    number, desk = in_triage(), agent()
    seen = the_case(db.session(), number).version

    def job(turn: int) -> None:
        with unit_of_work() as session:
            # A page looks before it acts: what it read must not hide what changed while it waited for the lock.
            access.get_case(session, number, desk)
            case = access.get_for_change(session, number, desk, seen)
            triage.note(session, case, f"โน้ต {turn}", desk, NOW + DAY)

    found = at_once(app, 6, job)
    assert sum(one is None for one in found) == 1
    assert all(one is None or isinstance(one, StaleCase) for one in found)
    assert len(the_case(db.session(), number).messages) == 1


def test_permissions_belong_to_roles() -> None:
    assert set(HOLDERS) == set(Permission)
    assert [permission for permission in Permission if may(None, permission)] == [Permission.PUBLIC]
    boss = Actor(Role.PARTNER, manages=True)
    assert may(boss, Permission.MANAGE_AGENCY)
    assert may(boss, Permission.EXPORT_PERSONS)
    assert not any(may(Actor(role, manages=True), Permission.MANAGE_AGENCY) for role in set(Role) - {Role.PARTNER})
    held = {role: {permission for permission in Permission if may(Actor(role), permission)} for role in Role}
    public, signed_in = Permission.PUBLIC, Permission.SIGNED_IN
    assert held == {
        Role.COMPLAINANT: {public, Permission.COMPLAINANT},
        Role.AGENT: {public, signed_in, Permission.DESK, Permission.WEBSITES, Permission.EXPORT, Permission.MEDIATE},
        Role.SUPERVISOR: {
            public,
            signed_in,
            Permission.DESK,
            Permission.OVERSIGHT,
            Permission.DECIDE_MODEL,
            Permission.BROADCAST,
            Permission.WEBSITES,
            Permission.FLOOR,
            Permission.EXPORT,
            Permission.EXPORT_PERSONS,
            Permission.MEDIATE,
        },
        Role.PARTNER: {public, signed_in, Permission.PARTNER, Permission.EXPORT},
        Role.ADMINISTRATOR: {public, signed_in, Permission.OVERSIGHT, Permission.ADMINISTER},
        Role.SYSTEM: {public},
        Role.RESPONDENT: {public},
        Role.OPERATOR: {public, signed_in, Permission.OPERATOR},
    }
