"""The routing guide as typed values: agencies, categories and where each goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class AgencyEntry:
    """One agency; `predicted` is False for partners that are reached by hand only."""

    code: str
    th: str
    short_th: str
    en: str
    predicted: bool


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """One category and the agency that it goes to."""

    code: str
    agency: str
    group: str
    th: str
    en: str
    means: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The whole guide, in the file's order."""

    agencies: dict[str, AgencyEntry]
    categories: dict[str, CategoryEntry]

    def agency_of(self, category: str) -> str:
        """Where a category goes."""
        return self.categories[category].agency


@cache
def load_taxonomy() -> Taxonomy:
    """Read the guide that stands in the package."""
    raw = yaml.safe_load(files("classifiers").joinpath("data", "taxonomy.yaml").read_text("utf-8"))
    agencies: dict[str, AgencyEntry] = {}
    for section, predicted in (("agencies", True), ("referral_only", False)):
        for code, entry in raw[section].items():
            agencies[code] = AgencyEntry(code, entry["th"], entry["short_th"], entry["en"], predicted)
    categories = {
        code: CategoryEntry(code, entry["agency"], entry["group"], entry["th"], entry["en"], entry["means"].strip())
        for code, entry in raw["categories"].items()
    }
    return Taxonomy(agencies, categories)
