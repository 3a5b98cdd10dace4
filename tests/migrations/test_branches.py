"""Branches in the body of a DO block: not all of them run, and which one does is not known."""

from __future__ import annotations

import pytest

from referee.migrations.difference import difference
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.migrations.sql.statements import DoBlock

TABLE = "CREATE TABLE t (a int, b int); CREATE TABLE u (a int);"


def alternatives(body: str) -> list[bool]:
    """Tell of each statement of a body whether it runs instead of another one."""
    (placed,) = parse_script("postgresql", f"DO $$ {body} $$").statements
    assert isinstance(placed.statement, DoBlock)
    block = placed.statement
    return [number in block.alternatives for number in range(len(block.statements))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("BEGIN IF x THEN DROP TABLE t; END IF; DROP TABLE u; END", [False, False]),
        (
            "BEGIN IF x THEN DROP TABLE t; ELSE DROP TABLE u; END IF; DROP TABLE v; END",
            [True, True, False],
        ),
        ("BEGIN IF x THEN DROP TABLE t; ELSIF y THEN DROP TABLE u; END IF; END", [True, True]),
        ("BEGIN IF x THEN PERFORM 1; ELSE DROP TABLE u; END IF; END", [True]),
        (
            "BEGIN IF x THEN IF y THEN DROP TABLE t; END IF; ELSE NULL; END IF; DROP TABLE u; END",
            [True, False],
        ),
        (
            "BEGIN IF x THEN DROP TABLE t; IF y THEN DROP TABLE u; ELSE NULL; END IF; END IF; END",
            [False, True],
        ),
        (
            "BEGIN CASE x WHEN 1 THEN DROP TABLE t; ELSE DROP TABLE u; END CASE; DROP TABLE v; END",
            [True, True, False],
        ),
        ("BEGIN FOR r IN SELECT 1 LOOP IF x THEN DROP TABLE t; END IF; END LOOP; END", [False]),
        ("BEGIN IF x THEN y := CASE WHEN z THEN 1 ELSE 2 END; DROP TABLE t; END IF; END", [False]),
        ("BEGIN IF CASE WHEN z THEN a ELSE b END THEN DROP TABLE t; END IF; END", [False]),
        ("BEGIN DROP TABLE IF EXISTS t; EXCEPTION WHEN OTHERS THEN NULL; END", [False]),
    ],
)
def test_statements_that_run_instead_of_others_are_told(body: str, expected: list[bool]) -> None:
    assert alternatives(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "ALTER TABLE t DROP COLUMN b; ELSE ALTER TABLE t ADD c int;",
        "DROP TABLE t; ELSE ALTER TABLE t RENAME TO w;",
        "CREATE TABLE v (a int); ELSE CREATE TABLE w (a int);",
    ],
)
def test_nothing_is_said_of_tables_that_one_of_several_branches_changes(body: str) -> None:
    script = f"{TABLE} DO $$ BEGIN IF x() THEN {body} END IF; END $$; ALTER TABLE t ADD d int;"
    meant = f"{TABLE} ALTER TABLE t ADD d int;"
    first = replay(empty_database("postgresql"), parse_script("postgresql", script).statements)
    second = replay(empty_database("postgresql"), parse_script("postgresql", meant).statements)
    assert first.problems == ()
    assert difference(first.model, second.model) == ()


def test_a_lone_branch_is_taken_as_run() -> None:
    script = f"{TABLE} DO $$ BEGIN IF x() THEN ALTER TABLE t DROP COLUMN b; END IF; END $$;"
    found = replay(empty_database("postgresql"), parse_script("postgresql", script).statements)
    table = found.model.table("t")
    assert table is not None
    assert not table.has_unknown_shape
    assert [column.name for column in table.columns] == ["a"]
