"""Reading lines of complaints and writing lines of answers: a bad line becomes an error, never a halt."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from classifiers.identifiers import KINDS, extract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from classifiers.identifiers import Identifiers
    from classifiers.model import Router

LONGEST = 200_000
SAMPLE = 5_000
MOST_FOREIGN = 0.25
_HALF = re.compile("[\ud800-\udfff]")
_LETTER = re.compile(r"[^\W\d_]")
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f\u0e00-\u0e7f\u1e00-\u1eff]")


class BadLineError(ValueError):
    """A line that holds no complaint that can be read; its message says why."""


def fault(text: str) -> str | None:
    """Why the router should not judge a text; None when it may."""
    if len(text) > LONGEST:
        return f"the text is longer than {LONGEST} characters"
    if "\0" in text:
        return "the text holds NUL characters"
    if _HALF.search(text):
        return "the text holds half characters"
    sample = text[:SAMPLE]
    if not _LETTER.search(sample):
        return "the text holds no words"
    foreign = len(_FOREIGN.findall(sample))
    if foreign and foreign > len(_LETTER.findall(sample)) * MOST_FOREIGN:
        return "the text is written in other scripts than Thai and Latin"
    return None


def parse(line: bytes) -> tuple[Any, str]:
    """The id and the text of a line.

    Raises:
        BadLineError: it holds none; its second argument is the id, where one could be read.
    """
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadLineError("the line is not JSON", None) from error
    if not isinstance(row, dict):
        raise BadLineError("the line is not a JSON object", None)
    name, text = row.get("id"), row.get("text")
    if isinstance(name, float) and not math.isfinite(name):
        raise BadLineError("the id is not a number that JSON knows", None)
    if not isinstance(text, str) or not text.strip():
        raise BadLineError("the row has no text", name)
    if reason := fault(text):
        raise BadLineError(reason, name)
    return name, text


def answers(router: Router, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer per line, in their order."""
    for line in lines:
        try:
            name, text = parse(line)
        except BadLineError as error:
            yield {"id": error.args[1], "error": error.args[0]}
        else:
            yield {"id": name, **answer(router, text)}


def answer(router: Router, text: str) -> dict[str, Any]:
    """The answer for one text, without its id."""
    said = router.predict(text)
    return {
        "category": said.category,
        "agency": said.agency,
        "confidence": round(said.confidence, 4),
        "second": said.second,
        "second_confidence": round(said.second_confidence, 4),
        "auto": said.auto,
        "urgent": said.urgent,
        "evidence": said.evidence,
        "identifiers": plain(extract(text)),
    }


def plain(found: Identifiers) -> dict[str, list[Any]]:
    """Identifiers as the rows write them."""
    written = {kind: list(getattr(found, kind)) for kind in KINDS}
    written["bank_accounts"] = [asdict(account) for account in found.bank_accounts]
    return written
