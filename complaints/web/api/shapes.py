"""What the API's documents are made of: one declaration of a field is its check, its place in the document, its words.

A refused value is told by the reasons that the forms of the centre have too, at its place as a JSON pointer.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from complaints.domain.errors import InvalidInput
from complaints.domain.wording import LANGUAGES, known, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

THAI = "x-description-th"
# In the document these take the codes that the centre has now.
CODES = "x-codes"
RFC3339 = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$"
SOMETHING = r"[^\s\u0000]"
# What pydantic calls it -> why the reader is told that it was refused.
REASONS = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_type": "string",
    "string_too_long": "too_long",
    "string_too_short": "required",
    "string_pattern_mismatch": "pattern",
    "model_type": "object",
    "model_attributes_type": "object",
    "list_type": "list",
    "too_long": "too_long",
    "json_invalid": "json",
}


Read = TypeVar("Read", bound="Shape")


class Shape(BaseModel):
    """A document; a name that nobody reads is most times a typing mistake, and its value would be lost."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


def told(thai: str, english: str, *examples: object, **rules: Any) -> FieldInfo:  # noqa: ANN401 - pydantic's rules
    """A field's words in both languages with examples, and what it must keep to."""
    more = {THAI: thai, **rules.pop("schema", {})}
    found: FieldInfo = Field(description=english, examples=list(examples) or None, json_schema_extra=more, **rules)
    return found


def because(reason: str) -> WrapValidator:
    """Whatever is wrong with the value is told by this one reason."""

    def check(value: object, inner: Callable[[object], object]) -> object:
        try:
            return inner(value)
        except ValidationError:
            raise PydanticCustomError(reason, "{reason}", {"reason": reason}) from None

    return WrapValidator(check)


def one_of(codes: str, reason: str) -> tuple[AfterValidator, FieldInfo]:
    """One of the codes of that name which the caller's context holds, and the document lists."""

    def check(value: str, info: ValidationInfo) -> str:
        if info.context is not None and value not in info.context[codes]:
            raise PydanticCustomError(reason, "{reason}", {"reason": reason})
        return value

    return AfterValidator(check), Field(json_schema_extra={CODES: codes})


def _without_nul(value: object) -> object:
    """No database text can hold it, and nobody types it on purpose."""
    return value.replace("\0", "") if isinstance(value, str) else value


def _something(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("required", "required")
    return value.strip()


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or re.match(RFC3339, value) is None:
        raise PydanticCustomError("moment", "moment")
    try:
        found = datetime.fromisoformat(value)
        # Finds what leads out of the calendar.
        found.timestamp()
    except (ValueError, OverflowError):
        raise PydanticCustomError("moment", "moment") from None
    return found


def show_moment(moment: datetime) -> str:
    """As it stands in an answer."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _satang(value: object) -> object:
    """JSON knows one kind of numbers: 350000.0 is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, BeforeValidator(_without_nul)]
Words = Annotated[
    str, BeforeValidator(_without_nul), AfterValidator(_something), Field(min_length=1, pattern=SOMETHING)
]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(show_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": RFC3339}),
]
Whole = Annotated[int, BeforeValidator(_satang)]


def read_json(shape: type[Read], body: bytes, context: Mapping[str, Any]) -> Read:
    """A document out of its JSON; raises `Wrong`."""
    try:
        return shape.model_validate_json(body, strict=True, context=context)
    except ValidationError as error:
        raise Wrong(faults_of(error)) from None


def read_words(shape: type[Read], given: Mapping[str, str], context: Mapping[str, Any]) -> Read:
    """The same out of an address's words, or a form's; raises `Wrong`."""
    try:
        return shape.model_validate_strings(given, context=context)
    except ValidationError as error:
        raise Wrong(faults_of(error)) from None


class Wrong(Exception):  # noqa: N818 - names what the document is
    """The document cannot be taken: every fault at once, each naming its place."""

    def __init__(self, faults: Sequence[InvalidInput]) -> None:
        """Keep the faults."""
        super().__init__(", ".join(str(fault.field) for fault in faults))
        self.faults = list(faults)


def faults_of(error: ValidationError) -> list[InvalidInput]:
    """Each fault with its place and its reason."""
    return [_fault(one) for one in error.errors(include_url=False, include_input=False)]


def _fault(found: ErrorDetails) -> InvalidInput:
    kind, values = found["type"], found.get("ctx", {})
    reason = REASONS.get(kind, kind)
    if not known(f"error.invalid_input.{reason}"):
        reason = "wrong_value"
    limit = {"limit": values["max_length"]} if "max_length" in values else {}
    pointer = "".join(f"/{escaped(str(part))}" for part in found["loc"])
    return InvalidInput(pointer, reason=reason, **limit)


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


class Both(Shape):
    """Words in both languages."""

    th: str
    en: str


class Coded(Both):
    """A code of the centre with its words."""

    code: str


def both(key: str) -> dict[str, str]:
    """The words of a key in both languages."""
    return {spoken: say(key, spoken) for spoken in LANGUAGES}


def coded(code: str, prefix: str) -> Coded:
    """A code with the words that stand under the prefix."""
    return Coded(code=code, **both(f"{prefix}.{code}"))
