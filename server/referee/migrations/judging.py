"""Judges a history of migrations: all rules over all that is known of it.

Hazards are judged in migrations that are not released, everything else in all. It deliberately does
not know how a migration comes to count as released.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from referee.ddl.of_schema import JoinTableForm, SchemaDatabase
from referee.migrations.catalogue import ALL_MIGRATION_RULES
from referee.migrations.difference import difference
from referee.migrations.evidence import NOT_REPLAYED, HistoryEvidence, MigrationEvidence
from referee.migrations.findings import MigrationFinding


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
    for each in evidence.migrations:
        judges_hazards = judges_all or each.migration.name in unreleased
        found.extend(judge_migration(each, judges_hazards=judges_hazards))
    return tuple(found)


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


def _start(finding: MigrationFinding) -> int:
    span = getattr(finding.place, "span", None)
    return span.start if span is not None else 0
