"""The API held against its document with many examples: `pytest -n 0 tests/benchmarks/bench_api.py`; takes hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract import findings

if TYPE_CHECKING:
    from flask import Flask

EXAMPLES = 2_000


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_two_thousand_examples_an_operation_find_nothing(app: Flask) -> None:
    assert findings(app, EXAMPLES, "--continue-on-failure") == ""
