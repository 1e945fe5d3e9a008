"""What a case counts as under each indicator: a row for itself, and one for every agency that had it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from complaints.domain.kpi import indicators
from complaints.domain.kpi.indicators import INDICATORS, MARKED, NOT_DUE_GROUPS, Kind, hours_class
from complaints.domain.kpi.life import ENDED, Life, Part, is_content, is_frozen
from complaints.domain.thai_time import local_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

MOST_SATANG = 10**15


@dataclass(frozen=True, slots=True)
class Mark:
    """As `KpiCase`, of which it is a row."""

    case_id: int
    agency_code: str
    lead: bool
    day: date
    category_code: str
    channel: str
    province: str
    due: int = 0
    solved: int = 0
    until: datetime | None = None
    owed_by: datetime | None = None
    kept: bool | None = None
    lost: int = 0
    recovered: int = 0
    first_hours: int | None = None
    final_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What a mark adds to a fact: under which indicator, how many due and solved."""

    code: str
    agency_code: str
    category_code: str
    channel: str
    province: str
    contacts: int
    due: int
    solved: int


def marks(life: Life, groups: Mapping[str, str], target: Life | None) -> list[Mark]:
    """The rows of a case; `target` is the case under which it goes on, where it shares that one's fate."""
    whole = Mark(
        life.case_id,
        life.agency or "",
        lead=True,
        day=local_day(life.received_at),
        category_code=life.category or "",
        channel=life.channel,
        province=life.province,
    )
    mine = life.parts.get(life.agency or "")
    lead = replace(
        whole,
        **_whole(life, groups, target),
        **(_of_part(mine) if mine else {}),
        lost=min(life.lost, MOST_SATANG),
        recovered=min(life.recovered, MOST_SATANG),
        first_hours=hours_class(life.first_at - life.received_at) if life.first_at else None,
        final_hours=hours_class(life.answered_at - life.received_at) if life.answered_at else None,
    )
    others = [
        replace(whole, agency_code=code, lead=False, **_of_part(part))
        for code, part in life.parts.items()
        if part is not mine
    ]
    return [lead, *others]


def _of_part(part: Part) -> dict[str, Any]:
    """Answered in time or not; still owed; or given back before it was owed."""
    if part.kept is not None:
        return {"kept": part.kept}
    if part.open:
        return {"owed_by": part.by}
    return {"kept": False} if part.ended_at is not None and part.ended_at > part.by else {}


def _whole(life: Life, groups: Mapping[str, str], target: Life | None) -> dict[str, Any]:
    counted = dict.fromkeys((one.code for one in MARKED), (False, False))
    is_due = not life.out and groups.get(life.category or "", "") not in NOT_DUE_GROUPS
    solved = target.solved_by(life.by) if target is not None else life.solved
    holds = not solved and (target or life).holds and not (target or life).closed
    counted[indicators.RESOLUTION] = is_due, is_due and solved
    counted[indicators.PENDING] = is_due, is_due and holds
    counted[indicators.REOPENED] = life.ever_answered, life.reopened
    counted[indicators.REROUTED] = bool(life.parts), life.rerouted
    counted[indicators.AUTO] = life.classified, life.auto is not None
    counted[indicators.AUTO_RIGHT] = life.auto is not None, life.auto is not None and not life.corrected
    counted[indicators.SATISFACTION] = life.score is not None, is_content(life.score or 0)
    counted[indicators.RESPONSE] = life.ever_closed, life.ever_closed and life.score is not None
    counted[indicators.FROZE] = life.lost > 0, life.lost > 0 and is_frozen(life)
    open_still = is_due and (target or life).stage not in ENDED
    return {
        "due": sum(one.mask for one in MARKED if counted[one.code][0]),
        "solved": sum(one.mask for one in MARKED if counted[one.code][1]),
        "until": life.by if open_still else None,
    }


def cells(mark: Mark, now: datetime) -> Iterator[Cell]:
    """What one mark adds to the facts as of a moment; the database adds up the same in `services.kpi.adding`."""
    dimensions = (mark.agency_code, mark.category_code, mark.channel, mark.province)
    owed = mark.kept is not None or (mark.owed_by is not None and mark.owed_by < now)
    if owed:
        yield Cell(indicators.ANSWERED, *dimensions, 1, 1, int(mark.kept or False))
    if not mark.lead:
        return
    for one in MARKED:
        due, solved = int(bool(mark.due & one.mask)), int(bool(mark.solved & one.mask))
        if due or one.code == indicators.RESOLUTION:
            yield Cell(one.code, *dimensions, 1, due, solved)
    if mark.until is not None:
        yield Cell(indicators.BACKLOG, *dimensions, 1, 1, int(mark.until >= now))
    for code, amount in ((indicators.LOST, mark.lost), (indicators.RECOVERED, mark.recovered)):
        if amount:
            yield Cell(code, *dimensions, amount, amount, amount)


COUNTED_HERE = tuple(code for code, one in INDICATORS.items() if one.kind not in {Kind.CALLS, Kind.WEBSITES})
