"""What civic apps send, read as values; every fault is told at once, each with the name of its field."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from complaints.domain.errors import InvalidInput, NotFound
from complaints.domain.places import provinces
from complaints.domain.reading import NAME_LIMIT, read_amount, read_email, read_phone
from complaints.domain.thai_time import local_day
from complaints.services.open311 import Wanted
from complaints.web.api.shapes import RFC3339, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from werkzeug.datastructures import MultiDict

Value = TypeVar("Value")
STORY_LIMIT = 4000
# What is not asked for here and yet may be told: the desk reads it beside the story.
BESIDE = {
    "account_id": 100,
    "device_id": 100,
    "address_string": 500,
    "address_id": 100,
    "lat": 40,
    "long": 40,
    "media_url": 500,
}
FIELDS = frozenset(
    {"api_key", "jurisdiction_id", "service_code", "description", "email", "first_name", "last_name", "phone"}
)
ATTRIBUTES = ("consent", "lost_baht", "transferred_at", "province")
CONSENT = "yes"
FILTERS = frozenset({"service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size"})
# They change nothing of what is answered here.
HARMLESS = frozenset({"jurisdiction_id", "api_key", "lang", "extensions"})
STATUSES = ("open", "closed")
DAYS, MOST_IDS, MOST_A_PAGE = 90, 100, 1000
# Whoever sends a thousand strange fields need not hear of each.
MOST_FAULTS = 30
NUMBER = re.compile(r"^[0-9]{1,4}$")
YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Posted:
    """A complaint as it was posted: `facts` as the intake takes them, `beside` for whoever reads it at the desk."""

    facts: dict[str, Any]
    beside: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which requests, and which page of them; ids go before everything else."""

    ids: tuple[str, ...]
    wanted: Wanted
    size: int
    page: int


class Fields:
    """The fields that came, and what is wrong with them."""

    def __init__(self, given: MultiDict[str, str], taken: Collection[str]) -> None:
        """Find what nobody reads, and what is told more than once."""
        self.given = given
        self.faults = [InvalidInput(name[:100], reason="unknown_field") for name in given if name not in taken]
        self.faults += [InvalidInput(name, reason="once") for name, all_of in given.lists() if len(all_of) > 1]

    def text(self, name: str, limit: int, *, required: bool = False) -> str:
        """Words of a field; what is empty counts as not sent."""
        value = self.given.get(name, "").strip()
        with self.judged():
            if required and not value:
                raise InvalidInput(name, reason="required")
            if len(value) > limit:
                raise InvalidInput(name, reason="too_long", limit=limit)
        return value

    def value(self, name: str, read: Callable[[str, str], Value]) -> Value | None:
        """A field as its reader takes it."""
        typed = self.given.get(name, "").strip()
        try:
            return read(typed, name) if typed else None
        except InvalidInput as error:
            self.faults.append(error)
            return None

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Keep a fault for later."""
        try:
            yield
        except InvalidInput as error:
            self.faults.append(error)

    def check(self) -> None:
        """Raise `Wrong` if there was any."""
        if self.faults:
            raise Wrong(self.faults[:MOST_FAULTS])


def read_post(form: MultiDict[str, str], kinds: Collection[str], now: datetime) -> Posted:
    """A complaint out of its form; raises `Wrong`."""
    attributes = {code: f"attribute[{code}]" for code in ATTRIBUTES}
    fields = Fields(form, FIELDS | BESIDE.keys() | set(attributes.values()))

    def past(typed: str, name: str) -> datetime:
        moment = read_moment(typed, name)
        if moment > now:
            raise InvalidInput(name, reason="moment_future")
        return moment

    names = [fields.text(name, NAME_LIMIT // 2 - 1) for name in ("first_name", "last_name")]
    facts = {
        "story": fields.text("description", STORY_LIMIT, required=True),
        "name": " ".join(filter(None, names)),
        "phone": fields.value("phone", read_phone) or "",
        "email": fields.value("email", read_email) or "",
        "category": fields.text("service_code", 40, required=True),
        "lost": fields.value(attributes["lost_baht"], read_amount),
        "transferred_at": fields.value(attributes["transferred_at"], past),
        "province": fields.value(attributes["province"], read_province) or "",
    }
    consent = fields.text(attributes["consent"], 10)
    beside = {name: fields.text(name, limit) for name, limit in BESIDE.items()}
    with fields.judged():
        if consent != CONSENT:
            raise InvalidInput(attributes["consent"], reason="say_consent")
    fields.check()
    if facts["category"] not in kinds:
        raise NotFound("service_code", what="service")
    return Posted(facts, ", ".join(f"{name} {value}" for name, value in beside.items() if value))


def read_filters(args: MultiDict[str, str], kinds: Collection[str], now: datetime) -> Asked:
    """Which requests are asked for; raises `Wrong`."""
    fields = Fields(args, FILTERS | HARMLESS)
    ids = fields.value("service_request_id", read_list) or ()
    codes = fields.value("service_code", lambda typed, name: read_list(typed, name, kinds, "choose_category")) or ()
    states = fields.value("status", lambda typed, name: read_list(typed, name, STATUSES, "choose_status")) or ()
    start, end = fields.value("start_date", read_moment), fields.value("end_date", read_moment)
    size = fields.value("page_size", read_number)
    number = fields.value("page", read_number)
    first, last = _days(start, end, local_day(now))
    with fields.judged():
        if not 0 <= (last - first).days <= DAYS:
            raise InvalidInput("end_date", reason="span", limit=DAYS)
    fields.check()
    ended = None if len(set(states)) != 1 else states[0] == "closed"
    return Asked(ids, Wanted(first, last, codes, ended), size or MOST_A_PAGE, number or 1)


def _days(start: datetime | None, end: datetime | None, today: date) -> tuple[date, date]:
    """Whole days: at which moment of a day a case came in is told to nobody."""
    span = timedelta(days=DAYS)
    if start is None:
        last = local_day(end) if end is not None else today
        return last - span, last
    first = local_day(start)
    return first, local_day(end) if end is not None else first + span


def read_moment(text: str, field: str) -> datetime:
    """A moment with its zone; a plus that an address made a blank of is one again."""
    typed = text.replace(" ", "+")
    try:
        moment = datetime.fromisoformat(typed) if re.match(RFC3339, typed) else None
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise InvalidInput(field, reason="moment")
    return moment


def read_province(text: str, field: str) -> str:
    """The code of a province."""
    if text not in provinces():
        raise InvalidInput(field, reason="choose_province")
    return text


def read_number(text: str, field: str) -> int:
    """A number that counts from 1."""
    if NUMBER.match(text) is None or not 1 <= int(text) <= MOST_A_PAGE:
        raise InvalidInput(field, reason="page_number", limit=MOST_A_PAGE)
    return int(text)


def read_list(text: str, field: str, known: Collection[str] = (), reason: str = "") -> tuple[str, ...]:
    """Values with commas between them, each a known one."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if len(found) > MOST_IDS:
        raise InvalidInput(field, reason="too_many_values", limit=MOST_IDS)
    if known and any(one not in known for one in found):
        raise InvalidInput(field, reason=reason)
    return found
