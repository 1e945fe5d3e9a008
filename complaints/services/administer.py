"""Agencies, categories and the centre's settings as an administrator changes them, each change recorded."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from classifiers.taxonomy import load_taxonomy
from complaints.domain.agency import CENTRE, Agency, Category
from complaints.domain.audit import Change
from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.identifier import Decision
from complaints.domain.kpi.facts import KpiFact
from complaints.services import audit, centre
from complaints.services.accounts import LOGIN_SHAPE
from complaints.services.holidays import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.centre import CentreProfile

AGENCY_CODE = re.compile(r"^[A-Z][A-Z0-9_]{1,19}$")
CATEGORY_CODE = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
NAME_LIMIT = 200
SHORT_LIMIT = 50
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class AgencyForm:
    """What an agency is called, how it is reached and how long it may take; None takes the centre's days."""

    name_th: str
    name_en: str
    short_th: str
    email: str = ""
    active: bool = True
    joined_on: date | None = None
    acknowledge_days: int | None = None
    answer_days: int | None = None
    by_letter: bool = False


@dataclass(frozen=True, slots=True)
class CategoryForm:
    """What a category is called, where it goes and how long that may take; None takes the centre's days."""

    name_th: str
    name_en: str
    agency_code: str
    group_code: str
    active: bool = True
    auto_refer: bool = True
    triage_days: int | None = None
    answer_days: int | None = None
    final_days: int | None = None


def is_predicted(code: str) -> bool:
    """Does the classifier predict the category; then it can be renamed, never removed."""
    return code in load_taxonomy().categories


def groups() -> list[str]:
    """The groups that a category can belong to, in the guide's order."""
    return list(dict.fromkeys(entry.group for entry in load_taxonomy().categories.values()))


def get_agency(session: Session, code: str) -> Agency:
    """One agency, or `NotFound`."""
    agency = session.get(Agency, code)
    if agency is None:
        raise NotFound(what="agency")
    return agency


def get_category(session: Session, code: str) -> Category:
    """One category, or `NotFound`."""
    category = session.get(Category, code)
    if category is None:
        raise NotFound(what="category")
    return category


def add_agency(session: Session, code: str, form: AgencyForm, actor: Actor, now: datetime) -> Agency:
    """A new partner; its code is what reports and the partner's own system name it by, so it never changes."""
    _code(session, Agency, code, AGENCY_CODE)
    _check_agency(form)
    agency = Agency(code=code, **asdict(form))
    session.add(agency)
    session.flush()
    audit.record(session, Change.AGENCY_ADDED, code, actor, now, after=asdict(form))
    return agency


def change_agency(session: Session, agency: Agency, form: AgencyForm, actor: Actor, now: datetime) -> None:
    """Rename or retire; an agency to which a category still goes cannot be retired, nor the centre itself."""
    _check_agency(form)
    if agency.active and not form.active:
        _check_retiring(session, agency)
    if form.by_letter and agency.code == CENTRE:
        raise InvalidInput("by_letter", reason="centre_stays")
    if form.email != agency.email:
        agency.email_failed_at = None
    before = {key: getattr(agency, key) for key in asdict(form)}
    for key, value in asdict(form).items():
        setattr(agency, key, value)
    session.flush()
    audit.record(session, Change.AGENCY_CHANGED, agency.code, actor, now, before=before, after=asdict(form))


def add_category(session: Session, code: str, form: CategoryForm, actor: Actor, now: datetime) -> Category:
    """A new category; people choose it, the machine learns it only with a new model."""
    _code(session, Category, code, CATEGORY_CODE)
    _check_category(session, form)
    category = Category(code=code, **asdict(form))
    session.add(category)
    session.flush()
    audit.record(session, Change.CATEGORY_ADDED, code, actor, now, after=asdict(form))
    return category


def change_category(session: Session, category: Category, form: CategoryForm, actor: Actor, now: datetime) -> None:
    """Rename, send elsewhere, retire, or set other days; cases already filed keep the days that they were promised."""
    _check_category(session, form)
    before = {key: getattr(category, key) for key in asdict(form)}
    for key, value in asdict(form).items():
        setattr(category, key, value)
    session.flush()
    audit.record(session, Change.CATEGORY_CHANGED, category.code, actor, now, before=before, after=asdict(form))


def remove_category(session: Session, category: Category, actor: Actor, now: datetime) -> None:
    """Take away a category that nothing names; one that the classifier predicts or a case names is refused."""
    if is_predicted(category.code):
        raise InvalidInput("remove", reason="category_predicted")
    if is_named(session, category.code):
        raise InvalidInput("remove", reason="category_in_use")
    session.delete(category)
    session.flush()
    audit.record(session, Change.CATEGORY_REMOVED, category.code, actor, now)


def is_named(session: Session, code: str) -> bool:
    """Does any case, decision or figure name the category."""
    named = (
        select(Case.id).where(Case.category_code == code),
        select(Decision.id).where((Decision.category_code == code) | (Decision.second_code == code)),
        select(KpiFact.day).where(KpiFact.category_code == code),
    )
    return any(session.execute(statement.limit(1)).first() is not None for statement in named)


def change_settings(session: Session, changes: dict[str, str], actor: Actor, now: datetime) -> CentreProfile:
    """Change texts, contacts, target and deadlines of the centre; what is promised already stays promised."""
    before = asdict(centre.profile(session))
    profile = centre.change_profile(session, changes, now)
    audit.record(session, Change.SETTINGS_CHANGED, "", actor, now, before=before, after=asdict(profile))
    return profile


def _code(session: Session, model: type[Agency | Category], code: str, shape: re.Pattern[str]) -> None:
    if shape.match(code) is None:
        raise InvalidInput("code", reason="code_shape" if model is Category else "agency_code_shape")
    if session.get(model, code) is not None:
        raise InvalidInput("code", reason="code_taken")


def _check_agency(form: AgencyForm) -> None:
    _check_names(form.name_th, form.name_en)
    if not form.short_th:
        raise InvalidInput("short_th", reason="required")
    if len(form.short_th) > SHORT_LIMIT:
        raise InvalidInput("short_th", reason="too_long", limit=SHORT_LIMIT)
    if form.joined_on is not None and not FIRST_YEAR <= form.joined_on.year <= LAST_YEAR:
        raise InvalidInput("joined_on", reason="holiday_year")
    _check_days(acknowledge_days=form.acknowledge_days, answer_days=form.answer_days)
    if form.email and (LOGIN_SHAPE.match(form.email) is None or len(form.email) > NAME_LIMIT):
        raise InvalidInput("email", reason="email_shape")
    if form.by_letter and not form.email:
        raise InvalidInput("email", reason="letters_need_address")


def _check_names(name_th: str, name_en: str) -> None:
    for field, name in (("name_th", name_th), ("name_en", name_en)):
        if not name:
            raise InvalidInput(field, reason="required")
        if len(name) > NAME_LIMIT:
            raise InvalidInput(field, reason="too_long", limit=NAME_LIMIT)


def _check_retiring(session: Session, agency: Agency) -> None:
    if agency.code == CENTRE:
        raise InvalidInput("active", reason="centre_stays")
    served = session.scalar(
        select(func.count()).select_from(Category).where(Category.agency_code == agency.code, Category.active)
    )
    if served:
        raise InvalidInput("active", reason="agency_has_categories", count=served)


def _check_category(session: Session, form: CategoryForm) -> None:
    _check_names(form.name_th, form.name_en)
    agency = session.get(Agency, form.agency_code)
    if agency is None or not agency.active:
        raise InvalidInput("agency_code", reason="choose_agency")
    if form.group_code not in groups():
        raise InvalidInput("group_code", reason="choose_group")
    _check_days(triage_days=form.triage_days, answer_days=form.answer_days, final_days=form.final_days)


def _check_days(**given: int | None) -> None:
    for field, days in given.items():
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise InvalidInput(field, reason="days")
