"""What hangs together is drawn with as much as a person can look at, and says how much is left out."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.actor import Actor, Role
from complaints.domain.identifier import Identifier
from complaints.services import correct, graph, mass, triage
from tests.centre import file_case, sign_in
from tests.services.scene import NOW, agent, in_triage, referred, the_case

if TYPE_CHECKING:
    import pytest
    from flask import Flask
    from flask.testing import FlaskClient

# What the machine finds in every case of these tests.
PHONE = "0800000000"


def test_a_picture_shows_who_names_what_and_what_is_left_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "MOST_CASES", 3)
    number, twin, second, third, at_police = in_triage(), in_triage(), in_triage(), in_triage(), referred()
    who = agent()
    with unit_of_work() as session:
        for one in (second, at_police):
            correct.add_identifier(session, the_case(session, one), "line_id", "", "@shop", who, NOW)
        correct.add_identifier(session, the_case(session, third), "line_id", "", "@alone", who, NOW)
        triage.merge(session, the_case(session, twin), the_case(session, number), who, NOW)
        together = mass.begin(session, "ร้านหนึ่ง", who, NOW)
        mass.join(session, together, the_case(session, second), who, NOW)
    db.session.remove()
    session = db.session()
    found = graph.of_case(session, the_case(session, twin), who)
    assert [case.number for case in found.cases] == [at_police, third, number]
    assert found.more == 1
    session.rollback()
    found = graph.of_identifier(
        session, session.scalars(select(Identifier).where(Identifier.value == PHONE)).one(), who
    )
    assert [case.number for case in found.cases] == [at_police, third, second]
    ids = {row.value: row.id for row in found.identifiers}
    assert set(ids) == {PHONE, "@shop"}
    cases = {case.number: case.id for case in found.cases}
    assert found.names == {
        *((ids[PHONE], case_id) for case_id in cases.values()),
        (ids["@shop"], cases[second]),
        (ids["@shop"], cases[at_police]),
    }
    assert [(row.name, found.members) for row in found.masses] == [
        ("ร้านหนึ่ง", frozenset({(found.masses[0].id, cases[second])}))
    ]
    police = Actor(Role.PARTNER, agency="POLICE")
    found = graph.of_identifier(session, session.get_one(Identifier, ids[PHONE]), police)
    assert ([case.number for case in found.cases], found.more) == ([at_police], 0)


def test_the_picture_and_its_table_say_the_same(app: Flask, client: FlaskClient) -> None:
    number, other = in_triage(lost=350_000), in_triage()
    bare, _ = file_case()
    phone = db.session.scalars(select(Identifier.id).where(Identifier.value == PHONE)).one()
    db.session.remove()
    sign_in(client, Role.AGENT)
    for path in (f"/desk/case/{number}/graph", f"/desk/identifier/{phone}/graph"):
        page = html.unescape(client.get(f"{path}?lang=en").get_data(as_text=True))
        drawing = page[page.index('<div class="graph">') : page.index("</svg>", page.index('<div class="graph">'))]
        table = page[page.index("What hangs together") :]
        assert drawing.count("graph-line") == 2
        for said in (number, other, PHONE):
            assert (said in drawing, said in table) == (True, True), (path, said)
        assert "3,500 baht" in drawing
    assert "Nothing hangs together" in client.get(f"/desk/case/{bare}/graph?lang=en").get_data(as_text=True)
