"""The administration face: importing its modules hangs their views on the blueprint."""

from __future__ import annotations

from complaints.web.admin import clients, guide, house, people
from complaints.web.admin.face import blueprint

MODULES = (clients, guide, house, people)
__all__ = ["MODULES", "blueprint"]
