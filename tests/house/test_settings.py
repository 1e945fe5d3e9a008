"""Settings are read at the assembly points and handed around; elsewhere `config` may only name a type."""

from __future__ import annotations

import grimp

PACKAGES = ("classifiers", "complaints", "workers")
ASSEMBLY_POINTS = ("workers.app", "workers.embedded", "workers.maildoor", "workers.postman", "complaints.web.cli")


def test_only_the_assembly_points_import_config() -> None:
    graph = grimp.build_graph(
        *PACKAGES, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )

    readers = graph.find_modules_that_directly_import("config")

    assert [
        name for name in sorted(readers) if not f"{name}.".startswith(tuple(f"{p}." for p in ASSEMBLY_POINTS))
    ] == []
    assert "workers.embedded" in readers
