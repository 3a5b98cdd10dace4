"""Verifies the migrations of a project on throwaway databases, step by step.

Every migration is applied to an empty database; what comes of it is compared with what the schema
makes, read through the same catalog on both sides; the chosen migrations are rehearsed on rows, and
taken back and applied again. It deliberately starts no server, and never sees a database that is
not a throwaway one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from referee.ddl.model import DatabaseModel
from referee.ddl.of_schema import JoinTableForm, SchemaDatabase
from referee.ddl.quoting import quote_name, quote_path
from referee.ddl.sql import create_script
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.rehearsal import (
    Workshop,
    broken_keys,
    described,
    empty_all,
    failure_of,
    fill,
    script_of,
    shared,
    strict_difference,
)
from referee.migrations.database.throwaway import ThrowawayDatabase, ThrowawayServer
from referee.migrations.difference import Change, difference
from referee.migrations.evidence import HistoryEvidence, MigrationEvidence
from referee.migrations.history import Migration
from referee.migrations.reverse import Reverse, reverse_of
from referee.migrations.routines import Routine, routines_after
from referee.migrations.rows import RowKind, kinds_for, rows_for
from referee.migrations.sql.statements import (
    AlterTable,
    DataChange,
    DoBlock,
    RenameColumn,
    RenameTable,
    SetNamespace,
)
from referee.migrations.verification import (
    Down,
    DownResult,
    Failure,
    Omission,
    Outcome,
    RowsCase,
    Verification,
    VerifiedMigration,
    consequence_of,
    is_about_rows,
)
from referee.rules.words import counted

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


def verify(
    plan: Plan, server: ThrowawayServer, tell: Tell = lambda what, number, of: None
) -> Verified:
    """Run a verification; `tell` hears what is being done, and how far it is.

    Raises OwnRowsRefused.
    """
    return _Run(plan, Workshop(server, plan.namespace), tell).run()


class _Run:
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
        numbers = [
            n for n, each in enumerate(plan.migrations) if each.migration.name in plan.chosen
        ]
        self.routines: list[dict[Routine, str]] = [{}]
        for each in plan.migrations:
            self.routines.append(routines_after(self.routines[-1], each))
        # Only what stands behind all others can be taken back.
        self.first_down = numbers[0] if numbers else len(plan.migrations)

    def run(self) -> Verified:
        with ExitStack() as stack:
            rolling = stack.enter_context(self.workshop.fresh())
            failure = self.go_up(rolling)
            applied = failure is None
            made = self.catalogs.get(len(self.plan.migrations)) if applied else None
            if applied:
                self.go_down_and_up(rolling)
        self.rehearse_late()
        changes = None
        if made is not None and not self.plan.goes_down_only:
            changes = self.compare(made)
        if not applied:
            self.tell_what_waits(failure)
        return Verified(self.verification(failure, changes), changes, made)

    def failure(
        self, error: DatabaseError, script: str, name: str, before: DatabaseModel | None = None
    ) -> Failure:
        return failure_of(error, script, name, self.workshop.server.server.product, before)

    # ---- up ----

    def go_up(self, rolling: ThrowawayDatabase) -> Failure | None:
        """Apply everything to an empty database, and rehearse on the way."""
        migrations = self.plan.migrations
        number = 0
        while number < len(migrations):
            if self.is_rehearsed(migrations[number].migration.name):
                failure = self.rehearse_and_apply(number, rolling)
                number += 1
            else:
                stop = number
                while stop < len(migrations) and not self.is_rehearsed(
                    migrations[stop].migration.name
                ):
                    stop += 1
                failure = self.apply_range(number, stop, rolling)
                number = stop
            if failure is not None:
                return failure
        with self.workshop.open(rolling) as connection:
            self.keep_catalog(len(migrations), connection)
        return None

    def apply_range(self, start: int, stop: int, rolling: ThrowawayDatabase) -> Failure | None:
        """Apply migrations over one connection, as a deploy does."""
        with self.workshop.open(rolling) as connection:
            for number in range(start, stop):
                self.tell_applying(number)
                if number >= self.first_down:
                    self.keep_catalog(number, connection)
                failure = self.apply(number, connection)
                if failure is not None:
                    return failure
        return None

    def tell_applying(self, number: int) -> None:
        name = self.plan.migrations[number].migration.name
        self.tell(f"applying {name}", number, len(self.plan.migrations))

    def is_rehearsed(self, name: str) -> bool:
        if self.plan.own_rows is not None:
            return name == self.plan.own_rows.before
        return name in self.plan.chosen and not self.plan.goes_down_only

    def keep_catalog(self, number: int, connection: Connection) -> None:
        if number not in self.catalogs:
            self.catalogs[number] = shared(catalog_of(connection), self.catalogs.get(number - 1))

    def apply(self, number: int, connection: Connection) -> Failure | None:
        migration = self.plan.migrations[number].migration
        script = script_of(migration)
        failure: Failure | None = None
        start = time.perf_counter()
        try:
            connection.run_script(script)
        except DatabaseError as error:
            failure = self.failure(error, script, migration.name)
        spent = (time.perf_counter() - start) * 1000
        found = self.found[migration.name]
        self.found[migration.name] = replace(
            found,
            milliseconds=spent,
            empty=_outcome(failure),
            emulated=self.emulated_in(number),
            consequence=""
            if failure is not None and failure.is_of_server
            else consequence_of(self.plan.evidence.made.provider, failure),
        )
        return failure

    def emulated_in(self, number: int) -> tuple[str, ...]:
        """Return the extensions that a migration makes and that we stand in for."""
        each = self.plan.migrations[number]
        made = each.after.extensions - each.before.extensions
        return tuple(sorted(made & self.workshop.server.emulated_extensions))

    # ---- rows ----

    def rehearse_and_apply(self, number: int, rolling: ThrowawayDatabase) -> Failure | None:
        """Apply a migration to the empty database, and then to copies that hold rows."""
        self.tell_applying(number)
        with self.workshop.open(rolling) as connection:
            self.keep_catalog(number, connection)
        kept = self.workshop.server.copy(rolling)
        try:
            with self.workshop.open(rolling) as connection:
                failure = self.apply(number, connection)
                if failure is not None:
                    return failure
                self.keep_catalog(number + 1, connection)
            if kept is None:
                # Where no copy can be made, the state before is made once more, later: there may
                # be room for one database only.
                self.late.append(number)
            elif self.plan.own_rows is not None:
                self.own_rows = self.apply_to_own_rows(number, kept, self.plan.own_rows)
            else:
                self.rehearse(number, kept)
        finally:
            if kept is not None:
                self.workshop.server.drop(kept)
        return None

    def rehearse_late(self) -> None:
        """Rehearse what could not be rehearsed on a copy."""
        for number in self.late:
            applied = self.plan.scripts[:number]
            if self.plan.own_rows is None:
                self.rehearse(number, None)
                continue
            with self.workshop.state_after(applied) as state:
                self.own_rows = self.apply_to_own_rows(number, state, self.plan.own_rows)

    def rehearse(self, number: int, state: ThrowawayDatabase | None) -> None:
        """Apply a migration to the state before it, with rows of each kind.

        Without a `state`, of which copies can be made, it is made once more for each kind.
        """
        each = self.plan.migrations[number]
        name = each.migration.name
        before, after = self.catalogs[number], self.catalogs[number + 1]
        if not before.tables:
            return
        kinds = kinds_for(
            before,
            after,
            changes_rows=any(_changes_rows(step.effect.statement) for step in each.steps),
            renames=any(_renames(step.effect.statement) for step in each.steps if step.origin),
        )
        if state is not None:
            self.fill_consistently(state, before)
        cases: list[RowsCase] = []
        for kind in kinds:
            self.tell(f"rehearsing {name} on rows", number, len(self.plan.migrations))
            if state is None:
                with self.workshop.state_after(self.plan.scripts[:number]) as made:
                    self.fill_consistently(made, before)
                    cases.append(self.case(number, made, kind, before))
            else:
                # The last kind needs no copy any more.
                copied = None if kind == kinds[-1] else self.workshop.server.copy(state)
                try:
                    cases.append(self.case(number, copied or state, kind, before))
                finally:
                    if copied is not None:
                        self.workshop.server.drop(copied)
            if not cases[0].is_ok:
                # What fails on rows that agree with each other fails on all others.
                break
        self.keep_cases(name, cases)

    def fill_consistently(self, state: ThrowawayDatabase, before: DatabaseModel) -> None:
        with self.workshop.open(state) as connection:
            fill(connection, before, rows_for(before, "consistent"))

    def case(
        self, number: int, state: ThrowawayDatabase, kind: RowKind, before: DatabaseModel
    ) -> RowsCase:
        """Apply a migration to a database with consistent rows, and more of a kind."""
        migration = self.plan.migrations[number].migration
        script = script_of(migration)
        with self.workshop.open(state) as connection:
            if kind != "consistent":
                fill(connection, before, rows_for(before, kind))
            counts = [
                _row_count(
                    connection,
                    before,
                    table.name.name,
                    quote_path(before.provider, table.name, True),
                )
                for table in before
            ]
            rows = sum(count for _, count in counts)
            empty = tuple(sorted(name for name, count in counts if not count))
            try:
                connection.run_script(script)
            except DatabaseError as error:
                failure = self.failure(error, script, migration.name, before)
                return RowsCase(kind, False, rows, empty, failure)
            failure_left = broken_keys(connection, migration.name)
        return RowsCase(kind, failure_left is None, rows, empty, failure_left)

    def apply_to_own_rows(self, number: int, state: ThrowawayDatabase, own: OwnRows) -> Outcome:
        """Put the project's own rows into the state before a migration, and apply all behind it."""
        with self.workshop.open(state) as connection:
            try:
                connection.run_script(own.script)
            except DatabaseError as error:
                at = f" at line {error.line}" if error.line is not None else ""
                raise OwnRowsRefused(
                    f"the database before `{own.before}` does not take the rows: {error}{at}."
                ) from None
            model = self.catalogs[number]
            for each in self.plan.migrations[number:]:
                self.tell(f"applying {each.migration.name} to your rows", number, len(self.found))
                script = script_of(each.migration)
                try:
                    connection.run_script(script)
                except DatabaseError as error:
                    failure = self.failure(error, script, each.migration.name, model)
                    self.keep_cases(each.migration.name, [RowsCase("own", False, failure=failure)])
                    return Outcome(False, failure)
                self.keep_cases(each.migration.name, [RowsCase("own", True)])
        return Outcome(True)

    def keep_cases(self, name: str, cases: Sequence[RowsCase]) -> None:
        found = self.found[name]
        provider = self.plan.evidence.made.provider
        self.found[name] = replace(
            found, rows=tuple(cases), consequence=consequence_of(provider, None, cases)
        )

    # ---- down and up again ----

    def go_down_and_up(self, rolling: ThrowawayDatabase) -> None:
        """Take the chosen migrations back, the last one first, and apply them again."""
        last = len(self.plan.migrations)
        database: ThrowawayDatabase = rolling
        with ExitStack() as stack:
            for number in range(last - 1, self.first_down - 1, -1):
                name = self.plan.migrations[number].migration.name
                self.tell(f"taking back {name}", last - 1 - number, last - self.first_down)
                down = self.take_back(number, database)
                has_arrived = down.result != "failed"
                if not has_arrived:
                    down = self.take_back_by_statement(number, down)
                self.found[name] = replace(self.found[name], down=down)
                if not has_arrived:
                    # The others are tried from where this one should have led.
                    self.workshop.server.drop(database)
                    database = stack.enter_context(
                        self.workshop.state_after(self.plan.scripts[:number])
                    )
            if self.first_down < last:
                self.apply_again(database)

    def take_back(self, number: int, database: ThrowawayDatabase) -> Down:
        """Run the way back from a migration: the project's own, or ours."""
        each = self.plan.migrations[number]
        name = each.migration.name
        routines = self.routines[number]
        reverse = reverse_of(each, search_path=self.plan.namespace, routines=routines)
        if name in self.plan.own_downs:
            # What the migration took is gone whoever wrote the way back.
            own = Reverse((), reverse.losses)
            return self.run_down(number, database, own, self.plan.own_downs[name])
        return self.run_down(number, database, reverse, reverse.text(name))

    def take_back_by_statement(self, number: int, failed: Down) -> Down:
        """Try a failed way back once more, statement by statement, on a database of its own."""
        each = self.plan.migrations[number]
        name = each.migration.name
        if failed.is_own:
            return failed
        reverse = reverse_of(
            each,
            search_path=self.plan.namespace,
            routines=self.routines[number],
            by_statement=True,
        )
        text = reverse.text(name)
        if text == failed.script:
            return failed
        with self.workshop.state_after(self.plan.scripts[: number + 1]) as again:
            down = self.run_down(number, again, reverse, text)
        return down if down.result != "failed" else failed

    def run_down(
        self, number: int, database: ThrowawayDatabase, reverse: Reverse, script: str
    ) -> Down:
        name = self.plan.migrations[number].migration.name
        is_own = name in self.plan.own_downs
        warnings = list(reverse.warnings)
        down = Down("exact", script, reverse.losses, gaps=reverse.gaps, is_own=is_own)
        with self.workshop.open(database) as connection:
            try:
                connection.run_script(script)
            except DatabaseError as error:
                failure = self.failure(error, script, name)
                if not is_about_rows(error.sqlstate, error.code):
                    return replace(down, result="failed", failure=failure)
                # Rows that a migration made stand in the way; without them the way is there.
                warnings.append(f"It fails while rows are there: {failure.message}.")
                try:
                    _begin_again(connection)
                    empty_all(connection)
                    connection.run_script(script)
                except DatabaseError as second:
                    failure = self.failure(second, script, name)
                    return replace(down, result="failed", failure=failure)
            here = catalog_of(connection)
        differences = described(strict_difference(here, self.catalogs[number]))
        result: DownResult = "data-loss" if down.losses else "exact"
        return replace(
            down,
            result="failed" if differences else result,
            warnings=tuple(warnings),
            differences=differences,
        )

    def apply_again(self, database: ThrowawayDatabase) -> None:
        last = len(self.plan.migrations)
        with self.workshop.open(database) as connection:
            for number in range(self.first_down, last):
                migration = self.plan.migrations[number].migration
                self.tell(f"applying {migration.name} again", number, last)
                script = script_of(migration)
                try:
                    connection.run_script(script)
                except DatabaseError as error:
                    if not is_about_rows(error.sqlstate, error.code):
                        self.note_failed_again(number, self.failure(error, script, migration.name))
                        return
                    try:
                        _begin_again(connection)
                        empty_all(connection)
                        connection.run_script(script)
                    except DatabaseError as second:
                        self.note_failed_again(number, self.failure(second, script, migration.name))
                        return
            here = catalog_of(connection)
        differences = described(strict_difference(here, self.catalogs[last]))
        if differences:
            name = self.plan.migrations[-1].migration.name
            down = self.found[name].down
            if down is not None:
                self.found[name] = replace(
                    self.found[name],
                    down=replace(down, result="failed", differences=differences),
                )

    def note_failed_again(self, number: int, failure: Failure) -> None:
        name = self.plan.migrations[number].migration.name
        down = self.found[name].down
        if down is not None:
            self.found[name] = replace(
                self.found[name], down=replace(down, result="failed", failure=failure)
            )

    # ---- the schema ----

    def compare(self, made: DatabaseModel) -> tuple[Change, ...] | None:
        """Return what differs between the migrated database and the one the schema makes."""
        meant = self.plan.meant
        if meant is None:
            self.omissions.append(
                Omission("the comparison with the schema", "The schema names no models.")
            )
            return None
        self.tell("comparing with the schema", 0, 1)
        found = self.database_of_schema(meant, made)
        if found is None:
            found = meant.model
        return difference(
            made,
            found,
            external=self.plan.external,
            join_table_form=self.plan.join_table_form,
        )

    def database_of_schema(
        self, meant: SchemaDatabase, made: DatabaseModel
    ) -> DatabaseModel | None:
        """Return the catalog of the database that the schema's own SQL makes.

        Where that SQL needs what only the migrations make, functions for example, it runs in a
        database in which the migrations ran and from which tables and enums were taken away. None
        where it does not run there either.
        """
        script = create_script(meant.model, meant.extensions, search_path=meant.search_path)
        with self.workshop.fresh() as database, self.workshop.open(database) as connection:
            try:
                _make_extensions(connection, made.extensions | meant.model.extensions)
                connection.run_script(script)
                return catalog_of(connection)
            except DatabaseError as error:
                first = error
        if made.provider in ("postgresql", "cockroachdb"):
            with (
                self.workshop.state_after(self.plan.scripts) as database,
                self.workshop.open(database) as connection,
            ):
                try:
                    _drop_tables(connection, made)
                    connection.run_script(script)
                    return catalog_of(connection)
                except DatabaseError as error:
                    first = error
        self.omissions.append(
            Omission(
                "the schema's own SQL",
                f"It does not run here ({first}); the schema was compared as it is read instead.",
            )
        )
        return None

    # ---- the whole ----

    def tell_what_waits(self, failure: Failure | None) -> None:
        waiting = [
            each
            for each in self.found.values()
            if each.empty.is_ok is None and each.empty.failure is None
        ]
        name = "" if failure is None else failure.migration
        why = f"`{name}` does not apply."
        if failure is not None and failure.is_of_server:
            why = f"`{name}` cannot be applied here. {failure.advice}"
            self.omissions.append(Omission(f"the migration `{name}`", failure.advice))
        if waiting:
            self.omissions.append(Omission(counted(len(waiting), "later migration"), why))
        self.omissions.append(Omission("the comparison with the schema", why))
        if self.first_down < len(self.plan.migrations):
            self.omissions.append(Omission("the way down and up again", why))

    def verification(
        self, failure: Failure | None, changes: tuple[Change, ...] | None
    ) -> Verification:
        migrations = tuple(self.found.values())
        rows = self.rows_outcome(migrations)
        downs = [each.down.result for each in migrations if each.down is not None]
        down_up: DownResult | None = None
        if downs:
            worst: tuple[DownResult, ...] = ("failed", "data-loss")
            down_up = next((result for result in worst if result in downs), "exact")
        return Verification(
            engine=self.workshop.server.title,
            empty=_outcome(failure),
            rows=rows,
            equals_schema=None if changes is None else not changes,
            down_up=down_up,
            migrations=migrations,
            not_run=tuple(self.omissions),
            remarks=tuple(self.remarks),
        )

    def rows_outcome(self, migrations: Sequence[VerifiedMigration]) -> Outcome:
        if self.own_rows is not None:
            return self.own_rows
        cases = [case for each in migrations for case in each.rows]
        broken = next((case for case in cases if not case.is_ok), None)
        if broken is not None:
            return Outcome(False, broken.failure)
        was_stopped = any(each.empty.failure is not None for each in migrations)
        if not cases and not was_stopped and not self.plan.goes_down_only:
            why = "No migration that is rehearsed finds a table that could hold rows."
            if not self.plan.chosen:
                why = "All migrations are released; --all rehearses every one."
            self.omissions.append(Omission("the rehearsal on rows", why))
        return Outcome(True if cases else None)


def _outcome(failure: Failure | None) -> Outcome:
    """Return how a script ended; a server that lacks something has said nothing about it."""
    if failure is not None and failure.is_of_server:
        return Outcome(None, failure)
    return Outcome(failure is None, failure)


def _changes_rows(statement: object) -> bool:
    if isinstance(statement, DoBlock):
        return any(_changes_rows(placed.statement) for placed in statement.statements)
    return isinstance(statement, DataChange)


def _renames(statement: object) -> bool:
    return isinstance(statement, AlterTable) and any(
        isinstance(action, RenameTable | RenameColumn | SetNamespace)
        for action in statement.actions
    )


def _row_count(
    connection: Connection, model: DatabaseModel, name: str, path: str
) -> tuple[str, int]:
    return name, int(connection.query(f"SELECT count(*) FROM {path}")[0][0])


def _begin_again(connection: Connection) -> None:
    """End a transaction that a script began by itself and did not end."""
    if connection.dialect == "postgresql":
        connection.run_script("ROLLBACK")


def _make_extensions(connection: Connection, extensions: frozenset[str]) -> None:
    if connection.dialect == "postgresql":
        for name in sorted(extensions):
            quoted = quote_name("postgresql", name)
            connection.run_script(f"CREATE EXTENSION IF NOT EXISTS {quoted} CASCADE")


def _drop_tables(connection: Connection, model: DatabaseModel) -> None:
    """Drop views, tables and enums, and leave functions and extensions."""
    for table in model:
        path = quote_path(model.provider, table.name, True)
        connection.run_script(f"DROP TABLE IF EXISTS {path} CASCADE")
    for enum in model.enums.values():
        path = quote_path(model.provider, enum.name, True)
        connection.run_script(f"DROP TYPE IF EXISTS {path} CASCADE")
