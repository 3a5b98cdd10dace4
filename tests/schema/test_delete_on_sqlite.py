"""What a delete is predicted to do, against SQLite itself."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from referee.schema.delete import delete_outcome
from tests.schema.random_deletes import SQL_ACTIONS, RandomGraph, random_graph

pytestmark = pytest.mark.fuzz


def test_a_delete_on_sqlite_does_what_is_predicted(fuzz_rounds: int) -> None:
    random = Random(1)
    refused = 0
    for _ in range(fuzz_rounds * 10):
        graph = random_graph(random)
        root = random.randrange(graph.tables)
        outcome = delete_outcome(graph.view("sqlite"), f"T{root}")
        is_refused = any(edge.verdict == "blocked" for edge in outcome.blocking)
        left = _rows_after_delete(graph, root)
        assert (left is None) == is_refused, graph.schema("sqlite")
        if left is None:
            refused += 1
            continue
        gone = {f"T{table}" for table in range(graph.tables)} - left.keys()
        assert gone == set(outcome.levels), graph.schema("sqlite")
        cleared = {str(key.columns[0]) for key in outcome.nulled if key.child in left}
        assert {column for columns in left.values() for column in columns} == cleared
    assert refused > fuzz_rounds


def _rows_after_delete(graph: RandomGraph, root: int) -> dict[str, set[str]] | None:
    """Delete the root's row; return the columns that are NULL by table that keeps its row.

    The tables are made in the order of the schema. None means that SQLite refused.
    """
    database = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for table in range(graph.tables):
            columns = [f"{key.column} INTEGER" for key in graph.keys_of(table)]
            constraints = [
                f"FOREIGN KEY ({key.column}) REFERENCES T{key.parent} (id) "
                f"ON DELETE {SQL_ACTIONS[key.action]}"
                for key in graph.keys_of(table)
            ]
            parts = ", ".join(["id INTEGER PRIMARY KEY", *columns, *constraints])
            database.execute(f"CREATE TABLE T{table} ({parts})")
        for table in range(graph.tables):
            values = ", ".join(["1"] * (1 + len(graph.keys_of(table))))
            database.execute(f"INSERT INTO T{table} VALUES ({values})")
        database.execute("PRAGMA foreign_keys = ON")
        try:
            database.execute(f"DELETE FROM T{root}")
        except sqlite3.IntegrityError:
            return None
        left: dict[str, set[str]] = {}
        for table in range(graph.tables):
            names = [key.column for key in graph.keys_of(table)]
            row = database.execute(f"SELECT id, * FROM T{table}").fetchone()
            if row is not None:
                left[f"T{table}"] = {
                    name for name, value in zip(names, row[2:], strict=True) if value is None
                }
        return left
    finally:
        database.close()
