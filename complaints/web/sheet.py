"""Tables to take away: CSV that a spreadsheet opens in Thai and never runs as a formula, and workbooks for Excel.

Both are written row by row: how many rows there are makes no difference to the memory.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from complaints.domain.thai_time import BANGKOK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BOM = "\ufeff"
# What makes a spreadsheet take a text for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What Excel holds in a sheet with its heading, and in a cell.
SHEET_ROWS = 2**20 - 1
CELL_LETTERS = 32_767


def safe_cell(value: object) -> str:
    """A cell as text; what would be read as a formula gets an apostrophe in front. Numbers stay numbers."""
    if isinstance(value, datetime):
        return value.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M")
    text = "" if value is None else str(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + text
    return text


def write_csv(out: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The whole file, with the mark by which spreadsheets know UTF-8."""
    text = io.TextIOWrapper(out, "utf-8", newline="")
    text.write(BOM)
    writer = csv.writer(text)
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    text.detach()


def write_xlsx(
    out: IO[bytes], name: str, head: Sequence[str], rows: Iterable[Sequence[object]], legend: Sequence[Sequence[str]]
) -> None:
    """A workbook whose second sheet explains the columns; what fills a sheet goes on in a further one.

    Texts are texts, however they begin; moments are shown by the clock of Bangkok.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    told = book.create_sheet(legend[0][0])
    for line in legend[1:]:
        told.append(list(line))
    heading = []
    for word in head:
        cell = WriteOnlyCell(sheet, word)
        cell.font = Font(bold=True)
        heading.append(cell)
    sheet.append(heading)
    for line_number, row in enumerate(rows, 1):
        if line_number % SHEET_ROWS == 0:
            sheet = book.create_sheet(f"{name} {line_number // SHEET_ROWS + 1}")
            sheet.append(heading)
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    book.save(out)


def _xlsx_cell(sheet: object, value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(BANGKOK).replace(tzinfo=None)
    if value is None or isinstance(value, int | Decimal):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    if len(text) > CELL_LETTERS:
        text = text[: CELL_LETTERS - 1] + "…"
    if not text.startswith("="):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A small file at once."""
    out = io.BytesIO()
    write_csv(out, head, rows)
    return out.getvalue().decode()


def csv_response(filename: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file as a download."""
    answer = Response(csv_text(head, rows), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer
