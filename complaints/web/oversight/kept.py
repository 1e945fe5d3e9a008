"""Forms of things of which every version is kept: which version a form was made of, and which were before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from complaints.domain.errors import StaleRecord
from complaints.web.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from complaints.domain.errors import DomainError

T = TypeVar("T")


def seen(given: Any, error: DomainError | None, last: int | str) -> int | str:  # noqa: ANN401 - what was typed, or what is stored
    """The version that a form names. After a stale save it is the new one: sent again knowingly the form is saved."""
    return str(given.get("seen", "")) if error is not None and not isinstance(error, StaleRecord) else last


def before(versions: Sequence[T], error: DomainError | None) -> Sequence[T]:
    """Of all versions, newest first, those before the last; after a stale save the last too."""
    return versions if isinstance(error, StaleRecord) else versions[1:]


def state(*, active: bool) -> tuple[str, str]:
    """Tone and word for what is offered, or no more."""
    return ("done", t("reply.on")) if active else ("neutral", t("reply.off"))
