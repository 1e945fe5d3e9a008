"""Laws of the house that a machine can watch over."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.taxonomy import load_taxonomy
from complaints.domain.agency import Agency, Category
from complaints.domain.lifecycle import STEPS, State
from complaints.domain.outbox import PromiseKind
from complaints.domain.wording import known
from complaints.services.letters import LETTERS
from complaints.services.search.keeping import WATCHED
from workers.assembly import TIMETABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

ROOT = Path(__file__).parents[2]
FOLDERS = ("complaints", "workers", "classifiers")
LONGEST_MODULE = 400
_READ_BY_SEARCH = {kind.__name__: names for kind, names in WATCHED.items()}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product with its tree."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def test_only_the_session_module_commits() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name != "complaints/db.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert found == []


def test_only_the_case_writes_state() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        if name != "complaints/domain/case.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for part in ast.walk(target)
        if isinstance(part, ast.Attribute) and part.attr == "state" and not name.startswith("workers/engine")
    ]
    assert found == []


def test_no_import_inside_a_function() -> None:
    found = [
        f"{name}:{inner.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_package_roots_are_empty() -> None:
    full = [
        str(path.relative_to(ROOT))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
        if path.stat().st_size
    ]
    assert full == []


def test_modules_stay_short() -> None:
    long = [
        (str(path.relative_to(ROOT)), lines)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_MODULE
    ]
    assert long == []


def test_no_bulk_statement_changes_what_the_search_has_read() -> None:
    """Such a statement would pass by the listener that keeps the search's words right."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values"
        for start in ast.walk(node.func.value)
        if isinstance(start, ast.Call) and isinstance(start.func, ast.Name) and start.func.id == "update"
        for changed in start.args
        if isinstance(changed, ast.Name)
        and {keyword.arg for keyword in node.keywords} & set(_READ_BY_SEARCH.get(changed.id, ()))
    ]
    found += [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete"
        for gone in node.args
        if isinstance(gone, ast.Name) and gone.id in _READ_BY_SEARCH
    ]
    assert found == []


def test_every_scheduled_task_exists() -> None:
    names = {
        keyword.value.value
        for path in (ROOT / "workers").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "shared_task"
        for keyword in node.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    }
    assert {entry["task"] for entry in TIMETABLE.values()} == names - {"workers.tasks.keep"}


def test_every_step_tells_or_says_why_not() -> None:
    for action, step in STEPS.items():
        assert bool(step.letter) != bool(step.silence), action
        for letter in filter(None, (step.letter, step.others_letter)):
            assert letter in LETTERS, action


def test_every_state_and_letter_has_words_in_both_languages() -> None:
    missing = [
        (language, key)
        for language in ("th", "en")
        for key in (
            *(f"word.public.{state.value}" for state in State),
            *(f"word.state.{state.value}" for state in State),
            *(f"word.action.{action.value}" for action in STEPS),
            *(f"word.public_action.{action.value}" for action in STEPS),
            *(f"letter.{letter}.{part}" for letter in LETTERS for part in ("subject", "body", "sms")),
        )
        if not known(key, language)
    ]
    assert missing == []


def test_every_kind_of_promise_has_words_where_it_is_shown_failed() -> None:
    places = ("desk.promise", "oversight.health.kind")
    missing = [
        (language, f"{place}.{kind.value}")
        for language in ("th", "en")
        for place in places
        for kind in PromiseKind
        if not known(f"{place}.{kind.value}", language)
    ]
    assert missing == []


def test_every_label_of_the_model_is_in_the_catalogue(app: Flask) -> None:
    taxonomy = load_taxonomy()
    session = app.extensions["sqlalchemy"].session
    stored = {category.code: category.agency_code for category in session.query(Category)}
    assert stored == {code: entry.agency for code, entry in taxonomy.categories.items()}
    assert {agency.code for agency in session.query(Agency)} == set(taxonomy.agencies)
