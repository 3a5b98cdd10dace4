"""A foreign key, unique index, primary key or CHECK is dropped and not made again.

From here on the database no longer refuses the rows that it forbade, and what they break is found
late; making the constraint again fails as soon as one such row is there.
A unique index is not reported where another one remains on some of its columns.
`DROP TABLE ... CASCADE` takes along the foreign keys of other tables that refer to the table.

```sql bad
ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";
```

```sql good
ALTER TABLE "Post" RENAME CONSTRAINT "Post_authorId_fkey" TO "Post_author_fkey";
```

There is no fix.

Sources: PostgreSQL manual, "ALTER TABLE", `DROP CONSTRAINT`.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Index, Name, Table
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.check_on_existing_data import checked_columns
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    DropConstraint,
    DropIndex,
    DropPrimaryKey,
    DropTable,
    Span,
)
from referee.rules.words import listed

CODE = "drops-constraint"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the constraints that are gone when the migration ends."""
    for step in evidence.steps:
        if not step.is_rebuilding:
            yield from _released(evidence, step.effect)
    told: set[tuple[object, ...]] = set()
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        if not isinstance(effect.statement, DropIndex) and not isinstance(
            effect.action, DropConstraint | DropPrimaryKey
        ):
            continue
        final = _final_table(evidence, after.name)
        if final is None or step.origin is None:
            continue
        for finding in _lost(evidence, before, after, final, step.origin, effect.span):
            told.add((finding.table, finding.object, finding.columns))
            yield finding
    for rebuild in evidence.rebuilds:
        final = evidence.after.tables.get(rebuild.new.name)
        if final is None:
            continue
        for finding in _lost(evidence, rebuild.old, final, final, rebuild.old, rebuild.span):
            if (finding.table, finding.object, finding.columns) not in told:
                yield finding


def _released(evidence: MigrationEvidence, effect: Effect) -> Iterator[MigrationFinding]:
    """Yield the foreign keys that CASCADE takes along with the table they refer to."""
    if not isinstance(effect.statement, DropTable) or not effect.statement.is_cascading:
        return
    for name, key in effect.released:
        before, final = evidence.before.tables.get(name), evidence.after.tables.get(name)
        if before is None or final is None or key not in before.foreign_keys:
            continue
        kept = {column.name for column in final.columns}
        if key.columns in [each.columns for each in final.foreign_keys]:
            continue
        if kept >= set(key.columns):
            yield finding_in(
                evidence,
                CODE,
                "information",
                effect.span,
                f"CASCADE also drops the foreign key `{key.name}` of {shown(evidence, name)}: from "
                f"here on {listed(key.columns)} may refer to nothing.",
                table=name,
                columns=key.columns,
                object=key.name,
            )


def _final_table(evidence: MigrationEvidence, name: Name) -> Table | None:
    found = evidence.after.tables.get(name)
    if found is None and name in evidence.before.tables:
        for step in evidence.steps:
            if step.origin is not None and step.origin.name == name and step.effect.after:
                found = evidence.after.tables.get(step.effect.after.name) or found
    return found


def _lost(
    evidence: MigrationEvidence,
    before: Table,
    after: Table,
    final: Table,
    origin: Table,
    span: Span,
) -> Iterator[MigrationFinding]:
    kept_columns = {column.name for column in final.columns}

    def finding(
        what: str, name: str | None, columns: tuple[str, ...], consequence: str
    ) -> MigrationFinding:
        named = f"{what} `{name}`" if name else what
        return finding_in(
            evidence,
            CODE,
            "information",
            span,
            f"The {named} of {shown(evidence, after.name)} is dropped: from here on {consequence}.",
            table=after.name,
            columns=columns,
            object=name,
        )

    for key in before.foreign_keys:
        is_gone = key not in after.foreign_keys and key.columns not in [
            each.columns for each in final.foreign_keys
        ]
        if is_gone and kept_columns >= set(key.columns):
            yield finding(
                "foreign key", key.name, key.columns, f"{listed(key.columns)} may refer to nothing"
            )
    unique = [
        index.columns
        for index in final.indexes
        if index.is_unique and not index.predicate and index.columns is not None
    ]
    if final.primary_key is not None:
        unique.append(final.primary_key.columns)
    for index in before.indexes:
        if not index.is_unique or index in after.indexes or index not in origin.indexes:
            continue
        columns = index.columns or ()
        if not columns or index.predicate:
            is_kept = _is_made_again(index, final)
        else:
            is_kept = any(set(each) <= set(columns) for each in unique)
        if not is_kept and kept_columns >= set(columns):
            what = f"on {listed(columns)}" if columns else "on what it is built on"
            where = " where its condition holds" if index.predicate else ""
            consequence = f"two rows may agree {what}{where}"
            yield finding("unique index", index.name, columns, consequence)
    old = before.primary_key
    is_guarded = old is None or any(set(each) <= set(old.columns) for each in unique)
    if old is not None and old not in (after.primary_key, final.primary_key) and not is_guarded:
        is_kept = kept_columns >= set(old.columns)
        agree = f"two rows may agree on {listed(old.columns)}"
        if origin.primary_key is not None and (is_kept or final.primary_key is None):
            consequence = agree if is_kept else "the table has none"
            yield finding("primary key", old.name, old.columns, consequence)
    for check_ in before.checks:
        if check_ not in after.checks and check_.name not in [each.name for each in final.checks]:
            looked_at = checked_columns(evidence, check_, before)
            if kept_columns >= set(looked_at):
                yield finding("check", check_.name, looked_at, "rows need not satisfy it")


def _is_made_again(index: Index, table: Table) -> bool:
    """Tell whether a unique index over the same, or one without its condition, is there."""
    return any(
        each.is_unique and each.parts == index.parts and each.predicate in (None, index.predicate)
        for each in table.indexes
    )


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A constraint that is dropped and not made again",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("dropped-constraints",),
    documented=("SQL Server", "CockroachDB"),
)
