"""Moves in words, and the list from which one is chosen: at the desk for many cases, in oversight for a macro."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from complaints.domain.macro import WITH_OBJECT, WITH_TEMPLATE
from complaints.domain.referral import OUTCOMES
from complaints.services import catalogue, replies, sharing
from complaints.web.language import language, t

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from complaints.domain.macro import Move

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Known:
    """What moves name: by kind of move and code or id, its name; `offered` is what may still be chosen."""

    names: dict[str, dict[str, str]]
    offered: dict[str, list[str]]

    def label(self, move: Move) -> str:
        """A move in words."""
        if move.do not in WITH_OBJECT:
            return t(f"move.{move.do}")
        what = self.names.get(move.do, {}).get(move.what, "–")
        outcome = t(f"word.outcome.{move.outcome}") if move.outcome else ""
        return " · ".join(filter(None, (t(f"move.{move.do}", what=what), outcome)))

    def choices(self) -> Choices:
        """Every move that may be chosen, in groups."""
        return [
            (t("move.group.sort"), [*plain("accept", "urgent", "calm"), *self._of("decide"), *self._of("refer")]),
            (t("move.group.write"), [one for do in WITH_TEMPLATE for one in self._of(do)]),
            (
                t("move.group.desk"),
                [*plain("take", "release"), *self._of("assign"), *self._of("snooze"), *plain("note")],
            ),
        ]

    def _of(self, do: str) -> list[tuple[str, str]]:
        return [(f"{do}:{what}", t(f"move.{do}", what=self.names[do][what])) for what in self.offered[do]]


def known(session: Session) -> Known:
    """What moves may name now."""
    categories, agencies = catalogue.categories(session), catalogue.agencies(session)
    templates, people = replies.listed(session), sharing.colleagues(session)
    partners = {row.code for row in catalogue.partners(agencies.values())}
    names = {
        "decide": {code: row.name(language()) for code, row in categories.items()},
        "refer": {code: row.name(language()) for code, row in agencies.items()},
        "assign": {str(row.id): row.name for row in people},
        "snooze": {word: t(f"desk.snooze.{word}") for word in sharing.SLEEPS},
    }
    names |= {do: {str(row.id): row.text.title(language()) for row in templates} for do in WITH_TEMPLATE}
    offered = {
        "decide": [row.code for row in catalogue.choosable(session)],
        "refer": [code for code in agencies if code in partners],
        "assign": list(names["assign"]),
        "snooze": list(names["snooze"]),
    }
    offered |= {do: [str(row.id) for row in templates if row.active and row.text.use == do] for do in WITH_TEMPLATE}
    return Known(names, offered)


def outcomes() -> list[tuple[str, str]]:
    """What an answer may have come to."""
    return [(code, t(f"word.outcome.{code}")) for code in OUTCOMES]


def plain(*does: str) -> list[tuple[str, str]]:
    """Moves that name nothing else."""
    return [(do, t(f"move.{do}")) for do in does]
