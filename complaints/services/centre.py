"""The centre's own settings: name, contacts, target, deadlines; an administrator edits them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from sqlalchemy import select

from classifiers.taxonomy import load_taxonomy
from complaints.domain.agency import Agency, Category, CentreText, Holiday
from complaints.domain.calendar import Off
from complaints.domain.errors import InvalidInput
from complaints.domain.reading import read_email
from complaints.domain.shift import read_starts
from complaints.domain.thai_time import ARABIC_DIGITS
from complaints.services.holidays import published

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

LONGEST_TEXT = 2000
LONGEST_NUMBER, MOST_DAYS = 6, 3650
LONGEST_CODE = 60
# Nobody can keep a promise of no days, and a case must not close at the moment of its answer.
AT_LEAST_A_DAY = frozenset(
    {
        "answer_days",
        "final_days",
        "close_after_days",
        "stuck_after_days",
        "mediation_working_days",
        "mediation_link_days",
    }
)
# After no decision at all there is nothing to learn from, and any wobble at all would be a rise.
AT_LEAST_ONE = frozenset({"learn_least_rows", "drift_points", "mediation_offers"})
HOTLINE = re.compile(r"^\+?\d[\d\s-]{1,18}\d$")


@dataclass(frozen=True, slots=True)
class CentreProfile:
    """Texts, target (per cent), deadlines (days), whether the machine refers by itself, and how it learns.

    After `most_refusals` a case is the supervisor's to decide within `decide_working_days`; 0 is never.

    `sample_size` cases of each person and of the machine are drawn by the week for a second look; 0 is none.

    In a mediation each turn takes `mediation_working_days`, both sides together make `mediation_offers` at most.

    A challenger is trained after `learn_least_rows` new decisions; `learn_margin` and `drift_points` are percentage
    points.
    """

    name_th: str = "ศูนย์รับเรื่องร้องเรียนปัญหาออนไลน์ 1212"
    name_en: str = "1212 Online Complaint Centre"
    short: str = "1212"
    hotline: str = "1212"
    email: str = "1212@centre.example"
    address_th: str = ""
    address_en: str = ""
    # Code, signer and position of official letters; to be given by the centre.
    letter_code: str = "ศร 1212"
    letter_signer: str = ""
    letter_position: str = "ผู้อำนวยการศูนย์รับเรื่องร้องเรียนปัญหาออนไลน์ 1212"
    # When shifts begin, each until the next; to be confirmed by the centre.
    shifts: str = "00:00, 08:00, 16:00"
    kpi_target: Decimal = Decimal(80)
    triage_working_days: int = 1
    acknowledge_working_days: int = 3
    answer_days: int = 15
    final_days: int = 60
    close_after_days: int = 14
    dispute_days: int = 30
    remind_days_before: int = 3
    nudge_after_days: int = 7
    hand_over_after_days: int = 14
    stuck_after_days: int = 7
    most_refusals: int = 3
    decide_working_days: int = 1
    mediation_working_days: int = 3
    mediation_offers: int = 6
    mediation_link_days: int = 60
    auto_refer: int = 1
    learn_least_rows: int = 50
    learn_margin: int = 2
    drift_points: int = 10
    sample_size: int = 3

    def name(self, language: str) -> str:
        """The centre's name in a language."""
        return self.name_th if language == "th" else self.name_en


def profile(session: Session) -> CentreProfile:
    """The stored settings over the defaults; one query."""
    stored = {row.key: row.value for row in session.scalars(select(CentreText))}
    values: dict[str, object] = {}
    for field in fields(CentreProfile):
        if field.name in stored:
            values[field.name] = _read(field.name, stored[field.name])
    return CentreProfile(**values)  # type: ignore[arg-type]


def change_profile(session: Session, changes: dict[str, str], now: datetime) -> CentreProfile:
    """Store changed settings; raise `InvalidInput` naming the first that cannot be read."""
    known = asdict(CentreProfile())
    for key, text in changes.items():
        if key not in known:
            raise InvalidInput(key, reason="unknown_setting")
        _check(key, text.strip())
        row = session.get(CentreText, key)
        if row is None:
            session.add(CentreText(key=key, value=text.strip(), changed_at=now))
        elif row.value != text.strip():
            row.value, row.changed_at = text.strip(), now
    session.flush()
    return profile(session)


def faults(changes: dict[str, str]) -> dict[str, InvalidInput]:
    """Everything that cannot be read, by its setting, so that a form shows all of it at once."""
    found: dict[str, InvalidInput] = {}
    for key, text in changes.items():
        try:
            _check(key, text.strip())
        except InvalidInput as error:
            found[key] = error
    return found


def _check(key: str, text: str) -> None:
    """What an administrator may set; stored values are read with less ado, so that no page fails over an old one."""
    value = _read(key, text)
    if key in AT_LEAST_A_DAY and value == 0:
        raise InvalidInput(key, reason="at_least_a_day")
    if key in AT_LEAST_ONE and value == 0:
        raise InvalidInput(key, reason="at_least_one")
    if key == "hotline" and HOTLINE.match(text.translate(ARABIC_DIGITS)) is None:
        raise InvalidInput(key, reason="hotline")
    if key == "letter_code" and len(text) > LONGEST_CODE:
        raise InvalidInput(key, reason="too_long", limit=LONGEST_CODE)
    if key == "shifts":
        read_starts(text, key)
    if key == "email" and text:
        read_email(text, key)


def _read(key: str, text: str) -> object:
    default = getattr(CentreProfile(), key)
    if isinstance(default, Decimal):
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise InvalidInput(key, reason="number") from None
        if not value.is_finite() or not 0 < value <= 100:  # noqa: PLR2004 - a percentage
            raise InvalidInput(key, reason="percentage")
        return value
    if isinstance(default, int):
        if not text.isdecimal() or len(text) > LONGEST_NUMBER or int(text) > MOST_DAYS:
            raise InvalidInput(key, reason="whole_number")
        return int(text)
    if not text and key in {"name_th", "name_en", "short", "hotline", "letter_code"}:
        raise InvalidInput(key, reason="required")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(key, reason="too_long", limit=LONGEST_TEXT)
    return text


def days_off(session: Session, first: date, last: date) -> dict[date, Off]:
    """On which days of a span the centre rests, wholly or for the afternoon."""
    rows = session.execute(select(Holiday.day, Holiday.half).where(Holiday.day.between(first, last)))
    return {day: Off.HALF if half else Off.DAY for day, half in rows}


def seed(session: Session, now: datetime) -> None:
    """Fill an empty centre with the routing guide's agencies and categories and the country's holidays."""
    taxonomy = load_taxonomy()
    known = set(session.scalars(select(Agency.code)))
    for agency in taxonomy.agencies.values():
        if agency.code not in known:
            session.add(
                Agency(code=agency.code, name_th=agency.th, name_en=agency.en, short_th=agency.short_th, active=True)
            )
    session.flush()
    known = set(session.scalars(select(Category.code)))
    for category in taxonomy.categories.values():
        if category.code not in known:
            session.add(
                Category(
                    code=category.code,
                    agency_code=category.agency,
                    group_code=category.group,
                    name_th=category.th,
                    name_en=category.en,
                )
            )
    seed_holidays(session, range(now.year - 2, now.year + 3))
    session.flush()


def seed_holidays(session: Session, years: range) -> None:
    """Add the published Thai public holidays of the years that have none yet."""
    present = {day.year for day in session.scalars(select(Holiday.day))}
    for year in years:
        if year in present:
            continue
        session.add_all(published(year))
