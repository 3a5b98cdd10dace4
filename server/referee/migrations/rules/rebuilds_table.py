"""The database writes a whole table anew.

SQLite cannot change most of what a table is: Prisma makes a new one, copies all rows into it, drops
the old one and renames the new one; what only a hand-made index or trigger gave the old one is lost.
PostgreSQL writes every row anew for a column whose default is different for each of them, for one
that is generated and stored, and for a `CHAR` or a list of texts that becomes another text, and
locks the table against reads and writes meanwhile.
MySQL copies the table, and writes wait, for a text that becomes a larger kind of text, for a
`VARCHAR` that grows beyond 63 characters (255 bytes in `utf8mb4`), and for a column that is generated
and stored or has a computed default.

```sql bad
ALTER TABLE "User" ADD COLUMN "publicId" UUID NOT NULL DEFAULT gen_random_uuid();
```

```sql good
ALTER TABLE "User" ADD COLUMN "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
```

There is no fix.

Sources: SQLite manual, "Making Other Kinds Of Table Schema Changes"; PostgreSQL manual, "ALTER
TABLE", Notes; MySQL manual, "Online DDL Operations".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Column
from referee.migrations.evidence import MigrationEvidence, Step
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import AddColumn, ChangeColumn, SetType
from referee.migrations.sql.tokens import calls_in, tokenize
from referee.migrations.type_changes import only_grows

CODE = "rebuilds-table"

# What is in the names of functions that give every row another value.
_VOLATILE = ("random", "nextval", "uuid", "clock_timestamp", "timeofday")
# Those that have such a name and give one value.
_CONSTANT = ("uuid_nil", "uuid_ns_dns", "uuid_ns_url", "uuid_ns_oid", "uuid_ns_x500")
# So many characters of `utf8mb4` are sure to fit 255 bytes, whose length takes one byte.
_SHORT = 63


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the tables that are written anew."""
    for rebuild in evidence.rebuilds:
        yield finding_in(
            evidence,
            CODE,
            "information",
            rebuild.span,
            f"{shown(evidence, rebuild.new.name)} is made anew and all its rows copied.",
            table=rebuild.new.name,
        )
    if evidence.provider not in ("postgresql", "mysql"):
        return
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        if isinstance(action, AddColumn) and before.column(action.column.name) is None:
            column = after.column(action.column.name)
            reason = None if column is None else _reason(evidence, column, step)
        elif isinstance(action, SetType | ChangeColumn):
            old_name = action.column if isinstance(action, SetType) else action.old_name
            old = before.column(old_name)
            column = after.column(old_name if isinstance(action, SetType) else action.column.name)
            reason = None
            if old is not None and column is not None:
                reason = _reason_of_growth(evidence, old, column)
        else:
            continue
        if column is not None and reason is not None:
            wait = "" if evidence.provider == "postgresql" else ", and writes wait meanwhile"
            yield finding_in(
                evidence,
                CODE,
                "information",
                step.effect.span,
                f"Every row of {shown(evidence, after.name)} is written anew, since "
                f"`{column.name}` {reason}{wait}.",
                table=after.name,
                columns=(column.name,),
            )


def _reason(evidence: MigrationEvidence, column: Column, step: Step) -> str | None:
    """Return why a new column has every row written anew."""
    if column.is_generated:
        span = step.effect.span
        tokens = tokenize(evidence.provider, evidence.text, span.start, span.end).tokens
        is_stored = any(token.is_word("stored", "persistent") for token in tokens)
        return "is computed for each" if is_stored else None
    default = column.default
    if default is None:
        return None
    different = "is different in each"
    if default.kind == "sequence":
        return different
    if default.kind != "expression":
        return None
    if evidence.provider == "mysql":
        return different if "(" in default.text else None
    tokens = tokenize(evidence.provider, default.text).tokens
    is_volatile = any(_is_volatile(tokens[at].value.lower()) for at in calls_in(tokens))
    return different if is_volatile else None


def _is_volatile(function: str) -> bool:
    return function not in _CONSTANT and any(word in function for word in _VOLATILE)


def _reason_of_growth(evidence: MigrationEvidence, old: Column, new: Column) -> str | None:
    """Return why a text that only grows, of which no value can be lost, is written anew."""
    was, becomes = old.type, new.type
    if was == becomes or not only_grows(was, becomes):
        return None
    if was.is_array:
        is_copied = evidence.provider == "postgresql"
    elif was.name == becomes.name == "varchar" and was.arguments and becomes.arguments:
        had, has = int(was.arguments[0]), int(becomes.arguments[0])
        is_copied = evidence.provider == "mysql" and had <= _SHORT < has
    elif evidence.provider == "mysql":
        is_copied = True
    else:
        is_copied = was.name == "char"
    return f"becomes `{becomes}`" if is_copied else None


RULE = MigrationRule(
    code=CODE,
    severity="information",
    scope="migration",
    summary="A table that the database writes anew",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("rewritten-tables",),
)
