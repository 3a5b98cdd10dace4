"""What a database holds otherwise than the migrations that were applied to it make it.

The comparison is the strict one, but for what a database writes anew in its own words: the text of
an expression, in an index, a condition or a CHECK, is no difference between two of one name.
It deliberately knows no rows of Prisma's, and no connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from referee.ddl.implied_indexes import without_implied_indexes
from referee.ddl.model import (
    Column,
    ColumnDefault,
    DatabaseModel,
    Enum,
    ForeignKeyConstraint,
    Index,
    PrimaryKey,
)
from referee.migrations.difference import HISTORY_TABLE, Change, difference
from referee.migrations.evidence import shown_name
from referee.rules.words import listed

_PARTS = {
    "table": "table",
    "column": "column",
    "primary key": "primary key",
    "index": "index",
    "foreign key": "foreign key",
    "check": "CHECK constraint",
    "enum": "enum",
    "enum value": "value",
    "view": "view",
}


def drift_of(
    database: DatabaseModel, replayed: DatabaseModel, external: Iterable[str] = ()
) -> tuple[Change, ...]:
    """Return what differs: added is what the database lacks, dropped what it alone has."""
    made, meant = without_implied_indexes(database), without_implied_indexes(replayed)
    changes = difference(made, meant, external=external, is_strict=True)
    checks = Counter((each.owner, each.name) for each in changes if each.part == "check")
    # Of a table that a query made, say, a replay knows little more than that it is there.
    unknown = {table.name for table in meant if table.has_unknown_shape}
    # Partitions come and go while a database is used, and Prisma takes no notice of them.
    partitions = {
        table.name for side in (made, meant) for table in side if table.partition_of is not None
    }
    return tuple(
        change
        for change in changes
        if not _is_other_words(change, checks[change.owner, change.name])
        and (change.owner not in unknown or change.part == "table")
        and change.owner not in partitions
    )


def is_empty(database: DatabaseModel) -> bool:
    """Tell whether a database holds nothing but perhaps Prisma's own table."""
    tables = (name for name in database.tables if name.name != HISTORY_TABLE)
    return not any(True for _ in tables) and not database.enums and not database.views


def drift_sentence(change: Change, namespace: str | None) -> str:
    """Return what differs, as a sentence; `namespace` is the usual one, which goes unsaid."""
    subject = subject_of(change, namespace)
    if change.kind == "add":
        return f"The database lacks {subject}, which its applied migrations make."
    if change.kind == "drop":
        return f"The database has {subject}, which no applied migration makes."
    told = ", ".join(_aspects(change)) or "it has another form"
    return f"The database has {subject} in another form than its applied migrations make: {told}."


def subject_of(change: Change, namespace: str | None) -> str:
    """Return what a change is about: "the column `nick` of `User`"."""
    owner = f"`{shown_name(change.owner, namespace)}`"
    part = _PARTS[change.part]
    if change.part in ("table", "enum", "view"):
        return f"the {part} {owner}"
    thing = change.meant if change.meant is not None else change.made
    if isinstance(thing, PrimaryKey):
        return f"the primary key of {owner} on {listed(thing.columns)}"
    if isinstance(thing, Index) and thing.is_unique:
        part = "unique index"
    over = ""
    if isinstance(thing, Index) and thing.columns:
        over = f" on {listed(thing.columns)}"
    elif isinstance(thing, ForeignKeyConstraint):
        over = f" on {listed(thing.columns)}"
        if thing.name is None:
            return f"the {part} of {owner}{over}"
    named = f" `{change.name}`" if change.name else ""
    return f"the {part}{named} of {owner}{over}"


# ---- what is no difference ----


def _is_other_words(change: Change, checks_of_that_name: int) -> bool:
    if change.part == "check":
        return checks_of_that_name == 2
    made, meant = change.made, change.meant
    if not isinstance(made, Index) or not isinstance(meant, Index):
        return False
    if change.aspects == ("predicate",):
        return made.predicate is not None and meant.predicate is not None
    # An operator class whose type an extension brings is told by the catalog alone.
    return change.aspects == ("columns",) and _shape(made) == _shape(meant)


def _shape(index: Index) -> list[tuple[str | None, bool, int | None]]:
    return [(part.column, part.is_descending, part.length) for part in index.parts]


# ---- sentences ----


def _aspects(change: Change) -> Iterable[str]:
    made, meant = change.made, change.meant
    for aspect in change.aspects:
        if isinstance(made, Column) and isinstance(meant, Column):
            if aspect == "type":
                yield f"its type is `{made.type}` instead of `{meant.type}`"
                continue
            if aspect == "nullability":
                yield "it may be NULL" if made.is_nullable else "it may not be NULL"
                continue
            if aspect == "default":
                yield f"its default is {_default(made)} instead of {_default(meant)}"
                continue
        if isinstance(made, ForeignKeyConstraint) and isinstance(meant, ForeignKeyConstraint):
            if aspect == "delete action":
                yield f"on delete it does `{made.on_delete}` instead of `{meant.on_delete}`"
                continue
            if aspect == "update action":
                yield f"on update it does `{made.on_update}` instead of `{meant.on_update}`"
                continue
            if aspect == "validation":
                yield "it is not validated" if not made.is_validated else "it is validated"
                continue
        if isinstance(made, Index) and isinstance(meant, Index):
            if aspect == "uniqueness":
                yield "it is unique" if made.is_unique else "it is not unique"
                continue
            if aspect == "columns" and made.columns and meant.columns:
                yield f"it is on {listed(made.columns)} instead of {listed(meant.columns)}"
                continue
            if aspect == "method":
                yield f"its method is `{made.method}` instead of `{meant.method}`"
                continue
            if aspect == "validation":
                yield "it is not valid" if not made.is_valid else "it is valid"
                continue
        if isinstance(made, Enum) and isinstance(meant, Enum):
            yield f"its values stand as {listed(made.values)} instead of {listed(meant.values)}"
            continue
        names = getattr(made, "name", None), getattr(meant, "name", None)
        if aspect == "name" and None not in names:
            yield f"its name is `{names[0]}` instead of `{names[1]}`"
        else:
            yield f"another {aspect}" if aspect != "columns" else "other columns"


def _default(column: Column) -> str:
    default: ColumnDefault | None = column.default
    if default is None:
        return "none"
    if default.kind == "sequence":
        return "a sequence"
    if default.kind == "now":
        return "the present moment"
    return f"`{default.text}`" if default.text else "an empty text"
