"""Databases on somebody else's server in which a verification may do as it likes.

Either one database that was named for it, which is emptied as often as need be and has to be empty
at first, or databases made beside another one, which is not touched. It starts no server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from referee.ddl.model import DatabaseModel, Name
from referee.ddl.quoting import quote_name, quote_path
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, ServerVersion
from referee.migrations.database.opening import connect, scratch_database
from referee.migrations.database.throwaway import ThrowawayDatabase, ThrowawayServer
from referee.migrations.database.urls import Address


class NotEmpty(Exception):
    """The database that was named for scratch work holds something; the text is a sentence."""


@contextmanager
def scratch_server(address: Address, *, beside: bool) -> Iterator[ThrowawayServer]:
    """Give databases on the server of an address; all that was made is gone at the end.

    With `beside` each is a new one, and the database of the address is not touched; otherwise it
    is the one to use. Raises CannotConnect or NotEmpty.
    """
    with connect(address) as connection:
        version = connection.server
        if not beside:
            _refuse_what_holds_something(catalog_of(connection), address)
    with ExitStack() as stack:
        if beside:
            yield _Beside(address, version, stack)
        else:
            yield _One(address, version)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A database by its address."""

    address: Address

    @property
    def name(self) -> str:
        return self.address.database

    def connect(self) -> Connection:
        return connect(self.address)


@dataclass(frozen=True, slots=True)
class _Beside:
    """Makes a database for each that is asked for, and copies none."""

    address: Address
    server: ServerVersion
    stack: ExitStack
    emulated_extensions: frozenset[str] = frozenset()
    made: dict[str, ExitStack] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.server} (a database made beside {self.address})"

    def create(self) -> ThrowawayDatabase:
        own = self.stack.enter_context(ExitStack())
        address = own.enter_context(scratch_database(self.address))
        self.made[address.database] = own
        return _Opened(address)

    def copy(self, original: ThrowawayDatabase) -> None:
        return None

    def drop(self, database: ThrowawayDatabase) -> None:
        own = self.made.pop(database.name, None)
        if own is not None:
            own.close()


@dataclass(frozen=True, slots=True)
class _One:
    """Gives the same database again and again, emptied."""

    address: Address
    server: ServerVersion
    emulated_extensions: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return f"{self.server} (the scratch database {self.address})"

    def create(self) -> ThrowawayDatabase:
        with connect(self.address) as connection:
            _empty(connection)
        return _Opened(self.address)

    def copy(self, original: ThrowawayDatabase) -> None:
        return None

    def drop(self, database: ThrowawayDatabase) -> None:
        with connect(self.address) as connection:
            _empty(connection)


def _refuse_what_holds_something(model: DatabaseModel, address: Address) -> None:
    held = [*model.tables, *model.enums, *model.views]
    if held:
        raise NotEmpty(
            f"the scratch database {address} is not empty (it has `{held[0]}`); name one that "
            "holds nothing, because everything in it is dropped."
        )


def _empty(connection: Connection) -> None:
    """Drop everything in a database."""
    if connection.dialect == "mysql":
        _empty_mysql(connection)
        return
    model = catalog_of(connection)
    if connection.server.product != "PostgreSQL":
        for view in model.views:
            connection.run_script(f"DROP VIEW IF EXISTS {_path(model, view)} CASCADE")
        for table in model.tables:
            connection.run_script(f"DROP TABLE IF EXISTS {_path(model, table)} CASCADE")
        for enum in model.enums:
            connection.run_script(f"DROP TYPE IF EXISTS {_path(model, enum)}")
        return
    found = connection.query(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> %s",
        ("information_schema",),
    )
    for (name,) in found:
        connection.run_script(f"DROP SCHEMA {quote_name('postgresql', name)} CASCADE")
    connection.run_script("CREATE SCHEMA public")


def _path(model: DatabaseModel, name: Name) -> str:
    return quote_path(model.provider, name, True)


def _empty_mysql(connection: Connection) -> None:
    connection.execute("SET FOREIGN_KEY_CHECKS = 0")
    found = connection.query(
        "SELECT table_name, table_type FROM information_schema.tables"
        " WHERE table_schema = DATABASE()"
    )
    for name, kind in found:
        word = "VIEW" if kind == "VIEW" else "TABLE"
        connection.execute(f"DROP {word} {quote_name('mysql', str(name))}")
    routines = connection.query(
        "SELECT routine_name, routine_type FROM information_schema.routines"
        " WHERE routine_schema = DATABASE()"
    )
    for name, kind in routines:
        connection.execute(f"DROP {kind} {quote_name('mysql', str(name))}")
    connection.execute("SET FOREIGN_KEY_CHECKS = 1")
