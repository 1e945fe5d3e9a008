"""Offices and people inside an agency: what goes where by itself, who sees it, who stands in, who looks after whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import DomainError, InvalidInput, NotAllowed, NotFound
from complaints.domain.policy import may_see, may_see_person, may_see_referral
from complaints.domain.referral import Referral
from complaints.domain.thai_time import local_day
from complaints.services import access, handle, queues
from complaints.services.agencies import absences, offices, people, placing
from tests.centre import actor
from tests.services.scene import DAY, NOW, at_agency, ocpb, police, referred, the_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

TODAY = local_day(NOW)


def refused(field: str, reason: str, do: Callable[[Session], object]) -> None:
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        do(session)
    assert (caught.value.field, caught.value.values["reason"]) == (field, reason)


def boss() -> Actor:
    """Whoever looks after the people of the police."""
    login = "boss@police.test"
    with unit_of_work() as session:
        if session.scalars(select(Account).where(Account.login == login)).first() is None:
            account = people.accounts.create(session, login, "หัวหน้า", Role.PARTNER.value, "POLICE", NOW)
            account.manages = True
    return actor(Role.PARTNER, login)


def invited(name: str, office_id: int | None, who: Actor) -> Actor:
    with unit_of_work() as session:
        people.invite(session, f"{name}@police.test", name, "th", office_id, who, NOW)
    return actor(Role.PARTNER, f"{name}@police.test")


def tree(who: Actor) -> dict[str, int]:
    """A division with two provinces below it, and what goes to them."""
    with unit_of_work() as session:
        division = offices.add(session, "กอง", "Division", None, who, NOW)
        north = offices.add(session, "เชียงใหม่", "", division.id, who, NOW)
        south = offices.add(session, "สงขลา", "", division.id, who, NOW)
        offices.add_route(session, "", "50", north.id, who, NOW)
        offices.add_route(session, "seller_fraud", "", division.id, who, NOW)
        offices.add_route(session, "seller_fraud", "90", south.id, who, NOW)
        return {"division": division.id, "north": north.id, "south": south.id}


def placed(number: str) -> int | None:
    found = at_agency(db.session(), number, "POLICE")[1].office_id
    db.session.remove()
    return found


def test_a_referral_goes_to_its_office_and_is_seen_there(app: Flask) -> None:
    who = boss()
    ids = tree(who)
    cases = {
        "both": referred(province="90"),
        "kind": referred(province="50"),
        "province": referred(category="financial_scam", province="50"),
        "whole": referred(category="financial_scam"),
    }
    # Kind and province before the kind, the kind before the province; what fits nothing stays with everybody.
    assert [placed(number) for number in cases.values()] == [ids["south"], ids["division"], ids["north"], None]
    names = {number: name for name, number in cases.items()}
    seen = {
        "division": {"both", "kind", "province", "whole"},
        "north": {"province", "whole"},
        "south": {"both", "whole"},
    }
    for office, expected in seen.items():
        one = invited(office, ids[office], who)
        session = db.session()
        assert {names[row.number] for row in session.scalars(access.cases_of(one)).unique()} == expected
        for case in session.scalars(select(Case)).unique():
            assert may_see(one, case) == may_see_person(one, case) == (names[case.number] in expected), office
        for row in session.scalars(select(Referral)).unique():
            listed = {found[0].id for found in session.execute(access.referrals_for(one)).unique()}
            assert may_see_referral(one, row) == (row.id in listed)
        session.rollback()
        db.session.remove()
    whole = {row.number for row in db.session.scalars(access.cases_of(police())).unique()}
    assert whole == set(cases.values()), "without an office one sees all of the agency"
    db.session.remove()


def test_a_referral_moves_inside_its_agency_with_a_reason(app: Flask) -> None:
    who = boss()
    ids = tree(who)
    north, south = invited("north", ids["north"], who), invited("south", ids["south"], who)
    number = referred(category="financial_scam", province="50")

    def move(session: Session, office: int | None, reason: str) -> None:
        placing.route(session, *at_agency(session, number, "POLICE"), office, reason, north, NOW)

    with unit_of_work() as session:
        placing.allot(session, *at_agency(session, number, "POLICE"), north.account_id, north, NOW)
    assert queues.agency_counts(db.session(), north, NOW)["mine"] == 1
    db.session.remove()
    refused("reason", "required", lambda session: move(session, ids["south"], " "))
    refused("office", "office_same", lambda session: move(session, ids["north"], "เพราะ"))
    refused("office", "choose_office", lambda session: move(session, 999, "เพราะ"))
    refused(
        "assignee",
        "choose_person",
        lambda session: placing.allot(session, *at_agency(session, number, "POLICE"), south.account_id, north, NOW),
    )
    with unit_of_work() as session:
        move(session, ids["south"], "ผู้ร้องย้ายบ้าน")
    case, referral = at_agency(db.session(), number, "POLICE")
    assert (referral.office_id, referral.assignee_id) == (ids["south"], None), "whoever had it there has it no more"
    assert (case.events[-1].action, case.events[-1].public) == ("route", False)
    assert (case.messages[-1].body, case.messages[-1].public) == ("ผู้ร้องย้ายบ้าน", False)
    db.session.remove()
    with pytest.raises(NotFound):
        access.get_case(db.session(), number, north)
    assert queues.agency_counts(db.session(), south, NOW)["unattended"] == 1
    db.session.remove()
    with unit_of_work() as session:
        handle.decline(session, *at_agency(session, number, "POLICE"), "ไม่ใช่", south, NOW)
    with pytest.raises(DomainError), unit_of_work() as session:
        move(session, None, "เพราะ")


def test_offices_are_kept_in_order(app: Flask) -> None:
    who, outsider = boss(), ocpb()
    ids = tree(who)

    def change(session: Session, office: str, parent: int | None, *, active: bool = True) -> None:
        found = offices.get(session, ids[office], who)
        offices.change(session, found, found.name_th, found.name_en, parent, who, NOW, active=active)

    refused("name_th", "name_taken", lambda session: offices.add(session, " กอง ", "", None, who, NOW))
    refused("parent", "office_below_itself", lambda session: change(session, "division", ids["north"]))
    refused("active", "office_has_offices", lambda session: change(session, "division", None, active=False))
    refused("active", "office_has_routes", lambda session: change(session, "north", ids["division"], active=False))
    refused("category", "route_exists", lambda s: offices.add_route(s, "", "50", ids["south"], who, NOW))
    refused("category", "route_names_something", lambda s: offices.add_route(s, "", "", ids["south"], who, NOW))
    for stranger in (outsider, police()):
        with pytest.raises(NotAllowed), unit_of_work() as session:
            offices.add(session, "แทรก", "", None, stranger, NOW)
    with pytest.raises(NotFound):
        offices.get(db.session(), ids["north"], outsider)
    # What lies below goes along.
    with unit_of_work() as session:
        top = offices.add(session, "ส่วนกลาง", "", None, who, NOW)
        change(session, "division", top.id)
        paths = {row.id: row.path for row in offices.of_agency(session, "POLICE")}
        assert paths[ids["north"]] == f"/{top.id}/{ids['division']}/{ids['north']}/"
    db.session.remove()


def test_who_is_away_is_stood_in_for(app: Flask) -> None:
    who = boss()
    ids = tree(who)
    first, second = invited("first", ids["north"], who), invited("second", ids["north"], who)
    above, beside = invited("above", ids["division"], who), invited("beside", ids["south"], who)
    number = referred(category="financial_scam", province="50")
    with unit_of_work() as session:
        placing.allot(session, *at_agency(session, number, "POLICE"), first.account_id, first, NOW)

    def away(session: Session, by: Actor, days: tuple[int, int], deputy: Actor | None, whose: Actor = first) -> int:
        begin, end = (TODAY + timedelta(days=day) for day in days)
        deputy_id = deputy.account_id if deputy else None
        return absences.note(session, whose.account_id, deputy_id, begin, end, by, NOW).id

    def counted(one: Actor, queue: str, day: int = 0) -> int:
        found = queues.agency_counts(db.session(), one, NOW + day * DAY)[queue]
        db.session.remove()
        return found

    refused("deputy", "deputy_office", lambda session: away(session, first, (0, 2), beside))
    refused("deputy", "choose_deputy", lambda session: away(session, first, (0, 2), first))
    refused("account", "choose_person", lambda session: away(session, second, (0, 2), None))
    refused("last", "search_until_before", lambda session: away(session, first, (2, 0), None))
    refused("last", "absence_over", lambda session: away(session, first, (-3, -1), None))
    with unit_of_work() as session:
        noted = away(session, first, (0, 2), second)
    refused("first", "absence_overlaps", lambda session: away(session, who, (2, 4), None))
    assert [counted(second, "mine", day) for day in (0, 2, 3)] == [1, 1, 0]
    assert counted(first, "unattended") == 0
    # The one who stands in is away as well: then it is anybody's.
    with unit_of_work() as session:
        away(session, who, (1, 1), above, second)
    assert [counted(above, "unattended", day) for day in (0, 1, 2)] == [0, 1, 0]
    with pytest.raises(NotFound), unit_of_work() as session:
        absences.end(session, noted, second, NOW)
    with unit_of_work() as session:
        absences.end(session, noted, first, NOW)
    assert (counted(second, "mine"), counted(first, "mine")) == (0, 1)
    # Nor is anything lost with whoever leaves.
    with unit_of_work() as session:
        people.set_active(session, people.get(session, first.account_id or 0, who), who, NOW, active=False)
    assert counted(second, "unattended") == 1


def test_an_agencys_own_people_are_looked_after_by_their_own(app: Flask) -> None:
    who, outsider, plain = boss(), ocpb(), police()
    one = invited("one", None, who)
    later = NOW + people.REVIEW_EVERY
    for stranger in (outsider, plain):
        with pytest.raises(NotAllowed):
            people.colleagues(db.session(), stranger, NOW)
        with pytest.raises(NotFound):
            people.get(db.session(), one.account_id or 0, stranger)
    with pytest.raises(NotFound):
        people.get(db.session(), outsider.account_id or 0, who)
    db.session.remove()
    # The two of the template were made before; nobody is overdue until ninety days have gone by.
    assert people.overdue(db.session(), who, later - timedelta(seconds=1)) <= 1
    before = people.overdue(db.session(), who, later)
    with unit_of_work() as session:
        people.review(session, people.get(session, one.account_id or 0, who), who, later)
    assert people.overdue(db.session(), who, later) == before - 1
    db.session.remove()
    me = who.account_id or 0
    refused(
        "manages",
        "not_yourself",
        lambda s: people.change(s, people.get(s, me, who), "หัวหน้า", "th", None, who, NOW, manages=False),
    )
    refused(
        "active",
        "not_yourself",
        lambda s: people.set_active(s, people.get(s, me, who), who, NOW, active=False),
    )
    with unit_of_work() as session:
        staffed = people.get(session, one.account_id or 0, who)
        people.change(session, staffed, "อีกชื่อ", "th", None, who, NOW, manages=True)
        assert staffed.actor.manages
    number = referred()
    assert the_case(db.session(), number).referrals[0].office_id is None
    db.session.remove()
