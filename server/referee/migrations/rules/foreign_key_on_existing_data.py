"""A foreign key is put on columns that rows hold already, and checked at once.

The migration fails if a row refers to one that is not there (23503).
PostgreSQL reads the whole table meanwhile and stops writes to both tables.
On PostgreSQL the two can be taken apart: `NOT VALID` adds the key for new rows, and a later
`VALIDATE CONSTRAINT`, which is reported in its place, checks the old ones without stopping writes.

```sql bad
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id");
```

```sql good
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") NOT VALID;
```

The fix adds `NOT VALID` on PostgreSQL and is unsafe: old rows stay unchecked until a later migration.

Sources: PostgreSQL manual, "ALTER TABLE", `ADD table_constraint [ NOT VALID ]` and Notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referee.ddl.model import ForeignKeyConstraint, Table
from referee.migrations.effects import Effect
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding, MigrationFix, ReplaceText
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import (
    AddConstraint,
    ForeignKeySpec,
    Span,
    ValidateConstraint,
)
from referee.rules.words import listed

CODE = "foreign-key-on-existing-data"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the foreign keys that are checked against rows at once."""
    if evidence.provider == "sqlite":
        return  # its keys come with a table that is made anew, and old rows are not checked
    for step, before, after in steps_on_existing(evidence):
        effect, origin = step.effect, step.origin
        if origin is None:
            continue
        if isinstance(effect.action, ValidateConstraint):
            for key in before.foreign_keys:
                if key.name == effect.action.name and not key.is_validated:
                    yield from _validated(evidence, after, origin, key, effect.span)
            continue
        for key in after.foreign_keys:
            if key in before.foreign_keys or not key.is_validated:
                continue
            if not _is_added_by(effect):
                continue
            if _held_before(key.columns, origin) and not _was_guarded(evidence, key, origin):
                yield finding_in(
                    evidence,
                    CODE,
                    "information",
                    effect.span,
                    f"{listed(key.columns)} of {shown(evidence, after.name)} is checked against "
                    f"{shown(evidence, key.referenced_table)} at once: the migration fails if a "
                    "row refers to nothing.",
                    table=after.name,
                    columns=key.columns,
                    object=key.name,
                    fixes=not_valid_fixes(evidence, effect),
                )


def _validated(
    evidence: MigrationEvidence,
    table: Table,
    origin: Table,
    key: ForeignKeyConstraint,
    span: Span,
) -> Iterator[MigrationFinding]:
    if not _held_before(key.columns, origin) or _was_guarded(evidence, key, origin):
        return
    yield finding_in(
        evidence,
        CODE,
        "information",
        span,
        f"{listed(key.columns)} of {shown(evidence, table.name)} is checked against "
        f"{shown(evidence, key.referenced_table)}: the migration fails if a row refers to nothing.",
        table=table.name,
        columns=key.columns,
        object=key.name,
    )


def not_valid_fixes(evidence: MigrationEvidence, effect: Effect) -> tuple[MigrationFix, ...]:
    """Return the fix that leaves old rows unchecked, which only PostgreSQL knows."""
    if evidence.provider not in ("postgresql", "cockroachdb"):
        return ()
    if not isinstance(effect.action, AddConstraint):
        return ()
    end = Span(effect.span.end, effect.span.end)
    edit = ReplaceText(evidence.migration.path, end, " NOT VALID")
    return (MigrationFix("Leave the old rows unchecked with `NOT VALID`", (edit,), is_safe=False),)


def _is_added_by(effect: Effect) -> bool:
    return isinstance(effect.action, AddConstraint) and isinstance(
        effect.action.constraint, ForeignKeySpec
    )


def _held_before(columns: Sequence[str], origin: Table) -> bool:
    """Tell whether the rows hold values: a column the migration adds holds NULL in all of them."""
    return all(origin.column(name) is not None for name in columns)


def _was_guarded(evidence: MigrationEvidence, key: ForeignKeyConstraint, origin: Table) -> bool:
    """Tell whether a foreign key that held its rows to the same stood there before."""
    return any(
        old.is_validated and old.columns == key.columns and _leads_alike(evidence, old, key)
        for old in origin.foreign_keys
    )


def _leads_alike(
    evidence: MigrationEvidence, old: ForeignKeyConstraint, new: ForeignKeyConstraint
) -> bool:
    """Tell whether two keys lead to the same columns, by their names of then and of now."""
    if old.referenced_table != new.referenced_table and not any(
        step.origin is not None
        and step.origin.name == old.referenced_table
        and step.effect.after is not None
        and step.effect.after.name == new.referenced_table
        for step in evidence.steps
    ):
        return False
    if old.referenced_columns == new.referenced_columns:
        return True
    now = evidence.after.tables.get(new.referenced_table)
    # Columns that are gone may have been renamed.
    return now is None or any(now.column(name) is None for name in old.referenced_columns)


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A foreign key checked against rows at once",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    is_hazard=True,
    claims=("new-foreign-keys",),
    documented=("SQL Server", "CockroachDB"),
)
