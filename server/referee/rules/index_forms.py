"""How indexes of one model compare: which are plain, which start alike, which are full and unique.

It deliberately knows no severity and no message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from referee.rules.rule import RemoveFieldAttribute, RemoveMember, StructureEdit, index_place
from referee.schema.facts import IndexColumn, IndexFacts, IndexKind, ModelFacts
from referee.schema.names import index_name
from referee.schema.providers import Database


def is_plain(index: IndexFacts) -> bool:
    """Tell whether an index is an ordered one over all rows, without operator classes."""
    return (
        index.kind != "fulltext"
        and bool(index.columns)
        and index.algorithm in (None, "BTree")
        and index.predicate is None
        and not [each for each in index.columns if each.operator_class is not None]
    )


def starts_alike(longer: IndexFacts, shorter: IndexFacts) -> bool:
    """Tell whether the first columns of one index are those of another, order and length alike."""
    if len(longer.columns) < len(shorter.columns):
        return False
    return all(
        _form(a) == _form(b)
        for a, b in zip(longer.columns[: len(shorter.columns)], shorter.columns, strict=True)
    )


def is_same_index(one: IndexFacts, other: IndexFacts) -> bool:
    """Tell whether two indexes are equal in everything but their names."""
    return (
        one.kind == other.kind
        and len(one.columns) == len(other.columns)
        and bool(one.columns)
        and all(
            _form(a) == _form(b) and a.operator_class == b.operator_class
            for a, b in zip(one.columns, other.columns, strict=True)
        )
        and (one.algorithm or "BTree") == (other.algorithm or "BTree")
        and one.predicate == other.predicate
    )


def full_uniques(model: ModelFacts) -> Iterator[IndexFacts]:
    """Yield the primary key and the unique constraints that hold for all rows."""
    for index in model.indexes:
        if index.is_unique and index.predicate is None and index.columns:
            yield index


def index_text(model: ModelFacts, index: IndexFacts) -> str:
    """Return an index for a message: "`@@index([a])`" or "`@unique` on `Model.field`".

    One of which only migrations know goes by its name and by the migration that makes it.
    """
    if index.migration is not None:
        maker = f"the migration `{index.migration}`" if index.migration else "a migration"
        return f"the index `{index.constraint_name}` of {maker}"
    if index.field is not None:
        return f"`@{index.kind}` on `{model.name}.{index.field}`"
    return f"`{index}`"


def attribute_text(kind: str, columns: tuple[IndexColumn, ...]) -> str:
    """Return a block attribute as Prisma writes it, with sort and length of its columns."""
    return f"@@{kind}([{', '.join(_written(column) for column in columns)}])"


def free_index_name(
    model: ModelFacts, kind: IndexKind, columns: Sequence[str], database: Database
) -> str | None:
    """Return a name for a new index if the one Prisma would give it is taken, else None."""
    new = IndexFacts(kind, tuple(IndexColumn(name) for name in columns))
    taken = {index_name(model, index, database) for index in model.indexes}
    name = index_name(model, new, database)
    if name not in taken:
        return None
    stem, _, suffix = name.rpartition("_")
    for number in count(2):
        ending = f"_{number}_{suffix}"
        room = database.identifier_limit - len(ending)
        name = stem.encode()[:room].decode(errors="ignore") + ending
        if name not in taken:
            break
    return name


def remove_index(model: ModelFacts, index: IndexFacts) -> StructureEdit:
    """Return the edit that removes an index, be it a line of its own or a field's attribute."""
    if index.field is not None:
        return RemoveFieldAttribute(model.name, index.field, index.kind)
    return RemoveMember(index_place(model.name, index))


def _form(column: IndexColumn) -> tuple[str, str, int | None]:
    return column.name, column.sort or "Asc", column.length


def _written(column: IndexColumn) -> str:
    details = []
    if column.length is not None:
        details.append(f"length: {column.length}")
    if column.sort is not None:
        details.append(f"sort: {column.sort}")
    return f"{column.name}({', '.join(details)})" if details else column.name
