"""Reviews in words, as supervisors read them of everybody and each agent of oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.domain.quality import POINTS
from complaints.web.language import t

if TYPE_CHECKING:
    from decimal import Decimal

    from complaints.domain.quality import QualityAnswer, QualityReview
    from complaints.services.quality.reviewing import Average
    from complaints.web.oversight.figures import Names


def whose(name: str) -> str:
    """Whose work it is: a person's, or the machine's."""
    return name or t("quality.machine")


def rate(share: Decimal | None) -> str:
    """In per cent, or that there is no figure."""
    return t("oversight.no_figure") if share is None else t("oversight.per_cent", rate=share)


def average(one: Average) -> list[str]:
    """One line of the averages: whose, of how many, on the whole and point by point."""
    return [whose(one.name), f"{one.reviews:,}", rate(one.whole), *(rate(one.right[point]) for point in POINTS)]


def heads() -> list[Any]:
    """The columns of the averages."""
    words = [t("quality.reviews"), t("quality.whole"), *(t(f"quality.point.{point}") for point in POINTS)]
    return [t("quality.whose"), *((word, "num") for word in words)]


def review(found: QualityReview, said: QualityAnswer | None, names: Names) -> dict[str, Any]:
    """One review in words, with what was answered."""
    account = found.item.account
    return {
        "id": found.item_id,
        "whose": whose(account.name if account is not None else ""),
        "number": found.item.case.number,
        "href": url_for("desk.case", number=found.item.case.number),
        "at": found.at,
        "reviewer": found.reviewer.name,
        "scores": [(t(f"quality.point.{point}"), t(f"quality.score.{getattr(found, point)}")) for point in POINTS],
        "comment": found.comment,
        "right": names.of("category", found.right_code) if found.right_code else "",
        "answer": said.text if said is not None else "",
        "answered_at": said.at if said is not None else None,
    }
