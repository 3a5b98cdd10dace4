"""What a rule is, what it finds, and the language of fixes: plain values.

It deliberately knows no text: a place is named by block, member, attribute and argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal, NamedTuple, TypeAlias

from referee.rules.settings import RuleSettings
from referee.schema.facts import Action, IndexFacts
from referee.schema.providers import Database
from referee.schema.relations import ForeignKey
from referee.schema.view import SchemaView

Severity = Literal["error", "warning", "information", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "information", "hint")
Family = Literal[
    "missing-index",
    "cascade-risk",
    "cyclic-relation",
    "foreign-key",
    "index",
    "type",
    "migration",
    "syntax",
    "tool",
]
Tag = Literal["unnecessary"]
FixSafety = Literal["safe", "unsafe", "none"]


# ---- places ----


# Stands for the datasource in a place; nothing that is declared can have this name.
DATASOURCE = "datasource {}"


class Place(NamedTuple):
    """A part of a schema by name; what is not there falls back to the next larger part.

    `block` is a declared name (of model, view, type or enum). At most one of `field` (the name of
    a field or enum value) and `ordinal` (a block attribute, counted from 0) is given.
    `attribute` names an attribute of the field (`relation`, `id`, `unique`, `default`, `db`),
    `argument` one of its or the block attribute's arguments; an unnamed argument that stands
    for it counts. `part` narrows a field without attribute down to its type. The block may also be
    DATASOURCE, the datasource whatever it is called, whose settings count as fields.
    """

    block: str
    field: str | None = None
    ordinal: int | None = None
    attribute: str | None = None
    argument: str | None = None
    part: Literal["name", "type", "whole"] = "name"


def relation_place(key: ForeignKey, argument: str | None = None) -> Place:
    """Return the place of a relation's attribute, or of one of its arguments."""
    return Place(key.child, key.field, attribute="relation", argument=argument)


def index_place(model: str, index: IndexFacts, argument: str | None = None) -> Place:
    """Return the place of an index, whether it is a block attribute or a field's."""
    if index.field is not None:
        return Place(model, index.field, attribute=index.kind, argument=argument)
    return Place(model, ordinal=index.ordinal, argument=argument, part="whole")


# ---- fixes ----


@dataclass(frozen=True, slots=True)
class AddBlockAttribute:
    """Add a line such as `@@index([a, b])` behind the last block attribute of a block.

    `makes` is the name in the database of the index it makes, where that may be cut: two additions
    that make the same name are not made together.
    """

    block: str
    text: str
    makes: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceBlockAttribute:
    """Write a block attribute anew on its line, as `@@index([a])`; a comment behind it stays."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class AddField:
    """Add a line such as `createdAt DateTime @default(now())` behind the last field of a block."""

    block: str
    text: str


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Remove the whole line of a field or block attribute."""

    place: Place


@dataclass(frozen=True, slots=True)
class AddFieldAttribute:
    """Add an attribute such as `@updatedAt` behind the last one of a field."""

    block: str
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class ReplaceFieldAttribute:
    """Write an attribute of a field anew; it is added where the field has none of that name.

    `attribute` is the name without the at-sign; "db" stands for any native type.
    """

    block: str
    field: str
    attribute: str
    text: str


@dataclass(frozen=True, slots=True)
class RemoveFieldAttribute:
    """Remove an attribute of a field."""

    block: str
    field: str
    attribute: str


@dataclass(frozen=True, slots=True)
class SetArgument:
    """Set a named argument of the attribute at a place to a value, whether it was there or not."""

    place: Place
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RemoveArgument:
    """Remove a named argument of the attribute at a place."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class SetArity:
    """Make a field optional, required or a list."""

    block: str
    field: str
    arity: Literal["required", "optional", "list"]


@dataclass(frozen=True, slots=True)
class SetType:
    """Change the type of a field, arity and attributes kept."""

    block: str
    field: str
    type: str


@dataclass(frozen=True, slots=True)
class ChangeSilence:
    """Change the `number`-th silencing comment of a file.

    `code` counts the codes in it; None removes the whole comment. Without a `replacement` the
    code is removed.
    """

    path: str
    number: int
    code: int | None
    replacement: str | None


StructureEdit: TypeAlias = (
    AddBlockAttribute
    | ReplaceBlockAttribute
    | AddField
    | RemoveMember
    | AddFieldAttribute
    | ReplaceFieldAttribute
    | RemoveFieldAttribute
    | SetArgument
    | RemoveArgument
    | SetArity
    | SetType
    | ChangeSilence
)


class Fix(NamedTuple):
    """A change of the schema that removes a finding.

    `title` is a verb phrase. A safe fix is additive: nothing stored or meant is lost.
    Of the fixes of a finding the first is the preferred one.
    """

    title: str
    edits: tuple[StructureEdit, ...]
    is_safe: bool


def add_index(
    model: str, columns: Iterable[str], makes: str, arguments: str = "", note: str = ""
) -> Fix:
    """Return the safe fix that adds an index over columns as they are to be written.

    `makes` is its name in the database, `arguments` follows the columns in the attribute
    (`, map: "x"`), `note` ends the title.
    """
    text = f"@@index([{', '.join(columns)}]{arguments})"
    return Fix(f"Add `{text}`{note}", (AddBlockAttribute(model, text, makes),), is_safe=True)


def set_action(key: ForeignKey, argument: Literal["onDelete", "onUpdate"], action: Action) -> Fix:
    """Return the unsafe fix that writes a referential action of a relation."""
    edit = SetArgument(relation_place(key), argument, action)
    return Fix(f"Set `{argument}: {action}` on `{key}`", (edit,), is_safe=False)


def make_optional(key: ForeignKey, view: SchemaView) -> Fix:
    """Return the unsafe fix that makes a relation and those of its columns optional that are not."""
    child = view.model(key.child)
    names = [key.field, *key.columns]
    edits = tuple(
        SetArity(key.child, name, "optional")
        for name in names
        if child is not None and (found := child.field(name)) is not None and found.is_required
    )
    return Fix(f"Make `{key}` optional", edits, is_safe=False)


# ---- findings ----


class Related(NamedTuple):
    """Another place that belongs to a finding, and a short sentence about it."""

    place: Place
    message: str


class Finding(NamedTuple):
    """What a rule found, as a value.

    `model` and `fields` are the model that is at fault and its fields (for a key: the model that
    holds it and its scalar fields); `models` are the others it is about: the roots of a blocked
    delete, the members of a ring. `message` is one sentence with names in backticks.
    """

    code: str
    severity: Severity
    message: str
    place: Place
    model: str | None = None
    fields: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tags: tuple[Tag, ...] = ()
    silenced_at: tuple[Place, ...] = ()
    is_official: bool = False


# ---- rules ----

Scope = Literal["model", "relation", "graph"]
# What `check` is given as its subject: a ModelFacts, a ForeignKey, or None for the whole graph.
# A rule that `judges_parts` is given a ModelFacts too, for what the graph says of that model alone.
# A rule of scope "graph" asks the view for facts only of models it is about to report on: every
# model it asks about is one whose change makes it run again.
Check: TypeAlias = Callable[[Any, SchemaView, RuleSettings], Iterator[Finding]]


class Option(NamedTuple):
    """An option of a rule: its name, default and a sentence for the documentation."""

    name: str
    type: Literal["boolean", "integer", "string", "strings"]
    default: bool | int | str | tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule: what it is called, when it runs and the function that finds.

    `severity` is the default as the catalogue words it, for documentation; every finding
    carries its own. `is_on` tells whether it runs unless configured otherwise.
    `needs_database` tells that it has nothing to say where no datasource names a provider.
    `documentation` is the module's docstring. `claims` names what of it was executed on real
    databases (`evidence.py`), and `documented` the databases and programs of which it says
    something that was not. `judges_parts` tells on which databases a rule on the graph can be asked
    about one model at a time, which after an edit costs less. One that has a `check_part` is then
    asked that about each model, and about the whole graph only for what it cannot say of a model.
    """

    code: str
    family: Family
    severity: Severity
    scope: Scope
    summary: str
    check: Check
    documentation: str
    fix_safety: FixSafety
    severity_note: str = ""
    is_on: bool = True
    needs_database: bool = True
    options: tuple[Option, ...] = dataclass_field(default=())
    claims: tuple[str, ...] = ()
    documented: tuple[str, ...] = ()
    judges_parts: Callable[[Database], bool] = lambda database: False
    check_part: Check | None = None
