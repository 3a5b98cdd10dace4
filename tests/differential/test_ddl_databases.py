"""The databases that the scripts make: Referee's, the engine's, and what the model says of them.

Both scripts are run, and the catalogs are compared object by object with each other and with the
model that Referee has of the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from referee.ddl.implied_indexes import without_implied_indexes
from referee.ddl.model import DatabaseModel
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection
from referee.migrations.database.postgresql_server import PostgresqlDatabase
from referee.migrations.database.sqlite import sqlite_database
from tests.ddl.comparing import differences
from tests.ddl.every_form import every_form
from tests.ddl.hand_made import hand_made
from tests.differential.ddl_scripts import (
    Scripts,
    made_scripts,
    real_scripts,
    schema_database,
    script_of,
)
from tests.support.corpus import corpus_units, require_corpus
from tests.support.databases import shared_mysql, shared_postgresql
from tests.support.official_ddl import require_engine

# What schemas of the corpus take for granted: extensions and functions that migrations make.
GIVEN_ON_POSTGRESQL = """
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
CREATE TYPE ipaddress AS (address inet);
CREATE FUNCTION nanoid() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
"""
GIVEN_EXTENSIONS = frozenset(
    ["btree_gin", "citext", "ltree", "pg_trgm", "pgcrypto", "vector", "uuid-ossp"]
)
# What MySQL has and MariaDB has not.
GIVEN_ON_MARIADB = """
CREATE FUNCTION BIN_TO_UUID(b BINARY(16), swap INT) RETURNS CHAR(36) DETERMINISTIC RETURN HEX(b);
CREATE FUNCTION UUID_TO_BIN(u CHAR(36), swap INT) RETURNS BINARY(16) DETERMINISTIC
  RETURN UNHEX(u);
"""
UNQUOTED_JSON = re.compile(r"(JSONB(?: NOT NULL)? DEFAULT )([{\[n].*?)(,?\n)")


# ---- SQLite ----


def test_sqlite_has_what_the_model_says_after_either_script_of_every_form() -> None:
    require_engine()
    for each in made_scripts("sqlite"):
        assert found_on_sqlite(each) == [], each.name


@pytest.mark.slow
def test_sqlite_has_what_the_model_says_after_either_script_of_real_schemas() -> None:
    require_engine()
    require_corpus()
    scripts = [each for each in real_scripts() if each.database.model.provider == "sqlite"]
    assert len(scripts) > 5
    for each in scripts:
        assert found_on_sqlite(each) == [], each.name
    assert sum(len(each.database.model.tables) for each in scripts) > 200


def found_on_sqlite(scripts: Scripts) -> list[str]:
    """Return what differs between model, Referee's database and the engine's."""
    own = sqlite_catalog(scripts.own)
    official = sqlite_catalog(with_quoted_json(scripts.official))
    return differences(scripts.database.model, own) + differences(own, official)


def sqlite_catalog(script: str) -> DatabaseModel:
    with sqlite_database() as connection:
        connection.run_script(script)
        return catalog_of(connection)


def with_quoted_json(script: str) -> str:
    """Return the engine's script with quotes around JSON, without which SQLite refuses it."""
    return UNQUOTED_JSON.sub(
        lambda found: f"{found[1]}'" + found[2].replace("'", "''") + f"'{found[3]}", script
    )


# ---- PostgreSQL ----


@pytest.mark.slow
def test_postgresql_has_what_the_model_says_after_either_script_of_every_form() -> None:
    require_engine()
    for each in made_scripts("postgresql"):
        own = postgresql_catalog(each.own)
        found = differences(without_given(each.database.model), own)
        assert found == [], each.name
        # The engine does not double quotes in names, and PostgreSQL refuses that script.
        if each.name != "postgresql: forms of PostgreSQL":
            assert differences(own, postgresql_catalog(each.official)) == [], each.name


@pytest.mark.slow
def test_postgresql_has_what_the_model_says_of_real_schemas() -> None:
    require_corpus()
    scripts = [each for each in real_scripts() if each.database.model.provider == "postgresql"]
    assert len(scripts) > 30
    for each in scripts:
        own = postgresql_catalog(each.own)
        assert differences(without_given(each.database.model), own) == [], each.name
        if each.own != each.official:
            assert differences(own, postgresql_catalog(each.official)) == [], each.name
    assert sum(len(each.database.model.tables) for each in scripts) > 1000


def postgresql_catalog(script: str) -> DatabaseModel:
    server = shared_postgresql()
    database = server.create_database(template=_template())
    try:
        with database.connect() as connection:
            connection.run_script(script)
            return without_given(catalog_of(connection))
    finally:
        server.drop_database(database)


@cache
def _template() -> PostgresqlDatabase:
    """Return a database that holds what is given; others are copies of it."""
    database = shared_postgresql().create_database()
    with database.connect() as connection:
        connection.run_script(GIVEN_ON_POSTGRESQL)
    return database


def without_given(model: DatabaseModel) -> DatabaseModel:
    """Return a model without the extensions that every database of this test has."""
    return DatabaseModel(
        model.provider, model.tables, model.enums, frozenset(), model.extensions - GIVEN_EXTENSIONS
    )


# ---- MySQL ----


@pytest.mark.slow
def test_mysql_has_what_the_model_says_after_the_script_of_every_form() -> None:
    schemas = {"every form": every_form("mysql"), **hand_made("mysql")}
    for name, text in schemas.items():
        database = schema_database({"schema.prisma": text})
        assert differences(database.model, mysql_catalog([script_of(database)])) == [], name


def test_mysql_has_what_the_model_says_of_real_schemas() -> None:
    require_corpus()
    units = [unit for unit in corpus_units() if unit.provider == "mysql"]
    assert len(units) > 4
    for unit in units:
        database = schema_database(unit.files)
        assert differences(database.model, mysql_catalog([script_of(database)])) == [], unit.name


# Real projects whose MySQL migrations are not in step with their schema, with what is behind.
NOT_IN_STEP = {
    # The last migration dropped the foreign keys, and left the indexes that InnoDB had made for
    # them; the schema has the foreign keys.
    "shadcn-ui+taxonomy/prisma/schema.prisma": {
        "accounts: foreign key accounts_userId_fkey",
        "accounts: index accounts_userId_fkey",
        "posts: foreign key posts_authorId_fkey",
        "posts: index posts_authorId_fkey",
        "sessions: foreign key sessions_userId_fkey",
        "sessions: index sessions_userId_fkey",
    }
}


def test_the_script_for_mysql_makes_what_the_migrations_of_real_projects_made() -> None:
    require_corpus()
    units = [
        unit for unit in corpus_units() if unit.provider == "mysql" and unit.migrations is not None
    ]
    assert len(units) >= 2
    for unit in units:
        assert unit.migrations is not None
        own = mysql_catalog([script_of(schema_database(unit.files))])
        theirs = mysql_catalog(migrations_in(unit.migrations))
        found = differences(own, theirs, has_column_order=False)
        parts = {":".join(each.split(":")[:2]) for each in found}
        assert parts == NOT_IN_STEP.get(unit.name, set()), unit.name


# ---- SQL Server ----


def test_the_statements_for_sql_server_are_those_of_a_real_projects_migrations() -> None:
    """No server is run here: the text of every key, constraint and index is looked for."""
    require_corpus()
    unit = next(each for each in corpus_units() if "crown-developments" in each.name)
    assert unit.migrations is not None
    migrated = {
        line.rstrip(",") for text in migrations_in(unit.migrations) for line in text.splitlines()
    }
    written = [
        line.rstrip(",")
        for line in script_of(schema_database(unit.files)).splitlines()
        if "FOREIGN KEY" in line or "INDEX" in line or line.startswith("    CONSTRAINT")
    ]
    assert len(written) > 150
    assert [line for line in written if line not in migrated] == []


def migrations_in(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(folder.glob("*/migration.sql"))]


def mysql_catalog(scripts: Sequence[str]) -> DatabaseModel:
    with fresh_mysql() as connection:
        for script in (GIVEN_ON_MARIADB, *scripts):
            connection.run_script(script)
        return without_implied_indexes(catalog_of(connection))


@contextmanager
def fresh_mysql() -> Iterator[Connection]:
    server = shared_mysql()
    database = server.create_database()
    try:
        with database.connect() as connection:
            yield connection
    finally:
        server.drop_database(database)
