"""The reader's language: Thai unless another was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import current_app, g, has_request_context, request

from complaints.domain.wording import DEFAULT_LANGUAGE, LANGUAGES, say

if TYPE_CHECKING:
    from flask import Flask, Response

COOKIE = "lang"
YEAR = 365 * 24 * 3600


def language() -> str:
    """`th` or `en`: from the address, then the cookie, then Thai."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    if "language" not in g:
        asked = request.args.get("lang") or request.cookies.get(COOKIE)
        g.language = asked if asked in LANGUAGES else DEFAULT_LANGUAGE
    chosen: str = g.language
    return chosen


def t(key: str, **holes: object) -> str:
    """The sentence of a key in the reader's language."""
    return say(key, language(), **holes)


def other_language_url() -> str:
    """This page in the other language; for what answers a POST alone, the page on which its form stands."""
    other = "en" if language() == "th" else "th"
    args = {key: value for key, value in request.args.items() if key != "lang"}
    return f"{_readable(request.path)}?{urlencode({**args, 'lang': other})}"


def _readable(path: str) -> str:
    """The address itself, or of one that only takes a POST the page above it: a link always leads to a page."""
    known = current_app.create_url_adapter(request)
    while known is not None and path != "/" and not known.test(path, "GET"):
        path = path.rpartition("/")[0] or "/"
    return path


def install_language(app: Flask) -> None:
    """Remember a chosen language for a year."""

    @app.after_request
    def remember(response: Response) -> Response:
        asked = request.args.get("lang")
        if asked in LANGUAGES and request.cookies.get(COOKIE) != asked:
            response.set_cookie(COOKIE, asked, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure)
        return response
