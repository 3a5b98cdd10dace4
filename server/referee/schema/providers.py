"""What each database and relation mode does, as far as the schema layer needs it.

Sources are named at the facts. It deliberately knows no relation and no model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from referee.schema.facts import Action, DatasourceFacts, Extension

Provider = Literal["postgresql", "mysql", "sqlite", "sqlserver", "cockroachdb", "mongodb"]
RelationMode = Literal["foreignKeys", "prisma"]

PROVIDERS: tuple[Provider, ...] = (
    "postgresql",
    "mysql",
    "sqlite",
    "sqlserver",
    "cockroachdb",
    "mongodb",
)

PROVIDER_TITLES: dict[Provider, str] = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "sqlite": "SQLite",
    "sqlserver": "SQL Server",
    "cockroachdb": "CockroachDB",
    "mongodb": "MongoDB",
}

# Longest name of a constraint or index, in bytes (PostgreSQL and MySQL manuals; for the rest
# Prisma's own connectors). SQLite has no limit that matters.
IDENTIFIER_LIMITS: dict[Provider, int] = {
    "postgresql": 63,
    "mysql": 64,
    "sqlite": 10_000,
    "sqlserver": 128,
    "cockroachdb": 63,
    "mongodb": 127,
}

_ALL: frozenset[Action] = frozenset(["Cascade", "Restrict", "NoAction", "SetNull", "SetDefault"])
_EMULATED: frozenset[Action] = frozenset(["Cascade", "Restrict", "NoAction", "SetNull"])
_EMULATED_WITHOUT_NO_ACTION: frozenset[Action] = frozenset(["Cascade", "Restrict", "SetNull"])


@dataclass(frozen=True, slots=True)
class Database:
    """The database that a schema is for; `provider` is None where no datasource says it.

    `name` is that of the datasource, with which attributes of native types begin. `schemas` and
    `extensions` are those of the datasource.
    """

    provider: Provider | None
    relation_mode: RelationMode
    is_relation_mode_written: bool = False
    name: str = "db"
    schemas: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()

    @property
    def title(self) -> str:
        """The database's name as people write it."""
        return "the database" if self.provider is None else PROVIDER_TITLES[self.provider]

    @property
    def has_foreign_keys(self) -> bool:
        """Whether relations become constraints in the database."""
        return self.provider is not None and self.relation_mode == "foreignKeys"

    @property
    def is_emulated(self) -> bool:
        """Whether Prisma Client plays the referential actions itself."""
        return self.provider is not None and self.relation_mode == "prisma"

    @property
    def indexes_foreign_keys(self) -> bool:
        """Whether the database makes an index for every foreign key.

        InnoDB does (MySQL manual, "Foreign Key Constraints"; seen on MariaDB 10.11); the others
        do not, CockroachDB since version 20.2.
        """
        return self.provider == "mysql" and self.relation_mode == "foreignKeys"

    @property
    def identifier_limit(self) -> int:
        """The longest name of a constraint or index, in bytes."""
        return 63 if self.provider is None else IDENTIFIER_LIMITS[self.provider]

    def allows(self, action: Action) -> bool:
        """Tell whether Prisma's validator takes this action here (its own message lists them)."""
        if self.provider is None:
            return True
        if self.relation_mode == "foreignKeys":
            return not (self.provider == "sqlserver" and action == "Restrict")
        if self.provider in ("postgresql", "sqlite"):
            return action in _EMULATED_WITHOUT_NO_ACTION
        return action in _EMULATED


UNKNOWN_DATABASE = Database(None, "foreignKeys")


def provider_named(written: str | None) -> Provider | None:
    """Return the provider that a datasource means; None where there is no such provider."""
    meant = "postgresql" if written == "postgres" else written
    return next((each for each in PROVIDERS if each == meant), None)


def database_of(datasource: DatasourceFacts | None) -> Database:
    """Return the database a datasource declares; MongoDB has no foreign keys whatever it says."""
    if datasource is None:
        return UNKNOWN_DATABASE
    provider = provider_named(datasource.provider)
    is_written = datasource.relation_mode in ("prisma", "foreignKeys")
    mode: RelationMode = "prisma" if datasource.relation_mode == "prisma" else "foreignKeys"
    if provider == "mongodb":
        mode = "prisma"
    return Database(
        provider, mode, is_written, datasource.name, datasource.schemas, datasource.extensions
    )
