"""The schema says something that no migration makes.

A database to which all migrations are applied lacks a table, column, index, key or enum value of the
schema, or has it in another form: queries fail where the client asks for it, or run without the
index or the constraint that the schema promises.
Prisma's own `migrate status` says "up to date" all the same.

Compared as Prisma compares: a list column's nullability, the condition of a partial index that the
schema does not know, and the two forms of the join table of an implicit many-to-many relation make
no difference.
A table that is missing altogether is one finding, and so is everything about one changed object.
An extension that `extensions` asks for and no migration makes is told there.
A model whose table the migrations make as a view is told as such: Prisma would make a table, which
fails because the name is taken, and `referee migrations new` leaves it out.
What comes with an extension, such as PostGIS's `spatial_ref_sys` or pg_cron's schema `cron`, is
compared with nothing.

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
from referee.migrations.difference import Aspect, Change, view_in_the_way
from referee.migrations.evidence import HistoryEvidence, shown_name, shown_type
from referee.migrations.findings import MigrationFinding, MigrationFix, WriteMigration
from referee.migrations.rules.rule import MigrationRule
from referee.rules.rule import DATASOURCE, Place
from referee.rules.words import listed

CODE = "unmigrated-change"

_NAMED_PARTS = frozenset(
    ["index", "primary key", "foreign key", "check", "enum value", "extension"]
)
COMMAND = "`referee migrations new NAME`"
FIX = MigrationFix(
    f"Write a migration for all that differs: {COMMAND}", (WriteMigration(),), is_safe=True
)


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
    if change.part == "extension":
        return Place(DATASOURCE, "extensions")
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
    if change.part == "extension":
        return None, None
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
    """Return the name of the index, constraint, enum value or extension of a change."""
    return change.name or None if change.part in _NAMED_PARTS else None


def sentence(change: Change, evidence: HistoryEvidence) -> str:
    """Return what differs, as a sentence."""
    subject = subject_of(change, evidence)
    if change.kind == "alter" and change.part == "table":
        name = f"`{shown_name(change.owner, _usual_namespace(evidence))}`"
        return f"The migrations make a view {name}, which is a model here and not a `view`."
    if change.kind == "add":
        view = view_in_the_way(change, evidence.made)
        if view is not None:
            name = f"`{shown_name(view, _usual_namespace(evidence))}`"
            return f"No migration makes {subject}, nor can one: {name} is a view."
        return f"No migration makes {subject}."
    if change.aspects == ("name",):
        name = getattr(change.made, "name", "")
        return f"The migrations make {subject} under another name, `{name}`."
    aspects = ", ".join(_aspects(change, _usual_namespace(evidence)))
    return f"The migrations make {subject} in another form: {aspects}."


def subject_of(change: Change, evidence: HistoryEvidence) -> str:
    """Return the object of a change in words."""
    owner = f"`{shown_name(change.owner, _usual_namespace(evidence))}`"
    object = change.meant if change.meant is not None else change.made
    if isinstance(object, Table):
        return f"the table {owner}"
    if isinstance(object, Enum):
        return f"the enum {owner}"
    if change.part == "extension":
        return f"the extension {owner}"
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


def _aspects(change: Change, namespace: str | None) -> Iterator[str]:
    """Yield what differs of an altered object, each as a clause."""
    made, meant = change.made, change.meant
    for aspect in change.aspects:
        if isinstance(made, Column) and isinstance(meant, Column):
            yield _of_column(aspect, made, meant, namespace)
        elif isinstance(made, ForeignKeyConstraint) and isinstance(meant, ForeignKeyConstraint):
            yield _of_key(aspect, made, meant)
        elif aspect == "form":
            # The join table of an implicit many-to-many relation.
            forms = [_form(each) for each in (made, meant)]
            yield f"it is {forms[0]} and should be {forms[1]}"
        elif aspect == "name":
            yield f"it is called `{getattr(made, 'name', '')}`"
        elif isinstance(made, Index) and isinstance(meant, Index):
            yield _of_index(aspect, made, meant)
        elif isinstance(made, PrimaryKey) and isinstance(meant, PrimaryKey):
            yield f"it is on {listed(made.columns)}{_lengths(made, meant)}"
        else:
            yield f"another {aspect}"


def _of_column(aspect: Aspect, made: Column, meant: Column, namespace: str | None) -> str:
    if aspect == "type":
        types = [shown_type(each.type, namespace) for each in (made, meant)]
        return f"its type is `{types[0]}` and should be `{types[1]}`"
    if aspect == "nullability":
        forms = ("optional", "required")
        return f"it is {forms[not made.is_nullable]} and should be {forms[not meant.is_nullable]}"
    return f"its default is {_default(made)} and should be {_default(meant)}"


def _of_key(aspect: Aspect, made: ForeignKeyConstraint, meant: ForeignKeyConstraint) -> str:
    if aspect == "delete action":
        return f"its delete action is `{made.on_delete}` and should be `{meant.on_delete}`"
    if aspect == "update action":
        return f"its update action is `{made.on_update}` and should be `{meant.on_update}`"
    if aspect == "referenced table":
        return f"it refers to `{made.referenced_table.name}`"
    if aspect == "name":
        return f"it is called `{made.name}`"
    return (
        f"it is on {listed(made.columns)} and refers to {listed(made.referenced_columns)} of "
        f"`{made.referenced_table.name}`"
    )


def _of_index(aspect: Aspect, made: Index, meant: Index) -> str:
    if aspect == "uniqueness":
        words = ("is not unique", "is unique")
        return f"it {words[made.is_unique]} and should {'' if meant.is_unique else 'not '}be"
    if aspect == "method":
        return f"its method is `{made.method}` and should be `{meant.method}`"
    if aspect == "predicate":
        condition = (
            "no condition" if made.predicate is None else f"the condition `{made.predicate}`"
        )
        return f"it has {condition} and should have `{meant.predicate}`"
    if made.columns is not None and made.columns == meant.columns:
        # The columns are the same; sort order, length or operator class is not.
        return f"it is on {listed(_parts(made))} and should be on {listed(_parts(meant))}"
    return f"it is on {listed(_parts(made))}"


def _parts(index: Index) -> list[str]:
    return [
        (part.column or part.expression or "")
        + ("" if part.length is None else f"({part.length})")
        + (f" {part.operator_class}" if part.operator_class else "")
        + (" DESC" if part.is_descending else "")
        for part in index.parts
    ]


def _lengths(made: PrimaryKey, meant: PrimaryKey) -> str:
    return ", with other lengths of columns" if made.columns == meant.columns else ""


def _form(object: object) -> str:
    return "the primary key" if isinstance(object, PrimaryKey) else "a unique index"


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
    claims=("unmigrated",),
    documented=("CockroachDB",),
)
