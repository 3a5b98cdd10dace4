"""Both readers of PostgreSQL against each other, and every reader against real migrations."""

from __future__ import annotations

from collections import Counter

import pytest

from referee.migrations.sql.postgres_reader import parse_with_postgres
from referee.migrations.sql.reading import parse_from_tokens
from referee.migrations.sql.statements import AlterTable, DoBlock, Opaque, OtherAction, Statement
from referee.schema.providers import Provider
from tests.migrations.corpus import history_of_unit, units_with_migrations
from tests.migrations.pgparse import require_pgparse
from tests.support.corpus import require_corpus

# What changes nothing that a model holds: routines and settings of the database, questions.
OPAQUE = {
    "alter extension",
    "alter function",
    "alter publication",
    "alter sequence",
    "analyze",
    "create function",
    "create or",
    "create sequence",
    "drop function",
    "drop procedure",
    "drop sequence",
    "drop trigger",
    "refresh materialized",
    "vacuum",
}


@pytest.mark.slow
def test_both_readers_of_postgresql_give_equal_statements() -> None:
    require_corpus()
    require_pgparse()
    compared = 0
    for unit in units_with_migrations("postgresql"):
        for migration in history_of_unit(unit.name).migrations:
            text = migration.text or ""
            by_parser = parse_with_postgres("postgresql", text)
            if by_parser.mistakes:
                continue
            assert by_parser.statements == parse_from_tokens("postgresql", text).statements, (
                f"{unit.name}: {migration.name}"
            )
            compared += len(by_parser.statements)
    assert compared > 15_000


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite"])
def test_no_statement_that_changes_a_table_is_opaque(provider: Provider) -> None:
    require_corpus()
    opaque: Counter[str] = Counter()
    read = 0
    for unit in units_with_migrations(provider):
        for migration in history_of_unit(unit.name).migrations:
            if migration.name == "0_init" and unit.name.startswith("mickasmt"):
                continue  # a script for MySQL in a project for PostgreSQL
            for placed in parse_from_tokens(provider, migration.text or "").statements:
                read += 1
                opaque.update(opaque_words(placed.statement))
    for words in list(opaque):
        if words.split(" ")[0] in ("select", "analyze", "vacuum") or words in OPAQUE:
            del opaque[words]
    # One script of civitai lacks a comma, and its statement with it.
    assert sum(opaque.values()) <= (3 if provider == "postgresql" else 0), opaque
    assert read > 20


def opaque_words(statement: Statement) -> list[str]:
    if isinstance(statement, Opaque):
        return [statement.words]
    if isinstance(statement, AlterTable):
        others = [each for each in statement.actions if isinstance(each, OtherAction)]
        known = ("SET LOGGED", "SET UNLOGGED", "DISABLE TRIGGER", "ENABLE TRIGGER")
        return [each.text for each in others if not each.text.upper().startswith(known)]
    if isinstance(statement, DoBlock):
        return [word for inner in statement.statements for word in opaque_words(inner.statement)]
    return []
