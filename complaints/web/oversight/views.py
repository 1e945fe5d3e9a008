"""The oversight face: importing its modules hangs their views on the blueprint."""

from __future__ import annotations

from complaints.web.oversight import (
    acknowledgement,
    agencies,
    classifier,
    dashboard,
    exports,
    floor,
    macros,
    pages,
    playbooks,
    quality,
    replies,
    warnings,
)
from complaints.web.oversight.face import blueprint

MODULES = (
    acknowledgement,
    agencies,
    classifier,
    dashboard,
    exports,
    floor,
    macros,
    pages,
    playbooks,
    quality,
    replies,
    warnings,
)
__all__ = ["MODULES", "blueprint"]
