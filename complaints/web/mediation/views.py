"""The face of mediation: importing its modules hangs their views on the blueprint."""

from __future__ import annotations

from complaints.web.mediation import operator, own, respondent
from complaints.web.mediation.face import blueprint

MODULES = (operator, own, respondent)
__all__ = ["MODULES", "blueprint"]
