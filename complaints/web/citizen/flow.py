"""The order of the report's pages: which comes next, which came before, and how one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import make_response, redirect, render_template, request, url_for

from complaints.db import db
from complaints.domain.questions import MONEY
from complaints.domain.thai_time import local_day
from complaints.services.catalogue import choosable
from complaints.services.written import Sheet
from complaints.web.citizen.answers import applying, kind_errors, read_contact, read_questions, story_errors
from complaints.web.citizen.drafting import remember
from complaints.web.guard import now
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from complaints.domain.questions import Question

PAGES = ("story", "aid", "kind", "questions", "more", "evidence", "contact", "check")
NUMBER = {"story": 1, "aid": 1, "kind": 1, "questions": 2, "more": 2, "evidence": 3, "contact": 4, "check": 5}
STEPS = 5
FRESH = "fresh"


def shown(page: str, data: Mapping[str, Any]) -> bool:
    """Does the page belong to this complaint."""
    if page == "aid":
        return data.get(MONEY) == FRESH
    if page == "more":
        return bool(applying(data, follow=True))
    if page == "questions":
        return bool(applying(data, follow=False))
    return True


def after(page: str, data: Mapping[str, Any]) -> str:
    """The page that follows; whoever came from the last page to change an answer goes back there."""
    following = [other for other in PAGES[PAGES.index(page) + 1 :] if shown(other, data)]
    if request.args.get("to") == "check":
        # Another kind brings other questions, and an answer may bring a further one; money that just left brings aid.
        asks_on = {"story": {"aid"}, "kind": {"questions", "more"}, "questions": {"more"}}.get(page, set())
        following = [other for other in following if other in asks_on or other == "check"]
        if page == "story" and data.get("called"):
            following = ["check"]
    return following[0]


def before(page: str, data: Mapping[str, Any]) -> str:
    """The page that came before."""
    if request.args.get("to") == "check" and page not in {"more", "check"}:
        return "check"
    return next((other for other in reversed(PAGES[: PAGES.index(page)]) if shown(other, data)), page)


def address(page: str) -> str:
    """Where a page is; the way back to the last page stays in it."""
    return url_for(f"citizen.{page}", to=request.args.get("to") if page != "check" else None)


def pressed() -> str:
    """The button that was pressed: `next`, `back` and others; script that saves while somebody types says `save`."""
    return request.form.get("go") or request.args.get("go") or "next"


def lead(page: str, anchor: str | None = None) -> Response:
    """Go to a page, the draft's cookie renewed."""
    target = address(page) + (f"#{anchor}" if anchor else "")
    return remember(make_response(redirect(target, 303)))


def saved_only() -> Response:
    """The answer to script that saved what is typed."""
    return remember(make_response("", 204))


def show(page: str, sheet: Sheet | None, status: int = 200, **words: Any) -> Response:  # noqa: ANN401 - a template's words
    """Render a page of the report; `labels` name the inputs in the summary of what is to be mended."""
    data = sheet.data if sheet else {}
    summary = summary_of(words.get("errors", {}), words.pop("labels", {}))
    body = render_template(
        f"citizen/{page}.html",
        sheet=sheet or Sheet(),
        data=data,
        page=page,
        step=NUMBER[page],
        steps=STEPS,
        back_to=before(page, data) if page != PAGES[0] or request.args.get("to") else "",
        action=address(page),
        summary=summary,
        **{"errors": {}, **words},
    )
    return remember(make_response(body, status))


def summary_of(errors: Mapping[str, str], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is to be mended, each line with the name of its input."""
    return [(name, f"{labels[name].rstrip('?')}: {text}" if name in labels else text) for name, text in errors.items()]


def labels_of(questions: Sequence[Question]) -> dict[str, str]:
    """The names of the questions' inputs."""
    parts = {"-time": t("citizen.time"), "-bank": t("citizen.bank")}
    return {
        part: parts.get(part.removeprefix(question.key), question.label(language()))
        for question in questions
        for part in question.parts
    }


def first_gap(data: Mapping[str, Any], known: set[str]) -> str | None:
    """The first page on which something is missing or wrong."""
    _, wrong = read_questions(data, local_day(now()))
    checks = {
        "story": story_errors(data),
        "kind": kind_errors(data, known),
        "questions": {key: text for key, text in wrong.items() if _on(data, key, follow=False)},
        "more": {key: text for key, text in wrong.items() if _on(data, key, follow=True)},
        "contact": read_contact(data.get("contact", {}))[1],
    }
    return next((page for page, errors in checks.items() if errors), None)


def _on(data: Mapping[str, Any], part: str, *, follow: bool) -> bool:
    return any(part in question.parts for question in applying(data, follow=follow))


def known_kinds() -> set[str]:
    """The codes of the kinds that may be chosen."""
    return {category.code for category in choosable(db.session())}
