"""The words that a search looks into, kept right in the transaction that changes the case.

Whatever is flushed is looked at: a case, message, referral, person or identifier whose words changed marks its case,
and the one commit of the project writes the marked cases anew before it commits. A bulk statement would pass by this: a
law of the house refuses those that change watched words.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, event, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from classifiers.folding import fold, grams
from classifiers.resemblance import marks
from complaints.domain.case import Case
from complaints.domain.identifier import CaseIdentifier, Identifier
from complaints.domain.message import Message
from complaints.domain.person import Person
from complaints.domain.referral import Referral
from complaints.domain.search import SearchNote, SearchText, StoryMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Notes = dict[tuple[int, str], list[str]]
# Raise it when folding or what is written changes: the rows of older foldings are then written anew.
FOLDING = 3
BATCH = 500
WATCHED: dict[type, tuple[str, ...]] = {
    Case: ("story", "answers", "resolution", "person_id"),
    Message: ("body", "folded", "public", "case_id"),
    Referral: ("note", "reason", "answer", "case_id"),
    CaseIdentifier: ("case_id", "identifier_id"),
    Person: ("name", "phone", "email", "line_id"),
}
# Codes that the centre writes beside what the complainant answered.
_NO_WORDS = frozenset({"chosen_category", "by_hand"})
_MARKED, _PERSONS, _STORIES = "search_marked", "search_persons", "search_stories"
_SIGN_BIT, _WORD = 1 << 31, 1 << 32


@event.listens_for(Session, "after_flush")
def _mark(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        watched = WATCHED.get(type(row))
        if watched is None or not (row in session.deleted or _changed(row, watched)):
            continue
        if isinstance(row, Person):
            session.info.setdefault(_PERSONS, set()).add(row.id)
        else:
            session.info.setdefault(_MARKED, set()).update(_cases_of(row))
            if isinstance(row, Case) and _changed(row, ("story",)):
                session.info.setdefault(_STORIES, set()).add(row.id)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_MARKED, None)
    session.info.pop(_PERSONS, None)
    session.info.pop(_STORIES, None)


def _changed(row: object, watched: tuple[str, ...]) -> bool:
    state = inspect(row, raiseerr=True)
    return any(state.attrs[name].history.has_changes() for name in watched)


def _cases_of(row: Any) -> Iterator[int]:  # noqa: ANN401 - any of the watched kinds
    """The row's case, and the one that it was taken from."""
    if isinstance(row, Case):
        yield row.id
        return
    history = inspect(row).attrs["case_id"].history
    yield from (number for number in (row.case_id, *(history.deleted or ())) if number is not None)


def bring_up(session: Session) -> None:
    """Write anew whatever changed in this transaction."""
    session.flush()
    persons = session.info.pop(_PERSONS, set())
    marked = session.info.pop(_MARKED, set())
    stories = session.info.pop(_STORIES, set())
    if persons:
        marked |= set(session.scalars(select(Case.id).where(Case.person_id.in_(persons))))
    if marked:
        write(session, sorted(marked))
    if stories:
        mark_stories(session, sorted(stories))


def rebuild(session: Session, after: int = 0, *, everything: bool = False) -> tuple[int, int]:
    """Write anew the next cases whose row is missing or of an older folding: how many, and the last one's id."""
    query = select(Case.id).where(Case.id > after).order_by(Case.id).limit(BATCH)
    if not everything:
        query = query.outerjoin(SearchText).where(SearchText.folding.is_distinct_from(FOLDING))
    ids = session.scalars(query).all()
    write(session, ids)
    mark_stories(session, ids)
    return len(ids), ids[-1] if ids else after


def write(session: Session, ids: Sequence[int]) -> None:
    """Write the words of some cases, read from the database anew: what the session remembers may be older."""
    # Two who write on one case at once: the second waits here and then reads what the first one wrote.
    locked = select(Case.id).where(Case.id.in_(ids)).order_by(Case.id).with_for_update(key_share=True)
    there = session.scalars(locked).all()
    shared, desk, notes = _words(session, there)
    session.execute(delete(SearchNote).where(SearchNote.case_id.in_(there)))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    rows = [
        {
            "case_id": case_id,
            "folding": FOLDING,
            "shared": _joined(shared[case_id]),
            "desk": _joined(desk[case_id]),
            "grams": numbers(shared[case_id] + desk[case_id]),
        }
        for case_id in there
    ]
    if rows:
        put = dialect.insert(SearchText)
        new = {name: getattr(put.excluded, name) for name in ("folding", "shared", "desk", "grams")}
        session.execute(put.on_conflict_do_update(index_elements=[SearchText.case_id], set_=new), rows)
    session.add_all(
        SearchNote(case_id=case_id, agency_code=agency, words=_joined(words))
        for (case_id, agency), words in notes.items()
    )
    session.flush()


def mark_stories(session: Session, ids: Sequence[int]) -> None:
    """Write the marks by which stories that are nearly the same find each other."""
    session.execute(delete(StoryMark).where(StoryMark.case_id.in_(ids)))
    told = session.execute(select(Case.id, Case.story).where(Case.id.in_(ids))).all()
    rows = [{"mark": mark, "case_id": case_id} for case_id, story in told for mark in set(marks(story))]
    if rows:
        session.execute(insert(StoryMark), rows)


def numbers(texts: Iterable[str]) -> list[int]:
    """The numbers of all grams of some texts."""
    return sorted({number(gram) for text in texts for gram in grams(text)})


def number(gram: str) -> int:
    """A gram as a signed number of 32 bits. Two of the same number cost a look more, never a wrong hit."""
    found = zlib.crc32(gram.encode())
    return found - _WORD if found & _SIGN_BIT else found


def _joined(texts: Iterable[str]) -> str:
    """Folded, with a sign between them that no folded text holds."""
    return "\n".join(filter(None, map(fold, texts)))


def _words(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]], Notes]:
    """What everybody with the case may read, what the desk alone, and each agency's own notes."""
    shared: dict[int, list[str]] = {case_id: [] for case_id in ids}
    desk: dict[int, list[str]] = {case_id: [] for case_id in ids}
    notes: Notes = {}
    told = select(Case.id, Case.number, Case.story, Case.resolution, Case.answers).where(Case.id.in_(ids))
    for case_id, case_number, story, resolution, answers in session.execute(told):
        words = (value for key, value in answers.items() if key not in _NO_WORDS and isinstance(value, str))
        shared[case_id] += [case_number, story, resolution, *words]
    contacts = select(Case.id, Person.name, Person.phone, Person.email, Person.line_id).join(Person)
    for case_id, *contact in session.execute(contacts.where(Case.id.in_(ids))):
        desk[case_id] += contact
    ties = select(CaseIdentifier.case_id, Identifier.value).join(Identifier).where(CaseIdentifier.case_id.in_(ids))
    for case_id, value in session.execute(ties):
        shared[case_id].append(value)
    messages = select(Message.case_id, Message.body, Message.folded, Message.public, Message.agency_code)
    for case_id, body, folded, public, agency in session.execute(messages.where(Message.case_id.in_(ids))):
        (shared if public else desk)[case_id] += [body, folded]
        if agency and not public:
            notes.setdefault((case_id, agency), []).extend((body, folded))
    parts = select(Referral.case_id, Referral.agency_code, Referral.note, Referral.reason, Referral.answer)
    for case_id, agency, *said in session.execute(parts.where(Referral.case_id.in_(ids))):
        desk[case_id] += said
        notes.setdefault((case_id, agency), []).extend(said)
    return shared, desk, notes
