"""A case told to staff: the story with its deciding words, the timeline, the messages, the names in all of them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from complaints.domain.actor import Role
from complaints.domain.lifecycle import Action, State
from complaints.domain.thai_time import show_date, show_datetime
from complaints.domain.wording import say
from complaints.services import catalogue
from complaints.services.classify import SURE
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from complaints.domain.agency import Agency, Category
    from complaints.domain.case import Case
    from complaints.domain.event import Event
    from complaints.domain.inbound import RawMessage
    from complaints.domain.message import Attachment, Message

TONES = {
    Action.FILE: "info",
    Action.REFER: "info",
    Action.ACCEPT: "info",
    Action.ANSWER: "done",
    Action.RESOLVE: "done",
    Action.CONFIRM: "done",
    Action.CLOSE_SILENT: "done",
    Action.ASK: "waiting",
    Action.REPLY: "info",
    Action.REMIND: "waiting",
    Action.DECLINE: "waiting",
    Action.RETURN: "waiting",
    Action.DISPUTE: "urgent",
    Action.ESCALATE: "urgent",
    Action.NUDGE: "waiting",
    Action.HAND_OVER: "urgent",
    Action.FOLLOW: "info",
    Action.SITE_SENT: "info",
    Action.SITE_RESULT: "done",
}
STATE_TONES = {
    State.RECEIVED: "info",
    State.TRIAGE: "waiting",
    State.REFERRED: "info",
    State.IN_PROGRESS: "info",
    State.WAITING: "waiting",
    State.RESOLVED: "done",
    State.CLOSED: "done",
    State.REOPENED: "urgent",
    State.WITHDRAWN: "neutral",
    State.OUT_OF_SCOPE: "neutral",
    State.MERGED: "neutral",
}
FAIRLY_SURE = 0.7
KILO = 1024
SARA_AM = "\u0e33"
# Makes one picture of several.
JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Names:
    """Whatever a page about a case must call by name."""

    agencies: dict[str, Agency]
    categories: dict[str, Category]
    accounts: dict[int, str]
    identifiers: dict[int, str] = field(default_factory=dict)
    offices: dict[int, str] = field(default_factory=dict)
    clients: dict[int, str] = field(default_factory=dict)

    def agency(self, code: str | None) -> str:
        """The short name in Thai, the full one in English; nothing for none."""
        row = self.agencies.get(code or "")
        if row is None:
            return code or ""
        return row.short_th if language() == "th" else row.name_en

    def category(self, code: str | None) -> str:
        """The name, or that there is none yet."""
        row = self.categories.get(code or "")
        if row is None:
            return code or t("word.none")
        return row.name(language())

    def who(self, row: Event | Message) -> str:
        """Role and name of whoever did or said it; an agency's people and systems under their agency's name."""
        data: dict[str, Any] = getattr(row, "data", {})
        name = self.accounts.get(row.account_id or 0, "") or self.clients.get(data.get("client", 0), "")
        if row.role == Role.PARTNER.value:
            return " · ".join(filter(None, (self.agency(row.agency_code), name)))
        return " · ".join(filter(None, (t(f"word.role.{row.role}"), name)))


def names(session: Session, case: Case) -> Names:
    """The names that a case's page needs."""
    rows: list[Any] = [*case.events, *case.messages, *case.decisions]
    assigned = [event.data.get("assignee") for event in case.events]
    return Names(
        catalogue.agencies(session),
        catalogue.categories(session),
        catalogue.account_names(session, [*(row.account_id for row in rows), *assigned]),
        catalogue.identifier_values(
            session, (row.data[name] for row in case.events for name in ("identifier", "before") if name in row.data)
        ),
        catalogue.office_names(
            session, (row.data["office"] for row in case.events if "office" in row.data), language()
        ),
        catalogue.client_names(session, (event.data.get("client") for event in case.events)),
    )


def marked(story: str, evidence: Sequence[object]) -> Markup:
    """The story as safe HTML with the spans `[start, end, weight]` marked; spans that touch become one."""
    told, at = Markup(), 0  # nosec B704 - an empty string
    for start, end in _joined(evidence, story):
        told += escape(story[at:start]) + Markup("<mark>%s</mark>") % story[start:end]
        at = end
    return told + escape(story[at:])


def deciding_words(story: str, evidence: Sequence[object]) -> list[str]:
    """The marked words by themselves, the weightiest first, each once."""
    by_weight = sorted(evidence, key=lambda span: -float(span[2]))  # type: ignore[index]
    words = (story[start:end] for span in by_weight for start, end in _joined([span], story))
    return list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))


def _joined(evidence: Sequence[object], story: str) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(_whole(story, int(span[0]), int(span[1])) for span in evidence):  # type: ignore[index]
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _whole(story: str, start: int, end: int) -> tuple[int, int]:
    """The span within the story, widened so that no vowel or tone mark is torn from the letter that it stands on."""
    start, end = max(start, 0), min(end, len(story))
    while 0 < start < end and _within_letter(story, start):
        start -= 1
    while start < end < len(story) and _within_letter(story, end):
        end += 1
    return start, end


def _within_letter(story: str, at: int) -> bool:
    """Is the sign at this place drawn as part of the one before it."""
    sign, before = story[at], story[at - 1]
    return sign in {SARA_AM, JOINER} or before == JOINER or unicodedata.category(sign).startswith("M")


def sureness(confidence: float) -> str:
    """How sure the machine is, in words with the share."""
    level = "sure" if confidence >= SURE else "fairly" if confidence >= FAIRLY_SURE else "unsure"
    return t(f"telling.{level}", share=share(confidence))


def share(confidence: float) -> str:
    """A share of one as a whole percentage; what is almost nothing or almost everything is not called so."""
    percent = round(confidence * 100)
    if percent in {0, 100} and confidence not in {0.0, 1.0}:
        return ">99 %" if percent else "<1 %"
    return f"{percent} %"


def category_name(category: Category | None) -> str:
    """What a kind is called; that there is none yet where a case has none."""
    return category.name(language()) if category is not None else t("word.none")


def category_choices(categories: Iterable[Category]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Kinds to choose from under the words of their groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in categories:
        groups.setdefault(row.group_code, []).append((row.code, row.name(language())))
    return [(t(f"word.group.{group}"), rows) for group, rows in groups.items()]


def baht(satang: int, reader: str = "") -> str:
    """A sum as staff read it: satang only when there are some; in the page's language if no reader's is named."""
    whole = f"{satang // 100:,}" + (f".{satang % 100:02d}" if satang % 100 else "")
    return say("telling.baht", reader or language(), amount=whole)


def timeline(events: Iterable[Event], known: Names) -> list[dict[str, Any]]:
    """The entries for `ui.timeline`, newest first."""
    return [
        {
            "when": event.at,
            "what": t(f"word.action.{event.action}"),
            "who": known.who(event),
            "detail": detail(event, known),
            "tone": TONES.get(Action(event.action), "neutral"),
        }
        for event in sorted(events, key=lambda event: event.id, reverse=True)
    ]


def detail(event: Event, known: Names) -> str:
    """The facts of an event in one line."""
    parts = [tell(event.data, known) for name, tell in TELLERS.items() if event.data.get(name) is not None]
    if event.action in {Action.ASSIGN.value, Action.ALLOT.value} and "assignee" not in event.data:
        parts.append(t("telling.nobody"))
    return " · ".join(filter(None, parts))


def _tell_change(data: dict[str, Any], known: Names) -> str:
    """Which identifier was added, changed or removed, and why."""
    values = {name: known.identifiers.get(data.get(name, 0), "–") for name in ("identifier", "before")}
    told = t(f"telling.identifier.{data['change']}", **values)
    reason = t(f"word.drop.{data['reason_code']}") if "reason_code" in data else ""
    return " · ".join(filter(None, (told, reason)))


def _tell_urgent(data: dict[str, Any], _known: Names) -> str:
    """Urgency is told when it is so, or when nothing else was decided."""
    if data["urgent"]:
        return t("telling.urgent")
    return "" if "category" in data else t("telling.not_urgent")


TELLERS: dict[str, Callable[[dict[str, Any], Names], str]] = {
    "agency": lambda data, known: known.agency(data["agency"]),
    "category": lambda data, known: known.category(data["category"]),
    "confidence": lambda data, _known: sureness(float(data["confidence"])),
    "auto": lambda data, _known: t("telling.by_itself") if data["auto"] else "",
    "urgent": _tell_urgent,
    "outcome": lambda data, _known: t(f"word.outcome.{data['outcome']}"),
    "recovered": lambda data, _known: t("telling.recovered", amount=baht(int(data["recovered"]))),
    "into": lambda data, _known: t("telling.into", number=data["into"]),
    "source": lambda data, _known: t("telling.source", number=data["source"]),
    "late": lambda data, _known: t(f"telling.promise.{data.get('promise', 'answer')}"),
    "change": _tell_change,
    "sign": lambda data, _known: t(
        "telling.sign_there" if data["there"] else "telling.sign_gone", sign=t(f"desk.sign.{data['sign']}")
    ),
    "result": lambda data, _known: t(f"website.stage.{data['result']}"),
    "move": lambda data, _known: t(f"mediation.move.{data['move']}"),
    "score": lambda data, _known: t("telling.score", score=data["score"]),
    "assignee": lambda data, known: t("telling.assignee", name=known.accounts.get(data["assignee"], "–")),
    "office": lambda data, known: t("telling.office", name=known.offices.get(data["office"], "–")),
    "letter": lambda data, _known: t("telling.letter", reference=data["letter"]),
    "on_day": lambda data, _known: t("telling.on_day", day=show_date(date.fromisoformat(data["on_day"]), language())),
    "letter_link": lambda _data, _known: t("telling.letter_link"),
    "until": lambda data, _known: t(
        "telling.until", when=show_datetime(datetime.fromisoformat(data["until"]), language())
    ),
}


def messages(rows: Iterable[Message], known: Names) -> list[dict[str, Any]]:
    """The thread, oldest first."""
    return [
        {
            "when": row.at,
            "who": known.who(row),
            "kind": t(f"telling.kind.{row.kind}"),
            "id": row.id,
            "body": row.body,
            "folded": row.folded,
            "inner": not row.public,
            "side": "complainant" if row.role == Role.COMPLAINANT.value else "staff",
            "phoned": row.channel == "hotline",
        }
        for row in sorted(rows, key=lambda row: row.id)
    ]


def size(attachment: Attachment | RawMessage) -> str:
    """How large a file is, in whole kilobytes or megabytes with one decimal."""
    if attachment.size < KILO * KILO:
        return f"{max(attachment.size // KILO, 1):,} KB"
    return f"{attachment.size * 10 // (KILO * KILO) / 10:.1f} MB"
