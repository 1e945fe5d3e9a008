"""A promise to many: some of them in one transaction, and on until none is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.db import let_go, unit_of_work
from complaints.services import promises
from workers.runtime import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.outbox import Promise


def in_batches(promise_id: int, some: Callable[[Session, Promise, datetime], bool]) -> None:
    """Let `some` do the next few until it says that no more are left: whoever takes it up again goes on after them."""
    more = True
    while more:
        with unit_of_work() as session:
            promise = promises.for_result(session, promise_id)
            if promise is None:
                return
            more = some(session, promise, utc_now())
        let_go()
