"""Merged cases count once, under their target, wherever an identifier is looked up; and each identifier has a page."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.case import Case
from complaints.domain.errors import NotFound
from complaints.domain.identifier import Identifier
from complaints.services import correct, joined, link, paging, triage
from tests.centre import sign_in
from tests.services.scene import DAY, NOW, agent, in_triage, referred, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

# What the machine finds in every case of these tests.
PHONE = "0800000000"


def doing(number: str, do: Any, *words: Any) -> None:
    who = agent()
    with unit_of_work() as session:
        do(session, the_case(session, number), *words, who, NOW)
    db.session.remove()


def merged(number: str, into: str) -> None:
    who = agent()
    with unit_of_work() as session:
        triage.merge(session, the_case(session, number), the_case(session, into), who, NOW)
    db.session.remove()


def identifier(value: str) -> Identifier:
    return db.session.scalars(select(Identifier).where(Identifier.value == value)).one()


def pages(value: str, who: Actor) -> list[list[str]]:
    """The case numbers on every page of an identifier."""
    session, found, before = db.session(), [], None
    while not found or before is not None:
        page = link.page_of(session, identifier(value), who, before)
        found.append([row.number for row in page.rows])
        before = page.before
    db.session.remove()
    return found


def test_what_a_merged_case_names_counts_for_its_target(app: Flask) -> None:
    first = in_triage(NOW - 9 * DAY, lost=100_000)
    second = in_triage(NOW - 5 * DAY, lost=999)
    third = in_triage(NOW - 4 * DAY, lost=777)
    at_police = referred(now=NOW - DAY, lost=41_250)
    doing(third, correct.add_identifier, "line_id", "", "@only_third")
    merged(third, second)
    merged(second, first)
    who = agent()

    session = db.session()
    assert joined.target_of(session, the_case(session, third)).number == first
    assert [case.number for case in joined.cases_below(session, the_case(session, first))] == [second, third]
    carried = [(tie.identifier.value, source) for tie, source in joined.named_below(session, the_case(session, first))]
    assert carried == [("@only_third", third)]
    ids = [identifier(PHONE).id, identifier("@only_third").id]
    known = link.known_elsewhere(session, ids, who)
    assert [(known[key].cases, known[key].lost) for key in ids] == [(2, 141_250), (1, 100_000)]
    # Nobody is another case to oneself, and a merged one is none to its target.
    assert ids[1] not in link.known_elsewhere(session, ids, who, the_case(session, third))
    police = Actor(Role.PARTNER, agency="POLICE")
    assert link.known_elsewhere(session, ids, police)[ids[0]].lost == 41_250
    db.session.remove()
    assert pages(PHONE, who) == [[at_police, first]]
    assert pages(PHONE, police) == [[at_police]]
    with pytest.raises(NotFound):
        link.get_identifier(db.session(), ids[1], police)
    db.session.remove()

    # What a person took out of the target stays out, though a merged case names it.
    doing(first, correct.remove_identifier, ids[0], "misread")
    assert pages(PHONE, who) == [[at_police]]


def test_a_circle_in_a_broken_database_ends_the_walk(app: Flask) -> None:
    one, other = in_triage(), in_triage()
    merged(one, other)
    with unit_of_work() as session:
        into = session.scalars(select(Case.id).where(Case.number == one)).one()
        facts = {"state": "merged", "merged_into_id": into, "due_at": None, "promised_by": None}
        session.execute(update(Case).where(Case.number == other).values(**facts))
    db.session.remove()
    who = agent()
    session = db.session()
    assert link.known_elsewhere(session, [identifier(PHONE).id], who, the_case(session, one)) == {}
    assert [case.number for case in joined.cases_below(session, the_case(session, one))] == [other]


def test_an_identifier_has_a_page_with_its_cases_amounts_and_dates(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    target, *others = [in_triage(NOW - days * DAY, lost=lost) for days, lost in ((9, 100_000), (3, 41_250), (2, 50))]
    twin = in_triage(NOW - DAY)
    doing(twin, correct.add_identifier, "url", "", "shop.example.com/a")
    merged(twin, target)
    assert pages(PHONE, agent()) == [others[::-1], [target]]
    wanted = identifier(PHONE).id
    db.session.remove()

    sign_in(client, Role.AGENT)
    beside = html.unescape(client.get(f"/desk/case/{target}").get_data(as_text=True))
    assert f'href="/desk/identifier/{wanted}"' in beside
    assert "shop.example.com/a" in beside
    assert "มากับเรื่องที่รวมเข้ามา" in beside
    first = client.get(f"/desk/identifier/{wanted}").get_data(as_text=True)
    assert "1,413 บาท" in first
    assert (others[0] in first, target in first) == (True, False)
    later = html.unescape(first).split('rel="next" href="')[1].split('"')[0]
    second = client.get(later).get_data(as_text=True)
    assert (others[0] in second, target in second) == (False, True)
    assert client.get(f"/desk/identifier/{wanted}?before=nonsense").status_code == 200
    assert client.get("/desk/identifier/999").status_code == 404
