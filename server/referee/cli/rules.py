"""`referee rules`: the list of all codes, as a table or for programs."""

from __future__ import annotations

import sys

from referee.cli.arguments import Arguments
from referee.cli.errors import CLEAN
from referee.cli.selection import whole_catalogue
from referee.cli.terminal import allow_colours, wants_colours, write_out
from referee.features.report.addresses import documentation_address
from referee.features.report.paint import BOLD, DIM, Look


def run_rules(arguments: Arguments) -> int:
    """Print the list, and return the exit code."""
    if arguments.format == "json":
        write_out(_as_json())
        return CLEAN
    has_colours = wants_colours(sys.stdout, arguments.color)
    if has_colours:
        allow_colours(sys.stdout)
    write_out(_as_table(Look(has_colours)))
    return CLEAN


def _as_json() -> str:
    import json

    rules: list[dict[str, object]] = []
    for code in whole_catalogue():
        rule: dict[str, object] = {
            "code": code.code,
            "family": code.family,
            "severity": code.severity,
            "severityNote": code.severity_note,
            "on": code.is_on,
            "fix": code.fix_safety,
            "summary": code.summary,
            "docs": documentation_address(code.code),
        }
        rules.append({key: value for key, value in rule.items() if value not in (None, "")})
    return json.dumps({"version": 1, "rules": rules}, indent=2, ensure_ascii=False) + "\n"


def _as_table(look: Look) -> str:
    """Return a table for each family, whose columns stand below each other in all of them."""
    code_width = max(len(code.code) for code in whole_catalogue())
    severity_width = max(len(code.severity) for code in whole_catalogue())
    lines: list[str] = []
    for family in dict.fromkeys(code.family for code in whole_catalogue()):
        lines.append(look.painted(family, BOLD))
        for code in whole_catalogue():
            if code.family != family:
                continue
            severity = code.severity if code.is_on else "off"
            padding = " " * (severity_width - len(severity))
            painted = (
                look.severity(code.severity, severity) if code.is_on else look.painted("off", DIM)
            )
            fix = "" if code.fix_safety == "none" else f"{code.fix_safety} fix"
            name = f"{code.code:<{code_width}}"
            lines.append(f"  {name}  {painted}{padding}  {fix:<10}  {code.summary}".rstrip())
        lines.append("")
    lines.append("referee explain CODE says more about one of them.")
    return "\n".join(lines) + "\n"
