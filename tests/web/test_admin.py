"""Administration: accounts and their links, agencies, categories, settings, holidays, and the record of it all."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from complaints.db import db, unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from complaints.domain.agency import Agency, Category, Holiday
from complaints.domain.audit import AuditEntry, Change
from complaints.domain.errors import InvalidInput
from complaints.domain.wording import LANGUAGES, known, say
from complaints.services import access, accounts, audit, centre, holidays, staffing, triage
from tests.centre import LOGINS, PASSWORD, actor, classified, file_case, sign_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

NEW_ACCOUNT = {"login": " New@Centre.example ", "name": "คนใหม่", "role": "partner", "agency": "OCPB", "language": "en"}
NEW_AGENCY = {
    "code": "dbd",
    "name_th": "กรมพัฒนาธุรกิจการค้า",
    "name_en": "Department of Business Development",
    "short_th": "พค.",
    "email": "Help@DBD.example",
    "joined_on": "1/10/2569",
    "acknowledge_days": "๒",
    "answer_days": "",
    "active": "1",
}
NEW_CATEGORY = {
    "code": "Ticket_Fraud",
    "name_th": "โกงตั๋ว",
    "name_en": "Ticket fraud",
    "agency_code": "POLICE",
    "group_code": "online_trading",
    "triage_days": "3",
    "answer_days": "๗",
    "final_days": "",
    "active": "1",
}


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser of an administrator who reads English."""
    sign_in(client, Role.ADMINISTRATOR)
    client.set_cookie("lang", "en")
    return client


def save(admin: FlaskClient, path: str, data: dict[str, str]) -> TestResponse:
    """Open the form and send it, as somebody does who sees what stands there now."""
    seen = re.search(r'name="seen" value="(\d+)"', admin.get(path).get_data(as_text=True))
    assert seen is not None
    return admin.post(path, data=data | {"seen": seen[1]})


def said(answer: object) -> str:
    """The words of an answer without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)).split())  # type: ignore[attr-defined]


def account_id(role: Role) -> int:
    """The id of a role's account."""
    found = db.session.scalars(select(Account.id).where(Account.login == LOGINS[role][0])).one()
    db.session.remove()
    return found


def recorded() -> list[AuditEntry]:
    """The record, oldest first; the session is let go, so that the next request does not wait for it."""
    entries = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    db.session.remove()
    return entries


def test_every_page_opens_in_both_languages(admin: FlaskClient) -> None:
    for language in LANGUAGES:
        for address in (
            "/admin/accounts",
            "/admin/accounts/new",
            f"/admin/accounts/{account_id(Role.PARTNER)}",
            "/admin/agencies",
            "/admin/agencies/new",
            "/admin/agencies/CENTRE",
            "/admin/categories",
            "/admin/categories/new",
            "/admin/categories/seller_fraud",
            "/admin/settings",
            "/admin/holidays",
            "/admin/holidays?year=2555",
            "/admin/changes",
        ):
            joint = "&" if "?" in address else "?"
            assert admin.get(f"{address}{joint}lang={language}").status_code == 200, address
    assert admin.get("/admin").headers["Location"] == "/admin/accounts"


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.PARTNER])
def test_nobody_else_administers(client: FlaskClient, app: Flask, role: Role) -> None:
    sign_in(client, role)

    assert client.get("/admin/accounts").status_code == 403
    assert client.post("/admin/accounts/new", data=NEW_ACCOUNT).status_code == 403
    assert client.post("/admin/settings", data={"kpi_target": "1"}).status_code == 403


def test_a_new_account_gets_its_link_once_and_comes_in_with_it(admin: FlaskClient, app: Flask) -> None:
    answer = admin.post("/admin/accounts/new", data=NEW_ACCOUNT)

    assert answer.status_code == 200
    found = re.search(r"<code>(http://127\.0\.0\.1:1212/staff/link/[^<]+)</code>", answer.get_data(as_text=True))
    assert found is not None
    address = found[1].removeprefix("http://127.0.0.1:1212")
    entry = recorded()[-1]
    assert (entry.what, entry.after) == (
        "account_created",
        {"name": "คนใหม่", "role": "partner", "agency": "OCPB", "language": "en", "extension": None, "manages": False},
    )
    token = address.rpartition("/")[2].partition("?")[0]
    assert token not in str([(row.before, row.after, row.about) for row in recorded()])
    db.session.remove()
    assert token not in admin.get("/admin/accounts").get_data(as_text=True)
    stranger = app.test_client()
    assert stranger.get(address).status_code == 200
    assert stranger.post(address).status_code == 303
    assert stranger.post(address).status_code != 303


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"login": "nobody"}, "login"),
        ({"login": LOGINS[Role.AGENT][0].upper()}, "login"),
        ({"name": " "}, "name"),
        ({"role": "king"}, "role"),
        ({"role": "complainant"}, "role"),
        ({"agency": ""}, "agency"),
        ({"agency": "CENTRE"}, "agency"),
    ],
)
def test_a_wrong_account_is_told_at_its_field_and_kept(admin: FlaskClient, wrong: dict[str, str], field: str) -> None:
    answer = admin.post("/admin/accounts/new", data=NEW_ACCOUNT | wrong)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert f'href="#{field}"' in html
    if field != "name":
        assert "คนใหม่" in html
    assert recorded() == []


def test_disabling_signs_out_at_once_and_enabling_lets_in_again(admin: FlaskClient, app: Flask) -> None:
    agent, number = app.test_client(), account_id(Role.AGENT)
    sign_in(agent, Role.AGENT)
    assert agent.get("/desk").status_code == 200

    assert admin.post(f"/admin/accounts/{number}/active", data={"active": "0"}).status_code == 303

    assert agent.get("/desk").status_code == 302
    assert agent.post("/staff/sign-in", data={"login": LOGINS[Role.AGENT][0], "password": PASSWORD}).status_code != 303
    assert admin.post(f"/admin/accounts/{number}/link").status_code == 422
    admin.post(f"/admin/accounts/{number}/active", data={"active": "1"})
    admin.post(f"/admin/accounts/{number}/active", data={"active": "1"})
    sign_in(agent, Role.AGENT)
    assert [entry.what for entry in recorded()] == ["account_disabled", "account_enabled"]


def test_nobody_locks_the_centre_out(admin: FlaskClient) -> None:
    mine = account_id(Role.ADMINISTRATOR)
    own = {"name": "ผู้ดูแล", "role": "agent", "language": "th"}

    assert admin.post(f"/admin/accounts/{mine}/active", data={"active": "0"}).status_code == 422
    refused = save(admin, f"/admin/accounts/{mine}", own)

    assert refused.status_code == 422
    assert "You cannot change your own role" in said(refused)
    assert recorded() == []
    with pytest.raises(InvalidInput) as told, unit_of_work() as session:
        accounts.set_active(session, staffing.get(session, mine), datetime.now(UTC), active=False)
    assert told.value.values["reason"] == "last_administrator"
    with pytest.raises(InvalidInput) as told, unit_of_work() as session:
        accounts.change(session, staffing.get(session, mine), "x", "agent", None, "th")
    assert told.value.values["reason"] == "last_administrator"


def test_another_role_signs_out_and_is_recorded(admin: FlaskClient, app: Flask) -> None:
    agent, number = app.test_client(), account_id(Role.AGENT)
    sign_in(agent, Role.AGENT)
    changed = {"name": "ทดสอบ agent", "role": "partner", "agency": "FDA", "language": "th"}

    assert save(admin, f"/admin/accounts/{number}", changed).status_code == 303

    assert agent.get("/desk").status_code == 302
    entry = recorded()[-1]
    assert (entry.before, entry.after) == ({"role": "agent", "agency": None}, {"role": "partner", "agency": "FDA"})
    save(admin, f"/admin/accounts/{number}", changed)
    assert len(recorded()) == 1


def test_an_agency_is_added_changed_and_retired(admin: FlaskClient) -> None:
    assert admin.post("/admin/agencies/new", data=NEW_AGENCY).status_code == 303
    agency = db.session.get_one(Agency, "DBD")
    assert (agency.email, agency.joined_on, agency.active) == ("help@dbd.example", date(2026, 10, 1), True)
    db.session.remove()
    changed = {key: value for key, value in NEW_AGENCY.items() if key not in {"code", "active"}} | {"name_en": "DBD"}
    assert save(admin, "/admin/agencies/DBD", changed).status_code == 303

    agency = db.session.get_one(Agency, "DBD")
    assert (agency.name_en, agency.active) == ("DBD", False)
    entry = recorded()[-1]
    assert entry.what == Change.AGENCY_CHANGED
    assert entry.before == {"name_en": NEW_AGENCY["name_en"], "active": True}
    assert entry.after == {"name_en": "DBD", "active": False}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "9X"}, "code"),
        ({"code": "POLICE"}, "code"),
        ({"name_th": ""}, "name_th"),
        ({"name_en": "x" * 201}, "name_en"),
        ({"short_th": ""}, "short_th"),
        ({"email": "nobody"}, "email"),
        ({"joined_on": "31/2/2569"}, "joined_on"),
    ],
)
def test_a_wrong_agency_is_told_at_its_field(admin: FlaskClient, wrong: dict[str, str], field: str) -> None:
    answer = admin.post("/admin/agencies/new", data=NEW_AGENCY | wrong)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)


def test_an_agency_that_is_needed_cannot_be_retired(admin: FlaskClient) -> None:
    police = {"name_th": "ตำรวจ", "name_en": "Police", "short_th": "ตร."}

    refused = save(admin, "/admin/agencies/POLICE", police)

    assert refused.status_code == 422
    assert "Categories that still go to this agency: 3" in said(refused)
    assert save(admin, "/admin/agencies/CENTRE", police).status_code == 422
    assert admin.get("/admin/agencies/NOBODY").status_code == 404


def test_a_category_is_added_changed_and_removed(admin: FlaskClient) -> None:
    assert admin.post("/admin/categories/new", data=NEW_CATEGORY).status_code == 303
    category = db.session.get_one(Category, "ticket_fraud")
    assert (category.triage_days, category.answer_days, category.final_days, category.auto_refer) == (3, 7, None, False)
    db.session.remove()
    changed = NEW_CATEGORY | {"agency_code": "OCPB", "auto_refer": "1", "final_days": "45"}
    assert save(admin, "/admin/categories/ticket_fraud", changed).status_code == 303
    category = db.session.get_one(Category, "ticket_fraud")
    assert (category.agency_code, category.final_days, category.auto_refer) == ("OCPB", 45, True)
    db.session.remove()
    assert admin.post("/admin/categories/ticket_fraud/remove").status_code == 303
    assert db.session.get(Category, "ticket_fraud") is None
    assert [entry.what for entry in recorded()] == ["category_added", "category_changed", "category_removed"]


def test_what_the_machine_predicts_or_a_case_names_stays(admin: FlaskClient) -> None:
    assert admin.post("/admin/categories/seller_fraud/remove").status_code == 422
    admin.post("/admin/categories/new", data=NEW_CATEGORY)
    number, _ = file_case()
    classified(number, sure=False)
    agent = actor(Role.AGENT)
    with unit_of_work() as session:
        case = access.get_for_change(session, number, agent, None)
        triage.decide(session, case, "ticket_fraud", agent, datetime.now(UTC))

    refused = admin.post("/admin/categories/ticket_fraud/remove")

    assert refused.status_code == 422
    assert "Cases or figures use this category" in said(refused)
    assert db.session.get(Category, "ticket_fraud") is not None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "9x"}, "code"),
        ({"code": "seller_fraud"}, "code"),
        ({"name_en": ""}, "name_en"),
        ({"agency_code": "NOBODY"}, "agency_code"),
        ({"group_code": "others"}, "group_code"),
        ({"answer_days": "soon"}, "answer_days"),
        ({"answer_days": "0"}, "answer_days"),
        ({"final_days": "9999999999"}, "final_days"),
    ],
)
def test_a_wrong_category_is_told_at_its_field_and_kept(admin: FlaskClient, wrong: dict[str, str], field: str) -> None:
    answer = admin.post("/admin/categories/new", data=NEW_CATEGORY | wrong)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert f'href="#{field}"' in html
    assert "โกงตั๋ว" in html


def given_settings() -> dict[str, str]:
    """The settings form as it stands."""
    profile = centre.profile(db.session())
    db.session.remove()
    fields = (
        "name_th", "name_en", "short", "hotline", "email", "address_th", "address_en", "shifts", "kpi_target",
        "letter_code", "letter_signer", "letter_position",
        "triage_working_days", "acknowledge_working_days", "answer_days", "final_days", "close_after_days",
        "dispute_days", "remind_days_before", "nudge_after_days", "hand_over_after_days",
        "stuck_after_days", "most_refusals", "decide_working_days", "sample_size",
        "mediation_working_days", "mediation_offers", "mediation_link_days",
        "learn_least_rows", "learn_margin", "drift_points",
    )  # fmt: skip
    return {name: str(getattr(profile, name)) for name in fields} | {"auto_refer": "1"}


def test_settings_take_effect_and_are_recorded(admin: FlaskClient) -> None:
    given = given_settings() | {"name_en": "1212 ETDA", "kpi_target": "82.5", "final_days": "๔๕"}

    assert save(admin, "/admin/settings", given).status_code == 303

    profile = centre.profile(db.session())
    assert (profile.name_en, str(profile.kpi_target), profile.final_days) == ("1212 ETDA", "82.5", 45)
    entry = recorded()[-1]
    assert entry.before == {"name_en": "1212 Online Complaint Centre", "kpi_target": "80", "final_days": 60}
    assert entry.after == {"name_en": "1212 ETDA", "kpi_target": "82.5", "final_days": 45}
    db.session.remove()
    save(admin, "/admin/settings", given)
    assert len(recorded()) == 1
    db.session.remove()
    assert "Target 82.5 %" in said(admin.get("/oversight"))


def test_everything_wrong_is_told_at_once_and_nothing_is_stored(admin: FlaskClient) -> None:
    given = given_settings() | {"name_th": "", "kpi_target": "NaN", "final_days": "-1", "hotline": "1213"}

    answer = save(admin, "/admin/settings", given)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert all(f'href="#{field}"' in html for field in ("name_th", "kpi_target", "final_days"))
    assert 'value="1213"' in html
    assert centre.profile(db.session()).hotline == "1212"
    assert recorded() == []


def test_automatic_referral_can_be_switched_off(admin: FlaskClient) -> None:
    given = given_settings()
    del given["auto_refer"]
    save(admin, "/admin/settings", given)

    assert centre.profile(db.session()).auto_refer == 0
    assert recorded()[-1].after == {"auto_refer": 0}
    db.session.remove()
    assert re.search(r'id="auto_refer"[^>]*>', admin.get("/admin/settings").get_data(as_text=True))
    assert not re.search(r'id="auto_refer"[^>]*checked', admin.get("/admin/settings").get_data(as_text=True))


def test_a_holiday_is_added_and_removed_in_either_era(admin: FlaskClient) -> None:
    answer = admin.post(
        "/admin/holidays", data={"day": "4/1/2570", "name_th": "วันหยุดพิเศษ", "name_en": "", "year": "2570", "half": "1"}
    )
    assert answer.headers["Location"].endswith("year=2570")
    holiday = db.session.get_one(Holiday, date(2027, 1, 4))
    assert (holiday.name_th, holiday.half) == ("วันหยุดพิเศษ", True)
    db.session.remove()
    shown = said(admin.get("/admin/holidays?year=2570"))
    assert "4 January 2027" in shown
    assert "afternoon only" in shown
    again = admin.post("/admin/holidays", data={"day": "2027-01-04", "name_th": "อีกครั้ง", "year": "2570"})
    assert again.status_code == 422
    assert "อีกครั้ง" in again.get_data(as_text=True)

    assert admin.post("/admin/holidays/remove", data={"day": "2027-01-04"}).status_code == 303
    assert db.session.get(Holiday, date(2027, 1, 4)) is None
    db.session.remove()
    assert admin.post("/admin/holidays/remove", data={"day": "2027-01-04"}).status_code == 404
    assert [(entry.what, entry.about) for entry in recorded()] == [
        ("holiday_added", "2027-01-04"),
        ("holiday_removed", "2027-01-04"),
    ]


def test_the_published_holidays_fill_what_is_missing(admin: FlaskClient) -> None:
    with unit_of_work() as session:
        holidays.add(session, date(2033, 4, 13), "ของเราเอง", "", actor(Role.ADMINISTRATOR), datetime.now(UTC))

    admin.post("/admin/holidays/published", data={"year": "2576"})

    rows = {row.day: row.name_th for row in holidays.of_year(db.session(), 2033)}
    assert rows[date(2033, 4, 13)] == "ของเราเอง"
    assert date(2033, 12, 5) in rows
    assert len(rows) == len({row.day for row in holidays.published(2033)})
    db.session.remove()
    admin.post("/admin/holidays/published", data={"year": "2576"})
    assert [entry.what for entry in recorded()] == ["holiday_added", "holidays_taken"]


def test_the_record_is_told_in_words_and_goes_on(admin: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    save(admin, "/admin/settings", given_settings() | {"final_days": "50"})
    admin.post("/admin/agencies/new", data=NEW_AGENCY)
    admin.post("/admin/accounts/new", data=NEW_ACCOUNT)

    first = admin.get("/admin/changes")

    assert "Account added: คนใหม่" in said(first)
    assert "Agency added: DBD" in said(first)
    assert f"Role: after {say('word.role.partner', 'en')}" in said(first)
    following = re.search(r'rel="next" href="([^"]+)"', first.get_data(as_text=True))
    assert following is not None
    assert "Final answer within: before 60 → after 50" in said(admin.get(following[1]))


def test_every_kind_of_change_has_words() -> None:
    missing = [
        (language, change)
        for language in LANGUAGES
        for change in Change
        if not known(f"admin.change.{change}", language)
    ]
    assert missing == []


def test_secrets_never_reach_the_record(app: Flask) -> None:
    with unit_of_work() as session:
        audit.record(
            session,
            Change.ACCOUNT_CHANGED,
            "1",
            actor(Role.ADMINISTRATOR),
            datetime.now(UTC),
            before={"password_hash": "a", "name": "x"},
            after={"password_hash": "b", "token": "t", "name": "y"},
        )
    entry = recorded()[-1]

    assert (entry.before, entry.after) == ({"name": "x"}, {"name": "y"})
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1


@pytest.mark.parametrize(
    ("path", "valid", "wrong"),
    [
        ("/admin/accounts/new", NEW_ACCOUNT, {"name": "ก" * 201}),
        ("/admin/accounts/new", NEW_ACCOUNT, {"login": "x" * 200 + "@centre.example"}),
        ("/admin/agencies/new", NEW_AGENCY, {"joined_on": "1/1/3500"}),
        ("/admin/agencies/new", NEW_AGENCY, {"joined_on": "1/1/1900"}),
        ("/admin/settings", {}, {"hotline": "call us"}),
        ("/admin/settings", {}, {"email": "nowhere"}),
        ("/admin/settings", {}, {"answer_days": "0000000000"}),
        ("/admin/settings", {}, {"final_days": "0"}),
        ("/admin/settings", {}, {"close_after_days": "๐"}),
    ],
)
def test_what_no_field_can_hold_is_named(
    admin: FlaskClient, path: str, valid: dict[str, str], wrong: dict[str, str]
) -> None:
    answer = admin.post(path, data=(valid or given_settings()) | wrong)
    assert answer.status_code == 422
    assert f'id="{next(iter(wrong))}-error"' in answer.get_data(as_text=True)
    assert recorded() == []
