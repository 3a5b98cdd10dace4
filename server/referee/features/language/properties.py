"""What the properties of a datasource and a generator mean, their values, and preview features."""

from __future__ import annotations

from collections.abc import Mapping

from referee.features.language.entry import Entry
from referee.schema.providers import Provider

_MOVED = "Prisma 7 takes it from `prisma.config.ts` and refuses it here; Prisma 6 wants it here."
_SCHEMAS: tuple[Provider, ...] = ("postgresql", "sqlserver", "cockroachdb")

DATASOURCE_PROPERTIES: Mapping[str, Entry] = {
    "provider": Entry(
        'provider = "..."',
        "The database: `postgresql`, `mysql`, `sqlite`, `sqlserver`, `cockroachdb` or `mongodb`. "
        "It decides which types, attributes and referential actions there are.",
    ),
    "url": Entry('url = env("DATABASE_URL")', f"How to reach the database. {_MOVED}"),
    "directUrl": Entry(
        'directUrl = env("DIRECT_URL")',
        "How commands reach the database directly, where `url` leads to a pool of connections. "
        + _MOVED,
    ),
    "shadowDatabaseUrl": Entry(
        'shadowDatabaseUrl = env("SHADOW_DATABASE_URL")',
        "A second, empty database in which `prisma migrate dev` replays the migrations. " + _MOVED,
        {
            "mongodb": "MongoDB has no migrations, so nothing uses it.",
            "sqlite": "SQLite needs none: a file in memory serves.",
        },
    ),
    "relationMode": Entry(
        'relationMode = "foreignKeys" | "prisma"',
        "Who keeps relations whole: the database by foreign keys, or Prisma Client by looking "
        "before it writes. With `prisma` no constraint is made, and no index for one.",
        {
            "mysql": "With `prisma` the indexes that InnoDB makes for foreign keys are gone too.",
            "mongodb": "MongoDB has no foreign keys, so it is always `prisma`.",
        },
    ),
    "referentialIntegrity": Entry(
        'referentialIntegrity = "prisma"', "The older name of `relationMode`."
    ),
    "schemas": Entry(
        'schemas = ["public", "billing"]',
        "The database schemas that tables and types lie in; `@@schema` says which.",
        providers=_SCHEMAS,
    ),
    "extensions": Entry(
        "extensions = [citext, postgis]",
        (
            "The extensions that migrations switch on. Needs the preview feature "
            "`postgresqlExtensions`."
        ),
        providers=("postgresql",),
    ),
}

GENERATOR_PROPERTIES: Mapping[str, Entry] = {
    "provider": Entry(
        'provider = "..."',
        "The program that generates: `prisma-client`, the older `prisma-client-js`, or the command "
        "of any other generator.",
    ),
    "output": Entry(
        'output = "../src/generated"',
        "The folder that is generated into, seen from this file. `prisma-client` needs it.",
    ),
    "previewFeatures": Entry(
        'previewFeatures = ["views"]',
        "Features that are switched on before Prisma promises to keep them as they are.",
    ),
    "binaryTargets": Entry(
        'binaryTargets = ["native"]',
        "The systems that engine binaries are fetched for, where one is used: `native` is this "
        "one. Clients without a binary engine, as in Prisma 7, need none.",
    ),
    "engineType": Entry(
        'engineType = "client"',
        "How queries reach the database: `library` or `binary` for an engine in Rust, `client` for "
        "none, with a driver adapter. Prisma 7 has only the last.",
    ),
    "runtime": Entry(
        'runtime = "nodejs"',
        (
            "Where the generated client runs: `nodejs`, `deno`, `bun`, `workerd`, `vercel-edge` "
            "and others."
        ),
    ),
    "moduleFormat": Entry(
        'moduleFormat = "esm"', "The modules that are generated: `esm` or `cjs`."
    ),
    "generatedFileExtension": Entry(
        'generatedFileExtension = "ts"', "The ending of generated files: `ts`, `mts` or `cts`."
    ),
    "importFileExtension": Entry(
        'importFileExtension = "js"',
        "The ending in imports between generated files, such as `js`, `ts` or none.",
    ),
    "compilerBuild": Entry(
        'compilerBuild = "fast" | "small"',
        "Which build of the query compiler the client carries: the quicker or the smaller one.",
    ),
}

EXTENSION_ARGUMENTS: Mapping[str, Entry] = {
    "version": Entry('version: "1.1"', "The version of the extension.", providers=("postgresql",)),
    "schema": Entry(
        'schema: "extensions"',
        "The database schema that the extension is installed in.",
        providers=("postgresql",),
    ),
    "map": Entry(
        'map: "uuid-ossp"',
        "The extension's name in the database, where it is no word of this language.",
        providers=("postgresql",),
    ),
}

RELATION_MODES: Mapping[str, Entry] = {
    "foreignKeys": Entry(
        'relationMode = "foreignKeys"',
        (
            "Relations become foreign keys, which the database checks for every program. It is "
            "the default."
        ),
        {
            "mysql": "InnoDB makes an index for each key.",
            "postgresql": "PostgreSQL makes no index for a key.",
            "sqlite": "SQLite makes no index for a key.",
            "sqlserver": "SQL Server makes no index for a key.",
            "cockroachdb": "CockroachDB makes no index for a key.",
        },
        providers=("postgresql", "mysql", "sqlite", "sqlserver", "cockroachdb"),
        instead="Prisma Client plays the actions in any case",
    ),
    "prisma": Entry(
        'relationMode = "prisma"',
        "Prisma Client plays the referential actions, with queries before each write. The database "
        "has no foreign keys: other programs can break relations, and no index is made.",
        {
            "postgresql": "`NoAction` and `SetDefault` are not to be had.",
            "sqlite": "`NoAction` and `SetDefault` are not to be had.",
            "mysql": "`SetDefault` is not to be had.",
            "sqlserver": "`SetDefault` is not to be had.",
            "cockroachdb": "`SetDefault` is not to be had.",
            "mongodb": "For MongoDB it is the only one.",
        },
    ),
}

DATABASES: Mapping[str, Entry] = {
    "postgresql": Entry(
        'provider = "postgresql"',
        "PostgreSQL. It makes no index for a foreign key, and plays a cascade level by level.",
    ),
    "postgres": Entry('provider = "postgres"', "Another name of `postgresql`."),
    "mysql": Entry(
        'provider = "mysql"',
        "MySQL or MariaDB. InnoDB makes an index for each foreign key, checks row by row, and "
        "follows a cascade 14 levels deep at most.",
    ),
    "sqlite": Entry(
        'provider = "sqlite"',
        "SQLite. It has no native types, makes no index for a foreign key, and rebuilds a table "
        "for most changes of it.",
    ),
    "sqlserver": Entry(
        'provider = "sqlserver"',
        "Microsoft SQL Server. It has no Restrict, makes no index for a foreign key, and refuses "
        "tables that two paths of cascades can reach.",
    ),
    "cockroachdb": Entry(
        'provider = "cockroachdb"',
        "CockroachDB. It makes no index for a foreign key, and checks when all cascades have run.",
    ),
    "mongodb": Entry(
        'provider = "mongodb"',
        "MongoDB. It has no foreign keys: Prisma Client plays the referential actions.",
    ),
}

CLIENTS: Mapping[str, Entry] = {
    "prisma-client": Entry(
        'provider = "prisma-client"',
        "Prisma Client as TypeScript sources in a folder of your own; `output` is needed.",
    ),
    "prisma-client-js": Entry(
        'provider = "prisma-client-js"',
        (
            "The older form of Prisma Client, generated into `node_modules` unless `output` says "
            "otherwise."
        ),
    ),
}

# What Prisma's validator calls deprecated: "can be used without specifying it".
_FORMER_PREVIEW_FEATURES: Mapping[str, str] = {
    "aggregateApi": "`aggregate` in Prisma Client.",
    "atomicNumberOperations": "`increment` and the like in updates.",
    "clientExtensions": "Extensions of Prisma Client by `$extends`.",
    "cockroachDb": "CockroachDB.",
    "cockroachdb": "CockroachDB.",
    "connectOrCreate": "`connectOrCreate` in nested writes.",
    "createMany": "`createMany` in Prisma Client.",
    "dataProxy": "A client that sends its queries to a proxy.",
    "deno": "A client for Deno.",
    "distinct": "`distinct` in queries.",
    "driverAdapters": "Database drivers written in JavaScript.",
    "extendedIndexes": "Types, operator classes and order of indexes.",
    "extendedWhereUnique": "Further conditions beside a unique one.",
    "fieldReference": "Comparing a field with another field.",
    "filterJson": "Conditions on parts of a `Json` field.",
    "filteredRelationCount": "Counting related rows under a condition.",
    "fullTextIndex": "`@@fulltext`.",
    "groupBy": "`groupBy` in Prisma Client.",
    "improvedQueryRaw": "Typed results of raw queries.",
    "interactiveTransactions": "Transactions as a function.",
    "jsonProtocol": "How Prisma Client speaks to its engine.",
    "microsoftSqlServer": "SQL Server.",
    "middlewares": "Functions around each query.",
    "mongoDb": "MongoDB.",
    "mongodb": "MongoDB.",
    "multiSchema": "`schemas` and `@@schema`.",
    "nApi": "The engine as a library.",
    "namedConstraints": "Names of constraints by `map`.",
    "napi": "The engine as a library.",
    "nativeTypes": "Native types such as `@db.VarChar`.",
    "omitApi": "`omit` in queries.",
    "orderByAggregateGroup": "Sorting groups by what they add up to.",
    "orderByNulls": "Sorting missing values first or last.",
    "orderByRelation": "Sorting by a field of a related row.",
    "prismaSchemaFolder": "A schema in several files.",
    "queryCompiler": "A client without an engine in Rust.",
    "referentialActions": "`onDelete` and `onUpdate`.",
    "referentialIntegrity": "What is `relationMode` now.",
    "selectRelationCount": "Counting related rows with `_count`.",
    "tracing": "Traces for OpenTelemetry.",
    "transactionApi": "`$transaction` in Prisma Client.",
    "uncheckedScalarInputs": "Writing the key of a relation directly.",
}

PREVIEW_FEATURES: Mapping[str, Entry] = {
    "nativeDistinct": Entry(
        '"nativeDistinct"',
        "`distinct` is done by the database where it can, instead of in memory.",
    ),
    "partialIndexes": Entry(
        '"partialIndexes"',
        "Indexes and unique constraints over some rows only, by the argument `where`.",
        providers=("postgresql", "sqlite", "sqlserver", "cockroachdb"),
    ),
    "postgresqlExtensions": Entry(
        '"postgresqlExtensions"',
        "Extensions of the database in the schema, by `extensions` in the datasource.",
        providers=("postgresql",),
    ),
    "relationJoins": Entry(
        '"relationJoins"',
        "Relations are loaded in one query with joins, by `relationLoadStrategy`, where the "
        "database can.",
    ),
    "schemaEngineDriverAdapters": Entry(
        '"schemaEngineDriverAdapters"',
        "Migrations and introspection reach the database through a driver adapter.",
    ),
    "shardKeys": Entry(
        '"shardKeys"',
        "The attributes `@shardKey` and `@@shardKey` for PlanetScale.",
        providers=("mysql",),
    ),
    "strictUndefinedChecks": Entry(
        '"strictUndefinedChecks"',
        "Prisma Client throws where a value is `undefined`, which would otherwise be left out of "
        "the query without a word.",
    ),
    "typedSql": Entry('"typedSql"', "Queries in `.sql` files become typed functions."),
    "views": Entry('"views"', "Views of the database as `view` blocks."),
    "fullTextSearchPostgres": Entry(
        '"fullTextSearchPostgres"',
        "Searching for words with `search` in PostgreSQL.",
        providers=("postgresql",),
    ),
    "reactNative": Entry('"reactNative"', "A client for React Native and Expo, with SQLite."),
    "metrics": Entry(
        '"metrics"', "Counters of Prisma Client's queries and connections. Prisma 7 dropped it."
    ),
    "fullTextSearch": Entry(
        '"fullTextSearch"',
        "Searching for words with `search` in Prisma Client.",
        {
            "postgresql": "For PostgreSQL it is called `fullTextSearchPostgres` now.",
            "mysql": "For MySQL it has become part of Prisma; the flag can go.",
        },
        providers=("postgresql", "mysql"),
    ),
    **{
        name: Entry(f'"{name}"', f"{what} It is no preview any more, so the flag can go.")
        for name, what in _FORMER_PREVIEW_FEATURES.items()
    },
}
