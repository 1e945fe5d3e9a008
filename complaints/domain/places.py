"""Provinces and banks: short lists that pages offer and codes are read from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

LEADING_VOWEL = re.compile("^([\u0e40-\u0e44])(.)")


@dataclass(frozen=True, slots=True)
class Province:
    """One of the 77; `code` is the two digits of ISO 3166-2:TH."""

    code: str
    th: str
    en: str

    def name(self, language: str) -> str:
        """The name in a language."""
        return self.th if language == "th" else self.en


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank or wallet that can hold money back; `press` is the key to press after the number answers.

    `digits` is the Bank of Thailand's code, where the bank has one.
    """

    code: str
    th: str
    en: str
    phone: str
    press: str = ""
    digits: str = ""

    def name(self, language: str) -> str:
        """The name in a language."""
        return self.th if language == "th" else self.en

    @property
    def dial(self) -> str:
        """The number as a telephone dials it."""
        return self.phone.replace("-", "")


@cache
def provinces() -> dict[str, Province]:
    """All provinces by code."""
    return {code: Province(code, entry["th"], entry["en"]) for code, entry in _data("provinces.yaml").items()}


@cache
def banks() -> dict[str, Bank]:
    """All banks by code, the largest first."""
    return {code: Bank(code, **entry) for code, entry in _data("banks.yaml").items()}


def bank_named(digits: str, language: str) -> str:
    """The name of a bank by the Bank of Thailand's three digits; the digits themselves when it is not listed."""
    return next((bank.name(language) for bank in banks().values() if bank.digits == digits), digits)


def in_order(language: str) -> list[Province]:
    """All provinces as a dictionary of the language orders them; in Thai a leading vowel counts after its consonant."""
    return sorted(provinces().values(), key=lambda province: LEADING_VOWEL.sub(r"\2\1", province.name(language)))


def _data(name: str) -> dict[str, Any]:
    stored: dict[str, Any] = yaml.safe_load(files("complaints.domain").joinpath("data", name).read_text("utf-8"))
    return stored
