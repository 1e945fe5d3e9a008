"""The words of a hit as the asker may read them, with what was looked for marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifiers.cutter import FOLLOWING, LEADING
from classifiers.folding import fold_traced
from complaints.domain.policy import may_see_message
from complaints.services.search.matching import reads_all
from complaints.services.search.nearly import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case
    from complaints.services.search.asking import Question, Term

AROUND = 70
_LINES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """Runs of text, each with whether it is what was looked for; `place` names where it stands."""

    place: str
    runs: tuple[tuple[str, bool], ...]


def snippet(case: Case, question: Question, actor: Actor) -> Snippet:
    """The place with the most of what was looked for; the beginning of the story when it stands in no words."""
    best: tuple[int, Snippet] | None = None
    for place, text in _places(case, actor):
        found = _found(text, question)
        if found and (best is None or found[0] > best[0]):
            best = found[0], Snippet(place, _cut(text, found[1]))
    return best[1] if best is not None else Snippet("story", _cut(case.story, []))


def _places(case: Case, actor: Actor) -> Iterator[tuple[str, str]]:
    yield "story", case.story
    for value in case.answers.values():
        if isinstance(value, str):
            yield "answer", value
    yield "identifier", " · ".join(tie.identifier.shown for tie in case.identifiers)
    yield "resolution", case.resolution
    for message in case.messages:
        if may_see_message(actor, message):
            yield message.kind, message.body
            yield message.kind, message.folded
    for referral in case.referrals:
        if reads_all(actor) or referral.agency_code == actor.agency:
            yield "referral", " · ".join(filter(None, (referral.note, referral.reason, referral.answer)))
    if reads_all(actor):
        person = case.person
        yield "person", " · ".join(filter(None, (person.name, person.phone, person.email, person.line_id)))


def _found(text: str, question: Question) -> tuple[int, list[tuple[int, int]]] | None:
    """How many terms stand in the text, and where in the original."""
    folded, origin = fold_traced(text)
    for terms in (question.terms, question.words):
        stands = [_stretches(term, folded) for term in terms]
        if any(stands):
            places = sorted(place for found in stands for place in found)
            # The whole question in one place counts for more than its words apart.
            count = sum(map(bool, stands)) * (2 if terms is question.terms else 1)
            return count, [(int(origin[start]), int(origin[end - 1]) + 1) for start, end in places]
    return None


def _stretches(term: Term, folded: str) -> list[tuple[int, int]]:
    found = []
    for spelling in term.spellings:
        place = folded.find(spelling)
        while place >= 0:
            found.append((place, place + len(spelling)))
            place = folded.find(spelling, place + len(spelling))
    if not found and term.forgiven:
        near = nearest(term.typed, folded, term.forgiven)
        found = [(near.start, near.end)] if near is not None and near.end > near.start else []
    return found


def _cut(text: str, places: list[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    """Some words around the first place, everything in them marked; no vowel is parted from its letter."""
    first = places[0][0] if places else 0
    start = max(first - AROUND, 0) if first > AROUND else 0
    end = min(max(first, start) + 2 * AROUND, len(text))
    while 0 < start < first and text[start] in FOLLOWING:
        start += 1
    runs: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for begin, stop in places:
        stop = _with_marks(text, stop)  # noqa: PLW2901 - the place grows by the marks above its last letter
        if begin < at or begin >= end:
            continue
        runs += [(text[at:begin], False), (text[begin:stop], True)]
        at = stop
    end = _with_marks(text, max(end, at))
    runs.append((text[at:end].rstrip(LEADING) if end < len(text) else text[at:end], False))
    if end < len(text):
        runs.append(("…", False))
    return tuple((_LINES.sub(" ", run), marked) for run, marked in runs if run)


def _with_marks(text: str, end: int) -> int:
    while end < len(text) and text[end] in FOLLOWING:
        end += 1
    return end
