"""A browser without script: cookies, links and forms over real HTTP, as a text browser would see them."""

from __future__ import annotations

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

TIMEOUT = 60


@dataclass
class Form:
    """One form of a page with what its fields hold."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects the forms, the links and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given, {name for name, _ in attrs})

    def _field(self, tag: str, given: dict[str, str], named: set[str]) -> None:
        form, name = self._form, given.get("name", "")
        assert form is not None
        kind = given.get("type", "submit" if tag == "button" else "text")
        if tag == "select":
            self._select = name
            form.values.setdefault(name, [""])
        elif tag == "option" and self._select:
            form.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in named:
                form.values[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._textarea, self._words = name, []
        elif tag in {"input", "button"} and kind in {"submit", "image"}:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "input" and name and kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in named:
                form.values.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and name and kind != "file":
            form.values.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._form is not None and self._textarea:
            self._form.values[self._textarea] = ["".join(self._words).lstrip("\n")]
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._words.append(data)
        self.text.append(data)


@dataclass
class Page:
    """What came back."""

    url: str
    status: int
    html: str
    forms: list[Form]
    text: str

    @property
    def path(self) -> str:
        """The path without host and query."""
        return urllib.parse.urlsplit(self.url).path

    def form(self, *names: str, action: str = "") -> Form:
        """The first form that has all the named fields and an address that contains `action`."""
        for form in self.forms:
            fields = set(form.values) | set(form.choices) | {name for name, _ in form.buttons}
            if set(names) <= fields and action in form.action:
                return form
        msg = f"no form with {names} and {action!r} on {self.url}: {[(f.action, list(f.values)) for f in self.forms]}"
        raise AssertionError(msg)


def read(url: str, status: int, html: str) -> Page:
    """A page as a person gets it."""
    reader = _Reader()
    reader.feed(html)
    return Page(url, status, html, reader.forms, " ".join(" ".join(reader.text).split()))


class Browser:
    """One person's browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def open(self, path: str, data: list[tuple[str, str]] | None = None) -> Page:
        """Follow an address; with data, post it."""
        url = urllib.parse.urljoin(self.base, path)
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        try:
            request = urllib.request.Request(url, body)  # noqa: S310 - addresses of the centre under test
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return read(answer.geturl(), answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return read(error.geturl(), error.code, error.read().decode(errors="replace"))

    def submit(
        self, page: Page, form: Form, fill: dict[str, str] | None = None, press: tuple[str, str] | None = None
    ) -> Page:
        """Fill a form and press a button, the first one unless another is named."""
        values = {name: list(held) for name, held in form.values.items()}
        for name, value in (fill or {}).items():
            values[name] = [value]
        pairs = [(name, value) for name, held in values.items() for value in held]
        button = press or (form.buttons[0] if form.buttons else ("", ""))
        if button[0]:
            pairs.append(button)
        address = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.method == "get":
            return self.open(f"{address.partition('?')[0]}?{urllib.parse.urlencode(pairs)}")
        return self.open(address, pairs)
