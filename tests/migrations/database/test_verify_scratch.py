"""Verifying on somebody else's server: in an empty database that was named, or beside one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.opening import SCRATCH_PREFIX, connect
from referee.migrations.database.urls import Address, parse_url
from referee.migrations.database.verify_scratch import NotEmpty, scratch_server
from referee.schema.providers import Provider
from tests.migrations.database.verifying import broken_kinds, verified
from tests.support.databases import shared_mysql, shared_postgresql

POSTGRESQL = """
CREATE SCHEMA "other";
CREATE TYPE "Role" AS ENUM ('A');
CREATE TABLE "User" ("id" SERIAL PRIMARY KEY, "email" TEXT, "role" "Role");
CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql;
"""
MYSQL = """
CREATE TABLE `User` (`id` INTEGER NOT NULL AUTO_INCREMENT, `email` VARCHAR(191) NULL,
  PRIMARY KEY (`id`));
"""
UNIQUE = {
    "postgresql": 'CREATE UNIQUE INDEX "u" ON "User"("email");',
    "mysql": "CREATE UNIQUE INDEX `u` ON `User`(`email`);",
}
PROVIDERS: tuple[Provider, ...] = ("postgresql", "mysql")


@contextmanager
def database(provider: Provider) -> Iterator[Address]:
    """Give the address of an empty database, as somebody would name it."""
    server = shared_mysql() if provider == "mysql" else shared_postgresql()
    made = server.create_database()
    try:
        yield parse_url(made.address.url)
    finally:
        server.drop_database(made.name)


def names_of(address: Address) -> set[str]:
    """Return the names of all databases on a server."""
    question = "SHOW DATABASES" if address.dialect == "mysql" else "SELECT datname FROM pg_database"
    with connect(address) as connection:
        return {str(row[0]) for row in connection.query(question)}


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_scratch_database_serves_as_well_as_a_throwaway_one(
    provider: Provider, beside: bool
) -> None:
    script = MYSQL if provider == "mysql" else POSTGRESQL
    with database(provider) as address:
        with scratch_server(address, beside=beside) as server:
            assert address.password not in server.title or not address.password
            found = verified("", script, UNIQUE[provider], provider=provider, server=server)
        verification = found.verification
        state = "23000" if provider == "mysql" else "23505"
        assert broken_kinds(verification) == {"duplicates": state}
        assert verification.down_up == "exact"
        with connect(address) as connection:
            left = catalog_of(connection)
        assert (dict(left.tables), dict(left.enums)) == ({}, {})
        assert not [name for name in names_of(address) if name.startswith(SCRATCH_PREFIX)]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_database_that_holds_something_is_refused_and_left_alone(provider: Provider) -> None:
    with database(provider) as address:
        with connect(address) as connection:
            connection.run_script("CREATE TABLE precious (id INT)")
        with (
            pytest.raises(NotEmpty, match="precious"),
            scratch_server(address, beside=False),
        ):
            pass
        with connect(address) as connection:
            assert [name.name for name in catalog_of(connection).tables] == ["precious"]


def test_a_database_beside_which_others_are_made_is_not_touched() -> None:
    with database("postgresql") as address:
        with connect(address) as connection:
            connection.run_script("CREATE TABLE precious (id INT)")
        with scratch_server(address, beside=True) as server:
            verified("", POSTGRESQL, UNIQUE["postgresql"], server=server)
        with connect(address) as connection:
            assert [name.name for name in catalog_of(connection).tables] == ["precious"]
