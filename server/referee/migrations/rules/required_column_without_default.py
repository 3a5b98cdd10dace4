"""A required column is added to a table that may hold rows, and nothing says what they get.

On an empty table it works, on one with rows PostgreSQL refuses it (23502), and so does SQLite.
MySQL and MariaDB write zero, an empty text or the first value of an ENUM into every row instead,
which is hardly what was meant.
A `DATE` or `DATETIME` is refused where the SQL mode has `NO_ZERO_DATE` (1292), as MySQL's default
has; MariaDB's default writes the zero date `0000-00-00` into every row, and any mode of it does for
a `TIMESTAMP`.
Prisma Migrate sets no mode of its own, so that of the server counts.
SQLite also refuses a new column whose default it has to compute (`CURRENT_TIMESTAMP`, a function),
required or not, while the table holds a row.
A migration that empties the table first is not reported.

```sql bad
ALTER TABLE "User" ADD COLUMN "score" INTEGER NOT NULL;
```

```sql good
ALTER TABLE "User" ADD COLUMN "score" INTEGER NOT NULL DEFAULT 0;
```

There is no fix: give it a default, or add it as nullable, fill it, and then set `NOT NULL`.

Sources: PostgreSQL manual, "ALTER TABLE"; SQLite manual, "ALTER TABLE ADD COLUMN"; MySQL and MariaDB
manuals, "SQL modes"; Prisma's engines, `quaint/src/connector/mysql`; a rehearsal with rows shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from referee.ddl.model import Column
from referee.migrations.evidence import MigrationEvidence
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import AddColumn

CODE = "required-column-without-default"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the required columns that rows have no value for."""
    for step, before, after in steps_on_existing(evidence):
        effect = step.effect
        if not isinstance(effect.action, AddColumn):
            continue
        column = after.column(effect.action.column.name)
        if column is None or before.column(column.name) is not None:
            continue
        if evidence.is_emptied(after.name, effect.span):
            continue
        if evidence.provider == "sqlite" and _is_computed(column):
            yield finding_in(
                evidence,
                CODE,
                "warning",
                effect.span,
                f"SQLite computes the default of `{column.name}` of {shown(evidence, after.name)}, "
                "and adds such a column only to a table without rows: give it a constant default, "
                "or make the table anew and copy its rows.",
                table=after.name,
                columns=(column.name,),
            )
            continue
        if not _is_needed(column):
            continue
        yield finding_in(
            evidence,
            CODE,
            "warning",
            effect.span,
            f"`{column.name}` of {shown(evidence, after.name)} is required and has no default: "
            f"{_consequence(evidence, column)}.",
            table=after.name,
            columns=(column.name,),
        )
    for rebuild in evidence.rebuilds:
        for column in rebuild.new.columns:
            if rebuild.old.column(column.name) is None and _is_needed(column):
                yield finding_in(
                    evidence,
                    CODE,
                    "warning",
                    rebuild.span,
                    f"`{column.name}` of {shown(evidence, rebuild.new.name)} is required and has "
                    "no default: the rows of the old table have no value for it.",
                    table=rebuild.new.name,
                    columns=(column.name,),
                )


def _is_needed(column: Column) -> bool:
    return not column.is_nullable and column.default is None and not column.is_generated


# `CAST` of a constant is one; what else is called, or read from the clock, is computed.
_COMPUTED = re.compile(r"\bcurrent_(?:timestamp|date|time)\b|\b(?!cast\b)\w+\s*\(", re.IGNORECASE)


def _is_computed(column: Column) -> bool:
    default = column.default
    if default is None or column.is_generated:
        return False
    return default.kind == "now" or (
        default.kind == "expression" and _COMPUTED.search(default.text) is not None
    )


_MYSQL_NUMBERS = frozenset(
    [
        "tinyint",
        "smallint",
        "mediumint",
        "integer",
        "bigint",
        "decimal",
        "float",
        "double",
        "bit",
        "time",
        "year",
    ]
)
_MYSQL_BYTES = frozenset(["varbinary", "tinyblob", "blob", "mediumblob", "longblob"])
_MYSQL_TEXTS = frozenset(["char", "varchar", "tinytext", "text", "mediumtext", "longtext"])


def _consequence(evidence: MigrationEvidence, column: Column) -> str:
    if evidence.provider == "mysql":
        name = column.type.name.partition(" unsigned")[0]
        if column.type.name == "enum" and column.type.values:
            return f"MySQL fills it with its first value, `{column.type.values[0]}`, in every row"
        if name in _MYSQL_NUMBERS:
            return "MySQL fills it with zero in every row"
        if name in _MYSQL_TEXTS:
            return "MySQL fills it with an empty text in every row"
        if name in _MYSQL_BYTES:
            return "MySQL fills it with an empty value in every row"
        if name == "binary":
            return "MySQL fills it with zero bytes in every row"
        if name in ("date", "datetime"):
            return (
                "if the table holds rows, MySQL refuses it where the SQL mode has `NO_ZERO_DATE`, "
                "as by default, and MariaDB fills it with the zero date"
            )
        if name == "timestamp":
            return "MariaDB fills it with the zero date in every row"
        if name == "json":
            return "MariaDB fills it with an empty text, which is no JSON, in every row"
        return "nothing says what the rows that are there get"
    return "the migration fails if the table holds rows"


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A required column without a default on a table with rows",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("new-required-columns",),
    documented=("SQL Server", "CockroachDB"),
)
