"""Adds, drops and renames keys and constraints while a script is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from referee.ddl.model import (
    Check,
    Column,
    ForeignKeyConstraint,
    Index,
    IndexPart,
    Name,
    PrimaryKey,
    Table,
)
from referee.migrations.default_names import column_part, postgres_name
from referee.migrations.replay.functions import need_functions
from referee.migrations.replay.indexes import add_index, index_for_key, mysql_index_name, take_index
from referee.migrations.replay.mentions import mentions
from referee.migrations.replay.refusals import incomparable_types
from referee.migrations.replay.state import RunningDatabase
from referee.migrations.sql.statements import (
    AddConstraint,
    CheckSpec,
    ConstraintSpec,
    DropConstraint,
    DropPrimaryKey,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    PrimaryKeySpec,
    RenameConstraint,
    UniqueSpec,
    ValidateConstraint,
)
from referee.rules.words import listed


def add_constraint(database: RunningDatabase, full: Name, spec: ConstraintSpec) -> None:
    if isinstance(spec, PrimaryKeySpec):
        _add_primary_key(database, full, spec)
    elif isinstance(spec, UniqueSpec):
        _add_unique(database, full, spec)
    elif isinstance(spec, ForeignKeySpec):
        _add_foreign_key(database, full, spec)
    elif isinstance(spec, CheckSpec):
        _add_check(database, full, spec)
    elif isinstance(spec, IndexSpec):
        add_index(database, full, spec)
    elif isinstance(spec, ExclusionSpec):
        name = spec.name or postgres_name(full.name, "", "excl", database.taken(full))
        table = database.tables[full]
        database.put(replace(table, checks=(*table.checks, Check("EXCLUDE", name))))


def add_constraint_action(database: RunningDatabase, full: Name, action: AddConstraint) -> None:
    add_constraint(database, full, action.constraint)


def each_once(
    database: RunningDatabase, table: Table, constraints: Sequence[ConstraintSpec]
) -> list[ConstraintSpec]:
    """Return constraints without the UNIQUE of columns that another one of the table serves.

    PostgreSQL lets the one that is there have its name; see `transformIndexConstraints` in its
    sources (src/backend/parser/parse_utilcmd.c). The key that is SQLite's row number serves none.
    """
    if database.provider not in ("postgresql", "sqlite"):
        return list(constraints)
    found: list[ConstraintSpec] = []
    by_columns: dict[tuple[str, ...], int] = {}
    for each in constraints:
        if isinstance(each, UniqueSpec) and each.columns in by_columns:
            at = by_columns[each.columns]
            first = found[at]
            if isinstance(first, UniqueSpec | PrimaryKeySpec) and first.name is None:
                found[at] = replace(first, name=each.name)
            continue
        if isinstance(each, UniqueSpec) or (
            isinstance(each, PrimaryKeySpec) and not _is_row_number(database, table, each.columns)
        ):
            by_columns[each.columns] = len(found)
        found.append(each)
    return found


def _is_row_number(database: RunningDatabase, table: Table, columns: Sequence[str]) -> bool:
    if database.provider != "sqlite" or len(columns) != 1:
        return False
    column = database.known_column(table, columns[0])
    return column is not None and column.type.written.upper() == "INTEGER"


def _add_primary_key(database: RunningDatabase, full: Name, spec: PrimaryKeySpec) -> None:
    table = database.tables[full]
    if table.primary_key is not None:
        database.problem("exists", "primary key", table.primary_key.name or "primary key", full)
    columns, name = spec.columns, spec.name
    if spec.using_index is not None:
        index = take_index(database, table, spec.using_index)
        columns = () if index is None else index.columns or ()
        name = name or spec.using_index
        table = database.tables[full]
    known = [database.column_of(table, column) for column in columns]
    if not database.is_postgres and database.provider != "sqlserver":
        name = None
    elif name is None:
        name = postgres_name(full.name, "", "pkey", database.taken(full))
    names = {column.name for column in known if column is not None}
    database.put(
        replace(
            table,
            columns=tuple(
                _as_key(database, column) if column.name in names else column
                for column in table.columns
            ),
            primary_key=PrimaryKey(
                tuple(
                    column if found is None else found.name
                    for column, found in zip(columns, known, strict=True)
                ),
                name,
            ),
        )
    )


def _as_key(database: RunningDatabase, column: Column) -> Column:
    """Return a column that is part of the primary key: not nullable, but on SQLite."""
    if database.provider == "sqlite":
        return column
    return replace(column, is_nullable=False)


def _add_unique(database: RunningDatabase, full: Name, spec: UniqueSpec) -> None:
    table = database.tables[full]
    if spec.using_index is not None:
        index = take_index(database, table, spec.using_index)
        if index is not None:
            made = replace(index, name=spec.name or index.name, is_constraint=True)
            table = database.tables[full]
            database.put(replace(table, indexes=(*table.indexes, made)))
        return
    columns = database.columns_of(table, spec.columns)
    name = spec.name
    if database.provider == "sqlite":
        number = 1 + sum(index.is_constraint for index in table.indexes)
        name = f"sqlite_autoindex_{full.name}_{number}"
    elif database.provider == "mysql":
        name = name or mysql_index_name(database, table, columns)
    elif name is None:
        name = postgres_name(full.name, column_part(columns), "key", database.taken(full))
    elif database.is_relation(full, name):
        database.problem("exists", "index", name, full)
    parts = tuple(IndexPart(column) for column in columns)
    is_constraint = database.provider != "mysql"
    made = Index(name, parts, is_unique=True, is_constraint=is_constraint)
    database.put(replace(table, indexes=(*table.indexes, made)))


def _add_foreign_key(database: RunningDatabase, full: Name, spec: ForeignKeySpec) -> None:
    table = database.tables[full]
    columns = database.columns_of(table, spec.columns)
    parent_name = database.resolve(spec.table)
    references = spec.references
    parent: Table | None = None
    if database.provider == "sqlite":
        # A table referred to may be made later; only a row needs it.
        parent = database.tables.get(parent_name)
    else:
        parent = (
            database.find(spec.table) if database.checks_keys else database.tables.get(parent_name)
        )
    if parent is not None:
        if not references and parent.primary_key is not None:
            references = parent.primary_key.columns
        elif database.provider != "sqlite":
            references = database.columns_of(parent, references)
    name = spec.name
    if database.provider == "sqlite":
        name = None
    elif name is None and database.provider == "mysql":
        name = f"{full.name}_ibfk_{1 + len(table.foreign_keys)}"
    elif name is None:
        name = postgres_name(full.name, column_part(columns), "fkey", database.constrained(full))
    elif any(key.name == name for key in table.foreign_keys):
        database.problem("exists", "constraint", name, full)
        return
    if (
        parent is not None
        and database.provider == "postgresql"
        and not _need_key(database, full, parent, references, name or "")
    ):
        _need_comparison(database, table, columns, parent, references, name or "")
    key = ForeignKeyConstraint(
        columns,
        parent_name,
        references,
        spec.on_delete,
        spec.on_update,
        name,
        spec.is_validated,
        spec.is_at_column,
    )
    table = database.tables[full]
    database.put(replace(table, foreign_keys=(*table.foreign_keys, key)))
    if database.provider == "mysql":
        index_for_key(database, full, key)


def _need_key(
    database: RunningDatabase, full: Name, parent: Table, columns: Sequence[str], name: str
) -> bool:
    """Note that a foreign key refers to columns on which nothing is unique; tell whether so."""
    if parent.has_unknown_shape or any(parent.column(each) is None for each in columns):
        return False
    keys = [index.columns for index in parent.indexes if index.is_unique and not index.predicate]
    if parent.primary_key is not None:
        keys.append(parent.primary_key.columns)
    if not columns or not any(key is not None and set(key) == set(columns) for key in keys):
        key = f"a key on {listed(columns)}" if columns else "a primary key"
        database.problem("no key", "constraint", name, full, f"{key} of `{parent.name.name}`")
        return True
    return False


def _need_comparison(
    database: RunningDatabase,
    table: Table,
    columns: Sequence[str],
    parent: Table,
    references: Sequence[str],
    name: str,
) -> None:
    """Note that a foreign key is of a type which that of its key is not compared with."""
    types = incomparable_types(table, columns, parent, references)
    if types is not None:
        own, other = types
        reason = f"PostgreSQL does not compare `{own}` with `{other}` of `{parent.name.name}`"
        database.problem("refused", "constraint", name, table.name, reason)


def _add_check(database: RunningDatabase, full: Name, spec: CheckSpec) -> None:
    table = database.tables[full]
    name = spec.name
    if name is None and database.is_postgres:
        columns = [each.name for each in table.columns if mentions(spec.text, each.name)]
        middle = columns[0] if len(columns) == 1 else (spec.column or "")
        name = postgres_name(full.name, middle, "check", database.constrained(full))
    if name is not None and any(each.name == name for each in table.checks):
        database.problem("exists", "constraint", name, full)
        return
    need_functions(database, spec.text)
    check = Check(spec.text, name, spec.is_validated, spec.column)
    database.put(replace(table, checks=(*table.checks, check)))


def drop_constraint(database: RunningDatabase, full: Name, action: DropConstraint) -> None:
    table = database.tables[full]
    name, kind = action.name, action.kind
    if kind in ("any", "foreign key"):
        keys = tuple(key for key in table.foreign_keys if not database.equal(key.name, name))
        if len(keys) < len(table.foreign_keys):
            database.put(replace(table, foreign_keys=keys))
            return
    if kind in ("any", "check"):
        checks = tuple(each for each in table.checks if not database.equal(each.name, name))
        if len(checks) < len(table.checks):
            database.put(replace(table, checks=checks))
            return
    if kind == "any" and table.primary_key is not None and table.primary_key.name == name:
        _drop_primary_key(database, full, action.is_cascading)
        return
    if kind in ("any", "index"):
        found = next((each for each in table.indexes if database.equal(each.name, name)), None)
        # PostgreSQL does not take an index for a constraint; CREATE UNIQUE INDEX makes no other.
        is_meant = database.provider != "postgresql" or (found is not None and found.is_constraint)
        if found is not None and is_meant:
            drop_index_of(database, table, found, action.is_cascading)
            return
    if not action.if_exists and not table.has_unknown_shape and database.provider != "sqlserver":
        database.problem("missing", "index" if kind == "index" else "constraint", name, full)


def drop_index_of(
    database: RunningDatabase, table: Table, index: Index, is_cascading: bool
) -> None:
    rest = tuple(each for each in table.indexes if each is not index)
    database.put(replace(table, indexes=rest))
    if index.is_constraint and index.columns is not None and database.is_postgres:
        _release_key(database, table.name, index.columns, is_cascading, index.name)


def _drop_primary_key(database: RunningDatabase, full: Name, is_cascading: bool = False) -> None:
    table = database.tables[full]
    key = table.primary_key
    if key is None:
        if not table.has_unknown_shape:
            database.problem("missing", "primary key", "primary key", full)
        return
    database.put(replace(table, primary_key=None))
    if database.is_postgres:
        _release_key(database, full, key.columns, is_cascading, key.name or "primary key")


def drop_primary_key_action(database: RunningDatabase, full: Name, action: DropPrimaryKey) -> None:
    _drop_primary_key(database, full)


def _release_key(
    database: RunningDatabase, full: Name, columns: Sequence[str], is_cascading: bool, shown: str
) -> None:
    """Take away the foreign keys that rest on a key, unless another one serves them."""
    table = database.tables[full]
    wanted = frozenset(columns)
    others = [frozenset(index.columns or ()) for index in table.indexes if index.is_unique]
    if table.primary_key is not None:
        others.append(frozenset(table.primary_key.columns))
    if wanted in others:
        return
    for other in list(database.tables.values()):
        kept = tuple(
            key
            for key in other.foreign_keys
            if key.referenced_table != full or frozenset(key.referenced_columns) != wanted
        )
        if len(kept) == len(other.foreign_keys):
            continue
        if is_cascading:
            database.put(replace(other, foreign_keys=kept))
        else:
            database.problem("in use", "constraint", shown, full, other.name.name)


def validate_constraint(database: RunningDatabase, full: Name, action: ValidateConstraint) -> None:
    table = database.tables[full]
    keys = tuple(
        replace(key, is_validated=True) if key.name == action.name else key
        for key in table.foreign_keys
    )
    checks = tuple(
        replace(each, is_validated=True) if each.name == action.name else each
        for each in table.checks
    )
    known = {key.name for key in table.foreign_keys} | {each.name for each in table.checks}
    if action.name not in known and not table.has_unknown_shape:
        database.problem("missing", "constraint", action.name, full)
    database.put(replace(table, foreign_keys=keys, checks=checks))


def rename_constraint(database: RunningDatabase, full: Name, action: RenameConstraint) -> None:
    table = database.tables[full]
    with_indexes = database.provider != "postgresql"
    is_known = rename_in_table(
        database, full, action.old_name, action.name, with_indexes=with_indexes
    )
    if not is_known and not table.has_unknown_shape and database.provider != "sqlserver":
        database.problem("missing", "constraint", action.old_name, full)
    elif is_known and action.name == action.old_name and database.provider == "postgresql":
        database.problem("exists", "constraint", action.name, full)


def rename_in_table(
    database: RunningDatabase, full: Name, old: str, new: str, *, with_indexes: bool = True
) -> bool:
    """Give a key, index or constraint of a table another name; tell whether there is one.

    Without indexes, only those are renamed that belong to a constraint.
    """
    table = database.tables[full]
    names = [
        *(each.name for each in table.indexes if with_indexes or each.is_constraint),
        *(each.name for each in table.foreign_keys),
        *(each.name for each in table.checks),
    ]
    key = table.primary_key
    is_key = key is not None and key.name == old
    if key is not None and is_key:
        key = replace(key, name=new)
    database.put(
        replace(
            table,
            primary_key=key,
            indexes=tuple(
                replace(each, name=new)
                if database.equal(each.name, old) and (with_indexes or each.is_constraint)
                else each
                for each in table.indexes
            ),
            foreign_keys=tuple(
                replace(each, name=new) if database.equal(each.name, old) else each
                for each in table.foreign_keys
            ),
            checks=tuple(
                replace(each, name=new) if database.equal(each.name, old) else each
                for each in table.checks
            ),
        )
    )
    return is_key or any(database.equal(each, old) for each in names)
