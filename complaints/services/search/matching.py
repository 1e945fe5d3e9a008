"""Where the terms of a question stand, as SQL: by grams in the index, then looked at in the words the asker may read.

Tried on 200,000 real complaints before this was written: PostgreSQL's pg_trgm and SQLite's trigram tokenizer find a
word in a run of Thai, but each in its own way, neither finds words of one or two signs, and tone marks, Thai digits and
punctuation are not theirs to forgive; an index of words misses what a cutter joined (7 % of ม้าลาย are found). So
the grams are our own, of folded text, the same numbers on both databases: an array under GIN, tokens under FTS5. A row
is a case, so that words of a question may stand in different messages, and hits come newest first.

FTS5 gives its rows in that order by itself and stops when a page is full. GIN cannot: it finds everything first, which
is dear for a common word. So PostgreSQL looks through the newest cases without the index; only a word that is rare
there is asked of the index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, column, exists, func, literal_column, or_, select, table, true

from classifiers.folding import GRAM, is_short
from complaints.domain.actor import Role
from complaints.domain.case import Case
from complaints.domain.policy import visible_to
from complaints.domain.search import SearchNote, SearchText, gram_word
from complaints.services.search.asking import look_for, parts
from complaints.services.search.keeping import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.services.search.asking import Term

NEWEST = 4000
_INDEX = table("search_grams", column("rowid"), column("search_grams"))
# A plus sign keeps SQLite from asking the index once a case instead of once.
_ROW: ColumnElement[int] = literal_column("+search_grams.rowid")
# Every term in one of its ways; each way is grams that must all be there.
Ways = list[list[frozenset[str]]]


def reads_all(actor: Actor) -> bool:
    """May the actor read what stands between the desk and the agencies."""
    return actor.role in {Role.AGENT, Role.SUPERVISOR, Role.SYSTEM}


def exact_ways(terms: Sequence[Term], *, begins: bool = False) -> Ways:
    """Every term in one of its spellings; beside longer ones a short term needs no gram, the look at the words does."""
    asked = [term for term in terms if len(term.typed) >= GRAM] or terms
    return [[look_for(spelling, begins=begins) for spelling in term.spellings] for term in asked]


def near_ways(terms: Sequence[Term]) -> Ways:
    """Every term in one of its spellings or with the mistakes that are forgiven."""
    asked = [term for term in terms if len(term.typed) >= GRAM] or terms
    return [
        [*(look_for(spelling) for spelling in term.spellings), *(parts(term) if term.forgiven else ())]
        for term in asked
    ]


def stand(session: Session, terms: Iterable[Term], actor: Actor) -> ColumnElement[bool]:
    """The condition that every term stands in words which the actor may read."""
    inside = func.strpos if _is_postgresql(session) else func.instr
    conditions = []
    for term in terms:
        places = [inside(SearchText.shared, spelling) > 0 for spelling in term.spellings]
        if reads_all(actor):
            places += [inside(SearchText.desk, spelling) > 0 for spelling in term.spellings]
        elif actor.agency is not None:
            own = (SearchNote.case_id == SearchText.case_id) & (SearchNote.agency_code == actor.agency)
            in_note = or_(*(inside(SearchNote.words, spelling) > 0 for spelling in term.spellings))
            places.append(exists().where(own, in_note))
        conditions.append(or_(*places))
    return and_(*conditions)


def newest_with(
    session: Session,
    actor: Actor,
    ways: Ways,
    looked_at: ColumnElement[bool] | None,
    filters: ColumnElement[bool],
    before: int | None,
    limit: int,
) -> list[int]:
    """The newest cases, older than `before`, that have the grams, pass the look and the filters, and may be seen.

    Without a look the grams are all that is known of them: whoever asks so must look himself.
    """
    rights = visible_to(actor) & filters
    look = true() if looked_at is None else looked_at
    if not _is_postgresql(session):
        query = (
            select(_INDEX.c.rowid)
            .join(SearchText, SearchText.case_id == _ROW)
            .join(Case, Case.id == _ROW)
            .where(_INDEX.c.search_grams.op("MATCH")(_asked_of_fts5(ways)), look, rights)
            .order_by(_INDEX.c.rowid.desc())
        )
        if before is not None:
            query = query.where(_INDEX.c.rowid < before)
        return list(session.scalars(query.limit(limit)))
    top = before if before is not None else (session.scalar(select(func.max(SearchText.case_id))) or 0) + 1
    if looked_at is None:
        return list(session.scalars(_ask_gin(ways, look, rights, top).limit(limit)))
    found = _look_through(session, ways, look & rights, top, limit)
    if len(found) < limit and top > NEWEST:
        found += session.scalars(_ask_gin(ways, look, rights, top - NEWEST).limit(limit - len(found)))
    return found


def _look_through(session: Session, ways: Ways, condition: ColumnElement[bool], top: int, limit: int) -> list[int]:
    # A short word is looked for as a word; where its letters stand does not tell.
    short = [way for way in ways if any(is_short(gram) for grams in way for gram in grams)]
    query = (
        select(SearchText.case_id)
        .join(Case, Case.id == SearchText.case_id)
        .where(SearchText.case_id < top, SearchText.case_id >= top - NEWEST, condition, *map(_in_array, short))
        .order_by(SearchText.case_id.desc())
    )
    return list(session.scalars(query.limit(limit)))


def _ask_gin(ways: Ways, looked_at: ColumnElement[bool], rights: ColumnElement[bool], top: int) -> Select[int]:
    """The index is asked apart: otherwise the planner takes it for cheaper to walk through all cases in order."""
    hits = (
        select(SearchText.case_id)
        .where(*map(_in_array, ways), looked_at, SearchText.case_id < top)
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )
    return select(hits.c.case_id).join(Case, Case.id == hits.c.case_id).where(rights).order_by(hits.c.case_id.desc())


def _in_array(way: Sequence[frozenset[str]]) -> ColumnElement[bool]:
    return or_(*(SearchText.grams.op("@>")(sorted(map(number, grams))) for grams in way))


def _asked_of_fts5(ways: Ways) -> str:
    return " AND ".join(f"({' OR '.join(f'({_all_of(grams)})' for grams in way)})" for way in ways)


def _all_of(grams: frozenset[str]) -> str:
    return " AND ".join(gram_word(number(gram)) for gram in sorted(grams))


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
