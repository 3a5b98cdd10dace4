"""Scripts run as Prisma's engine runs them, and a refusal says what failed and on which line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

import pytest

from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.open_transactions import OpenTransaction
from referee.migrations.database.sqlite import sqlite_database
from tests.support.databases import fresh_mysql, fresh_postgresql

Fresh: TypeAlias = Callable[[], AbstractContextManager[Connection]]


@contextmanager
def fresh_sqlite(script: str = "") -> Iterator[Connection]:
    with sqlite_database() as connection:
        connection.run_script(script)
        yield connection


EVERY_DATABASE = pytest.mark.parametrize("fresh", [fresh_postgresql, fresh_mysql, fresh_sqlite])
KEEPING_DATABASE = pytest.mark.parametrize("fresh", [fresh_mysql, fresh_sqlite])


def refusal(connection: Connection, script: str) -> DatabaseError:
    with pytest.raises(DatabaseError) as refused:
        connection.run_script(script)
    return refused.value


# --- All databases ------------------------------------------------------------------------------


@EVERY_DATABASE
def test_a_script_of_several_statements_runs_and_may_hold_no_statement_at_all(
    fresh: Fresh,
) -> None:
    with fresh() as connection:
        connection.run_script("-- This is an empty migration.")
        connection.run_script("")
        connection.run_script("CREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (2); -- end\n")
        assert connection.query("SELECT id FROM t ORDER BY id") == [(1,), (2,)]
        assert connection.execute("DELETE FROM t") == 2


@EVERY_DATABASE
def test_signs_that_drivers_take_for_placeholders_are_left_alone(
    fresh: Fresh,
) -> None:
    with fresh() as connection:
        connection.run_script("CREATE TABLE t (x varchar(20));INSERT INTO t VALUES ('%s %% ? :a')")
        assert connection.query("SELECT x FROM t WHERE x LIKE '%s %'") == [("%s %% ? :a",)]


@EVERY_DATABASE
def test_a_refusal_names_the_statement_and_its_line(fresh: Fresh) -> None:
    with fresh() as connection:
        script = "CREATE TABLE t (id int);\r\n\r\n-- then\r\nALTER TABLE nix ADD COLUMN a int;\r\n"
        error = refusal(connection, script)
        assert (error.statement, error.line, error.offset) == (1, 4, script.index("ALTER"))


@KEEPING_DATABASE
def test_statements_before_the_failing_one_stay(fresh: Fresh) -> None:
    with fresh() as connection:
        refusal(connection, "CREATE TABLE t (id int); INSERT INTO nix VALUES (1); DROP TABLE t")
        assert connection.query("SELECT count(*) FROM t") == [(0,)]


@EVERY_DATABASE
def test_a_connection_can_be_used_after_a_refusal(fresh: Fresh) -> None:
    with fresh() as connection:
        for _ in range(2):
            refusal(connection, "SELECT 1; SELECT nix FROM nix; SELECT 2")
            with pytest.raises(DatabaseError):
                connection.query("SELECT nix FROM nix")
        assert connection.query("SELECT 1") == [(1,)]


# --- PostgreSQL ---------------------------------------------------------------------------------

LINES = [
    pytest.param("SELECT 1;\nSELECT nix\nFROM t", "42703", 2, id="position of a column"),
    pytest.param("SELECT 1;\nSELECT id,\n  nix FROM t", "42703", 3, id="column on a later line"),
    pytest.param("SELECT 1;\n\nALTER TABLE nix ADD a int", "42P01", 3, id="no table to alter"),
    pytest.param("SELECT 1;\nSELECT * FROM nix", "42P01", 2, id="no table to read"),
    pytest.param("ALTER TABLE t\n  DROP COLUMN nix", "42703", 1, id="no column to drop"),
    pytest.param("SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (id)", "25001", 2, id="concurrently"),
    pytest.param(
        "ALTER TYPE e ADD VALUE 'b';\nALTER TABLE t ALTER COLUMN x SET DEFAULT 'b'",
        "55P04",
        2,
        id="new value of an enum",
    ),
    pytest.param("INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1)", "23505", 2, id="key"),
    pytest.param("CREATE TABLE a (\n  x int\n  y int)", "42601", 3, id="missing comma"),
    pytest.param(
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETRUN 1;\nEND $$",
        "42601",
        3,
        id="mistake in a body",
    ),
    pytest.param(
        "SELECT 1;\nDO $x$\nBEGIN\n  PERFORM 1;\n  INSERT INTO nix VALUES (1);\nEND $x$;",
        "42P01",
        5,
        id="statement of a block",
    ),
    pytest.param(
        "DO $$ BEGIN\n  EXECUTE 'SELECT 1';\n  EXECUTE 'ALTER TABLE nix ADD a int';\nEND $$",
        "42P01",
        3,
        id="executed text",
    ),
    pytest.param("/* a; /* b; */ */\nSELECT ';';\nDROP TABLE nix", "42P01", 3, id="comments"),
    pytest.param("SELECT 'a;\n';\nDROP TABLE nix", "42P01", 3, id="text over lines"),
    pytest.param("SELECT '" + "ä" * 9 + "😀';\nSELECT nix", "42703", 2, id="beyond ASCII"),
]


@pytest.mark.parametrize(("script", "sqlstate", "line"), LINES)
def test_postgresql_refuses_at_the_line(script: str, sqlstate: str, line: int) -> None:
    before = "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, x e)"
    with fresh_postgresql(before) as connection:
        error = refusal(connection, script)
        assert (error.sqlstate, error.line) == (sqlstate, line)


def test_a_script_of_postgresql_is_one_transaction() -> None:
    with fresh_postgresql() as connection:
        refusal(connection, "CREATE TABLE t (id int); DROP TABLE nix")
        assert connection.query("SELECT to_regclass('t')") == [(None,)]
        refusal(connection, "CREATE TABLE t (id int); COMMIT; DROP TABLE nix")
        assert connection.query("SELECT to_regclass('t')::text") == [("t",)]


def test_a_statement_that_needs_to_be_alone_runs_alone() -> None:
    with fresh_postgresql("CREATE TABLE t (id int)") as connection:
        connection.run_script("-- alone\nCREATE INDEX CONCURRENTLY i ON t (id);\n")


def test_a_byte_order_mark_reaches_postgresql_and_is_refused() -> None:
    with fresh_postgresql() as connection:
        error = refusal(connection, "\ufeffCREATE TABLE t (id int)")
        assert (error.sqlstate, error.line, error.offset) == ("42601", 1, 0)


def test_postgresql_names_the_parts_of_a_violated_constraint() -> None:
    with fresh_postgresql(
        "CREATE TABLE p (id int PRIMARY KEY);"
        "CREATE TABLE c (id int NOT NULL, pid int CONSTRAINT fk REFERENCES p)"
    ) as connection:
        orphan = refusal(connection, "INSERT INTO c VALUES (1, 7)")
        assert (orphan.sqlstate, orphan.namespace, orphan.table, orphan.constraint) == (
            "23503",
            "public",
            "c",
            "fk",
        )
        assert orphan.detail == 'Key (pid)=(7) is not present in table "p".'
        missing = refusal(connection, "INSERT INTO c (pid) VALUES (NULL)")
        assert (missing.sqlstate, missing.table, missing.column) == ("23502", "c", "id")


def test_a_text_that_no_encoding_knows_is_refused_like_any_other() -> None:
    with fresh_postgresql() as connection:
        assert refusal(connection, "SELECT '\udcff'").sqlstate == "22021"


def test_a_deferred_key_is_refused_at_the_statement_that_ends_the_transaction() -> None:
    with fresh_postgresql(
        "CREATE TABLE p (id int PRIMARY KEY, up int REFERENCES p DEFERRABLE INITIALLY DEFERRED)"
    ) as connection:
        error = refusal(connection, "INSERT INTO p VALUES (1, 2);\nSELECT 1;\nSELECT 2")
        assert (error.sqlstate, error.statement) == ("23503", 2)


def test_parameters_are_sent_apart_from_the_statement() -> None:
    with fresh_postgresql() as connection:
        assert connection.query("SELECT %s::text, %s::int", ("a'b", 7)) == [("a'b", 7)]


# --- MySQL and SQLite ---------------------------------------------------------------------------


def test_mysql_names_the_parts_of_a_violated_constraint() -> None:
    with fresh_mysql(
        "CREATE TABLE p (id int PRIMARY KEY, u int, UNIQUE KEY uk (u));"
        "CREATE TABLE c (pid int NOT NULL, s varchar(2), CONSTRAINT fk FOREIGN KEY (pid)"
        " REFERENCES p (id)); INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 'a')"
    ) as connection:
        orphan = refusal(connection, "INSERT INTO c VALUES (7, 'a')")
        assert (orphan.sqlstate, orphan.code, orphan.table, orphan.constraint) == (
            "23000",
            "1452",
            "c",
            "fk",
        )
        blocked = refusal(connection, "DELETE FROM p")
        assert (blocked.code, blocked.table, blocked.constraint) == ("1451", "c", "fk")
        twice = refusal(connection, "INSERT INTO p VALUES (2, 1)")
        assert (twice.code, twice.constraint) == ("1062", "uk")
        long = refusal(connection, "INSERT INTO c VALUES (1, 'abc')")
        assert (long.sqlstate, long.column) == ("22001", "s")


def test_mysql_refuses_a_mistake_at_its_line() -> None:
    with fresh_mysql() as connection:
        script = "SELECT 1;\n\n-- then\nCREATE TABLE t (\n  id int\n  x int\n);"
        error = refusal(connection, script)
        assert (error.sqlstate, error.code, error.statement, error.line) == ("42000", "1064", 1, 6)


def test_an_empty_statement_among_others_is_refused_by_mysql_and_not_passed_over() -> None:
    with fresh_mysql() as connection:
        error = refusal(connection, "CREATE TABLE t (id int);\n;\nDROP TABLE t")
        # MariaDB takes the semicolon for a mistake, MySQL the statement for an empty one.
        assert error.code in {"1064", "1065"}


def test_a_body_of_mysql_is_one_statement() -> None:
    with fresh_mysql() as connection:
        body = "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; SELECT 2; END;\n"
        assert refusal(connection, body + "DROP TABLE nix").line == 2


def test_sqlite_names_the_kind_of_a_violated_constraint() -> None:
    with fresh_sqlite(
        "CREATE TABLE p (id integer PRIMARY KEY, n text NOT NULL, CHECK (n <> ''));"
        "CREATE UNIQUE INDEX u ON p (n);"
        "CREATE TABLE c (pid int REFERENCES p); INSERT INTO p VALUES (1, 'a')"
    ) as connection:
        orphan = refusal(connection, "INSERT INTO c VALUES (7)")
        assert orphan.code == "SQLITE_CONSTRAINT_FOREIGNKEY"
        missing = refusal(connection, "INSERT INTO p VALUES (2, NULL)")
        assert (missing.code, missing.table, missing.column) == (
            "SQLITE_CONSTRAINT_NOTNULL",
            "p",
            "n",
        )
        assert refusal(connection, "INSERT INTO p VALUES (2, 'a')").code == (
            "SQLITE_CONSTRAINT_UNIQUE"
        )
        assert refusal(connection, "INSERT INTO p VALUES (2, '')").code == "SQLITE_CONSTRAINT_CHECK"


def test_sqlite_rebuilds_a_table_as_prisma_writes_it() -> None:
    with fresh_sqlite(
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (pid int REFERENCES p);"
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)"
    ) as connection:
        connection.run_script(
            "PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\n"
            "CREATE TABLE new_p (id integer PRIMARY KEY, n text);\n"
            "INSERT INTO new_p (id) SELECT id FROM p;\nDROP TABLE p;\n"
            "ALTER TABLE new_p RENAME TO p;\n"
            "PRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;"
        )
        assert connection.query("SELECT * FROM p") == [(1, None)]
        assert connection.query("PRAGMA foreign_key_check") == []


def test_a_copy_of_sqlite_lives_apart() -> None:
    with sqlite_database() as connection:
        connection.run_script("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
        with connection.copy() as copy:
            copy.execute("DELETE FROM t")
            assert copy.query("PRAGMA foreign_keys") == [(1,)]
        assert connection.query("SELECT * FROM t") == [(1,)]


# --- Scripts that cannot be sent, or do not end -------------------------------------------------


@pytest.mark.parametrize("sign", ["\udcff", chr(0xD800)])
def test_text_that_is_not_utf_8_is_refused_at_its_statement_by_sqlite(sign: str) -> None:
    with fresh_sqlite() as connection:
        error = refusal(connection, f"SELECT 1;\nSELECT '{sign}'")
        assert (error.message, error.line) == ("it is not UTF-8", 2)
        for run in (connection.query, connection.execute):
            with pytest.raises(DatabaseError):
                run(f"SELECT '{sign}'")


def test_postgresql_runs_nothing_of_a_script_with_a_nul() -> None:
    with fresh_postgresql() as connection:
        error = refusal(connection, "CREATE TABLE t (id int);\n\0CREATE TABLE u (id int);")
        assert (error.line, error.offset) == (2, 25)
        assert connection.query("SELECT to_regclass('t')") == [(None,)]


@EVERY_DATABASE
def test_a_transaction_that_is_left_open_is_refused_where_it_begins_and_taken_back(
    fresh: Fresh,
) -> None:
    with fresh() as connection:
        connection.run_script("CREATE TABLE t (id int)")
        ended = "BEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT;\n"
        error = refusal(connection, f"{ended}BEGIN;\nINSERT INTO t VALUES (2);")
        assert isinstance(error, OpenTransaction)
        assert (error.statement, error.line) == (3, 4)
        assert connection.query("SELECT id FROM t") == [(1,)]
        connection.run_script("BEGIN; INSERT INTO t VALUES (3); COMMIT;")
