"""Our statements against the trees of sqlglot, wherever it gives one, on real migrations."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

from referee.ddl.types import canonical_type
from referee.migrations.sql.cursor import cut_identifier
from referee.migrations.sql.reading import parse_from_tokens
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    AlterTable,
    ChangeColumn,
    CheckSpec,
    ColumnSpec,
    ConstraintSpec,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropNotNull,
    DropTable,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    Opaque,
    PrimaryKeySpec,
    RenameColumn,
    RenameTable,
    SetNotNull,
    SetType,
    Statement,
    UniqueSpec,
)
from referee.schema.providers import Provider
from tests.conftest import FEW_ROUNDS, rounds_to_run
from tests.migrations.corpus import history_of_unit, units_with_migrations
from tests.support.corpus import require_corpus

DIALECTS: dict[Provider, str] = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
# Statements of PostgreSQL that are compared in `make test`; the long run compares all.
SAMPLE = 1500

Fact = tuple[object, ...]


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite"])
def test_sqlglot_reads_what_we_read(provider: Provider) -> None:
    require_corpus()
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    statements = list(statements_of(provider))
    if provider == "postgresql" and rounds_to_run() == FEW_ROUNDS:
        statements = random.Random(1).sample(statements, SAMPLE)
    compared: Counter[str] = Counter()
    for text, statement in statements:
        tree = tree_of(provider, text)
        if tree is None:
            continue
        found = set(facts_of_tree(provider, tree))
        # A definition that sqlglot understands may not be opaque for us.
        assert not (found and isinstance(statement, Opaque)), text
        if found:
            assert found == set(facts_of(provider, statement)), text
            compared[type(statement).__name__] += 1
    assert compared["CreateTable"] >= 5
    assert compared["CreateIndex"] + compared["AlterTable"] > 30


def statements_of(provider: Provider) -> Iterator[tuple[str, Statement]]:
    seen: set[str] = set()
    for unit in units_with_migrations(provider):
        for migration in history_of_unit(unit.name).migrations:
            text = migration.text or ""
            for placed in parse_from_tokens(provider, text).statements:
                statement = text[placed.span.start : placed.span.end]
                if statement not in seen:
                    seen.add(statement)
                    yield statement, placed.statement


def tree_of(provider: Provider, text: str) -> Any:
    """Return the tree of a statement; None where sqlglot has none."""
    try:
        trees = sqlglot.parse(text, read=DIALECTS[provider])
    except SqlglotError:
        return None
    return trees[0] if len(trees) == 1 else None


# ---- facts of our statements ----


def facts_of(provider: Provider, statement: Statement) -> Iterator[Fact]:
    if isinstance(statement, CreateTable) and not statement.has_unknown_shape:
        table = statement.name.name
        yield ("table", table)
        for column in statement.columns:
            yield column_fact(provider, table, column)
        for constraint in statement.constraints:
            yield from constraint_facts(table, constraint)
    elif isinstance(statement, CreateIndex):
        yield from constraint_facts(statement.table.name, statement.index)
    elif isinstance(statement, DropTable):
        for name in statement.names:
            yield ("drop table", name.name)
    elif isinstance(statement, DropIndex):
        for name in statement.names:
            yield ("drop index", name.name)
    elif isinstance(statement, AlterTable):
        for action in statement.actions:
            yield from action_facts(provider, statement.name.name, action)


def action_facts(provider: Provider, table: str, action: object) -> Iterator[Fact]:
    if isinstance(action, AddColumn | ChangeColumn):
        yield column_fact(provider, table, action.column)
        for constraint in action.constraints:
            yield from constraint_facts(table, constraint)
    elif isinstance(action, DropColumn):
        yield ("drop column", table, action.column)
    elif isinstance(action, DropConstraint):
        yield ("drop constraint", table, action.name)
    elif isinstance(action, SetType):
        yield ("type", table, action.column, type_of(provider, action.type))
    elif isinstance(action, SetNotNull | DropNotNull):
        yield ("nullable", table, action.column, isinstance(action, DropNotNull))
    elif isinstance(action, RenameColumn):
        yield ("rename column", table, action.old_name, action.name)
    elif isinstance(action, RenameTable):
        yield ("rename table", table, action.name.name)
    elif isinstance(action, AddConstraint):
        yield from constraint_facts(table, action.constraint)


def column_fact(provider: Provider, table: str, column: ColumnSpec) -> Fact:
    return ("column", table, column.name, type_of(provider, column.type), not column.is_not_null)


def constraint_facts(table: str, spec: ConstraintSpec) -> Iterator[Fact]:
    if isinstance(spec, PrimaryKeySpec):
        yield ("primary key", table, spec.columns)
    elif isinstance(spec, UniqueSpec):
        yield ("unique", table, spec.columns)
    elif isinstance(spec, ForeignKeySpec):
        actions = (spec.on_delete, spec.on_update)
        yield ("foreign key", table, spec.columns, spec.table.name, spec.references, actions)
    elif isinstance(spec, IndexSpec):
        yield ("index", table, spec.name, tuple(part.column for part in spec.parts), spec.is_unique)
    else:
        assert isinstance(spec, CheckSpec | ExclusionSpec)


def type_of(provider: Provider, text: str) -> str:
    return str(canonical_type(provider, text, lambda namespace, name: None))


# ---- facts of sqlglot's trees ----


def facts_of_tree(provider: Provider, tree: Any) -> Iterator[Fact]:
    return _Tree(provider).facts(tree)


class _Tree:
    """Reads a tree in the words of our facts."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def facts(self, tree: Any) -> Iterator[Fact]:
        if isinstance(tree, exp.Create) and tree.kind == "TABLE":
            if isinstance(tree.this, exp.Schema) and tree.expression is None:
                table = self.table(tree.this)
                yield ("table", table)
                for each in tree.this.expressions:
                    yield from self.part(table, each)
        elif isinstance(tree, exp.Create) and tree.kind == "INDEX":
            index = tree.this
            parts = index.args["params"].args["columns"]
            name = self.name(index.this) if index.this is not None else None
            table = self.table(index.args["table"])
            yield ("index", table, name, self.indexed(parts), bool(tree.args["unique"]))
        elif isinstance(tree, exp.Drop) and tree.kind in ("TABLE", "INDEX"):
            for each in tree.args["tables"]:
                yield (f"drop {tree.kind.lower()}", self.table(each))
        elif isinstance(tree, exp.Alter) and tree.kind == "TABLE":
            for action in tree.args["actions"]:
                yield from self.action(self.table(tree.this), action)

    def part(self, table: str, part: Any) -> Iterator[Fact]:
        """Yield the facts of a part of CREATE TABLE, or of what ALTER TABLE adds."""
        if isinstance(part, exp.ColumnDef):
            yield from self.column(table, part)
        elif isinstance(part, exp.Constraint):
            for each in part.expressions:
                yield from self.part(table, each)
        elif isinstance(part, exp.PrimaryKey):
            yield ("primary key", table, self.names(part.expressions))
        elif isinstance(part, exp.ForeignKey):
            reference = part.args["reference"]
            yield self.reference(table, self.names(part.expressions), reference)
        elif isinstance(part, exp.UniqueColumnConstraint):
            columns = self.indexed(part.this.expressions)
            if self.provider == "mysql":
                name = self.name(part.this.this) if part.this.this is not None else None
                yield ("index", table, name, columns, True)
            else:
                yield ("unique", table, columns)
        elif isinstance(part, exp.IndexColumnConstraint):
            name = self.name(part.this) if part.this is not None else None
            yield ("index", table, name, self.indexed(part.expressions), False)

    def column(self, table: str, column: Any) -> Iterator[Fact]:
        name = self.name(column.this)
        kinds = [each.kind for each in column.args.get("constraints") or ()]
        is_nullable = not any(
            isinstance(each, exp.NotNullColumnConstraint) and not each.args.get("allow_null")
            for each in kinds
        )
        yield ("column", table, name, self.type(column.kind), is_nullable)
        for kind in kinds:
            if isinstance(kind, exp.PrimaryKeyColumnConstraint):
                yield ("primary key", table, (name,))
            elif isinstance(kind, exp.UniqueColumnConstraint):
                yield ("unique", table, (name,))
            elif isinstance(kind, exp.Reference):
                yield self.reference(table, (name,), kind)

    def reference(self, table: str, columns: tuple[str, ...], reference: Any) -> Fact:
        parent = reference.this
        references = self.names(parent.expressions) if isinstance(parent, exp.Schema) else ()
        actions = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION"}
        for option in reference.args.get("options") or ():
            first, _, rest = str(option).upper().partition(" ")
            event, _, action = rest.partition(" ")
            if first == "ON":
                actions[event] = action
        return ("foreign key", table, columns, self.table(parent), references, (*actions.values(),))

    def action(self, table: str, action: Any) -> Iterator[Fact]:
        if isinstance(action, exp.ColumnDef):
            yield from self.column(table, action)
        elif isinstance(action, exp.ModifyColumn):
            yield from self.column(table, action.this)
        elif isinstance(action, exp.AddConstraint):
            for each in action.expressions:
                yield from self.part(table, each)
        elif isinstance(action, exp.Drop):
            what = "column" if action.kind == "COLUMN" else "constraint"
            for each in action.args["tables"]:
                yield (f"drop {what}", table, self.last(each))
        elif isinstance(action, exp.RenameColumn):
            yield ("rename column", table, self.last(action.this), self.last(action.args["to"]))
        elif isinstance(action, exp.AlterRename):
            yield ("rename table", table, self.table(action.this))
        elif isinstance(action, exp.AlterColumn):
            column = self.name(action.this)
            if action.args.get("dtype") is not None:
                yield ("type", table, column, self.type(action.args["dtype"]))
            elif action.args.get("allow_null") is not None:
                yield ("nullable", table, column, bool(action.args["allow_null"]))

    # ---- names and types ----

    def name(self, identifier: Any) -> str:
        text = str(identifier.name)
        if self.provider != "postgresql":
            return text
        return cut_identifier(text if identifier.args.get("quoted") else text.lower())

    def last(self, tree: Any) -> str:
        return self.name(next(iter(tree.find_all(exp.Identifier))))

    def names(self, trees: Sequence[Any]) -> tuple[str, ...]:
        return tuple(self.last(each) for each in trees)

    def table(self, tree: Any) -> str:
        table = tree.this if isinstance(tree, exp.Schema) else tree
        return self.name(table.this)

    def indexed(self, parts: Sequence[Any]) -> tuple[str | None, ...]:
        """Return the columns of an index, None for an expression."""
        return tuple(self.indexed_column(each) for each in parts)

    def indexed_column(self, part: Any) -> str | None:
        while isinstance(part, exp.Ordered | exp.Opclass | exp.ColumnPrefix | exp.Collate):
            part = part.this
        if isinstance(part, exp.Column):
            part = part.this
        return self.name(part) if isinstance(part, exp.Identifier) else None

    def type(self, type: Any) -> str:
        if type is None:
            return type_of(self.provider, "")
        if self.provider != "sqlite":
            return type_of(self.provider, type.sql(dialect=DIALECTS[self.provider]))
        # In the dialect of SQLite it writes all types of integers as one; BLOB it has no word for.
        return type_of("sqlite", type.sql().replace("VARBINARY", "BLOB"))
