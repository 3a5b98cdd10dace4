"""Starts a PostgreSQL of our own, which lives as long as the block that asked for it.

It listens on a socket in a temporary folder (on Windows on 127.0.0.1, with a password), trades
safety of its data for speed, and leaves nothing behind. It deliberately uses none of a wheel's own
ways to start a server.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from referee.ddl.quoting import quote_name
from referee.migrations.database import emulated_extensions
from referee.migrations.database.binaries import Installation, find_postgresql
from referee.migrations.database.connection import ServerVersion
from referee.migrations.database.folders import throwaway_folder
from referee.migrations.database.postgresql import PostgresqlConnection, connect_postgresql
from referee.migrations.database.processes import (
    Identity,
    Program,
    ServerDidNotStart,
    environment_for_servers,
    give_to_server,
    identity_for_servers,
    run_to_its_end,
    start,
    stop,
)
from referee.migrations.database.urls import Address
from referee.text.decoding import ENCODING

USER = "postgres"

# What is written need not outlast the server, and nobody replicates from it.
_SETTINGS: Mapping[str, str] = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "max_connections": "100",
    # A transaction over a thousand tables locks every one of them.
    "max_locks_per_transaction": "1024",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}
_PORT = 5432
# Windows has no such signal, and no use for it here.
_IMMEDIATELY: int = getattr(signal, "SIGQUIT", signal.SIGTERM)
_SECONDS_TO_START = 60.0


@dataclass(frozen=True, slots=True)
class PostgresqlDatabase:
    """A database of a server of ours."""

    name: str
    address: Address

    def connect(self) -> PostgresqlConnection:
        """Connect to it."""
        return connect_postgresql(self.address)


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A running server of ours; `emulated_extensions` names those that we stand in for."""

    installation: Installation
    address: Address
    process_id: int
    emulated_extensions: frozenset[str] = frozenset()
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    @property
    def server(self) -> ServerVersion:
        """Which server it is."""
        return self.installation.server

    def create_database(
        self, name: str | None = None, template: str | PostgresqlDatabase | None = None
    ) -> PostgresqlDatabase:
        """Make an empty database, or a copy of `template`, to which nobody may be connected."""
        name = name if name is not None else f"referee_{next(self._numbers)}"
        origin = template.name if isinstance(template, PostgresqlDatabase) else template
        copied = f" TEMPLATE {quote_name('postgresql', origin)}" if origin is not None else ""
        with self.connect() as connection:
            # Without fsync, copying files takes less than sending their blocks through the log.
            how = " STRATEGY FILE_COPY" if self.server.numbers >= (15,) else ""
            connection.execute(f"CREATE DATABASE {quote_name('postgresql', name)}{copied}{how}")
        return PostgresqlDatabase(name, replace(self.address, database=name))

    def drop_database(self, database: str | PostgresqlDatabase) -> None:
        """Remove a database and end the connections to it."""
        name = database.name if isinstance(database, PostgresqlDatabase) else database
        with self.connect() as connection:
            connection.execute(
                f"DROP DATABASE IF EXISTS {quote_name('postgresql', name)} WITH (FORCE)"
            )

    def connect(self) -> PostgresqlConnection:
        """Connect to the database `postgres`, from which others are made."""
        return connect_postgresql(self.address)


@contextlib.contextmanager
def postgresql_server(
    installation: Installation | None = None,
    settings: Mapping[str, str] | None = None,
    identity: Identity | None = None,
) -> Iterator[PostgresqlServer]:
    """Start a server, by default the one that is found, and stop it at the end of the block.

    `settings` are added to or stand in for ours. `identity` is who the server runs as, by default
    what `identity_for_servers` finds. Raises NoServer or ServerDidNotStart.
    """
    installation = installation if installation is not None else find_postgresql()
    with throwaway_folder("pg") as folder:
        identity = identity if identity is not None else identity_for_servers()
        installation = _reachable(installation, folder, identity)
        password = secrets.token_hex(16) if sys.platform == "win32" else ""
        _make_cluster(installation, folder, identity, password)
        emulated = emulated_extensions.write(folder / "emulated", installation)
        chosen = {**_SETTINGS, **emulated_extensions.settings(folder / "emulated", emulated)}
        with _running(installation, folder, identity, {**chosen, **(settings or {})}) as running:
            process_id, port = running
            address = Address(
                "postgresql",
                database="postgres",
                host="127.0.0.1" if sys.platform == "win32" else "localhost",
                port=port,
                user=USER,
                password=password,
                socket=None if sys.platform == "win32" else str(folder / "s"),
            )
            yield PostgresqlServer(installation, address, process_id, frozenset(emulated))


def _make_cluster(
    installation: Installation, folder: Path, identity: Identity, password: str
) -> None:
    """Make the data folder with the server's own program."""
    for name in ("data", "s"):
        (folder / name).mkdir(mode=0o700)
        give_to_server(folder / name, identity)
    words = [
        *(str(installation.program("initdb")), "-D", str(folder / "data"), "-U", USER),
        *("--encoding", ENCODING, "--no-sync", "--no-instructions", "--wal-segsize", "1"),
    ]
    version = installation.server.numbers
    if version >= (17,):
        words += [
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            f"C.{ENCODING}",
            "--locale",
            "C",
        ]
    else:
        words += ["--locale", "C"]
    if version >= (18,):
        words += ["--no-data-checksums"]
    if password:
        secret = folder / "password"
        secret.write_bytes(password.encode())
        words += ["--pwfile", str(secret), "--auth", "scram-sha-256"]
    else:
        words += ["--auth", "trust"]
    said = run_to_its_end(Program(tuple(words), environment_for_servers({}), identity))
    if said is not None:
        raise ServerDidNotStart(f"`initdb` of {installation} failed: {said}")


@contextlib.contextmanager
def _running(
    installation: Installation, folder: Path, identity: Identity, settings: Mapping[str, str]
) -> Iterator[tuple[int, int]]:
    """Run the server; yields its process id and port."""
    chosen = dict(settings)
    if sys.platform == "win32":
        port = _free_port()
        chosen |= {"listen_addresses": "127.0.0.1", "port": str(port)}
    else:
        port = _PORT
        chosen |= {
            "listen_addresses": "",
            "port": str(port),
            "unix_socket_directories": str(folder / "s"),
        }
    options = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
    log = folder / "log"
    environment = environment_for_servers({})
    if sys.platform == "win32":
        # There, pg_ctl gives up the rights of an administrator, with which no server starts.
        written = subprocess.list2cmdline(options)
        words = (str(installation.program("pg_ctl")), "start", "-w", "-D", str(folder / "data"))
        program = Program((*words, "-l", str(log), "-o", written), environment)
        said = run_to_its_end(program)
        if said is not None:
            raise ServerDidNotStart(f"{installation} did not start: {said}")
        try:
            yield _postmaster(folder), port
        finally:
            words = (str(installation.program("pg_ctl")), "stop", "-m", "immediate", "-D")
            run_to_its_end(Program((*words, str(folder / "data")), environment))
        return
    words = (str(installation.program("postgres")), "-D", str(folder / "data"), *options)
    process = start(Program(words, environment, identity, _IMMEDIATELY), log)
    try:
        _await_start(process, folder, installation)
        yield process.pid, port
    finally:
        stop(process, _IMMEDIATELY)


def _await_start(
    process: subprocess.Popen[bytes], folder: Path, installation: Installation
) -> None:
    """Wait until the server says in its own file that it is ready."""
    status = folder / "data" / "postmaster.pid"
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        with contextlib.suppress(OSError):
            lines = status.read_bytes().splitlines()
            if len(lines) >= 8 and lines[7].strip() == b"ready":
                return
        if process.poll() is not None or time.monotonic() > deadline:
            said = (folder / "log").read_bytes().decode(errors="replace").strip()
            raise ServerDidNotStart(f"{installation} did not start: {said}")
        time.sleep(0.002)


def _postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_bytes().split()[0])


def _reachable(installation: Installation, folder: Path, identity: Identity) -> Installation:
    """Return programs that the server's user may run: where a folder bars it, a copy of them."""
    if identity != "nobody":
        return installation
    program = Program((str(installation.program("postgres")), "--version"), os.environ, identity)
    if run_to_its_end(program) is None:
        return installation
    # The wheels' programs look for their libraries in the package, or in a folder beside it.
    root = installation.programs.parent
    package = root.parent
    copy = folder / "programs" / package.name / root.name
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name)
    return replace(installation, programs=copy / installation.programs.name)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
