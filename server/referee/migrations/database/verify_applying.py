"""Applies migrations to a database one behind the other, as a deploy does."""

from __future__ import annotations

import time
from dataclasses import replace

from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.open_transactions import OpenTransaction
from referee.migrations.database.rehearsal import script_of
from referee.migrations.database.sessions import may_leave_something, session_state
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


class LeavesSomething(Exception):
    """A script left something behind in its session, so that sessions have to be told apart."""


def apply(run: Run, number: int, connection: Connection) -> Failure | None:
    """Apply one migration, and note how that ended and how long it took.

    Raises LeavesSomething where the connection is not afterwards what it was before.
    """
    script = script_of(run.plan.migrations[number].migration)
    is_watched = may_leave_something(script, connection.dialect)
    before = session_state(connection, [script]) if is_watched else {}
    start = time.perf_counter()
    error = refusal_of(run, number, connection)
    spent = (time.perf_counter() - start) * 1000
    if is_watched and error is None and session_state(connection, [script]) != before:
        raise LeavesSomething
    return note(run, number, error, spent)


def refusal_of(run: Run, number: int, connection: Connection) -> DatabaseError | None:
    """Run the script of a migration, and return what the database refused."""
    try:
        connection.run_script(script_of(run.plan.migrations[number].migration))
    except DatabaseError as error:
        return error
    return None


def note(run: Run, number: int, error: DatabaseError | None, spent: float) -> Failure | None:
    """Note how a migration ended on the empty database, and how many milliseconds it took."""
    migration = run.plan.migrations[number].migration
    failure: Failure | None = None
    if error is not None:
        failure = run.failure(error, script_of(migration), migration.name)
    run.found[migration.name] = replace(
        run.found[migration.name],
        milliseconds=spent,
        empty=outcome_of(failure),
        emulated=run.emulated_in(number),
        consequence=_consequence(run, failure, isinstance(error, OpenTransaction)),
    )
    return failure


def _consequence(run: Run, failure: Failure | None, leaves_open: bool) -> str:
    if failure is not None and failure.is_of_server:
        return ""
    if leaves_open:
        return "What its open transaction holds is lost when the connection ends."
    return consequence_of(run.plan.evidence.made.provider, failure)
