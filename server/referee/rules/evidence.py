"""What was executed on real databases to prove the rules, made by `make truth`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from referee.schema.providers import Provider


class Trials(NamedTuple):
    """Trials of one claim on one server, all of which went as Referee says.

    `number` counts them, and `refused` those that the database refused. Of `undecided`
    Referee says that the outcome depends on an order; of `both` of them both were seen.
    """

    provider: Provider
    server: str
    number: int
    refused: int
    undecided: int
    both: int


# By claim: what was executed, and where.
EVIDENCE: Mapping[str, tuple[str, tuple[Trials, ...]]] = {
    "deletes": (
        "deletes in random schemas",
        (
            Trials("sqlite", "SQLite 3.40.1", 2000, 804, 19, 19),
            Trials("postgresql", "PostgreSQL 18.6", 1000, 450, 19, 19),
            Trials("mysql", "MariaDB 10.11.19", 500, 262, 0, 0),
        ),
    ),
    "updates": (
        "changes of referenced values in random schemas",
        (
            Trials("sqlite", "SQLite 3.40.1", 1000, 392, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 500, 268, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 250, 156, 0, 0),
        ),
    ),
    "clearing": (
        "deletes and changes that clear or reset a key",
        (
            Trials("sqlite", "SQLite 3.40.1", 62, 16, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 62, 16, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 62, 55, 0, 0),
        ),
    ),
    "required-columns": (
        "SetNull on required columns",
        (Trials("postgresql", "PostgreSQL 18.6", 16, 16, 0, 0),),
    ),
    "rings": (
        "first rows of random schemas with rings",
        (
            Trials("sqlite", "SQLite 3.40.1", 500, 61, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 200, 23, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 100, 12, 0, 0),
        ),
    ),
    "look-ups": (
        "plans of look-ups in 50,000 rows",
        (
            Trials("sqlite", "SQLite 3.40.1", 126, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 89, 0, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 46, 0, 0, 0),
        ),
    ),
    "automatic-indexes": (
        "indexes that InnoDB makes by itself",
        (Trials("mysql", "MariaDB 10.11.19", 66, 0, 0, 0),),
    ),
    "types": (
        "keys between every two native types",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 676, 613, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 1024, 953, 0, 0),
        ),
    ),
    "narrow-keys": (
        "values that a key cannot hold",
        (Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0),),
    ),
    "depth": (
        "cascades of 14 and 15 levels",
        (
            Trials("sqlite", "SQLite 3.40.1", 4, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 4, 0, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0),
        ),
    ),
    "shared-columns": (
        "a key that shares a column cleared",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0),
        ),
    ),
    "partial-targets": (
        "keys to a partial unique index",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0),
        ),
    ),
    "partial-relations": (
        "one-to-one keys in a partial index",
        (
            Trials("sqlite", "SQLite 3.40.1", 2, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0),
        ),
    ),
    "nulls": (
        "NULLs under a unique constraint",
        (
            Trials("sqlite", "SQLite 3.40.1", 1, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 1, 0, 0, 0),
        ),
    ),
    "names": (
        "names longer than the limit",
        (
            Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 2, 0, 0, 0),
        ),
    ),
    "text-indexes": (
        "indexes over long text",
        (Trials("mysql", "MariaDB 10.11.19", 4, 0, 0, 0),),
    ),
    "join-tables": (
        "the same pair twice in a join table",
        (
            Trials("sqlite", "SQLite 3.40.1", 3, 0, 0, 0),
            Trials("postgresql", "PostgreSQL 18.6", 3, 0, 0, 0),
            Trials("mysql", "MariaDB 10.11.19", 3, 0, 0, 0),
        ),
    ),
    "uuid-size": (
        "the size of a UUID in a row",
        (Trials("postgresql", "PostgreSQL 18.6", 1, 0, 0, 0),),
    ),
    "replication": (
        "a publication of a table without primary key",
        (Trials("postgresql", "PostgreSQL 18.6", 2, 0, 0, 0),),
    ),
}
