"""What the functions mean that stand in defaults, settings and indexes."""

from __future__ import annotations

from collections.abc import Mapping

from referee.features.language.entry import SQL, Entry
from referee.schema.providers import Provider

FUNCTIONS: Mapping[str, Entry] = {
    "autoincrement": Entry(
        "@default(autoincrement())",
        "The next number, made by the database. Numbers of inserts that failed are left out.",
        {
            "postgresql": (
                "PostgreSQL: the column is `SERIAL` or `BIGSERIAL`, with a sequence of its own."
            ),
            "mysql": "MySQL: the column is `AUTO_INCREMENT`; it must be a key.",
            "sqlite": "SQLite: `INTEGER PRIMARY KEY AUTOINCREMENT`, for the id only.",
            "sqlserver": "SQL Server: `IDENTITY(1,1)`.",
            "cockroachdb": (
                "CockroachDB: `unique_rowid()`, unique and growing but with large gaps; for "
                "`BigInt` only. `sequence()` counts one by one."
            ),
        },
        providers=SQL,
        instead="`auto()` makes an ObjectId",
    ),
    "sequence": Entry(
        "@default(sequence())",
        "The next number of a sequence of its own. It can count by other steps and from other "
        "numbers, and it is slower than `unique_rowid()` under load.",
        providers=("cockroachdb",),
        instead="`autoincrement()` counts",
    ),
    "now": Entry(
        "@default(now())",
        "The time at which the row is created.",
        {
            "postgresql": "PostgreSQL: `CURRENT_TIMESTAMP`, the start of the transaction.",
            "mysql": "MySQL: `CURRENT_TIMESTAMP(3)`.",
            "sqlite": "SQLite: `CURRENT_TIMESTAMP`, to the second.",
            "sqlserver": "SQL Server: `CURRENT_TIMESTAMP`, the server's local time.",
            "cockroachdb": "CockroachDB: `CURRENT_TIMESTAMP`, the start of the transaction.",
            "mongodb": "Prisma Client fills it in; MongoDB has no defaults.",
        },
    ),
    "uuid": Entry(
        "@default(uuid())",
        "A random UUID of version 4; `uuid(7)` begins with the time, so that new rows stand "
        "together in an index. Prisma Client makes it, and the database has no default.",
        {
            "postgresql": (
                "Stored as text unless the field has `@db.Uuid`; "
                '`dbgenerated("gen_random_uuid()")` lets PostgreSQL make it.'
            ),
            "cockroachdb": (
                "Stored as text unless the field has `@db.Uuid`; "
                '`dbgenerated("gen_random_uuid()")` lets CockroachDB make it.'
            ),
            "sqlserver": "Stored as text unless the field has `@db.UniqueIdentifier`.",
        },
    ),
    "cuid": Entry(
        "@default(cuid())",
        "An identifier of 25 characters that begins with the time; `cuid(2)` gives one that tells "
        "nothing. Prisma Client makes it, and the database has no default.",
    ),
    "ulid": Entry(
        "@default(ulid())",
        "An identifier of 26 characters that sorts by the time it was made. Prisma Client makes "
        "it, and the database has no default.",
    ),
    "nanoid": Entry(
        "@default(nanoid())",
        "A random identifier that fits into URLs, of 21 characters or as many as `nanoid(n)` says. "
        "Prisma Client makes it, and the database has no default.",
    ),
    "dbgenerated": Entry(
        '@default(dbgenerated("SQL"))',
        "A default that the database works out. The SQL is written into the column's DEFAULT as it "
        "stands; without text, Prisma only knows that there is one.",
        {
            "sqlserver": "In SQL Server's own SQL, such as `newid()`.",
            "postgresql": "In PostgreSQL's own SQL, such as `gen_random_uuid()`.",
        },
        providers=SQL,
        instead="`auto()` makes an ObjectId",
    ),
    "auto": Entry(
        "@default(auto())",
        "An ObjectId of 12 bytes that begins with the time. It needs `@db.ObjectId`.",
        providers=("mongodb",),
        instead="`autoincrement()`, `uuid()` and `cuid()` make identifiers",
    ),
    "raw": Entry(
        'raw("SQL")',
        "SQL that goes into the index as it stands: a predicate in `where`, an operator class in "
        "`ops`. Nobody checks it before the migration runs.",
        providers=("postgresql", "sqlite", "sqlserver", "cockroachdb"),
    ),
    "env": Entry(
        'env("NAME")',
        "The value of an environment variable, read when Prisma runs. Prisma 7 reads such values "
        "in `prisma.config.ts` instead.",
    ),
}

_COCKROACHDB: tuple[Provider, ...] = ("cockroachdb",)

FUNCTION_ARGUMENTS: Mapping[str, Mapping[str, Entry]] = {
    "sequence": {
        "virtual": Entry(
            "virtual: true",
            "A sequence that gives the numbers of `unique_rowid()` and needs no coordination.",
            providers=_COCKROACHDB,
        ),
        "start": Entry("start: number", "The first number.", providers=_COCKROACHDB),
        "increment": Entry(
            "increment: number", "The step, negative to count down.", providers=_COCKROACHDB
        ),
        "minValue": Entry("minValue: number", "The smallest number.", providers=_COCKROACHDB),
        "maxValue": Entry("maxValue: number", "The largest number.", providers=_COCKROACHDB),
        "cache": Entry(
            "cache: number",
            "How many numbers a session takes at once; those it does not use are lost.",
            providers=_COCKROACHDB,
        ),
    },
}
