"""Reply templates: kept by supervisors, filled for a case in the complainant's language."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from sqlalchemy import select

from complaints.domain.agency import Agency, Category
from complaints.domain.audit import Change
from complaints.domain.errors import InvalidInput, NotFound, StaleRecord
from complaints.domain.reply import USES, Reply, ReplyText, address, check, fill
from complaints.domain.thai_time import show_date
from complaints.services import audit, centre

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from complaints.domain.actor import Actor
    from complaints.domain.case import Case

LONGEST, LONGEST_TITLE = 4000, 120


@dataclass(frozen=True, slots=True)
class Written:
    """What a supervisor writes into the form of a template."""

    use: str
    category_code: str
    title_th: str
    title_en: str
    body_th: str
    body_en: str


def listed(session: Session) -> list[Reply]:
    """Every template: by what it is for, those in use first."""
    rows = session.scalars(select(Reply).order_by(Reply.active.desc(), Reply.id)).all()
    return sorted(rows, key=lambda row: USES.index(row.text.use))


def get(session: Session, reply_id: int) -> Reply:
    """One template."""
    reply = session.get(Reply, reply_id)
    if reply is None:
        raise NotFound(what="reply")
    return reply


def fitting(session: Session, category: str | None) -> dict[str, list[Reply]]:
    """What is offered at a case, by use: templates of its category first, then those that fit all."""
    rows = [row for row in listed(session) if row.active and row.text.category_code in {None, category}]
    rows.sort(key=lambda row: row.text.category_code is None)
    return {use: [row for row in rows if row.text.use == use] for use in USES}


def add(session: Session, written: Written, actor: Actor, now: datetime) -> Reply:
    """A new template. Raises `InvalidInput` with the field."""
    _check(session, written)
    reply = Reply(active=True)
    session.add(reply)
    session.flush()
    _put(reply, written, actor.account_id, now)
    session.flush()
    audit.record(session, Change.REPLY_ADDED, str(reply.id), actor, now, after=_told(reply.text))
    return reply


def change(session: Session, reply_id: int, seen: int, written: Written, actor: Actor, now: datetime) -> None:
    """A new version of a template, unless it says the same; raises `StaleRecord` when `seen` is not the last."""
    reply = _held(session, reply_id)
    if reply.text.number != seen:
        raise StaleRecord(since=seen)
    _check(session, written)
    if _of(reply.text) == written:
        return
    before = _told(reply.text)
    _put(reply, written, actor.account_id, now)
    session.flush()
    audit.record(session, Change.REPLY_CHANGED, str(reply.id), actor, now, before=before, after=_told(reply.text))


def switch(session: Session, reply_id: int, actor: Actor, now: datetime, *, on: bool) -> None:
    """Offer a template, or offer it no more."""
    reply = _held(session, reply_id)
    before, reply.active = {"active": reply.active}, on
    audit.record(session, Change.REPLY_SWITCHED, str(reply.id), actor, now, before=before, after={"active": on})


def filled(session: Session, case: Case, reply_id: int, use: str, base_url: str) -> str:
    """The words of a template for a case; raises `InvalidInput` where it does not fit or something is lacking."""
    reply = session.get(Reply, reply_id)
    if reply is None or not reply.active or reply.text.use != use:
        raise InvalidInput("template", reason="choose_reply")
    return fill(reply.text.body(case.language), values(session, case, base_url))


def values(session: Session, case: Case, base_url: str) -> dict[str, str]:
    """What a case puts into the holes; nothing where it has nothing yet.

    The link opens the page that asks for number and secret: agencies read these words too, and a link with rights would
    open the case to them as the complainant.
    """
    language, profile = case.language, centre.profile(session)
    category = session.get(Category, case.category_code) if case.category_code else None
    due = [row.answer_by for row in case.open_referrals]
    return {
        "number": case.number,
        "name": address(case.person.name, language),
        "category": category.name(language) if category else "",
        "agency": (" และ " if language == "th" else " and ").join(_agencies(session, case)),
        "received": show_date(case.received_at, language),
        "deadline": show_date(case.final_by, language),
        "agency_deadline": show_date(min(due), language) if due else "",
        "link": f"{base_url}/track?lang={language}",
        "centre": profile.name(language),
        "hotline": profile.hotline,
    }


def seed(session: Session, now: datetime) -> None:
    """Bring in the templates that come with the centre and are not there; what was changed here stays as it is."""
    known = set(session.scalars(select(Reply.key)))
    for key, written in built_in().items():
        if key in known:
            continue
        reply = Reply(key=key, active=True)
        session.add(reply)
        session.flush()
        _put(reply, written, None, now)
    session.flush()


@cache
def built_in() -> dict[str, Written]:
    """The templates of the data file."""
    rows = yaml.safe_load(files("complaints.domain").joinpath("data", "replies.yaml").read_text("utf-8"))
    return {
        key: Written(
            use=row["use"],
            category_code=row.get("category", ""),
            title_th=row["title"]["th"],
            title_en=row["title"]["en"],
            body_th=row["body"]["th"].strip(),
            body_en=row["body"]["en"].strip(),
        )
        for key, row in rows.items()
    }


def _held(session: Session, reply_id: int) -> Reply:
    reply = session.get(Reply, reply_id, with_for_update=True, populate_existing=True)
    if reply is None:
        raise NotFound(what="reply")
    return reply


def _check(session: Session, written: Written) -> None:
    if written.use not in USES:
        raise InvalidInput("use", reason="choose_use")
    if written.category_code and session.get(Category, written.category_code) is None:
        raise InvalidInput("category_code", reason="choose_category")
    limits = {"title_th": LONGEST_TITLE, "title_en": LONGEST_TITLE, "body_th": LONGEST, "body_en": LONGEST}
    for field, limit in limits.items():
        text = str(getattr(written, field))
        if not text:
            raise InvalidInput(field, reason="required")
        if len(text) > limit:
            raise InvalidInput(field, reason="too_long", limit=limit)
        if field.startswith("body"):
            check(text, field)


def _put(reply: Reply, written: Written, account_id: int | None, now: datetime) -> None:
    fields = asdict(written) | {"category_code": written.category_code or None}
    number = reply.text.number + 1 if reply.texts else 1
    reply.texts.append(ReplyText(number=number, at=now, account_id=account_id, **fields))


def _of(text: ReplyText) -> Written:
    return Written(text.use, text.category_code or "", text.title_th, text.title_en, text.body_th, text.body_en)


def _told(text: ReplyText) -> dict[str, object]:
    """What the record of changes tells; the words themselves stand in the versions."""
    return {"title_th": text.title_th, "title_en": text.title_en, "use": text.use, "version": text.number}


def _agencies(session: Session, case: Case) -> list[str]:
    """Who has the case, or had it last."""
    having = [row.agency for row in case.open_referrals]
    if not having and case.lead_agency_code:
        having = [session.get_one(Agency, case.lead_agency_code)]
    return [row.name(case.language) for row in having]
