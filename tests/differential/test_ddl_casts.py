"""Which changes of type need USING: what is known of it, and what PostgreSQL says."""

from __future__ import annotations

import pytest

from referee.ddl.model import Column, DatabaseModel, Enum, Name, SqlType, Table
from referee.ddl.steps import change_script
from referee.ddl.types import canonical_type, casts_by_itself
from referee.migrations.database.connection import Connection, DatabaseError
from tests.support.databases import fresh_postgresql

KNOWN = (
    "smallint", "integer", "bigint", "decimal(10, 2)", "real", "double precision", "oid",
    "varchar(9)", "char(3)", "text", "bytea", "timestamp(3)", "timestamptz", "date", "time",
    "timetz", "boolean", "bit(3)", "varbit", "uuid", "xml", "json", "jsonb", "inet", '"E"', '"F"',
    "integer[]", "text[]", '"E"[]', "uuid[]",
)  # fmt: skip
# What a column of these becomes is not known; what becomes one of them is known of the first two.
OTHER = ("bpchar", "name", "money", "interval", "tsvector", "point")
CANNOT_CAST = "42804"


def test_postgresql_refuses_what_is_said_to_need_using_and_nothing_else() -> None:
    enums = "CREATE TYPE \"E\" AS ENUM ('a'); CREATE TYPE \"F\" AS ENUM ('a');"
    with fresh_postgresql(enums) as connection:
        for before in (*KNOWN, *OTHER):
            for after in (*KNOWN, *OTHER):
                error = error_of_change(connection, before, after)
                assert error in (None, CANNOT_CAST), (before, after)
                said = casts_by_itself(type_of(before), type_of(after))
                if before in KNOWN and after not in ("interval", "tsvector", "point"):
                    assert said == (error is None), (before, after)
                elif not said:
                    assert error is not None, (before, after)


TOO_LONG, NOT_VALID, TOO_LARGE, NO_MOMENT = "22001", "22P02", "22003", "22007"


@pytest.mark.parametrize(
    ("before", "after", "fitting", "value", "error"),
    [
        ("text", "varchar(3)", "abc", "abcd", TOO_LONG),
        ("varchar(9)", "varchar(3)", "abc", "abcd", TOO_LONG),
        ("varchar(9)", "char(1)", "a", "abcd", TOO_LONG),
        ("integer", "varchar(3)", "123", "1234", TOO_LONG),
        ("uuid", "varchar(3)", None, "00000000-0000-0000-0000-000000000000", TOO_LONG),
        ("text", "integer", "12", "twelve", NOT_VALID),
        ("varchar(9)", "boolean", "true", "perhaps", NOT_VALID),
        ("text", "uuid", "00000000-0000-0000-0000-000000000000", "x", NOT_VALID),
        ("text", "jsonb", "{}", "{", NOT_VALID),
        ("text", '"E"', "a", "b", NOT_VALID),
        ("text", "timestamp(3)", "2026-01-02", "never", NO_MOMENT),
        ("bigint", "integer", "1", "3000000000", TOO_LARGE),
        ("decimal(10, 2)", "smallint", "1.5", "99999", TOO_LARGE),
        ("double precision", "bigint", "1.5", "1e30", TOO_LARGE),
        ("double precision", "real", "1.5", "1e300", TOO_LARGE),
        ("decimal(10, 2)", "decimal(5, 2)", "1.25", "12345.25", TOO_LARGE),
        ("integer", "decimal(3, 0)", "1", "1234", TOO_LARGE),
        ("decimal(10, 2)", "decimal(10, 0)", "1.25", None, None),
        ("bigint", "real", "9223372036854775807", None, None),
        ("timestamp(6)", "timestamp(0)", "2026-01-02 03:04:05.678", None, None),
        ("timestamp(3)", "date", "2026-01-02 03:04:05.678", None, None),
        ("integer", "boolean", "7", None, None),
    ],
)
def test_a_change_of_type_is_said_to_fail_on_the_rows_on_which_it_does(
    before: str, after: str, fitting: str | None, value: str | None, error: str | None
) -> None:
    script = change_script(model_with(before), model_with(after))
    (warning,) = script.warnings
    assert ("This step fails on" in warning) == (error is not None)
    made = f"CREATE TYPE \"E\" AS ENUM ('a'); CREATE TABLE t (a {before});"
    with fresh_postgresql(made) as connection:
        for each, expected in ((value, error), (fitting, None)):
            if each is None:
                continue
            connection.run_script(f"INSERT INTO t VALUES ('{each}');")
            assert error_of_script(connection, script.text) == expected
            connection.run_script("DELETE FROM t;")


def model_with(type: str) -> DatabaseModel:
    name = Name("public", "t")
    table = Table(name, (Column("a", type_of(type), is_nullable=True),))
    enum = Name("public", "E")
    return DatabaseModel(
        "postgresql", {name: table}, {enum: Enum(enum, ("a",))}, namespaces=frozenset(["public"])
    )


def error_of_script(connection: Connection, script: str) -> str | None:
    try:
        connection.run_script(script)
    except DatabaseError as error:
        return error.sqlstate
    return None


def error_of_change(connection: Connection, before: str, after: str) -> str | None:
    """Return the SQLSTATE with which a change of type is refused; None where it is taken."""
    try:
        connection.run_script(
            f"BEGIN; CREATE TABLE t (a {before}); ALTER TABLE t ALTER COLUMN a TYPE {after}; "
            "ROLLBACK;"
        )
    except DatabaseError as error:
        connection.run_script("ROLLBACK;")
        return error.sqlstate
    return None


def type_of(text: str) -> SqlType:
    return canonical_type(
        "postgresql", text, lambda _, name: Name("public", name) if name in ("E", "F") else None
    )
