"""Files as a browser sends them: each brought to the store by itself, each refusal in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from complaints.domain.errors import FileRefused, StoreAway
from complaints.services.evidence.keeping import seal
from complaints.services.evidence.kinds import Upload, words_of
from complaints.web.citizen.face import settings
from complaints.web.errors import STATUS, sentence
from complaints.web.files import store
from complaints.web.guard import now
from complaints.web.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import FileStorage

    from complaints.services.evidence.kinds import Limits


def seal_each(files: Iterable[FileStorage], limits: Limits) -> tuple[list[Upload], list[str], int]:
    """The files that are kept now, the sentences about the others, and the status of an answer that tells them.

    When the store is away, the rest is not tried: every file would wait for it anew.
    """
    sealed: list[Upload] = []
    refused: list[str] = []
    for file in files:
        if not file.filename:
            continue
        try:
            sealed.append(seal(Upload(file.filename, file.read()), limits, store(), now()))
        except FileRefused as error:
            refused.append(sentence(error))
        except StoreAway as error:
            return sealed, [*refused, sentence(error)], STATUS[error.code]
    return sealed, refused, 422


def kinds_taken() -> str:
    """Which kinds of files may come, in words."""
    return " ".join(t(f"file.kind.{kind}") for kind in words_of(settings().file_kinds)).rstrip(",")
