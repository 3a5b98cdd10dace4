"""An index is built on a table that may hold rows, and writes wait meanwhile.

`CREATE INDEX` on PostgreSQL locks the table against writes until it is done, which takes minutes on
a large one.
`CREATE INDEX CONCURRENTLY` lets writes go on; it must be alone in its migration, see
`concurrent-index-with-others`.
A primary key or unique constraint that is added builds its index under a lock that stops reads as
well, unless it takes over an index that is there (`ADD CONSTRAINT ... USING INDEX`);
so does a column that is added with `UNIQUE` or `PRIMARY KEY`.
MySQL builds its indexes while rows are written, except for `FULLTEXT` and `SPATIAL` ones.

```sql bad
CREATE INDEX "Post_slug_idx" ON "Post"("slug");
```

```sql good
CREATE INDEX CONCURRENTLY "Post_slug_idx" ON "Post"("slug");
```

Where the statement is the only one, a fix writes `CONCURRENTLY`; it is unsafe, since a build that
fails leaves an invalid index behind.

Sources: PostgreSQL manual, "CREATE INDEX", "Building Indexes Concurrently"; MySQL manual, "Online
DDL Operations".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Table
from referee.migrations.evidence import MigrationEvidence, new_indexes
from referee.migrations.findings import MigrationFinding, MigrationFix, ReplaceText
from referee.migrations.rules.rule import (
    MigrationRule,
    finding_in,
    is_dropped_later,
    shown,
    steps_on_existing,
)
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    CreateIndex,
    PrimaryKeySpec,
    Span,
    UniqueSpec,
)
from referee.migrations.sql.tokens import tokenize

CODE = "blocking-index-build"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the indexes whose building stops writes."""
    if evidence.provider == "mysql":
        yield from _full_texts(evidence)
    if evidence.provider != "postgresql":
        return
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        statement, action = effect.statement, effect.action
        if isinstance(statement, CreateIndex):
            if statement.is_concurrent or before == after:
                continue
            name, columns = _made(before, after)
            fixes, waiting = _fixes(evidence, effect.span), "Writes to"
        elif isinstance(action, AddConstraint) and isinstance(
            action.constraint, PrimaryKeySpec | UniqueSpec
        ):
            if action.constraint.using_index is not None:
                continue
            if isinstance(action.constraint, PrimaryKeySpec) and after.primary_key is not None:
                name, columns = after.primary_key.name or "", after.primary_key.columns
            else:
                name, columns = _made(before, after)
            fixes, waiting = (), "Reads of and writes to"
        elif isinstance(action, AddColumn) and before != after:
            fixes, waiting = (), "Reads of and writes to"
            name, columns = _made(before, after)
            if after.primary_key is not None and after.primary_key != before.primary_key:
                name, columns = after.primary_key.name or "", after.primary_key.columns
            if not columns:
                continue
        else:
            continue
        if is_dropped_later(evidence, after.name):
            continue
        yield finding_in(
            evidence,
            CODE,
            "information",
            effect.span,
            f"{waiting} {shown(evidence, after.name)} wait while {_named(name)} is built.",
            table=after.name,
            columns=columns,
            object=name,
            fixes=fixes,
        )


def _full_texts(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the indexes of MySQL that are not built while rows are written.

    `other` is a SPATIAL one there.
    """
    for step, before, after in steps_on_existing(evidence):
        if is_dropped_later(evidence, after.name):
            continue
        for index in new_indexes(before, after):
            if index.method in ("fulltext", "other") and isinstance(
                step.effect.action or step.effect.statement,
                CreateIndex | AddConstraint,
            ):
                yield finding_in(
                    evidence,
                    CODE,
                    "information",
                    step.effect.span,
                    f"Writes to {shown(evidence, after.name)} wait while `{index.name}` is built.",
                    table=after.name,
                    columns=index.columns or (),
                    object=index.name,
                )


def _named(name: str) -> str:
    return f"`{name}`" if name else "the index"


def _made(before: Table, after: Table) -> tuple[str, tuple[str, ...]]:
    """Return the name and columns of the index that a statement made."""
    for index in new_indexes(before, after):
        return index.name, index.columns or ()
    return "", ()


def _fixes(evidence: MigrationEvidence, span: Span) -> tuple[MigrationFix, ...]:
    if len(evidence.script.statements) != 1:
        return ()
    tokens = tokenize(evidence.provider, evidence.text, span.start, span.end).tokens
    index = next(token for token in tokens if token.is_word("index"))
    edit = ReplaceText(evidence.migration.path, Span(index.end, index.end), " CONCURRENTLY")
    return (MigrationFix("Build it with `CONCURRENTLY`", (edit,), is_safe=False),)


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="An index build that stops writes",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    is_hazard=True,
    claims=("index-builds",),
)
