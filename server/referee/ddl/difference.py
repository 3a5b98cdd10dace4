"""What has to change so that one database becomes another, part by part.

It deliberately knows no SQL and no order of statements; those are the dialects' in `ddl/steps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from referee.ddl.expressions import canonical_expression
from referee.ddl.model import (
    Check,
    Column,
    ColumnDefault,
    DatabaseModel,
    Enum,
    ForeignKeyConstraint,
    Index,
    Name,
    PrimaryKey,
    Table,
)

Part = TypeVar("Part", Index, ForeignKeyConstraint)


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column before and after."""

    before: Column
    after: Column

    @property
    def has_other_type(self) -> bool:
        """Whether the type changes."""
        return self.before.type != self.after.type

    @property
    def has_other_default(self) -> bool:
        """Whether the DEFAULT changes."""
        return not _is_same_default(self.before.default, self.after.default)

    @property
    def becomes_required(self) -> bool:
        """Whether NULL is no longer taken."""
        return self.before.is_nullable and not self.after.is_nullable


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table before and after, and the parts that differ; renamed ones are pairs."""

    before: Table
    after: Table
    added_columns: tuple[Column, ...] = ()
    dropped_columns: tuple[Column, ...] = ()
    altered_columns: tuple[ColumnChange, ...] = ()
    added_indexes: tuple[Index, ...] = ()
    dropped_indexes: tuple[Index, ...] = ()
    renamed_indexes: tuple[tuple[Index, Index], ...] = ()
    added_keys: tuple[ForeignKeyConstraint, ...] = ()
    dropped_keys: tuple[ForeignKeyConstraint, ...] = ()
    renamed_keys: tuple[tuple[ForeignKeyConstraint, ForeignKeyConstraint], ...] = ()
    added_checks: tuple[Check, ...] = ()
    dropped_checks: tuple[Check, ...] = ()

    @property
    def name(self) -> Name:
        """The name of the table, before and after."""
        return self.after.name

    @property
    def has_other_key_columns(self) -> bool:
        """Whether the primary key has other columns, comes or goes."""
        return _columns_of(self.before.primary_key) != _columns_of(self.after.primary_key)

    @property
    def has_other_key_name(self) -> bool:
        """Whether the primary key has the same columns under another name."""
        before, after = self.before.primary_key, self.after.primary_key
        return (
            before is not None
            and after is not None
            and not self.has_other_key_columns
            and before.name != after.name
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        has_same_key = not (self.has_other_key_columns or self.has_other_key_name)
        return has_same_key and self == TableChange(self.before, self.after)


@dataclass(frozen=True, slots=True)
class DatabaseChange:
    """Two databases and what differs; `tables` are those that both have and that change."""

    before: DatabaseModel
    after: DatabaseModel
    added_tables: tuple[Table, ...] = ()
    dropped_tables: tuple[Table, ...] = ()
    tables: tuple[TableChange, ...] = ()
    added_enums: tuple[Enum, ...] = ()
    dropped_enums: tuple[Enum, ...] = ()
    altered_enums: tuple[tuple[Enum, Enum], ...] = ()
    added_namespaces: tuple[str, ...] = ()
    dropped_namespaces: tuple[str, ...] = ()
    added_extensions: tuple[str, ...] = ()
    dropped_extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Renames:
    """What keeps its rows under another name: old to new, of tables and of their columns.

    Columns are given by the new name of their table.
    """

    tables: Mapping[Name, Name] = field(default_factory=dict)
    columns: Mapping[tuple[Name, str], str] = field(default_factory=dict)


NO_RENAMES = Renames()


def difference(
    before: DatabaseModel, after: DatabaseModel, *, exact: bool = False
) -> DatabaseChange:
    """Return what differs.

    What Prisma takes for the same is the same, unless `exact`: a unique constraint and a unique
    index on the same columns, and namespaces and extensions that are no longer asked for.
    """
    changes = (
        _table_change(table, after.tables[name], exact)
        for name, table in before.tables.items()
        if name in after.tables
    )
    return DatabaseChange(
        before,
        after,
        tuple(table for name, table in after.tables.items() if name not in before.tables),
        tuple(table for name, table in before.tables.items() if name not in after.tables),
        tuple(change for change in changes if not change.is_empty),
        tuple(enum for name, enum in after.enums.items() if name not in before.enums),
        tuple(enum for name, enum in before.enums.items() if name not in after.enums),
        tuple(
            (enum, after.enums[name])
            for name, enum in before.enums.items()
            if name in after.enums and enum.values != after.enums[name].values
        ),
        tuple(sorted(after.namespaces - before.namespaces)),
        tuple(sorted(before.namespaces - after.namespaces)) if exact else (),
        tuple(sorted(after.extensions - before.extensions)),
        tuple(sorted(before.extensions - after.extensions)) if exact else (),
    )


def _table_change(before: Table, after: Table, exact: bool) -> TableChange:
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in after.columns}
    altered = (ColumnChange(column, new[name]) for name, column in old.items() if name in new)
    gone, come, renamed = _matched(
        before.indexes, after.indexes, lambda index: _index_identity(index, exact)
    )
    keys_gone, keys_come, keys_renamed = _matched(
        before.foreign_keys, after.foreign_keys, lambda key: replace(key, name=None)
    )
    checks_before = {_check_identity(check) for check in before.checks}
    checks_after = {_check_identity(check) for check in after.checks}
    return TableChange(
        before,
        after,
        tuple(column for name, column in new.items() if name not in old),
        tuple(column for name, column in old.items() if name not in new),
        tuple(change for change in altered if not _is_same_column(change)),
        come,
        gone,
        renamed,
        keys_come,
        keys_gone,
        keys_renamed,
        tuple(each for each in after.checks if _check_identity(each) not in checks_before),
        tuple(each for each in before.checks if _check_identity(each) not in checks_after),
    )


def _is_same_column(change: ColumnChange) -> bool:
    before, after = change.before, change.after
    return (
        not change.has_other_type
        and not change.has_other_default
        and before.is_nullable == after.is_nullable
        and before.is_generated == after.is_generated
        and before.updates_itself == after.updates_itself
    )


def _is_same_default(before: ColumnDefault | None, after: ColumnDefault | None) -> bool:
    unknown = (each is not None and each.kind == "unknown" for each in (before, after))
    return before == after or any(unknown)


def _columns_of(key: PrimaryKey | None) -> tuple[object, ...] | None:
    return None if key is None else (key.columns, key.lengths)


def _index_identity(index: Index, exact: bool) -> object:
    predicate = None if index.predicate is None else canonical_expression(index.predicate)
    is_constraint = index.is_constraint and exact
    parts = tuple(
        part
        if part.expression is None
        else replace(part, expression=canonical_expression(part.expression))
        for part in index.parts
    )
    return replace(
        index, name="", parts=parts, predicate=predicate, is_constraint=is_constraint, is_valid=True
    )


def _check_identity(check: Check) -> object:
    return check.name, canonical_expression(check.text)


def _matched(
    before: Iterable[Part], after: Iterable[Part], identity: Callable[[Part], object]
) -> tuple[tuple[Part, ...], tuple[Part, ...], tuple[tuple[Part, Part], ...]]:
    """Return what is gone, what is new, and pairs that differ in their name alone."""
    old, new = list(before), list(after)
    kept = {(each.name, identity(each)) for each in old} & {
        (each.name, identity(each)) for each in new
    }
    old = [each for each in old if (each.name, identity(each)) not in kept]
    new = [each for each in new if (each.name, identity(each)) not in kept]
    renamed: list[tuple[Part, Part]] = []
    for each in list(old):
        # A name that another part of the old table has cannot be given away yet.
        taken = {other.name for other in old}
        twin = next(
            (
                other
                for other in new
                if identity(other) == identity(each) and other.name not in taken
            ),
            None,
        )
        if twin is not None:
            renamed.append((each, twin))
            old.remove(each)
            new.remove(twin)
    return tuple(old), tuple(new), tuple(renamed)


# ---- renames ----


def renamed_model(model: DatabaseModel, renames: Renames) -> DatabaseModel:
    """Return a database after its tables and columns were renamed; constraints keep their names."""
    if not renames.tables and not renames.columns:
        return model

    def table_name(name: Name) -> Name:
        return renames.tables.get(name, name)

    def column_name(table: Name, column: str) -> str:
        return renames.columns.get((table_name(table), column), column)

    def names(table: Name, columns: Iterable[str]) -> tuple[str, ...]:
        return tuple(column_name(table, column) for column in columns)

    def renamed(table: Table) -> Table:
        own = table.name
        key = table.primary_key
        return replace(
            table,
            name=table_name(own),
            columns=tuple(replace(c, name=column_name(own, c.name)) for c in table.columns),
            primary_key=None if key is None else replace(key, columns=names(own, key.columns)),
            indexes=tuple(
                replace(
                    index,
                    parts=tuple(
                        part
                        if part.column is None
                        else replace(part, column=column_name(own, part.column))
                        for part in index.parts
                    ),
                    included=names(own, index.included),
                )
                for index in table.indexes
            ),
            foreign_keys=tuple(
                replace(
                    foreign,
                    columns=names(own, foreign.columns),
                    referenced_table=table_name(foreign.referenced_table),
                    referenced_columns=names(foreign.referenced_table, foreign.referenced_columns),
                )
                for foreign in table.foreign_keys
            ),
        )

    tables = [renamed(table) for table in model]
    return replace(model, tables={table.name: table for table in tables})
