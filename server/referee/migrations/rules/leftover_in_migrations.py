"""The migrations make something that the schema lacks.

A table, column, index, key or enum value is in every database and nowhere in `schema.prisma`: it was
taken out of the schema without a migration, or made by a hand-written one.
A required column that the client does not know makes every insert fail; a foreign key still cascades;
a second index on the same columns costs on every write and is what a rename left behind.

Partial indexes, indexes on expressions and extensions are left alone: Prisma never drops them.
A table that a query makes, or that a script names and nothing makes, is left alone too: what it is
like is not known.
Prisma's own difference is silent about a second index with the same columns; this is not.

The fix writes a migration from everything that differs, and is unsafe where that drops data.
An index that the schema can declare is kept by declaring it, in the words that the help says.

Sources: Prisma's schema engine, whose difference is the measure of this one.
"""

from __future__ import annotations

from collections.abc import Iterator

from referee.ddl.model import Column, Index, Table
from referee.ddl.of_schema import Element
from referee.migrations.difference import Change
from referee.migrations.evidence import HistoryEvidence, Maker, object_key
from referee.migrations.findings import (
    AnyPlace,
    FilePlace,
    MigrationFinding,
    MigrationFix,
    RelatedPlace,
    WriteMigration,
)
from referee.migrations.index_attributes import index_attribute
from referee.migrations.rules.rule import MigrationRule
from referee.migrations.rules.unmigrated_change import (
    COMMAND,
    FIX,
    columns_of,
    object_of,
    owner_names,
    subject_of,
)
from referee.rules.rule import Place

CODE = "leftover-in-migrations"


def check(evidence: HistoryEvidence) -> Iterator[MigrationFinding]:
    """Yield what the migrations make and the schema lacks."""
    if evidence.meant is None:
        return
    for change in evidence.changes or ():
        if change.kind != "drop":
            continue
        maker = evidence.makers.get(object_key(change.part, change.owner, change.name))
        table, type = owner_names(change, evidence)
        related: tuple[RelatedPlace, ...] = ()
        if maker is not None:
            here = FilePlace(maker.path, maker.span)
            related = (RelatedPlace(here, f"`{maker.migration}` makes it."),)
        loses = isinstance(change.made, Table | Column)
        fix = MigrationFix(_title(change, evidence), (WriteMigration(),), is_safe=not loses)
        place = _place_of(change, evidence, maker)
        if isinstance(place, FilePlace):
            related = ()
        yield MigrationFinding(
            CODE,
            "warning",
            f"The migrations make {subject_of(change, evidence)}{_twin(change, evidence)}, which "
            f"{_lack(change, evidence)}.",
            place,
            None if maker is None else maker.migration,
            table,
            columns_of(change),
            object_of(change),
            type,
            related,
            (fix,),
        )


def _title(change: Change, evidence: HistoryEvidence) -> str:
    """Return what may be done; an index that the schema can declare may just as well stay."""
    attribute = None
    if isinstance(change.made, Index) and evidence.meant is not None:
        attribute = index_attribute(change.made, change.owner, evidence.meant)
    if attribute is None or _twin(change, evidence):
        return FIX.title
    return (
        f"Declare it in the schema: `{attribute}`, or write the migration that drops it: {COMMAND}"
    )


def _place_of(change: Change, evidence: HistoryEvidence, maker: Maker | None) -> AnyPlace:
    """Return the model that has the rest of the table, else the statement that makes the object."""
    if evidence.meant is not None:
        origins = evidence.meant.origins
        found = origins.get(Element("table", change.owner)) or origins.get(
            Element("enum", change.owner)
        )
        if found is not None:
            return Place(found.block)
    if maker is not None:
        return FilePlace(maker.path, maker.span)
    return FilePlace(evidence.history.path)


def _lack(change: Change, evidence: HistoryEvidence) -> str:
    meant = evidence.meant
    if meant is not None and change.owner in meant.model.views:
        return "is a view in the schema"
    if meant is not None and change.part == "foreign key" and not meant.has_foreign_keys:
        return 'the schema does without (`relationMode = "prisma"`)'
    return "the schema lacks"


def _twin(change: Change, evidence: HistoryEvidence) -> str:
    """Return the index that has the same columns and stays."""
    index = change.made
    table = evidence.made.tables.get(change.owner)
    if not isinstance(index, Index) or table is None:
        return ""
    for other in table.indexes:
        is_twin = other.name != index.name and other.columns == index.columns
        if is_twin and other.columns and other.predicate is None:
            return f" (a second one beside `{other.name}`)"
    return ""


RULE = MigrationRule(
    code=CODE,
    severity="warning",
    scope="schema",
    summary="What the migrations make and the schema lacks",
    check=check,
    documentation=__doc__,
    fix_safety="unsafe",
    claims=("leftovers",),
    documented=("CockroachDB",),
)
