"""Verifying on somebody else's server: in an empty database that was named, or beside one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.confinement import Bounds, LeavesDatabase
from referee.migrations.database.opening import SCRATCH_PREFIX, connect
from referee.migrations.database.urls import Address, parse_url
from referee.migrations.database.verify_scratch import ConfinedConnection, NotEmpty, scratch_server
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


def test_scripts_that_stay_within_leave_the_database_beside_as_it_was() -> None:
    with database("postgresql") as address:
        with connect(address) as connection:
            connection.run_script("CREATE TABLE precious (id INT)")
        with scratch_server(address, beside=True) as server:
            verified("", POSTGRESQL, UNIQUE["postgresql"], server=server)
        with connect(address) as connection:
            assert [name.name for name in catalog_of(connection).tables] == ["precious"]


@pytest.mark.parametrize("where", ["first", "last", "down", "rows"])
def test_a_script_that_leads_to_the_database_beside_is_never_run(where: str) -> None:
    with database("mysql") as address:
        with connect(address) as connection:
            connection.run_script("CREATE TABLE precious (id INT); INSERT INTO precious VALUES (1)")
        evil = f"DELETE FROM `{address.database}`.`precious`; USE `{address.database}`;"
        scripts = [MYSQL, UNIQUE["mysql"]]
        downs = {"1_m": evil} if where == "down" else {}
        if where in ("first", "last"):
            scripts.insert(0 if where == "first" else 2, evil)
        rows = (evil, 1) if where == "rows" else None
        with (
            scratch_server(address, beside=True) as server,
            pytest.raises(LeavesDatabase, match="line 1 "),
        ):
            verified("", *scripts, provider="mysql", server=server, own_downs=downs, own_rows=rows)
        with connect(address) as connection:
            assert connection.query("SELECT id FROM precious") == [(1,)]


def test_a_script_for_all_databases_is_never_run_on_somebody_elses_postgresql() -> None:
    with database("postgresql") as address:
        evil = """DO $$ BEGIN IF true THEN CREATE ROLE "referee_evil"; END IF; END $$;"""
        with (
            scratch_server(address, beside=True) as server,
            pytest.raises(LeavesDatabase, match="CREATE ROLE"),
        ):
            verified("", POSTGRESQL, evil, server=server)
        with connect(address) as connection:
            asked = "SELECT 1 FROM pg_roles WHERE rolname = 'referee_evil'"
            assert connection.query(asked) == []


def test_nothing_is_run_on_a_connection_that_left_its_database() -> None:
    with database("mysql") as address, database("mysql") as other:
        opened = connect(address)
        with ConfinedConnection(opened, Bounds("mysql", "MariaDB")) as connection:
            connection.run_script("SELECT 1")
            # As a script would whose way out was not seen.
            opened.execute(f"USE `{other.database}`")
            with pytest.raises(LeavesDatabase, match=other.database):
                connection.run_script("CREATE TABLE t (id INT)")
            with pytest.raises(LeavesDatabase, match=other.database):
                connection.query("SELECT 1")


HELD: list[tuple[Provider, str, str]] = [
    ("postgresql", "CREATE SCHEMA billing", "the schema `billing`"),
    ("postgresql", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'", "function"),
    ("postgresql", "CREATE SEQUENCE invoice_number START 5000", "sequence"),
    ("postgresql", "CREATE DOMAIN mail AS text", "mail"),
    ("postgresql", "CREATE TYPE addr AS (street text)", "addr"),
    ("postgresql", "CREATE TYPE spans AS RANGE (subtype = float8)", "spans"),
    ("postgresql", "CREATE FOREIGN DATA WRAPPER far", "far"),
    ("mysql", "CREATE PROCEDURE p() SELECT 1", "the procedure `p`"),
    ("mysql", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "the event `e`"),
]


@pytest.mark.parametrize(("provider", "script", "said"), HELD)
def test_a_database_that_holds_anything_at_all_is_not_empty(
    provider: Provider, script: str, said: str
) -> None:
    with database(provider) as address:
        with connect(address) as connection:
            connection.run_script(script)
        with pytest.raises(NotEmpty, match=said), scratch_server(address, beside=False):
            pass


def test_an_emptied_database_is_as_empty_as_it_was() -> None:
    script = """
    CREATE SCHEMA billing; CREATE FUNCTION billing.f() RETURNS int LANGUAGE sql AS 'select 1';
    CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN mail AS text; CREATE SEQUENCE s;
    CREATE TABLE t (id serial, m mood DEFAULT 'a', e mail); CREATE VIEW v AS SELECT * FROM t;
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
    CREATE MATERIALIZED VIEW w AS TABLE t;
    CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fires();
    CREATE COLLATION c (locale = 'C'); CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple);
    CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
    """
    changed = "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC;"
    asked = "SELECT nspname, nspowner, nspacl::text FROM pg_namespace ORDER BY 1"
    with database("postgresql") as address:
        with connect(address) as connection:
            before = connection.query(asked)
        for end in ("", changed, "DROP SCHEMA public CASCADE"):
            with scratch_server(address, beside=False) as server:
                made = server.create()
                with made.connect() as confined:
                    confined.run_script(script + end)
                server.drop(made)
            with connect(address) as connection:
                after = connection.query(asked)
                assert [row[:2] for row in after] == [row[:2] for row in before]
                if not end:
                    assert after == before
                assert connection.query(
                    "SELECT has_schema_privilege('public', 'public', 'USAGE'),"
                    " has_schema_privilege('public', 'public', 'CREATE')"
                ) == [(True, False)]
            with scratch_server(address, beside=False):
                pass  # It counts as empty.


def test_an_emptied_database_of_mysql_is_empty_of_routines_and_events_too() -> None:
    script = """
    CREATE TABLE t (id INT); CREATE VIEW v AS SELECT id FROM t;
    CREATE PROCEDURE p() SELECT 1; CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1;
    CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1;
    """
    with database("mysql") as address:
        with scratch_server(address, beside=False) as server:
            made = server.create()
            with made.connect() as connection:
                connection.run_script(script)
            server.drop(made)
        with scratch_server(address, beside=False):
            pass  # It counts as empty.
