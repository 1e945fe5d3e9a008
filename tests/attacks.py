"""How many attempts there were to lead the centre inside, and how many did: told at the end of a run that made some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Add up what the tests recorded, whichever worker they ran at."""
    counts = {"attempts": 0, "escapes": 0}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, value in report.user_properties:
                    if name in counts:
                        counts[name] += value
    if counts["attempts"]:
        line = f"{counts['attempts']} attempts to reach inside hosts, {counts['escapes']} escapes"
        terminalreporter.write_line(line)
