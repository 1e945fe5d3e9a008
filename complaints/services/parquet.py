"""A table in Parquet, made by DuckDB in a process of its own: neither the web nor a worker carries that library."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

DATES = ("received_on", "answered_on", "counted_on")
NUMBERS = ("cases", "due", "solved")


def write(table: Path, out: Path) -> None:
    """Read a CSV file and write it as Parquet; empty cells are null."""
    with table.open(encoding="utf-8") as file:
        names = file.readline().strip().split(",")
    kinds = {name: "DATE" if name in DATES else "INTEGER" if name in NUMBERS else "VARCHAR" for name in names}
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": "1",
    }
    with duckdb.connect(config=settings) as base:
        rows = base.read_csv(str(table), header=True, columns=kinds, na_values="")
        rows.write_parquet(str(out), compression="zstd")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
