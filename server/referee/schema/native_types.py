# ruff: noqa: E501 - the tables below have one type a line
"""The column types of each database: what Prisma's scalars become, and every native type.

Names, scalars and numbers of arguments are those of Prisma's validator; SQL texts are those of its
schema engine.
It deliberately knows no model and no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from referee.schema.facts import FieldFacts
from referee.schema.providers import Provider

TypeFamily = Literal[
    "text",
    "citext",
    "integer",
    "unsigned",
    "oid",
    "decimal",
    "money",
    "float",
    "boolean",
    "bits",
    "bytes",
    "uuid",
    "inet",
    "date",
    "datetime",
    "timestamp",
    "time",
    "year",
    "json",
    "xml",
    "object-id",
]


class NativeTypeFacts(NamedTuple):
    """A native type of one database.

    `scalars` are the Prisma types it may stand on. `arguments` is the smallest and largest number
    of arguments. `sql` is the type without arguments, as in DDL (the BSON name on MongoDB).
    `family` groups types that hold the same kind of value; `size` is the number of bytes of a
    whole or binary floating number and 0 for the rest. `has_unicode` tells that a character
    takes two bytes on SQL Server. `is_long` tells that the database keeps the value off the row,
    so that it is no index key as it is.
    """

    name: str
    scalars: tuple[str, ...]
    sql: str
    family: TypeFamily
    description: str
    arguments: tuple[int, int] = (0, 0)
    size: int = 0
    has_unicode: bool = False
    is_long: bool = False


class ColumnType(NamedTuple):
    """The type of one column: the native type it is, with its arguments, and whether it is written.

    `sql` is the whole type as in DDL.
    """

    type: NativeTypeFacts
    arguments: tuple[str, ...]
    sql: str
    is_written: bool

    @property
    def length(self) -> int | None:
        """The first argument as a number; None where there is none, or it is `Max`."""
        if not self.arguments or not self.arguments[0].isdigit():
            return None
        return int(self.arguments[0])


def native_types(provider: Provider | None) -> Mapping[str, NativeTypeFacts]:
    """Return the native types of a database by name; SQLite has none."""
    return _NATIVE_TYPES.get(provider, _NONE) if provider is not None else _NONE


def native_type(provider: Provider | None, name: str) -> NativeTypeFacts | None:
    """Return the native type of that name."""
    return native_types(provider).get(name)


def default_sql(provider: Provider | None, scalar: str) -> str | None:
    """Return the column type of a Prisma scalar without native type; None where it has none."""
    found = _default_type(provider, scalar)
    return None if found is None else found.sql


def column_type(field: FieldFacts, provider: Provider | None) -> ColumnType | None:
    """Return the type of a field's column; None for enums, models and types nobody knows."""
    if field.unsupported is not None:
        return None
    if field.native_type is None:
        return _default_type(provider, field.type)
    found = native_type(provider, field.native_type.name)
    if found is None or field.type not in found.scalars:
        return None
    arguments = field.native_type.arguments
    return ColumnType(found, arguments, sql_of(found, arguments), True)


def sql_of(native: NativeTypeFacts, arguments: tuple[str, ...] = ()) -> str:
    """Return a native type with arguments as in DDL."""
    if not arguments:
        return native.sql
    values = ",".join("MAX" if each == "Max" else each for each in arguments)
    head, _, tail = native.sql.partition(" ")
    # MySQL writes the sign behind the arguments; of the other types none has both.
    return f"{head}({values}) {tail}".strip() if tail == "UNSIGNED" else f"{native.sql}({values})"


def _default_type(provider: Provider | None, scalar: str) -> ColumnType | None:
    return None if provider is None else _DEFAULTS[provider].get(scalar)


# ---- the tables ----

_NONE: Mapping[str, NativeTypeFacts] = MappingProxyType({})

# fmt: off
_POSTGRESQL = (
    NativeTypeFacts("SmallInt", ("Int",), "SMALLINT", "integer", "Whole numbers of 2 bytes, -32,768 to 32,767.", size=2),
    NativeTypeFacts("Integer", ("Int",), "INTEGER", "integer", "Whole numbers of 4 bytes, up to 2,147,483,647.", size=4),
    NativeTypeFacts("BigInt", ("BigInt",), "BIGINT", "integer", "Whole numbers of 8 bytes.", size=8),
    NativeTypeFacts("Decimal", ("Decimal",), "DECIMAL", "decimal", "Exact decimal numbers; precision and scale as arguments.", (0, 2)),
    NativeTypeFacts("Money", ("Decimal",), "MONEY", "money", "Amounts in the currency of the server's locale, to the cent."),
    NativeTypeFacts("Inet", ("String",), "INET", "inet", "IPv4 and IPv6 addresses and networks."),
    NativeTypeFacts("Oid", ("Int",), "OID", "oid", "Object identifiers of the system catalogue: 4 bytes without sign.", size=4),
    NativeTypeFacts("Citext", ("String",), "CITEXT", "citext", "Text that compares without regard to case; needs the extension citext."),
    NativeTypeFacts("Real", ("Float",), "REAL", "float", "Binary floating numbers of 4 bytes, about 6 digits.", size=4),
    NativeTypeFacts("DoublePrecision", ("Float",), "DOUBLE PRECISION", "float", "Binary floating numbers of 8 bytes, about 15 digits.", size=8),
    NativeTypeFacts("VarChar", ("String",), "VARCHAR", "text", "Text up to a length; unlimited without argument.", (0, 1)),
    NativeTypeFacts("Char", ("String",), "CHAR", "text", "Text of a fixed length, padded with spaces; one character without argument.", (0, 1)),
    NativeTypeFacts("Text", ("String",), "TEXT", "text", "Text of any length."),
    NativeTypeFacts("ByteA", ("Bytes",), "BYTEA", "bytes", "Bytes of any number."),
    NativeTypeFacts("Timestamp", ("DateTime",), "TIMESTAMP", "datetime", "Date and time without time zone; the argument is the number of digits of a second.", (0, 1)),
    NativeTypeFacts("Timestamptz", ("DateTime",), "TIMESTAMPTZ", "timestamp", "A point in time, kept in UTC; the argument is the number of digits of a second.", (0, 1)),
    NativeTypeFacts("Date", ("DateTime",), "DATE", "date", "A calendar date."),
    NativeTypeFacts("Time", ("DateTime",), "TIME", "time", "A time of day without time zone.", (0, 1)),
    NativeTypeFacts("Timetz", ("DateTime",), "TIMETZ", "time", "A time of day with an offset from UTC.", (0, 1)),
    NativeTypeFacts("Boolean", ("Boolean",), "BOOLEAN", "boolean", "True or false."),
    NativeTypeFacts("Bit", ("String",), "BIT", "bits", "A fixed number of bits; one without argument.", (0, 1)),
    NativeTypeFacts("VarBit", ("String",), "VARBIT", "bits", "Bits up to a number; any number without argument.", (0, 1)),
    NativeTypeFacts("Uuid", ("String",), "UUID", "uuid", "UUIDs in 16 bytes; what is no UUID is refused."),
    NativeTypeFacts("Xml", ("String",), "XML", "xml", "XML that is checked to be well-formed.", is_long=True),
    NativeTypeFacts("Json", ("Json",), "JSON", "json", "JSON kept as it was written."),
    NativeTypeFacts("JsonB", ("Json",), "JSONB", "json", "JSON kept parsed, so that it can be searched and indexed."),
)

_MYSQL = (
    NativeTypeFacts("Int", ("Int",), "INTEGER", "integer", "Whole numbers of 4 bytes, up to 2,147,483,647.", size=4),
    NativeTypeFacts("UnsignedInt", ("Int",), "INTEGER UNSIGNED", "unsigned", "Whole numbers of 4 bytes, 0 to 4,294,967,295.", size=4),
    NativeTypeFacts("SmallInt", ("Int",), "SMALLINT", "integer", "Whole numbers of 2 bytes, -32,768 to 32,767.", size=2),
    NativeTypeFacts("UnsignedSmallInt", ("Int",), "SMALLINT UNSIGNED", "unsigned", "Whole numbers of 2 bytes, 0 to 65,535.", size=2),
    NativeTypeFacts("TinyInt", ("Boolean", "Int"), "TINYINT", "integer", "Whole numbers of 1 byte, -128 to 127.", size=1),
    NativeTypeFacts("UnsignedTinyInt", ("Boolean", "Int"), "TINYINT UNSIGNED", "unsigned", "Whole numbers of 1 byte, 0 to 255.", size=1),
    NativeTypeFacts("MediumInt", ("Int",), "MEDIUMINT", "integer", "Whole numbers of 3 bytes, up to 8,388,607.", size=3),
    NativeTypeFacts("UnsignedMediumInt", ("Int",), "MEDIUMINT UNSIGNED", "unsigned", "Whole numbers of 3 bytes, 0 to 16,777,215.", size=3),
    NativeTypeFacts("BigInt", ("BigInt",), "BIGINT", "integer", "Whole numbers of 8 bytes.", size=8),
    NativeTypeFacts("UnsignedBigInt", ("BigInt",), "BIGINT UNSIGNED", "unsigned", "Whole numbers of 8 bytes without sign.", size=8),
    NativeTypeFacts("Decimal", ("Decimal",), "DECIMAL", "decimal", "Exact decimal numbers; precision and scale as arguments.", (0, 2)),
    NativeTypeFacts("Float", ("Float",), "FLOAT", "float", "Binary floating numbers of 4 bytes, about 6 digits.", size=4),
    NativeTypeFacts("Double", ("Float",), "DOUBLE", "float", "Binary floating numbers of 8 bytes, about 15 digits.", size=8),
    NativeTypeFacts("Bit", ("Boolean", "Bytes"), "BIT", "bits", "A number of bits, 64 at most.", (1, 1)),
    NativeTypeFacts("Char", ("String",), "CHAR", "text", "Text of a fixed length, 255 characters at most.", (1, 1)),
    NativeTypeFacts("VarChar", ("String",), "VARCHAR", "text", "Text up to a length.", (1, 1)),
    NativeTypeFacts("Binary", ("Bytes",), "BINARY", "bytes", "A fixed number of bytes, 255 at most.", (1, 1)),
    NativeTypeFacts("VarBinary", ("Bytes",), "VARBINARY", "bytes", "Bytes up to a number.", (1, 1)),
    NativeTypeFacts("TinyBlob", ("Bytes",), "TINYBLOB", "bytes", "Up to 255 bytes, kept off the row.", is_long=True),
    NativeTypeFacts("Blob", ("Bytes",), "BLOB", "bytes", "Up to 64 KB, kept off the row.", is_long=True),
    NativeTypeFacts("MediumBlob", ("Bytes",), "MEDIUMBLOB", "bytes", "Up to 16 MB, kept off the row.", is_long=True),
    NativeTypeFacts("LongBlob", ("Bytes",), "LONGBLOB", "bytes", "Up to 4 GB, kept off the row.", is_long=True),
    NativeTypeFacts("TinyText", ("String",), "TINYTEXT", "text", "Text up to 255 bytes, kept off the row.", is_long=True),
    NativeTypeFacts("Text", ("String",), "TEXT", "text", "Text up to 64 KB, kept off the row; indexed only with a length.", is_long=True),
    NativeTypeFacts("MediumText", ("String",), "MEDIUMTEXT", "text", "Text up to 16 MB, kept off the row.", is_long=True),
    NativeTypeFacts("LongText", ("String",), "LONGTEXT", "text", "Text up to 4 GB, kept off the row.", is_long=True),
    NativeTypeFacts("Date", ("DateTime",), "DATE", "date", "A calendar date."),
    NativeTypeFacts("Time", ("DateTime",), "TIME", "time", "A time of day or a span of time.", (0, 1)),
    NativeTypeFacts("DateTime", ("DateTime",), "DATETIME", "datetime", "Date and time without time zone; the argument is the number of digits of a second.", (0, 1)),
    NativeTypeFacts("Timestamp", ("DateTime",), "TIMESTAMP", "timestamp", "A point in time, kept in UTC, until January 2038.", (0, 1)),
    NativeTypeFacts("Year", ("Int",), "YEAR", "year", "A year, 1901 to 2155, in 1 byte."),
    NativeTypeFacts("Json", ("Json",), "JSON", "json", "JSON kept parsed."),
)

_SQLSERVER = (
    NativeTypeFacts("TinyInt", ("Int",), "TINYINT", "unsigned", "Whole numbers of 1 byte, 0 to 255.", size=1),
    NativeTypeFacts("SmallInt", ("Int",), "SMALLINT", "integer", "Whole numbers of 2 bytes, -32,768 to 32,767.", size=2),
    NativeTypeFacts("Int", ("Int",), "INT", "integer", "Whole numbers of 4 bytes, up to 2,147,483,647.", size=4),
    NativeTypeFacts("BigInt", ("BigInt",), "BIGINT", "integer", "Whole numbers of 8 bytes.", size=8),
    NativeTypeFacts("Decimal", ("Decimal",), "DECIMAL", "decimal", "Exact decimal numbers; precision and scale as arguments.", (0, 2)),
    NativeTypeFacts("Money", ("Float",), "MONEY", "money", "Amounts to four decimal places, exact in the database."),
    NativeTypeFacts("SmallMoney", ("Float",), "SMALLMONEY", "money", "Amounts to four decimal places up to 214,748."),
    NativeTypeFacts("Bit", ("Boolean", "Int"), "BIT", "boolean", "0 or 1."),
    NativeTypeFacts("Float", ("Float",), "FLOAT", "float", "Binary floating numbers; the argument is the number of bits of the mantissa.", (0, 1), size=8),
    NativeTypeFacts("Real", ("Float",), "REAL", "float", "Binary floating numbers of 4 bytes, about 6 digits.", size=4),
    NativeTypeFacts("Date", ("DateTime",), "DATE", "date", "A calendar date."),
    NativeTypeFacts("Time", ("DateTime",), "TIME", "time", "A time of day."),
    NativeTypeFacts("DateTime", ("DateTime",), "DATETIME", "datetime", "Date and time to 3 milliseconds; the older type."),
    NativeTypeFacts("DateTime2", ("DateTime",), "DATETIME2", "datetime", "Date and time to 100 nanoseconds, without time zone."),
    NativeTypeFacts("DateTimeOffset", ("DateTime",), "DATETIMEOFFSET", "timestamp", "Date and time with an offset from UTC."),
    NativeTypeFacts("SmallDateTime", ("DateTime",), "SMALLDATETIME", "datetime", "Date and time to the minute, until 2079."),
    NativeTypeFacts("Char", ("String",), "CHAR", "text", "Text of a fixed length in the code page of the collation.", (0, 1)),
    NativeTypeFacts("NChar", ("String",), "NCHAR", "text", "Unicode text of a fixed length, 2 bytes a character.", (0, 1), has_unicode=True),
    NativeTypeFacts("VarChar", ("String",), "VARCHAR", "text", "Text up to a length, or `Max`, in the code page of the collation.", (0, 1)),
    NativeTypeFacts("Text", ("String",), "TEXT", "text", "Long text; deprecated in favour of VARCHAR(MAX).", is_long=True),
    NativeTypeFacts("NVarChar", ("String",), "NVARCHAR", "text", "Unicode text up to a length, or `Max`, 2 bytes a character.", (0, 1), has_unicode=True),
    NativeTypeFacts("NText", ("String",), "NTEXT", "text", "Long Unicode text; deprecated in favour of NVARCHAR(MAX).", has_unicode=True, is_long=True),
    NativeTypeFacts("Binary", ("Bytes",), "BINARY", "bytes", "A fixed number of bytes.", (0, 1)),
    NativeTypeFacts("VarBinary", ("Bytes",), "VARBINARY", "bytes", "Bytes up to a number, or `Max`.", (0, 1)),
    NativeTypeFacts("Image", ("Bytes",), "IMAGE", "bytes", "Long bytes; deprecated in favour of VARBINARY(MAX).", is_long=True),
    NativeTypeFacts("Xml", ("String",), "XML", "xml", "XML that is checked to be well-formed.", is_long=True),
    NativeTypeFacts("UniqueIdentifier", ("String",), "UNIQUEIDENTIFIER", "uuid", "UUIDs in 16 bytes."),
)

_COCKROACHDB = (
    NativeTypeFacts("Bit", ("String",), "BIT", "bits", "A fixed number of bits; one without argument.", (0, 1)),
    NativeTypeFacts("Bool", ("Boolean",), "BOOL", "boolean", "True or false."),
    NativeTypeFacts("Bytes", ("Bytes",), "BYTES", "bytes", "Bytes of any number."),
    NativeTypeFacts("Char", ("String",), "CHAR", "text", "Text up to a length; one character without argument.", (0, 1)),
    NativeTypeFacts("Date", ("DateTime",), "DATE", "date", "A calendar date."),
    NativeTypeFacts("Decimal", ("Decimal",), "DECIMAL", "decimal", "Exact decimal numbers; precision and scale as arguments.", (0, 2)),
    NativeTypeFacts("Float4", ("Float",), "FLOAT4", "float", "Binary floating numbers of 4 bytes, about 6 digits.", size=4),
    NativeTypeFacts("Float8", ("Float",), "FLOAT8", "float", "Binary floating numbers of 8 bytes, about 15 digits.", size=8),
    NativeTypeFacts("Inet", ("String",), "INET", "inet", "IPv4 and IPv6 addresses."),
    NativeTypeFacts("Int2", ("Int",), "INT2", "integer", "Whole numbers of 2 bytes, -32,768 to 32,767.", size=2),
    NativeTypeFacts("Int4", ("Int",), "INT4", "integer", "Whole numbers of 4 bytes, up to 2,147,483,647.", size=4),
    NativeTypeFacts("Int8", ("BigInt",), "INT8", "integer", "Whole numbers of 8 bytes.", size=8),
    NativeTypeFacts("JsonB", ("Json",), "JSONB", "json", "JSON kept parsed, so that it can be searched and indexed."),
    NativeTypeFacts("Oid", ("Int",), "OID", "oid", "Object identifiers of PostgreSQL's catalogue: 4 bytes without sign.", size=4),
    NativeTypeFacts("CatalogSingleChar", ("String",), '"char"', "text", "One byte, as PostgreSQL's catalogue uses it."),
    NativeTypeFacts("String", ("String",), "STRING", "text", "Text up to a length; any length without argument.", (0, 1)),
    NativeTypeFacts("Time", ("DateTime",), "TIME", "time", "A time of day without time zone.", (0, 1)),
    NativeTypeFacts("Timestamp", ("DateTime",), "TIMESTAMP", "datetime", "Date and time without time zone; the argument is the number of digits of a second.", (0, 1)),
    NativeTypeFacts("Timestamptz", ("DateTime",), "TIMESTAMPTZ", "timestamp", "A point in time, kept in UTC; the argument is the number of digits of a second.", (0, 1)),
    NativeTypeFacts("Timetz", ("DateTime",), "TIMETZ", "time", "A time of day with an offset from UTC.", (0, 1)),
    NativeTypeFacts("Uuid", ("String",), "UUID", "uuid", "UUIDs in 16 bytes; what is no UUID is refused."),
    NativeTypeFacts("VarBit", ("String",), "VARBIT", "bits", "Bits up to a number; any number without argument.", (0, 1)),
)

_MONGODB = (
    NativeTypeFacts("String", ("String",), "string", "text", "Text in UTF-8."),
    NativeTypeFacts("Double", ("Float",), "double", "float", "Binary floating numbers of 8 bytes.", size=8),
    NativeTypeFacts("BinData", ("Bytes",), "binData", "bytes", "Bytes of any number."),
    NativeTypeFacts("ObjectId", ("String", "Bytes"), "objectId", "object-id", "MongoDB's own identifiers of 12 bytes, which begin with the time they were made."),
    NativeTypeFacts("Bool", ("Boolean",), "bool", "boolean", "True or false."),
    NativeTypeFacts("Date", ("DateTime",), "date", "datetime", "A point in time to the millisecond."),
    NativeTypeFacts("Int", ("Int",), "int", "integer", "Whole numbers of 4 bytes.", size=4),
    NativeTypeFacts("Timestamp", ("DateTime",), "timestamp", "timestamp", "The type of MongoDB's own replication log; Date is meant for applications."),
    NativeTypeFacts("Long", ("Int", "BigInt"), "long", "integer", "Whole numbers of 8 bytes.", size=8),
    NativeTypeFacts("Json", ("Json",), "object", "json", "Whatever document JSON can say."),
)
# fmt: on


def _by_name(types: tuple[NativeTypeFacts, ...]) -> Mapping[str, NativeTypeFacts]:
    return MappingProxyType({each.name: each for each in types})


_NATIVE_TYPES: Mapping[Provider, Mapping[str, NativeTypeFacts]] = {
    "postgresql": _by_name(_POSTGRESQL),
    "mysql": _by_name(_MYSQL),
    "sqlite": _NONE,
    "sqlserver": _by_name(_SQLSERVER),
    "cockroachdb": _by_name(_COCKROACHDB),
    "mongodb": _by_name(_MONGODB),
}

# What Prisma takes for a scalar without native type: the name of a native type with arguments.
_DEFAULT_NATIVE_TYPES: Mapping[Provider, Mapping[str, tuple[str, ...]]] = {
    "postgresql": {
        "String": ("Text",),
        "Boolean": ("Boolean",),
        "Int": ("Integer",),
        "BigInt": ("BigInt",),
        "Float": ("DoublePrecision",),
        "Decimal": ("Decimal", "65", "30"),
        "DateTime": ("Timestamp", "3"),
        "Json": ("JsonB",),
        "Bytes": ("ByteA",),
    },
    "mysql": {
        "String": ("VarChar", "191"),
        "Boolean": ("TinyInt", "1"),
        "Int": ("Int",),
        "BigInt": ("BigInt",),
        "Float": ("Double",),
        "Decimal": ("Decimal", "65", "30"),
        "DateTime": ("DateTime", "3"),
        "Json": ("Json",),
        "Bytes": ("LongBlob",),
    },
    "sqlite": {},
    "sqlserver": {
        "String": ("NVarChar", "1000"),
        "Boolean": ("Bit",),
        "Int": ("Int",),
        "BigInt": ("BigInt",),
        "Float": ("Float", "53"),
        "Decimal": ("Decimal", "32", "16"),
        "DateTime": ("DateTime2",),
        "Bytes": ("VarBinary", "Max"),
    },
    "cockroachdb": {
        "String": ("String",),
        "Boolean": ("Bool",),
        "Int": ("Int4",),
        "BigInt": ("Int8",),
        "Float": ("Float8",),
        "Decimal": ("Decimal", "65", "30"),
        "DateTime": ("Timestamp", "3"),
        "Json": ("JsonB",),
        "Bytes": ("Bytes",),
    },
    "mongodb": {
        "String": ("String",),
        "Boolean": ("Bool",),
        "Int": ("Int",),
        "BigInt": ("Long",),
        "Float": ("Double",),
        "DateTime": ("Date",),
        "Json": ("Json",),
        "Bytes": ("BinData",),
    },
}

# SQLite has declared types but no native types to choose from.
_SQLITE_TYPES = (
    NativeTypeFacts("TEXT", ("String",), "TEXT", "text", "Text of any length."),
    NativeTypeFacts("BOOLEAN", ("Boolean",), "BOOLEAN", "boolean", "0 or 1."),
    NativeTypeFacts("INTEGER", ("Int",), "INTEGER", "integer", "Whole numbers.", size=8),
    NativeTypeFacts("BIGINT", ("BigInt",), "BIGINT", "integer", "Whole numbers.", size=8),
    NativeTypeFacts("REAL", ("Float",), "REAL", "float", "Binary floating numbers.", size=8),
    NativeTypeFacts("DECIMAL", ("Decimal",), "DECIMAL", "decimal", "Numbers."),
    NativeTypeFacts("DATETIME", ("DateTime",), "DATETIME", "datetime", "Date and time."),
    NativeTypeFacts("JSONB", ("Json",), "JSONB", "json", "JSON."),
    NativeTypeFacts("BLOB", ("Bytes",), "BLOB", "bytes", "Bytes of any number."),
)


def _defaults_of(provider: Provider) -> Mapping[str, ColumnType]:
    if provider == "sqlite":
        return {each.scalars[0]: ColumnType(each, (), each.sql, False) for each in _SQLITE_TYPES}
    found: dict[str, ColumnType] = {}
    for scalar, (name, *arguments) in _DEFAULT_NATIVE_TYPES[provider].items():
        native = _NATIVE_TYPES[provider][name]
        sql = "BOOLEAN" if provider == "mysql" and scalar == "Boolean" else ""
        values = tuple(arguments)
        found[scalar] = ColumnType(native, values, sql or sql_of(native, values), False)
    return found


_DEFAULTS: Mapping[Provider, Mapping[str, ColumnType]] = {
    provider: _defaults_of(provider) for provider in _NATIVE_TYPES
}
