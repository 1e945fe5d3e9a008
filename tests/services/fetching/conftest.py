"""A fresh hostile world for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.fetching.hostile import Server, World

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> Iterator[World]:
    """The hostile server is public there; the sentinel is inside and must hear nothing."""
    with Server() as hostile, Server() as sentinel:
        yield World(hostile, sentinel)
