"""`referee explain CODE`: the page of a code or family, made readable for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from referee.cli.arguments import Arguments
from referee.cli.errors import CLEAN, UsageError, did_you_mean
from referee.cli.markdown import render
from referee.cli.selection import known_names, whole_catalogue
from referee.cli.terminal import allow_colours, wants_colours, width_to_wrap, write_out
from referee.features.report.addresses import documentation_address
from referee.features.report.paint import Look
from referee.rules.catalogue import FAMILY_TITLES, OtherCode
from referee.rules.executed import executed_text
from referee.rules.rule import Family, Rule, Severity

if TYPE_CHECKING:
    from referee.migrations.applied import StatusCode

_FIXES = {"safe": "a safe fix", "unsafe": "a fix that is for you to decide", "none": "no fix"}


def run_explain(arguments: Arguments) -> int:
    """Print the page of a code or of a family, and return the exit code."""
    page = _page_of(arguments.code)
    has_colours = wants_colours(sys.stdout, arguments.color)
    width = width_to_wrap(sys.stdout)
    # A pipe gets the Markdown as it is: programs can show it better than we can guess.
    if width is None and not has_colours:
        write_out(page)
        return CLEAN
    allow_colours(sys.stdout)
    write_out(render(page, Look(has_colours, width or 80)))
    return CLEAN


def _page_of(name: str) -> str:
    """Return the page of what is called so; raises UsageError with the nearest name if nothing is.

    A family may be called what the list of rules is headed with: "Missing indexes".
    """
    for code in whole_catalogue():
        if code.code == name:
            return _page(code)
    for family, title in FAMILY_TITLES.items():
        if name.lower() in (family, title.lower(), title.lower().replace(" ", "-")):
            return _page_of_family(family)
    from referee.migrations.applied import SEVERITY_OF, STATUS_CODES

    for state in STATUS_CODES:
        if state == name:
            return _page_of_state(state, SEVERITY_OF[state])
    known = [*known_names(), *STATUS_CODES]
    meant = did_you_mean(name, known, "; referee rules lists all codes.")
    raise UsageError(f"there is no code `{name}`{meant}")


def _page_of_family(family: Family) -> str:
    """Return the codes of a family as Markdown, each with what it finds."""
    page = f"# {FAMILY_TITLES[family]}\n\nThe family `{family}`.\n\n"
    for code in whole_catalogue():
        if code.family == family:
            page += f"- `{code.code}`: {code.summary}.\n"
    return f"{page}\n`referee explain CODE` says more about one of them.\n"


def _page_of_state(state: StatusCode, severity: Severity) -> str:
    from referee.features.report.status_report import TITLES

    return (
        f"# {state}\n\n{TITLES[state]}.\n\n"
        f"This is no rule about a schema but a state that `referee migrations status` tells of a "
        f"database; {severity}.\nIts page is docs/migrations-status.md.\n"
    )


def _page(code: Rule | OtherCode) -> str:
    """Return the page as Markdown: the code, the facts about it, and its documentation."""
    note = f", {code.severity_note}" if code.severity_note else ""
    severity = f"{code.severity}{note}"
    facts = f"Family `{code.family}`; {severity}; {_FIXES[code.fix_safety]}."
    if not code.is_on:
        facts += "\nOff unless it is switched on."
    page = f"# {code.code}\n\n{facts}\n\n{code.documentation.strip()}\n"
    executed = executed_text(code)
    if executed:
        page += f"\n{executed}\n"
    if isinstance(code, Rule) and code.options:
        page += "\n## Options\n\n"
        page += "".join(
            f"- `{option.name}`, {option.default!r} by default: {option.description}\n"
            for option in code.options
        )
    address = documentation_address(code.code)
    return page if address is None else f"{page}\n{address}\n"
