"""The centre's settings: read back as typed, refused by name, seeded once, holidays as the operator wants them."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from classifiers.taxonomy import Taxonomy, load_taxonomy
from complaints.db import db, unit_of_work
from complaints.domain.agency import Agency, Category, CentreText, Holiday
from complaints.domain.errors import InvalidInput
from complaints.services import centre
from tests.services.scene import DAY, NOW, at_once

if TYPE_CHECKING:
    from flask import Flask


def change(**changes: str) -> centre.CentreProfile:
    with unit_of_work() as session:
        return centre.change_profile(session, changes, NOW)


def how_many() -> list[int]:
    found = [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in (Agency, Category, Holiday)]
    db.session.remove()
    return found


def test_without_settings_the_defaults_hold(app: Flask) -> None:
    assert centre.profile(db.session()) == centre.CentreProfile()


def test_settings_are_stored_and_read_back(app: Flask) -> None:
    given = change(
        name_th=" ศูนย์ใหม่ ", kpi_target="82.5", answer_days="๑๐", address_en="1 Road\nBangkok", auto_refer="0"
    )
    assert given == centre.profile(db.session())
    assert (given.name_th, given.name("th"), given.name("en")) == ("ศูนย์ใหม่", "ศูนย์ใหม่", "1212 Online Complaint Centre")
    assert (given.kpi_target, given.answer_days, given.auto_refer) == (Decimal("82.5"), 10, 0)
    assert given.address_en == "1 Road\nBangkok"


def test_what_did_not_change_keeps_its_date(app: Flask) -> None:
    change(final_days="45", short="โอซีซี")
    with unit_of_work() as session:
        centre.change_profile(session, {"final_days": "45", "short": "OCC"}, NOW + DAY)
    changed = {row.key: row.changed_at for row in db.session.scalars(select(CentreText))}
    assert changed == {"final_days": NOW, "short": NOW + DAY}


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("no_such", "1", "unknown_setting"),
        ("kpi_target", "much", "number"),
        ("kpi_target", "", "number"),
        ("kpi_target", "0", "percentage"),
        ("kpi_target", "100.01", "percentage"),
        ("kpi_target", "-5", "percentage"),
        ("kpi_target", "NaN", "percentage"),
        ("kpi_target", "Infinity", "percentage"),
        ("final_days", "", "whole_number"),
        ("final_days", "-1", "whole_number"),
        ("final_days", "1.5", "whole_number"),
        ("final_days", "3651", "whole_number"),
        ("final_days", "²", "whole_number"),
        ("name_th", "  ", "required"),
        ("hotline", "", "required"),
        ("address_th", "ก" * 2001, "too_long"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_stored(app: Flask, key: str, text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        change(short="ใหม่", **{key: text})
    assert (caught.value.field, caught.value.values["reason"]) == (key, reason)
    assert centre.profile(db.session()) == centre.CentreProfile()


def test_a_form_hears_of_every_fault_at_once() -> None:
    found = centre.faults({"kpi_target": "NaN", "final_days": "x", "name_en": "", "short": "ok", "answer_days": "15"})
    assert sorted(found) == ["final_days", "kpi_target", "name_en"]


def test_every_setting_can_be_written_as_it_is_shown(app: Flask) -> None:
    shown = {name: str(value) for name, value in asdict(centre.CentreProfile()).items()}
    assert set(shown) == {field.name for field in fields(centre.CentreProfile)}
    assert change(**{key: text or "-" for key, text in shown.items()}).kpi_target == Decimal(80)


def test_seeding_again_changes_nothing(app: Flask) -> None:
    before = how_many()
    taxonomy = load_taxonomy()
    assert before[:2] == [len(taxonomy.agencies), len(taxonomy.categories)]
    with unit_of_work() as session:
        centre.seed(session, datetime.now(UTC))
    assert how_many() == before


def test_seeding_leaves_what_people_changed(app: Flask) -> None:
    with unit_of_work() as session:
        session.get_one(Agency, "POLICE").name_th = "ตำรวจไซเบอร์"
        session.get_one(Category, "seller_fraud").agency_code = "OCPB"
        session.delete(session.get_one(Holiday, date(2026, 12, 31)))
        session.add(Holiday(day=date(2026, 11, 24), name_th="หยุดพิเศษ"))
    with unit_of_work() as session:
        centre.seed(session, NOW)
    session = db.session()
    assert session.get_one(Agency, "POLICE").name_th == "ตำรวจไซเบอร์"
    assert session.get_one(Category, "seller_fraud").agency_code == "OCPB"
    assert session.get(Holiday, date(2026, 12, 31)) is None
    assert session.get(Holiday, date(2026, 11, 24)) is not None


def test_seeding_fills_what_a_later_release_brings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now = load_taxonomy()
    agencies = now.agencies | {"NEW": replace(now.agencies["THAICERT"], code="NEW")}
    kinds = now.categories | {"new_kind": replace(now.categories["cyber_threat"], code="new_kind", agency="NEW")}
    monkeypatch.setattr(centre, "load_taxonomy", lambda: Taxonomy(agencies, kinds))
    with unit_of_work() as session:
        centre.seed(session, NOW)
    assert db.session.get_one(Category, "new_kind").agency_code == "NEW"


def test_the_year_moves_on_with_its_holidays(app: Flask) -> None:
    with unit_of_work() as session:
        centre.seed(session, NOW.replace(year=2031))
    years = {day.year for day in db.session.scalars(select(Holiday.day))}
    assert {2029, 2030, 2031, 2032, 2033} <= years


def test_holidays_have_names_in_both_languages_and_their_substitutes(app: Flask) -> None:
    days = centre.days_off(db.session(), date(2026, 12, 1), date(2026, 12, 31))
    # The 5th is a Saturday, so offices rest on Monday the 7th as well.
    assert {date(2026, 12, 5), date(2026, 12, 7), date(2026, 12, 10), date(2026, 12, 31)} <= days.keys()
    new_year = db.session.get_one(Holiday, date(2026, 12, 31))
    assert new_year.name_th
    assert new_year.name_en.isascii()
    assert all(row.name_th and row.name_en for row in db.session.scalars(select(Holiday)))


def test_a_setting_changed_by_two_at_once_is_one_row(app: Flask) -> None:
    with unit_of_work() as session:
        centre.change_profile(session, {"final_days": "50"}, NOW)
    at_once(app, 4, lambda turn: change(final_days=str(51 + turn)))
    assert centre.profile(db.session()).final_days in range(51, 55)
    assert db.session.scalar(select(func.count()).select_from(CentreText)) == 1
