"""Which changes of type need USING: what is known of it, and what PostgreSQL says."""

from __future__ import annotations

from referee.ddl.model import Name, SqlType
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
