"""Evidence on its way to a browser: a drawn-anew copy to look at, or the original to keep, never run as anything."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import send_file, send_from_directory

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Response

    from complaints.domain.inbound import RawMessage
    from complaints.domain.message import Attachment

EMAIL = "email"
HARMLESS = "default-src 'none'; sandbox"


def send_original(raw: RawMessage) -> Response:
    """A message as it came, as a download."""
    ending = "eml" if raw.channel == EMAIL else "txt"
    answer = send_file(
        io.BytesIO(raw.body),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{raw.channel}-{raw.id}.{ending}",
    )
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def send_file_of(attachment: Attachment, folder: Path, *, original: bool = False) -> Response:
    """The shown copy if there is one, otherwise (or when asked) the original as a download under its own name."""
    if attachment.shown_key and not original:
        answer = send_from_directory(folder / "shown", attachment.shown_key, mimetype="image/webp")
    else:
        answer = send_from_directory(
            folder / "original",
            attachment.stored_key,
            mimetype="application/octet-stream",
            as_attachment=True,
            download_name=attachment.file_name,
        )
    answer.headers["Content-Security-Policy"] = HARMLESS
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
