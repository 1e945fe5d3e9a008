"""How the capture of a page can end, and the one error that carries an end upwards."""

from __future__ import annotations

from typing import Literal, get_args

Outcome = Literal[
    "captured",
    "unreachable",
    "refused_inside",
    "too_large",
    "too_slow",
    "bad_address",
    "too_many_hops",
    "not_a_page",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Ended(Exception):  # noqa: N818 - names what happened
    """Nothing more is fetched: the outcome and, in plain English for the record, why."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        """Keep both."""
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail
