"""Every raw mail of the corpus is heard as its index says, and every file in it comes out byte for byte.

`corpus/GROUP/expected.yaml` names for each mail why it is there and what must be heard. What the index does not say is
expected to be the usual: words of a person in Thai, nothing folded, no file.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from complaints.channels.mime.read import read
from complaints.domain.channel import Raw, Unreadable
from tests.centre import make_settings

if TYPE_CHECKING:
    from complaints.domain.channel import Heard

CORPUS = Path(__file__).parent / "corpus"
INDEX: dict[str, dict[str, Any]] = {
    f"{path.parent.name}/{name}": expected
    for path in sorted(CORPUS.glob("*/expected.yaml"))
    for name, expected in yaml.safe_load(path.read_text("utf-8")).items()
}
USUAL = {"folded": "", "files": [], "kind": "words", "about": "", "quiet": False, "language": "th", "tokens": []}
ENOUGH = 120


def hear(name: str, folder: Path) -> Heard:
    body = (CORPUS / f"{name}.eml").read_bytes()
    raw = Raw("email", "1212@centre.example", body, {}, datetime(2026, 11, 20, tzinfo=UTC))
    (heard,) = read(raw, make_settings(folder, "sqlite://"))
    return heard


def told(heard: Heard) -> dict[str, Any]:
    """What was heard, in the words of the index."""
    files = [
        {"name": file.name, "size": len(file.content), "sha256": hashlib.sha256(file.content).hexdigest()}
        | ({"inline": True} if file.inline else {})
        for file in heard.files
    ]
    return {
        "sender": heard.sender,
        "name": heard.name,
        "subject": heard.subject,
        "text": heard.text,
        "folded": heard.folded,
        "files": files,
        "kind": heard.kind.value,
        "about": heard.about,
        "quiet": heard.quiet,
        "language": heard.language,
        "tokens": list(heard.tokens),
        "references": list(heard.references),
    }


def test_every_mail_is_in_the_index() -> None:
    assert sorted(INDEX) == sorted(f"{path.parent.name}/{path.stem}" for path in CORPUS.glob("*/*.eml"))
    assert len(INDEX) >= ENOUGH


@pytest.mark.parametrize("name", INDEX)
def test_a_mail_is_heard_as_its_index_says(tmp_path: Path, name: str) -> None:
    expected = {key: value for key, value in INDEX[name].items() if key != "why"}
    if "unreadable" in expected:
        with pytest.raises(Unreadable, match=expected["unreadable"]):
            hear(name, tmp_path)
        return
    heard = told(hear(name, tmp_path))
    if "references" not in expected:
        del heard["references"]
    assert heard == USUAL | expected
