"""Long lists of cases, newest first: a page begins by key where the one before it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import raiseload

from complaints.domain.case import Case

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import Select
    from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, and before which case the next page begins, if there is one."""

    rows: Sequence[Case]
    before: int | None


def page_of(
    session: Session, cases: Select[Case], before: int | None, key: InstrumentedAttribute[Any] = Case.id
) -> Page:
    """One page; `key` is the case's number where the list's own index holds it."""
    query = cases.options(raiseload(Case.person)).order_by(key.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(key < before)
    found = list(session.scalars(query))
    rows = found[:PAGE]
    return Page(rows, rows[-1].id if len(found) > PAGE else None)
