"""What the words mean that begin a block."""

from __future__ import annotations

from collections.abc import Mapping

from referee.features.language.entry import Entry

KEYWORDS: Mapping[str, Entry] = {
    "model": Entry(
        "model Name { ... }",
        "A record type of your application.",
        {
            "postgresql": "Each model is a table in PostgreSQL.",
            "mysql": "Each model is a table in MySQL.",
            "sqlite": "Each model is a table in SQLite.",
            "sqlserver": "Each model is a table in SQL Server.",
            "cockroachdb": "Each model is a table in CockroachDB.",
            "mongodb": "Each model is a collection in MongoDB.",
        },
        general="In SQL databases each model is a table, in MongoDB a collection.",
    ),
    "view": Entry(
        "view Name { ... }",
        "A stored query that Prisma Client reads like a model. It has no foreign keys and no "
        "indexes of its own, and Prisma Migrate does not create it. Needs the preview feature "
        "`views`.",
    ),
    "type": Entry(
        "type Name { ... }",
        "A composite type: a document embedded in the documents of a model. It has no id and no "
        "relations.",
        providers=("mongodb",),
        instead="a `Json` field or a model of its own does a similar job",
    ),
    "enum": Entry(
        "enum Name { ... }",
        "A fixed set of values for a field.",
        {
            "postgresql": "PostgreSQL gets a type of that name (`CREATE TYPE ... AS ENUM`).",
            "mysql": "In MySQL every column that uses it is declared `ENUM(...)` with the values.",
            "sqlite": "SQLite stores text; only Prisma Client checks the values.",
            "cockroachdb": "CockroachDB gets a type of that name (`CREATE TYPE ... AS ENUM`).",
            "mongodb": "MongoDB stores text; only Prisma Client checks the values.",
        },
        providers=("postgresql", "mysql", "sqlite", "cockroachdb", "mongodb"),
        instead="a `String` field or a small model does a similar job",
    ),
    "datasource": Entry(
        "datasource db { ... }",
        "The database that the schema is for. A schema has exactly one; its name is the prefix of "
        "native types, as in `@db.VarChar`.",
    ),
    "generator": Entry(
        "generator client { ... }",
        "A program that `prisma generate` runs on this schema, most often the one that writes "
        "Prisma Client.",
    ),
}
