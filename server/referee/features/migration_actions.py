"""What can be done about findings on migrations: files to write, edits, and silencing comments.

A script that may have been applied is never edited: that would change its checksum. It writes
nothing itself, and deliberately knows no clock; the time is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from referee.features.code_actions import REASON, EditsByPath
from referee.features.diagnostics import Diagnostic
from referee.features.migration_diagnostics import ToldMigration
from referee.features.migration_judging import MigrationOptions, MigrationVerdict
from referee.features.placing import Placer
from referee.features.silencing import silence_edit
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import (
    FilePlace,
    MigrationFinding,
    MigrationFix,
    ReplaceText,
    WriteFile,
    WriteMigration,
)
from referee.migrations.history import History
from referee.migrations.replay import empty_database
from referee.migrations.silences import silences_in
from referee.migrations.writing import WRITABLE, NewMigration, new_migration
from referee.rules.catalogue import MIGRATION_CODE_NAMES
from referee.rules.rule import Place
from referee.syntax.tree import Span
from referee.text.edits import TextEdit
from referee.text.lines import dominant_line_end

# What a migration is called that is about more than one table.
_MANY_TABLES = "schema_changes"


@dataclass(frozen=True, slots=True)
class MigrationAction:
    """Something to do about diagnostics: edits by path, and files to make, by absolute path.

    `blank` is the stretch of the only new text that a person will want to overwrite.
    """

    title: str
    diagnostics: tuple[Diagnostic, ...]
    edits: EditsByPath = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()
    is_preferred: bool = False
    blank: Span | None = None
    is_silence: bool = False


def migration_actions(
    told: Iterable[ToldMigration],
    history: History,
    verdict: MigrationVerdict,
    options: MigrationOptions,
    placer: Placer | None,
    now: datetime,
) -> tuple[MigrationAction, ...]:
    """Return what can be done about diagnostics: fixes first, then silences; each is there once.

    `placer` is of the schema, where that is at hand; `now` is in UTC.
    """
    fixes: dict[object, MigrationAction] = {}
    silences: dict[object, MigrationAction] = {}
    scripts = {} if verdict.evidence is None else _scripts(verdict)
    for diagnostic, finding in told:
        if finding is None:
            continue
        for number, fix in enumerate(finding.fixes):
            if fix.title not in fixes:
                action = _fixed(fix, diagnostic, history, verdict, options, now, number == 0)
                if action is not None:
                    fixes[fix.title] = action
        silence = _silenced(finding, diagnostic, scripts, options, placer)
        if silence is not None:
            silences.setdefault((silence.title, tuple(silence.edits.items())), silence)
    return (*fixes.values(), *silences.values())


def written_migration(
    history: History,
    verdict: MigrationVerdict,
    options: MigrationOptions,
    now: datetime,
    name: str | None = None,
) -> NewMigration | None:
    """Return the migration that makes all that the schema says; None where there is none to write.

    Without a name it is called after the one table that changes.
    """
    evidence = verdict.evidence
    meant = None if evidence is None else evidence.meant
    if evidence is None or meant is None or meant.model.provider not in WRITABLE:
        return None
    made = evidence.made
    if not history.migrations:
        made = empty_database(meant.model.provider, options.namespace)
    elif evidence.changes is None:
        return None
    return new_migration(
        history,
        made,
        meant,
        name=name or _name(verdict),
        now=now,
        external=options.external,
        join_table_form=options.join_table_form,
    )


def _name(verdict: MigrationVerdict) -> str:
    evidence = verdict.evidence
    changes = () if evidence is None else evidence.changes or ()
    if not changes:
        return "init"
    owners = {change.owner.name for change in changes}
    if len(owners) > 1:
        return _MANY_TABLES
    verbs = {change.kind for change in changes if change.part in ("table", "enum", "extension")}
    verb = {"add": "add", "drop": "drop"}.get(next(iter(verbs), ""), "change")
    return f"{verb}_{owners.pop()}"


# --- Fixes ---------------------------------------------------------------------------------------


def _fixed(
    fix: MigrationFix,
    diagnostic: Diagnostic,
    history: History,
    verdict: MigrationVerdict,
    options: MigrationOptions,
    now: datetime,
    is_preferred: bool,
) -> MigrationAction | None:
    edits: dict[str, tuple[TextEdit, ...]] = {}
    files: list[tuple[str, str]] = []
    title = fix.title
    for edit in fix.edits:
        if isinstance(edit, ReplaceText):
            if not _may_be_edited(edit.path, history, options):
                return None
            change = TextEdit(edit.span.start, edit.span.end, edit.text)
            edits[edit.path] = (*edits.get(edit.path, ()), change)
        elif isinstance(edit, WriteFile):
            files.append((edit.path, edit.text))
        elif isinstance(edit, WriteMigration):
            written = written_migration(history, verdict, options, now)
            if written is None:
                return None
            files += [(f"{history.path}/{path}", text) for path, text in written.files]
            title = f"Write the migration `{written.name}`"
    return MigrationAction(title, (diagnostic,), edits, tuple(files), is_preferred)


def _may_be_edited(path: str, history: History, options: MigrationOptions) -> bool:
    """Tell whether a file is no script, or one that is not released."""
    name = next((each.name for each in history.migrations if each.path == path), None)
    return name is None or name in options.unreleased


# --- Silences ------------------------------------------------------------------------------------


def _scripts(verdict: MigrationVerdict) -> Mapping[str, MigrationEvidence]:
    evidence = verdict.evidence
    return {} if evidence is None else {each.migration.path: each for each in evidence.migrations}


def _silenced(
    finding: MigrationFinding,
    diagnostic: Diagnostic,
    scripts: Mapping[str, MigrationEvidence],
    options: MigrationOptions,
    placer: Placer | None,
) -> MigrationAction | None:
    if finding.code not in MIGRATION_CODE_NAMES:
        return None
    place = finding.place
    found: tuple[str, TextEdit] | None = None
    if isinstance(place, Place):
        if placer is not None:
            found = silence_edit(placer.snapshot, finding.code, place, REASON, placer)
    else:
        evidence = scripts.get(place.path)
        if evidence is not None and evidence.migration.name in options.unreleased:
            edit = _silence_in_script(evidence, finding.code, place)
            found = None if edit is None else (place.path, edit)
    if found is None:
        return None
    path, edit = found
    start = edit.new_text.rfind(f": {REASON}") + 2
    blank = Span(start, start + len(REASON)) if start > 1 else None
    return MigrationAction(
        f"Silence `{finding.code}` here",
        (diagnostic,),
        {path: (edit,)},
        blank=blank,
        is_silence=True,
    )


def _silence_in_script(evidence: MigrationEvidence, code: str, place: FilePlace) -> TextEdit | None:
    """Return the edit that puts a comment above the statement, or part of one, with a finding."""
    span = place.span
    if span is None:
        return None
    text = evidence.text
    for start in _lines_around(evidence, span.start, span.end):
        above = text.rfind("\n", 0, max(start - 1, 0)) + 1
        for silence in silences_in(evidence):
            if silence.codes and above <= silence.span.start < start:
                at = silence.codes[-1][1].end
                return TextEdit(at, at, f", {code}")
        rest = text[start:]
        indentation = rest[: len(rest) - len(rest.lstrip(" \t"))]
        end = dominant_line_end(text)
        return TextEdit(start, start, f"{indentation}-- referee-ignore {code}: {REASON}{end}")
    return None


def _lines_around(evidence: MigrationEvidence, start: int, end: int) -> Iterator[int]:
    """Yield where the lines begin that open a statement or part around a stretch, inner first."""
    around = [
        span
        for placed in evidence.script.statements
        for span in (placed.span, *placed.parts)
        if span.start <= start and end <= span.end
    ]
    for span in sorted(around, key=lambda each: each.end - each.start):
        line = evidence.text.rfind("\n", 0, span.start) + 1
        if not evidence.text[line : span.start].strip():
            yield line
