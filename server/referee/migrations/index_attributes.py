"""An index of a database as the attribute that declares it in a schema.

It deliberately does not tell whether the schema should declare it.
"""

from __future__ import annotations

import json

from referee.ddl.model import Index, IndexPart, Name
from referee.ddl.of_schema import Element, SchemaDatabase

# The values of `type:` (Prisma's reference, "@@index"); a B-tree is what goes without saying.
_TYPES = {"hash": "Hash", "gist": "Gist", "gin": "Gin", "spgist": "SpGist", "brin": "Brin"}


def index_attribute(index: Index, table: Name, meant: SchemaDatabase) -> str | None:
    """Return the attribute that declares an index of a model's table; None if none can."""
    if index.columns is None or index.predicate is not None or index.method == "other":
        return None
    if index.is_unique and index.method != "btree":
        return None
    parts: list[str] = []
    for part in index.parts:
        origin = meant.origins.get(Element("column", table, part.column or ""))
        if origin is None or origin.field is None:
            return None
        parts.append(origin.field + _arguments(part))
    written = [f"[{', '.join(parts)}]"]
    if index.method in _TYPES:
        written.append(f"type: {_TYPES[index.method]}")
    if not has_default_name(index, table):
        written.append(f"map: {json.dumps(index.name, ensure_ascii=False)}")
    word = "fulltext" if index.method == "fulltext" else "unique" if index.is_unique else "index"
    return f"@@{word}({', '.join(written)})"


def has_default_name(index: Index, table: Name) -> bool:
    """Tell whether an index has the name that Prisma gives to one on its columns."""
    ending = "key" if index.is_unique else "idx"
    return index.name == "_".join((table.name, *(index.columns or ()), ending))


def _arguments(part: IndexPart) -> str:
    found: list[str] = []
    if part.operator_class is not None:
        found.append(f"ops: raw({json.dumps(part.operator_class)})")
    if part.length is not None:
        found.append(f"length: {part.length}")
    if part.is_descending:
        found.append("sort: Desc")
    return f"({', '.join(found)})" if found else ""
