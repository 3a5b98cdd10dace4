"""Judges the migrations of a schema: replays them, compares what they make with what is meant.

The two halves are apart, so that a change of the schema costs the comparison only. Everything that
comes in and goes out is a value; a replay may begin behind a snapshot of an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TypeAlias

from referee.ddl.of_schema import Element, JoinTableForm, Part, SchemaDatabase, database_of
from referee.migrations.catalogue import ALL_MIGRATION_RULES
from referee.migrations.difference import Change
from referee.migrations.evidence import (
    NOT_REPLAYED,
    HistoryEvidence,
    MigrationEvidence,
    read_history,
)
from referee.migrations.extensions import tables_of_extensions
from referee.migrations.findings import FilePlace, MigrationFinding
from referee.migrations.history import History
from referee.migrations.judging import compared, judge_each, judge_migration
from referee.migrations.known_indexes import indexes_only_in_migrations
from referee.migrations.silences import SqlSilence, silences_in, without_silenced
from referee.migrations.snapshot import Snapshot as ReplaySnapshot
from referee.migrations.snapshot import fitting, snapshot_of
from referee.migrations.sql import postgres_reader
from referee.rules.settings import IgnoredMigrationFinding
from referee.rules.words import counted, listed
from referee.schema.facts import IndexFacts
from referee.schema.providers import PROVIDER_TITLES, Provider
from referee.schema.view import SchemaView

# The codes of what may happen to rows and readers when a migration is applied.
HAZARDS = frozenset(rule.code for rule in ALL_MIGRATION_RULES if rule.is_hazard)
# Where a mistake in the syntax is told only if two readers stumble over it.
CHECKED_IN_PART: frozenset[Provider] = frozenset(["sqlite", "mysql"])
_WHOLE_RULES = tuple(rule for rule in ALL_MIGRATION_RULES if rule.scope != "migration")


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """What judging migrations depends on, beyond the migrations and the schema.

    `unreleased` names those whose hazards count, all of them with `judges_all`; `is_guess` tells
    that only their age says that they are not released. `is_asked_for` tells that migrations are
    what is asked about. `join_table_form` is that of the project's Prisma, None if not known.
    `looked_at` names migrations whose evidence is wanted whether or not they are released.
    """

    unreleased: frozenset[str] = frozenset()
    is_guess: bool = False
    judges_all: bool = False
    is_asked_for: bool = False
    external: tuple[str, ...] = ()
    namespace: str | None = None
    join_table_form: JoinTableForm | None = None
    ignored: tuple[IgnoredMigrationFinding, ...] = ()
    requires_reasons: bool = False
    looked_at: frozenset[str] = frozenset()


# Hears what is being done, how much of it is finished, and how much there is.
Telling: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ReplayedHistory:
    """A history that was read and replayed, with what was found in its scripts.

    `silences` are the comments in unreleased scripts, by path, and `used` tells which codes of
    them silence something, `quiet` what. `snapshot` is a state to begin from another time.
    """

    evidence: HistoryEvidence
    provider: Provider
    findings: tuple[MigrationFinding, ...] = ()
    silences: Mapping[str, tuple[SqlSilence, ...]] = field(default_factory=dict)
    used: frozenset[tuple[str, int, str]] = frozenset()
    snapshot: ReplaySnapshot | None = None
    quiet: tuple[MigrationFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationVerdict:
    """What there is to tell about the migrations of a schema.

    `known_indexes` are those that only migrations make, by model. `remarks` say, as sentences,
    what was not looked at; `not_judged` is the most that one of them says, as the end of a
    sentence. `quiet` are findings that the configuration or a comment in a script keeps silent.
    """

    findings: tuple[MigrationFinding, ...] = ()
    known_indexes: Mapping[str, tuple[IndexFacts, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    evidence: HistoryEvidence | None = None
    quiet: tuple[MigrationFinding, ...] = ()
    not_judged: str = ""


def provider_of_scripts(history: History, provider: Provider | None) -> Provider | None:
    """Return what the scripts are written for: the lock file says it, else the schema."""
    return (history.lock.provider if history.lock is not None else None) or provider


def first_judged(history: History, options: MigrationOptions) -> int:
    """Return how many migrations come before the first one whose evidence is wanted."""
    if options.judges_all:
        return 0
    names = [migration.name for migration in history.migrations]
    wanted = options.unreleased | options.looked_at
    return next((n for n, name in enumerate(names) if name in wanted), len(names))


def replay_history(
    history: History,
    provider: Provider,
    options: MigrationOptions,
    known: ReplaySnapshot | None = None,
    tell: Telling = lambda what, number, of: None,
) -> ReplayedHistory:
    """Read and replay a history, and judge its scripts.

    `known` is used where it is of a state before the first migration whose evidence is wanted.
    `tell` hears what is being read, and how far it is.
    """
    total = len(history.migrations)
    released = first_judged(history, options)
    if known is not None and (known.count > released or not fitting(known, history)):
        known = None
    prefix = replace(history, migrations=history.migrations[:released])
    begin = None if known is None else (known.count, known.model, known.makers)
    before = read_history(
        prefix,
        provider,
        default_namespace=options.namespace,
        known=begin,
        tell=lambda what, number, of: tell(what, number, total),
    )
    found: list[MigrationFinding] = [] if known is None else list(known.findings)
    for each in before.migrations:
        found += judge_migration(each, judges_hazards=False)
    snapshot = snapshot_of(before, tuple(found))
    rest = read_history(
        history,
        provider,
        default_namespace=options.namespace,
        known=(released, before.made, before.makers),
        tell=tell,
    )
    silences: dict[str, tuple[SqlSilence, ...]] = {}
    used: set[tuple[str, int, str]] = set()
    quiet: list[MigrationFinding] = []
    for each, findings in judge_each(
        rest.migrations, options.unreleased, judges_all=options.judges_all
    ):
        if each.migration.name in options.unreleased:
            kept = _without_silenced(each, findings, options, silences, used)
            quiet += [finding for finding in findings if finding not in kept]
            findings = kept
        found += findings
    return ReplayedHistory(
        replace(rest, unreleased=options.unreleased),
        provider,
        tuple(found),
        silences,
        frozenset(used),
        snapshot,
        tuple(quiet),
    )


def judge_migrations(
    history: History,
    replayed: ReplayedHistory | None,
    view: SchemaView,
    options: MigrationOptions,
    *,
    is_whole: bool = True,
) -> MigrationVerdict:
    """Return the verdict on a history and the schema that it is for.

    `replayed` is None where nothing says what database the scripts are for. A schema that is not
    `is_whole` has lines or files that could not be read; nothing is concluded from their absence.
    """
    provider = view.database.provider
    if history.layout == "prisma-8":
        return MigrationVerdict(
            (_prisma_8(history),),
            remarks=tuple(_remarks_on_layout(history)),
            not_judged="migrations of Prisma 8 were not judged",
        )
    if provider == "mongodb":
        remark = "MongoDB has no migrations, so there is nothing to judge."
        return MigrationVerdict(remarks=(remark,) if options.is_asked_for else ())
    if replayed is None:
        return MigrationVerdict(
            remarks=tuple(_remarks_on_layout(history)), not_judged=_not_read(history)
        )
    meant = meant_by(view, options)
    is_same_database = provider in (None, replayed.provider)
    evidence = compared(
        replayed.evidence,
        meant if is_same_database else None,
        external=options.external,
        join_table_form=options.join_table_form,
    )
    if not is_whole and evidence.changes is not None:
        sure = (each for each in evidence.changes if _is_sure(each, evidence.meant, view))
        evidence = replace(evidence, changes=tuple(sure))
    # A lock file is held against the schema, whatever the scripts were read as.
    told = replace(evidence, provider=provider or replayed.provider)
    findings = [
        finding
        for rule in _WHOLE_RULES
        if options.is_asked_for or not rule.is_asked_for
        for finding in rule.check(told)
    ]
    findings += replayed.findings
    kept = [each for each in findings if not is_ignored(each, options.ignored)]
    ignored = [each for each in findings if is_ignored(each, options.ignored)]
    known: Mapping[str, tuple[IndexFacts, ...]] = {}
    if evidence.changes is not None and meant is not None:
        known = indexes_only_in_migrations(evidence.made, meant, evidence.makers, evidence.changes)
    remarks = (
        *_remarks_on_layout(history),
        *_remarks_on_reading(history, replayed, provider),
        *_remarks_on_comparing(evidence),
    )
    quiet = (*replayed.quiet, *ignored)
    not_judged = ""
    if history.migrations and evidence.changes is None:
        title = PROVIDER_TITLES[replayed.provider]
        not_judged = f"what the scripts for {title} make was not compared with the schema"
    return MigrationVerdict(tuple(kept), known, remarks, evidence, quiet, not_judged)


def _prisma_8(history: History) -> MigrationFinding:
    number = counted(len(history.prisma_8), "migration")
    message = (
        f"Here {'is' if len(history.prisma_8) == 1 else 'are'} {number} in the format of Prisma 8 "
        f"({listed(history.prisma_8, 3)}), which Referee recognises and does not judge."
    )
    return MigrationFinding("prisma-8-dialect", "information", message, FilePlace(history.path))


def meant_by(view: SchemaView, options: MigrationOptions) -> SchemaDatabase | None:
    """Return the database that a schema means under these options."""
    return database_of(
        view,
        join_table_form=options.join_table_form or "primary-key",
        default_namespace=options.namespace,
    )


def _is_sure(change: Change, meant: SchemaDatabase | None, view: SchemaView) -> bool:
    """Tell whether a change is none that a line which could not be read may explain."""
    if meant is None or (change.kind == "drop" and change.part in ("table", "enum", "enum value")):
        return False
    part: Part = "enum" if change.part in ("enum", "enum value") else "table"
    origin = meant.origins.get(Element(part, change.owner))
    model = None if origin is None else view.model(origin.block)
    return model is None or not model.broken_words


def is_ignored(finding: MigrationFinding, ignored: Iterable[IgnoredMigrationFinding]) -> bool:
    """Tell whether somebody said that a finding is known and wanted."""
    return any(_fits(finding, each) for each in ignored)


def _fits(finding: MigrationFinding, wanted: IgnoredMigrationFinding) -> bool:
    pairs = (
        (wanted.code, (finding.code,)),
        (wanted.table, (finding.table,)),
        (wanted.column, finding.columns),
        (wanted.object, (finding.object,)),
        (wanted.type, (finding.type,)),
        (wanted.migration, (finding.migration,)),
    )
    return all(
        pattern is None
        or any(value is not None and fnmatchcase(value, pattern) for value in values)
        for pattern, values in pairs
    )


# --- Silences ------------------------------------------------------------------------------------


def _without_silenced(
    evidence: MigrationEvidence,
    findings: tuple[MigrationFinding, ...],
    options: MigrationOptions,
    silences: dict[str, tuple[SqlSilence, ...]],
    used: set[tuple[str, int, str]],
) -> tuple[MigrationFinding, ...]:
    comments = silences_in(evidence)
    if not comments:
        return findings
    path = evidence.migration.path
    silences[path] = comments
    active = [each for each in comments if each.reason or not options.requires_reasons]
    kept, spans = without_silenced(findings, active)
    used.update((path, span.start, code) for span, code in spans)
    return kept


# --- What was not looked at ----------------------------------------------------------------------


def _remarks_on_layout(history: History) -> Iterator[str]:
    if history.layout == "prisma-8":
        yield "Migrations of Prisma 8 are recognised; they are neither replayed nor compared."
    elif history.layout == "other":
        yield "This folder is not laid out as Prisma lays out migrations, so it was not read."


def _not_read(history: History) -> str:
    """Say of a history that was not replayed what was not judged; nothing where there is none."""
    if history.layout == "other":
        return "the folder of migrations was not read"
    return "the migrations were not replayed" if history.migrations else ""


def _remarks_on_comparing(evidence: HistoryEvidence) -> Iterator[str]:
    if evidence.meant is None or evidence.changes is None:
        return
    found = tables_of_extensions(evidence.made, evidence.meant.model)
    for extension, tables in found.items():
        yield (
            f"What comes with the extension `{extension}` was compared with nothing: "
            f"{listed(tables)}."
        )


def remark_on_syntax(written_for: Provider) -> str:
    """Return how far the syntax of scripts is not checked, as a sentence; nothing where it is."""
    title = PROVIDER_TITLES[written_for]
    if written_for in CHECKED_IN_PART:
        return f"The syntax of scripts for {title} is checked only in part."
    if written_for != "postgresql":
        return f"The syntax of scripts for {title} is not checked."
    if postgres_reader.is_installed():
        return ""
    return (
        "The syntax of the scripts was not checked: the package `pgparse`, which knows "
        "PostgreSQL's grammar, is not installed; `pip install 'prisma-referee[pgparse]'` "
        "installs it (from a clone `pip install '.[pgparse]'`)."
    )


def _remarks_on_reading(
    history: History, replayed: ReplayedHistory, provider: Provider | None
) -> Iterator[str]:
    if not history.migrations:
        return
    written_for = replayed.provider
    title = PROVIDER_TITLES[written_for]
    if provider not in (None, written_for):
        yield (f"The scripts are for {title}, so what they make was not compared with the schema.")
    if written_for in NOT_REPLAYED:
        yield (
            f"Scripts for {title} are not replayed: their files, their order, the lock file and "
            "hazards were judged; what they make was not compared with the schema."
        )
    remark = remark_on_syntax(written_for)
    if remark:
        yield remark
