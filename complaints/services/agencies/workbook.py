"""The spreadsheet itself: written with an agency's open referrals, read back as rows of plain text.

Nothing in it is run: texts are written as texts, formulas that come back are told as such, and a file that would unpack
into more than a sheet of this size is not unpacked.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from complaints.domain.bulk import ACTIONS
from complaints.domain.errors import InvalidInput
from complaints.domain.referral import OUTCOMES
from complaints.domain.wording import LANGUAGES, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

TOLD = ("number", "kind", "province", "lost", "sent", "answer_by", "state", "place")
ASKED = ("action", "reason", "outcome", "answer", "recovered")
MARK = "mark"
COLUMNS = (*TOLD, *ASKED, MARK)
WIDTHS = {"kind": 30, "reason": 40, "outcome": 24, "answer": 60, "state": 24, "place": 24}
OFFERED = tuple(code for code in OUTCOMES if code != "not_within_authority")
# Limits of what is read back.
MOST_ROWS = 200
MOST_BYTES = 2 * 2**20
MOST_UNPACKED = 24 * 2**20
MOST_PARTS = 100
MOST_COLUMNS = 40
LIST_ROWS = 1000
MARK_SHAPE = re.compile(r"^r(\d{1,9})v(\d{1,9})$")


@dataclass(frozen=True, slots=True)
class Read:
    """One row as it came: the text of each column that was found, and those that hold a formula."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    formulas: frozenset[str] = frozenset()


def mark(referral_id: int, version: int) -> str:
    """What ties a row to its referral as it stood; a word, so that no program takes it for a number."""
    return f"r{referral_id}v{version}"


def read_mark(text: str) -> tuple[int, int] | None:
    """Referral and version of a row."""
    found = MARK_SHAPE.match(text.strip())
    return (int(found[1]), int(found[2])) if found else None


def write(rows: Iterable[Mapping[str, object]], language: str) -> bytes:
    """The sheet with lists to choose from; the columns that only tell are locked against slips, not against people."""
    book = Workbook()
    sheet = book.active
    sheet.title = say("bulk.sheet", language)
    for place, name in enumerate(COLUMNS, 1):
        _put(sheet.cell(1, place), say(f"bulk.column.{name}", language)).font = Font(bold=True)
        letter = sheet.cell(1, place).column_letter
        sheet.column_dimensions[letter].width = WIDTHS.get(name, 16)
        sheet.column_dimensions[letter].hidden = name == MARK
    for line, row in enumerate(rows, 2):
        for place, name in enumerate(COLUMNS, 1):
            cell = _put(sheet.cell(line, place), row.get(name, ""))
            cell.protection = Protection(locked=name not in ASKED)
            cell.alignment = Alignment(wrap_text=name in {"reason", "answer", "kind"}, vertical="top")
    _offer(sheet, "action", [say(f"bulk.action.{code}", language) for code in ACTIONS])
    _offer(sheet, "outcome", [say(f"word.outcome.{code}", language) for code in OFFERED])
    sheet.freeze_panes = "B2"
    sheet.protection.sheet = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Cell, value: object) -> Cell:
    """Text is text: what begins like a formula is not one."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell


def _offer(sheet: Worksheet, name: str, words: Sequence[str]) -> None:
    """A list to choose from; it lies on a sheet of its own, because a list in a rule may be 255 letters at most."""
    book = sheet.parent
    store = book[name] if name in book.sheetnames else book.create_sheet(name)
    store.sheet_state = "hidden"
    for line, word in enumerate(words, 1):
        _put(store.cell(line, 1), word)
    letter = sheet.cell(1, COLUMNS.index(name) + 1).column_letter
    rule = DataValidation("list", f"'{name}'!$A$1:$A${len(words)}", allow_blank=True)
    rule.add(f"{letter}2:{letter}{LIST_ROWS}")
    sheet.add_data_validation(rule)


def read(data: bytes) -> list[Read]:
    """The rows of the first sheet; raises `InvalidInput` on `file` for what is none, too large or lacks our columns."""
    _check_package(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        try:
            found = [
                [(cell.value, cell.data_type) for cell in row]
                for row in book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
            ]
        finally:
            book.close()
    except Exception as error:
        # The reader says of a broken file whatever it stumbles over.
        raise InvalidInput("file", reason="sheet_unreadable") from error
    if not found:
        raise InvalidInput("file", reason="sheet_columns")
    names = _names([_text(value) for value, _ in found[0]])
    if not {"number", "action", MARK} <= set(names.values()):
        raise InvalidInput("file", reason="sheet_columns")
    rows = [_row(line, cells, names) for line, cells in enumerate(found[1:], 2)]
    rows = [row for row in rows if any(row.cells.values()) or row.formulas]
    if len(found) > MOST_ROWS + 1 and any(_text(value) for value, _ in found[-1]):
        raise InvalidInput("file", reason="sheet_rows", limit=MOST_ROWS)
    if not rows:
        raise InvalidInput("file", reason="sheet_empty")
    return rows


def _check_package(data: bytes) -> None:
    """What the file would unpack into stands in its own list; nothing more than that is ever unpacked of a part."""
    if not data:
        raise InvalidInput("file", reason="sheet_missing")
    if len(data) > MOST_BYTES:
        raise InvalidInput("file", reason="sheet_bytes", limit=MOST_BYTES // 2**20)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InvalidInput("file", reason="sheet_unreadable") from error
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise InvalidInput("file", reason="sheet_unpacked")


def _names(head: Sequence[str]) -> dict[int, str]:
    """Which of our columns stands where, whatever the language of the sheet and the order of its columns."""
    known = {_plain(say(f"bulk.column.{name}", spoken)): name for spoken in LANGUAGES for name in COLUMNS}
    return {place: known[_plain(text)] for place, text in enumerate(head) if _plain(text) in known}


def _row(line: int, cells: Sequence[tuple[object, str]], names: Mapping[int, str]) -> Read:
    texts = {names[place]: _text(value) for place, (value, _) in enumerate(cells) if place in names}
    formulas = {names[place] for place, (_, kind) in enumerate(cells) if place in names and kind == "f"}
    return Read(line, texts, frozenset(formulas))


def _text(value: object) -> str:
    """A cell as it reads; a number without the tail that a spreadsheet's way of counting gives it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    return str(value).strip()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def action_of(text: str) -> str | None:
    """What a row asks for, in either language; empty for nothing, None for what is not offered."""
    return _code(text, "bulk.action", ACTIONS)


def outcome_of(text: str) -> str | None:
    """The outcome, in the same way."""
    return _code(text, "word.outcome", OFFERED)


def _code(text: str, words: str, codes: Sequence[str]) -> str | None:
    if not text:
        return ""
    known = {_plain(say(f"{words}.{code}", spoken)): code for spoken in LANGUAGES for code in codes}
    return known.get(_plain(text), text if text in codes else None)
