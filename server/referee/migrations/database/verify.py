"""Verifies the migrations of a project on throwaway databases, step by step.

Every migration is applied to an empty database; what comes of it is compared with what the schema
makes, read through the same catalog on both sides; the chosen migrations are rehearsed on rows, and
taken back and applied again. It deliberately starts no server, and on one that is not ours it runs
nothing as soon as one script reaches beyond its database.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from referee.migrations.database.confinement import Bounds, refuse_reaching
from referee.migrations.database.rehearsal import Workshop, script_of
from referee.migrations.database.throwaway import ThrowawayServer
from referee.migrations.database.verify_down import go_down_and_up
from referee.migrations.database.verify_rehearsing import go_up, rehearse_late
from referee.migrations.database.verify_run import Plan, Run, Tell, Verified, outcome_of
from referee.migrations.database.verify_schema import compare
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
    with ExitStack() as stack:
        rolling = stack.enter_context(run.workshop.fresh())
        failure = go_up(run, rolling)
        applied = failure is None
        made = run.catalogs.get(len(run.plan.migrations)) if applied else None
        if applied:
            go_down_and_up(run, rolling)
    rehearse_late(run)
    changes = None
    if made is not None and not run.plan.goes_down_only:
        changes = compare(run, made)
    if not applied:
        _tell_what_waits(run, failure)
    return Verified(_verification(run, failure, changes), changes, made)


def _tell_what_waits(run: Run, failure: Failure | None) -> None:
    waiting = [
        each
        for each in run.found.values()
        if each.empty.is_ok is None and each.empty.failure is None
    ]
    name = "" if failure is None else failure.migration
    why = f"`{name}` does not apply."
    if failure is not None and failure.is_of_server:
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
    was_stopped = any(each.empty.failure is not None for each in migrations)
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
