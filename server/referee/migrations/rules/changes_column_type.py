"""A column of a table that may hold rows gets another type.

Every value is converted: the migration fails at the first one that does not fit (22P02, 22001), and
what is written with fewer places is rounded in silence, as a text is cut off by a `USING` that casts
it to a shorter type.
PostgreSQL writes the whole table anew meanwhile, under a lock that stops reads and writes; MySQL
copies it while writes wait.
SQLite keeps a value that cannot be converted as it is, in a column of another type.

A text that only becomes longer is not reported, nor is an enum that is made anew under its name,
nor, on PostgreSQL, a number, bit string, time or moment that only gets more places and is not
written anew.
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

from referee.ddl.model import Column, SqlType, Table
from referee.migrations.evidence import MigrationEvidence, shown_type
from referee.migrations.findings import MigrationFinding
from referee.migrations.row_changes import is_column
from referee.migrations.rules.rule import MigrationRule, finding_in, shown, steps_on_existing
from referee.migrations.sql.statements import ChangeColumn, SetType, Span
from referee.migrations.sql.tokens import tokenize

CODE = "changes-column-type"


def check(evidence: MigrationEvidence) -> Iterator[MigrationFinding]:
    """Yield the columns whose type changes under rows."""
    for step, before, after in steps_on_existing(evidence):
        action = step.effect.action
        using = None
        if isinstance(action, SetType):
            names, using = (action.column, action.column), action.using
            if _grows_in_place(evidence, before, after, action):
                continue
        elif isinstance(action, ChangeColumn):
            names = (action.old_name, action.column.name)
        else:
            continue
        yield from _changed(evidence, before, after, names, step.effect.span, using)
    for rebuild in evidence.rebuilds:
        for column in rebuild.new.columns:
            names = (column.name, column.name)
            yield from _changed(evidence, rebuild.old, rebuild.new, names, rebuild.span)


def only_grows(old: SqlType, new: SqlType) -> bool:
    """Tell whether every value of a text fits its new type as it is."""
    if old.is_array != new.is_array or old.name not in _TEXTS:
        return False
    if old.name == new.name and old.arguments and new.arguments == ("max",):
        return True
    if new.name == "ntext" or (new.name in _LARGE and old.name in ("nvarchar", "string")):
        return True
    if new.name in _LARGE:
        if old.name == "varchar" and new.name == "tinytext":
            return False
        return _LARGE.get(old.name, _LARGE["text"]) <= _LARGE[new.name]
    if new.name == "varchar" and not new.arguments:
        return old.name in ("varchar", "text", "citext")
    if old.name != new.name or old.name not in ("varchar", "nvarchar"):
        return False
    had, has = old.arguments, new.arguments
    is_sized = all(size and size[0].isdigit() for size in (had, has))
    return is_sized and int(had[0]) <= int(has[0])


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
    if using is None or _is_cast(evidence, using, old.name):
        if only_grows(old.type, new.type):
            return
        if evidence.provider == "sqlite" and _is_wider_integer(old.type, new.type):
            return  # its integers are all of one kind
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
        f"`{types[1]}`: {_danger(evidence, old, new, using)}{_wait(evidence)}.",
        table=after.name,
        columns=(new.name,),
    )


def _wait(evidence: MigrationEvidence) -> str:
    if evidence.provider == "sqlite":
        return ""
    if evidence.provider == "mysql":
        return ", and writes wait meanwhile"
    return ", and the table is locked meanwhile"


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
    if (name, new.type.name) == ("cidr", "inet") and old.type.is_array == new.type.is_array:
        return not old.type.is_array
    if name != new.type.name or old.type.is_array or new.type.is_array:
        return False
    if not all(each.isdigit() for size in sizes for each in size):
        return False
    had, has = (tuple(map(int, size)) for size in sizes)
    if name in _MOMENTS or name == "interval":
        return (had or (6,)) <= (has or (6,))
    if name == "decimal":
        return not has or (len(had) == len(has) == 2 and had[1] == has[1] and had[0] <= has[0])
    return name == "varbit" and (not has or (bool(had) and had <= has))


_TEXTS = (
    "char",
    "varchar",
    "text",
    "citext",
    "nvarchar",
    "string",
    "tinytext",
    "mediumtext",
    "longtext",
)
# In the order of what they hold on MySQL; elsewhere there is `text` alone.
_LARGE = {"tinytext": 1, "text": 2, "mediumtext": 3, "longtext": 4}
# How many digits the largest number has, in the order of their size.
_DIGITS = {
    "tinyint": 3,
    "smallint": 5,
    "mediumint": 8,
    "integer": 10,
    "int": 10,
    "bigint": 19,
}
_FLOATS = ("real", "float", "double precision", "double")
_FITS = "every value fits and is written anew"
_HAS_TO_FIT = "every value has to fit"
_IS_ROUNDED = "every value is rounded to what the new type can hold"


def _danger(evidence: MigrationEvidence, old: Column, new: Column, using: str | None) -> str:
    """Return what happens to the values that are there."""
    if evidence.provider == "sqlite":
        return "a value that cannot be converted stays as it is"
    was, becomes = old.type, new.type
    if using is not None:
        if not _is_cast(evidence, using, old.name):
            return "every value becomes what `USING` makes of it"
        if becomes.name in ("char", "varchar") and becomes.arguments:
            return "a longer value is cut off in silence"
    if was.is_array or becomes.is_array:
        return _HAS_TO_FIT
    if becomes.name == "citext" and was.name in ("text", "varchar"):
        return "its indexes are built anew, and a unique one fails where values differ only in case"
    if evidence.provider == "postgresql" and becomes.name == "text":
        return _FITS
    if was.name in (*_MOMENTS, "date", "datetime"):
        return _danger_to_moment(was, becomes)
    return _danger_to_number(was, becomes)


def _danger_to_moment(was: SqlType, becomes: SqlType) -> str:
    if sorted((was.name, becomes.name)) == ["timestamp", "timestamptz"]:
        return "every moment is taken for one in the time zone of the session"
    if becomes.name == "date":
        return "the time of day is lost"
    if was.name == "date" and becomes.name in ("timestamp", "datetime"):
        return _FITS
    if was.name != becomes.name:
        return _HAS_TO_FIT
    usual = 0 if was.name == "datetime" else 6
    had, has = (int(each.arguments[0]) if each.arguments else usual for each in (was, becomes))
    return _IS_ROUNDED if has < had else _FITS


def _danger_to_number(was: SqlType, becomes: SqlType) -> str:
    if was.name in _DIGITS:
        if _is_wider_integer(was, becomes):
            return _FITS
        digits = _DIGITS[was.name]
        if becomes.name == "decimal" and all(each.isdigit() for each in becomes.arguments):
            size = [*map(int, becomes.arguments), 0]
            return _FITS if not becomes.arguments or size[0] - size[1] >= digits else _HAS_TO_FIT
        if becomes.name in _FLOATS:
            exact = 15 if becomes.name.startswith("double") else 6
            return _FITS if digits <= exact else _IS_ROUNDED
        return _HAS_TO_FIT
    if was.name in ("decimal", *_FLOATS):
        if was.name in ("real", "float") and becomes.name.startswith("double"):
            return _FITS
        if was.name == becomes.name == "decimal":
            return _danger_to_decimal(was, becomes)
        if becomes.name in ("decimal", *_FLOATS, *_DIGITS):
            return f"{_IS_ROUNDED}, and has to fit" if becomes.name not in _FLOATS else _IS_ROUNDED
    return _HAS_TO_FIT


def _danger_to_decimal(was: SqlType, becomes: SqlType) -> str:
    sizes = [each.arguments for each in (was, becomes)]
    if not becomes.arguments and was.arguments:
        return _FITS
    if not all(each.isdigit() for size in sizes for each in size) or not was.arguments:
        return f"{_IS_ROUNDED}, and has to fit"
    (digits, places), (new_digits, new_places) = ([*map(int, size), 0][:2] for size in sizes)
    if new_places < places:
        return f"{_IS_ROUNDED}, and has to fit"
    return _FITS if new_digits - new_places >= digits - places else _HAS_TO_FIT


def _is_wider_integer(was: SqlType, becomes: SqlType) -> bool:
    digits = _DIGITS.get(was.name), _DIGITS.get(becomes.name)
    if was.is_array or becomes.is_array or digits[0] is None or digits[1] is None:
        return False
    return digits[0] <= digits[1]


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
