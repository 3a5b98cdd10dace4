"""What a rule about migrations is, and what its findings are made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from referee.ddl.model import Column, Name, Table
from referee.migrations.evidence import MigrationEvidence, Step, shown_name
from referee.migrations.findings import FilePlace, MigrationFinding, MigrationFix
from referee.migrations.sql.statements import (
    AddColumn,
    ChangeColumn,
    DropColumn,
    RenameColumn,
    Span,
)
from referee.rules.rule import FixSafety, Severity

# What `check` is given: the evidence of the whole history, of one migration, or, for what the
# schema and the migrations say differently, of the whole history with its changes.
MigrationScope = Literal["history", "migration", "schema"]
MigrationCheck: TypeAlias = Callable[[Any], Iterator[MigrationFinding]]


@dataclass(frozen=True, slots=True, eq=False)
class MigrationRule:
    """A rule about migrations.

    A hazard is judged only in migrations that are not released. `documentation` is the module's
    docstring. `is_asked_for` tells that it runs only when migrations are what is asked about.
    `claims` and `documented` say what of it was executed and what was not, as those of a `Rule` do.
    """

    code: str
    severity: Severity
    scope: MigrationScope
    summary: str
    check: MigrationCheck
    documentation: str
    fix_safety: FixSafety = "none"
    is_hazard: bool = False
    is_asked_for: bool = False
    claims: tuple[str, ...] = ()
    documented: tuple[str, ...] = ()


def finding_in(
    evidence: MigrationEvidence,
    code: str,
    severity: Severity,
    span: Span,
    message: str,
    *,
    table: Name | None = None,
    columns: tuple[str, ...] = (),
    object: str | None = None,
    type: Name | None = None,
    fixes: tuple[MigrationFix, ...] = (),
) -> MigrationFinding:
    """Return a finding in the script of a migration."""
    migration = evidence.migration
    return MigrationFinding(
        code,
        severity,
        message,
        FilePlace(migration.path, span),
        migration.name,
        None if table is None else shown_name(table, evidence.default_namespace),
        columns,
        object,
        None if type is None else shown_name(type, evidence.default_namespace),
        fixes=fixes,
    )


def shown(evidence: MigrationEvidence, name: Name) -> str:
    """Return a name in backticks, without the usual namespace."""
    return f"`{shown_name(name, evidence.default_namespace)}`"


def steps_on_existing(evidence: MigrationEvidence) -> Iterator[tuple[Step, Table, Table]]:
    """Yield the steps on tables older than the migration, with the table before and after each."""
    for step in evidence.steps:
        effect = step.effect
        if step.is_rebuilding or step.origin is None:
            continue
        if effect.before is not None and effect.after is not None:
            yield step, effect.before, effect.after


def name_at_start(evidence: MigrationEvidence, until: Step, column: str) -> str | None:
    """Return what a column was called when the migration began, None if it was not there yet.

    `until` is a step on its table, before which `column` is its name.
    """
    names: dict[str, str | None] = {each.name: each.name for each in _columns(until.origin)}
    for step in evidence.steps:
        if step is until:
            break
        if step.origin is None or step.origin is not until.origin:
            continue
        action = step.effect.action
        if isinstance(action, RenameColumn) and action.old_name in names:
            names[action.name] = names.pop(action.old_name)
        elif isinstance(action, ChangeColumn) and action.old_name in names:
            names[action.column.name] = names.pop(action.old_name)
        elif isinstance(action, DropColumn):
            names.pop(action.column, None)
        elif isinstance(action, AddColumn):
            names.setdefault(action.column.name, None)
    return names.get(column)


def _columns(table: Table | None) -> tuple[Column, ...]:
    return () if table is None else table.columns


def is_dropped_later(evidence: MigrationEvidence, table: Name) -> bool:
    """Tell whether a table is gone when the migration ends."""
    return table not in evidence.after.tables
