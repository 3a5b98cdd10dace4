"""Judges a history of migrations: all rules over all that is known of it.

Hazards are judged in migrations that are not released, everything else in all. It deliberately does
not know how a migration comes to count as released.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from referee.ddl.model import Name
from referee.ddl.of_schema import JoinTableForm, SchemaDatabase
from referee.migrations.catalogue import ALL_MIGRATION_RULES
from referee.migrations.difference import difference
from referee.migrations.evidence import NOT_REPLAYED, HistoryEvidence, MigrationEvidence, shown_name
from referee.migrations.findings import MigrationFinding
from referee.migrations.sql.statements import CreateTable, DataChange, RenameTable, SetNamespace

_HAZARDS = frozenset(rule.code for rule in ALL_MIGRATION_RULES if rule.is_hazard)


def compared(
    evidence: HistoryEvidence,
    meant: SchemaDatabase | None,
    *,
    external: Iterable[str] = (),
    join_table_form: JoinTableForm | None = None,
) -> HistoryEvidence:
    """Return the evidence with what the schema means, and the difference, where one can be told.

    `join_table_form` is given where the project's version of Prisma is known.
    A history without migrations, and one that is not replayed, is not compared.
    """
    is_comparable = (
        meant is not None
        and evidence.provider not in NOT_REPLAYED
        and bool(evidence.history.migrations)
        and evidence.history.layout == "prisma"
        and evidence.provider == meant.model.provider
    )
    if meant is None or not is_comparable:
        return replace(evidence, meant=meant, changes=None)
    changes = difference(
        evidence.made, meant.model, external=external, join_table_form=join_table_form
    )
    return replace(evidence, meant=meant, changes=changes)


def judge(
    evidence: HistoryEvidence,
    *,
    unreleased: frozenset[str] = frozenset(),
    judges_all: bool = False,
    is_asked_for: bool = False,
) -> tuple[MigrationFinding, ...]:
    """Return the findings of a history: those of the whole, of each migration, of the schema.

    `unreleased` names the migrations whose hazards count; with `judges_all` those of all do.
    `is_asked_for` adds what is only told to who asks about migrations.
    """
    found: list[MigrationFinding] = []
    for rule in ALL_MIGRATION_RULES:
        if rule.scope != "migration" and (is_asked_for or not rule.is_asked_for):
            found.extend(rule.check(evidence))
    for _, findings in judge_each(evidence.migrations, unreleased, judges_all=judges_all):
        found.extend(findings)
    return tuple(found)


def judge_each(
    migrations: Iterable[MigrationEvidence], unreleased: frozenset[str], *, judges_all: bool
) -> Iterator[tuple[MigrationEvidence, tuple[MigrationFinding, ...]]]:
    """Yield migrations in their order with what is found in each.

    Those that are not released are released together: a table that one of them makes is empty when
    a later one runs, so there its hazards do not count.
    """
    empty: frozenset[Name] = frozenset()
    for each in migrations:
        is_unreleased = each.migration.name in unreleased
        findings = judge_migration(each, judges_hazards=judges_all or is_unreleased)
        if not is_unreleased or judges_all:
            yield each, findings
            continue
        if any(finding.code in _HAZARDS for finding in findings):
            findings = _without_hazards_of(each, findings, _followed(each, empty))
        yield each, findings
        empty = _still_empty(each, empty)


def _without_hazards_of(
    evidence: MigrationEvidence, findings: Iterable[MigrationFinding], tables: Iterable[Name]
) -> tuple[MigrationFinding, ...]:
    shown = {shown_name(name, evidence.default_namespace) for name in tables}
    return tuple(
        finding
        for finding in findings
        if finding.code not in _HAZARDS or finding.table not in shown
    )


def judge_migration(
    evidence: MigrationEvidence, *, judges_hazards: bool
) -> tuple[MigrationFinding, ...]:
    """Return the findings in one migration, in the order of its text."""
    found = [
        finding
        for rule in ALL_MIGRATION_RULES
        if rule.scope == "migration" and (judges_hazards or not rule.is_hazard)
        for finding in rule.check(evidence)
    ]
    return tuple(sorted(found, key=_start))


def _still_empty(evidence: MigrationEvidence, empty: frozenset[Name]) -> frozenset[Name]:
    """Return the tables that hold no rows when a migration ends, as it or one before made them."""
    names = _followed(evidence, empty)
    filled: set[Name | None] = set()
    for step in evidence.steps:
        effect, statement = step.effect, step.effect.statement
        is_moved = isinstance(effect.action, RenameTable | SetNamespace)
        if isinstance(statement, CreateTable):
            if effect.before is None and effect.table is not None and not step.is_rebuilding:
                names.add(effect.table)
            if statement.has_unknown_shape:
                filled.add(effect.table)
        elif is_moved and effect.before is not None and effect.after is not None:
            if effect.before.name in filled:
                filled.add(effect.after.name)
            if effect.before.name in names and step.origin is None:
                names.add(effect.after.name)
        elif isinstance(statement, DataChange) and statement.kind not in ("delete", "truncate"):
            filled.update(statement.tables)
            filled.add(effect.table)
    return frozenset(names & set(evidence.after.tables)) - filled


def _followed(evidence: MigrationEvidence, empty: frozenset[Name]) -> set[Name]:
    """Return the empty tables, also under the names that a migration gives them."""
    names = set(empty)
    for step in evidence.steps:
        effect, origin = step.effect, step.origin
        is_moved = isinstance(effect.action, RenameTable | SetNamespace) and origin is not None
        if is_moved and effect.after is not None and origin is not None and origin.name in empty:
            names.add(effect.after.name)
    return names


def _start(finding: MigrationFinding) -> int:
    span = getattr(finding.place, "span", None)
    return span.start if span is not None else 0
