"""The sealed paper of a letter on its way to a browser: the very bytes that were mailed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import send_file

from complaints.db import let_go
from complaints.domain.errors import NotFound
from complaints.services.evidence.stores import ORIGINAL, Missing
from complaints.services.official import issuing
from complaints.web.files import HARMLESS, store

if TYPE_CHECKING:
    from flask import Response

    from complaints.domain.referral_letter import ReferralLetter


def send_letter(letter: ReferralLetter) -> Response:
    """The paper of a letter, if it is sealed."""
    key, name = letter.stored_key, issuing.file_name(letter)
    if not key:
        raise NotFound(what="letter")
    let_go()
    try:
        content = store().get(f"{ORIGINAL}/{key}")
    except Missing:
        raise NotFound(what="file") from None
    answer = send_file(io.BytesIO(content), issuing.PDF, as_attachment=True, download_name=name)
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
