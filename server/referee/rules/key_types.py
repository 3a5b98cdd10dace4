"""Whether the two columns of a foreign key go together, and fixes that give them one type.

What PostgreSQL and MariaDB take is measured, pair by pair (`type_pairs.py`); for SQL Server it is
what its errors 1753 and 1778 say, for CockroachDB its families of types.
It deliberately knows no severity and no message.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from referee.rules.rule import (
    Fix,
    RemoveFieldAttribute,
    ReplaceFieldAttribute,
    SetType,
    StructureEdit,
)
from referee.rules.type_pairs import ACCEPTED
from referee.rules.words import word_set
from referee.schema.facts import SCALARS, FieldFacts, NativeType
from referee.schema.native_types import ColumnType, NativeTypeFacts, column_type
from referee.schema.providers import Database, Provider
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

# "narrower": they go together, but not every value of the parent fits the child.
# "long": the database takes such a column in no foreign key.
Verdict = Literal["same", "narrower", "differs", "long", "scalars", "unknown"]

# Families of CockroachDB's types that are known well enough to be compared.
_KNOWN = word_set(
    "date datetime timestamp text integer oid decimal money float bits bytes uuid inet time"
)


def column_pairs(key: ForeignKey) -> Iterable[tuple[str, str]]:
    """Return each column of a key with the field it refers to."""
    return zip(key.columns, key.references, strict=True)


def compare_types(child: FieldFacts, parent: FieldFacts, database: Database) -> Verdict:
    """Return how the column of a key goes together with the column it refers to."""
    if child.unsupported is not None or parent.unsupported is not None:
        return "unknown"
    if child.type != parent.type:
        return "scalars" if child.type in SCALARS and parent.type in SCALARS else "unknown"
    ours, theirs = column_type(child, database.provider), column_type(parent, database.provider)
    if ours is None or theirs is None or "list" in (child.arity, parent.arity):
        return "unknown"
    return _compare(ours, theirs, database.provider)


def sql_name(field: FieldFacts, database: Database) -> str:
    """Return the column type of a field for a message."""
    found = column_type(field, database.provider)
    return field.type if found is None else found.sql


def give_type_of(
    model: str, name: str, source: FieldFacts, source_text: str, view: SchemaView
) -> Fix | None:
    """Return the unsafe fix that gives a field the type of another one.

    None where another foreign key over the same field would then not fit any more, or where a
    written default may not be a value of the new type.
    """
    facts = view.model(model)
    field = None if facts is None else facts.field(name)
    if field is None or (field.default is not None and field.default.function is None):
        return None
    changed = field._replace(type=source.type, native_type=source.native_type)
    if changed.type != field.type and field.default is not None:
        return None
    if not _fits_everywhere(model, changed, view):
        return None
    edits: list[StructureEdit] = []
    if changed.type != field.type:
        edits.append(SetType(model, name, changed.type))
    if changed.native_type is not None:
        text = native_text(changed.native_type, view)
        edits.append(ReplaceFieldAttribute(model, name, "db", text))
    elif field.native_type is not None:
        edits.append(RemoveFieldAttribute(model, name, "db"))
    return Fix(f"Give `{model}.{name}` the type of `{source_text}`", tuple(edits), is_safe=False)


def native_text(native: NativeType, view: SchemaView) -> str:
    """Return a native type as an attribute of this schema."""
    arguments = f"({', '.join(native.arguments)})" if native.arguments else ""
    return f"@{view.database.name}.{native.name}{arguments}"


def _fits_everywhere(model: str, changed: FieldFacts, view: SchemaView) -> bool:
    """Tell whether a field of a new type fits all keys over it and all keys that refer to it."""

    def facts_of(name: str, field: str) -> FieldFacts | None:
        if (name, field) == (model, changed.name):
            return changed
        found = view.model(name)
        return None if found is None else found.field(field)

    for key in (*view.keys_of(model), *view.keys_to(model)):
        for column, reference in column_pairs(key):
            if (model, changed.name) not in ((key.child, column), (key.parent, reference)):
                continue
            child, parent = facts_of(key.child, column), facts_of(key.parent, reference)
            if child is None or parent is None:
                return False
            if compare_types(child, parent, view.database) not in ("same", "unknown"):
                return False
    return True


def _compare(child: ColumnType, parent: ColumnType, provider: Provider | None) -> Verdict:
    if provider == "mysql":
        return _compare_on_mysql(child, parent)
    if provider == "sqlserver":
        return _compare_on_sqlserver(child, parent)
    if provider == "postgresql":
        return _compare_on_postgresql(child, parent)
    if provider == "cockroachdb":
        return _compare_on_cockroachdb(child, parent)
    return "unknown"


def _compare_on_postgresql(child: ColumnType, parent: ColumnType) -> Verdict:
    ours, theirs = child.type, parent.type
    if ours.name == theirs.name:
        return _by_length(child, parent)
    match _is_accepted(ours, theirs, "postgresql"):
        case None:
            return "unknown"
        case False:
            return "differs"
    if ours.family == theirs.family == "integer" and ours.size < theirs.size:
        return "narrower"
    return _by_length(child, parent)


def _compare_on_cockroachdb(child: ColumnType, parent: ColumnType) -> Verdict:
    ours, theirs = child.type, parent.type
    if ours.name == theirs.name:
        return _by_length(child, parent)
    if ours.family not in _KNOWN or theirs.family not in _KNOWN:
        return "unknown"
    if "CatalogSingleChar" in (ours.name, theirs.name):
        return "unknown"
    if ours.family != theirs.family or ours.family == "time":
        return "differs"
    if ours.size < theirs.size and ours.family == "integer":
        return "narrower"
    return _by_length(child, parent)


def _is_accepted(
    child: NativeTypeFacts, parent: NativeTypeFacts, provider: Provider
) -> bool | None:
    """Tell whether the database made a key of these types; None where none can refer to them."""
    pairs = ACCEPTED[provider]
    if parent.name not in pairs[parent.name].split():
        return None
    return parent.name in pairs[child.name].split()


def _by_length(child: ColumnType, parent: ColumnType) -> Verdict:
    """Return "narrower" for text and bits whose written length is smaller than the parent's."""
    if child.type.family not in ("text", "bits"):
        return "same"
    if child.length is None or parent.length is None:
        return "same"
    return "narrower" if child.length < parent.length else "same"


def _compare_on_mysql(child: ColumnType, parent: ColumnType) -> Verdict:
    ours, theirs = child.type, parent.type
    if ours.is_long or theirs.is_long:
        return "long"
    match _is_accepted(ours, theirs, "mysql"):
        case None:
            return "unknown"
        case False:
            return "differs"
    return "same"


def _compare_on_sqlserver(child: ColumnType, parent: ColumnType) -> Verdict:
    ours, theirs = child.type, parent.type
    if ours.is_long or theirs.is_long or "Max" in (*child.arguments, *parent.arguments):
        return "unknown"
    if ours.family == "float":
        return "unknown"
    if ours.name != theirs.name:
        return "differs"
    if ours.arguments[1] and not (child.arguments and parent.arguments):
        return "unknown"
    return "same" if child.arguments == parent.arguments else "differs"
