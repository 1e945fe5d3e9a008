"""Which cases were in a file of cases with persons that somebody took along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from complaints.domain.base import Base

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class ExportedCase(Base):
    """One case of an export that names persons; the record of changes says who took it along, when and why.

    So it can be told of every person who has a copy of these words, which a filter alone would not.
    """

    __tablename__ = "exported_case"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"), primary_key=True, index=True)


class ExportsAreAppendOnly(RuntimeError):  # noqa: N818 - names the law that was broken
    """Somebody tried to change or delete what was taken along."""


def _refuse(_mapper: Mapper[Any], _connection: Connection, target: ExportedCase) -> None:
    msg = f"case {target.case_id} of export {target.audit_id} cannot be changed: the record only grows"
    raise ExportsAreAppendOnly(msg)


event.listen(ExportedCase, "before_update", _refuse)
event.listen(ExportedCase, "before_delete", _refuse)
