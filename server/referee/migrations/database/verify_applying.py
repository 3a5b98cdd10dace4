"""Applies migrations to a database one behind the other, as a deploy does."""

from __future__ import annotations

import time
from dataclasses import replace

from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.open_transactions import OpenTransaction
from referee.migrations.database.rehearsal import script_of
from referee.migrations.database.throwaway import ThrowawayDatabase
from referee.migrations.database.verify_run import Run, outcome_of
from referee.migrations.verification import Failure, consequence_of


def apply_range(run: Run, start: int, stop: int, rolling: ThrowawayDatabase) -> Failure | None:
    """Apply migrations over one connection, as a deploy does."""
    with run.workshop.open(rolling) as connection:
        for number in range(start, stop):
            tell_applying(run, number)
            if number >= run.first_down:
                run.keep_catalog(number, connection)
            failure = apply(run, number, connection)
            if failure is not None:
                return failure
    return None


def tell_applying(run: Run, number: int) -> None:
    """Say which migration is being applied."""
    name = run.plan.migrations[number].migration.name
    run.tell(f"applying {name}", number, len(run.plan.migrations))


def apply(run: Run, number: int, connection: Connection) -> Failure | None:
    """Apply one migration, and note how that ended and how long it took."""
    migration = run.plan.migrations[number].migration
    script = script_of(migration)
    failure: Failure | None = None
    leaves_open = False
    start = time.perf_counter()
    try:
        connection.run_script(script)
    except DatabaseError as error:
        failure = run.failure(error, script, migration.name)
        leaves_open = isinstance(error, OpenTransaction)
    spent = (time.perf_counter() - start) * 1000
    found = run.found[migration.name]
    run.found[migration.name] = replace(
        found,
        milliseconds=spent,
        empty=outcome_of(failure),
        emulated=run.emulated_in(number),
        consequence=_consequence(run, failure, leaves_open),
    )
    return failure


def _consequence(run: Run, failure: Failure | None, leaves_open: bool) -> str:
    if failure is not None and failure.is_of_server:
        return ""
    if leaves_open:
        return "What its open transaction holds is lost when the connection ends."
    return consequence_of(run.plan.evidence.made.provider, failure)
