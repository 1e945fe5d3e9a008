"""Numbers that a page of ours put into an address or a form: ids and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from flask import Flask

# Nine digits fit every integer column; a longer number would be refused by the database and not by the page.
MOST_DIGITS = 9


class Id(IntegerConverter):
    """`<int:…>` in an address: a number that no column holds is an address that leads nowhere."""

    regex = rf"\d{{1,{MOST_DIGITS}}}"


def whole(text: str, otherwise: int = 0) -> int:
    """The number; `otherwise` for what no page of ours sends. Ids begin at 1."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else otherwise


def chosen(text: str) -> int | None:
    """The number that a select offered; None for its blank."""
    return whole(text) if text else None


def install_numbers(app: Flask) -> None:
    """Before the first address is registered."""
    app.url_map.converters["int"] = Id
