"""How well the extractor finds what the rows say stands in their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifiers.identifiers import KINDS, BankAccount, extract

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DIGITS = 4


def labelled(entities: Mapping[str, Any], kind: str) -> set[Any]:
    """The values of one kind as a row states them, comparable with those found."""
    values = entities.get(kind) or []
    if kind == "bank_accounts":
        return {BankAccount(value["bank"], str(value["number"])) for value in values}
    return {float(value) for value in values} if kind == "amounts" else {str(value) for value in values}


def _figures(right: int, found: int, expected: int) -> dict[str, float]:
    precision = right / found if found else 1.0
    recall = right / expected if expected else 1.0
    f1 = 2 * right / (found + expected) if found + expected else 1.0
    return {
        "precision": round(precision, _DIGITS),
        "recall": round(recall, _DIGITS),
        "f1": round(f1, _DIGITS),
        "expected": expected,
        "found": found,
    }


def score_identifiers(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 per kind over the sets of values of each row, and `all` over the kinds together."""
    right = dict.fromkeys(KINDS, 0)
    found = dict.fromkeys(KINDS, 0)
    expected = dict.fromkeys(KINDS, 0)
    for row in rows:
        extracted = extract(row["text"])
        for kind in KINDS:
            wanted = labelled(row.get("entities") or {}, kind)
            got = set(getattr(extracted, kind))
            right[kind] += len(wanted & got)
            found[kind] += len(got)
            expected[kind] += len(wanted)
    scores = {kind: _figures(right[kind], found[kind], expected[kind]) for kind in KINDS}
    scores["all"] = _figures(sum(right.values()), sum(found.values()), sum(expected.values()))
    return scores
