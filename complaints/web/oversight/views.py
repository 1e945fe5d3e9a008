"""The oversight face: importing its modules hangs their views on the blueprint."""

from __future__ import annotations

from complaints.web.oversight import acknowledgement, dashboard, pages, warnings
from complaints.web.oversight.face import blueprint

MODULES = (acknowledgement, dashboard, pages, warnings)
__all__ = ["MODULES", "blueprint"]
