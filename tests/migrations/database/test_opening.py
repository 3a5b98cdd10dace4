from __future__ import annotations

import time
from pathlib import Path

import pytest

from referee.migrations.database.connection import CannotConnect, DatabaseError
from referee.migrations.database.opening import SCRATCH_PREFIX, connect, scratch_database
from referee.migrations.database.statements import Dialect
from referee.migrations.database.throwaway import throwaway_server
from referee.migrations.database.urls import Address, parse_url
from tests.support.databases import shared_mysql, shared_postgresql


def address_of(dialect: Dialect, folder: Path) -> Address:
    """Return the address of a fresh database with a table, as a user would write it."""
    if dialect == "sqlite":
        address = parse_url("file:./a.db", folder)
    else:
        server = shared_postgresql() if dialect == "postgresql" else shared_mysql()
        address = parse_url(server.create_database().address.url)
    with connect(address) as connection:
        connection.run_script("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
    return address


ALL = pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])


@ALL
def test_a_reading_connection_is_refused_every_change(dialect: Dialect, tmp_path: Path) -> None:
    address = address_of(dialect, tmp_path)
    with connect(address, read_only=True) as connection:
        assert connection.query("SELECT id FROM t") == [(1,)]
        for change in ("INSERT INTO t VALUES (2)", "DROP TABLE t", "CREATE TABLE u (id int)"):
            with pytest.raises(DatabaseError):
                connection.execute(change)
            with pytest.raises(DatabaseError):
                connection.run_script(change)
    with connect(address) as connection:
        assert connection.query("SELECT id FROM t") == [(1,)]


def test_reading_makes_no_file_of_sqlite(tmp_path: Path) -> None:
    with pytest.raises(CannotConnect, match="unable to open"):
        connect(Address("sqlite", file=tmp_path / "none.db"), read_only=True)
    assert list(tmp_path.iterdir()) == []


@ALL
def test_a_scratch_database_is_empty_and_gone_afterwards(dialect: Dialect, tmp_path: Path) -> None:
    address = address_of(dialect, tmp_path)
    with scratch_database(address) as beside:
        assert beside != address
        with connect(beside) as connection:
            connection.run_script("CREATE TABLE t (other int)")
            with connect(address) as original:
                assert original.query("SELECT id FROM t") == [(1,)]
    if dialect != "sqlite":
        listing = "pg_database" if dialect == "postgresql" else "information_schema.schemata"
        column = "datname" if dialect == "postgresql" else "schema_name"
        with connect(address) as connection:
            asked = f"SELECT {column} FROM {listing} WHERE {column} LIKE '{SCRATCH_PREFIX}%'"
            assert (beside.database,) not in connection.query(asked)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_scratch_databases_that_a_killed_run_left_are_dropped_by_a_later_one(
    dialect: Dialect, tmp_path: Path
) -> None:
    server = shared_postgresql() if dialect == "postgresql" else shared_mysql()
    now = int(time.time())
    left = f"{SCRATCH_PREFIX}{now - 2 * 24 * 60 * 60:x}_0123456789abcdef"
    kept = [
        f"{SCRATCH_PREFIX}{now - 60:x}_0123456789abcdef",
        f"{SCRATCH_PREFIX}mine",
        "x" + left,
    ]
    address = address_of(dialect, tmp_path)
    listing = "SELECT datname FROM pg_database"
    if dialect == "mysql":
        listing = "SELECT schema_name FROM information_schema.schemata"
    for name in (left, *kept):
        server.create_database(name)
    try:
        with scratch_database(address), connect(address) as connection:
            names = {str(name) for (name,) in connection.query(listing)}
        assert left not in names
        assert names.issuperset(kept)
    finally:
        for name in (left, *kept):
            server.drop_database(name)


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_an_old_scratch_database_that_somebody_uses_is_kept(
    dialect: Dialect, tmp_path: Path
) -> None:
    server = shared_postgresql() if dialect == "postgresql" else shared_mysql()
    old = f"{SCRATCH_PREFIX}{int(time.time()) - 3 * 24 * 60 * 60:x}_0123456789abcdef"
    used = parse_url(server.create_database(old).address.url)
    try:
        with connect(used) as user:
            user.run_script("CREATE TABLE t (id int)")
            with scratch_database(address_of(dialect, tmp_path)):
                assert user.query("SELECT id FROM t") == []
    finally:
        server.drop_database(old)


def test_who_may_make_no_database_is_told_so() -> None:
    address = address_of("postgresql", Path())
    with connect(address) as connection:
        connection.run_script("CREATE ROLE \"may not\" LOGIN PASSWORD 'hush'")
    try:
        other = parse_url(address.url.replace("//postgres@", "//may%20not:hush@"))
        with pytest.raises(CannotConnect, match="42501") as refused, scratch_database(other):
            pass
        assert "hush" not in str(refused.value)
    finally:
        with connect(address) as connection:
            connection.execute('DROP ROLE "may not"')


@ALL
def test_throwaway_databases_are_made_copied_and_dropped(dialect: Dialect) -> None:
    if dialect == "postgresql":
        shared_postgresql()
    elif dialect == "mysql":
        shared_mysql()
    with throwaway_server(dialect) as server:
        assert str(server.server) in server.title
        original = server.create()
        with original.connect() as connection, original.connect() as second:
            connection.run_script("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
            assert second.query("SELECT id FROM t") == [(1,)]
        copy = server.copy(original)
        assert (copy is None) == (dialect == "mysql")
        if copy is not None:
            with copy.connect() as connection:
                connection.execute("DELETE FROM t")
            server.drop(copy)
        with original.connect() as connection:
            assert connection.query("SELECT id FROM t") == [(1,)]
        server.drop(original)
