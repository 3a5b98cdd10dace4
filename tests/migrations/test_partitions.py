"""Partitions: parts of a table for Prisma, which takes no notice of them, and tables for SQL."""

from __future__ import annotations

import pytest

from referee.ddl.model import DatabaseModel, Name
from referee.migrations.difference import difference
from referee.migrations.drift import drift_of
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_from_tokens, parse_script
from referee.migrations.sql.statements import AlterTable, AttachPartition, CreateTable

PARENT = "CREATE TABLE m (id int NOT NULL, d date NOT NULL) PARTITION BY RANGE (d);"
RANGE = "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
PART = f"CREATE TABLE p PARTITION OF m {RANGE};"


def made(text: str) -> DatabaseModel:
    replayed = replay(empty_database("postgresql"), parse_script("postgresql", text).statements)
    assert replayed.problems == ()
    return replayed.model


def leftover(text: str) -> list[str]:
    """Return what a script makes besides the partitioned table."""
    return [str(change.owner) for change in difference(made(text), made(PARENT))]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (PART, []),
        (
            "CREATE TABLE p PARTITION OF m DEFAULT; ALTER TABLE m RENAME TO n; "
            "ALTER TABLE n RENAME TO m;",
            [],
        ),
        (f"CREATE TABLE p (LIKE m); ALTER TABLE m ATTACH PARTITION p {RANGE};", []),
        ("CREATE TABLE p (LIKE m);", ["public.p"]),
        (PART + "ALTER TABLE m DETACH PARTITION p;", ["public.p"]),
        (PART + "ALTER TABLE m DETACH PARTITION p CONCURRENTLY; DROP TABLE p;", []),
        (PART + "DROP TABLE p;", []),
    ],
)
def test_a_table_is_left_over_while_it_is_no_partition(text: str, left: list[str]) -> None:
    assert leftover(PARENT + text) == left


def test_partitions_go_with_their_table() -> None:
    assert not made(PARENT + PART + "DROP TABLE m;").tables
    assert not made(PARENT + PART + "ALTER TABLE m RENAME TO n; DROP TABLE n, p;").tables


def test_a_partition_that_a_running_database_has_or_lacks_is_no_drift() -> None:
    with_part, without = made(PARENT + PART), made(PARENT)
    assert drift_of(with_part, without) == ()
    assert drift_of(without, with_part) == ()


def test_both_readers_read_partitions_alike() -> None:
    for parse in (parse_script, parse_from_tokens):
        text = (
            f"{PART} ALTER TABLE m ATTACH PARTITION s.q {RANGE}; ALTER TABLE m DETACH PARTITION q"
        )
        made_as, attached, detached = (
            placed.statement for placed in parse("postgresql", text).statements
        )
        assert isinstance(made_as, CreateTable)
        assert made_as.partition_of == Name(None, "m")
        assert isinstance(attached, AlterTable)
        assert attached.actions == (AttachPartition(Name("s", "q"), True),)
        assert isinstance(detached, AlterTable)
        assert detached.actions == (AttachPartition(Name(None, "q"), False),)
