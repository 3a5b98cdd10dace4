"""Judges one schema from its files on disk: reads, judges, mends if asked, and sums up.

What goes in and comes out are plain values, so that it can run in a process of its own. It
deliberately prints nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from referee.cli.baselines import Baseline, known_finding, schema_name
from referee.cli.configuring import told
from referee.cli.writing import NotWritten, replace_text, write_new
from referee.engine.baseline import KnownFinding, compare
from referee.engine.judging import RuleSet, rule_set
from referee.engine.session import Session
from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic, all_diagnostics
from referee.features.fixing import fix_edits, joined, safe_edits
from referee.features.placing import Placer
from referee.features.report.report import (
    FixedFile,
    JudgedMigrations,
    JudgedSchema,
    MadeFix,
    is_fixable,
)
from referee.project.configuration import MigrationSettings
from referee.project.migrations import MigrationsPlace, find_migrations
from referee.project.reading import SourceText, Unreadable, read_source
from referee.project.roots import SchemaFiles
from referee.rules.catalogue import ALL_RULES, MIGRATION_CODE_NAMES, family_of
from referee.rules.rule import Rule
from referee.rules.settings import RuleSettings, severity_setting
from referee.schema.relations import LeftOut
from referee.schema.view import SchemaView
from referee.text.decoding import ENCODING
from referee.text.edits import TextEdit, apply_edits

if TYPE_CHECKING:
    from referee.cli.migrations_beside import MigrationsBeside
    from referee.features.migration_judging import Telling

# "preview" judges the text as it was, "text" as it would be, and only "write" writes.
Mending = Literal["no", "preview", "text", "write"]

# A fix may uncover what another one can mend; fixes that chase each other must end all the same.
_MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class MigrationsWanted:
    """How the migrations of a schema are to be judged along with it.

    `is_asked_for` tells that they are what is asked about, `judges_all` that history is, too.
    With `sums_up` very many changes that no migration makes are told as one.
    """

    settings: MigrationSettings
    working_folder: Path
    is_asked_for: bool = False
    judges_all: bool = False
    base: str | None = None
    sums_up: bool = True


@dataclass(frozen=True, slots=True)
class Assignment:
    """A schema to judge, and how.

    `buffers` are texts, or reasons for having none, that stand in for what the disk holds.
    `shown_from` is the folder that paths are shown relative to. Without `migrations` nobody wants
    to know of any.
    """

    schema: SchemaFiles
    settings: RuleSettings
    shown_from: Path
    buffers: Mapping[Path, SourceText | Unreadable] = field(default_factory=dict)
    mending: Mending = "no"
    baseline: Baseline | None = None
    migrations: MigrationsWanted | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of an assignment.

    `known` is the number of findings left out because the baseline lists them, and `gone` what it
    lists and the schema has no more. `left_out` tells which relations nothing could be concluded
    from, `failures` what could not be written. `passed_over` are the models of files that nobody
    named, about which nothing is told.
    """

    schema: JudgedSchema
    texts: Mapping[str, str]
    fixed: tuple[FixedFile, ...] = ()
    known: int = 0
    gone: tuple[KnownFinding, ...] = ()
    left_out: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    passed_over: frozenset[str] = frozenset()


class JudgedState(NamedTuple):
    """A verdict, with the schema and the migrations that it is about."""

    verdict: Verdict
    snapshot: Snapshot
    beside: MigrationsBeside | None


def _tell_nobody(what: str, number: int, of: int) -> None:
    """Say nothing of how far it is."""


def judge_schema(assignment: Assignment, tell: Telling = _tell_nobody) -> Verdict:
    """Return what is to be told about a schema, after mending it if that is asked for.

    `tell` hears what takes long while it is done.
    """
    return judge_state(assignment, tell).verdict


def judge_state(assignment: Assignment, tell: Telling = _tell_nobody) -> JudgedState:
    """Return what `judge_schema` does, and what it is about; none of that is a plain value."""
    sources = [
        assignment.buffers.get(path) or read_source(path) for path in assignment.schema.files
    ]
    session = Session(assignment.settings)
    for source in sources:
        if isinstance(source, SourceText):
            session.put(source.path.as_posix(), source.text)
    fixed: tuple[FixedFile, ...] = ()
    failures: list[str] = []
    shown = session.snapshot()
    unreadable = [source for source in sources if isinstance(source, Unreadable)]
    beside = _migrations_beside(assignment)
    if beside is not None:
        known = beside.judge(shown, tell, is_whole=not unreadable)
        if known:
            session.configure(assignment.settings, known)
            shown = session.snapshot()
    if assignment.mending != "no":
        fixed = _mend(session, assignment)
    if assignment.mending == "write":
        fixed = tuple(_write(session, fixed, failures))
    if assignment.mending in ("text", "write"):
        shown = session.snapshot()
        if beside is not None and fixed:
            beside.judge(shown, tell, is_whole=not unreadable)
    if beside is not None and assignment.mending != "no":
        made = tuple(_made_files(beside, shown, assignment, failures))
        fixed = (*fixed, *made)
        if made and assignment.mending == "write":
            beside = _migrations_beside(assignment)
            assert beside is not None
            beside.judge(shown, tell, is_whole=not unreadable)
    verdict = _verdict(shown, unreadable, assignment, fixed, failures, beside)
    return JudgedState(verdict, shown, beside)


def shown_path(path: Path, folder: Path) -> str:
    """Return a path as readers see it: POSIX, and relative to a folder where it is inside."""
    inside = path.is_relative_to(folder)
    shown = (path.relative_to(folder) if inside else path).as_posix()
    # A name that is no text at all must not keep the report from being written.
    return shown.encode(ENCODING, "replace").decode(ENCODING)


def _migrations_beside(assignment: Assignment) -> MigrationsBeside | None:
    """Return the migrations of a schema; None where there are none, or nobody wants to know."""
    wanted = assignment.migrations
    if wanted is None:
        return None
    place: MigrationsPlace = find_migrations(
        assignment.schema, working_folder=wanted.working_folder, configured=wanted.settings.path
    )
    if not place.is_there and not wanted.is_asked_for:
        return None
    from referee.cli.migrations_beside import MigrationsBeside

    return MigrationsBeside(place, assignment.schema, wanted, assignment.settings)


# --- Mending -------------------------------------------------------------------------------------


def _mend(session: Session, assignment: Assignment) -> tuple[FixedFile, ...]:
    """Make the safe fixes in the session, round by round, and return the files they changed."""
    before = {path: _text(session, path) for path in session.paths}
    made: dict[str, dict[MadeFix, None]] = {}
    for _ in range(_MOST_ROUNDS):
        snapshot = session.snapshot()
        wanted = [
            diagnostic
            for diagnostic in _sort_out(all_diagnostics(snapshot), assignment).reported
            if is_fixable(diagnostic) and _stays_inside(diagnostic, snapshot, assignment)
        ]
        edits = safe_edits(snapshot, wanted)
        if not edits:
            break
        for diagnostic in wanted:
            fix = diagnostic.fixes[0]
            if _is_made(fix_edits(snapshot, fix), edits):
                note = MadeFix(diagnostic.code, diagnostic.model, fix.title)
                made.setdefault(diagnostic.path, {})[note] = None
        for path, changes in edits.items():
            session.put(path, apply_edits(_text(session, path), joined(changes)))
    return tuple(
        FixedFile(path, text, _text(session, path), tuple(made.get(path, ())))
        for path, text in before.items()
        if text != _text(session, path)
    )


def _stays_inside(diagnostic: Diagnostic, snapshot: Snapshot, assignment: Assignment) -> bool:
    """Tell whether a fix changes only files that somebody named."""
    focus = assignment.schema.focus
    return focus is None or all(
        Path(path) in focus for path in fix_edits(snapshot, diagnostic.fixes[0])
    )


def _is_made(
    edits: Mapping[str, tuple[TextEdit, ...]], chosen: Mapping[str, tuple[TextEdit, ...]]
) -> bool:
    return all(edit in chosen.get(path, ()) for path, each in edits.items() for edit in each)


def _write(
    session: Session, fixed: Iterable[FixedFile], failures: list[str]
) -> Iterable[FixedFile]:
    """Write the files that were mended; one that cannot be written is judged as it is."""
    for file in fixed:
        try:
            replace_text(Path(file.path), file.before, file.after)
        except NotWritten as reason:
            failures.append(str(reason))
            session.put(file.path, file.before)
        else:
            yield file


def _made_files(
    beside: MigrationsBeside, shown: Snapshot, assignment: Assignment, failures: list[str]
) -> Iterator[FixedFile]:
    """Make the files that migrations lack and a safe fix writes; scripts are never written here."""
    missing = list(beside.missing_files(shown))
    reported = _sort_out([diagnostic for diagnostic, _ in missing], assignment).reported
    for diagnostic, file in missing:
        if diagnostic not in reported:
            continue
        if assignment.mending == "write":
            try:
                write_new(Path(file.path), file.text)
            except NotWritten as reason:
                failures.append(str(reason))
                continue
        note = MadeFix(diagnostic.code, None, diagnostic.fixes[0].title)
        yield FixedFile(file.path, "", file.text, (note,), is_new=True)


def _text(session: Session, path: str) -> str:
    source = session.source(path)
    assert source is not None
    return source.text


# --- Summing up ----------------------------------------------------------------------------------


def _verdict(
    snapshot: Snapshot,
    unreadable: Iterable[Unreadable],
    assignment: Assignment,
    fixed: Iterable[FixedFile],
    failures: Iterable[str],
    beside: MigrationsBeside | None,
) -> Verdict:
    folder = assignment.shown_from
    found = list(all_diagnostics(snapshot))
    if beside is not None:
        found += beside.diagnostics(snapshot)
    sorted_out = _sort_out(found, assignment)
    if beside is not None:
        sorted_out = sorted_out._replace(reported=beside.shortened(sorted_out.reported))
    findings = [_shown(diagnostic, folder) for diagnostic in sorted_out.reported]
    focus = assignment.schema.focus
    for each in unreadable:
        if focus is None or each.path in focus:
            findings += told(
                assignment.settings, "unreadable-file", "tool", "error", each.reason,
                shown_path(each.path, folder), each.line, each.column,
            )  # fmt: skip
    told_about = {diagnostic.path for diagnostic in findings}
    told_about |= {each.path for diagnostic in findings for each in diagnostic.related}
    texts = {
        shown: source.text
        for path, source in snapshot.sources.items()
        if (shown := shown_path(Path(path), folder)) in told_about
    }
    judged_migrations: JudgedMigrations | None = None
    if beside is not None:
        judged_migrations = beside.judged(lambda path: shown_path(path, folder))
        for path, text in beside.texts():
            if (shown := shown_path(Path(path), folder)) in told_about:
                texts[shown] = text
    view = snapshot.view
    provider = view.database.provider
    passed_over = _passed_over(snapshot, focus)
    schema = JudgedSchema(
        root=shown_path(assignment.schema.place, folder),
        files=tuple(shown_path(path, folder) for path in assignment.schema.files),
        provider=provider,
        relation_mode=None if provider is None else view.database.relation_mode,
        models=sum(
            model.kind == "model" for name in view.model_names() if (model := view.model(name))
        ),
        findings=tuple(findings),
        migrations=judged_migrations,
        rules_not_run=_rules_not_run(snapshot),
        fields_not_judged=sum(
            each.model not in passed_over and not _is_of_view(each, view)
            for relations in view.relations.values()
            for each in relations.left_out
        ),
    )
    left_out = [
        f"`{each.model}.{each.field}` is left out of the relations of `{schema.root}`: "
        f"{each.reason}."
        for relations in view.relations.values()
        for each in relations.left_out
    ]
    shown_files = [replace(file, path=shown_path(Path(file.path), folder)) for file in fixed]
    return Verdict(
        schema,
        texts,
        tuple(shown_files),
        sorted_out.known,
        sorted_out.gone,
        tuple(left_out),
        tuple(failures),
        passed_over,
    )


def _rules_not_run(snapshot: Snapshot) -> int:
    """Return how many rules that are on need a provider where none is known."""
    view = snapshot.view
    if view.database.provider is not None or not any(map(view.model, view.model_names())):
        return 0
    known, unknown = (rule_set(snapshot.settings, has_provider) for has_provider in (True, False))
    return _number(known) - _number(unknown)


def _number(rules: RuleSet) -> int:
    return len(rules.model) + len(rules.relation) + len(rules.graph)


def _is_of_view(left_out: LeftOut, view: SchemaView) -> bool:
    """Tell whether a relation is one of a view, which has no foreign keys and no mistake."""
    model = view.model(left_out.model)
    field = None if model is None else model.field(left_out.field)
    ends = (model, None if field is None else view.model(field.type))
    return any(end is not None and end.kind == "view" for end in ends)


def _passed_over(snapshot: Snapshot, focus: frozenset[Path] | None) -> frozenset[str]:
    """Return the models that are declared in other files than those that somebody named."""
    if focus is None:
        return frozenset()
    placer = Placer(snapshot)
    return frozenset(
        name
        for name in snapshot.view.model_names()
        if (found := placer.block(name)) is not None and Path(found[0]) not in focus
    )


class _Sorted(NamedTuple):
    """The findings to report, how many more are known, and which known ones are gone."""

    reported: list[Diagnostic]
    known: int
    gone: tuple[KnownFinding, ...]


def _sort_out(diagnostics: Iterable[Diagnostic], assignment: Assignment) -> _Sorted:
    """Leave out what is known, and what is in files that nobody named."""
    found = list(diagnostics)
    new, gone = _without_known(found, assignment)
    focus = assignment.schema.focus
    if focus is None:
        return _Sorted(new, len(found) - len(new), gone)
    paths = {path.as_posix() for path in focus}
    new = [diagnostic for diagnostic in new if diagnostic.path in paths]
    inside = sum(diagnostic.path in paths for diagnostic in found)
    return _Sorted(new, inside - len(new), gone)


def _without_known(
    found: list[Diagnostic], assignment: Assignment
) -> tuple[list[Diagnostic], tuple[KnownFinding, ...]]:
    baseline = assignment.baseline
    if baseline is None:
        return found, ()
    name = schema_name(assignment.schema, baseline.path)
    on = {rule.code for rule in ALL_RULES if _is_on(rule, assignment.settings)}
    if assignment.migrations is not None:
        on |= _migration_codes_on(assignment.settings)
    known = Counter(
        {entry: count for entry, count in baseline.known.items() if entry.schema == name}
    )
    keys = [(each, known_finding(each, name)) for each in found]
    comparison = compare(known, [key for _, key in keys if key is not None])
    verdicts = iter(comparison.is_known)
    new = [diagnostic for diagnostic, key in keys if key is None or not next(verdicts)]
    # A rule that is switched off finds nothing; that does not mean that there is nothing.
    return new, tuple(entry for entry in comparison.gone if entry.code in on)


def _is_on(rule: Rule, settings: RuleSettings) -> bool:
    return severity_setting(settings, rule.code, rule.family, rule.is_on) != "off"


def _migration_codes_on(settings: RuleSettings) -> set[str]:
    return {
        code
        for code in MIGRATION_CODE_NAMES
        if severity_setting(settings, code, family_of(code)) != "off"
    }


def _shown(diagnostic: Diagnostic, folder: Path) -> Diagnostic:
    related = tuple(
        replace(each, path=shown_path(Path(each.path), folder)) for each in diagnostic.related
    )
    return replace(diagnostic, path=shown_path(Path(diagnostic.path), folder), related=related)
