"""How the capture of a page can end."""

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
