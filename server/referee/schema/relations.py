"""Relations: which two fields belong together, who holds the key, and what happens on a delete.

Everything is computed for one model from its facts and those of the models it mentions.
It deliberately knows no rule and no place in the text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from referee.schema.facts import (
    SCALARS,
    Action,
    Declaration,
    FieldFacts,
    ModelFacts,
    RelationAttribute,
)
from referee.schema.names import foreign_key_name
from referee.schema.providers import Database

ActionReason = Literal[
    "written", "required", "required-without-restrict", "optional", "update-default"
]
_CHANGING: frozenset[Action] = frozenset(["Cascade", "SetNull", "SetDefault"])
Declarations: TypeAlias = Callable[[str], Declaration | None]


class EffectiveAction(NamedTuple):
    """What the database or Prisma Client does, and why it is that."""

    action: Action
    reason: ActionReason

    @property
    def is_written(self) -> bool:
        """Whether the schema says so itself."""
        return self.reason == "written"

    def __str__(self) -> str:
        return self.action


class ForeignKey(NamedTuple):
    """A relation seen from the end that holds the key: an edge from child to parent.

    `columns` and `references` are field names, in order. `is_required` tells whether every
    column is required, `is_partly_required` whether some but not all are.
    `is_one_to_one` comes from the other end being no list. `constraint_name` is the name in the
    database (SQLite names none, but Prisma computes one all the same).
    """

    child: str
    field: str
    parent: str
    back_field: str
    columns: tuple[str, ...]
    references: tuple[str, ...]
    on_delete: EffectiveAction
    on_update: EffectiveAction
    is_optional_relation: bool
    is_required: bool
    is_partly_required: bool
    is_one_to_one: bool
    is_ignored: bool
    name: str | None
    constraint_name: str

    @property
    def is_self_relation(self) -> bool:
        """Whether parent and child are one model."""
        return self.child == self.parent

    @property
    def changes_rows(self) -> bool:
        """Whether deleting or re-keying a row of the parent changes rows of the child.

        These are the relations that Prisma's validator follows when it looks for rings and for
        several paths.
        """
        return self.on_delete.action in _CHANGING or self.on_update.action in _CHANGING

    def __str__(self) -> str:
        return f"{self.child}.{self.field}"


class ManyToMany(NamedTuple):
    """An implicit many-to-many relation: two list fields and a join table Prisma makes.

    `first` is the model whose name sorts first; its rows are column A of the join table.
    """

    first: str
    first_field: str
    second: str
    second_field: str
    name: str | None
    table: str

    @property
    def is_self_relation(self) -> bool:
        """Whether both ends are one model."""
        return self.first == self.second


class LeftOut(NamedTuple):
    """A relation field that is not in the graph, and a sentence that says why."""

    model: str
    field: str
    reason: str


class ModelRelations(NamedTuple):
    """The relations one model accounts for: keys it holds, and join tables it is first of."""

    foreign_keys: tuple[ForeignKey, ...] = ()
    many_to_many: tuple[ManyToMany, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


NO_RELATIONS = ModelRelations()


class FieldSurface(NamedTuple):
    """The part of a field that the relations of other models can depend on."""

    name: str
    type: str
    arity: str
    relation: RelationAttribute | None
    is_ignored: bool


def relation_surface(model: ModelFacts) -> list[FieldSurface]:
    """Return the part of a model's fields that the relations of other models can depend on."""
    return [FieldSurface(f.name, f.type, f.arity, f.relation, f.is_ignored) for f in model.fields]


def relations_of(
    model: ModelFacts, declarations: Declarations, database: Database
) -> ModelRelations:
    """Return the relations that a model accounts for.

    A relation whose other end is missing, unknown or ambiguous, or that a view takes part in,
    is left out with a reason: nothing may be concluded from it.
    """
    keys: list[ForeignKey] = []
    joins: list[ManyToMany] = []
    left_out: list[LeftOut] = []
    for field in model.fields:
        # Nothing can be called as a scalar is.
        if (field.type in SCALARS and field.relation is None) or field.unsupported is not None:
            continue
        found = _relation(model, field, declarations, database)
        if isinstance(found, ForeignKey):
            keys.append(found)
        elif isinstance(found, ManyToMany):
            joins.append(found)
        elif isinstance(found, LeftOut):
            left_out.append(found)
    return ModelRelations(tuple(keys), tuple(joins), tuple(left_out))


def _relation(
    model: ModelFacts, field: FieldFacts, declarations: Declarations, database: Database
) -> ForeignKey | ManyToMany | LeftOut | None:
    other = declarations(field.type)
    holds_key = field.relation is not None and field.relation.fields is not None
    if other is None:
        if field.relation is not None or field.type not in SCALARS:
            return LeftOut(model.name, field.name, f"`{field.type}` is not declared")
        return None
    if not isinstance(other, ModelFacts):
        return None
    if "view" in (model.kind, other.kind):
        return LeftOut(model.name, field.name, "a view has no foreign keys") if holds_key else None
    name = field.relation_name
    backs = other.ends(model.name, name)
    rivals = [each for each in model.ends(other.name, name) if each.name != field.name]
    if model.name == other.name:
        backs, rivals = rivals, []
    if rivals:
        return LeftOut(model.name, field.name, f"`{rivals[0].name}` is a relation of the same name")
    if len(backs) != 1:
        problem = "has no field for the other end" if not backs else "has several fields for it"
        return LeftOut(model.name, field.name, f"`{other.name}` {problem}")
    back = backs[0]
    if holds_key:
        return _foreign_key(model, field, other, back, database)
    if field.arity == "list" and back.arity == "list":
        back_holds_key = back.relation is not None and back.relation.fields is not None
        return None if back_holds_key else _many_to_many(model, field, other, back)
    if back.relation is None or back.relation.fields is None:
        return LeftOut(model.name, field.name, "neither end says which fields hold the key")
    return None


def _foreign_key(
    model: ModelFacts, field: FieldFacts, other: ModelFacts, back: FieldFacts, database: Database
) -> ForeignKey | LeftOut | None:
    relation = field.relation
    assert relation is not None
    assert relation.fields is not None
    if field.arity == "list":
        # MongoDB keeps the ids of a many-to-many relation in a list field: no key, no edge.
        return None
    references = relation.references or ()
    columns = [model.field(name) for name in relation.fields]
    if not columns or len(columns) != len(references):
        return LeftOut(model.name, field.name, "`fields` and `references` do not match")
    missing = [
        name for name, column in zip(relation.fields, columns, strict=True) if column is None
    ]
    missing += [name for name in references if other.field(name) is None]
    if missing:
        return LeftOut(model.name, field.name, f"there is no field `{missing[0]}`")
    present = [column for column in columns if column is not None]
    required = [column.is_required for column in present]
    return ForeignKey(
        model.name,
        field.name,
        other.name,
        back.name,
        relation.fields,
        references,
        _on_delete(relation.on_delete, field, any(required), database),
        EffectiveAction(relation.on_update, "written")
        if relation.on_update is not None
        else EffectiveAction("Cascade", "update-default"),
        field.arity == "optional",
        all(required),
        any(required) and not all(required),
        back.arity != "list",
        model.is_ignored or other.is_ignored or field.is_ignored or back.is_ignored,
        relation.name,
        relation.constraint_name
        or foreign_key_name(model.table, [column.column for column in present], database),
    )


def _on_delete(
    written: Action | None, field: FieldFacts, has_required_column: bool, database: Database
) -> EffectiveAction:
    """Return the effective onDelete; the defaults are those of Prisma's validator.

    Restrict where the relation or any of its columns is required (NoAction where the database
    knows no Restrict), else SetNull.
    """
    if written is not None:
        return EffectiveAction(written, "written")
    if has_required_column or field.arity == "required":
        if database.allows("Restrict"):
            return EffectiveAction("Restrict", "required")
        return EffectiveAction("NoAction", "required-without-restrict")
    return EffectiveAction("SetNull", "optional")


def _many_to_many(
    model: ModelFacts, field: FieldFacts, other: ModelFacts, back: FieldFacts
) -> ManyToMany | None:
    """Return the join table, but only for the end that comes first."""
    if (model.name, field.name) > (other.name, back.name):
        return None
    name = field.relation_name
    stem = name or f"{model.name}To{other.name}"
    return ManyToMany(model.name, field.name, other.name, back.name, name, f"_{stem}")
