"""What hover tells about declared things: models, fields, enums and their values.

It deliberately knows no offset and no word of the language.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Protocol, TypeVar

from referee.features.delete_tree import (
    DeleteTree,
    delete_tree,
    refusal_sentence,
    summary,
    tree_text,
)
from referee.features.hover_parts import Bullets, Code, Part, Prose, quoted
from referee.features.report.paint import Look
from referee.rules.index_forms import index_text
from referee.rules.words import counted, listed
from referee.schema.facts import (
    CompositeFacts,
    EnumFacts,
    EnumValueFacts,
    FieldFacts,
    IndexFacts,
    ModelFacts,
)
from referee.schema.names import index_name
from referee.schema.native_types import column_type
from referee.schema.update import update_outcome
from referee.schema.view import SchemaView

_T = TypeVar("_T")

# A tree in a hover shows no more lines than this.
_TREE_LINES = 8


class Keeper(Protocol):
    """Keeps what is worked out of a schema for as long as it holds."""

    def __call__(self, name: Hashable, work_out: Callable[[SchemaView], _T]) -> _T:
        """Return what a computation of that name makes of the schema."""


def about_model(
    model: ModelFacts, view: SchemaView, comment: str = "", keeper: Keeper | None = None
) -> Iterator[Part]:
    """Yield what is to be told about a model: what deleting a row does, and who points at it."""
    keeper = keeper or _keeping_nothing(view)
    yield Code(f"{model.kind} {model.name}")
    if comment:
        yield Prose(comment, is_users=True)
    yield Prose(_model_line(model, view))
    if model.kind == "view":
        yield Prose("A view has no foreign keys, so nothing follows from deleting a row.")
        return
    yield from keeper(("deleting", model.name), lambda view: tuple(_deleting(model.name, view)))


def _keeping_nothing(view: SchemaView) -> Keeper:
    def work_out(name: Hashable, work_out: Callable[[SchemaView], _T]) -> _T:
        return work_out(view)

    return work_out


def about_composite(
    composite: CompositeFacts, view: SchemaView, comment: str = ""
) -> Iterator[Part]:
    """Yield what is to be told about a composite type."""
    yield Code(f"type {composite.name}")
    if comment:
        yield Prose(comment, is_users=True)
    fields = listed([field.name for field in composite.fields], most=8)
    yield Prose(f"A document of {counted(len(composite.fields), 'field')} inside others: {fields}.")
    yield from _uses(composite.name, view)


def about_enum(enum: EnumFacts, view: SchemaView, comment: str = "") -> Iterator[Part]:
    """Yield what is to be told about an enum."""
    yield Code(f"enum {enum.name}")
    if comment:
        yield Prose(comment, is_users=True)
    values = [
        value.name if value.mapped_name is None else f"{value.name} ({value.mapped_name})"
        for value in enum.values
    ]
    database = view.database
    if database.provider in ("postgresql", "cockroachdb"):
        kept = f"In {database.title} it is the type {quoted(enum.mapped_name or enum.name)}."
    elif database.provider == "mysql":
        kept = "In MySQL each column of this type lists the values."
    elif database.provider in ("sqlite", "mongodb"):
        kept = f"{database.title} stores text; only Prisma Client checks the values."
    elif database.provider == "sqlserver":
        kept = "SQL Server has no enums, and Prisma refuses them here."
    else:
        kept = ""
    named = listed(values, most=12) or "none"
    yield Prose(f"{counted(len(values), 'value')}: {named}. {kept}".rstrip())
    yield from _uses(enum.name, view)


def about_enum_value(
    enum: EnumFacts, value: EnumValueFacts, view: SchemaView, comment: str = ""
) -> Iterator[Part]:
    """Yield what is to be told about a value of an enum."""
    yield Code(f"enum {enum.name} {{\n  {value.name}\n}}")
    if comment:
        yield Prose(comment, is_users=True)
    stored = value.mapped_name or value.name
    position = [each.name for each in enum.values].index(value.name) + 1
    text = f"Value {position} of {len(enum.values)} of `{enum.name}`, "
    text += f"kept as {quoted(stored)} in {view.database.title}."
    defaults = [
        f"{model.name}.{field.name}"
        for model, field in _fields_of_type(enum.name, view)
        if field.default is not None and field.default.text == value.name
    ]
    yield Prose(text + (f" The default of {listed(defaults)}." if defaults else ""))


def about_scalar_field(
    holder: ModelFacts | CompositeFacts,
    field: FieldFacts,
    view: SchemaView,
    written: str,
    comment: str = "",
    keeper: Keeper | None = None,
) -> Iterator[Part]:
    """Yield what is to be told about a field that is a column."""
    keeper = keeper or _keeping_nothing(view)
    yield Code(written)
    if comment:
        yield Prose(comment, is_users=True)
    items = [_column(field, view)]
    if field.default is not None:
        items.append(_default(field, view))
    if field.is_updated_at:
        items.append("Prisma Client writes the current time into it on every change.")
    if isinstance(holder, ModelFacts):
        items += keeper(
            ("keys", holder.name, field.name),
            lambda view: tuple(_keys(holder.name, field.name, view)),
        )
        items += _indexes(holder, field, view)
    if field.is_ignored:
        items.append("Left out of Prisma Client.")
    yield Bullets(tuple(items))


# --- Models --------------------------------------------------------------------------------------


def _model_line(model: ModelFacts, view: SchemaView) -> str:
    kept_in = "Collection" if view.database.provider == "mongodb" else "Table"
    kept_in = "View" if model.kind == "view" else kept_in
    table = model.table
    if model.database_schema is not None:
        table = f"{model.database_schema}.{table}"
    text = f"{kept_in} {quoted(table)}, {counted(len(model.fields), 'field')}"
    key = model.primary_key
    if key is not None:
        text += f", primary key {listed(key.column_names)}"
    return text + (", left out of Prisma Client." if model.is_ignored else ".")


def _deleting(model: str, view: SchemaView) -> Iterator[Part]:
    """Yield what deleting a row of a model does, and who points at it."""
    tree = delete_tree(view, model)
    yield Prose(summary(tree))
    if len(tree.trunk.twigs) + tree.removed_models > 1:
        yield Code("\n".join(tree_text(tree, Look(), _TREE_LINES)), is_prisma=False)
    yield from _refusals(tree)
    if pointing := _pointing(model, view):
        yield Prose(pointing)


def _refusals(tree: DeleteTree) -> Iterator[Part]:
    """Yield why a delete is refused, where it is not plain that a row refers to the deleted one."""
    edges = [edge for edge in tree.refusals if edge.reason != "direct"]
    if edges:
        shown = [refusal_sentence(edge, tree) for edge in edges[:2]]
        if len(edges) > len(shown):
            shown.append(f"{len(edges) - len(shown)} more keys refuse it, or may.")
        yield Bullets(tuple(shown))


def _pointing(model: str, view: SchemaView) -> str:
    keys = [str(key) for key in view.keys_to(model)]
    joins = [
        f"{join.second}.{join.second_field}"
        if join.first == model
        else f"{join.first}.{join.first_field}"
        for join in view.many_to_many(model)
    ]
    said: list[str] = []
    if keys:
        verb = "points" if len(keys) == 1 else "point"
        said.append(f"{counted(len(keys), 'key')} {verb} at it: {listed(keys, most=5)}.")
    if joins:
        said.append(f"Many-to-many with {listed(joins, most=5)}.")
    return " ".join(said)


def _uses(name: str, view: SchemaView) -> Iterator[Part]:
    uses = [f"{holder.name}.{field.name}" for holder, field in _fields_of_type(name, view)]
    yield Prose(f"Used by {listed(uses)}." if uses else "No field uses it.")


def _fields_of_type(
    name: str, view: SchemaView
) -> Iterator[tuple[ModelFacts | CompositeFacts, FieldFacts]]:
    for declaration in view.declarations_with(name):
        for field in declaration.fields:
            if field.type == name:
                yield declaration, field


# --- Fields --------------------------------------------------------------------------------------


def _column(field: FieldFacts, view: SchemaView) -> str:
    found = column_type(field, view.database.provider)
    if found is not None:
        kind = f", {quoted(found.sql + ('[]' if field.arity == 'list' else ''))}"
    elif field.unsupported is not None:
        kind = f", {quoted(field.unsupported)}"
    elif (enum := view.enum(field.type)) is not None:
        kind = f", enum `{enum.name}`"
    else:
        kind = ""
    presence = {
        "required": "required",
        "optional": "may be missing" if view.database.provider == "mongodb" else "may be NULL",
        "list": "a list",
    }[field.arity]
    noun = "Field" if view.database.provider == "mongodb" else "Column"
    return f"{noun} {quoted(field.column)}{kind}, {presence}."


def _default(field: FieldFacts, view: SchemaView) -> str:
    default = field.default
    assert default is not None
    by_client = not default.is_database_side or view.database.provider == "mongodb"
    if default.function == "auto":
        maker = "made by MongoDB"
    elif by_client:
        maker = "made by Prisma Client; the database has no default"
    else:
        maker = "also the column's default in the database"
    return f"Default {quoted(default.text)}, {maker}."


def _keys(model: str, field: str, view: SchemaView) -> Iterator[str]:
    for key in view.keys_of(model):
        if field in key.columns:
            reference = key.references[key.columns.index(field)]
            shared = (
                f", one of {len(key.columns)} columns of the key" if len(key.columns) > 1 else ""
            )
            yield f"Key of `{key.field}`: refers to `{key.parent}.{reference}`{shared}."
    referring = [
        f"{key.child}.{key.columns[key.references.index(field)]}"
        for key in view.keys_to(model)
        if field in key.references
    ]
    if referring:
        yield f"Referred to by {listed(referring, most=4)}."
    change = _change(model, field, view)
    if change:
        yield f"Changing it {change}."


def _change(model: str, field: str, view: SchemaView) -> str:
    """Return what changing a value that rows refer to does to them; empty where nothing refers."""
    outcome = update_outcome(view, model, frozenset([field]))
    sharing = [str(each.key) for each in outcome.refusals if each.reason == "shared"]
    refusals = [each for each in outcome.refusals if each.reason != "shared"]
    if refusals:
        refusing = listed([str(refusal.key) for refusal in refusals], most=3)
        if refusals[0].verdict == "may-fail":
            return f"is refused by Prisma Client while rows refer to it through {refusing}"
        return f"is refused while rows refer to it through {refusing}"
    rewritten = [
        f"{key.child}.{column}"
        for key in outcome.cascaded
        for column, reference in zip(key.columns, key.references, strict=True)
        if reference in outcome.changed[key.parent]
    ]
    if view.database.has_foreign_keys and field in _key_of_links(model, view):
        for join in view.many_to_many(model):
            sides = {"A": join.first, "B": join.second}
            rewritten += [f"{join.table}.{side}" for side in sides if sides[side] == model]
    cleared = [f"{key.child}.{column}" for key in outcome.nulled for column in key.columns]
    reset = [f"{key.child}.{column}" for key in outcome.defaulted for column in key.columns]
    said = {"rewrites": rewritten, "clears": cleared, "resets": reset}
    # A column that several keys share is named once.
    changes = [
        f"{verb} {listed(list(dict.fromkeys(columns)), most=4)}"
        for verb, columns in said.items()
        if columns
    ]
    if sharing:
        changes.append(f"and fails where {listed(sharing, most=3)} has no row for the new value")
    return ", ".join(changes)


def _key_of_links(model: str, view: SchemaView) -> tuple[str, ...]:
    """Return the column that join tables refer to."""
    facts = view.model(model)
    key = None if facts is None else facts.primary_key
    return () if key is None else key.column_names


def _indexes(model: ModelFacts, field: FieldFacts, view: SchemaView) -> Iterator[str]:
    found: Sequence[IndexFacts] = [
        index
        for index in (*model.indexes, *view.indexes_known_elsewhere(model.name))
        if field.name in index.column_names
    ]
    for index in found[:4]:
        position = index.column_names.index(field.name) + 1
        number = len(index.column_names)
        place = "" if number == 1 else f", column {position} of {number}"
        partial = ", for some rows only" if index.predicate is not None else ""
        if index.migration is not None:
            if index.predicate is not None:
                partial = f", for rows with {quoted(index.predicate.raw or '')} only"
            yield f"In {index_text(model, index)}{place}{partial}."
            continue
        name = quoted(index_name(model, index, view.database))
        yield f"In {quoted(str(index))}{place}{partial}: {name}."
    if len(found) > 4:
        yield f"In {len(found) - 4} more indexes."
