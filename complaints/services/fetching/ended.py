"""The one error that carries the end of a capture upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from complaints.domain.captured import Outcome


class Ended(Exception):  # noqa: N818 - names what happened
    """Nothing more is fetched: the outcome and, in plain English for the record, why."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        """Keep both."""
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail
