"""Which tables and columns of a view's query are surely read, by both readers alike."""

from __future__ import annotations

import pytest

from referee.ddl.model import Name
from referee.migrations.sql.reading import parse_from_tokens, parse_script
from referee.migrations.sql.statements import CreateView
from referee.schema.providers import Provider


def read(query: str, provider: Provider = "postgresql") -> tuple[list[str], list[str]]:
    """Return the tables of a query, and its columns with their tables."""
    text = f"CREATE VIEW v AS {query};"
    (placed,) = parse_from_tokens(provider, text).statements
    assert placed == parse_script(provider, text).statements[0]
    view = placed.statement
    assert isinstance(view, CreateView)
    columns = [f"{each.table}.{each.column}" for each in view.columns]
    return [str(each) for each in view.tables], sorted(columns)


def test_columns_behind_the_other_name_of_a_table_are_its_columns() -> None:
    tables, columns = read(
        'SELECT u."id", p.title AS t FROM "User" u LEFT JOIN s."Post" AS p ON p.by = u.key, c'
    )
    assert tables == ["User", "s.Post", "c"]
    assert columns == ["User.id", "User.key", "s.Post.by", "s.Post.title"]


def test_columns_without_a_table_are_those_of_the_only_one() -> None:
    assert read("SELECT a, upper(b) AS c, d FROM t WHERE e > 1 AND NOT f ORDER BY c") == (
        ["t"],
        ["t.a", "t.b", "t.d", "t.e", "t.f"],
    )
    assert read("SELECT a FROM t, u") == (["t", "u"], [])
    assert read("SELECT a FROM t UNION SELECT a FROM u") == (["t", "u"], [])
    assert read("SELECT a FROM t WHERE b IN (SELECT c FROM u)") == (["t", "u"], [])


def test_a_star_stands_for_all_columns_of_the_only_table() -> None:
    assert read("SELECT * FROM ONLY t") == (["t"], ["t.*"])
    assert read("SELECT count(*) FROM t") == (["t"], [])


@pytest.mark.parametrize(
    "query",
    [
        "WITH x AS (SELECT 1 AS a) SELECT x.a FROM x",
        "WITH x (a) AS NOT MATERIALIZED (SELECT 1) SELECT y.a FROM x AS y",
        "SELECT x.a FROM (SELECT 1 AS a) AS x",
        "SELECT x.a FROM generate_series(1, 2) x",
        "SELECT x.a FROM LATERAL unnest('{1}'::int[]) AS x (a)",
    ],
)
def test_what_is_no_table_is_none(query: str) -> None:
    assert read(query) == ([], [])


def test_a_name_that_may_mean_two_things_is_not_taken_for_one() -> None:
    assert read("SELECT x.a FROM t x WHERE EXISTS (SELECT x.b FROM u x)") == (["t", "u"], [])
    assert read("SELECT x.a FROM t x (a)") == (["t"], [])
    assert read("SELECT x.a FROM t x, LATERAL (SELECT 1 AS a) x") == (["t"], [])


def test_words_of_expressions_are_no_tables_and_no_columns() -> None:
    tables, columns = read(
        "SELECT extract(year FROM at) AS a, at::date, date '2020-01-01', CAST(b AS text) "
        "FROM t WHERE c IS DISTINCT FROM d"
    )
    assert tables == ["t"]
    assert "t.year" not in columns
    assert not {"t.date", "t.text", "t.distinct"} & set(columns)


def test_mysql_and_sqlite_are_read_with_their_quotes() -> None:
    assert read("SELECT `u`.`a` FROM `User` `u`", "mysql") == (["User"], ["User.a"])
    assert read('SELECT u."a" FROM [User] u', "sqlite") == (["User"], ["User.a"])


def test_a_view_without_a_query_reads_nothing() -> None:
    (placed,) = parse_from_tokens("postgresql", "CREATE VIEW v (a)").statements
    assert placed.statement == CreateView(Name(None, "v"))
