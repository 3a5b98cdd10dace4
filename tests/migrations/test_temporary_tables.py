"""A temporary table hides another one of its name until it is dropped."""

from __future__ import annotations

import pytest

from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.schema.providers import Provider

TABLE = "CREATE TABLE t (a int);"


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite"])
def test_statements_on_the_name_of_a_temporary_table_are_about_that(provider: Provider) -> None:
    text = (
        f"{TABLE} CREATE TEMPORARY TABLE t (x int); ALTER TABLE t ADD y int;"
        "CREATE INDEX i ON t (y); UPDATE t SET y = x; DROP TABLE t;"
    )
    replayed = replay(empty_database(provider), parse_script(provider, text).statements)
    without = replay(empty_database(provider), parse_script(provider, TABLE).statements)
    assert replayed.problems == ()
    assert replayed.model == without.model


def test_a_name_with_its_namespace_and_one_after_the_drop_mean_the_lasting_table() -> None:
    text = (
        f"{TABLE} CREATE TEMP TABLE t (x int); ALTER TABLE public.t ADD b int;"
        "ALTER TABLE t RENAME TO u; DROP TABLE u; ALTER TABLE t ADD c int;"
    )
    replayed = replay(empty_database("postgresql"), parse_script("postgresql", text).statements)
    found = replayed.model.table("t")
    assert found is not None
    assert replayed.problems == ()
    assert [column.name for column in found.columns] == ["a", "b", "c"]
