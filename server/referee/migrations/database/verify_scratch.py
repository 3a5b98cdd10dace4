"""Databases on somebody else's server in which a verification may do as it likes.

Either one database that was named for it, which is emptied as often as need be and has to be empty
at first, or databases made beside another one. No script is run that reaches beyond the scratch
database as far as it can be read, and nothing is run where the connection is no longer in it. It
starts no server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType

from referee.migrations.database.confinement import Bounds, LeavesDatabase, refuse_reaching
from referee.migrations.database.connection import Connection, Parameters, Row, ServerVersion
from referee.migrations.database.emptying import (
    Furniture,
    empty_database,
    first_held,
    furniture_of,
)
from referee.migrations.database.opening import connect, scratch_database
from referee.migrations.database.statements import Dialect
from referee.migrations.database.throwaway import ThrowawayDatabase, ThrowawayServer
from referee.migrations.database.urls import Address


class NotEmpty(Exception):
    """The database that was named for scratch work holds something; the text is a sentence."""


@contextmanager
def scratch_server(address: Address, *, beside: bool) -> Iterator[ThrowawayServer]:
    """Give databases on the server of an address; all that was made is gone at the end.

    With `beside` each is a new one; otherwise the database of the address is the one to use.
    Raises CannotConnect or NotEmpty, and LeavesDatabase for a script that is not run.
    """
    with connect(address) as connection:
        version = connection.server
        bounds = Bounds(connection.dialect, version.product)
        if address.namespace is not None:
            bounds.namespaces.add(address.namespace.lower())
        furniture = None if beside else _furniture_of_nothing(connection, address)
    with ExitStack() as stack:
        if furniture is None:
            yield _Beside(address, version, bounds, stack)
        else:
            yield _One(address, version, bounds, furniture)


def _furniture_of_nothing(connection: Connection, address: Address) -> Furniture:
    held = first_held(connection)
    if held is not None:
        raise NotEmpty(
            f"the scratch database {address} is not empty (it has {held}); name one that holds "
            "nothing, because everything in it is dropped."
        )
    return furniture_of(connection)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A database by its address."""

    address: Address
    bounds: Bounds

    @property
    def name(self) -> str:
        return self.address.database

    def connect(self) -> Connection:
        return ConfinedConnection(connect(self.address), self.bounds)


class ConfinedConnection:
    """A connection that refuses what reaches beyond the database in which it was opened.

    Each script is read before it is run; and before anything is run it is made sure that no
    script moved the connection to another database. Raises LeavesDatabase.
    """

    def __init__(self, connection: Connection, bounds: Bounds) -> None:
        self._connection = connection
        self._bounds = bounds
        self._database = self._current()
        self._is_sure = True

    @property
    def dialect(self) -> Dialect:
        """Whose SQL it speaks."""
        return self._connection.dialect

    @property
    def server(self) -> ServerVersion:
        """Which server answers."""
        return self._connection.server

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.is_in_transaction

    def run_script(self, script: str) -> None:
        """Run a script that stays within the database."""
        refuse_reaching("a script", script, self._bounds)
        self._make_sure()
        self._is_sure = False
        self._connection.run_script(script)

    def query(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement of ours and return its rows."""
        self._make_sure()
        return self._connection.query(statement, parameters)

    def execute(self, statement: str, parameters: Parameters = ()) -> int:
        """Run one statement of ours and return how many rows it touched."""
        self._make_sure()
        return self._connection.execute(statement, parameters)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def __enter__(self) -> ConfinedConnection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _make_sure(self) -> None:
        if self._is_sure:
            return
        here = self._current()
        if here != self._database:
            raise LeavesDatabase(
                f"a script moved the connection from the scratch database to {here or 'none'}, so "
                "nothing more is run."
            )
        self._is_sure = True

    def _current(self) -> str | None:
        name = "DATABASE()" if self._connection.dialect == "mysql" else "current_database()"
        found = self._connection.query(f"SELECT {name}")[0][0]
        return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class _Beside:
    """Makes a database for each that is asked for, and copies none."""

    address: Address
    server: ServerVersion
    bounds: Bounds
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
        return _Opened(address, self.bounds)

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
    bounds: Bounds
    furniture: Furniture
    emulated_extensions: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return f"{self.server} (the scratch database {self.address})"

    def create(self) -> ThrowawayDatabase:
        with connect(self.address) as connection:
            empty_database(connection, self.furniture)
        return _Opened(self.address, self.bounds)

    def copy(self, original: ThrowawayDatabase) -> None:
        return None

    def drop(self, database: ThrowawayDatabase) -> None:
        with connect(self.address) as connection:
            empty_database(connection, self.furniture)
