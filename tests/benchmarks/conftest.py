"""What several measurements stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.centre import TEMPLATE, make_app, make_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from tests.servers import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def bases(request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer) -> Iterator[list[Flask]]:
    """One application for each of the module's `SIZES`, each with a filled database of its own."""
    sizes = request.module.SIZES
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        urls = []
        for size in sizes:
            path = tmp_path / f"{size}.sqlite3"
            path.write_bytes(template.read_bytes())
            urls.append(f"sqlite:///{path}")
    else:
        urls = [postgres.create_database(f"bench_{size}", template=TEMPLATE) for size in sizes]
    yield [make_app(make_settings(tmp_path, url)) for url in urls]
    if request.param == "postgresql":
        for size in sizes:
            postgres.drop_database(f"bench_{size}")
