"""`referee explain CODE`: the page of a code, made readable for a terminal."""

from __future__ import annotations

import sys

from referee.cli.arguments import Arguments
from referee.cli.errors import CLEAN, UsageError, did_you_mean
from referee.cli.markdown import render
from referee.cli.selection import whole_catalogue
from referee.cli.terminal import allow_colours, wants_colours, width_to_wrap, write_out
from referee.features.report.addresses import documentation_address
from referee.features.report.paint import Look
from referee.rules.catalogue import OtherCode
from referee.rules.executed import executed_text
from referee.rules.rule import Rule
from referee.rules.words import listed

_FIXES = {"safe": "a safe fix", "unsafe": "a fix that is for you to decide", "none": "no fix"}


def run_explain(arguments: Arguments) -> int:
    """Print the page of the code, and return the exit code."""
    code = next((each for each in whole_catalogue() if each.code == arguments.code), None)
    if code is None:
        family = [each.code for each in whole_catalogue() if each.family == arguments.code]
        if family:
            raise UsageError(f"`{arguments.code}` is the family of {listed(family, 20)}.")
        known = [each.code for each in whole_catalogue()]
        meant = did_you_mean(arguments.code, known, "; referee rules lists all codes.")
        raise UsageError(f"there is no code `{arguments.code}`{meant}")
    page = _page(code)
    has_colours = wants_colours(sys.stdout, arguments.color)
    width = width_to_wrap(sys.stdout)
    # A pipe gets the Markdown as it is: programs can show it better than we can guess.
    if width is None and not has_colours:
        write_out(page)
        return CLEAN
    allow_colours(sys.stdout)
    write_out(render(page, Look(has_colours, width or 80)))
    return CLEAN


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
