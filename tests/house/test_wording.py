"""Both languages say the same things: same keys, same holes, nothing asked for that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
import yaml
from jinja2 import Environment, nodes

from complaints.domain.wording import LANGUAGES, MissingWord, catalogue, say

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "complaints" / "domain" / "translations"
CODE = ("complaints", "workers")
SAYING = {"t", "say"}
KEY = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
THAI = re.compile(r"[\u0e00-\u0e7f]")


def holes(sentence: str) -> set[str]:
    """The names of the holes in a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def asked_in_code() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every literal key in Python with where it stands and the holes it fills; None when those are not literal."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                first = node.args[0]
                if name in SAYING and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    given = [keyword.arg for keyword in node.keywords]
                    filled = None if None in given else {str(one) for one in given}
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", first.value, filled


def asked_in_templates() -> Iterator[tuple[str, str, set[str] | None]]:
    """The same for templates, read by Jinja itself."""
    environment = Environment(extensions=["jinja2.ext.do"], autoescape=True)
    for path in sorted((ROOT / "complaints").rglob("*.html")):
        tree = environment.parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name not in SAYING or not call.args:
                continue
            first = call.args[0]
            if isinstance(first, nodes.Const) and isinstance(first.value, str):
                filled = None if call.dyn_kwargs is not None else {keyword.key for keyword in call.kwargs}
                yield f"{path.relative_to(ROOT)}:{call.lineno}", first.value, filled


def test_both_languages_have_the_same_keys() -> None:
    first, *others = (set(catalogue(language)) for language in LANGUAGES)
    assert [first ^ other for other in others] == [set() for _ in others]


def test_both_languages_have_the_same_files() -> None:
    first, *others = ({path.name for path in (FOLDER / language).iterdir()} for language in LANGUAGES)
    assert [first ^ other for other in others] == [set() for _ in others]


def test_both_languages_have_the_same_holes() -> None:
    first, *others = (catalogue(language) for language in LANGUAGES)
    different = {
        key: (holes(sentence), holes(other.get(key, "")))
        for other in others
        for key, sentence in first.items()
        if holes(sentence) != holes(other.get(key, ""))
    }
    assert different == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_broken(language: str) -> None:
    broken = [key for key, sentence in catalogue(language).items() if not sentence.strip() or sentence == "None"]
    assert broken == []


def test_thai_sentences_are_in_thai() -> None:
    """What has words in English and the very same words in Thai was forgotten; names and signs are the same."""
    thai, english = catalogue("th"), catalogue("en")
    forgotten = [
        key
        for key, sentence in thai.items()
        if sentence == english[key] and len(re.findall(r"[A-Za-z]{2,}", re.sub(r"{\w*}", "", sentence))) > 1
    ]
    assert forgotten == []


def test_english_sentences_name_thai_only_as_a_language() -> None:
    found = [key for key, sentence in catalogue("en").items() if len(THAI.findall(sentence)) > len(sentence) // 2]
    assert found == []


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_key_stands_twice_in_a_file(path: Path) -> None:
    """YAML silently takes the last of two."""

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:  # noqa: FBT001, FBT002 - PyYAML's signature
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]
            return super().construct_mapping(node, deep)

    yaml.load(path.read_text("utf-8"), Strict)  # noqa: S506 - a safe loader that looks twice


def test_no_key_stands_in_two_files() -> None:
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for path in sorted((FOLDER / language).glob("*.yaml")):
            for key in _keys(yaml.safe_load(path.read_text("utf-8"))):
                assert key not in seen, (key, path.name, seen.get(key))
                seen[key] = path.name


def _keys(tree: dict[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_key_asked_for_exists() -> None:
    known = catalogue(LANGUAGES[0])
    asked = [*asked_in_code(), *asked_in_templates()]
    assert len(asked) > 100
    missing = [(where, key) for where, key, _ in asked if KEY.match(key) and key not in known]
    assert missing == []


def test_every_hole_is_filled_where_it_is_asked_for() -> None:
    """Only keys with literal names and literal holes can be looked at; the rest the pages' own tests meet."""
    known = catalogue(LANGUAGES[0])
    unfilled = [
        (where, key, holes(known[key]) - filled)
        for where, key, filled in (*asked_in_code(), *asked_in_templates())
        if key in known and filled is not None and not holes(known[key]) <= filled
    ]
    assert unfilled == []


def test_an_unknown_key_is_an_error_not_a_blank() -> None:
    with pytest.raises(MissingWord):
        say("no.such.key", "th")
