"""Accounts: pauses that grow, sessions that end, links that work once, an administrator that stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account, OneTimeLink, SignInSession
from complaints.domain.actor import Role
from complaints.domain.errors import InvalidInput, SignInFailed
from complaints.services import accounts
from tests.centre import LOGINS, PASSWORD
from tests.conftest import HASHER_IN_SERVICE
from tests.services.scene import DAY, HOUR, NOW, at_once

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from sqlalchemy.orm import Session

LOGIN = LOGINS[Role.AGENT][0]
ADMIN = LOGINS[Role.ADMINISTRATOR][0]
IDLE = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


def of(session: Session, login: str = LOGIN) -> Account:
    return session.scalars(select(Account).where(Account.login == login)).one()


def try_in(password: str, now: datetime, login: str = LOGIN) -> str | None:
    """The login that was let in; a wait as the error says it."""
    with unit_of_work() as session:
        account = accounts.authenticate(session, login, password, now)
        return account.login if account else None


def wait_of(password: str, now: datetime, login: str = LOGIN) -> int:
    with pytest.raises(SignInFailed) as caught:
        try_in(password, now, login)
    return int(str(caught.value.values["wait_seconds"]))


def test_the_right_password_lets_in(app: Flask) -> None:
    assert try_in(PASSWORD, NOW) == LOGIN
    assert try_in(PASSWORD, NOW, f"  {LOGIN.upper()} ") == LOGIN
    assert try_in(PASSWORD + " ", NOW) is None
    assert try_in("", NOW) is None
    assert PASSWORD not in str(of(db.session()).password_hash)
    assert str(of(db.session()).password_hash).startswith("$argon2id$")


@pytest.mark.parametrize("login", [LOGIN, "nobody@centre.example"])
def test_pauses_grow_from_the_fifth_wrong_try(app: Flask, login: str) -> None:
    for _ in range(4):
        assert try_in("wrong", NOW, login) is None
    assert try_in("wrong", NOW, login) is None
    assert wait_of(PASSWORD, NOW, login) == 16
    assert wait_of("wrong", NOW + 14 * SECOND, login) == 2
    moment = NOW
    for seconds in (15, 30, 60, 120):
        moment += seconds * SECOND
        assert try_in("wrong", moment, login) is None
        assert wait_of("wrong", moment, login) == 2 * seconds + 1


def test_the_longest_pause_is_an_hour(app: Flask) -> None:
    moment = NOW
    for _ in range(20):
        assert try_in("wrong", moment) is None
        moment += HOUR
    assert wait_of("wrong", moment - HOUR) == 3601
    assert try_in(PASSWORD, moment) == LOGIN


def test_waiting_is_not_a_wrong_try(app: Flask) -> None:
    for _ in range(5):
        try_in("wrong", NOW)
    for _ in range(10):
        wait_of("wrong", NOW + SECOND)
    assert of(db.session()).failed_tries == 5
    assert try_in(PASSWORD, NOW + 15 * SECOND) == LOGIN


def test_success_forgives(app: Flask) -> None:
    for _ in range(4):
        try_in("wrong", NOW)
    assert try_in(PASSWORD, NOW) == LOGIN
    account = of(db.session())
    assert (account.failed_tries, account.locked_until) == (0, None)
    for _ in range(4):
        assert try_in("wrong", NOW) is None
    assert try_in(PASSWORD, NOW) == LOGIN


def test_wrong_tries_at_once_are_all_counted(app: Flask) -> None:
    found = at_once(app, 8, lambda _turn: try_in("wrong", NOW))
    assert found.count(None) == 5
    assert sum(isinstance(one, SignInFailed) for one in found) == 3
    assert of(db.session()).failed_tries == 5


def test_strangers_tried_at_once_are_counted_once_each(app: Flask) -> None:
    found = at_once(app, 8, lambda _turn: try_in("wrong", NOW, "nobody@centre.example"))
    assert found.count(None) == 5
    assert sum(isinstance(one, SignInFailed) for one in found) == 3


def test_a_guess_costs_what_the_standard_recommends() -> None:
    assert extract_parameters(HASHER_IN_SERVICE.hash("any")) == RFC_9106_LOW_MEMORY


def test_a_hash_of_older_cost_is_renewed(app: Flask) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with unit_of_work() as session:
        of(session).password_hash = cheap
    assert try_in(PASSWORD, NOW) == LOGIN
    assert of(db.session()).password_hash != cheap
    db.session.remove()
    assert try_in(PASSWORD, NOW) == LOGIN


def test_an_account_without_password_lets_nobody_in(app: Flask) -> None:
    with unit_of_work() as session:
        accounts.create(session, "new@centre.example", "ใหม่", "agent", None, NOW)
    assert try_in("", NOW, "new@centre.example") is None
    assert try_in(PASSWORD, NOW, "new@centre.example") is None


@pytest.mark.parametrize(
    ("login", "name", "role", "agency", "field"),
    [
        ("no address", "ก", "agent", None, "login"),
        (f" {LOGIN.upper()}", "ก", "agent", None, "login"),
        ("a@b.example", " ", "agent", None, "name"),
        ("a@b.example", "ก", "boss", None, "role"),
        ("a@b.example", "ก", "complainant", None, "role"),
        ("a@b.example", "ก", "system", None, "role"),
        ("a@b.example", "ก", "partner", None, "agency"),
        ("a@b.example", "ก", "partner", "CENTRE", "agency"),
        ("a@b.example", "ก", "partner", "NOBODY", "agency"),
    ],
)
def test_a_bad_account_names_its_field(
    app: Flask, login: str, name: str, role: str, agency: str | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        accounts.create(session, login, name, role, agency, NOW)
    assert caught.value.field == field


def test_only_a_partner_is_bound_to_an_agency(app: Flask) -> None:
    with unit_of_work() as session:
        agent = accounts.create(session, "A.B@Centre.Example ", " เจ้าหน้าที่ ", "agent", "POLICE", NOW)
        partner = accounts.create(session, "p@fda.example", "อย.", "partner", "FDA", NOW, "en")
        assert (agent.login, agent.name, agent.agency_code) == ("a.b@centre.example", "เจ้าหน้าที่", None)
        assert (partner.actor.agency, partner.actor.role, partner.language) == ("FDA", Role.PARTNER, "en")


@pytest.mark.parametrize(
    ("password", "reason"),
    [("ก" * 11, "password_length"), ("x" * 201, "password_length"), ("my-AGENT-password", "password_holds_login")],
)
def test_a_weak_password_is_refused(app: Flask, password: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        accounts.set_password(session, of(session), password, NOW)
    assert (caught.value.field, caught.value.values["reason"]) == ("password", reason)
    assert try_in(PASSWORD, NOW) == LOGIN


def test_a_new_password_ends_the_other_sessions_and_the_pause(app: Flask) -> None:
    with unit_of_work() as session:
        mine, other = (accounts.start_session(session, of(session), NOW) for _ in range(2))
    for _ in range(5):
        try_in("wrong", NOW)
    with unit_of_work() as session:
        accounts.set_password(session, of(session), "รหัสผ่านใหม่ยาวมาก", NOW, keep=mine)
    session = db.session()
    assert accounts.session_account(session, mine, NOW, IDLE) is not None
    assert accounts.session_account(session, other, NOW, IDLE) is None
    db.session.remove()
    assert try_in("รหัสผ่านใหม่ยาวมาก", NOW) == LOGIN
    assert try_in(PASSWORD, NOW) is None


def test_a_session_lives_while_it_is_used(app: Flask) -> None:
    with unit_of_work() as session:
        token = accounts.start_session(session, of(session), NOW)
    found = accounts.session_account(db.session(), token, NOW + IDLE, IDLE)
    assert found is not None
    assert found[0].login == LOGIN
    assert token not in found[1].token_hash
    assert accounts.session_account(db.session(), token, NOW + IDLE + SECOND, IDLE) is None
    db.session.remove()
    with unit_of_work() as session:
        living = accounts.session_account(session, token, NOW + IDLE, IDLE)
        assert living is not None
        living[1].seen_at = NOW + IDLE
    assert accounts.session_account(db.session(), token, NOW + 2 * IDLE, IDLE) is not None
    for wrong in ("", "x", token + "x"):
        assert accounts.session_account(db.session(), wrong, NOW, IDLE) is None


def test_signing_out_ends_one_or_all(app: Flask) -> None:
    with unit_of_work() as session:
        tokens = [accounts.start_session(session, of(session), NOW) for _ in range(3)]
        foreign = accounts.start_session(session, of(session, ADMIN), NOW)

    def living() -> list[bool]:
        found = [accounts.session_account(db.session(), token, NOW, IDLE) for token in (*tokens, foreign)]
        db.session.remove()
        return [one is not None for one in found]

    with unit_of_work() as session:
        accounts.end_session(session, tokens[0], NOW)
        accounts.end_session(session, "unknown", NOW)
    assert living() == [False, True, True, True]
    with unit_of_work() as session:
        accounts.end_sessions(session, of(session), NOW, keep=tokens[2])
    assert living() == [False, False, True, True]
    with unit_of_work() as session:
        accounts.end_sessions(session, of(session), NOW)
    assert living() == [False, False, False, True]


def test_a_disabled_account_is_out_at_once(app: Flask) -> None:
    with unit_of_work() as session:
        token = accounts.start_session(session, of(session), NOW)
        link = accounts.one_time_link(session, of(session), NOW)
        accounts.set_active(session, of(session), NOW, active=False)
    session = db.session()
    assert accounts.session_account(session, token, NOW, IDLE) is None
    assert accounts.peek_link(session, link, NOW) is None
    assert accounts.use_link(session, link, NOW) is None
    db.session.remove()
    assert try_in(PASSWORD, NOW) is None
    with unit_of_work() as session:
        accounts.set_active(session, of(session), NOW, active=True)
    assert try_in(PASSWORD, NOW) == LOGIN
    assert accounts.session_account(db.session(), token, NOW, IDLE) is None


def test_a_link_works_once(app: Flask) -> None:
    with unit_of_work() as session:
        token = accounts.one_time_link(session, of(session), NOW)
        assert token not in session.scalars(select(OneTimeLink.token_hash)).one()
    with unit_of_work() as session:
        for _ in range(2):
            seen = accounts.peek_link(session, token, NOW)
            assert seen is not None
            assert seen.login == LOGIN
        used = accounts.use_link(session, token, NOW)
        assert used is not None
        assert used.login == LOGIN
    session = db.session()
    assert accounts.peek_link(session, token, NOW) is None
    assert accounts.use_link(session, token, NOW) is None


def test_a_link_runs_out_and_a_newer_one_ends_it(app: Flask) -> None:
    with unit_of_work() as session:
        old = accounts.one_time_link(session, of(session), NOW)
        new = accounts.one_time_link(session, of(session), NOW)
        others = accounts.one_time_link(session, of(session, ADMIN), NOW)
    session = db.session()
    assert accounts.peek_link(session, old, NOW) is None
    assert accounts.peek_link(session, new, NOW + 2 * DAY) is not None
    assert accounts.peek_link(session, new, NOW + 2 * DAY + SECOND) is None
    assert accounts.use_link(session, new, NOW + 2 * DAY + SECOND) is None
    assert accounts.peek_link(session, others, NOW) is not None
    assert accounts.peek_link(session, "", NOW) is None


def test_a_link_opened_many_times_at_once_lets_one_in(app: Flask) -> None:
    with unit_of_work() as session:
        token = accounts.one_time_link(session, of(session), NOW)

    def job(_turn: int) -> str | None:
        with unit_of_work() as session:
            # As a page does that first looks whose link it is.
            accounts.peek_link(session, token, NOW)
            account = accounts.use_link(session, token, NOW)
            return account.login if account else None

    assert sorted(map(str, at_once(app, 8, job))) == ["None"] * 7 + [LOGIN]


def test_the_last_administrator_stays(app: Flask) -> None:
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        accounts.set_active(session, of(session, ADMIN), NOW, active=False)
    assert caught.value.values["reason"] == "last_administrator"
    with pytest.raises(InvalidInput) as caught, unit_of_work() as session:
        accounts.change(session, of(session, ADMIN), "ผู้ดูแล", "agent", None, "th")
    assert (caught.value.field, caught.value.values["reason"]) == ("role", "last_administrator")
    with unit_of_work() as session:
        accounts.create(session, "second@centre.example", "สอง", "administrator", None, NOW)
        accounts.set_active(session, of(session, ADMIN), NOW, active=False)
    assert not of(db.session(), ADMIN).active
    with pytest.raises(InvalidInput), unit_of_work() as session:
        accounts.set_active(session, of(session, "second@centre.example"), NOW, active=False)


def test_two_administrators_do_not_disable_each_other_at_once(app: Flask) -> None:
    pair = (ADMIN, "second@centre.example")
    with unit_of_work() as session:
        accounts.create(session, pair[1], "สอง", "administrator", None, NOW)

    def job(turn: int) -> None:
        with unit_of_work() as session:
            accounts.set_active(session, of(session, pair[turn]), NOW, active=False)

    found = at_once(app, 2, job)
    assert sorted(of(db.session(), login).active for login in pair) == [False, True]
    assert sum(isinstance(one, InvalidInput) for one in found) == 1


def test_every_session_row_names_its_end(app: Flask) -> None:
    with unit_of_work() as session:
        token = accounts.start_session(session, of(session), NOW)
    for moment in (NOW + HOUR, NOW + 2 * HOUR):
        with unit_of_work() as session:
            accounts.end_session(session, token, moment)
    row = db.session.scalars(select(SignInSession)).one()
    assert (row.created_at, row.ended_at) == (NOW, NOW + HOUR)
