"""Verifies the migrations of a project on throwaway databases, step by step.

Every migration is applied to an empty database; what comes of it is compared with what the schema
makes, read through the same catalog on both sides; the chosen migrations are rehearsed on rows, and
taken back and applied again. It deliberately starts no server, and on one that is not ours it runs
nothing as soon as one script reaches beyond its database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from referee.migrations.database.confinement import Bounds, refuse_reaching
from referee.migrations.database.rehearsal import Workshop, script_of
from referee.migrations.database.roles import mentions_roles, with_roles_apart
from referee.migrations.database.throwaway import ThrowawayServer
from referee.migrations.database.verify_applying import LeavesSomething
from referee.migrations.database.verify_down import go_down_and_up
from referee.migrations.database.verify_rehearsing import go_up, go_up_in_sessions, rehearse_late
from referee.migrations.database.verify_run import Plan, Run, Tell, Verified, outcome_of
from referee.migrations.database.verify_schema import compare
from referee.migrations.database.verify_sessions import apply_in_sessions
from referee.migrations.difference import Change
from referee.migrations.reverse import reverse_of
from referee.migrations.verification import (
    DownResult,
    Failure,
    Omission,
    Outcome,
    Verification,
    VerifiedMigration,
)
from referee.rules.words import counted


def verify(
    plan: Plan, server: ThrowawayServer, tell: Tell = lambda what, number, of: None
) -> Verified:
    """Run a verification; `tell` hears what is being done, and how far it is.

    Raises OwnRowsRefused, and LeavesDatabase before anything is run where the server is not ours
    and a script reaches beyond its database.
    """
    if mentions_roles(script_of(each) for each in plan.scripts):
        server = with_roles_apart(server)
    run = Run(plan, Workshop(server, plan.namespace), tell)
    if server.bounds is not None:
        _refuse_reaching(run, server.bounds)
    return _run(run)


def _refuse_reaching(run: Run, bounds: Bounds) -> None:
    """Read all scripts that will be run: the project's own and our ways back."""
    plan = run.plan
    for number, each in enumerate(plan.migrations):
        name = each.migration.name
        refuse_reaching(f"`{name}`", script_of(each.migration), bounds)
        if number < run.first_down:
            continue
        if name in plan.own_downs:
            refuse_reaching(f"the way back from `{name}`", plan.own_downs[name], bounds)
            continue
        for by_statement in (False, True):
            reverse = reverse_of(
                each,
                search_path=plan.namespace,
                routines=run.routines[number],
                by_statement=by_statement,
            )
            refuse_reaching(f"our way back from `{name}`", reverse.text(name), bounds)
    if plan.own_rows is not None:
        refuse_reaching("the script of --rows", plan.own_rows.script, bounds)


def _run(run: Run) -> Verified:
    try:
        return _run_anyhow(run)
    except LeavesSomething:
        return _run_in_sessions(Run(run.plan, run.workshop, run.tell))


def _run_anyhow(run: Run) -> Verified:
    """Run a verification in whatever sessions suit it, since no script leaves anything behind."""
    with run.workshop.fresh() as rolling:
        failure = go_up(run, rolling)
        if failure is None:
            go_down_and_up(run, rolling)
    rehearse_late(run)
    return _verified(run, failure, failure)


def _run_in_sessions(run: Run) -> Verified:
    """Run a verification in the sessions that deploys have."""
    sessions = apply_in_sessions(run)
    stopped = sessions.failure
    if sessions.begins_session is not None:
        run.workshop = replace(run.workshop, begins_session=sessions.begins_session)
        with run.workshop.fresh() as rolling:
            stopped = go_up_in_sessions(run, rolling)
            if stopped is None:
                go_down_and_up(run, rolling)
        rehearse_late(run)
    return _verified(run, sessions.failure, stopped)


def _verified(run: Run, failure: Failure | None, stopped: Failure | None) -> Verified:
    """Return what was found: the failure on a new database, and the one that ended the run."""
    made = run.catalogs.get(len(run.plan.migrations)) if stopped is None else None
    changes: tuple[Change, ...] | None = None
    if made is not None and not run.plan.goes_down_only:
        changes = compare(run, made)
    if stopped is not None:
        _tell_what_waits(run, stopped)
    if failure is None:
        failure = _note_missing_scripts(run)
    return Verified(_verification(run, failure, changes), changes, made)


def _note_missing_scripts(run: Run) -> Failure | None:
    """Note the folders without a script, with which Prisma refuses to deploy; return the first."""
    history = run.plan.evidence.history
    if run.plan.goes_down_only:
        return None
    for name in history.empty_folders:
        failure = Failure(
            name,
            "there is no migration.sql in its folder",
            advice="Bring the file back, for example from git, or remove the folder.",
        )
        run.found[name] = VerifiedMigration(
            name,
            f"{history.path}/{name}",
            empty=Outcome(False, failure),
            consequence=(
                "`prisma migrate deploy` refuses to go on there (P3015), whatever the other "
                "migrations are like."
            ),
        )
    run.found = dict(sorted(run.found.items()))
    first = next(iter(history.empty_folders), None)
    return None if first is None else run.found[first].empty.failure


def _tell_what_waits(run: Run, failure: Failure) -> None:
    waiting = [
        each
        for each in run.found.values()
        if each.empty.is_ok is None and each.empty.failure is None
    ]
    name = failure.migration
    why = f"`{name}` does not apply."
    if failure.is_of_server:
        why = f"`{name}` cannot be applied here. {failure.advice}"
        run.omissions.append(Omission(f"the migration `{name}`", failure.advice))
    if waiting:
        run.omissions.append(Omission(counted(len(waiting), "later migration"), why))
    if not run.plan.goes_down_only and not any(each.rows for each in run.found.values()):
        run.omissions.append(Omission("the rehearsal on rows", why))
    run.omissions.append(Omission("the comparison with the schema", why))
    if run.first_down < len(run.plan.migrations):
        run.omissions.append(Omission("the way down and up again", why))


def _verification(
    run: Run, failure: Failure | None, changes: tuple[Change, ...] | None
) -> Verification:
    migrations = tuple(run.found.values())
    rows = _rows_outcome(run, migrations)
    downs = [each.down.result for each in migrations if each.down is not None]
    down_up: DownResult | None = None
    if downs:
        worst: tuple[DownResult, ...] = ("failed", "data-loss")
        down_up = next((result for result in worst if result in downs), "exact")
    return Verification(
        engine=run.workshop.server.title,
        empty=outcome_of(failure),
        rows=rows,
        equals_schema=None if changes is None else not changes,
        down_up=down_up,
        migrations=migrations,
        not_run=tuple(run.omissions),
        remarks=tuple(run.remarks),
    )


def _rows_outcome(run: Run, migrations: Sequence[VerifiedMigration]) -> Outcome:
    if run.own_rows is not None:
        return run.own_rows
    cases = [case for each in migrations for case in each.rows]
    broken = next((case for case in cases if not case.is_ok), None)
    if broken is not None:
        return Outcome(False, broken.failure)
    was_stopped = len(run.plan.migrations) not in run.catalogs
    if (
        not cases
        and not was_stopped
        and not run.was_left_unrehearsed
        and not run.plan.goes_down_only
    ):
        why = "No migration that is rehearsed finds a table that could hold rows."
        if not run.plan.chosen:
            why = "All migrations are released; --all rehearses every one."
        run.omissions.append(Omission("the rehearsal on rows", why))
    return Outcome(True if cases else None)
