"""What Prisma's scalar types are, and which column each becomes."""

from __future__ import annotations

from collections.abc import Mapping

from referee.features.language.entry import Entry, entry_text
from referee.schema.native_types import default_sql, native_types
from referee.schema.providers import Database

SCALARS: Mapping[str, Entry] = {
    "String": Entry(
        "String",
        "Text; `string` in JavaScript.",
        {
            "mysql": (
                "191 characters keep an index on it small enough; longer texts need "
                "`@db.VarChar(n)` or `@db.Text`."
            ),
            "sqlserver": (
                "At its full length of 1,000 characters it is too long for an index key of 1,700 "
                "bytes."
            ),
        },
    ),
    "Boolean": Entry("Boolean", "True or false; `boolean` in JavaScript."),
    "Int": Entry("Int", "A whole number of 32 bits, up to 2,147,483,647; `number` in JavaScript."),
    "BigInt": Entry("BigInt", "A whole number of 64 bits; `bigint` in JavaScript."),
    "Float": Entry(
        "Float",
        "A binary floating number; `number` in JavaScript. Sums of money do not add up in it: "
        "`0.1 + 0.2` is not `0.3`.",
    ),
    "Decimal": Entry(
        "Decimal",
        "An exact decimal number; a `Decimal` object in Prisma Client.",
        {"sqlite": "SQLite keeps it as a number, which is binary beyond 64 bits."},
        providers=("postgresql", "mysql", "sqlite", "sqlserver", "cockroachdb"),
        instead="a `String`, or an `Int` of the smallest unit, does a similar job",
    ),
    "DateTime": Entry(
        "DateTime",
        "A point in time; `Date` in JavaScript. Prisma Client writes it in UTC.",
        {
            "postgresql": "The column has no time zone; `@db.Timestamptz` keeps one out of doubt.",
            "mysql": "The column has no time zone.",
            "cockroachdb": "The column has no time zone; `@db.Timestamptz` keeps one out of doubt.",
        },
    ),
    "Json": Entry(
        "Json",
        "A JSON value; checked to be JSON and nothing more.",
        providers=("postgresql", "mysql", "sqlite", "cockroachdb", "mongodb"),
        instead="a `String` with `@db.NVarChar(Max)` does a similar job",
    ),
    "Bytes": Entry("Bytes", "Bytes; `Uint8Array` in JavaScript."),
    "Unsupported": Entry(
        'Unsupported("type")',
        "A column of a type that Prisma does not know, named as the database names it. Prisma "
        "Client leaves the field out; migrations keep it.",
    ),
}


def column_sentence(scalar: str, database: Database) -> str:
    """Return the sentence that says which column a scalar becomes; empty where that is unknown."""
    sql = default_sql(database.provider, scalar)
    if sql is None:
        return ""
    what = "a field of BSON type" if database.provider == "mongodb" else "a column of type"
    others = [
        f"`@db.{each.name}`"
        for each in native_types(database.provider).values()
        if scalar in each.scalars and each.sql != sql
    ]
    more = f"; {', '.join(others)} choose another" if len(others) > 1 else ""
    more = f"; {others[0]} chooses another" if len(others) == 1 else more
    return f"In {database.title} it is {what} `{sql}`{more}."


def scalar_text(scalar: str, database: Database) -> list[str]:
    """Return the paragraphs about a scalar on a database."""
    entry = SCALARS[scalar]
    paragraphs = [entry_text(entry, database)]
    if entry.is_in(database.provider) and (sentence := column_sentence(scalar, database)):
        paragraphs.append(sentence)
    return paragraphs
