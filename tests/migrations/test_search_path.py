"""Where names without a namespace are looked up and made while a script runs."""

from __future__ import annotations

import pytest

from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_from_tokens, parse_script
from referee.migrations.sql.statements import SetVariable


def tables(text: str) -> set[str]:
    """Replay a script that runs without problems, and return its tables by their full names."""
    replayed = replay(empty_database("postgresql"), parse_script("postgresql", text).statements)
    assert replayed.problems == ()
    return {str(name) for name in replayed.model.tables}


@pytest.mark.parametrize(
    "back",
    [
        "RESET search_path",
        "RESET ALL",
        "SET search_path TO DEFAULT",
        "SET SESSION search_path = DEFAULT",
        "SET search_path TO public",
        """SET search_path = "$user", public""",
        "SET SCHEMA 'public'",
        "SELECT set_config('search_path', 'public', false)",
        """SELECT pg_catalog.set_config('search_path', '"$user", public', false)""",
    ],
)
def test_a_table_stands_in_the_usual_namespace_once_the_search_path_is_back(back: str) -> None:
    script = f"CREATE SCHEMA x; SET search_path TO x; CREATE TABLE a (); {back}; CREATE TABLE b ();"
    assert tables(script) == {"x.a", "public.b"}


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK", "END"])
def test_a_search_path_of_a_transaction_ends_with_it(end: str) -> None:
    script = f"CREATE SCHEMA x; BEGIN; SET LOCAL search_path TO x; {end}; CREATE TABLE a ();"
    assert tables(script) == {"public.a"}


def test_a_search_path_of_the_transaction_that_a_script_is_lasts_to_its_end() -> None:
    """The statements of a simple query are one transaction ("Multiple Statements in a Simple
    Query", PostgreSQL manual), which BEGIN goes on with."""
    script = "CREATE SCHEMA x; SET LOCAL search_path TO x; CREATE TABLE a (); BEGIN;"
    assert tables(script + "CREATE TABLE b (); COMMIT; CREATE TABLE c ();") == {
        "x.a",
        "x.b",
        "public.c",
    }


def test_a_search_path_of_the_session_outlives_a_transaction() -> None:
    script = "CREATE SCHEMA x; BEGIN; SET search_path TO x; COMMIT; CREATE TABLE a ();"
    assert tables(script) == {"x.a"}


def test_a_table_is_made_in_the_first_namespace_that_is_there() -> None:
    assert tables("SET search_path TO nowhere, public; CREATE TABLE a ();") == {"public.a"}


def test_a_name_is_looked_up_in_every_namespace_of_the_path() -> None:
    assert tables(
        "CREATE TABLE a (n int); CREATE TYPE mood AS ENUM ('x'); CREATE SCHEMA x;"
        "SET search_path TO x, public; ALTER TABLE a ADD m mood; CREATE INDEX i ON a (n);"
        "ALTER INDEX i RENAME TO j; DROP INDEX j; ALTER TYPE mood ADD VALUE 'y';"
        "CREATE TABLE b (n int); DROP TABLE a;"
    ) == {"x.b"}


def test_names_of_a_path_are_folded_unless_they_are_quoted() -> None:
    script = 'CREATE SCHEMA "X"; CREATE SCHEMA x; SET search_path TO {}; CREATE TABLE a ();'
    assert tables(script.format("X")) == {"x.a"}
    assert tables(script.format('"X"')) == {"X.a"}


def test_the_empty_path_of_a_dump_changes_nothing() -> None:
    script = "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a ();"
    assert tables(script) == {"public.a"}


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("RESET search_path", SetVariable("search_path", "")),
        ("SET LOCAL search_path TO DEFAULT", SetVariable("search_path", "", is_local=True)),
        ('SET search_path TO a, "B"', SetVariable("search_path", 'a, "B"', ("a", "B"))),
        (
            "SELECT set_config('search_path', 'a, b', true)",
            SetVariable("search_path", "a, b", ("a", "b"), is_local=True),
        ),
    ],
)
def test_both_readers_read_a_search_path_alike(text: str, statement: SetVariable) -> None:
    for parse in (parse_script, parse_from_tokens):
        (placed,) = parse("postgresql", text).statements
        assert placed.statement == statement


def test_a_query_that_sets_another_thing_is_no_search_path() -> None:
    (placed,) = parse_script("postgresql", "SELECT set_config('a.b', 'x', false)").statements
    assert not isinstance(placed.statement, SetVariable)
