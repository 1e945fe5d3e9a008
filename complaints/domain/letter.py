"""What goes out to a complainant, whatever the channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready for any channel. `reference` is the same at every try: the idempotency key towards others."""

    to: str
    subject: str
    body: str
    language: str
    reference: str
    case_number: str
