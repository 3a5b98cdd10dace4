"""One trial: a graph in a real database, a deed, and what came of it held against the verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from referee.ddl.model import DatabaseModel, Table
from referee.ddl.of_schema import database_of
from referee.ddl.sql import create_script
from referee.migrations.database.connection import Connection, DatabaseError
from referee.rules import blocked_delete
from referee.rules.settings import RuleSettings
from referee.schema.delete import BlockingEdge, delete_outcome
from referee.schema.providers import Provider
from referee.schema.referential_actions import refuses
from referee.schema.view import SchemaView
from tests.support.views import view_of
from tests.truth.expected import Expected, Inconsistent, expected_of_delete, expected_of_update
from tests.truth.graphs import MAIN, NEW, Graph, Row, Rows

# An order of tables and keys that shows the other outcome is found among so many, or not at all.
ORDERS = 40


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a database refused: the names it gave, as far as it gave any, and its words.

    `is_for_other_reasons` tells that neither a key nor a required column is what it speaks of.
    """

    text: str
    constraint: str | None = None
    column: str | None = None
    is_for_other_reasons: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """What a database did: it refused, or these rows are left."""

    refusal: Refusal | None
    rows: Rows | None


class CannotMake(Exception):
    """A database refused to make the tables of a schema, with a code (see `Tables.refusal_of`)."""

    def __init__(self, error: DatabaseError) -> None:
        super().__init__(str(error))
        self.code = code_of(error)


def code_of(error: DatabaseError) -> str:
    """Return the code of a refusal: on MySQL that of its own, which tells more than SQLSTATE."""
    return error.code or error.sqlstate or "no code"


class Tables(Protocol):
    """Tables that were made for a trial."""

    def refusal_of(self, script: str) -> str | None:
        """Run a script as Prisma does; return the code of what refuses it, None if nothing does."""
        ...

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what a query finds."""
        ...


class ConnectedTables:
    """Tables in a database that is connected to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def refusal_of(self, script: str) -> str | None:
        """Run a script as Prisma does; return the code of what refuses it, None if nothing does."""
        try:
            self._connection.run_script(script)
        except DatabaseError as error:
            return code_of(error)
        return None

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what a query finds."""
        return self._connection.query(query, ())


class Server(Protocol):
    """A database that trials run in; `title` is its name with the version."""

    provider: Provider
    title: str

    def observe(self, script: str, rows: Rows, deed: str) -> Observed:
        """Make tables, put rows in without looking at keys, do the deed, and tell."""
        ...

    def tables(self, script: str) -> AbstractContextManager[Tables]:
        """Make tables for statements one by one; raises CannotMake where they are refused."""
        ...

    def quoted(self, name: str) -> str:
        """Return a name as this database writes it."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial showed; `complaint` is None where Referee was right.

    `number` counts the deeds and `refused` those that the database refused. `undecided` counts
    those of which Referee says that they depend on an order, `both` those of them whose two
    outcomes were seen.
    """

    complaint: str | None = None
    number: int = 1
    refused: int = 0
    undecided: int = 0
    both: int = 0


def try_delete(server: Server, graph: Graph, root: int, seed: int = 0) -> Verdict:
    """Delete the main row of a model and compare."""
    view = view_of(graph.schema(server.provider))
    model = model_of(view)
    try:
        expected = expected_of_delete(graph, view, root)
    except Inconsistent as contradiction:
        return Verdict(str(contradiction))
    table = server.quoted(f"T{root}")
    deed = f"DELETE FROM {table} WHERE {server.quoted('id')} = {MAIN}"

    def observe(model: DatabaseModel) -> Observed:
        return server.observe(create_script(model), graph.rows(root), deed)

    seen = observe(model)
    complaint = difference(expected, seen)
    if complaint is not None or not expected.undecided or expected.refusing:
        return Verdict(complaint, refused=seen.refusal is not None)
    return _try_other_orders(expected, seen, model, view, observe, Random(seed))


def try_update(server: Server, graph: Graph, root: int, column: str) -> Verdict:
    """Write another value into a column of the main row of a model and compare."""
    view = view_of(graph.schema(server.provider))
    try:
        expected = expected_of_update(graph, view, root, column)
    except Inconsistent as contradiction:
        return Verdict(str(contradiction))
    table, name, row = map(server.quoted, (f"T{root}", column, "id"))
    deed = f"UPDATE {table} SET {name} = {NEW} WHERE {row} = {MAIN}"
    seen = server.observe(create_script(model_of(view)), graph.rows(root), deed)
    return Verdict(difference(expected, seen), refused=seen.refusal is not None)


def contradiction_of_rule(graph: Graph, provider: Provider) -> str | None:
    """Return where `blocked-delete` says something else of a root than the outcome of its delete.

    The rule judges every root in one go and names those of each key; it leaves out what is plain
    (a key that points at the deleted row itself) and what somebody wrote (a refusal outside of
    the cascade), and it speaks of a key that is checked again only if it has not spoken of it.
    """
    view = view_of(graph.schema(provider))
    said: dict[str, tuple[str, set[str]]] = {}
    for finding in blocked_delete.check(None, view, RuleSettings()):
        assert finding.model is not None
        assert finding.place.field is not None
        said[f"{finding.model}.{finding.place.field}"] = finding.severity, set(finding.models)
    wanted: dict[str, dict[str, BlockingEdge]] = {}
    rechecked: dict[str, dict[str, BlockingEdge]] = {}
    for root in view.model_names():
        for edge in delete_outcome(view, root).blocking:
            if edge.reason == "rechecked":
                rechecked.setdefault(str(edge.key), {})[root] = edge
            elif _is_spoken_of(edge, view):
                wanted.setdefault(str(edge.key), {})[root] = edge
    for name, roots in {**rechecked, **wanted}.items():
        certain = any(
            edge.verdict == "blocked" and edge.reason != "outside" for edge in roots.values()
        )
        expected = "warning" if certain else "information", set(roots)
        if said.pop(name, None) != expected:
            return f"blocked-delete of {name} is not {expected}"
    return f"blocked-delete speaks of {', '.join(said)}" if said else None


def _is_spoken_of(edge: BlockingEdge, view: SchemaView) -> bool:
    if edge.verdict == "ok" or edge.reason == "direct" or not refuses(edge.key, view.database):
        return False
    return edge.reason != "outside" or not edge.key.on_delete.is_written


def columns_to_update(graph: Graph, root: int) -> list[str]:
    """Return the columns of a model that other rows refer to and that refer to none."""
    if any(key.child == root and key.width == "own-id" for key in graph.keys):
        return []
    columns = {name for key in graph.keys if key.parent == root for name in key.references}
    return sorted(columns)


def _try_other_orders(
    expected: Expected,
    first: Observed,
    model: DatabaseModel,
    view: SchemaView,
    observe: Callable[[DatabaseModel], Observed],
    random: Random,
) -> Verdict:
    """Make the tables and keys in other orders until both outcomes were seen."""
    outcomes = {first.refusal is None}
    for _ in range(ORDERS):
        if len(outcomes) == 2:
            break
        seen = observe(in_another_order(model, random))
        complaint = difference(expected, seen)
        if complaint is not None:
            return Verdict(f"in another order: {complaint}", undecided=1)
        outcomes.add(seen.refusal is None)
    return Verdict(refused=first.refusal is not None, undecided=1, both=len(outcomes) == 2)


def model_of(view: SchemaView) -> DatabaseModel:
    """Return the database that a schema of trials means."""
    found = database_of(view)
    assert found is not None
    return found.model


def in_another_order(model: DatabaseModel, random: Random) -> DatabaseModel:
    """Return a model whose tables, and keys within tables, are made in another order."""

    def shuffled(table: Table) -> Table:
        keys = list(table.foreign_keys)
        random.shuffle(keys)
        return replace(table, foreign_keys=tuple(keys))

    tables = [(name, shuffled(table)) for name, table in model.tables.items()]
    random.shuffle(tables)
    return replace(model, tables=dict(tables))


def difference(expected: Expected, seen: Observed) -> str | None:
    """Return in words where an observation contradicts what was expected."""
    if seen.refusal is not None:
        if seen.refusal.is_for_other_reasons:
            return f"was refused for other reasons than keys: {seen.refusal.text}"
        refusing = expected.refusing + expected.undecided
        if not refusing:
            return f"was expected to go through, and was refused: {seen.refusal.text}"
        names = {edge.key.constraint_name for edge in refusing}
        columns = {column for edge in refusing for column in edge.key.columns}
        if seen.refusal.constraint is not None and seen.refusal.constraint not in names:
            return f"was refused by {seen.refusal.constraint} and not by {', '.join(sorted(names))}"
        if seen.refusal.column is not None and seen.refusal.column not in columns:
            return f"was refused by column {seen.refusal.column}, and that was not expected"
        return None
    if expected.refusing:
        edges = ", ".join(f"{edge.key} ({edge.reason})" for edge in expected.refusing)
        return f"was expected to be refused by {edges}, and went through"
    assert expected.rows is not None
    assert seen.rows is not None
    for table, rows in expected.rows.items():
        left = sorted(map(_as_text, seen.rows[table]))
        wanted = sorted(map(_as_text, rows))
        if left != wanted:
            return f"left {left} in {table} where {wanted} was expected"
    return None


def _as_text(row: object) -> str:
    assert hasattr(row, "items")
    return ", ".join(f"{name}={value}" for name, value in sorted(row.items()))


def insert_statements(rows: Rows, quoted: Callable[[str], str]) -> str:
    """Return a script that puts rows into their tables."""
    return "".join(
        f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, row))}) "
        f"VALUES ({', '.join(map(_literal, row.values()))});\n"
        for table, each in rows.items()
        for row in each
    )


def _literal(value: int | None) -> str:
    return "NULL" if value is None else str(value)


def read_rows(connection: Connection, rows: Rows, quoted: Callable[[str], str]) -> Rows:
    """Return what is in the tables that rows were put into."""
    left: dict[str, tuple[Row, ...]] = {}
    for table, each in rows.items():
        columns = list(each[0])
        found = connection.query(
            f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}", ()
        )
        left[table] = tuple(dict(zip(columns, values, strict=True)) for values in found)
    return left
