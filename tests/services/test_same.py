"""One person over several channels: suggested, joined and parted by people, without any right or letter by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.domain.audit import AuditEntry
from complaints.domain.errors import InvalidInput
from complaints.domain.outbox import Promise
from complaints.domain.policy import may_see
from complaints.domain.same import SamePerson
from complaints.services import follow, reach, same
from complaints.services.reach import Way
from tests.centre import actor, file_case, sign_in
from tests.services.scene import HOUR, NOW, agent, at_once, referred, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def seen(number: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    """The other cases beside one, by what they are alike, and whether they are joined."""
    desk = agent()
    found = same.of_case(db.session(), the_case(db.session(), number), desk)
    shown = {row.case.number: (row.signs, row.joined) for row in found}
    db.session.remove()
    return shown


def join(one: str, other: str) -> None:
    desk = agent()
    with unit_of_work() as session:
        same.join(session, the_case(session, one), other, desk, NOW)
    db.session.remove()


def part(one: str, other: str) -> None:
    desk = agent()
    with unit_of_work() as session:
        same.part(session, the_case(session, one), other, desk, NOW + HOUR)
    db.session.remove()


def wrote_from(number: str, channel: str, address: str) -> None:
    with unit_of_work() as session:
        reach.keep_point(session, the_case(session, number).person_id, Way(channel, address), NOW)
    db.session.remove()


def test_what_two_cases_have_in_common_is_suggested(app: Flask) -> None:
    mine, _ = file_case(phone="0812345678", email="Malee@example.com", line_id="malee")
    phone, _ = file_case(phone="0812345678")
    mail, _ = file_case(email="malee@example.com")
    line, _ = file_case(line_id="malee", phone="0812345678")
    chat, _ = file_case(channel="line")
    stranger, _ = file_case(phone="0899999999")
    for number in (mine, chat):
        wrote_from(number, "line", "U1")
    wrote_from(stranger, "messenger", "U1")

    assert seen(mine) == {
        chat: (("account",), False),
        line: (("phone", "line_id"), False),
        mail: (("email",), False),
        phone: (("phone",), False),
    }
    assert seen(stranger) == {}


def test_nothing_in_common_is_never_a_sign(app: Flask) -> None:
    one, _ = file_case()
    file_case()
    assert seen(one) == {}


def test_joining_is_noted_once_and_can_be_undone(app: Flask) -> None:
    one, _ = file_case(phone="0812345678")
    other, _ = file_case(phone="0812345678")
    for _ in range(2):
        join(one, other)
    join(other, one)

    assert (seen(one), seen(other)) == ({other: (("phone",), True)}, {one: (("phone",), True)})
    row = db.session.scalars(select(SamePerson)).one()
    assert (row.joined_at, row.joined_by_id) == (NOW, agent().account_id)
    db.session.remove()
    part(other, one)
    assert seen(one) == {other: (("phone",), False)}
    row = db.session.scalars(select(SamePerson)).one()
    assert (row.parted_at, row.parted_by_id is not None) == (NOW + HOUR, True)
    told = db.session.execute(select(AuditEntry.what, AuditEntry.about, AuditEntry.after).order_by(AuditEntry.id)).all()
    assert [tuple(entry) for entry in told] == [
        ("persons_joined", one, {"case": other}),
        ("persons_parted", other, {"case": one}),
    ]
    db.session.remove()
    join(one, other)
    assert seen(one)[other][1]


def test_three_joined_two_by_two_are_one_and_one_can_leave(app: Flask) -> None:
    first, _ = file_case("ก")
    second, _ = file_case("ข")
    third, _ = file_case("ค")
    join(first, second)
    join(second, third)
    assert set(seen(first)) == {second, third}
    part(first, third)
    assert (set(seen(first)), seen(third)) == ({second}, {})


def test_two_who_join_at_once_make_one_row(app: Flask) -> None:
    one, _ = file_case()
    other, _ = file_case()
    desk = agent()

    def job(turn: int) -> None:
        with unit_of_work() as session:
            here, there = (one, other) if turn % 2 else (other, one)
            same.join(session, the_case(session, here), there, desk, NOW)

    assert set(at_once(app, 6, job)) == {None}
    assert len(db.session.scalars(select(SamePerson)).all()) == 1


def test_the_joined_see_and_get_nothing_that_they_had_not(app: Flask) -> None:
    one, secret = file_case(phone="0812345678", email="one@example.com")
    other, _ = file_case(phone="0812345678", email="other@example.com")
    police = actor(Role.PARTNER)
    hidden = referred("OCPB", phone="0812345678")

    def rights() -> tuple[object, ...]:
        session = db.session()
        mine, theirs, third = (the_case(session, number) for number in (one, other, hidden))
        facts = (
            may_see(follow.complainant_of(mine), theirs),
            may_see(police, third),
            [(way.channel, way.address) for way in reach.ways(session, mine)],
            [(way.channel, way.address) for way in reach.ways(session, theirs)],
            follow.find(session, other, secret),
            session.scalars(select(Promise.id).order_by(Promise.id)).all(),
            (mine.person_id, theirs.person_id, mine.version, theirs.version),
        )
        db.session.remove()
        return facts

    before = rights()
    join(one, other)
    join(one, hidden)
    assert rights() == before
    assert before[:2] == (False, False)


def test_only_cases_that_can_be_seen_can_be_joined(app: Flask) -> None:
    one, _ = file_case()
    desk = agent()
    session = db.session()
    with pytest.raises(InvalidInput):
        same.join(session, the_case(session, one), "69-999999-9", desk, NOW)
    with pytest.raises(InvalidInput):
        same.join(session, the_case(session, one), one, desk, NOW)


def test_the_desk_joins_and_parts_beside_the_case(app: Flask, client: FlaskClient) -> None:
    one, _ = file_case(phone="0812345678")
    other, _ = file_case(phone="0812345678")
    sign_in(client, Role.AGENT)
    shown = client.get(f"/desk/case/{one}?lang=en").get_data(as_text=True)
    assert "The same complainant?" in shown
    assert "Same phone" in shown
    answer = client.post(f"/desk/case/{one}/same", data={"other": other})
    assert answer.location.startswith(f"/desk/case/{one}")
    assert "same person" in client.get(f"/desk/case/{one}?lang=en").get_data(as_text=True)
    client.post(f"/desk/case/{one}/same", data={"other": other, "part": "1"})
    assert "Parted again" in client.get(f"/desk/case/{one}?lang=en").get_data(as_text=True)
    assert client.post(f"/desk/case/{one}/same", data={"other": "nonsense"}).status_code == 422
