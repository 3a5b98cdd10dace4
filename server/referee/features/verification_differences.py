"""What a migrated database and the schema say differently, as findings at their places.

The changes come from a database or from a replay; the rules that judge them are the same ones, and
so are the settings and comments that silence them. It deliberately runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from referee.engine.snapshot import Snapshot
from referee.features.diagnostics import Diagnostic
from referee.features.migration_diagnostics import migration_diagnostics
from referee.features.migration_judging import MigrationOptions, is_ignored
from referee.features.placing import Placer
from referee.migrations.difference import Change
from referee.migrations.evidence import HistoryEvidence
from referee.migrations.rules import leftover_in_migrations, unmigrated_change
from referee.migrations.verification import Difference, Verification


def difference_diagnostics(
    evidence: HistoryEvidence,
    changes: tuple[Change, ...] | None,
    snapshot: Snapshot,
    options: MigrationOptions,
    shown: Callable[[str], str],
) -> tuple[Diagnostic, ...]:
    """Return what differs, without what somebody silenced; `shown` makes paths what readers see.

    `evidence` is of the history that was compared with the schema, `changes` what came of it.
    """
    if not changes:
        return ()
    judged = replace(evidence, changes=changes)
    findings = [
        finding
        for rule in (unmigrated_change.RULE, leftover_in_migrations.RULE)
        for finding in rule.check(judged)
        if not is_ignored(finding, options.ignored)
    ]
    placed = migration_diagnostics(
        findings, evidence.history, Placer(snapshot), snapshot.settings, options
    )
    return tuple(replace(each.diagnostic, path=shown(each.diagnostic.path)) for each in placed)


def with_differences(verification: Verification, differences: Iterable[Diagnostic]) -> Verification:
    """Return a verification with what differs from the schema.

    Where somebody said of every difference that it is known and wanted, the two are equal.
    """
    told = tuple(_difference(each, verification.was_run) for each in differences)
    equals = verification.equals_schema
    return replace(
        verification, differences=told, equals_schema=not told if equals is False else equals
    )


def _difference(diagnostic: Diagnostic, was_run: bool) -> Difference:
    subject = diagnostic.migration
    assert subject is not None
    start = diagnostic.range.start
    return Difference(
        diagnostic.code,
        diagnostic.message,
        subject.table,
        subject.columns,
        subject.object,
        subject.type,
        subject.migration,
        "database" if was_run else "replay",
        diagnostic.path,
        start.line + 1,
        start.column + 1,
    )
