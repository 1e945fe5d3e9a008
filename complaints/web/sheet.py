"""Tables to take away: CSV that a spreadsheet opens in Thai and never runs as a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BOM = "\ufeff"
# What makes a spreadsheet take a text for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> str:
    """A cell as text; what would be read as a formula gets an apostrophe in front. Numbers stay numbers."""
    text = "" if value is None else str(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + text
    return text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole file, with the mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out)
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_response(filename: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file as a download."""
    answer = Response(csv_text(head, rows), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer
