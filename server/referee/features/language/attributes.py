"""What attributes and their arguments mean: of fields with one at-sign, of blocks with two."""

from __future__ import annotations

from collections.abc import Mapping

from referee.features.language.entry import SQL, Entry
from referee.schema.providers import Provider

_PARTIAL: tuple[Provider, ...] = ("postgresql", "sqlite", "sqlserver", "cockroachdb")
_FULL_TEXT: tuple[Provider, ...] = ("mysql", "mongodb")
_SCHEMAS: tuple[Provider, ...] = ("postgresql", "sqlserver", "cockroachdb")
_NAMED_KEYS: tuple[Provider, ...] = ("postgresql", "sqlserver", "cockroachdb")

ATTRIBUTES: Mapping[str, Entry] = {
    "@id": Entry(
        "@id",
        "This field alone is the primary key: required, unique and indexed.",
        {
            "mysql": (
                "InnoDB keeps the rows in the order of this key, and every other index holds a "
                "copy of it."
            ),
            "sqlite": "An `Int` primary key is SQLite's row id itself and needs no further index.",
            "sqlserver": "SQL Server keeps the rows in its order, unless `clustered: false`.",
            "mongodb": 'In MongoDB it is the field `_id`, so it needs `@map("_id")`.',
        },
    ),
    "@unique": Entry(
        "@unique",
        "No two rows may have the same value. It makes a unique index, which also answers "
        "look-ups by this field and lets `findUnique` and relations use it.",
        {
            "postgresql": "PostgreSQL lets any number of rows hold NULL.",
            "mysql": "MySQL lets any number of rows hold NULL.",
            "sqlite": "SQLite lets any number of rows hold NULL.",
            "sqlserver": "SQL Server lets only one row hold NULL.",
            "cockroachdb": "CockroachDB lets any number of rows hold NULL.",
            "mongodb": (
                "MongoDB counts a missing value as null, and a plain unique index takes one of "
                "those only."
            ),
        },
    ),
    "@default": Entry(
        "@default(value)",
        "The value of the field when none is given: a constant, a list or a function. Constants "
        "and most functions become the column's DEFAULT; `uuid()`, `cuid()`, `ulid()` and "
        "`nanoid()` are made by Prisma Client.",
        {"mongodb": "MongoDB has no defaults, so Prisma Client fills all of them in."},
    ),
    "@relation": Entry(
        "@relation(name?, fields: [...], references: [...], onDelete: ..., onUpdate: ...)",
        "Connects two models. The side with `fields` holds the foreign key; the other side is a "
        "list, or a single field in a one-to-one relation, and has no column.",
        {
            "postgresql": "PostgreSQL makes no index for the key by itself.",
            "mysql": "InnoDB makes an index for the key by itself.",
            "sqlite": "SQLite makes no index for the key by itself.",
            "sqlserver": "SQL Server makes no index for the key by itself.",
            "cockroachdb": "CockroachDB makes no index for the key by itself.",
            "mongodb": (
                "MongoDB has no foreign keys: nothing checks the reference, and no index is made."
            ),
        },
        emulated=(
            "Prisma Client plays the referential actions, and no constraint or index is made for "
            "the relation."
        ),
    ),
    "@map": Entry(
        '@map("name")',
        "The name in the database, where it differs from the one in the schema: of the column, or "
        "of the value of an enum.",
        {"mongodb": "In MongoDB it is the name of the field in the documents."},
    ),
    "@updatedAt": Entry(
        "@updatedAt",
        "Prisma Client writes the current time into this field whenever it changes the row. The "
        "database knows nothing of it, so other programs have to set the value themselves.",
    ),
    "@ignore": Entry(
        "@ignore",
        "Leaves the field out of Prisma Client. The column stays in the database, so a required "
        "one without default keeps Prisma Client from creating rows.",
        {"mongodb": "The field stays in MongoDB's documents."},
    ),
    "@shardKey": Entry(
        "@shardKey",
        (
            "The column by which PlanetScale distributes the rows. Needs the preview feature "
            "`shardKeys`."
        ),
        providers=("mysql",),
    ),
    "@@id": Entry(
        "@@id([a, b])",
        "These fields together are the primary key. Its index answers look-ups by all of them or "
        "by the first ones, not by the last ones alone.",
        {
            "mysql": "InnoDB keeps the rows in the order of this key.",
            "sqlserver": "SQL Server keeps the rows in its order, unless `clustered: false`.",
        },
        providers=SQL,
        instead="an `@id` on `_id` and an `@@unique` do the same job",
    ),
    "@@unique": Entry(
        "@@unique([a, b])",
        "No two rows may agree in all of these fields. Its index answers look-ups by all of them "
        "or by the first ones.",
        {
            "postgresql": "In PostgreSQL a row with NULL in one of them never collides.",
            "mysql": "In MySQL a row with NULL in one of them never collides.",
            "sqlite": "In SQLite a row with NULL in one of them never collides.",
            "sqlserver": (
                "In SQL Server NULL counts as a value: two rows that agree and hold NULL collide."
            ),
            "cockroachdb": "In CockroachDB a row with NULL in one of them never collides.",
            "mongodb": "In MongoDB a missing value counts as null and can collide.",
        },
    ),
    "@@index": Entry(
        "@@index([a, b])",
        (
            "An index for look-ups by all of these fields, or by the first ones, and for sorting "
            "by them."
        ),
        {
            "postgresql": (
                "B-tree unless `type` says otherwise; Prisma Migrate builds it with the table "
                "locked for writes."
            ),
            "mysql": "B-tree; where the database has foreign keys, InnoDB indexes those by itself.",
            "sqlite": "B-tree; SQLite makes none for foreign keys.",
            "sqlserver": (
                "B-tree, not clustered unless said so; a key may have 1,700 bytes at most."
            ),
            "cockroachdb": "An ordered index, or an inverted one with `type: Gin`.",
            "mongodb": "A MongoDB index; fields of composite types are written as paths.",
        },
    ),
    "@@fulltext": Entry(
        "@@fulltext([a, b])",
        "An index for searching words in text. It answers no look-up by equality, so it does not "
        "serve a foreign key.",
        {
            "mysql": "In MySQL it is a FULLTEXT index.",
            "mongodb": "In MongoDB it is a text index, of which a collection can have one.",
        },
        providers=_FULL_TEXT,
        instead="a GIN index or an extension is the usual way, made in a migration by hand",
    ),
    "@@map": Entry(
        '@@map("name")',
        "The name in the database, where it differs from the one in the schema: of the table, or "
        "of the enum's type.",
        {"mongodb": "In MongoDB it is the name of the collection."},
    ),
    "@@schema": Entry(
        '@@schema("name")',
        "The database schema that the table or type lies in. Once the datasource lists `schemas`, "
        "every model and enum needs one.",
        providers=_SCHEMAS,
    ),
    "@@ignore": Entry(
        "@@ignore",
        "Leaves the model out of Prisma Client. Its table stays, and so do its foreign keys.",
        {"mongodb": "Its collection stays in MongoDB."},
    ),
    "@@shardKey": Entry(
        "@@shardKey([a, b])",
        (
            "The columns by which PlanetScale distributes the rows. Needs the preview feature "
            "`shardKeys`."
        ),
        providers=("mysql",),
    ),
}

NATIVE_TYPE = Entry(
    "@db.Type",
    "The column's own type in the database, where Prisma's default for the scalar does not fit.",
    providers=("postgresql", "mysql", "sqlserver", "cockroachdb", "mongodb"),
    instead="its columns take the types that belong to Prisma's scalars",
)

# --- Arguments -----------------------------------------------------------------------------------

_SORT = Entry(
    "sort: Asc | Desc",
    "The order of this column in the index, ascending unless said otherwise. It matters where "
    "several columns are sorted in different directions.",
)
_SORT_OF_ID = Entry("sort: Asc | Desc", _SORT.text, providers=("sqlserver",))
_LENGTH = Entry(
    "length: number",
    "How many characters of the value go into the index, needed for TEXT and BLOB columns. A "
    "unique index then compares only that much.",
    providers=("mysql",),
)
_CLUSTERED = Entry(
    "clustered: true | false",
    "Whether the rows themselves are kept in the order of this index. A table can have one such "
    "index; the primary key is it unless said otherwise.",
    providers=("sqlserver",),
)
_WHERE = Entry(
    'where: { field: value } | raw("SQL")',
    "Makes the index partial: it holds only the rows for which this is true, and helps only "
    "queries that say so too. A foreign key needs a full one. Preview feature `partialIndexes`.",
    {"sqlserver": "SQL Server calls it a filtered index."},
    providers=_PARTIAL,
)
_FIELDS = Entry(
    "fields: [a, b]",
    "The fields, in the order in which they stand in the index: it answers look-ups by the first "
    "one, the first two, and so on.",
)
_INDEX_MAP = Entry(
    'map: "name"', "The name of the index in the database, instead of the one that Prisma makes up."
)
_KEY_MAP = Entry(
    'map: "name"',
    "The name of the primary key's constraint, instead of the one that Prisma makes up.",
    providers=_NAMED_KEYS,
    instead="its primary keys have no name of their own",
)
_CLIENT_NAME = Entry(
    'name: "name"', "The name of these fields together in Prisma Client, as in `findUnique`."
)
_DATABASE_NAME = Entry('name: "name"', "The name in the database.")

_BY_DEFAULT = "Left out, it is Restrict; SetNull if relation and columns are optional."

ARGUMENTS: Mapping[str, Mapping[str, Entry]] = {
    "@id": {"map": _KEY_MAP, "length": _LENGTH, "sort": _SORT_OF_ID, "clustered": _CLUSTERED},
    "@unique": {
        "map": _INDEX_MAP,
        "length": _LENGTH,
        "sort": _SORT,
        "clustered": _CLUSTERED,
        "where": _WHERE,
    },
    "@default": {
        "value": Entry("value", "The value: a constant, a list in brackets, or a function."),
        "map": Entry(
            'map: "name"', "The name of the default's constraint.", providers=("sqlserver",)
        ),
    },
    "@relation": {
        "name": Entry(
            'name: "Name"',
            "What both sides of the relation are called, needed where two models are related in "
            "more than one way, or a model to itself.",
            {
                "postgresql": "An implicit many-to-many relation names its join table after it.",
                "mysql": "An implicit many-to-many relation names its join table after it.",
                "sqlite": "An implicit many-to-many relation names its join table after it.",
                "sqlserver": "An implicit many-to-many relation names its join table after it.",
                "cockroachdb": "An implicit many-to-many relation names its join table after it.",
            },
        ),
        "fields": Entry(
            "fields: [a, b]",
            "The fields of this model that hold the foreign key, in the order of `references`.",
            {
                "postgresql": (
                    "PostgreSQL makes no index for them: without one, each delete of the other "
                    "side reads this whole table."
                ),
                "mysql": "InnoDB makes an index for them, unless there is one.",
                "sqlite": (
                    "SQLite makes no index for them: without one, each delete of the other side "
                    "reads this whole table."
                ),
                "sqlserver": (
                    "SQL Server makes no index for them: without one, each delete of the other "
                    "side reads this whole table."
                ),
                "cockroachdb": (
                    "CockroachDB makes no index for them: without one, each delete of the other "
                    "side reads this whole table."
                ),
                "mongodb": (
                    "No index is made for them: without one, each look-up of the relation reads "
                    "this whole collection."
                ),
            },
            emulated="With emulated relations nobody makes an index for them.",
        ),
        "references": Entry(
            "references: [id]",
            (
                "The fields of the other model that the key points at. Together they are its id "
                "or unique."
            ),
        ),
        "onDelete": Entry(
            "onDelete: Cascade | Restrict | NoAction | SetNull | SetDefault",
            "What happens to rows of this model when the row that they refer to is deleted.",
            {
                "postgresql": _BY_DEFAULT,
                "mysql": _BY_DEFAULT,
                "sqlite": _BY_DEFAULT,
                "sqlserver": (
                    "Left out, it is NoAction, since SQL Server has no Restrict; SetNull if "
                    "relation and columns are optional."
                ),
                "cockroachdb": _BY_DEFAULT,
                "mongodb": (
                    "Left out, it is Restrict; SetNull if relation and columns are optional. "
                    "Prisma Client plays it; MongoDB knows nothing of it."
                ),
            },
            general=(
                "Left out, it is Restrict (NoAction on SQL Server); SetNull if relation and "
                "columns are optional."
            ),
            emulated=(f"{_BY_DEFAULT} Prisma Client plays it, and no other program does."),
        ),
        "onUpdate": Entry(
            "onUpdate: Cascade | Restrict | NoAction | SetNull | SetDefault",
            "What happens to rows of this model when the value that they refer to changes. Left "
            "out, it is Cascade.",
            {
                "mysql": "In a self relation InnoDB treats Cascade like Restrict.",
                "mongodb": "Prisma Client plays it; MongoDB knows nothing of it.",
            },
            emulated="Prisma Client plays it, and no other program does.",
        ),
        "map": Entry(
            'map: "name"',
            "The name of the foreign key constraint, instead of the one that Prisma makes up.",
            {"mysql": "InnoDB checks the keys of a table in the order of these names."},
            providers=("postgresql", "mysql", "sqlserver", "cockroachdb"),
            instead="its foreign keys have no name that could be chosen",
        ),
    },
    "@map": {"name": _DATABASE_NAME},
    "@@id": {
        "fields": _FIELDS,
        "name": _CLIENT_NAME,
        "map": _KEY_MAP,
        "clustered": _CLUSTERED,
        "length": _LENGTH,
        "sort": _SORT_OF_ID,
    },
    "@@unique": {
        "fields": _FIELDS,
        "name": _CLIENT_NAME,
        "map": _INDEX_MAP,
        "clustered": _CLUSTERED,
        "where": _WHERE,
        "length": _LENGTH,
        "sort": _SORT,
    },
    "@@index": {
        "fields": _FIELDS,
        "name": Entry('name: "name"', "An older way to write `map`: the name of the index."),
        "map": _INDEX_MAP,
        "type": Entry(
            "type: BTree | Hash | Gist | Gin | SpGist | Brin",
            "How the index is built. Only BTree, and Hash over one column, answer the look-up of a "
            "foreign key.",
            {
                "mysql": "MySQL has BTree only.",
                "sqlite": "SQLite has BTree only.",
                "sqlserver": "SQL Server has BTree only.",
                "cockroachdb": "CockroachDB has BTree and Gin.",
                "mongodb": "MongoDB has BTree only.",
            },
        ),
        "clustered": _CLUSTERED,
        "where": _WHERE,
        "length": _LENGTH,
        "sort": _SORT,
        "ops": Entry(
            'ops: Name | raw("name")',
            "The operator class: which comparisons the index supports for this column.",
            providers=("postgresql",),
        ),
    },
    "@@fulltext": {
        "fields": Entry("fields: [a, b]", "The fields to search in.", providers=_FULL_TEXT),
        "map": Entry(_INDEX_MAP.form, _INDEX_MAP.text, providers=_FULL_TEXT),
    },
    "@@map": {"name": _DATABASE_NAME},
    "@@schema": {"map": Entry('map: "name"', "The name of the database schema.")},
    "@@shardKey": {"fields": Entry("fields: [a, b]", "The columns of the shard key.")},
}

# --- Words that stand as values of arguments -----------------------------------------------------

SORT_ORDERS: Mapping[str, Entry] = {
    "Asc": Entry("sort: Asc", "Ascending, which is the default."),
    "Desc": Entry("sort: Desc", "Descending."),
}
INDEX_TYPES: Mapping[str, Entry] = {
    "BTree": Entry(
        "type: BTree", "An ordered tree, the default: for equality, ranges and sorting."
    ),
    "Hash": Entry(
        "type: Hash",
        "For equality on one column only; it cannot be unique.",
        providers=("postgresql",),
    ),
    "Gin": Entry(
        "type: Gin",
        "An inverted index, for values with parts: arrays, JSON, words. Not for a foreign key.",
        {"cockroachdb": "CockroachDB calls it an inverted index."},
        providers=("postgresql", "cockroachdb"),
    ),
    "Gist": Entry(
        "type: Gist",
        (
            "A generalised search tree, for ranges, geometry and nearest neighbours. Not for a "
            "foreign key."
        ),
        providers=("postgresql",),
    ),
    "SpGist": Entry(
        "type: SpGist",
        "A tree over divided space, for points, addresses of networks and prefixes of text. Not "
        "for a foreign key.",
        providers=("postgresql",),
    ),
    "Brin": Entry(
        "type: Brin",
        "Keeps the smallest and largest value of each range of blocks: tiny, and useful where rows "
        "lie in the order of the column, such as a time of creation. Not for a foreign key.",
        providers=("postgresql",),
    ),
}
