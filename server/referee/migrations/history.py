"""A folder of migrations as values: its migrations in order, its lock, what does not belong there.

The folder is read elsewhere; `is_of_interest` says which of its files this wants to see.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from referee.schema.providers import PROVIDERS, Provider
from referee.text.decoding import decode

LOCK_FILE = "migration_lock.toml"
SCRIPT_FILE = "migration.sql"

Layout = Literal["prisma", "prisma-8", "other", "empty"]

_PROVIDER = re.compile(
    r"""^[ \t]*provider[ \t]*=[ \t]*(?P<quote>["']?)(?P<value>[^"'\s#]*)(?P=quote)""", re.MULTILINE
)
_MERGE_MARK = re.compile(r"^(?:<{7}|={7}|>{7})(?:[ \t].*)?$", re.MULTILINE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Prisma 8 keeps `app/<YYYYMMDDTHHMM>_<slug>/` with a description of the steps in it.
_PRISMA_8 = re.compile(r"(?:^|/)\d{8}T\d{4,6}_[^/]+/(?:migration\.ts|ops\.json|migration\.json)$")
# The name that `tempfile.mkdtemp` makes of that of a migration.
_UNFINISHED = re.compile(r"\.\d{14}_.+\.[a-z0-9_]{8}")
# The engine writes `mssql` for SQL Server; the other names are those of schemas.
_OTHER_NAMES: Mapping[str, Provider] = {"mssql": "sqlserver", "postgres": "postgresql"}


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration: the name of its folder, the path of its script and the script's bytes."""

    name: str
    path: str
    data: bytes

    @property
    def checksum(self) -> str:
        """The checksum that Prisma keeps of it: SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def has_byte_order_mark(self) -> bool:
        """Whether the script begins with a mark that PostgreSQL refuses."""
        return self.data.startswith(_BYTE_ORDER_MARK)

    @property
    def text(self) -> str | None:
        """The text without its byte order mark; None if it is not what a script is written in."""
        try:
            return decode(self.data)
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class LockFile:
    """The lock file: which provider the migrations are for, and where it says so.

    `text` is without the byte order mark.
    """

    path: str
    text: str
    has_byte_order_mark: bool = False

    @property
    def read_provider(self) -> str | None:
        """The provider as Prisma reads it, which knows no TOML; None if it finds none.

        Source: `read_provider_from_lock_file` of its schema engine.
        """
        lines = self.text.split("\n")
        if self.has_byte_order_mark:
            lines[0] = f"\ufeff{lines[0]}"
        line = next((each for each in lines if each.startswith("provider")), None)
        if line is None:
            return None
        line = line.removesuffix("\r")
        while line.startswith("provider = "):
            line = line.removeprefix("provider = ")
        return line.strip('"')

    @property
    def merge_mark_span(self) -> tuple[int, int] | None:
        """Where the first mark of a merge stands that was not finished; None without one."""
        found = _MERGE_MARK.search(self.text)
        return None if found is None else found.span()

    @property
    def written_provider(self) -> str | None:
        """The provider as somebody wrote it, in whatever form; None if there is none."""
        found = _PROVIDER.search(self.text)
        return None if found is None else found.group("value")

    @property
    def written_providers(self) -> tuple[str, ...]:
        """Every provider as written, each once: more than one where a merge left both."""
        return tuple(dict.fromkeys(each.group("value") for each in _PROVIDER.finditer(self.text)))

    @property
    def provider(self) -> Provider | None:
        """The provider in the words of schemas; None for none and for an unknown one."""
        return provider_named(self.written_provider)

    @property
    def provider_span(self) -> tuple[int, int]:
        """Where the provider stands; the whole text if there is none."""
        found = _PROVIDER.search(self.text)
        return (0, len(self.text)) if found is None else found.span("value")


@dataclass(frozen=True, slots=True)
class History:
    """The migrations of a project, in the order in which they are applied.

    `empty_folders` have no script; Prisma refuses to deploy with them (P3015). `prisma_8` names the
    folders of migrations in the format of Prisma 8, which are not read.
    """

    path: str
    migrations: tuple[Migration, ...] = ()
    lock: LockFile | None = None
    empty_folders: tuple[str, ...] = ()
    layout: Layout = "empty"
    prisma_8: tuple[str, ...] = ()

    def migration(self, name: str) -> Migration | None:
        """Return the migration of a name."""
        return next((each for each in self.migrations if each.name == name), None)

    def chain(self) -> tuple[str, ...]:
        """Return a key for the state after each migration: it changes with any script before it."""
        keys: list[str] = []
        key = ""
        for migration in self.migrations:
            key = hashlib.sha256(
                f"{key} {migration.name} {migration.checksum}".encode()
            ).hexdigest()
            keys.append(key)
        return tuple(keys)


def is_unfinished(name: str) -> bool:
    """Tell whether a folder is one that `migrations new` makes before it has its own name.

    A run that was killed leaves it; Prisma takes no notice of what is beside its migrations.
    """
    return _UNFINISHED.fullmatch(name) is not None


def is_of_interest(path: str) -> bool:
    """Tell whether the bytes of a file of the folder are wanted; of others the path is enough.

    `path` is relative to the folder, with slashes.
    """
    parts = path.split("/")
    return parts == [LOCK_FILE] or (len(parts) == 2 and parts[1] == SCRIPT_FILE)


def history_of(path: str, files: Mapping[str, bytes], folders: Iterable[str] = ()) -> History:
    """Return the history in a folder.

    `path` is the folder's, `files` holds its files by their path relative to it, with empty bytes
    for those that are not of interest; `folders` are the names of its direct subfolders.
    """
    files = {
        name: data for name, data in files.items() if not is_unfinished(name.partition("/")[0])
    }
    migrations = tuple(
        Migration(name.partition("/")[0], f"{path}/{name}", data)
        for name, data in sorted(files.items())
        if is_of_interest(name) and name != LOCK_FILE and not is_unfinished(name.partition("/")[0])
    )
    lock_bytes = files.get(LOCK_FILE)
    lock = None
    if lock_bytes is not None:
        has_mark = lock_bytes.startswith(_BYTE_ORDER_MARK)
        lock = LockFile(f"{path}/{LOCK_FILE}", _text_of(lock_bytes), has_mark)
    named = {migration.name for migration in migrations}
    inside = {name.partition("/")[0] for name in files if "/" in name}
    layout = _layout_of(files, migrations, lock)
    empty: tuple[str, ...] = ()
    if layout == "prisma":
        empty = tuple(
            sorted(
                name
                for name in {*folders, *inside}
                if name not in named and not name.startswith((".", "_"))
            )
        )
    prisma_8 = {name.rpartition("/")[0] for name in files if _PRISMA_8.search(name)}
    return History(path, migrations, lock, empty, layout, tuple(sorted(prisma_8)))


def checksum_variants(data: bytes) -> frozenset[str]:
    """Return the checksums under which a script counts as unchanged: its line ends may differ.

    Rows that old engines wrote may lack the zeros in front of single digits, so those count too.
    """
    with_lf = data.replace(b"\r\n", b"\n")
    found: set[str] = set()
    for each in (data, with_lf, with_lf.replace(b"\n", b"\r\n")):
        digest = hashlib.sha256(each).digest()
        found.add(digest.hex())
        found.add("".join(f"{byte:x}" for byte in digest))
    return frozenset(found)


def provider_named(written: str | None) -> Provider | None:
    """Return the provider that a lock file or a schema names."""
    if written is None:
        return None
    if written in _OTHER_NAMES:
        return _OTHER_NAMES[written]
    return next((each for each in PROVIDERS if each == written), None)


def _layout_of(
    files: Mapping[str, bytes], migrations: tuple[Migration, ...], lock: LockFile | None
) -> Layout:
    if any(_PRISMA_8.search(name) for name in files):
        return "prisma-8"
    if migrations or lock is not None:
        return "prisma"
    return "other" if any(name.endswith((".sql", ".ts", ".js")) for name in files) else "empty"


def _text_of(data: bytes) -> str:
    try:
        return decode(data)
    except UnicodeDecodeError:
        return ""
