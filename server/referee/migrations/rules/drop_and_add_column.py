"""A column is dropped and one of the same type, or of the same name, added to the same table.

Prisma cannot see that a field was renamed: it drops the old column with all its values and adds an
empty one.
A column whose values the migration copies into another one first is not reported.
The same happens where a column changes to a type that it cannot be converted to.

```sql bad
ALTER TABLE "User" DROP COLUMN "name",
ADD COLUMN "fullName" VARCHAR(100);
```

```sql good
ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";
```

There is a fix where one column takes the place of one other: it renames instead. It is unsafe, since
it is a guess that the two are one.

Sources: Prisma's documentation, "Customizing migrations", "Rename a field".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Column, Name
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding, MigrationFix, ReplaceText
from referee.migrations.rules.rule import (
    MigrationRule,
    finding_in,
    is_dropped_later,
    shown,
    steps_on_existing,
)
from referee.migrations.sql.statements import AddColumn, AlterTable, DropColumn

CODE = "drop-and-add-column"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the columns that another one seems to replace."""
    for table, dropped, column, added in replaced_columns(evidence):
        new = added.column
        if evidence.copies(table, column.name, dropped.span):
            continue
        is_filled = new.name != column.name and evidence.writes(table, new.name, dropped.span)
        lost = "what is not copied before is lost" if is_filled else "all its values are lost"
        if new.name == column.name:
            what = f"`{column.name}` of {shown(evidence, table)} is dropped and added again"
        else:
            what = (
                f"`{column.name}` of {shown(evidence, table)} is dropped and `{new.name}` of the "
                "same type added"
            )
        yield finding_in(
            evidence,
            CODE,
            "warning",
            dropped.span,
            f"{what}: {lost}.",
            table=table,
            columns=tuple(dict.fromkeys((column.name, new.name))),
            fixes=_fixes(evidence, dropped, column, added),
        )


def replaced_columns(
    evidence: MigrationEvidence,
) -> Iterator[tuple[Name, Effect, Column, AddColumn]]:
    """Yield each dropped column that had values, with the added one that takes its place."""
    drops: list[tuple[Name, Effect, Column]] = []
    adds: dict[Name, list[tuple[AddColumn, Column]]] = {}
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        if isinstance(action, DropColumn):
            column = before.column(action.column)
            is_old = step.origin is not None and step.origin.column(action.column) is not None
            if column is not None and is_old and not is_dropped_later(evidence, after.name):
                drops.append((after.name, step.effect, column))
        elif isinstance(action, AddColumn):
            added = after.column(action.column.name)
            if added is not None:
                adds.setdefault(after.name, []).append((action, added))
    for table, effect, column in drops:
        candidates = adds.get(table, [])
        by_name = [each for each in candidates if each[1].name == column.name]
        by_type = [each for each in candidates if each[1].type == column.type]
        chosen = by_name or by_type
        if chosen:
            candidates.remove(chosen[0])
            yield table, effect, column, chosen[0][0]


def _fixes(
    evidence: MigrationEvidence, dropped: Effect, column: Column, added: AddColumn
) -> tuple[MigrationFix, ...]:
    """Return the rename, where one statement does nothing but drop the one and add the other."""
    statement = dropped.statement
    new = added.column.name
    if not isinstance(statement, AlterTable) or len(statement.actions) != 2 or new == column.name:
        return ()
    if added not in statement.actions:
        return ()
    placed = next(each for each in evidence.script.statements if each.statement is statement)
    start = min(part.start for part in placed.parts)
    end = max(part.end for part in placed.parts)
    if evidence.provider == "mysql":
        text = f"RENAME COLUMN `{column.name}` TO `{new}`"
    else:
        text = f'RENAME COLUMN "{column.name}" TO "{new}"'
    edit = ReplaceText(evidence.migration.path, type(placed.span)(start, end), text)
    return (MigrationFix(f"Rename `{column.name}` to `{new}`", (edit,), is_safe=False),)


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A column dropped and added anew: a rename that loses its values",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    is_hazard=True,
    claims=("replaced-columns",),
    documented=("SQL Server", "CockroachDB"),
)
