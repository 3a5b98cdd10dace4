"""A column of a table that may hold rows gets another type.

Every value is converted: the migration fails at the first one that does not fit (22P02, 22001), and
conversions such as that to a shorter number lose what does not fit in silence.
PostgreSQL writes the whole table anew meanwhile, under a lock that stops reads and writes.

A text that only becomes longer is not reported, nor is an enum that is made anew under its name,
nor, on PostgreSQL, a number, bit string, time or moment that only gets more places and is not
written anew.

```sql bad
ALTER TABLE "User" ALTER COLUMN "age" SET DATA TYPE INTEGER USING "age"::integer;
```

```sql good
ALTER TABLE "User" ALTER COLUMN "name" SET DATA TYPE TEXT;
```

There is no fix.

Sources: PostgreSQL manual, "ALTER TABLE", Notes.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import SqlType, Table
from referee.migrations.evidence import MigrationEvidence, shown_type
from referee.migrations.findings import MigrationFinding
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import ChangeColumn, SetType, Span

CODE = "changes-column-type"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the columns whose type changes under rows."""
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        if isinstance(action, SetType):
            names = (action.column, action.column)
            if _grows_in_place(evidence, before, after, action):
                continue
        elif isinstance(action, ChangeColumn):
            names = (action.old_name, action.column.name)
        else:
            continue
        yield from _changed(evidence, before, after, names, step.effect.span)
    for rebuild in evidence.rebuilds:
        for column in rebuild.new.columns:
            names = (column.name, column.name)
            yield from _changed(evidence, rebuild.old, rebuild.new, names, rebuild.span)


def _changed(
    evidence: MigrationEvidence, before: Table, after: Table, names: tuple[str, str], span: Span
) -> Iterator[MigrationFinding]:
    old, new = before.column(names[0]), after.column(names[1])
    if old is None or new is None or old.type == new.type or _only_grows(old.type, new.type):
        return
    if _is_same_enum(evidence, old.type, new.type):
        return
    if old.type.values and new.type.values:
        return  # MySQL's enums: see `enum-value-removed`
    is_precision = old.type.name == new.type.name
    types = [_shown(evidence, each.type, is_precision) for each in (old, new)]
    yield finding_in(
        evidence,
        CODE,
        "warning",
        span,
        f"`{new.name}` of {shown(evidence, after.name)} changes from `{types[0]}` to "
        f"`{types[1]}`: {_danger(old.type, new.type)}, and the table is locked meanwhile.",
        table=after.name,
        columns=(new.name,),
    )


_MOMENTS = ("timestamp", "timestamptz", "time", "timetz")


def _shown(evidence: MigrationEvidence, type: SqlType, is_precision: bool) -> str:
    """Return a type for people; where only its precision changes, the usual one is written out."""
    text = shown_type(type, evidence.default_namespace)
    if is_precision and evidence.provider == "postgresql" and type.name in _MOMENTS:
        return text if type.arguments else text.replace(type.name, f"{type.name}(6)")
    return text


def _grows_in_place(
    evidence: MigrationEvidence, before: Table, after: Table, action: SetType
) -> bool:
    """Tell whether PostgreSQL only notes a wider type, without reading or writing a row."""
    old, new = before.column(action.column), after.column(action.column)
    if evidence.provider != "postgresql" or old is None or new is None or action.using is not None:
        return False
    name, sizes = old.type.name, (old.type.arguments, new.type.arguments)
    if name != new.type.name or old.type.is_array or new.type.is_array:
        return False
    if not all(each.isdigit() for size in sizes for each in size):
        return False
    had, has = (tuple(map(int, size)) for size in sizes)
    if name in _MOMENTS:
        return (had or (6,)) <= (has or (6,))
    if name == "decimal":
        return not has or (len(had) == len(has) == 2 and had[1] == has[1] and had[0] <= has[0])
    return name == "varbit" and (not has or (bool(had) and had <= has))


_TEXTS = ("char", "varchar", "text", "citext", "nvarchar", "string", "longtext", "mediumtext")


def _only_grows(old: SqlType, new: SqlType) -> bool:
    """Tell whether every value of a text fits its new type as it is."""
    if old.is_array != new.is_array or old.name not in _TEXTS:
        return False
    if old.name == new.name and old.arguments and new.arguments == ("max",):
        return True
    if new.name in ("text", "longtext") and old.name != "longtext":
        return True
    return old.name == new.name == "varchar" and (
        not new.arguments
        or (bool(old.arguments) and int(old.arguments[0]) <= int(new.arguments[0]))
    )


_INTEGERS = ("smallint", "integer", "bigint")


def _danger(old: SqlType, new: SqlType) -> str:
    """Return what happens to the values that are there."""
    if old.is_array == new.is_array:
        names = [old.name, new.name]
        if names == sorted(names, key=_rank) and all(name in _INTEGERS for name in names):
            return "every value fits and is written anew"
        if old.enum is not None and new.name == "text":
            return "every value fits and is written anew"
        if sorted(names) == ["timestamp", "timestamptz"]:
            return "every moment is taken for one in the time zone of the session"
    return "every value has to fit"


def _rank(name: str) -> int:
    return _INTEGERS.index(name) if name in _INTEGERS else len(_INTEGERS)


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
