"""The schema: bringing it up to date and knowing whether it is."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool, text


def alembic_config(url: str) -> Config:
    """Alembic's configuration without a file: scripts beside the code, the given database."""
    spec = find_spec("migrations")
    folder = Path(str(spec.origin)).parent if spec and spec.origin else Path("migrations")
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision."""
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema back to a revision."""
    command.downgrade(alembic_config(url), revision)


def head() -> str:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision that the database has; None for an empty one."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def character_type(url: str) -> str:
    """PostgreSQL's `lc_ctype` of the database, or the builtin provider's locale where that rules."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT datlocprovider::text, datctype, to_jsonb(d)->>'datlocale' FROM pg_database d "
                "WHERE datname = current_database()"
            )
        ).one()
    return str(row[2]) if row[0] == "b" and row[2] else str(row[1])
