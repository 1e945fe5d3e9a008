"""The faces ask little of a database: of their tests PostgreSQL runs all, SQLite those of rights.

PostgreSQL is the stricter of the two. Services, channels, workers and what a browser does run on both;
`OCC_DATABASES=all pytest tests/web` runs these on both too.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
ON_BOTH = ("test_rights.py",)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what PostgreSQL runs as well."""
    if os.environ.get("OCC_DATABASES") == "all":
        return
    names = {item.nodeid for item in items}
    twice = {name for name in names if "sqlite" in name and name.replace("sqlite", "postgresql", 1) in names}
    left_out = [
        item for item in items if item.nodeid in twice and item.path.parent == HERE and item.path.name not in ON_BOTH
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
