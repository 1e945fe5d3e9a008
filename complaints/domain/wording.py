"""The catalogue of words: keys in the code, sentences in one YAML folder a language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from complaints.domain.errors import DomainError

LANGUAGES = ("th", "en")
DEFAULT_LANGUAGE = "th"


class MissingWord(KeyError):  # noqa: N818 - names what is missing
    """A key stands in no catalogue of that language."""


def say(key: str, language: str, **holes: object) -> str:
    """The sentence of a key in a language, its `{holes}` filled; raises `MissingWord`."""
    try:
        sentence = catalogue(language)[key]
    except KeyError:
        msg = f"{language}: {key}"
        raise MissingWord(msg) from None
    return sentence.format(**holes) if holes else sentence


def sentence_of(error: DomainError, language: str) -> str:
    """What to tell the reader of an error: its own sentence, for a reason the reason's."""
    reason = error.values.get("reason")
    holes = {key: value for key, value in error.values.items() if key != "reason"}
    for key in (
        f"error.{error.code}.{error.field}.{reason}",
        f"error.{error.code}.{reason}",
        f"error.{error.code}.text",
    ):
        if known(key):
            return say(key, language, **holes)
    return say("error.error.text", language)


def known(key: str, language: str = DEFAULT_LANGUAGE) -> bool:
    """Does the catalogue hold the key."""
    return key in catalogue(language)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Every key of a language with its sentence, from all files of its folder."""
    words: dict[str, str] = {}
    folder = files("complaints.domain").joinpath("translations", language)
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".yaml"):
            words |= _flat(yaml.safe_load(path.read_text("utf-8")) or {})
    return words


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            flat |= _flat(value, key + ".")
        else:
            flat[key] = str(value)
    return flat
