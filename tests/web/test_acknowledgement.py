"""The acknowledgement's figure on screen: to supervisors by channel and day, and to everybody."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from complaints.db import db, unit_of_work
from complaints.domain.actor import Role
from complaints.services import acknowledge
from complaints.services.kpi import counting
from tests.centre import file_case, sign_in
from tests.services.scene import DAY, NOW, the_case

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

SECOND = timedelta(seconds=1)


@pytest.fixture
def month(app: Flask) -> dict[str, str]:
    """Three web complaints and a mail: two receipts in time, one late, one never."""
    plan = {"quick": ("web", 2, 0), "slow": ("web", 75, 0), "mailed": ("email", 4, 1), "silent": ("email", None, 1)}
    numbers = {}
    for name, (channel, after, back) in plan.items():
        numbers[name], _ = file_case(channel=channel, now=NOW - back * DAY)
        if after is not None:
            with unit_of_work() as session:
                acknowledge.reached(
                    session, the_case(session, numbers[name]), channel, NOW - back * DAY + after * SECOND
                )
    with unit_of_work() as session:
        counting.recount(session, counting.all_days(session), NOW)
    db.session.remove()
    return numbers


def page(client: FlaskClient, address: str, role: Role | None = Role.SUPERVISOR, status: int = 200) -> str:
    with time_machine.travel(NOW, tick=False):
        if role is not None:
            sign_in(client, role)
        answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return " ".join(answer.get_data(as_text=True).split())


def test_a_supervisor_sees_channels_days_and_the_cases_behind(client: FlaskClient, month: dict[str, str]) -> None:
    said = page(client, "/oversight/acknowledgement?lang=en")

    assert "2 of 4 complaints had their receipt within 10 seconds" in said
    assert "50.00" in said
    assert said.count("1 / 2") == 4  # each of two days: all channels, and the one that had any
    late = said.partition("Receipts that came late or not at all")[2]
    assert f'href="/desk/case/{month["slow"]}"' in late
    assert "after 75 seconds" in late
    assert month["silent"] in late
    assert month["quick"] not in late


def test_an_administrator_sees_figures_and_no_cases(client: FlaskClient, month: dict[str, str]) -> None:
    said = page(client, "/oversight/acknowledgement?lang=en", Role.ADMINISTRATOR)

    assert "2 of 4 complaints" in said
    assert month["slow"] not in said


@pytest.mark.parametrize("role", [Role.AGENT, Role.PARTNER])
def test_others_do_not_see_it(client: FlaskClient, role: Role) -> None:
    page(client, "/oversight/acknowledgement", role, 403)


def test_days_of_ones_own(client: FlaskClient, month: dict[str, str]) -> None:
    assert "1 of 2 complaints" in page(client, "/oversight/acknowledgement?lang=en&from=20/11/2569&to=20/11/2569")
    too_long = page(client, "/oversight/acknowledgement?lang=en&from=1/1/2569&to=20/11/2569", status=422)
    assert "At most 92 days" in too_long


def test_nought_of_nought_is_no_figure(client: FlaskClient, app: Flask) -> None:
    for address in ("/oversight/acknowledgement?lang=en", "/figures?lang=en"):
        said = page(client, address)
        assert "no figure" in said.lower()
        assert "0.00" not in said
        assert "100" not in said.partition("Target 95")[0].partition("<main")[2]


def test_the_table_can_be_taken_away(client: FlaskClient, month: dict[str, str]) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(client, Role.SUPERVISOR)
        text = client.get("/oversight/acknowledgement.csv?lang=en").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [row[:6] for row in rows[1:]] == [
        ["2026-11-19", "email", "E-mail", "1", "2", "50.00"],
        ["2026-11-20", "web", "Website", "1", "2", "50.00"],
    ]


def test_everybody_sees_the_figure_and_no_case(client: FlaskClient, month: dict[str, str]) -> None:
    said = page(client, "/figures?lang=en", None)

    assert "2 of 4 complaints from" in said
    assert said.count("1 / 2") == 4  # two channels, two days
    assert not any(number in said for number in month.values())
    assert 'href="/figures"' in page(client, "/", None)
