"""A report as workflow commands, which GitHub Actions turns into annotations of a pull request.

It deliberately has no summary: what is no command is only noise in the log.
"""

from __future__ import annotations

from referee.features.diagnostics import Diagnostic
from referee.features.report.report import Report, reported_findings
from referee.rules.rule import Severity

_COMMANDS: dict[Severity, str] = {
    "error": "error",
    "warning": "warning",
    "information": "notice",
    "hint": "notice",
}


def report_as_github(report: Report) -> str:
    """Return the findings as workflow commands, a line each; empty if there are none."""
    return "".join(_command(reported.diagnostic) + "\n" for reported in reported_findings(report))


def _command(found: Diagnostic) -> str:
    start, end = found.range
    properties: dict[str, object] = {
        "title": found.code,
        "file": found.path,
        "line": start.line + 1,
        "endLine": end.line + 1,
    }
    # GitHub takes columns only for what lies on one line.
    if start.line == end.line:
        properties["col"] = start.column + 1
        properties["endColumn"] = end.column + 1
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[found.severity]} {written}::{_text(_message(found))}"


def _message(found: Diagnostic) -> str:
    if not found.fixes:
        return found.message
    best = found.fixes[0]
    return f"{found.message}\n{'Fix' if best.is_safe else 'Possible fix'}: {best.title}"


def _text(text: str) -> str:
    """Escape the text of a command, in which a line end would end it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a command, in which a comma or colon would end it as well."""
    return _text(text).replace(":", "%3A").replace(",", "%2C")
