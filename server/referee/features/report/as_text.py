"""A report for people: findings with their code, grouped by file, and a summary at the end.

It deliberately knows no terminal: how it looks is a value that it is given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from referee.features.diagnostics import Diagnostic, RelatedDiagnostic
from referee.features.report.paint import BLUE, BOLD, DIM, GREEN, Look, shown_width
from referee.features.report.report import (
    FixedFile,
    Report,
    count_severities,
    counted_severity,
    is_fixable,
    reported_findings,
    severity_words,
)
from referee.features.report.visible import show_line, visible, width_of
from referee.rules.rule import SEVERITIES
from referee.rules.words import counted, listed
from referee.schema.providers import PROVIDER_TITLES
from referee.text.lines import LineIndex, Range

# Beyond these, a summary tells more by code, and single things are left to `--verbose`.
_MANY_FINDINGS = 8
_MANY_PLACES = 6
_MANY_FIXES = 10
_MANY_NAMES = 3
# In a pipe nothing is wrapped, but a line of generated code would hide the rest.
_WIDEST_LINE = 160


def report_as_text(report: Report, look: Look, *, is_about_migrations: bool = False) -> str:
    """Return the report as text that ends with a summary.

    One about migrations says which were judged, and what was not done.
    """
    found = [reported.diagnostic for reported in reported_findings(report)]
    frames = _Frames(report.texts, look)
    lines: list[str] = []
    for path, group in groupby(found, key=lambda diagnostic: diagnostic.path):
        lines += _file(path, list(group), frames, look)
    if report.fixed:
        lines += _fixed(report.fixed, look)
    if len(found) > _MANY_FINDINGS:
        lines += _codes(found, look)
    if is_about_migrations or look.is_verbose:
        lines += _migrations(report, look)
    lines.append(summary(report, look, is_about_migrations=is_about_migrations))
    return "\n".join(lines) + "\n"


def summary(report: Report, look: Look, *, is_about_migrations: bool = False) -> str:
    """Return the last line: how much was judged, and how much there is to tell about it."""
    found = [reported.diagnostic for reported in reported_findings(report)]
    not_judged = ""
    models = sum(schema.models for schema in report.schemas)
    files = sum(len(schema.files) for schema in report.schemas)
    judged = f"{counted(models, 'model')} in {counted(files, 'file')}"
    if len(report.schemas) > 1:
        judged += f" of {len(report.schemas)} schemas"
    if is_about_migrations:
        number = sum(each.migrations.count for each in report.schemas if each.migrations)
        judged = f"{counted(number, 'migration')} for {judged}"
        not_judged = _not_judged(report)
    words = [
        look.severity(severity, counted_severity(number, severity))
        for severity, number in count_severities(found).items()
        if number
    ]
    not_run = max((schema.rules_not_run for schema in report.schemas), default=0)
    is_whole = not not_run and not any(schema.fields_not_judged for schema in report.schemas)
    nothing = look.painted("no findings", GREEN) if is_whole and not not_judged else "no findings"
    line = f"{judged}: {', '.join(words) or nothing}"
    if not_run:
        line += f", but {counted(not_run, 'rule')} did not run without a known provider"
    if not_judged:
        line += f", {'and' if not_run else 'but'} {not_judged}"
    fixable = sum(is_fixable(each) for each in found)
    if fixable:
        line += f"; {look.painted(f'{fixable} fixable with --fix', GREEN)}"
    return f"{line}; {report.known} known from the baseline" if report.known else line


def _not_judged(report: Report) -> str:
    """Return what was not judged of migrations, as the end of a sentence; of each schema once."""
    found = [each.migrations for each in report.schemas if each.migrations]
    phrases = dict.fromkeys(each.not_judged for each in found if each.not_judged)
    if len(report.schemas) == 1:
        return "".join(phrases)
    return " and ".join(
        f"{phrase} ({listed([each.root for each in found if each.not_judged == phrase], 2)})"
        for phrase in phrases
    )


def _migrations(report: Report, look: Look) -> Iterator[str]:
    """Yield which migrations of each schema count as not released, and what was not done.

    What is to be said of every one of several schemas is said once, behind them.
    """
    told = [
        (schema, schema.migrations)
        for schema in report.schemas
        if schema.migrations is not None and (schema.migrations.count or schema.migrations.remarks)
    ]
    shared = [
        remark
        for remark in (told[0][1].remarks if len(told) > 1 else ())
        if all(remark in judged.remarks for _, judged in told)
    ]
    for schema, judged in told:
        number = len(judged.unreleased)
        line = f"{judged.root}: {counted(judged.count, 'migration')}"
        if len(told) > 1:
            titles = (title for name, title in PROVIDER_TITLES.items() if name == schema.provider)
            line += "".join(f" for {title}" for title in titles)
        if number == judged.count and number > 1:
            line += ", all of them judged as not released"
        elif number:
            shown = listed(judged.unreleased, _MANY_NAMES)
            line += f", {number} of them not released" + (
                f" since `{judged.base}`: {shown}" if judged.base else f": {shown}"
            )
        elif judged.count:
            line += f", all of them released with `{judged.base}`" if judged.base else ""
        if len(told) > 1:
            line += f"; {severity_words(schema.findings) or 'no findings'}"
        yield look.prose(visible(line))
        yield from _notes((each for each in judged.remarks if each not in shared), look)
    yield from _notes(shared, look)


def _notes(remarks: Iterable[str], look: Look) -> Iterator[str]:
    for remark in remarks:
        first, *rest = look.wrapped(remark, 6)
        yield f"{look.painted('note:', BOLD)} {look.prose(visible(first))}"
        for more in rest:
            yield "      " + look.prose(visible(more))


# --- One file ------------------------------------------------------------------------------------


def _file(path: str, findings: Sequence[Diagnostic], frames: _Frames, look: Look) -> Iterator[str]:
    yield _heading(look.painted(visible(path), BOLD), severity_words(findings), look)
    yield ""
    gutter = len(str(max(each.range.end.line for each in findings) + 1))
    for finding in findings:
        yield from _finding(finding, gutter, frames, look)
        yield ""


def _heading(title: str, counts: str, look: Look) -> str:
    rule = look.painted("━━", BLUE)
    if look.width is None:
        return f"{rule} {title} {rule} {counts}"
    room = max(2, look.width - shown_width(title) - len(counts) - 5)
    return f"{rule} {title} {look.painted('━' * room, BLUE)} {counts}"


def _finding(finding: Diagnostic, gutter: int, frames: _Frames, look: Look) -> Iterator[str]:
    lead = len(finding.severity) + 2
    first, *rest = look.wrapped(visible(finding.message), lead)
    yield f"{look.severity(finding.severity)}  {look.prose(first)}"
    for line in rest:
        yield " " * lead + look.prose(line)
    margin = " " * (gutter + 1)
    place = _place(finding.path, finding.range)
    code = look.severity(finding.severity, finding.code)
    yield f"{margin}{look.painted('╭─', BLUE)} {code} {look.painted('─', BLUE)} {place}"
    yield from frames.frame(finding, gutter)
    notes = [_related(each) for each in finding.related if frames.is_worth_showing(each, finding)]
    if len(notes) > _MANY_PLACES and not look.is_verbose:
        left = len(notes) - _MANY_PLACES + 1
        notes = [*notes[: _MANY_PLACES - 1], f"{left} more places; --verbose shows them"]
    notes += _help(finding, look)
    for number, note in enumerate(notes):
        is_last = number == len(notes) - 1
        yield from _note(note, margin, is_last, look)


def _note(note: str, margin: str, is_last: bool, look: Look) -> Iterator[str]:
    first, *rest = look.wrapped(note, len(margin) + 3)
    branch = look.painted("╰─" if is_last else "├─", BLUE)
    below = " " if is_last else look.painted("│", BLUE)
    yield f"{margin}{branch} {_note_text(first, look)}"
    for line in rest:
        yield f"{margin}{below}  {look.prose(line)}"


def _note_text(text: str, look: Look) -> str:
    for word in ("fix:", "help:"):
        if text.startswith(word):
            style = GREEN if word == "fix:" else "1;36"
            return look.painted(word, style) + look.prose(text[len(word) :])
    return look.prose(text)


def _related(related: RelatedDiagnostic) -> str:
    return f"{_place(related.path, related.range)} {visible(related.message)}"


def _help(finding: Diagnostic, look: Look) -> Iterator[str]:
    """Yield the best fix; `fix` is what `--fix` makes, `help` what somebody has to decide."""
    if not finding.fixes:
        return
    word = "fix" if is_fixable(finding) else "help"
    best, *others = finding.fixes
    if look.is_verbose:
        yield f"{word}: {best.title}"
        for fix in others:
            yield f"or: {fix.title}"
    else:
        also = f" (or {counted(len(others), 'other way')})" if others else ""
        yield f"{word}: {best.title}{also}"


def _place(path: str, span: Range) -> str:
    return f"{visible(path)}:{span.start.line + 1}:{span.start.column + 1}"


def _is_same_place(related: RelatedDiagnostic, finding: Diagnostic) -> bool:
    return (related.path, related.range) == (finding.path, finding.range)


# The line that declares what the sentence has named already says nothing more.
_DECLARATION = re.compile(r"\s*(?:model|view|type|enum)\s+\w+\s*\{")


class _Frames:
    """Shows lines of files; it keeps the lines of the files that it was asked for."""

    def __init__(self, texts: Mapping[str, str], look: Look) -> None:
        self.texts = texts
        self.look = look
        self.indexes: dict[str, LineIndex] = {}

    def index(self, path: str) -> LineIndex | None:
        """Return the lines of a file; None if its text is not known."""
        text = self.texts.get(path)
        if text and path not in self.indexes:
            self.indexes[path] = LineIndex(text)
        return self.indexes.get(path)

    def is_worth_showing(self, related: RelatedDiagnostic, finding: Diagnostic) -> bool:
        """Tell whether a place adds something to the sentence and the line shown for it."""
        if self.look.is_verbose:
            return True
        index = self.index(related.path)
        line = "" if index is None else index.line(related.range.start.line)
        return not _is_same_place(related, finding) and not _DECLARATION.match(line)

    def frame(self, finding: Diagnostic, gutter: int) -> Iterator[str]:
        """Yield the first line of what is meant, underlined, and the last if it is another."""
        index = self.index(finding.path)
        if index is None:
            return
        start, end = finding.range
        if end.column == 0 and end.line > start.line:
            end = index.position(index.offset(end) - 1)
        one_line = start.line == end.line
        line = index.line(start.line)
        yield from self.line(
            start.line, line, start.column, end.column if one_line else len(line), gutter, finding
        )
        if not one_line:
            if end.line > start.line + 1:
                yield f"{' ' * gutter} {self.look.painted('┆', BLUE)}"
            last = index.line(end.line)
            indentation = len(last) - len(last.lstrip())
            yield from self.line(end.line, last, indentation, end.column, gutter, finding)

    def line(
        self, number: int, line: str, start: int, end: int, gutter: int, finding: Diagnostic
    ) -> Iterator[str]:
        look = self.look
        room = (look.width or _WIDEST_LINE) - gutter - 4
        window = show_line(line, start, end, room)
        bar = look.painted("│", BLUE)
        shown = look.painted(f"{number + 1:>{gutter}}", BLUE)
        yield f"{shown} {bar}  {window.text}".rstrip()
        mark = "━" * max(1, window.end - window.start)
        mark = " " * window.start + look.severity(finding.severity, mark)
        label = self.label(finding, room - shown_width(mark) - 1)
        yield f"{' ' * gutter} {bar}  {mark}{label}"

    def label(self, finding: Diagnostic, room: int) -> str:
        """Return what is to be told of the very place of a finding, if it fits beside the mark."""
        for related in finding.related:
            text = visible(related.message)
            if _is_same_place(related, finding) and width_of(text) <= room:
                return " " + self.look.prose(text)
        return ""


# --- The end -------------------------------------------------------------------------------------


def _fixed(fixed: Iterable[FixedFile], look: Look) -> Iterator[str]:
    files = list(fixed)
    number = sum(len(file.fixes) for file in files)
    yield _heading(look.painted("Fixed", BOLD), counted(number, "finding"), look)
    yield ""
    for file in files:
        yield f"{counted(len(file.fixes), 'fix', 'fixes'):>9}  {visible(file.path)}"
        shown = len(file.fixes) if look.is_verbose or number <= _MANY_FIXES else 0
        for fix in file.fixes[:shown]:
            model = f"`{fix.model}`: " if fix.model else ""
            yield f"           {look.prose(model + fix.title)}"
    yield ""


def _codes(findings: Sequence[Diagnostic], look: Look) -> Iterator[str]:
    """Yield how many findings there are of each code, the most severe and frequent first."""
    counts = Counter((SEVERITIES.index(each.severity), each.code) for each in findings)
    fixable = Counter(
        (SEVERITIES.index(each.severity), each.code) for each in findings if is_fixable(each)
    )
    if len(counts) < 2:
        return
    yield _heading(look.painted("By code", BOLD), counted(len(findings), "finding"), look)
    yield ""
    widest = max(width_of(code) for _, code in counts)
    for key, number in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        severity = SEVERITIES[key[0]]
        count = look.severity(severity, f"{number:>5}")
        note = look.painted(f"{fixable[key]} fixable", DIM) if fixable[key] else ""
        yield f"{count}  {key[1]:<{widest}}  {severity:<11}  {note}".rstrip()
    yield ""
