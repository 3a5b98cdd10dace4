"""Operator classes of PostgreSQL's indexes: Prisma's names for them and the database's.

It deliberately knows no columns, so a class counts as the default of its method by name alone.
"""

from __future__ import annotations

import re

from referee.ddl.model import IndexMethod

_RAW = re.compile(r'raw\("(?P<name>(?:[^"\\]|\\.)*)"\)')
_DEFAULTS: frozenset[tuple[IndexMethod, str]] = frozenset(
    [
        ("gin", "jsonb_ops"),
        ("gin", "array_ops"),
        ("gin", "tsvector_ops"),
        ("spgist", "text_ops"),
        ("spgist", "inet_ops"),
        ("brin", "inet_inclusion_ops"),
    ]
)
# The classes of single values, which B-trees and hashes have, and GIN with the extension btree_gin.
_OF_VALUES = frozenset(
    """
    int2_ops int4_ops int8_ops float4_ops float8_ops numeric_ops money_ops oid_ops bool_ops
    text_ops varchar_ops bpchar_ops char_ops bytea_ops bit_ops varbit_ops uuid_ops inet_ops cidr_ops
    macaddr_ops date_ops time_ops timetz_ops timestamp_ops timestamptz_ops interval_ops enum_ops
    name_ops
    """.split()  # noqa: SIM905 - one a line would say no more
)


def operator_class_name(written: str) -> str:
    """Return the database's name of an operator class as a schema names it."""
    raw = _RAW.fullmatch(written)
    return raw.group("name") if raw is not None else _snake(written)


def is_default_operator_class(name: str, method: IndexMethod) -> bool:
    """Tell whether an index of this method has the class if none is named."""
    if method == "brin" and name.endswith("_minmax_ops") and name != "inet_minmax_ops":
        return True
    if method in ("btree", "hash", "gin") and name in _OF_VALUES:
        return True
    return (method, name) in _DEFAULTS


def _snake(name: str) -> str:
    """Return `Int4MinMaxMultiOps` as `int4_minmax_multi_ops`."""
    name = name.replace("MinMax", "Minmax").replace("TsVector", "Tsvector")
    name = name.replace("TsQuery", "Tsquery").replace("VarBit", "Varbit")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
