"""Two databases object by object: what one has that the other has not, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from referee.ddl.expressions import canonical_expression
from referee.ddl.model import Column, ColumnDefault, DatabaseModel, Index, Table

Thing = TypeVar("Thing")


def differences(
    left: DatabaseModel, right: DatabaseModel, *, has_column_order: bool = True
) -> list[str]:
    """Return what differs, by table, column, key, index and enum; tables have no order.

    A script that adds columns puts them last, so their order is left out of that comparison.
    Views are left out of all: Prisma makes none.
    """
    found = list(_unlike("enum", left.enums, right.enums))
    found += [f"extension {name}" for name in sorted(left.extensions ^ right.extensions)]
    for name in sorted({*left.tables, *right.tables}, key=str):
        ours, theirs = left.tables.get(name), right.tables.get(name)
        if ours is None or theirs is None:
            found.append(f"table {name} is in one only")
        else:
            found += _differences_of_tables(ours, theirs, has_column_order)
    return found


def _differences_of_tables(ours: Table, theirs: Table, has_column_order: bool) -> Iterator[str]:
    prefix = f"{ours.name.name}: "
    if has_column_order and [each.name for each in ours.columns] != [
        each.name for each in theirs.columns
    ]:
        yield prefix + "the columns are not the same in this order"
    parts: list[tuple[str, Mapping[str, object], Mapping[str, object]]] = [
        ("column", _columns(ours), _columns(theirs)),
        ("primary key", {"": ours.primary_key}, {"": theirs.primary_key}),
        ("index", _indexes(ours), _indexes(theirs)),
        ("foreign key", _keys(ours), _keys(theirs)),
        ("check", {each.text: each for each in ours.checks}, {e.text: e for e in theirs.checks}),
    ]
    for kind, left, right in parts:
        for each in _unlike(kind, left, right):
            yield prefix + each


def _unlike(
    kind: str, left: Mapping[Thing, object], right: Mapping[Thing, object]
) -> Iterator[str]:
    for name in sorted({*left, *right}, key=str):
        ours, theirs = left.get(name), right.get(name)
        if ours != theirs:
            yield f"{kind} {name}: {ours} against {theirs}"


def _columns(table: Table) -> Mapping[str, object]:
    return {each.name: replace(each, default=_default(each)) for each in table.columns}


def _default(column: Column) -> ColumnDefault | None:
    """Return the default; one of which nothing is known is none."""
    default = column.default
    return None if default is not None and default.kind == "unknown" else default


def _indexes(table: Table) -> Mapping[str, object]:
    return {each.name: _plain(each) for each in table.indexes}


def _plain(index: Index) -> Index:
    predicate = None if index.predicate is None else canonical_expression(index.predicate)
    return replace(index, predicate=predicate)


def _keys(table: Table) -> Mapping[str, object]:
    return {each.name or ",".join(each.columns): each for each in table.foreign_keys}
