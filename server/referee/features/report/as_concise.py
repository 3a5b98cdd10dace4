"""A report with a line a finding, for editors and `grep`: `path:line:col: severity code message`.

It deliberately has no summary, so that every line of it is a finding.
"""

from __future__ import annotations

from referee.features.report.report import Report, reported_findings
from referee.features.report.visible import visible


def report_as_concise(report: Report) -> str:
    """Return the findings, a line each; empty if there are none."""
    lines: list[str] = []
    for reported in reported_findings(report):
        found = reported.diagnostic
        line, column = found.range.start
        place = f"{found.path}:{line + 1}:{column + 1}"
        lines.append(visible(f"{place}: {found.severity} {found.code} {found.message}") + "\n")
    return "".join(lines)
