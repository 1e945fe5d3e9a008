"""The citizen face: importing its modules hangs their views on the blueprint."""

from __future__ import annotations

from complaints.web.citizen import (
    advice,
    agencies,
    casepage,
    chat,
    figures,
    opendata,
    pages,
    receipt,
    report,
    steps,
    track,
)
from complaints.web.citizen.face import blueprint

MODULES = (advice, agencies, casepage, chat, figures, opendata, pages, receipt, report, steps, track)
__all__ = ["MODULES", "blueprint"]
