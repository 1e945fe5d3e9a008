"""Migrations go up, down and up again on both databases, and make exactly what the models say, CHECKs included."""

from __future__ import annotations

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from complaints.domain.tables import metadata
from complaints.web.cli import database
from config import Settings


def _checks(engine: Engine) -> dict[str, set[tuple[str, str]]]:
    """Every CHECK by table: its name and its condition without white space."""
    inspector = inspect(engine)
    return {
        table: {
            (str(check["name"]), re.sub(r"\s+", "", str(check["sqltext"])))
            for check in inspector.get_check_constraints(table)
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def _of_the_models(name: str | None, _kind: str, _parents: object) -> bool:
    """The search's index is of another making in each database: no model can say it, the search's own tests use it."""
    return name is None or not name.startswith("search_grams")


def test_up_down_up(database_url: str) -> None:
    url = Settings.from_env({"DATABASE_URL": database_url}).database_url
    database.upgrade(url)
    assert database.current(url) == database.head()
    database.downgrade(url, "base")
    assert database.current(url) is None
    database.upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == 0
    engine.dispose()


def test_migrations_make_what_the_models_say(database_url: str) -> None:
    url = Settings.from_env({"DATABASE_URL": database_url}).database_url
    database.upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        options = {"compare_type": False, "include_name": _of_the_models}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
    assert differences == []
    migrated = _checks(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    database_tables = list(reversed(metadata.sorted_tables))
    metadata.drop_all(engine, tables=database_tables)
    metadata.create_all(engine)
    assert migrated == _checks(engine)
    engine.dispose()
