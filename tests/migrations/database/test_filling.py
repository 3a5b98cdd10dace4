"""Rows in databases that do not take every row: constraints, partitions, triggers."""

from __future__ import annotations

import pytest

from referee.ddl.model import DatabaseModel
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, Parameters, Row
from referee.migrations.database.filling import fill, satisfy_checks
from referee.migrations.rows import rows_for
from referee.schema.providers import Provider
from tests.migrations.database.verifying import broken_kinds, case_of, server_of, verified

REQUIRED = "ALTER TABLE e ADD z INT NOT NULL;"


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE e (id INT, at TIMESTAMP NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE"
        " (at); CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');",
        "CREATE TABLE e (id INT, n INT) PARTITION BY RANGE (n);"
        "CREATE TABLE e1 PARTITION OF e FOR VALUES FROM (MINVALUE) TO (10);",
        "CREATE TABLE e (id INT, r TEXT) PARTITION BY LIST (r);"
        "CREATE TABLE e1 PARTITION OF e FOR VALUES IN ('eu', 'us') PARTITION BY HASH (id);"
        "CREATE TABLE e11 PARTITION OF e1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);",
        "CREATE TABLE e (id INT, r TEXT) PARTITION BY LIST (r);"
        "CREATE TABLE e1 PARTITION OF e DEFAULT;",
        "CREATE TABLE e (s TEXT CHECK (s IN ('a', 'b')), p NUMERIC CHECK (p > 5000),"
        " code VARCHAR(8) CHECK (code ~ '^[A-Z]{3}$'), CHECK (length(s) = 1));",
        "CREATE TABLE e (a INT, b INT, c INT, CHECK (num_nonnulls(a, b, c) = 1));",
        "CREATE DOMAIN mail AS TEXT CHECK (VALUE LIKE '%@%.%');CREATE TABLE e (a mail NOT NULL);",
        "CREATE TABLE e (id INT PRIMARY KEY, b INT NOT NULL);"
        "CREATE TABLE b (id INT PRIMARY KEY, a INT NOT NULL REFERENCES e DEFERRABLE);"
        "ALTER TABLE e ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE;",
        "CREATE TABLE e (id INT, r int4range, EXCLUDE USING gist (r WITH &&));",
        "CREATE TABLE p (id INT);CREATE UNLOGGED TABLE e (n INT GENERATED ALWAYS AS IDENTITY,"
        " g INT GENERATED ALWAYS AS (id * 2) STORED, arr TEXT[] NOT NULL) INHERITS (p);",
        "CREATE TABLE e (id INT);ALTER TABLE e FORCE ROW LEVEL SECURITY;",
    ],
)
def test_tables_that_are_choosy_get_rows(tables: str) -> None:
    verification = verified("", tables, REQUIRED).verification
    assert broken_kinds(verification) == {"consistent": "23502"}
    assert case_of(verification, "consistent").empty_tables == ()


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE e (id INT PRIMARY KEY, s TEXT NOT NULL CHECK (s IN ('a', 'b')),"
        " p REAL CHECK (p BETWEEN 0 AND 1)) STRICT;",
        "CREATE TABLE e (id TEXT PRIMARY KEY CHECK (length(id) = 10), a ANY)"
        " STRICT, WITHOUT ROWID;",
        "CREATE TABLE e (id INT, d DATETIME CHECK (d > '2020-01-01'), u TEXT CHECK (u LIKE 'h%'));",
    ],
)
def test_choosy_tables_of_sqlite_get_rows(table: str) -> None:
    verification = verified("", table, REQUIRED, provider="sqlite").verification
    assert set(broken_kinds(verification)) == {"consistent"}
    assert case_of(verification, "consistent").rows == 2


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE e (n INT, s VARCHAR(9) CHECK (s IN ('a', 'b')), CHECK (n > 5000));",
        "CREATE TABLE e (n INT, y YEAR NOT NULL, en ENUM('x') NOT NULL, st SET('x') NOT NULL,"
        " j JSON NOT NULL, g INT AS (n * 2) STORED, u BIGINT UNSIGNED NOT NULL);",
        "CREATE TABLE e (n INT, p POINT NOT NULL, g GEOMETRY NOT NULL, a POLYGON NOT NULL);",
        "CREATE TABLE e (n INT) PARTITION BY RANGE (n) (PARTITION a VALUES LESS THAN (10));",
        "CREATE TABLE e (n INT) PARTITION BY LIST (n) (PARTITION a VALUES IN (10, 11));",
    ],
)
def test_choosy_tables_of_mariadb_get_rows(table: str) -> None:
    script = "CREATE UNIQUE INDEX u ON e(n);"
    verification = verified("", table, script, provider="mysql").verification
    assert case_of(verification, "consistent").rows == 2
    assert broken_kinds(verification) == {"duplicates": "23000"}


@pytest.mark.parametrize(
    ("constraint", "broken"),
    [
        ('FOREIGN KEY ("pId") REFERENCES p(id)', {"orphans": "23503"}),
        ('CHECK ("pId" IS NOT NULL)', {"nulls": "23514", "outside": "23514"}),
        ('CHECK ("pId" > 0)', {"outside": "23514"}),
    ],
)
def test_validating_a_constraint_meets_rows_that_were_there_before_it(
    constraint: str, broken: dict[str, str]
) -> None:
    tables = 'CREATE TABLE p (id INT PRIMARY KEY);CREATE TABLE e (id INT PRIMARY KEY, "pId" INT);'
    added = f"ALTER TABLE e ADD CONSTRAINT c {constraint} NOT VALID;"
    validated = "ALTER TABLE e VALIDATE CONSTRAINT c;"
    assert broken_kinds(verified("", tables + added, validated).verification) == broken


def test_a_new_check_is_not_said_to_fail_on_any_rows() -> None:
    added = "ALTER TABLE e ADD CHECK (s IN ('a', 'b'));"
    verification = verified("", "CREATE TABLE e (id INT, s TEXT);", added).verification
    broken = broken_kinds(verification)
    assert broken["outside"] == "23514"
    assert "consistent" not in broken


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (
            "CREATE TABLE e (id INT, r TEXT) PARTITION BY LIST (r);",
            'no partition of relation "e" found for row',
        ),
        (
            "CREATE TABLE e (id INT);CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'never'; END $$;"
            "CREATE TRIGGER t BEFORE INSERT ON e FOR EACH ROW EXECUTE FUNCTION no();",
            "never",
        ),
        (
            "CREATE TYPE c AS (a int);CREATE TABLE e (id INT, c c NOT NULL);",
            "Its column `c` needs a value",
        ),
    ],
)
def test_a_table_that_takes_no_row_is_named_once_with_the_reason(table: str, why: str) -> None:
    other = "CREATE TABLE x (id INT);"
    scripts = (table + other, REQUIRED, "ALTER TABLE e ADD y INT NOT NULL;")
    verification = verified("", *scripts, chosen=2).verification
    (said,) = (each for each in verification.not_run if "rows in `e`" in each.what)
    assert why in said.why
    assert said.why.endswith("--rows takes your own.")


# ---- the work ----


class Counted:
    """A connection that counts what is sent over it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.sent = 0
        self.statements = 0

    @property
    def dialect(self) -> str:
        return self.connection.dialect

    def run_script(self, script: str) -> None:
        self.sent += 1
        self.statements += script.count(";") + 1
        self.connection.run_script(script)

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        self.sent += 1
        return self.connection.query(statement, parameters)

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        self.sent += 1
        return self.connection.execute(statement, parameters)


def filled(tables: str, provider: Provider = "postgresql") -> tuple[int, int, DatabaseModel]:
    """Return how many rows a database took, with how many messages."""
    server = server_of("postgresql")
    database = server.create()
    try:
        with database.connect() as connection:
            connection.run_script(tables)
            model = catalog_of(connection)
            counted = Counted(connection)
            rows = fill(counted, model, rows_for(model, "consistent")).rows  # type: ignore[arg-type]
            satisfy_checks(counted, model, model)  # type: ignore[arg-type]
            return rows, counted.sent, model
    finally:
        server.drop(database)


def test_a_database_that_takes_all_rows_is_filled_with_as_many_messages_as_a_table() -> None:
    one = "CREATE TABLE t{0} (id SERIAL PRIMARY KEY, a TEXT);"
    few = filled(one.format(0))
    many = filled("".join(one.format(number) for number in range(40)))
    assert (few[0], many[0]) == (2, 80)
    assert few[1] == many[1] == 2  # the rows, and the counters


def test_what_a_refused_row_costs_does_not_grow_with_the_other_rows() -> None:
    tables = "".join(f"CREATE TABLE t{number} (id INT PRIMARY KEY);" for number in range(40))
    choosy = "CREATE TABLE e (id INT CHECK (id < 10));"
    rows, sent, _ = filled(tables + choosy)
    assert rows == 82
    assert sent < 20


def test_many_refused_rows_do_not_send_all_others_again_and_again() -> None:
    tables = "".join(
        f"CREATE TABLE a{n} (id INT PRIMARY KEY);"
        f"CREATE TABLE b{n} (id INT NOT NULL CHECK (id <> id));"
        for n in range(60)
    )
    database = server_of("postgresql").create()
    try:
        with database.connect() as connection:
            connection.run_script(tables)
            model = catalog_of(connection)
            counted = Counted(connection)
            taken = fill(counted, model, rows_for(model, "consistent"))  # type: ignore[arg-type]
    finally:
        server_of("postgresql").drop(database)
    assert (taken.rows, len(taken.refusals)) == (120, 60)
    assert counted.statements < 240 * 12
