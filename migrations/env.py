"""Alembic's environment: one engine, one transaction, SQLite in batch mode."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine, pool

from complaints.domain.base import JsonDocument, UtcDateTime
from complaints.domain.tables import metadata
from config import Settings


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:  # noqa: ANN401 - Alembic's signature
    """A migration names plain SQL types: it must run long after the project's own types have changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JsonDocument):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def compare_type(*asked: Any) -> bool | None:  # noqa: ANN401 - Alembic's signature
    """Own types are plain in the database; anything else Alembic compares itself."""
    return False if isinstance(asked[-1], UtcDateTime | JsonDocument) else None


def run() -> None:
    """Migrate the configured database, or print the SQL in offline mode."""
    url = context.config.get_main_option("sqlalchemy.url") or Settings.from_env().database_url
    options: dict[str, Any] = {
        "target_metadata": metadata,
        "render_item": render_item,
        "compare_type": compare_type,
        "render_as_batch": True,
    }
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()


run()
