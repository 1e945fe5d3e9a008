"""The first guess at the kind of problem never stands in anybody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifiers.model import Router
from complaints.web.suggest import Suggester

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STORY = "โอนเงินซื้อหูฟังในเพจเฟซบุ๊กแล้วเขาบล็อก ติดต่อไม่ได้เลย"


def test_no_model_no_guess(tmp_path: Path) -> None:
    assert Suggester().suggest(tmp_path / "none", STORY) is None
    assert Suggester().suggest(tmp_path, STORY) is None


def test_a_broken_model_makes_no_guess_and_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").write_bytes(b"broken")
    tries: list[Path] = []

    def fail(folder: Path) -> Router:
        tries.append(folder)
        raise ValueError

    monkeypatch.setattr(Router, "load", fail)
    suggester = Suggester()
    assert suggester.suggest(tmp_path, STORY) is None
    assert suggester.suggest(tmp_path, STORY) is None
    assert len(tries) == 1


def test_a_real_model_guesses(model_dir: Path) -> None:
    suggester = Suggester()
    guess = suggester.suggest(model_dir, STORY)
    assert guess is None or 0.45 <= guess.confidence <= 1
    assert suggester.suggest(model_dir, "สั้น") is None


def test_nobody_waits_for_another_threads_loading(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"x")
    suggester = Suggester()
    with suggester.lock:
        assert suggester.suggest(tmp_path, STORY) is None
