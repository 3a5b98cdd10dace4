"""Names that Prisma gives to constraints and indexes where the schema gives none.

The form and the way of cutting long names are those of Prisma's schema engine: the part before
the suffix is cut so that the whole fits the database's limit in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from referee.schema.facts import IndexFacts, ModelFacts
from referee.schema.providers import IDENTIFIER_LIMITS, Database, Provider

_SUFFIXES = {"unique": "_key", "index": "_idx", "fulltext": "_idx"}


def primary_key_name(table: str, database: Database) -> str:
    """Return the name of the primary key of a table."""
    return _fitted(table, "_pkey", database)


def foreign_key_name(table: str, columns: Sequence[str], database: Database) -> str:
    """Return the name of a foreign key over columns (database names) of a table."""
    return _fitted("_".join([table, *columns]), "_fkey", database)


def index_name(model: ModelFacts, index: IndexFacts, database: Database) -> str:
    """Return the name of an index or key in the database, written or generated."""
    if index.constraint_name is not None:
        return index.constraint_name
    if index.kind == "id":
        return primary_key_name(model.table, database)
    return _fitted(generated_stem(model, index), _SUFFIXES[index.kind], database)


def generated_stem(model: ModelFacts, index: IndexFacts) -> str:
    """Return the uncut name of an index without its suffix."""
    fields = model.fields_by_name
    columns = [
        field.column if (field := fields.get(name)) is not None else name.replace(".", "_")
        for name in index.column_names
    ]
    return "_".join([model.table, *columns])


def cut_identifier(stem: str, suffix: str, provider: Provider) -> str:
    """Return a name whose part before the suffix is cut to what the database takes in all."""
    return _cut(stem, suffix, IDENTIFIER_LIMITS[provider])


def _fitted(stem: str, suffix: str, database: Database) -> str:
    return _cut(stem, suffix, database.identifier_limit)


def _cut(stem: str, suffix: str, limit: int) -> str:
    room = limit - len(suffix)
    if len(stem) > room or not stem.isascii():
        stem = stem.encode()[:room].decode(errors="ignore")
    return stem + suffix
