"""The status of a database as text for people: its migrations, what is wrong, what to do next.

It deliberately knows no terminal: how it looks is a value that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from referee.features.report.paint import BLUE, BOLD, CYAN, DIM, GREEN, RED, YELLOW, Look
from referee.features.report.status_report import (
    TITLES,
    StatusReport,
    ToldStatus,
    all_remarks,
    counts_in_words,
    findings_in_words,
)
from referee.features.report.visible import visible, width_of
from referee.migrations.applied import MigrationState, NextStep, State

_SIGNS: dict[State, tuple[str, str]] = {
    "applied": ("✓", GREEN),
    "pending": ("○", YELLOW),
    "failed": ("✗", RED),
    "running": ("…", CYAN),
    "rolled-back": ("↩", YELLOW),
}
# Of a long history the plain part in the middle is left out.
_PLAIN_AT_END = 3
_WORTH_SHORTENING = 12
_MOST_ALIKE = 20


def status_as_text(report: StatusReport, look: Look) -> str:
    """Return the whole status, which ends with a summary."""
    lines = [*_head(report, look), ""]
    lines += _migrations(report.status.migrations, look)
    if report.status.migrations:
        lines.append("")
    for _, group in groupby(report.findings, key=lambda told: told.finding.code):
        lines += _group(list(group), look)
        lines.append("")
    for remark in all_remarks(report):
        for line in look.wrapped(visible(remark), 0):
            lines.append(look.painted(line, DIM))
    lines.append(_summary(report, look))
    return "\n".join(lines) + "\n"


def finding_line(told: ToldStatus, look: Look) -> str:
    """Return a finding as one line, for a log."""
    finding = told.finding
    severity = look.severity(finding.severity)
    where = f" {_place(told)}" if told.path is not None else ""
    return f"{severity} {finding.code}{where}: {look.prose(visible(finding.message))}"


def _head(report: StatusReport, look: Look) -> Iterator[str]:
    yield f"{look.painted('Database', BOLD)}    {look.prose(visible(str(report.database)))}"
    yield f"{look.painted('Migrations', BOLD)}  {visible(report.folder)}"
    yield f"{look.painted('Schema', BOLD)}      {visible(report.schema)}"


# ---- migrations ----


def _migrations(states: Sequence[MigrationState], look: Look) -> Iterator[str]:
    widest = max((width_of(visible(state.name)) for state in states), default=0)
    shown = list(_shortened(states, look))
    for state in shown:
        if isinstance(state, int):
            yield look.painted(f"  … {state} more, applied", DIM)
        else:
            yield _line(state, widest, look)


def _shortened(states: Sequence[MigrationState], look: Look) -> Iterator[MigrationState | int]:
    """Yield what is shown: all that is not plainly applied, and of that the newest."""
    plain = [state for state in states if _is_plain(state)]
    hidden: set[str] = set()
    if not look.is_verbose and len(plain) > _WORTH_SHORTENING:
        hidden = {state.name for state in plain[:-_PLAIN_AT_END]}
    for is_hidden, group in groupby(states, key=lambda state: state.name in hidden):
        if is_hidden:
            yield len(list(group))
        else:
            yield from group


def _is_plain(state: MigrationState) -> bool:
    return state.state == "applied" and state.is_local and not state.is_edited


def _line(state: MigrationState, widest: int, look: Look) -> str:
    sign, colour = _SIGNS[state.state]
    row = state.row
    when = None
    notes: list[str] = []
    if row is not None:
        when = row.rolled_back_at or row.finished_at or row.started_at
        if row.is_marked:
            notes.append("marked, not run")
    if state.is_edited:
        notes.append("edited since")
    if state.is_missing_here:
        notes.append("not in the folder")
    if state.attempts > 1:
        notes.append(f"{state.attempts} attempts")
    if notes and (state.is_edited or state.is_missing_here):
        sign, colour = "!", YELLOW
    name = visible(state.name)
    pad = " " * (widest - width_of(name))
    words = state.state.replace("-", " ")
    line = f"  {look.painted(sign, colour)} {name}{pad}  {look.painted(f'{words:<11}', colour)}"
    line += f" {_moment(when)}" if when is not None else ""
    if notes:
        line += ("  " if when is not None else " ") + look.painted(", ".join(notes), colour)
    return line.rstrip()


# ---- findings ----


def _group(told: Sequence[ToldStatus], look: Look) -> Iterator[str]:
    """Yield the findings of one code; those after which the same is to be done share that."""
    first = told[0].finding
    code = look.severity(first.severity, first.code)
    rule = look.painted("━━", BLUE)
    number = f" ({len(told)})" if len(told) > 1 else ""
    yield f"{rule} {code}{number}: {look.painted(TITLES[first.code], BOLD)}"
    for steps, group in _alike(told):
        alike = list(group)
        most = len(alike) if look.is_verbose else _MOST_ALIKE
        for each in alike[:most]:
            yield from _finding(each, look)
        if len(alike) > most:
            yield look.painted(f"   {len(alike) - most} more; --verbose shows them", DIM)
        yield from _steps(steps, look)


def _alike(
    told: Iterable[ToldStatus],
) -> Iterator[tuple[tuple[NextStep, ...], Iterable[ToldStatus]]]:
    groups: dict[tuple[NextStep, ...], list[ToldStatus]] = {}
    for each in told:
        groups.setdefault(each.finding.next, []).append(each)
    yield from groups.items()


def _finding(told: ToldStatus, look: Look) -> Iterator[str]:
    first, *rest = look.wrapped(visible(told.finding.message), 3)
    yield f"   {look.prose(first)}"
    for line in rest:
        yield f"   {look.prose(line)}"
    if told.range is not None:
        yield f"     {look.painted('at ' + _place(told), DIM)}"


def _steps(steps: Sequence[NextStep], look: Look) -> Iterator[str]:
    for number, step in enumerate(steps):
        word = "next:" if number == 0 else "  or:" if step.is_choice else "then:"
        first, *rest = look.wrapped(step.what, 9)
        yield f"   {look.painted(word, '1;36')} {first}"
        for line in rest:
            yield f"         {line}"
        for line in (step.command or "").splitlines():
            yield f"         {look.painted('$', DIM)} {look.painted(visible(line), GREEN)}"


def _place(told: ToldStatus) -> str:
    path = visible(told.path or "")
    if told.range is None:
        return path
    return f"{path}:{told.range.start.line + 1}:{told.range.start.column + 1}"


# ---- summary ----


def _summary(report: StatusReport, look: Look) -> str:
    number = len(report.findings)
    words = findings_in_words(number)
    painted = look.painted(words, YELLOW if number else GREEN)
    return f"{counts_in_words(report)}: {painted}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
