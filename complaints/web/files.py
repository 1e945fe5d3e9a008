"""Evidence on its way to a browser: a drawn-anew copy to look at, or the original to keep, never run as anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import send_from_directory

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Response

    from complaints.domain.message import Attachment

HARMLESS = "default-src 'none'; sandbox"


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
