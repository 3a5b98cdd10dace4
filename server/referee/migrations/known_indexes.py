"""Indexes that only migrations make, as the facts that rules about the schema know indexes by.

An index that a schema cannot say, such as a hand-written partial one, serves a foreign key all the
same. One that the schema could say and does not is dropped by the next migration, so it counts for
nothing. It deliberately does not judge whether an index serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from referee.ddl.model import DatabaseModel, Index, IndexMethod, Name
from referee.ddl.of_schema import Element, SchemaDatabase
from referee.migrations.difference import Change
from referee.migrations.evidence import Maker, object_key
from referee.schema.facts import IndexColumn, IndexFacts, IndexKind, Predicate

_ALGORITHMS: Mapping[IndexMethod, str | None] = {
    "btree": None,
    "hash": "Hash",
    "gist": "Gist",
    "gin": "Gin",
    "spgist": "SpGist",
    "brin": "Brin",
    "fulltext": None,
    "other": "Gist",
}


def indexes_only_in_migrations(
    made: DatabaseModel,
    meant: SchemaDatabase,
    makers: Mapping[str, Maker],
    changes: Iterable[Change],
) -> dict[str, tuple[IndexFacts, ...]]:
    """Return the indexes that a database has beyond those its schema says, by model.

    `makers` tells which migration made what, and `changes` what the next migration would do: an
    index that it drops or exchanges is none that the database keeps. An index on expressions counts
    with the columns in front of its first expression.
    """
    passing = {
        (change.owner, change.made.name) for change in changes if isinstance(change.made, Index)
    }
    found: dict[str, tuple[IndexFacts, ...]] = {}
    for table in meant.model:
        there = made.tables.get(table.name)
        origin = meant.origins.get(Element("table", table.name))
        if there is None or origin is None:
            continue
        said = {(index.columns, index.predicate) for index in table.indexes}
        facts = [
            _facts(
                index, table.name, meant, makers.get(object_key("index", table.name, index.name))
            )
            for index in there.indexes
            if index.is_valid
            and (table.name, index.name) not in passing
            and (index.columns, index.predicate) not in said
        ]
        known = tuple(each for each in facts if each is not None)
        if known:
            found[origin.block] = known
    return found


def _facts(
    index: Index, table: Name, meant: SchemaDatabase, maker: Maker | None
) -> IndexFacts | None:
    columns: list[IndexColumn] = []
    for part in index.parts:
        origin = None
        if part.column is not None:
            origin = meant.origins.get(Element("column", table, part.column))
        if origin is None or origin.field is None:
            break
        sort = "Desc" if part.is_descending else None
        columns.append(IndexColumn(origin.field, sort, part.length, part.operator_class))
    if not columns:
        return None
    is_whole = len(columns) == len(index.parts)
    kind: IndexKind = "fulltext" if index.method == "fulltext" else "index"
    return IndexFacts(
        "unique" if index.is_unique and is_whole else kind,
        tuple(columns),
        _ALGORITHMS[index.method],
        None if index.predicate is None else Predicate(raw=index.predicate),
        index.name,
        migration="" if maker is None else maker.migration,
    )
