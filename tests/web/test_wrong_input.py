"""Whatever is typed into whichever form: an answer that says what is wrong, never a failure.

Nobody lists the forms: they are found by following the links from each role's first page.
"""

from __future__ import annotations

import html
import re
import urllib.parse
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from complaints.db import unit_of_work
from complaints.domain.account import Account
from complaints.domain.actor import Role
from tests.browsing import read
from tests.centre import sign_in
from tests.services.scene import answered, in_triage, referred

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.browsing import Form, Page

STARTS = {
    None: ("/", "/report/story", "/track", "/chat"),
    Role.AGENT: ("/desk",),
    Role.SUPERVISOR: ("/desk", "/oversight"),
    Role.PARTNER: ("/partner",),
    Role.ADMINISTRATOR: ("/admin",),
}
# A walk that found fewer has lost its way.
LEAST_FORMS = {None: 5, Role.AGENT: 10, Role.SUPERVISOR: 10, Role.PARTNER: 5, Role.ADMINISTRATOR: 10}
MOST_PAGES = 80
# What would end the walk, or is no page.
LEFT_ALONE = ("/staff/sign-out", "/static", "/file")
# The same forms for both: the agent tries them.
AGENTS = ("/desk/case", "/desk/new")
WRONG = {
    "far too long": "ก" * 30_000,
    "no text": "\x00\u202e\ud83d\ude00<script>".encode("utf-16", "surrogatepass").decode("utf-16"),
    "no number": "-1",
    "too large a number": "9" * 40,
    "no date": "2957-13-45",
    "not offered": "nonsense",
}


# What a person may type, while the page sends along what it brought with it.
TYPED = ("far too long", "no text", "no date")
BROUGHT = ("version", "seen", "submission", "referral")


def open_page(client: FlaskClient, path: str) -> Page:
    answer = client.get(path, follow_redirects=True)
    return read(
        answer.request.path, answer.status_code, answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    )


def kind_of(app: Flask, path: str) -> str:
    """Pages of one rule with the same questions in their address are one kind of page."""
    parts = urllib.parse.urlsplit(path)
    try:
        rule, _ = app.url_map.bind("localhost").match(parts.path, method="GET", return_rule=True)
    except HTTPException:
        return ""
    return f"{rule.rule}?{'&'.join(sorted(urllib.parse.parse_qs(parts.query)))}"


def walk(app: Flask, client: FlaskClient, role: Role | None) -> Iterator[Page]:
    """One page of each kind that the links lead to."""
    waiting, met = list(STARTS[role]), set()
    apart = LEFT_ALONE + (AGENTS if role is Role.SUPERVISOR else ())
    while waiting and len(met) < MOST_PAGES:
        path = waiting.pop(0)
        kind = kind_of(app, path)
        if not kind or kind in met or path.startswith(apart):
            continue
        met.add(kind)
        page = open_page(client, path)
        assert page.status < 500, path
        waiting += [html.unescape(link) for link in re.findall(r'href="(/[^"#]*)', page.html)]
        yield page


def fresh(client: FlaskClient, page: Page, form: Form) -> dict[str, list[str]]:
    """What the page brings with it, as it is now: after a step that went well its versions are old."""
    if not set(BROUGHT) & set(form.values):
        return {}
    found = [one for one in open_page(client, page.url).forms if one.action == form.action]
    return {name: held for name, held in (found[0] if found else form).values.items() if name in BROUGHT}


def send(client: FlaskClient, page: Page, form: Form, given: dict[str, list[str]], press: tuple[str, str]) -> int:
    """Send a form; its status."""
    address = urllib.parse.urljoin(page.url, form.action or page.url)
    pairs = {name: held for name, held in given.items() if name} | ({press[0]: [press[1]]} if press[0] else {})
    if form.method == "get":
        return client.get(address, query_string=pairs).status_code
    return client.post(address, data=pairs, content_type="application/x-www-form-urlencoded").status_code


def look_after_people() -> None:
    """The agencies' officers see every page of their face."""
    with unit_of_work() as session:
        for account in session.scalars(select(Account).where(Account.agency_code.is_not(None))):
            account.manages = True


# PostgreSQL alone: it refuses what SQLite would take, such as a text longer than its column.
@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.parametrize("role", STARTS, ids=lambda role: role.value if role else "citizen")
def test_no_form_fails_on_wrong_input(app: Flask, client: FlaskClient, role: Role | None) -> None:
    in_triage()
    referred("POLICE")
    answered()
    look_after_people()
    if role is not None:
        sign_in(client, role)
    tried, failed = set(), []
    for page in walk(app, client, role):
        for form in page.forms:
            names = tuple(sorted(set(form.values) | set(form.choices)))
            for press in form.buttons or [("", "")]:
                question = (re.sub(r"[0-9-]{5,}", "", form.action), names, press)
                if question in tried or form.action.startswith(LEFT_ALONE):
                    continue
                tried.add(question)
                kept = fresh(client, page, form)
                for words, wrong in WRONG.items():
                    brought = kept if words in TYPED else {}
                    status = send(client, page, form, {name: [wrong] for name in names} | brought, press)
                    if status < 400 and form.method != "get":
                        kept = fresh(client, page, form)
                    if status >= 500:
                        failed.append((page.url, form.action, press, words, status))
    assert not failed
    assert len(tried) >= LEAST_FORMS[role]
