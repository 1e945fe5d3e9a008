"""The agreement as a PDF in Thai and English, and the answer that hands it out."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import send_file

from complaints.domain.thai_time import show_datetime
from complaints.domain.wording import LANGUAGES, say
from complaints.services.mediation import papers
from complaints.web.files import HARMLESS
from complaints.web.paper import TITLE, Paper

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from complaints.domain.mediation import Mediation
    from complaints.services.mediation.papers import Agreed


def agreement_pdf(found: Agreed) -> bytes:
    """Thai first; each language says the same, and both stand under the one hash."""
    title = say("mediation.paper_title", "th", number=found.number)
    sheet = Paper(title, f"{found.centre['th']} · {title}", found.accepted_at)
    for language in LANGUAGES:
        if language != LANGUAGES[0]:
            sheet.add_page()
        sheet.words(found.centre[language], soft=True)
        sheet.words(say("mediation.paper_title", language, number=found.number), TITLE, bold=True)
        sheet.ln(10)
        sheet.words(found.text[language])
        sheet.heading(say("mediation.paper_how", language))
        sheet.facts(
            [
                (say("mediation.paper_offered", language), _who(found.offered_by, found.offered_at, language)),
                (say("mediation.paper_accepted", language), _who(found.accepted_by, found.accepted_at, language)),
                ("SHA-256", found.sha256),
            ]
        )
        sheet.ln(10)
        sheet.words(say("mediation.paper_note", language), soft=True)
    return bytes(sheet.output())


def _who(side: str, at: datetime, language: str) -> str:
    return f"{say(f'mediation.who.{side}', language)} · {show_datetime(at, language)}"


def hand_out(session: Session, mediation: Mediation) -> Response:
    """The same bytes for everybody who may see the mediation."""
    paper, number = papers.get(session, mediation), mediation.case.number
    answer = send_file(
        io.BytesIO(paper.content), "application/pdf", as_attachment=True, download_name=f"agreement-{number}.pdf"
    )
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
