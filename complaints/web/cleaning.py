"""What a browser sends, without the one character that no database text can hold."""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

NUL = "\x00"


class CleanRequest(Request):
    """A request whose fields and arguments hold no NUL: PostgreSQL refuses it, and nobody types it on purpose."""

    def _load_form_data(self) -> None:
        super()._load_form_data()
        self.__dict__["form"] = without_nul(self.__dict__["form"])

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The address's arguments."""
        given = self.query_string.decode("utf-8", "replace")
        return without_nul(super().args) if "%00" in given or NUL in given else super().args


def without_nul(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """The same fields, NUL left out."""
    if not any(NUL in name or NUL in value for name, value in fields.items(multi=True)):
        return fields
    return ImmutableMultiDict(
        (name.replace(NUL, ""), value.replace(NUL, "")) for name, value in fields.items(multi=True)
    )
