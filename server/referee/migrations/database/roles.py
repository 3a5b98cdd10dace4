"""Keeps the roles of databases apart on a server of ours, where they belong to all databases.

A verification applies the same scripts to several databases of one server. A role that a script
makes in one of them would be in the way of the same script in the next. On PostgreSQL the roles of
other databases therefore have other names for as long as a database is used: they cannot be dropped
while one of them holds their rights. It deliberately does not read scripts beyond their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from referee.ddl.quoting import quote_name, quote_text
from referee.migrations.database.connection import Connection, DatabaseError, ServerVersion
from referee.migrations.database.throwaway import ThrowawayDatabase, ThrowawayServer

# A role by what never changes of it: its number in PostgreSQL, its quoted name in MySQL.
Roles = Mapping[str, str]

_MENTION = re.compile(r"\b(?:create|alter|drop|rename)\s+(?:or\s+replace\s+)?(?:role|user|group)\b",
                      re.IGNORECASE)  # fmt: skip
_ASIDE = "referee_aside_"


def mentions_roles(scripts: Iterable[str]) -> bool:
    """Tell whether a script may make, change or drop a role."""
    return any(_MENTION.search(script) is not None for script in scripts)


def with_roles_apart(server: ThrowawayServer) -> ThrowawayServer:
    """Return a server whose databases do not see each other's roles.

    One that is not ours stays as it is: no script that makes roles is run there.
    """
    if server.bounds is not None or server.server.product == "SQLite":
        return server
    return RolesApart(server)


@dataclass(frozen=True, slots=True)
class _Database:
    """A database whose roles are the ones to be seen once somebody connects to it."""

    inner: ThrowawayDatabase
    server: RolesApart

    @property
    def name(self) -> str:
        return self.inner.name

    def connect(self) -> Connection:
        connection = self.inner.connect()
        self.server.enter(self.name, connection)
        return connection


@dataclass(slots=True)
class RolesApart:
    """A server whose databases do not see each other's roles."""

    inner: ThrowawayServer
    bounds: None = None
    _usual: Roles | None = None
    _of: dict[str, Roles] = field(default_factory=dict)
    _seen: str | None = None

    @property
    def title(self) -> str:
        """That of the server."""
        return self.inner.title

    @property
    def server(self) -> ServerVersion:
        """Which server it is."""
        return self.inner.server

    @property
    def emulated_extensions(self) -> frozenset[str]:
        """Those of the server."""
        return self.inner.emulated_extensions

    def create(self) -> ThrowawayDatabase:
        """Make an empty database, which has no roles of its own."""
        database = self.inner.create()
        self._of[database.name] = {}
        return _Database(database, self)

    def copy(self, original: ThrowawayDatabase) -> ThrowawayDatabase | None:
        """Make a copy of a database, with the same roles."""
        assert isinstance(original, _Database)
        with original.connect() as connection:
            roles = self._present(connection)
        copied = self.inner.copy(original.inner)
        if copied is None:
            return None
        self._of[copied.name] = roles
        return _Database(copied, self)

    def drop(self, database: ThrowawayDatabase) -> None:
        """Remove a database and the roles that are of no other."""
        assert isinstance(database, _Database)
        with database.connect() as connection:
            self.keep_only(connection, {})
        self.inner.drop(database.inner)
        del self._of[database.name]
        self._seen = None

    def enter(self, name: str, connection: Connection) -> None:
        """Make the roles of a database the ones that its server has."""
        if self._usual is None:
            self._usual = _all_roles(connection)
        if self._seen == name:
            return
        if self._seen is not None:
            self._of[self._seen] = self._present(connection)
        self._seen = name
        if connection.dialect == "mysql":
            # Rights are kept apart from databases there, so that roles can go at any time.
            _drop(connection, self._present(connection).keys() - self._of[name].keys())
            return
        _rename(connection, self._made(connection), self._of[name])

    def roles(self, connection: Connection) -> Roles:
        """Return the roles that scripts made in the database of a connection."""
        return self._present(connection)

    def keep_only(self, connection: Connection, roles: Roles) -> None:
        """Take the roles away that are not among these."""
        others = [of for name, of in self._of.items() if name != self._seen]
        gone = self._present(connection).keys() - roles.keys()
        if connection.dialect == "mysql":
            _drop(connection, gone)
            return
        shared = {number for number in gone if any(number in of for of in others)}
        made = self._made(connection)
        for number in gone - shared:
            quoted = quote_name("postgresql", made[number])
            for statement in (f"DROP OWNED BY {quoted} CASCADE", f"DROP ROLE {quoted}"):
                with suppress(DatabaseError):
                    connection.execute(statement)
        # Others hold rights still, or it holds some elsewhere.
        left = self._made(connection)
        _rename(connection, left, {n: name for n, name in left.items() if n in roles})

    def _made(self, connection: Connection) -> Roles:
        usual = self._usual or {}
        return {n: name for n, name in _all_roles(connection).items() if n not in usual}

    def _present(self, connection: Connection) -> Roles:
        made = self._made(connection)
        return {n: name for n, name in made.items() if not name.startswith(_ASIDE)}


def _all_roles(connection: Connection) -> Roles:
    if connection.dialect == "mysql":
        rows = connection.query("SELECT User, Host FROM mysql.user")
        return {_account(str(user), str(host)): str(user) for user, host in rows}
    rows = connection.query("SELECT oid::text, rolname FROM pg_catalog.pg_roles")
    return {str(number): str(name) for number, name in rows}


def _account(user: str, host: str) -> str:
    name = quote_text("mysql", user)
    # A role of MariaDB has no host.
    return f"{name}@{quote_text('mysql', host)}" if host else name


def _drop(connection: Connection, accounts: Iterable[str]) -> None:
    for account in sorted(accounts):
        kind = "USER" if "@" in account else "ROLE"
        connection.execute(f"DROP {kind} IF EXISTS {account}")


def _rename(connection: Connection, made: Roles, wanted: Roles) -> None:
    """Give roles the names that are wanted, and all others one that no script has."""
    changed = [n for n, name in made.items() if wanted.get(n, f"{_ASIDE}{n}") != name]
    for number in changed:
        if not made[number].startswith(_ASIDE):
            _rename_one(connection, made[number], f"{_ASIDE}{number}")
    for number in changed:
        if number in wanted:
            _rename_one(connection, f"{_ASIDE}{number}", wanted[number])


def _rename_one(connection: Connection, old: str, new: str) -> None:
    quoted = (quote_name("postgresql", each) for each in (old, new))
    connection.execute("ALTER ROLE {} RENAME TO {}".format(*quoted))
