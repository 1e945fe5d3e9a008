"""A file of a case as pages show it: what it is, whether it may be opened, and what was found on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from complaints.channels import registry
from complaints.domain.message import QUARANTINED, UNSCANNED, WAITING
from complaints.domain.places import bank_named
from complaints.services.evidence.inspecting import BOMB
from complaints.services.evidence.stores import ORIGINAL
from complaints.web import telling
from complaints.web.files import SMALL
from complaints.web.language import language, t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from complaints.domain.message import Attachment

TONES = {WAITING: "waiting", QUARANTINED: "urgent"}


def staff_row(file: Attachment, endpoint: str, where: Mapping[str, str]) -> dict[str, Any]:
    """A file on a page of the staff; `endpoint` is the face's own door to files, `where` the page of the case."""

    def door(form: str | None = None) -> str:
        asked: dict[str, Any] = {**where, **({form: 1} if form else {})}
        return url_for(endpoint, file_id=file.id, **asked) if file.opened else ""

    return {
        "name": file.file_name,
        "href": door(),
        "original": door(ORIGINAL) if file.shown_key else "",
        "small": door(SMALL) if file.thumb_key else "",
        "size": telling.size(file),
        "pages": file.pages,
        "at": file.received_at,
        "who": f"{t(f'word.role.{file.role}')} ({registry.name(file.source, language())})",
        "sha256": file.sha256,
        "slips": [slip_named(slip.bank, slip.reference) for slip in file.slips],
        **looked_into(file),
    }


def looked_into(file: Attachment) -> dict[str, str]:
    """The short word on a file that cannot be opened, with its tone, and what must be known before it is opened."""
    stopped = file.verdict in TONES
    return {
        "state": t(f"file.state.{file.verdict}") if stopped else "",
        "tone": TONES.get(file.verdict, ""),
        "note": threat(file) or (t(f"file.flaw.{file.flaw}") if file.flaw else ""),
        "unscanned": t("file.unscanned") if file.verdict == UNSCANNED else "",
    }


def threat(file: Attachment) -> str:
    """Why a file is in quarantine; nothing for any other."""
    if not file.threat:
        return ""
    return t("file.threat_bomb") if file.threat == BOMB else t("file.threat_virus", name=file.threat)


def slip_named(bank: str, reference: str) -> str:
    """A transfer slip in one line."""
    return t("file.slip", bank=bank_named(bank, language()), reference=reference)
