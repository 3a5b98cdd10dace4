"""Starts a MariaDB or MySQL of our own, which lives as long as the block that asked for it.

The rules are those of `postgresql_server.py`. MariaDB is not MySQL: `server.product` says which of
them runs.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from referee.ddl.quoting import quote_name
from referee.migrations.database.binaries import (
    Installation,
    NoServer,
    find_mysql,
    mysql_program,
)
from referee.migrations.database.connection import ServerVersion
from referee.migrations.database.folders import throwaway_folder
from referee.migrations.database.mysql import MysqlConnection, connect_mysql
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

USER = "root"

# Small files and no care for what outlasts the server. Never add --innodb-fast-shutdown=2 to what
# makes the data folder: the next start then finds a damaged ibdata1.
_COMMON: Mapping[str, str] = {
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_unicode_ci",
    "innodb-buffer-pool-size": "64M",
    "innodb-doublewrite": "0",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-use-native-aio": "0",
    "performance-schema": "0",
    "secure-file-priv": "",
    "skip-log-bin": "",
    "skip-name-resolve": "1",
}
_MARIADB: Mapping[str, str] = {
    "aria-log-file-size": "8M",
    "aria-pagecache-buffer-size": "8M",
    "innodb-flush-method": "nosync",
    "innodb-log-file-size": "16M",
}
_MYSQL: Mapping[str, str] = {
    "innodb-flush-method": "O_DIRECT_NO_FSYNC",
    "innodb-redo-log-capacity": "16M",
    "mysqlx": "0",
}
# With them the server makes its own tables; in this order, from its folder of shared files.
_SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_system_tables_data.sql")
_SECONDS_TO_START = 60.0


@dataclass(frozen=True, slots=True)
class MysqlDatabase:
    """A database of a server of ours."""

    name: str
    address: Address

    def connect(self) -> MysqlConnection:
        """Connect to it."""
        return connect_mysql(self.address)


@dataclass(frozen=True, slots=True)
class MysqlServer:
    """A running server of ours."""

    installation: Installation
    address: Address
    process_id: int
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    @property
    def server(self) -> ServerVersion:
        """Which server it is."""
        return self.installation.server

    def create_database(self, name: str | None = None) -> MysqlDatabase:
        """Make an empty database."""
        name = name if name is not None else f"referee_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {quote_name('mysql', name)}")
        return MysqlDatabase(name, replace(self.address, database=name))

    def drop_database(self, database: str | MysqlDatabase) -> None:
        """Remove a database."""
        name = database.name if isinstance(database, MysqlDatabase) else database
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {quote_name('mysql', name)}")

    def connect(self) -> MysqlConnection:
        """Connect to no database in particular."""
        return connect_mysql(self.address)


@contextlib.contextmanager
def mysql_server(
    installation: Installation | None = None,
    settings: Mapping[str, str] | None = None,
    identity: Identity | None = None,
) -> Iterator[MysqlServer]:
    """Start a server, by default the one that is found, and stop it at the end of the block.

    `settings` are added to or stand in for ours. `identity` is who the server runs as, by default
    what `identity_for_servers` finds. Raises NoServer or ServerDidNotStart.
    """
    installation = installation if installation is not None else find_mysql()
    program = mysql_program(installation)
    if program is None:
        raise NoServer(f"{installation.programs} holds no `mariadbd` or `mysqld`")
    with throwaway_folder("my") as folder:
        identity = identity if identity is not None else identity_for_servers()
        for name in ("data", "s", "tmp"):
            (folder / name).mkdir(mode=0o700)
            give_to_server(folder / name, identity)
        password = secrets.token_hex(16) if sys.platform == "win32" else ""
        special = _MARIADB if installation.server.product == "MariaDB" else _MYSQL
        options = _options({**_COMMON, **special, **(settings or {})})
        options += [f"--datadir={folder / 'data'}", f"--tmpdir={folder / 'tmp'}"]
        words = [str(program), "--no-defaults", *_places(program), *options]
        _make_data(installation, program, words, identity, password)
        with _running(installation, words, folder, identity) as (process_id, port):
            address = Address(
                "mysql",
                host="127.0.0.1" if sys.platform == "win32" else "localhost",
                port=port,
                user=USER,
                password=password,
                socket=None if sys.platform == "win32" else str(folder / "s" / "mysql.sock"),
            )
            yield MysqlServer(installation, address, process_id)


def _options(settings: Mapping[str, str]) -> list[str]:
    bare = {"skip-log-bin"}
    return [f"--{key}" if key in bare else f"--{key}={value}" for key, value in settings.items()]


def _shared_files(program: Path) -> Path | None:
    """Return the folder of a server's messages and scripts, also where it was only unpacked."""
    root = program.resolve().parent.parent
    for name in ("share/mysql", "share/mariadb", "share"):
        if (root / name / "english" / "errmsg.sys").is_file():
            return root / name
    return None


def _places(program: Path) -> list[str]:
    shared = _shared_files(program)
    if shared is None:
        return []
    return [
        f"--basedir={program.resolve().parent.parent}",
        f"--lc-messages-dir={shared}",
        f"--character-sets-dir={shared / 'charsets'}",
    ]


def _make_data(
    installation: Installation,
    program: Path,
    words: list[str],
    identity: Identity,
    password: str,
) -> None:
    """Make the data folder with the server's own program."""
    environment = environment_for_servers({})
    if installation.server.product == "MySQL":
        command = (*words, "--initialize-insecure")
        said = run_to_its_end(Program(command, environment, identity))
    else:
        shared = _shared_files(program)
        if shared is None:
            raise ServerDidNotStart(f"the shared files of {installation} are not beside {program}")
        script = ["CREATE DATABASE mysql;", "USE mysql;", "SET @auth_root_socket=NULL;"]
        script += [(shared / name).read_bytes().decode() for name in _SYSTEM_TABLES]
        if password:
            script += ["FLUSH PRIVILEGES;", f"SET PASSWORD FOR root@localhost='{password}';"]
        command = (*words, "--bootstrap", "--log-warnings=0", "--silent-startup")
        said = run_to_its_end(Program(command, environment, identity), "\n".join(script))
    if said is not None:
        raise ServerDidNotStart(f"{installation} could not make its data folder: {said}")


@contextlib.contextmanager
def _running(
    installation: Installation, words: list[str], folder: Path, identity: Identity
) -> Iterator[tuple[int, int]]:
    """Run the server; yields its process id and port."""
    options = [f"--pid-file={folder / 's' / 'server.pid'}"]
    if sys.platform == "win32":
        port = _free_port()
        options += ["--bind-address=127.0.0.1", f"--port={port}"]
        place: str | tuple[str, int] = ("127.0.0.1", port)
    else:
        port = 3306
        place = str(folder / "s" / "mysql.sock")
        options += [f"--socket={place}", "--skip-networking"]
    # Nothing that it would write when it ends in good order is of use to anybody.
    death: int = getattr(signal, "SIGKILL", signal.SIGTERM)
    program = Program((*words, *options), environment_for_servers({}), identity, death)
    log = folder / "log"
    process = start(program, log)
    try:
        (folder / "server.pid").write_bytes(str(process.pid).encode())
        _await_start(process, place, log, installation)
        yield process.pid, port
    finally:
        stop(process, death)


def _await_start(
    process: subprocess.Popen[bytes],
    place: str | tuple[str, int],
    log: Path,
    installation: Installation,
) -> None:
    """Wait until the server greets who connects."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while not _greets(place):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_bytes().decode(errors="replace").strip()
            raise ServerDidNotStart(f"{installation} did not start: {said}")
        time.sleep(0.005)


def _greets(place: str | tuple[str, int]) -> bool:
    if sys.platform == "win32" or not isinstance(place, str):
        family = socket.AF_INET
    else:
        family = socket.AF_UNIX
    with socket.socket(family) as caller, contextlib.suppress(OSError):
        caller.settimeout(5.0)
        caller.connect(place)
        return bool(caller.recv(1))
    return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
