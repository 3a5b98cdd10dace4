"""Every spelling of a type is the same type."""

from __future__ import annotations

import pytest

from referee.ddl.model import Name
from referee.ddl.types import canonical_type, is_serial
from referee.schema.native_types import native_types, sql_of
from referee.schema.providers import Provider

# The spelling that Prisma writes, and others of the same type.
POSTGRESQL = {
    "INTEGER": ("int", "int4", "integer", "pg_catalog.int4", "SERIAL", "serial4"),
    "BIGINT": ("int8", "bigint", "BIGSERIAL"),
    "SMALLINT": ("int2", "smallserial"),
    "DECIMAL(65,30)": ("numeric(65, 30)", "pg_catalog.numeric(65,30)"),
    "DECIMAL(10,0)": ("numeric(10)", "decimal(10)"),
    "DECIMAL": ("numeric", "dec"),
    "DOUBLE PRECISION": ("float8", "float", "float(53)", "double  precision"),
    "REAL": ("float4", "float(24)"),
    "VARCHAR(10)": ("character varying(10)", "pg_catalog.varchar(10)", 'varchar(10) COLLATE "C"'),
    "CHAR(1)": ("char", "character", "character(1)", "bpchar(1)"),
    "BOOLEAN": ("bool",),
    "TIMESTAMP": ("timestamp without time zone", "timestamp(6)", "timestamp(6) without time zone"),
    "TIMESTAMP(3)": ("timestamp(3) without time zone", "pg_catalog.timestamp(3)"),
    "TIMESTAMPTZ(3)": ("timestamp(3) with time zone", "timestamptz(3)"),
    "TIMETZ": ("time with time zone", "timetz(6)"),
    "BIT(1)": ("bit",),
    "VARBIT": ("bit varying",),
    "TEXT[]": ("_text", "text[4]", "text ARRAY", "text[][]"),
    "INTEGER[]": ("_int4", "int[]"),
    "vector(1536)": ("public.vector(1536)", "VECTOR(1536)"),
    "CITEXT": ("public.citext", '"citext"'),
}
MYSQL = {
    "INTEGER": ("int", "int(11)", "INTEGER"),
    "INTEGER UNSIGNED": ("int(10) unsigned", "INT UNSIGNED"),
    "TINYINT(1)": ("BOOLEAN", "bool", "tinyint(1)"),
    "TINYINT": ("tinyint(4)",),
    "DECIMAL(10,0)": ("decimal", "numeric(10)"),
    "VARCHAR(191)": ("varchar(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",),
    "DOUBLE": ("double precision", "real", "float(53)"),
    "DATETIME": ("datetime(0)",),
    "YEAR": ("year(4)",),
    "ENUM('a','b''c')": ("enum('a', 'b''c')", "enum('a','b\\'c')"),
}
SQLITE = {
    "INTEGER": ("int", "INT"),
    "TEXT": ("VARCHAR(20)", "clob"),
    "JSONB": ("json",),
    "BOOLEAN": ("bool",),
    "DATETIME": ("timestamp",),
}
SQLSERVER = {
    "NVARCHAR(1000)": ("[nvarchar](1000)", "national character varying(1000)"),
    "NVARCHAR(max)": ("nvarchar(MAX)",),
    "DECIMAL(18,0)": ("numeric",),
    "FLOAT": ("float(53)", "double precision"),
    "INT": ("integer", "[int]"),
}
COCKROACHDB = {
    "INT8": ("int", "bigint", "integer"),
    "STRING": ("text", "varchar"),
    "STRING(20)": ("varchar(20)", "character varying(20)"),
    "FLOAT8": ("double precision", "float"),
    "BYTES": ("bytea",),
    "TIMESTAMPTZ(3)": ("timestamp(3) with time zone",),
}


@pytest.mark.parametrize(
    ("provider", "spellings"),
    [
        ("postgresql", POSTGRESQL),
        ("mysql", MYSQL),
        ("sqlite", SQLITE),
        ("sqlserver", SQLSERVER),
        ("cockroachdb", COCKROACHDB),
    ],
)
def test_synonyms_are_one_type(provider: Provider, spellings: dict[str, tuple[str, ...]]) -> None:
    for prisma, others in spellings.items():
        for other in others:
            assert canonical_type(provider, other) == canonical_type(provider, prisma), other


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlserver", "cockroachdb"])
def test_no_two_native_types_are_one_type(provider: Provider) -> None:
    seen: dict[object, str] = {}
    for native in native_types(provider).values():
        found = canonical_type(provider, sql_of(native))
        assert found not in seen, (native.name, seen[found])
        seen[found] = native.name
    assert len(seen) > 20


def test_different_arguments_are_different_types() -> None:
    texts = ["varchar(10)", "varchar(11)", "varchar", "varchar(10)[]", "char(10)", '"char"']
    assert len({canonical_type("postgresql", text) for text in texts}) == len(texts)


def test_a_name_in_quotes_is_an_enum_if_there_is_one() -> None:
    def find(namespace: str | None, name: str) -> Name | None:
        return Name(namespace or "public", name) if name in ("Role", "text") else None

    role = canonical_type("postgresql", '"Role"[]', find)
    assert role.enum == Name("public", "Role")
    assert role.is_array
    assert canonical_type("postgresql", 'auth."Role"', find).enum == Name("auth", "Role")
    assert canonical_type("postgresql", "pg_catalog.text", find).enum is None


def test_serial_is_a_type_that_counts() -> None:
    assert is_serial("postgresql", "BIGSERIAL")
    assert not is_serial("postgresql", "BIGINT")
    assert not is_serial("mysql", "SERIAL")
