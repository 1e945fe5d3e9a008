"""What somebody looks for: words and filters, read from a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, true

from complaints.domain.case import Case
from complaints.domain.errors import InvalidInput
from complaints.domain.lifecycle import State
from complaints.domain.reading import read_amount, read_any_day
from complaints.domain.referral import Referral
from complaints.domain.thai_time import midnight
from complaints.services.search import exact
from complaints.services.search.asking import Question, ask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import ColumnElement

    from complaints.domain.actor import Actor

TEXTS = ("q", "identifier")
CHOICES = ("state", "agency", "category", "channel")
DAYS = ("since", "until")
AMOUNTS = ("least", "most")
FIELDS = (*TEXTS, *CHOICES, *DAYS, *AMOUNTS)
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """The question and the filters; days are whole days in Bangkok, both included, amounts in satang."""

    question: Question
    state: str = ""
    agency: str = ""
    category: str = ""
    channel: str = ""
    since: date | None = None
    until: date | None = None
    least: int | None = None
    most: int | None = None
    identifier: str = ""

    @property
    def empty(self) -> bool:
        """Nothing is asked for."""
        filters = (self.state, self.agency, self.category, self.channel, self.identifier)
        bounds = (self.since, self.until, self.least, self.most)
        return not self.question.terms and not any(filters) and all(bound is None for bound in bounds)


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """What stands in the form, without what is empty or not the search's."""
    return {name: text for name in FIELDS if (text := form.get(name, "").strip()[:LONGEST])}


def read(form: Mapping[str, str], today: date) -> tuple[Wanted, list[InvalidInput]]:
    """What is wanted, and every field that cannot be read; what can be read is still asked for."""
    texts, errors = typed(form), []
    days: dict[str, date] = {}
    amounts: dict[str, int] = {}
    for name in (*DAYS, *AMOUNTS):
        try:
            if name in texts and name in DAYS:
                days[name] = read_any_day(texts[name], name, today)
            elif name in texts:
                amounts[name] = read_amount(texts[name], name)
        except InvalidInput as error:
            errors.append(error)
    if "state" in texts and texts["state"] not in set(State):
        errors.append(InvalidInput("state", reason="choose_from_list"))
    wanted = Wanted(
        ask(texts.get("q", "")),
        state=texts.get("state", ""),
        agency=texts.get("agency", ""),
        category=texts.get("category", ""),
        channel=texts.get("channel", ""),
        since=days.get("since"),
        until=days.get("until"),
        least=amounts.get("least"),
        most=amounts.get("most"),
        identifier=texts.get("identifier", ""),
    )
    if "q" in texts and not wanted.question.terms:
        errors.append(InvalidInput("q", reason="search_no_words"))
    if wanted.since and wanted.until and wanted.since > wanted.until:
        errors.append(InvalidInput("until", reason="search_until_before"))
    if wanted.least is not None and wanted.most is not None and wanted.least > wanted.most:
        errors.append(InvalidInput("most", reason="search_most_below"))
    return wanted, errors


def condition(wanted: Wanted, actor: Actor) -> ColumnElement[bool]:
    """The filters as a condition on `Case`."""
    found: ColumnElement[bool] = true()
    if wanted.state:
        found &= Case.state == wanted.state
    if wanted.category:
        found &= Case.category_code == wanted.category
    if wanted.channel:
        found &= Case.channel == wanted.channel
    if wanted.agency:
        referred = select(Referral.case_id).where(Referral.agency_code == wanted.agency)
        found &= or_(Case.lead_agency_code == wanted.agency, Case.id.in_(referred))
    if wanted.since:
        found &= Case.received_at >= midnight(wanted.since)
    if wanted.until:
        found &= Case.received_at < midnight(wanted.until + timedelta(days=1))
    if wanted.least is not None:
        found &= Case.lost >= wanted.least
    if wanted.most is not None:
        found &= Case.lost <= wanted.most
    if wanted.identifier:
        found &= exact.named(wanted.identifier, actor, parts=True)
    return found
