"""Who wrote: a person, a machine by itself (RFC 3834), or a post office that returns a letter (RFC 3464)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from complaints.channels.mime import parts, words

if TYPE_CHECKING:
    from email.message import Message

AWAY = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?reply|autoreply|out of (?:the )?office|ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|ไม่อยู่ที่สำนักงาน)",
    re.IGNORECASE,
)
RETURNED = re.compile(
    r"undeliver|delivery (?:status notification|has failed|failure)|mail delivery|returned mail|failure notice"
    r"|ส่งไม่ถึง|ไม่สามารถส่ง|การส่งล้มเหลว",
    re.IGNORECASE,
)
POST_OFFICES = ("mailer-daemon@", "postmaster@", "microsoftexchange")
MARKS = ("x-autoreply", "x-autorespond", "x-autoresponder")
FAILED = re.compile(r"(?im)^Action:\s*failed")
RECIPIENT = re.compile(r"(?im)^(?:Final|Original)-Recipient:\s*(?:rfc822|utf-8)\s*;\s*<?([^\s<>;]+@[^\s<>;]+)")
NAMED = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
MESSAGE_ID = re.compile(r"(?im)^(?:Message-ID|In-Reply-To|References):\s*((?:<[^<>\s]+>\s*)+)")


def automatic(mail: Message, subject: str) -> bool:
    """A machine answered by itself."""
    said = str(mail.get("Auto-Submitted", "no")).strip().lower()
    if said and not re.match(r"no\b", said):
        return True
    if any(mark in mail for mark in MARKS) or str(mail.get("Return-Path", "")).strip() == "<>":
        return True
    return str(mail.get("Precedence", "")).strip().lower() == "auto_reply" or bool(AWAY.match(subject))


def many(mail: Message) -> bool:
    """Sent to many, or by a program that wants no answer: it is read, and gets no receipt."""
    if str(mail.get("Precedence", "")).strip().lower() in {"bulk", "list", "junk"}:
        return True
    return any(name in mail for name in ("List-Id", "List-Unsubscribe", "List-Post", "X-Auto-Response-Suppress"))


def bounced(mail: Message, sender: str, subject: str) -> str | None:
    """The address that a post office could not write to; empty when it says so without naming one; None for others."""
    report = "".join(
        words.decode(parts.content(leaf) or leaf.as_bytes())
        for leaf in mail.walk()
        if leaf.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}
    )
    if report:
        found = RECIPIENT.search(report)
        return (found[1].lower() if found else "") if FAILED.search(report) else None
    if not (sender.startswith(POST_OFFICES) or not sender) or not RETURNED.search(subject):
        return None
    told = str(mail.get("X-Failed-Recipients", "")) or parts.apart(mail).text
    found = NAMED.search(told)
    return found[0].lower() if found else ""


def letters_named(mail: Message) -> tuple[str, ...]:
    """Every message that a returned mail holds or quotes, by its id."""
    found: list[str] = []
    for leaf in mail.walk():
        if not leaf.is_multipart():
            text = words.decode(parts.content(leaf))
            found += [one for group in MESSAGE_ID.findall(text) for one in group.split()]
        if leaf is not mail and leaf.get("Message-ID"):
            found.append(str(leaf["Message-ID"]).strip())
    return tuple(dict.fromkeys(found))
