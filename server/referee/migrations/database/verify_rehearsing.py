"""Applies migrations to databases that hold rows, of the kinds that break migrations.

The rows are made up, or are the project's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from referee.ddl.model import DatabaseModel
from referee.ddl.quoting import quote_path
from referee.migrations.allowed_values import rows_outside
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.filling import fill, satisfy_checks
from referee.migrations.database.rehearsal import (
    CannotRepeat,
    broken_keys,
    is_left_on_server,
    script_of,
)
from referee.migrations.database.throwaway import ThrowawayDatabase
from referee.migrations.database.verify_applying import (
    apply,
    apply_range,
    refusal_of,
    tell_applying,
)
from referee.migrations.database.verify_run import OwnRows, OwnRowsRefused, Run
from referee.migrations.rows import RowKind, columns_without_value, kinds_for, rows_for
from referee.migrations.sql.statements import (
    AlterTable,
    DataChange,
    DoBlock,
    RenameColumn,
    RenameTable,
    SetNamespace,
)
from referee.migrations.verification import (
    Failure,
    Outcome,
    RowsCase,
    consequence_of,
)
from referee.rules.words import listed


def go_up(run: Run, rolling: ThrowawayDatabase) -> Failure | None:
    """Apply everything to an empty database, and rehearse on the way."""
    migrations = run.plan.migrations
    number = 0
    while number < len(migrations):
        if _is_rehearsed(run, migrations[number].migration.name):
            failure = _rehearse_and_apply(run, number, rolling)
            number += 1
        else:
            stop = number
            while stop < len(migrations) and not _is_rehearsed(
                run, migrations[stop].migration.name
            ):
                stop += 1
            failure = apply_range(run, number, stop, rolling)
            number = stop
        if failure is not None:
            return failure
    with run.workshop.open(rolling) as connection:
        run.keep_catalog(len(migrations), connection)
    return None


def go_up_in_sessions(run: Run, rolling: ThrowawayDatabase) -> Failure | None:
    """Apply everything as a database in use was made, where something is left in sessions.

    What is rehearsed is so afterwards, each in the session that its deploy would have.
    """
    was_rehearsed = False
    with closing(run.workshop.in_sessions(rolling, run.plan.scripts)) as steps:
        for number, (connection, migration) in enumerate(steps):
            tell_applying(run, number)
            if number >= run.first_down or was_rehearsed or _is_rehearsed(run, migration.name):
                with run.workshop.open(rolling) as beside:
                    run.keep_catalog(number, beside)
            was_rehearsed = _is_rehearsed(run, migration.name)
            error = refusal_of(run, number, connection)
            if error is not None:
                failure = run.failure(error, script_of(migration), migration.name)
                found = run.found[migration.name]
                if found.apart.failure is None:
                    run.found[migration.name] = replace(found, apart=Outcome(False, failure))
                return failure
            if was_rehearsed:
                run.late.append(number)
    with run.workshop.open(rolling) as beside:
        run.keep_catalog(len(run.plan.migrations), beside)
    return None


def _is_rehearsed(run: Run, name: str) -> bool:
    if run.plan.own_rows is not None:
        return name == run.plan.own_rows.before
    return name in run.plan.chosen and not run.plan.goes_down_only


def _rehearse_and_apply(run: Run, number: int, rolling: ThrowawayDatabase) -> Failure | None:
    """Apply a migration to the empty database, and then to copies that hold rows."""
    tell_applying(run, number)
    with run.workshop.open(rolling) as connection:
        run.keep_catalog(number, connection)
    kept = run.workshop.server.copy(rolling)
    try:
        with run.workshop.open(rolling) as connection:
            failure = apply(run, number, connection)
            if failure is not None:
                return failure
            run.keep_catalog(number + 1, connection)
        if kept is None:
            # Where no copy can be made, the state before is made once more, later: there may
            # be room for one database only.
            run.late.append(number)
        elif run.plan.own_rows is not None:
            with run.workshop.open(kept) as connection:
                run.own_rows = _apply_to_own_rows(run, number, kept, connection, run.plan.own_rows)
        else:
            _rehearse(run, number, kept)
    finally:
        if kept is not None:
            run.workshop.server.drop(kept)
    return None


def rehearse_late(run: Run) -> None:
    """Rehearse what could not be rehearsed on a copy."""
    for number in run.late:
        if run.plan.own_rows is None:
            try:
                _rehearse(run, number, None)
            except CannotRepeat as why:
                run.leave_unrehearsed(run.plan.migrations[number].migration.name, str(why))
            continue
        try:
            with run.workshop.session_before(run.plan.scripts, number) as (state, connection):
                run.own_rows = _apply_to_own_rows(run, number, state, connection, run.plan.own_rows)
        except CannotRepeat as why:
            run.leave_unrehearsed(run.plan.migrations[number].migration.name, str(why))


def _rehearse(run: Run, number: int, state: ThrowawayDatabase | None) -> None:
    """Apply a migration to the state before it, with rows of each kind.

    Without a `state`, of which copies can be made, it is made once more for each kind.
    """
    each = run.plan.migrations[number]
    name = each.migration.name
    before, after = run.catalogs[number], run.catalogs[number + 1]
    if not before.tables:
        return
    kinds = kinds_for(
        before,
        after,
        changes_rows=any(_changes_rows(step.effect.statement) for step in each.steps),
        renames=any(_renames(step.effect.statement) for step in each.steps if step.origin),
    )
    if state is not None:
        _fill_consistently(run, number, state)
    cases: list[RowsCase] = []
    for kind in kinds:
        run.tell(f"rehearsing {name} on rows", number, len(run.plan.migrations))
        if state is None:
            with run.workshop.session_before(run.plan.scripts, number) as (made, connection):
                _fill_consistently(run, number, made)
                cases.append(_case(run, number, made, connection, kind))
        else:
            # The last kind needs no copy any more.
            copied = None if kind == kinds[-1] else run.workshop.server.copy(state)
            try:
                with run.workshop.open(copied or state) as connection:
                    cases.append(_case(run, number, copied or state, connection, kind))
            finally:
                if copied is not None:
                    run.workshop.server.drop(copied)
        if not cases[0].rows:
            tables = listed(cases[0].empty_tables)
            why = f"No row could be made up for {tables}; --rows takes your own."
            run.leave_unrehearsed(name, why)
            return
        failure = cases[-1].failure
        if failure is not None and is_left_on_server(failure, script_of(each.migration)):
            why = (
                "It makes something that belongs to the whole server, which the run before this "
                "one has left there."
            )
            run.leave_unrehearsed(name, why)
            return
        if failure is not None and cases[0].failure is failure:
            # What fails on rows that agree with each other fails on all others.
            break
    _keep_cases(run, name, cases)


def _fill_consistently(run: Run, number: int, state: ThrowawayDatabase) -> None:
    before, after = run.catalogs[number], run.catalogs[number + 1]
    with run.workshop.open(state) as connection:
        filled = fill(connection, before, rows_for(before, "consistent", after))
        satisfy_checks(connection, before, after)
    for name, column in columns_without_value(before):
        why = f"Its column `{column.name}` needs a value, and none is known of type {column.type}."
        run.leave_empty(name, why)
    for name, refusal in filled.refusals.items():
        run.leave_empty(name, f"The database took no row that was made up: {refusal}.")


# Rows that are to break something else than the checks that a migration adds.
_THAT_SATISFY_CHECKS: frozenset[RowKind] = frozenset(
    {"enum-values", "duplicates", "orphans", "nulls"}
)


def _case(
    run: Run,
    number: int,
    state: ThrowawayDatabase,
    session: Connection,
    kind: RowKind,
) -> RowsCase:
    """Apply a migration to a database with consistent rows, and more of a kind.

    It runs in its session; the rows are put in over a connection of their own, which knows nothing
    of what the session was told.
    """
    migration = run.plan.migrations[number].migration
    before, after = run.catalogs[number], run.catalogs[number + 1]
    script = script_of(migration)
    with run.workshop.open(state) as connection:
        if kind != "consistent":
            rows_of_kind = (
                rows_outside(before, after) if kind == "outside" else rows_for(before, kind, after)
            )
            fill(connection, before, rows_of_kind, is_consistent=False)
        if kind in _THAT_SATISFY_CHECKS:
            satisfy_checks(connection, before, after, keeps_nulls=kind == "nulls")
        rows, empty = _summed(_row_counts(connection, before))
    try:
        session.run_script(script)
    except DatabaseError as error:
        failure = run.failure(error, script, migration.name, before)
        return RowsCase(kind, False, rows, empty, failure)
    failure_left = broken_keys(session, migration.name)
    return RowsCase(kind, failure_left is None, rows, empty, failure_left)


def _apply_to_own_rows(
    run: Run, number: int, state: ThrowawayDatabase, session: Connection, own: OwnRows
) -> Outcome:
    """Put the project's own rows into the state before a migration, and apply all behind it."""
    with run.workshop.open(state) as connection:
        try:
            connection.run_script(own.script)
        except DatabaseError as error:
            at = f" at line {error.line}" if error.line is not None else ""
            raise OwnRowsRefused(
                f"the database before `{own.before}` does not take the rows: {error}{at}."
            ) from None
        broken = broken_keys(connection, own.before)
        if broken is not None:
            raise OwnRowsRefused(
                f"the rows for the database before `{own.before}` break a foreign key: "
                f"{broken.message}."
            )
    for each in run.plan.migrations[number:]:
        run.tell(f"applying {each.migration.name} to your rows", number, len(run.found))
        with run.workshop.open(state) as connection:
            model = catalog_of(connection)
            rows, empty = _summed(_row_counts(connection, model))
        script = script_of(each.migration)
        failure: Failure | None
        try:
            session.run_script(script)
        except DatabaseError as error:
            failure = run.failure(error, script, each.migration.name, model)
        else:
            failure = broken_keys(session, each.migration.name)
        case = RowsCase("own", failure is None, rows, empty, failure)
        _keep_cases(run, each.migration.name, [case])
        if failure is not None:
            return Outcome(False, failure)
    return Outcome(True)


def _keep_cases(run: Run, name: str, cases: Sequence[RowsCase]) -> None:
    found = run.found[name]
    provider = run.plan.evidence.made.provider
    consequence = consequence_of(provider, None, cases) or found.consequence
    run.found[name] = replace(found, rows=tuple(cases), consequence=consequence)


def _changes_rows(statement: object) -> bool:
    if isinstance(statement, DoBlock):
        return any(_changes_rows(placed.statement) for placed in statement.statements)
    return isinstance(statement, DataChange)


def _renames(statement: object) -> bool:
    return isinstance(statement, AlterTable) and any(
        isinstance(action, RenameTable | RenameColumn | SetNamespace)
        for action in statement.actions
    )


def _row_counts(connection: Connection, model: DatabaseModel) -> list[tuple[str, int]]:
    names = [table.name for table in model]
    counts: list[tuple[str, int]] = []
    # SQLite takes no more than 500 parts of a question.
    for start in range(0, len(names), _MOST_COUNTED):
        stretch = names[start : start + _MOST_COUNTED]
        question = " UNION ALL ".join(
            f"SELECT {at}, count(*) FROM {quote_path(model.provider, name, True)}"
            for at, name in enumerate(stretch)
        )
        counts += ((stretch[int(at)].name, int(count)) for at, count in connection.query(question))
    return counts


# How many tables are counted with one question.
_MOST_COUNTED = 200


def _summed(counts: Sequence[tuple[str, int]]) -> tuple[int, tuple[str, ...]]:
    """Return how many rows there are, and the tables that have none."""
    return (
        sum(count for _, count in counts),
        tuple(sorted(name for name, count in counts if not count)),
    )
