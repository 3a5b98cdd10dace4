"""The schema says something that no migration makes.

A database to which all migrations are applied lacks a table, column, index, key or enum value of the
schema, or has it in another form: queries fail where the client asks for it, or run without the
index or the constraint that the schema promises.
Prisma's own `migrate status` says "up to date" all the same.

Compared as Prisma compares: a list column's nullability, the condition of a partial index that the
schema does not know, and the two forms of the join table of an implicit many-to-many relation make
no difference.
A table that is missing altogether is one finding, and so is everything about one changed object.

The fix writes a migration from everything that differs, and is safe: it is a file to be read before
it is applied.

Sources: Prisma's schema engine, whose difference is the measure of this one.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import (
    Column,
    Enum,
    ForeignKeyConstraint,
    Index,
    PrimaryKey,
    Table,
)
from referee.ddl.of_schema import Element, Origin
from referee.migrations.difference import Change
from referee.migrations.evidence import HistoryEvidence, shown_name
from referee.migrations.findings import MigrationFinding, MigrationFix, WriteMigration
from referee.migrations.rules.rule import MigrationRule
from referee.rules.rule import Place
from referee.rules.words import listed

CODE = "unmigrated-change"

FIX = MigrationFix("Write a migration for all that differs", (WriteMigration(),), is_safe=True)


def check(evidence: HistoryEvidence) -> Iterator[MigrationFinding]:
    """Yield what the schema means and the migrations do not make."""
    if evidence.meant is None:
        return
    for change in evidence.changes or ():
        if change.kind == "drop":
            continue
        place = place_of(change, evidence)
        if place is None:
            continue
        table, type = owner_names(change, evidence)
        yield MigrationFinding(
            CODE,
            "warning",
            sentence(change, evidence),
            place,
            None,
            table,
            columns_of(change),
            object_of(change),
            type,
            fixes=(FIX,),
        )


def place_of(change: Change, evidence: HistoryEvidence) -> Place | None:
    """Return where the schema says the object, or the model it should be in."""
    if evidence.meant is None:
        return None
    origins = evidence.meant.origins
    found = None
    if change.part != "check" and change.part != "view":
        found = origins.get(Element(change.part, change.owner, change.name))
    if found is None:
        found = origins.get(Element("table", change.owner)) or origins.get(
            Element("enum", change.owner)
        )
        return None if found is None else Place(found.block)
    return _narrowed(found, change)


def _narrowed(origin: Origin, change: Change) -> Place:
    attribute = origin.attribute
    part = "name"
    if change.kind == "alter" and change.part == "column" and len(change.aspects) == 1:
        if change.aspects[0] == "default":
            attribute = "default"
        elif change.aspects[0] == "type":
            part = "type"
    if origin.ordinal is not None:
        return Place(origin.block, ordinal=origin.ordinal, part="whole")
    if part == "type":
        return Place(origin.block, origin.field, part="type")
    return Place(origin.block, origin.field, attribute=attribute)


def owner_names(change: Change, evidence: HistoryEvidence) -> tuple[str | None, str | None]:
    """Return the table and the enum that a change is about."""
    name = shown_name(change.owner, _usual_namespace(evidence))
    return (None, name) if change.part in ("enum", "enum value") else (name, None)


def columns_of(change: Change) -> tuple[str, ...]:
    """Return the columns that a change is about."""
    object = change.meant if change.meant is not None else change.made
    if isinstance(object, Column):
        return (object.name,)
    if isinstance(object, Index):
        return object.columns or ()
    if isinstance(object, PrimaryKey | ForeignKeyConstraint):
        return object.columns
    return ()


def object_of(change: Change) -> str | None:
    """Return the name of the index, constraint or enum value that a change is about."""
    is_named = change.part in ("index", "primary key", "foreign key", "check", "enum value")
    return change.name or None if is_named else None


def sentence(change: Change, evidence: HistoryEvidence) -> str:
    """Return what differs, as a sentence."""
    subject = subject_of(change, evidence)
    if change.kind == "add":
        return f"No migration makes {subject}."
    return f"The migrations make {subject} in another form: {_aspects(change)}."


def subject_of(change: Change, evidence: HistoryEvidence) -> str:
    """Return the object of a change in words."""
    owner = f"`{shown_name(change.owner, _usual_namespace(evidence))}`"
    object = change.meant if change.meant is not None else change.made
    if isinstance(object, Table):
        return f"the table {owner}"
    if isinstance(object, Enum):
        return f"the enum {owner}"
    if change.part == "enum value":
        return f"the value `{change.name}` of the enum {owner}"
    if isinstance(object, Index):
        kind = "unique index" if object.is_unique else "index"
        return f"the {kind} `{change.name}` of {owner}{_over(columns_of(change))}"
    if isinstance(object, ForeignKeyConstraint):
        named = f"`{object.name}` " if object.name else ""
        target = shown_name(object.referenced_table, _usual_namespace(evidence))
        return f"the foreign key {named}of {owner} to `{target}`{_over(object.columns)}"
    if isinstance(object, PrimaryKey):
        return f"the primary key of {owner}{_over(object.columns)}"
    return f"the {change.part} `{change.name}` of {owner}"


def _over(columns: tuple[str, ...]) -> str:
    return f" on {listed(columns)}" if columns else ""


def _aspects(change: Change) -> str:
    made, meant = change.made, change.meant
    said: list[str] = []
    for aspect in change.aspects:
        if isinstance(made, Column) and isinstance(meant, Column):
            if aspect == "type":
                said.append(f"its type is `{made.type}` and should be `{meant.type}`")
            elif aspect == "nullability":
                said.append("it may be NULL" if made.is_nullable else "it may not be NULL")
            elif aspect == "default":
                said.append(f"its default is {_default(made)} and should be {_default(meant)}")
        elif isinstance(made, ForeignKeyConstraint) and isinstance(meant, ForeignKeyConstraint):
            if aspect == "delete action":
                said.append(f"on delete it does `{made.on_delete}`, not `{meant.on_delete}`")
            elif aspect == "update action":
                said.append(f"on update it does `{made.on_update}`, not `{meant.on_update}`")
            elif aspect == "name":
                said.append(f"its name is `{made.name}`")
            else:
                said.append(f"its {aspect} differ" if aspect == "columns" else f"another {aspect}")
        elif aspect == "name" and isinstance(made, Index | PrimaryKey):
            said.append(f"its name is `{made.name}`")
        elif aspect == "columns" and isinstance(made, Index | PrimaryKey):
            said.append(f"its columns are {listed(columns_of_object(made)) or 'expressions'}")
        else:
            said.append(f"its {aspect} differs")
    return ", ".join(said)


def columns_of_object(object: Index | PrimaryKey) -> tuple[str, ...]:
    """Return the columns of an index or primary key; none if it has expressions."""
    return object.columns or ()


def _default(column: Column) -> str:
    default = column.default
    if default is None:
        return "none"
    if default.kind == "value":
        return f"`{default.text}`"
    if default.kind == "sequence":
        return "a sequence"
    if default.kind == "now":
        return "the present moment"
    return f"`{default.text}`" if default.text else "another one"


def _usual_namespace(evidence: HistoryEvidence) -> str | None:
    return evidence.default_namespace


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="schema",
    summary="What the schema says and no migration makes",
    check=check,
    documentation=__doc__,
    fix_safety="safe",
)
