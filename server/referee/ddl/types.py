"""One spelling for every type of a column, whoever wrote it: a script, a catalog or Prisma.

The spelling is the one that Prisma writes, in lower case. Arguments that say what the database
assumes anyway are taken away (`timestamp(6)` on PostgreSQL, the display width of `int(11)`), and
those it fills in are filled in (`char` is `char(1)`).
It deliberately knows no Prisma scalars and no columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

from referee.ddl.model import Name, SqlType
from referee.schema.providers import Provider

FindEnum: TypeAlias = Callable[[str | None, str], Name | None]


def no_enum(namespace: str | None, name: str) -> Name | None:
    """Find no enum: for databases without enum types."""
    return None


def canonical_type(provider: Provider, text: str, find_enum: FindEnum = no_enum) -> SqlType:
    """Return the type that a text means, in the one spelling of this module.

    `text` is a type as DDL or a catalog spells it, array brackets included. `find_enum` is asked
    with the namespace as written, None where none is, and the name.
    """
    namespace, written, type = _type_without_enums(provider, text)
    if provider in ("postgresql", "cockroachdb"):
        enum = None if namespace == "pg_catalog" else find_enum(namespace, written)
        if enum is not None:
            return SqlType(enum.name, (), type.is_array, enum)
    return type


def is_serial(provider: Provider, text: str) -> bool:
    """Tell whether a type is one of the SERIAL kinds, which are a type and a counting default."""
    if provider not in ("postgresql", "cockroachdb"):
        return False
    _, written, _ = _type_without_enums(provider, text)
    return written in _SERIAL


def has_scalar(provider: Provider, type: SqlType) -> bool:
    """Tell whether Prisma knows a type; of PostgreSQL's it takes every other as it is written."""
    if provider != "postgresql" or type.enum is not None:
        return True
    return type.name in _POSTGRESQL.values() and type.name not in ("interval", "name")


# The types that a column of a type may take without USING (PostgreSQL's pg_cast, for assignment),
# besides those of text, which take everything.
_NUMBERS = ("smallint", "integer", "bigint", "decimal", "real", "double precision")
_ASSIGNED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "smallint": frozenset([*_NUMBERS, "oid"]),
        **{name: frozenset([*_NUMBERS, "oid", "money"]) for name in ("bigint", "integer")},
        "decimal": frozenset([*_NUMBERS, "money"]),
        **{name: frozenset(_NUMBERS) for name in ("real", "double precision")},
        "oid": frozenset(["integer", "bigint"]),
        "timestamp": frozenset(["timestamptz", "date", "time"]),
        "timestamptz": frozenset(["timestamp", "date", "time", "timetz"]),
        "date": frozenset(["timestamp", "timestamptz"]),
        "time": frozenset(["timetz", "interval"]),
        "timetz": frozenset(["time"]),
        "bit": frozenset(["varbit"]),
        "varbit": frozenset(["bit"]),
        "json": frozenset(["jsonb"]),
        "jsonb": frozenset(["json"]),
        **{
            name: frozenset[str]()
            for name in ("text", "varchar", "char", "boolean", "uuid", "bytea", "inet", "xml")
        },
    }
)
_TAKING_ALL = frozenset(["text", "varchar", "char", "bpchar", "name", "citext"])


def casts_by_itself(before: SqlType, after: SqlType) -> bool:
    """Tell whether PostgreSQL makes a column of one type into another without USING.

    Types that are not known here count as such that it does.
    """
    if before.is_array and after.is_array:
        before, after = replace(before, is_array=False), replace(after, is_array=False)
    if before.name == after.name and before.is_array == after.is_array:
        return before.enum == after.enum
    if after.name in _TAKING_ALL and not after.is_array:
        return True
    is_known = before.enum is not None or before.name in _ASSIGNED
    if after.enum is None and not (after.name in _ASSIGNED or after.name == "money"):
        return True
    if before.is_array != after.is_array:
        return not is_known
    return not is_known or after.name in _ASSIGNED.get(before.name, ())


# ---- reading ----


class _Parts:
    """A type as written: `words` in lower case unless quoted, without the arguments."""

    __slots__ = ("arguments", "is_array", "is_quoted", "name", "namespace", "values")

    def __init__(self) -> None:
        self.namespace: str | None = None
        self.name = ""
        self.arguments: tuple[str, ...] = ()
        self.values: tuple[str, ...] = ()
        self.is_array = False
        self.is_quoted = False


_TOKEN = re.compile(
    r"""
    (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]\d][^\]]*\])
    |(?P<array>\[\s*\d*\s*\])
    |(?P<arguments>\((?:[^()']|'(?:[^'\\]|''|\\.)*'|\([^()]*\))*\))
    |(?P<string>'(?:[^'\\]|''|\\.)*')
    |(?P<dot>\.)
    |(?P<word>[^\s"`\[\]().']+)
    """,
    re.VERBOSE,
)
_ARGUMENT = re.compile(r"'(?:[^'\\]|''|\\.)*'|[^\s,'][^,']*")
# What MySQL and PostgreSQL let follow a type and what is no part of it here.
_SUFFIX = re.compile(
    r"\s+(?:character\s+set|charset|collate)\s*=?\s*(?:\"[^\"]*\"(?:\.\"[^\"]*\")?|'[^']*'|\w+)",
    re.IGNORECASE,
)


# A schema of thousands of columns has a few dozen types, and every edit of it asks for all of them.
@lru_cache(maxsize=4096)
def _type_without_enums(provider: Provider, text: str) -> tuple[str | None, str, SqlType]:
    """Return the namespace and the name of a type as written, and what it is if it is no enum."""
    parts = _read(provider, text)
    name, arguments = _CANONICAL[provider](parts)
    type = SqlType(name, arguments, parts.is_array, None, parts.values)
    return parts.namespace, parts.name, type


def _read(provider: Provider, text: str) -> _Parts:
    parts = _Parts()
    words: list[str] = []
    text = _SUFFIX.sub("", text)
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup, token.group()
        if kind == "arguments":
            found = [each.strip() for each in _ARGUMENT.findall(value[1:-1])]
            if found and found[0].startswith("'"):
                parts.values = tuple(_unquoted_value(each) for each in found)
            else:
                parts.arguments = tuple(found)
        elif kind == "array":
            parts.is_array = True
        elif kind == "dot":
            parts.namespace = words.pop() if words else None
        elif kind in ("quoted", "word"):
            is_quoted = kind == "quoted"
            word = _unquoted_name(value) if is_quoted else value.lower()
            if is_quoted and provider != "sqlserver":
                parts.is_quoted = True
            elif is_quoted:
                word = word.lower()
            if word == "array" and not is_quoted and words:
                parts.is_array = True
            else:
                words.append(word)
    parts.name = " ".join(words)
    if provider in ("postgresql", "cockroachdb") and _is_internal_array(parts):
        parts.name, parts.is_array = parts.name[1:], True
    return parts


def _is_internal_array(parts: _Parts) -> bool:
    """Tell whether the name is PostgreSQL's own for an array type, such as `_int4`."""
    return parts.name.startswith("_") and parts.name[1:] in _POSTGRESQL


def _unquoted_name(text: str) -> str:
    closing = text[-1]
    return text[1:-1].replace(closing * 2, closing)


def _unquoted_value(text: str) -> str:
    return re.sub(r"''|\\(.)", lambda match: match.group(1) or "'", text[1:-1])


# ---- the spelling of each database ----

_SERIAL: Mapping[str, str] = MappingProxyType(
    {
        "serial": "integer",
        "serial4": "integer",
        "bigserial": "bigint",
        "serial8": "bigint",
        "smallserial": "smallint",
        "serial2": "smallint",
    }
)

_POSTGRESQL: Mapping[str, str] = MappingProxyType(
    {
        **_SERIAL,
        "int": "integer",
        "int4": "integer",
        "integer": "integer",
        "int2": "smallint",
        "smallint": "smallint",
        "int8": "bigint",
        "bigint": "bigint",
        "numeric": "decimal",
        "decimal": "decimal",
        "dec": "decimal",
        "float4": "real",
        "real": "real",
        "float8": "double precision",
        "float": "double precision",
        "double precision": "double precision",
        "character varying": "varchar",
        "char varying": "varchar",
        "national character varying": "varchar",
        "varchar": "varchar",
        "character": "char",
        "char": "char",
        "nchar": "char",
        "national character": "char",
        "bpchar": "bpchar",
        "text": "text",
        "bytea": "bytea",
        "timestamp": "timestamp",
        "timestamp without time zone": "timestamp",
        "timestamptz": "timestamptz",
        "timestamp with time zone": "timestamptz",
        "date": "date",
        "time": "time",
        "time without time zone": "time",
        "timetz": "timetz",
        "time with time zone": "timetz",
        "bool": "boolean",
        "boolean": "boolean",
        "bit": "bit",
        "varbit": "varbit",
        "bit varying": "varbit",
        "uuid": "uuid",
        "xml": "xml",
        "json": "json",
        "jsonb": "jsonb",
        "money": "money",
        "inet": "inet",
        "oid": "oid",
        "citext": "citext",
        "name": "name",
        "interval": "interval",
    }
)


def _postgresql(parts: _Parts) -> tuple[str, tuple[str, ...]]:
    if parts.name == "char" and (parts.is_quoted or parts.namespace == "pg_catalog"):
        return '"char"', ()
    name = _POSTGRESQL.get(parts.name, parts.name)
    arguments = parts.arguments
    if name == "bpchar" and arguments:
        name = "char"
    if parts.name == "float" and arguments:
        return ("real" if int(arguments[0]) <= 24 else "double precision"), ()
    if name in ("char", "bit") and not arguments:
        return name, ("1",)
    if name == "decimal" and len(arguments) == 1:
        return name, (arguments[0], "0")
    if name in ("timestamp", "timestamptz", "time", "timetz") and arguments == ("6",):
        return name, ()
    return name, arguments


_COCKROACHDB: Mapping[str, str] = MappingProxyType(
    {
        "serial": "int8",
        "serial4": "int4",
        "bigserial": "int8",
        "serial8": "int8",
        "smallserial": "int2",
        "serial2": "int2",
        "int": "int8",
        "integer": "int8",
        "bigint": "int8",
        "int64": "int8",
        "int8": "int8",
        "int4": "int4",
        "int2": "int2",
        "smallint": "int2",
        "decimal": "decimal",
        "numeric": "decimal",
        "dec": "decimal",
        "float": "float8",
        "float8": "float8",
        "double precision": "float8",
        "float4": "float4",
        "real": "float4",
        "text": "string",
        "string": "string",
        "varchar": "string",
        "character varying": "string",
        "char varying": "string",
        "char": "char",
        "character": "char",
        "bytea": "bytes",
        "bytes": "bytes",
        "blob": "bytes",
        "timestamp": "timestamp",
        "timestamp without time zone": "timestamp",
        "timestamptz": "timestamptz",
        "timestamp with time zone": "timestamptz",
        "date": "date",
        "time": "time",
        "time without time zone": "time",
        "timetz": "timetz",
        "time with time zone": "timetz",
        "bool": "bool",
        "boolean": "bool",
        "bit": "bit",
        "varbit": "varbit",
        "bit varying": "varbit",
        "json": "jsonb",
        "jsonb": "jsonb",
    }
)


def _cockroachdb(parts: _Parts) -> tuple[str, tuple[str, ...]]:
    if parts.name == "char" and parts.is_quoted:
        return '"char"', ()
    name = _COCKROACHDB.get(parts.name, parts.name)
    arguments = parts.arguments
    if name in ("char", "bit") and not arguments:
        return name, ("1",)
    if name == "decimal" and len(arguments) == 1:
        return name, (arguments[0], "0")
    if name in ("timestamp", "timestamptz", "time", "timetz") and arguments == ("6",):
        return name, ()
    return name, arguments


_MYSQL: Mapping[str, str] = MappingProxyType(
    {
        "int": "integer",
        "int4": "integer",
        "int1": "tinyint",
        "int2": "smallint",
        "int3": "mediumint",
        "middleint": "mediumint",
        "int8": "bigint",
        "dec": "decimal",
        "numeric": "decimal",
        "fixed": "decimal",
        "double precision": "double",
        "real": "double",
        "float8": "double",
        "float4": "float",
        "character": "char",
        "nchar": "char",
        "national char": "char",
        "character varying": "varchar",
        "nvarchar": "varchar",
        "national varchar": "varchar",
        "long varchar": "mediumtext",
        "long": "mediumtext",
    }
)
_WHOLE_NUMBERS = frozenset(["tinyint", "smallint", "mediumint", "integer", "bigint"])
_MYSQL_FILLED_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"char": ("1",), "binary": ("1",), "bit": ("1",), "decimal": ("10", "0")}
)


def _mysql(parts: _Parts) -> tuple[str, tuple[str, ...]]:
    words = parts.name.split(" ")
    is_unsigned = "unsigned" in words or "zerofill" in words
    bare = " ".join(word for word in words if word not in ("unsigned", "signed", "zerofill"))
    name = _MYSQL.get(bare, bare)
    arguments = parts.arguments
    if name in ("bool", "boolean"):
        return "tinyint", ("1",)
    if name in _WHOLE_NUMBERS:
        # Only of tinyint(1) does the width say something: it is what BOOLEAN is.
        is_boolean = name == "tinyint" and arguments == ("1",) and not is_unsigned
        arguments = arguments if is_boolean else ()
    elif name == "decimal" and len(arguments) == 1:
        arguments = (arguments[0], "0")
    elif name in ("year", "enum", "set", "blob"):
        arguments = ()
    elif name in ("datetime", "timestamp", "time"):
        arguments = () if arguments == ("0",) else arguments
    elif name == "float" and len(arguments) == 1:
        name, arguments = ("float" if int(arguments[0]) <= 24 else "double"), ()
    elif not arguments:
        arguments = _MYSQL_FILLED_IN.get(name, ())
    return name + " unsigned" * is_unsigned, arguments


# Prisma reads the declared types of SQLite in these groups; the database itself keeps any word.
_SQLITE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ["int", "int2", "int4", "integer", "tinyint", "smallint", "mediumint"], "integer"
        ),
        **dict.fromkeys(["bigint", "int8", "unsigned big int"], "bigint"),
        **dict.fromkeys(["real", "float", "double", "double precision"], "real"),
        **dict.fromkeys(["decimal", "numeric"], "decimal"),
        **dict.fromkeys(["bool", "boolean"], "boolean"),
        **dict.fromkeys(["date", "datetime", "timestamp"], "datetime"),
        **dict.fromkeys(["json", "jsonb"], "jsonb"),
        **dict.fromkeys(["blob", "binary"], "blob"),
        **dict.fromkeys(
            [
                "text",
                "clob",
                "char",
                "character",
                "varchar",
                "varying character",
                "character varying",
                "nchar",
                "native character",
                "nvarchar",
            ],
            "text",
        ),
    }
)


def _sqlite(parts: _Parts) -> tuple[str, tuple[str, ...]]:
    name = _SQLITE.get(parts.name.lower())
    return (parts.name.lower(), parts.arguments) if name is None else (name, ())


_SQLSERVER: Mapping[str, str] = MappingProxyType(
    {
        "integer": "int",
        "dec": "decimal",
        "numeric": "decimal",
        "double precision": "float",
        "character": "char",
        "character varying": "varchar",
        "char varying": "varchar",
        "national character": "nchar",
        "national char": "nchar",
        "national character varying": "nvarchar",
        "national char varying": "nvarchar",
        "national text": "ntext",
        "binary varying": "varbinary",
        "rowversion": "timestamp",
    }
)
_SQLSERVER_FILLED_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "char": ("1",),
        "nchar": ("1",),
        "varchar": ("1",),
        "nvarchar": ("1",),
        "binary": ("1",),
        "varbinary": ("1",),
        "decimal": ("18", "0"),
    }
)


def _sqlserver(parts: _Parts) -> tuple[str, tuple[str, ...]]:
    name = _SQLSERVER.get(parts.name, parts.name)
    arguments = tuple(each.lower() for each in parts.arguments)
    if name == "sysname":
        return "nvarchar", ("128",)
    if name == "float":
        if arguments and arguments[0].isdigit() and int(arguments[0]) <= 24:
            return "real", ()
        return "float", ()
    if name == "decimal" and len(arguments) == 1:
        return name, (arguments[0], "0")
    if name in ("datetime2", "datetimeoffset", "time") and arguments == ("7",):
        return name, ()
    return name, arguments or _SQLSERVER_FILLED_IN.get(name, ())


def _mongodb(parts: _Parts) -> tuple[str, tuple[str, ...]]:
    return parts.name, parts.arguments


_CANONICAL: Mapping[Provider, Callable[[_Parts], tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "postgresql": _postgresql,
        "cockroachdb": _cockroachdb,
        "mysql": _mysql,
        "sqlite": _sqlite,
        "sqlserver": _sqlserver,
        "mongodb": _mongodb,
    }
)
