"""What a verification of migrations begins with, gathers on its way and ends with.

It deliberately runs no script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from referee.ddl.model import DatabaseModel, Name
from referee.ddl.of_schema import JoinTableForm, SchemaDatabase
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.rehearsal import Workshop, failure_of, shared
from referee.migrations.database.roles import Roles, RolesApart
from referee.migrations.difference import Change
from referee.migrations.evidence import HistoryEvidence, MigrationEvidence
from referee.migrations.history import Migration
from referee.migrations.routines import Routine, routines_after
from referee.migrations.verification import (
    Failure,
    Omission,
    Outcome,
    Verification,
    VerifiedMigration,
    is_about_rights,
)

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class OwnRows:
    """A script with the project's own rows, and the migration before which it runs."""

    script: str
    before: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be verified.

    `chosen` names the migrations that are rehearsed on rows and taken back. `own_downs` are the
    project's own scripts for the way back, by migration. With `goes_down_only` nothing is rehearsed
    and nothing compared with the schema.
    """

    evidence: HistoryEvidence
    meant: SchemaDatabase | None
    chosen: frozenset[str]
    external: tuple[str, ...] = ()
    join_table_form: JoinTableForm | None = None
    namespace: str | None = None
    own_rows: OwnRows | None = None
    own_downs: Mapping[str, str] = field(default_factory=dict)
    goes_down_only: bool = False

    @property
    def migrations(self) -> tuple[MigrationEvidence, ...]:
        """The migrations in order."""
        return self.evidence.migrations

    @property
    def scripts(self) -> tuple[Migration, ...]:
        """Their scripts in order."""
        return tuple(each.migration for each in self.migrations)


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification, and what differs between the migrated database and the schema's.

    `changes` is None where the two were not compared; `made` is the migrated database.
    """

    verification: Verification
    changes: tuple[Change, ...] | None = None
    made: DatabaseModel | None = None


class OwnRowsRefused(Exception):
    """The database did not take the project's own rows; the text is a sentence."""


class Run:
    """A verification that goes on: its plan, where it works, and what was found so far.

    `catalogs` are those before the migration of that number, `late` the migrations that are to be
    rehearsed when the others are done, `routines` those there are before each migration, `roles`
    those that scripts made before `first_down`, and `was_left_unrehearsed` tells of one that was
    said not to have been rehearsed. `unfilled` are the tables that took no made-up row, with what
    is to be said of that. What stands before `first_down` is not taken back, for that has to stand
    behind all others.
    """

    def __init__(self, plan: Plan, workshop: Workshop, tell: Tell) -> None:
        self.plan = plan
        self.workshop = workshop
        self.tell = tell
        self.found = {
            each.migration.name: VerifiedMigration(
                each.migration.name, each.migration.path, each.migration.name in plan.chosen
            )
            for each in plan.migrations
        }
        self.catalogs: dict[int, DatabaseModel] = {}
        self.omissions: list[Omission] = []
        self.remarks: list[str] = []
        self.own_rows: Outcome | None = None
        self.late: list[int] = []
        self.roles: Roles = {}
        self.was_left_unrehearsed = False
        self.unfilled: dict[Name, str] = {}
        numbers = [
            n for n, each in enumerate(plan.migrations) if each.migration.name in plan.chosen
        ]
        self.routines: list[dict[Routine, str]] = [{}]
        for each in plan.migrations:
            self.routines.append(routines_after(self.routines[-1], each))
        self.first_down = numbers[0] if numbers else len(plan.migrations)

    def failure(
        self, error: DatabaseError, script: str, name: str, before: DatabaseModel | None = None
    ) -> Failure:
        """Return what a refusal of the database says about a migration."""
        server = self.workshop.server
        failure = failure_of(error, script, name, server.server.product, before)
        if server.bounds is not None and is_about_rights(error.sqlstate, error.code):
            advice = "The user of the URL may not do that there: name one who may."
            return replace(failure, advice=advice, is_of_server=True)
        return failure

    def leave_unrehearsed(self, name: str, why: str) -> None:
        """Say that a migration was not rehearsed on rows."""
        self.was_left_unrehearsed = True
        self.omissions.append(Omission(f"the rehearsal of `{name}` on rows", why))

    def leave_empty(self, table: Name, why: str) -> None:
        """Say, once for all migrations, that a table was rehearsed without rows."""
        if table not in self.unfilled:
            self.unfilled[table] = why
            said = f"{why} --rows takes your own."
            self.omissions.append(Omission(f"the rehearsal of rows in `{table.name}`", said))

    def keep_catalog(self, number: int, connection: Connection) -> None:
        """Remember what the database holds before a migration."""
        if isinstance(self.workshop.server, RolesApart) and number == self.first_down:
            self.roles = self.workshop.server.roles(connection)
        if number not in self.catalogs:
            self.catalogs[number] = shared(catalog_of(connection), self.catalogs.get(number - 1))

    def emulated_in(self, number: int) -> tuple[str, ...]:
        """Return the extensions that a migration makes and that we stand in for."""
        each = self.plan.migrations[number]
        made = each.after.extensions - each.before.extensions
        return tuple(sorted(made & self.workshop.server.emulated_extensions))


def outcome_of(failure: Failure | None) -> Outcome:
    """Return how a script ended; a server that lacks something has said nothing about it."""
    if failure is not None and failure.is_of_server:
        return Outcome(None, failure)
    return Outcome(failure is None, failure)
