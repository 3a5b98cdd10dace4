"""Places what was found about migrations on text: in scripts, in the lock file, in the schema.

It deliberately decides nothing about what is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from referee.features.diagnostics import (
    Diagnostic,
    MigrationSubject,
    RelatedDiagnostic,
    as_configured,
)
from referee.features.migration_judging import (
    HAZARDS,
    MigrationOptions,
    ReplayedHistory,
)
from referee.features.placing import Placed, Placer
from referee.features.silencing import Silencer, about_unknown_code, comment_removal
from referee.migrations.findings import (
    AnyPlace,
    FilePlace,
    MigrationFinding,
    MigrationFix,
    ReplaceText,
    WriteFile,
)
from referee.migrations.history import History
from referee.migrations.silences import SqlSilence
from referee.migrations.sql.statements import Span as ScriptSpan
from referee.rules.catalogue import ALL_CODES, family_of
from referee.rules.rule import SEVERITIES, Finding, Fix, Place, Severity
from referee.rules.settings import RuleSettings
from referee.rules.words import listed
from referee.syntax.tree import Span
from referee.text.lines import LineIndex, Position, Range

UNMIGRATED = "unmigrated-change"
# More unmigrated changes than that are told as one.
MOST_CHANGES = 20
_MOST_NAMED = 5
# How severe a hazard may be in a migration that only its age says is not released.
_MOST_FOR_A_GUESS: Severity = "information"
_START = Range(Position(0, 0), Position(0, 0))


class ToldMigration(NamedTuple):
    """A diagnostic and the finding that it tells of, where that is at hand."""

    diagnostic: Diagnostic
    finding: MigrationFinding | None = None


def migration_diagnostics(
    findings: Iterable[MigrationFinding],
    history: History,
    placer: Placer,
    settings: RuleSettings,
    options: MigrationOptions,
    *,
    place_of_folder: Place | None = None,
) -> Iterator[ToldMigration]:
    """Yield the diagnostics of findings that no comment in the schema silences, as configured.

    What is about the folder or the lock file is told there, or where `place_of_folder` says: an
    editor shows neither of them.
    """
    lines = FileLines(history)
    silencer = Silencer(placer)
    scripts = {migration.path for migration in history.migrations}
    for finding in findings:
        place = finding.place
        if place_of_folder is not None and isinstance(place, FilePlace):
            place = place if place.path in scripts else place_of_folder
        placed = _placed(place, placer, lines)
        if placed is None or _is_silent(finding, silencer, placer):
            continue
        for diagnostic in as_configured(settings, _diagnostic(finding, placed, placer, lines)):
            yield ToldMigration(_capped(diagnostic, options), finding)


def silence_diagnostics(
    replayed: ReplayedHistory, history: History, settings: RuleSettings, options: MigrationOptions
) -> Iterator[ToldMigration]:
    """Yield complaints about comments in scripts that silence nothing."""
    lines = FileLines(history)
    for path, silences in replayed.silences.items():
        for silence in silences:
            for finding in _complaints(path, lines.text(path) or "", silence, replayed, options):
                assert isinstance(finding.place, FilePlace)
                span = finding.place.span
                where = silence.span if span is None else span
                stretch = Span(where.start, where.end)
                diagnostic = Diagnostic(
                    finding.code, "tool", finding.severity, finding.message, path, stretch,
                    lines.range(path, stretch),
                    tags=("unnecessary",) if finding.code == "unused-silence" else (),
                    fixes=tuple(Fix(fix.title, (), fix.is_safe) for fix in finding.fixes),
                )  # fmt: skip
                for each in as_configured(settings, diagnostic):
                    yield ToldMigration(each, finding)


def _complaints(
    path: str,
    text: str,
    silence: SqlSilence,
    replayed: ReplayedHistory,
    options: MigrationOptions,
) -> Iterator[MigrationFinding]:
    """Yield what there is to say about one comment, in the words for comments in schemas."""

    def unused(span: ScriptSpan, what: str, *fixes: MigrationFix) -> MigrationFinding:
        place = FilePlace(path, span)
        return MigrationFinding(
            "unused-silence", "hint", f"This comment {what}.", place, fixes=fixes
        )

    if not silence.codes:
        removal = MigrationFix("Remove the comment", (_removal(path, text, silence),), is_safe=True)
        yield unused(silence.span, "names no code, so it silences nothing", removal)
    for number, (code, span) in enumerate(silence.codes):
        if code not in ALL_CODES:
            message, nearest = about_unknown_code(code)
            rename: tuple[MigrationFix, ...] = ()
            if nearest is not None:
                edit = ReplaceText(path, span, nearest)
                rename = (MigrationFix(f"Write `{nearest}`", (edit,), is_safe=False),)
            place = FilePlace(path, span)
            yield MigrationFinding("unknown-code", "warning", message, place, fixes=rename)
        elif options.requires_reasons and not silence.reason:
            yield unused(
                span, "gives no reason, which the configuration requires; it silences nothing"
            )
        elif (path, silence.span.start, code) not in replayed.used:
            title = "Remove the comment" if len(silence.codes) == 1 else f"Remove `{code}`"
            fix = MigrationFix(title, (_removal(path, text, silence, number),), is_safe=True)
            yield unused(span, f"silences no `{code}`: there is none here", fix)


def _removal(path: str, text: str, silence: SqlSilence, number: int = 0) -> ReplaceText:
    """Return the edit that takes one code out of a comment, or the comment with its only code."""
    spans = [span for _, span in silence.codes]
    if len(spans) < 2:
        edit = comment_removal(text, Span(silence.span.start, silence.span.end))
        return ReplaceText(path, ScriptSpan(edit.start, edit.end), edit.new_text)
    if number + 1 < len(spans):
        stretch = ScriptSpan(spans[number].start, spans[number + 1].start)
    else:
        stretch = ScriptSpan(spans[number - 1].end, spans[number].end)
    return ReplaceText(path, stretch, "")


def summed_up(told: Iterable[ToldMigration], most: int = MOST_CHANGES) -> tuple[ToldMigration, ...]:
    """Return diagnostics with more than `most` unmigrated changes made one that lists them."""
    known = list(told)
    changes = [each.diagnostic for each in known if each.diagnostic.code == UNMIGRATED]
    if len(changes) <= most:
        return tuple(known)
    tables = [each.migration.table or each.migration.type for each in changes if each.migration]
    where = listed([name for name in dict.fromkeys(tables) if name is not None], _MOST_NAMED)
    first = min(changes, key=lambda each: (SEVERITIES.index(each.severity), each.path, each.range))
    one = replace(
        first,
        message=f"No migration makes {len(changes)} things that the schema says, on {where}.",
        model=None,
        fields=(),
        related=tuple(
            RelatedDiagnostic(each.path, each.span, each.range, each.message) for each in changes
        ),
        migration=MigrationSubject(),
    )
    at = next(n for n, each in enumerate(known) if each.diagnostic.code == UNMIGRATED)
    finding = next(each.finding for each in known if each.diagnostic is first)
    rest = [each for each in known if each.diagnostic.code != UNMIGRATED]
    return (*rest[:at], ToldMigration(one, finding), *rest[at:])


def _is_silent(finding: MigrationFinding, silencer: Silencer, placer: Placer) -> bool:
    if not isinstance(finding.place, Place):
        return False
    model, fields = _in_schema(finding, placer)
    return silencer.is_silent(
        Finding(finding.code, finding.severity, finding.message, finding.place, model, fields)
    )


class FileLines:
    """The texts of a history by path, and their lines."""

    def __init__(self, history: History) -> None:
        self._migrations = {migration.path: migration for migration in history.migrations}
        self._lock = history.lock
        self._indexes: dict[str, LineIndex] = {}

    def text(self, path: str) -> str | None:
        """Return the text of a file; None for a folder and for a file without one."""
        if self._lock is not None and path == self._lock.path:
            return self._lock.text
        migration = self._migrations.get(path)
        return None if migration is None else migration.text

    def range(self, path: str, span: Span) -> Range:
        """Return a stretch of a file as positions."""
        index = self._indexes.get(path)
        if index is None:
            index = self._indexes[path] = LineIndex(self.text(path) or "")
        return Range(index.position(span.start), index.position(span.end))


def _placed(place: AnyPlace, placer: Placer, lines: FileLines) -> tuple[Placed, Range] | None:
    if isinstance(place, FilePlace):
        if place.span is None:
            return Placed(place.path, Span(0, 0)), _START
        span = Span(place.span.start, place.span.end)
        return Placed(place.path, span), lines.range(place.path, span)
    found = placer.place(place)
    return None if found is None else (found, placer.range(found))


def _diagnostic(
    finding: MigrationFinding,
    where: tuple[Placed, Range],
    placer: Placer,
    lines: FileLines,
) -> Diagnostic:
    placed, span = where
    related: list[RelatedDiagnostic] = []
    for each in finding.related:
        found = _placed(each.place, placer, lines)
        if found is not None:
            related.append(RelatedDiagnostic(found[0].path, found[0].span, found[1], each.message))
    model, fields = _in_schema(finding, placer)
    return Diagnostic(
        finding.code,
        family_of(finding.code),
        finding.severity,
        finding.message,
        placed.path,
        placed.span,
        span,
        model,
        fields,
        related=tuple(related),
        # What these fixes write is no part of a schema; they are offered where files can be made.
        fixes=tuple(Fix(fix.title, (), fix.is_safe) for fix in finding.fixes),
        migration=MigrationSubject(
            finding.table, finding.columns, finding.object, finding.type, finding.migration
        ),
        makes_file=bool(files_made(finding)),
    )


def files_made(finding: MigrationFinding) -> tuple[WriteFile, ...]:
    """Return the files that the first fix of a finding makes, if that is all it does."""
    edits = finding.fixes[0].edits if finding.fixes else ()
    made = tuple(edit for edit in edits if isinstance(edit, WriteFile))
    return made if len(made) == len(edits) else ()


def _in_schema(finding: MigrationFinding, placer: Placer) -> tuple[str | None, tuple[str, ...]]:
    """Return the model that a finding in the schema is about, and the fields of its columns."""
    if not isinstance(finding.place, Place):
        return None, ()
    model = placer.snapshot.view.model(finding.place.block)
    if model is None:
        return None, ()
    by_column = {field.column: field.name for field in model.fields if field.relation is None}
    return model.name, tuple(by_column[each] for each in finding.columns if each in by_column)


def _capped(diagnostic: Diagnostic, options: MigrationOptions) -> Diagnostic:
    """Return a hazard of a migration that is only taken for unreleased as no more than a note."""
    is_guess = options.is_guess and not options.is_asked_for and not options.judges_all
    if not is_guess or diagnostic.code not in HAZARDS:
        return diagnostic
    most = SEVERITIES.index(_MOST_FOR_A_GUESS)
    if SEVERITIES.index(diagnostic.severity) >= most:
        return diagnostic
    return replace(diagnostic, severity=_MOST_FOR_A_GUESS)
