"""Forms that PostgreSQL took up after the version whose parser reads scripts here."""

from __future__ import annotations

import pytest

from referee.migrations.sql.postgres_reader import parse_with_postgres
from tests.migrations.pgparse import require_pgparse
from tests.support.databases import fresh_postgresql

BEFORE = (
    "CREATE EXTENSION btree_gist; CREATE TABLE u (id int PRIMARY KEY, p tstzrange, "
    "CONSTRAINT over_time UNIQUE (id, p WITHOUT OVERLAPS)); CREATE TABLE t (a int, p tstzrange, "
    "CONSTRAINT c FOREIGN KEY (a) REFERENCES u (id), CONSTRAINT filled NOT NULL a, "
    "q int, CONSTRAINT shared NOT NULL q NO INHERIT);"
)
LATER = [
    "CREATE TABLE v (a int, b int GENERATED ALWAYS AS (a * (2 + 1)) VIRTUAL);",
    "CREATE TABLE v (a int, b int GENERATED ALWAYS AS (a * 2));",
    "CREATE TABLE v (a int, b int GENERATED ALWAYS AS (a * 2), c int);",
    "ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a * 2);",
    "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT ENFORCED;",
    "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u (id) NOT ENFORCED;",
    "ALTER TABLE t ALTER CONSTRAINT c NOT ENFORCED;",
    "ALTER TABLE t ALTER CONSTRAINT filled NO INHERIT;",
    "ALTER TABLE t ALTER CONSTRAINT shared INHERIT;",
    'ALTER TABLE t ADD CONSTRAINT "there" NOT NULL p NOT VALID;',
    "CREATE TABLE v (a int, p tstzrange, PRIMARY KEY (a, p WITHOUT OVERLAPS));",
    "ALTER TABLE t ADD FOREIGN KEY (a, PERIOD p) REFERENCES u (id, PERIOD p);",
    "SELECT 1; UPDATE t SET a = 1 RETURNING WITH (OLD AS was) was.a;",
]  # fmt: skip
MISTAKEN = [
    "CREATE TABLE v (a int b int);",
    "CREATE TABLE v (a int DEFAULT (1) VIRTUAL);",
    "CREATE TABLE v (a int, CHECK (a > 0) c int);",
    "ALTER TABLE t ADD NOT NULL;",
    "ALTER TABLE t INHERIT;",
    "CREATE TABLE v (a int) WITHOUT COLUMNS;",
    "SELECT FROM ONLY;",
]


@pytest.mark.parametrize("script", LATER)
def test_what_postgresql_18_takes_is_no_mistake(script: str) -> None:
    require_pgparse()
    with fresh_postgresql() as connection:
        connection.run_script(BEFORE)
        connection.run_script(script)
    parsed = parse_with_postgres("postgresql", script)
    assert (parsed.mistakes, parsed.is_syntax_checked) == ((), False)


@pytest.mark.parametrize("script", MISTAKEN)
def test_what_no_version_takes_is_a_mistake(script: str) -> None:
    require_pgparse()
    assert parse_with_postgres("postgresql", script).mistakes
