"""What each kind of problem is asked: the data file as typed values, answers read and shown again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from complaints.domain.errors import InvalidInput
from complaints.domain.places import banks
from complaints.domain.reading import read_amount, read_clock, read_day
from complaints.domain.thai_time import ARABIC_DIGITS, BANGKOK, show_date, show_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KINDS = ("text", "amount", "date", "choice", "bank", "url")
UNSURE = "unsure"
MONEY = "money"
MONEY_ANSWERS = ("fresh", "none", "older", "unknown")
TEXT_LIMIT = 1000
OTHER_BANKS = {"PROMPTPAY": ("พร้อมเพย์", "PromptPay"), "OTHER": ("ธนาคารอื่น", "Another bank")}
ACCOUNT = re.compile(r"^\d{6,16}$")
URL_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Question:
    """One question. It is asked when every answer that `only_if` names is one of the listed.

    `parts` are the names of its inputs on a page: a date with time has two, a bank account as well.
    """

    key: str
    kind: str
    th: str
    en: str
    hint_th: str = ""
    hint_en: str = ""
    required: bool = False
    with_time: bool = False
    only_if: dict[str, tuple[str, ...]] = field(default_factory=dict)
    options: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def follows(self) -> bool:
        """It depends on an answer of the same step, so it is asked on a page of its own after that."""
        return bool(self.only_if.keys() - {MONEY})

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its inputs."""
        if self.kind == "bank":
            return (f"{self.key}-bank", self.key)
        return (self.key, f"{self.key}-time") if self.with_time else (self.key,)

    def label(self, language: str) -> str:
        """The question in a language."""
        return self.th if language == "th" else self.en

    def hint(self, language: str) -> str:
        """Its help in a language."""
        return self.hint_th if language == "th" else self.hint_en

    def choices(self, language: str) -> list[tuple[str, str]]:
        """The answers to choose from."""
        return [(value, words[0 if language == "th" else 1]) for value, words in self.options.items()]

    def applies(self, known: Mapping[str, Any]) -> bool:
        """Is it asked, the other answers being what they are."""
        return all(known.get(key) in allowed for key, allowed in self.only_if.items())


@cache
def all_questions() -> dict[str, tuple[Question, ...]]:
    """The questions of every category, and of `unsure`."""
    raw = yaml.safe_load(files("complaints.domain").joinpath("data", "questions.yaml").read_text("utf-8"))
    return {
        code: tuple(_question(entry) for entry in entries) for code, entries in raw.items() if not code.startswith("_")
    }


def questions_for(category: str | None) -> tuple[Question, ...]:
    """The questions of a category; of one that the file does not know, those for the unsure."""
    return all_questions().get(category or UNSURE, all_questions()[UNSURE])


def asked(questions: Sequence[Question], known: Mapping[str, Any]) -> list[Question]:
    """Those that apply, in order; a question about an answer that is itself not asked for does not apply."""
    standing = {MONEY: known.get(MONEY)}
    found = []
    for question in questions:
        if question.applies(standing):
            found.append(question)
            standing[question.key] = known.get(question.key)
    return found


def read_answer(question: Question, typed: Mapping[str, str], today: date) -> Any:  # noqa: ANN401 - each kind has its own
    """The value of what was typed; None for nothing. Raises `InvalidInput` naming the input to mend."""
    text = typed.get(question.key, "").strip()
    if not any(typed.get(part, "").strip() for part in question.parts):
        if question.required:
            raise InvalidInput(question.key, reason="choose_one" if question.kind == "choice" else "required")
        return None
    return READERS[question.kind](question, text, typed, today)


def show_answer(question: Question, value: Any, language: str) -> str:  # noqa: ANN401 - each kind has its own
    """A stored value in words."""
    if question.kind == "choice":
        return dict(question.choices(language)).get(str(value), str(value))
    if question.kind == "amount":
        return f"{int(value) // 100:,}.{int(value) % 100:02d} {'บาท' if language == 'th' else 'baht'}"
    if question.kind == "date":
        return show_moment(str(value), language)
    if question.kind == "bank":
        return f"{bank_name(str(value.get('bank', '')), language)} {value.get('number', '')}".strip()
    return str(value)


def show_answers(category: str | None, answers: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """The question and the answer in words, for whoever reads the case; keys that no question knows are passed over."""
    return [
        (question.label(language), show_answer(question, answers[question.key], language))
        for question in questions_for(category)
        if answers.get(question.key) is not None
    ]


def show_moment(stored: str, language: str) -> str:
    """A stored day, or day and time, for a reader."""
    moment = datetime.fromisoformat(stored)
    return show_datetime(moment, language) if "T" in stored else show_date(moment.date(), language)


def moment_of(stored: str) -> datetime:
    """The aware moment of a stored day (its beginning in Bangkok) or day and time."""
    moment = datetime.fromisoformat(stored)
    return moment if moment.tzinfo else moment.replace(tzinfo=BANGKOK)


def bank_name(code: str, language: str) -> str:
    """The name of a bank's code, wallets and PromptPay included."""
    if code in banks():
        return banks()[code].name(language)
    return OTHER_BANKS[code][0 if language == "th" else 1] if code in OTHER_BANKS else code


def bank_choices(language: str) -> list[tuple[str, str]]:
    """What the bank select offers."""
    return [(code, bank_name(code, language)) for code in (*banks(), *OTHER_BANKS)]


def _read_text(question: Question, text: str, _typed: Mapping[str, str], _today: date) -> str:
    if len(text) > TEXT_LIMIT:
        raise InvalidInput(question.key, reason="too_long", limit=TEXT_LIMIT)
    return text


def _read_money(question: Question, text: str, _typed: Mapping[str, str], _today: date) -> int:
    return read_amount(text, question.key)


def _read_choice(question: Question, text: str, _typed: Mapping[str, str], _today: date) -> str:
    if text not in question.options:
        raise InvalidInput(question.key, reason="choose_one")
    return text


def _read_url(question: Question, text: str, _typed: Mapping[str, str], _today: date) -> str:
    if len(text) > URL_LIMIT or "." not in text or len(text.split()) > 1:
        raise InvalidInput(question.key, reason="url")
    return text


def _read_date(question: Question, text: str, typed: Mapping[str, str], today: date) -> str:
    day = read_day(text, question.key, today)
    clock_part = f"{question.key}-time"
    if not question.with_time or not typed.get(clock_part, "").strip():
        return day.isoformat()
    hour, minute = read_clock(typed[clock_part], clock_part)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BANGKOK).isoformat(timespec="minutes")


def _read_bank(question: Question, text: str, typed: Mapping[str, str], _today: date) -> dict[str, str]:
    bank = typed.get(f"{question.key}-bank", "")
    number = re.sub(r"[\s\-]", "", text.translate(ARABIC_DIGITS))
    if bank and bank not in banks() and bank not in OTHER_BANKS:
        bank_part = f"{question.key}-bank"
        raise InvalidInput(bank_part, reason="choose_one")
    if number and (ACCOUNT.match(number) is None or len(set(number)) == 1):
        raise InvalidInput(question.key, reason="account")
    return {"bank": bank, "number": number}


def _question(entry: dict[str, Any]) -> Question:
    hint = entry.get("hint", ["", ""])
    question = Question(
        key=entry["key"],
        kind=entry["kind"],
        th=entry["th"],
        en=entry["en"],
        hint_th=hint[0],
        hint_en=hint[1],
        required=entry.get("required", False),
        with_time=entry.get("with_time", False),
        only_if={key: tuple(values) for key, values in entry.get("only_if", {}).items()},
        options={value: (words[0], words[1]) for value, words in entry.get("options", {}).items()},
    )
    pairs = [hint, *entry.get("options", {}).values()]
    if question.kind not in KINDS or (question.kind == "choice") != bool(question.options):
        msg = f"questions.yaml: {question.key} has no known kind, or options that do not fit it"
        raise ValueError(msg)
    if any(len(pair) != 2 for pair in pairs):  # noqa: PLR2004 - Thai and English
        msg = f"questions.yaml: {question.key} has words that are not one Thai and one English; is a comma unquoted?"
        raise ValueError(msg)
    return question


READERS: dict[str, Callable[[Question, str, Mapping[str, str], date], Any]] = {
    "text": _read_text,
    "amount": _read_money,
    "date": _read_date,
    "choice": _read_choice,
    "bank": _read_bank,
    "url": _read_url,
}
