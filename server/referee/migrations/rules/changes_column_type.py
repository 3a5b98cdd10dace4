"""A column of a table that may hold rows gets another type.

Every value is converted: the migration fails at the first one that does not fit (22P02, 22001).
What loses places is rounded in silence, and a `USING` that casts a text to a shorter type cuts it
off.
PostgreSQL writes the whole table anew meanwhile, under a lock that stops reads and writes; MySQL
copies it while writes wait.
SQLite keeps a value that cannot be converted as it is, in a column of another type.

A text that only becomes longer is not reported, nor is an enum that is made anew under its name,
nor, on PostgreSQL, a number, bit string, time or moment that only gets more places and is not
written anew, nor, on SQLite, an integer that becomes a larger one.
Text that becomes `CITEXT` is not written anew, but its indexes are, and a unique one fails where two
values differ only in case (23505).

```sql bad
ALTER TABLE "User" ALTER COLUMN "age" SET DATA TYPE INTEGER USING "age"::integer;
```

```sql good
ALTER TABLE "User" ALTER COLUMN "name" SET DATA TYPE TEXT;
```

There is no fix.

Sources: PostgreSQL manual, "ALTER TABLE", Notes; MySQL manual, "Online DDL Operations"; SQLite
manual, "Datatypes In SQLite".
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import SqlType, Table
from referee.migrations.evidence import MigrationEvidence, shown_type
from referee.migrations.findings import MigrationFinding
from referee.migrations.row_changes import is_column
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import ChangeColumn, SetType, Span
from referee.migrations.sql.tokens import tokenize
from referee.migrations.type_changes import (
    MOMENTS,
    grows_in_place,
    is_wider_integer,
    only_grows,
    what_happens,
)

CODE = "changes-column-type"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the columns whose type changes under rows."""
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        using = None
        if isinstance(action, SetType):
            names, using = (action.column, action.column), action.using
        elif isinstance(action, ChangeColumn):
            names = (action.old_name, action.column.name)
        else:
            continue
        yield from _changed(evidence, before, after, names, step.effect.span, using)
    for rebuild in evidence.rebuilds:
        for column in rebuild.new.columns:
            names = (column.name, column.name)
            yield from _changed(evidence, rebuild.old, rebuild.new, names, rebuild.span)


def _changed(
    evidence: MigrationEvidence,
    before: Table,
    after: Table,
    names: tuple[str, str],
    span: Span,
    using: str | None = None,
) -> Iterator[MigrationFinding]:
    old, new = before.column(names[0]), after.column(names[1])
    if old is None or new is None or old.type == new.type:
        return
    is_cast = using is not None and _is_cast(evidence, using, old.name)
    if (using is None or is_cast) and only_grows(old.type, new.type):
        return
    if using is None and evidence.provider == "postgresql" and grows_in_place(old.type, new.type):
        return
    if evidence.provider == "sqlite" and is_wider_integer(old.type, new.type):
        return  # its integers are all of one kind
    if _is_same_enum(evidence, old.type, new.type):
        return
    if old.type.values and new.type.values:
        return  # MySQL's enums: see `enum-value-removed`
    is_precision = old.type.name == new.type.name
    types = [_shown(evidence, each.type, is_precision) for each in (old, new)]
    if using is None or is_cast:
        happens = what_happens(evidence.provider, old.type, new.type, is_cast=is_cast)
    else:
        happens = "every value becomes what `USING` makes of it"
    yield finding_in(
        evidence,
        CODE,
        "warning",
        span,
        f"`{new.name}` of {shown(evidence, after.name)} changes from `{types[0]}` to "
        f"`{types[1]}`: {happens}{_wait(evidence)}.",
        table=after.name,
        columns=(new.name,),
    )


def _wait(evidence: MigrationEvidence) -> str:
    if evidence.provider == "sqlite":
        return ""
    if evidence.provider == "mysql":
        return ", and writes wait meanwhile"
    return ", and the table is locked meanwhile"


def _shown(evidence: MigrationEvidence, type: SqlType, is_precision: bool) -> str:
    """Return a type for people; where only its precision changes, the usual one is written out."""
    text = shown_type(type, evidence.default_namespace)
    if is_precision and evidence.provider == "postgresql" and type.name in MOMENTS:
        return text if type.arguments else text.replace(type.name, f"{type.name}(6)")
    return text


def _is_cast(evidence: MigrationEvidence, using: str, column: str) -> bool:
    """Tell whether USING does nothing but cast the column."""
    tokens = list(tokenize(evidence.provider, using).tokens)
    while len(tokens) > 3 and tokens[-1].is_mark(")") and tokens[-2].kind == "number":
        if not tokens[-3].is_mark("("):
            break
        tokens = tokens[:-3]
    return is_column(tokens, column)


def _is_same_enum(evidence: MigrationEvidence, old: SqlType, new: SqlType) -> bool:
    """Tell whether an enum is exchanged for one that has its name when the migration ends."""
    if old.enum is None or new.enum is None or old.is_array != new.is_array:
        return False
    return (
        new.enum not in evidence.before.enums or old.enum not in evidence.after.enums
    ) and old.enum.name.startswith(new.enum.name[:4])


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="migration",
    summary="A column that changes its type under its rows",
    check=check,
    documentation=__doc__,
    is_hazard=True,
    claims=("column-types",),
    documented=("SQL Server", "CockroachDB"),
)
