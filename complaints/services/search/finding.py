"""The search: exact look-ups, cases with all the words, then with the words apart; only without any, nearly so.

Whoever types a number or an address that a case names means that case: the words are looked into on the next page.

Inside each kind the newest case stands first. A page is asked for by where the last one ended, never by a count, so
that a new case moves nothing and page forty costs what page one costs. What is nearly so is one short list without
pages: whoever does not find it there should type it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from sqlalchemy import not_, select, true

from complaints.domain.case import Case
from complaints.domain.policy import visible_to
from complaints.domain.search import SearchNote, SearchText
from complaints.services.search import exact
from complaints.services.search.matching import exact_ways, near_ways, newest_with, reads_all, stand
from complaints.services.search.nearly import nearest
from complaints.services.search.wanted import condition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.search.asking import Term
    from complaints.services.search.wanted import Wanted

PAGE = 20
FROM_THE_NEWEST = 0
# So many cases are looked at for a word with a mistake in it.
MOST_LOOKED_AT = 300


class Kind(IntEnum):
    """Why a case was found, best first."""

    EXACT = 0
    ALL = 1
    WORDS = 2
    NEARLY = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A case and why it was found."""

    case: Case
    kind: Kind


@dataclass(frozen=True, slots=True)
class Found:
    """One page, and where the next one begins; empty when this is the last.

    `named` when the page ends with what the question names, so that the words come next.
    """

    hits: tuple[Hit, ...]
    after: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class _Search:
    session: Session
    actor: Actor
    wanted: Wanted
    filters: ColumnElement[bool]

    def exact(self, before: int | None, limit: int) -> list[int]:
        """A number or identifier that is the whole question."""
        if not exact.could_name(self.wanted.question.text):
            return []
        # Asked first, as few rows: otherwise the planner may walk through all cases, newest first.
        hits = exact.cases(self.wanted.question.text, self.actor).cte("named").prefix_with("MATERIALIZED")
        return self._listed(Case.id.in_(select(hits.c[0])), before, limit)

    def all(self, before: int | None, limit: int) -> list[int]:
        """Everything between spaces stands in the words; without words, whatever passes the filters."""
        terms = self.wanted.question.terms
        if not terms:
            return self._listed(true(), before, limit)
        return self._with(terms, self.filters & self._not_exact(), true(), before, limit)

    def words(self, before: int | None, limit: int) -> list[int]:
        """All words stand there, apart from each other."""
        question = self.wanted.question
        if question.short:
            return (
                []
                if self.all(None, 1)
                else self._with(question.terms, self.filters, true(), before, limit, begins=True)
            )
        if question.words == question.terms:
            return []
        together = stand(self.session, question.terms, self.actor)
        return self._with(question.words, self.filters & self._not_exact(), not_(together), before, limit)

    def nearly(self, _before: int | None, limit: int) -> list[int]:
        """All terms stand there with no more mistakes than are forgiven, the fewest first."""
        question = self.wanted.question
        # Short words forgive nothing by themselves, the whole question may: `Snow Sikn`.
        ways = [question.terms, *([(question.together,)] if len(question.terms) > 1 else [])]
        found = [case_id for terms in ways for case_id in self._nearly(terms)]
        return list(dict.fromkeys(found))[:limit]

    def _nearly(self, terms: Sequence[Term]) -> list[int]:
        if not any(term.forgiven for term in terms):
            return []
        ids = newest_with(self.session, self.actor, near_ways(terms), None, self.filters, None, MOST_LOOKED_AT)
        mistakes = {case_id: _mistakes(words, terms) for case_id, words in self._words(ids)}
        rows = sorted((count, -case_id) for case_id, count in mistakes.items() if count is not None)
        return [-negative for _, negative in rows]

    def _with(
        self,
        terms: Sequence[Term],
        filters: ColumnElement[bool],
        more: ColumnElement[bool],
        before: int | None,
        limit: int,
        *,
        begins: bool = False,
    ) -> list[int]:
        looked_at = stand(self.session, terms, self.actor) & more
        ways = exact_ways(terms, begins=begins)
        return newest_with(self.session, self.actor, ways, looked_at, filters, before, limit)

    def _listed(self, condition: ColumnElement[bool], before: int | None, limit: int) -> list[int]:
        query = select(Case.id).where(visible_to(self.actor), self.filters, condition).order_by(Case.id.desc())
        if before is not None:
            query = query.where(Case.id < before)
        return list(self.session.scalars(query.limit(limit)))

    def _not_exact(self) -> ColumnElement[bool]:
        text = self.wanted.question.text
        return not_(exact.named(text, self.actor)) if exact.could_name(text) else true()

    def _words(self, ids: Sequence[int]) -> list[tuple[int, str]]:
        """The words of some cases that the actor may read."""
        query = select(SearchText.case_id, SearchText.shared, SearchText.desk).where(SearchText.case_id.in_(ids))
        rows = self.session.execute(query).all()
        if reads_all(self.actor):
            return [(row[0], f"{row[1]}\n{row[2]}") for row in rows]
        own = select(SearchNote.case_id, SearchNote.words)
        own = own.where(SearchNote.case_id.in_(ids), SearchNote.agency_code == self.actor.agency)
        notes = {row[0]: row[1] for row in self.session.execute(own)}
        return [(row[0], f"{row[1]}\n{notes.get(row[0], '')}") for row in rows]


def _mistakes(words: str, terms: Sequence[Term]) -> int | None:
    """How many mistakes there are in all; None when a term is further away than is forgiven."""
    count = 0
    for term in terms:
        if any(spelling in words for spelling in term.spellings):
            continue
        near = nearest(term.typed, words, term.forgiven) if term.forgiven else None
        if near is None:
            return None
        count += near.mistakes
    return count


def find(session: Session, actor: Actor, wanted: Wanted, after: str = "", size: int = PAGE) -> Found:
    """One page of what is wanted, as far as the actor may see it."""
    search = _Search(session, actor, wanted, condition(wanted, actor))
    kinds: dict[Kind, Callable[[int | None, int], list[int]]] = {Kind.ALL: search.all}
    if wanted.question.terms:
        kinds = {Kind.EXACT: search.exact, **kinds, Kind.WORDS: search.words, Kind.NEARLY: search.nearly}
    first, before = _read_after(after)
    named = False
    ids: dict[int, Kind] = {}
    for kind, ask in kinds.items():
        if kind < first or (kind is Kind.NEARLY and (after or ids)):
            continue
        for case_id in ask(before if kind == first else None, size + 1 - len(ids)):
            ids.setdefault(case_id, kind)
        named = kind is Kind.EXACT and 0 < len(ids) <= size and exact.certain(wanted.question.text)
        if named or len(ids) > size:
            break
    cases = {row.id: row for row in session.scalars(select(Case).where(Case.id.in_(ids)))}
    hits = tuple(Hit(cases[case_id], kind) for case_id, kind in ids.items() if case_id in cases)
    if named:
        return Found(hits, f"{Kind.ALL.value}.{FROM_THE_NEWEST}", named=True)
    more = len(hits) > size and hits[size].kind is not Kind.NEARLY
    last = hits[size - 1] if more else None
    return Found(hits[:size], f"{last.kind.value}.{last.case.id}" if last is not None else "")


def _read_after(after: str) -> tuple[Kind, int | None]:
    """Where the last page ended; an address that somebody wrote by hand begins at the beginning."""
    kind, _, case_id = after.partition(".")
    if kind in {"0", "1", "2"} and case_id.isdecimal() and len(case_id) < 10:  # noqa: PLR2004 - what every id column holds
        return Kind(int(kind)), int(case_id) or None
    return Kind.EXACT, None
