"""Trusted parties that hand complaints over by machine: one JSON document, files in it or beside it."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from complaints.domain.channel import Channel, HeardFile, Manner
from complaints.domain.errors import InvalidInput
from complaints.domain.places import provinces
from complaints.domain.reading import read_email, read_line_id, read_name, read_phone
from complaints.domain.wording import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CODE = "partner_api"
STORY_LIMIT = 20_000
REFERENCE_LIMIT = 100
# 2**31 of them are 21 million baht, less than one person can lose; a trillion baht is a typing mistake.
MOST_SATANG = 10**14
FIELDS = (
    *("story", "language", "complainant", "consent_at", "category", "province"),
    *("lost_satang", "transferred_at", "reference", "files"),
)
CONTACTS: Mapping[str, Callable[[str, str], str]] = {
    "name": read_name,
    "phone": read_phone,
    "email": read_email,
    "line_id": read_line_id,
}
FILE_FIELDS = ("name", "content")


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A complaint as a party's system tells it. Money is in satang; moments are aware."""

    story: str
    consent_at: datetime
    language: str = "th"
    contacts: Mapping[str, str] = field(default_factory=dict)
    category: str | None = None
    province: str = ""
    lost: int | None = None
    transferred_at: datetime | None = None
    reference: str = ""
    files: tuple[HeardFile, ...] = ()


class Wrong(Exception):  # noqa: N818 - names what the document is
    """The document cannot be taken: every fault at once, each naming its place as a JSON pointer (RFC 6901)."""

    def __init__(self, faults: Sequence[InvalidInput]) -> None:
        """Keep the faults."""
        super().__init__(", ".join(str(fault.field) for fault in faults))
        self.faults = list(faults)


def read_document(body: bytes, beside: Sequence[HeardFile], categories: frozenset[str], now: datetime) -> HandedIn:
    """Read one document and the files that came beside it; raises `Wrong`.

    `categories` are the codes that may be chosen.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Wrong([InvalidInput("", reason="json")]) from None
    if not isinstance(document, dict):
        raise Wrong([InvalidInput("", reason="object")])
    reader = _Reader(document, now)
    reader.no_others(document, FIELDS, "")
    contacts = reader.contacts()
    handed = HandedIn(
        story=reader.text("story", STORY_LIMIT, required=True),
        language=reader.choice("language", frozenset(LANGUAGES), "choose_language") or "th",
        contacts=contacts,
        consent_at=reader.moment("consent_at", required=True) or now,
        category=reader.choice("category", categories, "choose_category") or None,
        province=reader.choice("province", frozenset(provinces()), "choose_province"),
        lost=reader.satang("lost_satang"),
        transferred_at=reader.moment("transferred_at"),
        reference=reader.text("reference", REFERENCE_LIMIT),
        files=(*reader.files(), *beside),
    )
    if reader.faults:
        raise Wrong(reader.faults)
    return handed


class _Reader:
    """Takes one value after the other and notes what is wrong instead of stopping at the first."""

    def __init__(self, document: dict[str, Any], now: datetime) -> None:
        self.document = document
        self.now = now
        self.faults: list[InvalidInput] = []

    def fault(self, pointer: str, reason: str, **values: object) -> None:
        self.faults.append(InvalidInput(pointer, reason=reason, **values))

    def no_others(self, found: Mapping[str, Any], names: Sequence[str], where: str) -> None:
        """A name that nobody reads is most times a typing mistake, and its value would be lost."""
        for name in found:
            if name not in names:
                self.fault(f"{where}/{_escaped(str(name))}", "unknown_field")

    def text(self, name: str, limit: int, *, required: bool = False) -> str:
        value = self.document.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            self.fault(f"/{name}", "required" if value is None else "string")
            return ""
        text = value.replace("\0", "").strip()
        if required and not text:
            self.fault(f"/{name}", "required")
        if len(text) > limit:
            self.fault(f"/{name}", "too_long", limit=limit)
        return text

    def choice(self, name: str, allowed: frozenset[str], reason: str) -> str:
        value = self.document.get(name)
        if value is None or (isinstance(value, str) and value in allowed):
            return value or ""
        self.fault(f"/{name}", reason)
        return ""

    def satang(self, name: str) -> int | None:
        value = self.document.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_SATANG:
            self.fault(f"/{name}", "satang")
            return None
        return value

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """ISO 8601 with its zone; a moment that has not come yet is a mistake."""
        value = self.document.get(name)
        if value is None:
            if required:
                self.fault(f"/{name}", "required")
            return None
        try:
            found = datetime.fromisoformat(value)
            # Comparing finds a zone that is missing, and one that leads out of the calendar.
            late = found > self.now
        except (TypeError, ValueError, OverflowError):
            self.fault(f"/{name}", "moment")
            return None
        if late:
            self.fault(f"/{name}", "moment_future")
        return found

    def contacts(self) -> dict[str, str]:
        given = self.document.get("complainant")
        if given is None:
            return {}
        if not isinstance(given, dict):
            self.fault("/complainant", "object")
            return {}
        self.no_others(given, tuple(CONTACTS), "/complainant")
        found = {}
        for name, read in CONTACTS.items():
            value = given.get(name)
            if value is None or value == "":
                continue
            pointer = f"/complainant/{name}"
            if not isinstance(value, str):
                self.fault(pointer, "string")
                continue
            try:
                found[name] = read(value.replace("\0", ""), pointer)
            except InvalidInput as error:
                self.faults.append(error)
        return found

    def files(self) -> list[HeardFile]:
        given = self.document.get("files")
        if given is None:
            return []
        if not isinstance(given, list):
            self.fault("/files", "list")
            return []
        return [file for number, one in enumerate(given) if (file := self._file(f"/files/{number}", one)) is not None]

    def _file(self, where: str, given: object) -> HeardFile | None:
        if not isinstance(given, dict):
            self.fault(where, "object")
            return None
        self.no_others(given, FILE_FIELDS, where)
        name, content = given.get("name"), given.get("content")
        for part, value in (("name", name), ("content", content)):
            if not isinstance(value, str) or not value:
                self.fault(f"{where}/{part}", "required" if not value else "string")
                return None
        try:
            return HeardFile(str(name), base64.b64decode(str(content), validate=True))
        except (binascii.Error, ValueError):
            self.fault(f"{where}/content", "base64")
            return None


def _escaped(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


CHANNEL = Channel(code=CODE, name_th="หน่วยงานส่งต่อ", name_en="Partner system", manner=Manner.FORM)
