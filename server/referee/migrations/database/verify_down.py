"""Takes migrations back, the last one first, and applies them again."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace

from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.rehearsal import (
    CannotRepeat,
    described,
    empty_all,
    is_left_on_server,
    script_of,
    strict_difference,
)
from referee.migrations.database.roles import Roles, RolesApart
from referee.migrations.database.throwaway import ThrowawayDatabase
from referee.migrations.database.verify_run import Run
from referee.migrations.reverse import Reverse, reverse_of
from referee.migrations.verification import (
    Down,
    DownResult,
    Failure,
    Omission,
    is_about_rows,
)
from referee.rules.words import listed


def go_down_and_up(run: Run, rolling: ThrowawayDatabase) -> None:
    """Take the chosen migrations back, the last one first, and apply them again."""
    last = len(run.plan.migrations)
    database: ThrowawayDatabase = rolling
    with ExitStack() as stack:
        for number in range(last - 1, run.first_down - 1, -1):
            name = run.plan.migrations[number].migration.name
            run.tell(f"taking back {name}", last - 1 - number, last - run.first_down)
            down = _take_back(run, number, database)
            has_arrived = down.result != "failed"
            if not has_arrived:
                down = _take_back_by_statement(run, number, down)
            _note_down(run, name, down)
            if not has_arrived:
                # The others are tried from where this one should have led.
                run.workshop.server.drop(database)
                before = run.workshop.state_after(run.plan.scripts[:number])
                try:
                    database = stack.enter_context(before)
                except CannotRepeat as why:
                    run.omissions.append(Omission("the way back from those before it", str(why)))
                    return
        if run.first_down < last:
            _apply_again(run, database)


def _note_down(run: Run, name: str, down: Down) -> None:
    """Keep how a way back ended; one that leaves something of the migration by design was none."""
    if _leaves_something(down) and not run.plan.goes_down_only:
        run.omissions.append(Omission(f"the way back from `{name}`", " ".join(down.gaps)))
        run.found[name] = replace(run.found[name], down=None)
    else:
        run.found[name] = replace(run.found[name], down=down)


def _leaves_something(down: Down) -> bool:
    """Tell whether a way back ran, but of the migration there is something that it leaves."""
    is_refused = down.failure is not None and not down.fails_again
    return down.result == "failed" and bool(down.gaps) and not down.is_own and not is_refused


def _take_back(run: Run, number: int, database: ThrowawayDatabase) -> Down:
    """Run the way back from a migration: the project's own, or ours."""
    each = run.plan.migrations[number]
    name = each.migration.name
    routines = run.routines[number]
    reverse = reverse_of(each, search_path=run.plan.namespace, routines=routines)
    if name in run.plan.own_downs:
        # What the migration took is gone whoever wrote the way back.
        own = Reverse((), reverse.losses)
        return _run_down(run, number, database, own, run.plan.own_downs[name])
    return _run_down(run, number, database, reverse, reverse.text(name))


def _take_back_by_statement(run: Run, number: int, failed: Down) -> Down:
    """Try a failed way back once more, statement by statement, on a database of its own."""
    each = run.plan.migrations[number]
    name = each.migration.name
    if failed.is_own:
        return failed
    reverse = reverse_of(
        each,
        search_path=run.plan.namespace,
        routines=run.routines[number],
        by_statement=True,
    )
    text = reverse.text(name)
    if text == failed.script:
        return failed
    try:
        with run.workshop.state_after(run.plan.scripts[: number + 1]) as again:
            down = _run_down(run, number, again, reverse, text)
    except CannotRepeat:
        return failed
    return down if down.result != "failed" else failed


def _run_down(
    run: Run, number: int, database: ThrowawayDatabase, reverse: Reverse, script: str
) -> Down:
    name = run.plan.migrations[number].migration.name
    is_own = name in run.plan.own_downs
    warnings = list(reverse.warnings)
    down = Down("exact", script, reverse.losses, gaps=reverse.gaps, is_own=is_own)
    with run.workshop.open(database) as connection:
        try:
            connection.run_script(script)
        except DatabaseError as error:
            failure = run.failure(error, script, name)
            if not is_about_rows(error.sqlstate, error.code):
                return replace(down, result="failed", failure=failure)
            # Rows that a migration made stand in the way; without them the way is there.
            warnings.append(f"It fails while rows are there: {failure.message}.")
            try:
                _begin_again(connection)
                empty_all(connection)
                connection.run_script(script)
            except DatabaseError as second:
                failure = run.failure(second, script, name)
                return replace(down, result="failed", failure=failure)
        here = catalog_of(connection)
    differences = described(strict_difference(here, run.catalogs[number]))
    result: DownResult = "data-loss" if down.losses else "exact"
    return replace(
        down,
        result="failed" if differences else result,
        warnings=tuple(warnings),
        differences=differences,
    )


def _apply_again(run: Run, database: ThrowawayDatabase) -> None:
    last = len(run.plan.migrations)
    server = run.workshop.server
    if isinstance(server, RolesApart):
        with run.workshop.open(database) as beside:
            _warn_of_roles(run, server.roles(beside))
            server.keep_only(beside, run.roles)
    again = run.plan.scripts[run.first_down :]
    with closing(run.workshop.in_sessions(database, again)) as steps:
        for number, (connection, migration) in enumerate(steps, run.first_down):
            run.tell(f"applying {migration.name} again", number, last)
            script = script_of(migration)
            try:
                connection.run_script(script)
            except DatabaseError as error:
                if not is_about_rows(error.sqlstate, error.code):
                    _note_failed_again(run, number, run.failure(error, script, migration.name))
                    return
                try:
                    _begin_again(connection)
                    empty_all(connection)
                    connection.run_script(script)
                except DatabaseError as second:
                    _note_failed_again(run, number, run.failure(second, script, migration.name))
                    return
    with run.workshop.open(database) as beside:
        here = catalog_of(beside)
    differences = described(strict_difference(here, run.catalogs[last]))
    if differences:
        name = run.plan.migrations[-1].migration.name
        down = run.found[name].down
        if down is not None:
            _note_down(run, name, replace(down, result="failed", differences=differences))


def _warn_of_roles(run: Run, left: Roles) -> None:
    """Say of migrations which roles their ways back leave on the server."""
    names = [name for number, name in left.items() if number not in run.roles]
    for each in run.plan.scripts[run.first_down :]:
        down = run.found[each.name].down
        stay = [name for name in names if name in script_of(each)]
        if down is None or not stay:
            continue
        warning = (
            f"{listed(stay)} {'stays' if len(stay) == 1 else 'stay'} on the server, which all its "
            "databases share; as long as that is so, the migration cannot be applied again."
        )
        run.found[each.name] = replace(
            run.found[each.name], down=replace(down, warnings=(*down.warnings, warning))
        )


def _note_failed_again(run: Run, number: int, failure: Failure) -> None:
    migration = run.plan.migrations[number].migration
    name = migration.name
    if is_left_on_server(failure, script_of(migration)):
        why = "It makes something of the whole server, which no way back takes away."
        run.omissions.append(Omission(f"applying `{name}` once more", why))
        return
    down = run.found[name].down
    if down is not None:
        failed = replace(down, result="failed", failure=failure, fails_again=True)
        _note_down(run, name, failed)


def _begin_again(connection: Connection) -> None:
    """End a transaction that a script began by itself and did not end."""
    if connection.dialect == "postgresql":
        connection.run_script("ROLLBACK")
