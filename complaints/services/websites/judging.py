"""What a person says of a website after a look: illegal and by which law, not illegal, or not to be told."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from complaints.domain.errors import InvalidInput, StaleRecord
from complaints.domain.website import CHILD_ABUSE, KINDS, SiteStep, Stage, Website
from complaints.services.websites import capturing, joining

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor

LONGEST_LAW = 300
LONGEST_REFERENCE = 100
ILLEGAL, LEGAL, UNSURE = "illegal", "legal", "unsure"
ANSWERS = {ILLEGAL: SiteStep.VERIFY, LEGAL: SiteStep.CLEAR, UNSURE: SiteStep.DOUBT}
_LAWS = Path(__file__).parents[2] / "domain" / "data" / "site_laws.yaml"


@cache
def laws() -> dict[str, str]:
    """The law that each kind breaks, unless the agent writes another."""
    told: dict[str, str] = yaml.safe_load(_LAWS.read_text("utf-8"))
    return told


def judge(
    session: Session, website_id: int, seen: int, answer: str, kind: str, law: str, actor: Actor, now: datetime
) -> Website:
    """Record the answer; raises `StaleRecord` when the site changed since it was looked at."""
    if answer not in ANSWERS:
        raise InvalidInput("answer", reason="website_answer")
    if answer == ILLEGAL and kind not in KINDS:
        raise InvalidInput("kind", reason="website_kind")
    law = " ".join(law.split()) or laws().get(kind, "")
    if len(law) > LONGEST_LAW:
        raise InvalidInput("law", reason="too_long", limit=LONGEST_LAW)
    site = as_seen(session, website_id, seen)
    facts = {"kind": kind, "law": law} if answer == ILLEGAL else {}
    site.take(ANSWERS[answer], actor, now, **facts)
    if answer == ILLEGAL and kind == CHILD_ABUSE:
        capturing.guard(session, site, now)
    session.flush()
    return site


def fetch_again(session: Session, website_id: int, actor: Actor, now: datetime) -> Website:
    """Have it looked at once more; what failed stands at its beginning again."""
    site = joining.get_for_change(session, website_id)
    if site.may(SiteStep.RETRY):
        site.take(SiteStep.RETRY, actor, now)
    capturing.promise(session, site, f"asked:{now:%Y%m%d%H%M}", now)
    session.flush()
    return site


def still_blocked(session: Session, website_id: int, seen: int, actor: Actor, now: datetime, after: timedelta) -> None:
    """What answered was a page that says so: the site stays blocked, and is looked at again later."""
    site = as_seen(session, website_id, seen)
    if not site.reference:
        raise InvalidInput("reference", reason="website_reference")
    site.take(SiteStep.STILL, actor, now, recheck_at=now + after)
    session.flush()


def as_seen(session: Session, website_id: int, seen: int) -> Website:
    """The site locked, if it stands as somebody saw it."""
    site = joining.get_for_change(session, website_id)
    if site.version != seen:
        raise StaleRecord(what="website")
    return site


def end(
    session: Session,
    site: Website,
    result: str,
    day: datetime,
    reference: str,
    actor: Actor,
    now: datetime,
    recheck_after: timedelta,
) -> int:
    """Record what the ministry or the owner did; returns the number of the entry in the history.

    `site` is locked. A block needs the order by which it was done.
    """
    reference = " ".join(reference.split())
    if result not in ENDS:
        raise InvalidInput("result", reason="website_result")
    if len(reference) > LONGEST_REFERENCE:
        raise InvalidInput("reference", reason="too_long", limit=LONGEST_REFERENCE)
    if result == Stage.BLOCKED and not reference:
        raise InvalidInput("reference", reason="website_reference")
    if day > now:
        raise InvalidInput("day", reason="website_day")
    facts = {} if result == Stage.REFUSED else {"recheck_at": now + recheck_after}
    entry = site.take(ENDS[result], actor, now, day=day, reference=reference, **facts)
    session.flush()
    return entry.id


ENDS = {
    Stage.BLOCKED.value: SiteStep.BLOCK,
    Stage.REFUSED.value: SiteStep.REFUSE,
    Stage.REMOVED.value: SiteStep.REMOVE,
}
