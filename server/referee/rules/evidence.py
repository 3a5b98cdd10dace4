"""What was executed on real databases to prove the rules, made by `make truth`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from referee.schema.providers import Provider


class Trials(NamedTuple):
    """Trials of one claim on one server, all of which went as Referee says.

    `number` counts them, and `refused` those that the database refused. Of `undecided`
    Referee says that the outcome depends on an order, and of `both` of these both outcomes
    were seen.
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
        (),
    ),
    "updates": (
        "changes of referenced values in random schemas",
        (),
    ),
    "clearing": (
        "deletes and changes that clear or reset a key",
        (),
    ),
    "rings": (
        "first rows of random schemas with rings",
        (),
    ),
    "look-ups": (
        "plans of look-ups in 50,000 rows",
        (),
    ),
    "automatic-indexes": (
        "indexes that InnoDB makes by itself",
        (),
    ),
    "types": (
        "keys between every two native types",
        (),
    ),
    "narrow-keys": (
        "values that a key cannot hold",
        (),
    ),
    "depth": (
        "cascades of 14 and 15 levels",
        (),
    ),
    "shared-columns": (
        "a key that shares a column cleared",
        (),
    ),
    "partial-targets": (
        "keys to a partial unique index",
        (),
    ),
    "partial-relations": (
        "one-to-one keys in a partial index",
        (),
    ),
    "nulls": (
        "NULLs under a unique constraint",
        (),
    ),
    "names": (
        "names longer than the limit",
        (),
    ),
    "text-indexes": (
        "indexes over long text",
        (),
    ),
    "join-tables": (
        "the same pair twice in a join table",
        (),
    ),
    "replication": (
        "a publication of a table without primary key",
        (),
    ),
}
