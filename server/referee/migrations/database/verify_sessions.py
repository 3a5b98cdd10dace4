"""Applies migrations in one session and each in its own, where scripts may leave something behind.

A first deploy runs all of them over one connection; where they were deployed one by one, each had
its own. It deliberately does not look at rows, nor at ways back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from referee.ddl.model import DatabaseModel
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.rehearsal import described, script_of, strict_difference
from referee.migrations.database.sessions import (
    Left,
    State,
    left_behind,
    may_leave_something,
    put_back,
    refusal_of_note,
    session_state,
    set_again,
)
from referee.migrations.database.statements import Dialect
from referee.migrations.database.verify_applying import note, refusal_of, tell_applying
from referee.migrations.database.verify_run import Run
from referee.migrations.history import Migration
from referee.migrations.verification import NOT_NOTED, Failure, Outcome, stop_of_deploy
from referee.text.lines import LINE_END


@dataclass(frozen=True, slots=True)
class Sessions:
    """What came of it where something is left behind: the first failure on a new database, if any.

    `begins_session` names the migrations before which a new connection is made, so that all of
    them apply up to the first that is chosen; None where they do not in either way.
    """

    failure: Failure | None
    begins_session: frozenset[str] | None


def apply_in_sessions(run: Run) -> Sessions:
    """Apply everything in one session, and so that nothing that is left reaches the next script.

    How a migration ends in both is noted.
    """
    together = _apply(run)
    failure: Failure | None = None
    for number, spent in enumerate(together.lasts):
        error = together.error if number == together.stopped_at else None
        failure = note(run, number, error, spent)
    apart = _apply(run, together.left)
    _note_differences(run, together, apart)
    names = [each.name for each in run.plan.scripts]
    if together.stopped_at is None:
        return Sessions(None, frozenset(names[run.first_down : run.first_down + 1]))
    failure = run.found[names[together.stopped_at]].empty.failure or failure
    if apart.stopped_at is not None:
        return Sessions(failure, None)
    return Sessions(failure, frozenset(names[number] for number in apart.begun))


@dataclass(slots=True)
class _Pass:
    """Migrations as they were applied in one way, and where that ended.

    `begun` are those before which a connection was made. `left` is what was special to the session
    when a migration ran; of one that Prisma cannot note, what was so afterwards. `culprit` is the
    one of these because of which it ended there, as far as that can be tried. `models` are what
    the database held after the last migration, or after each.
    """

    begun: list[int] = field(default_factory=list)
    left: dict[int, tuple[Left, ...]] = field(default_factory=dict)
    models: dict[int, DatabaseModel] = field(default_factory=dict)
    lasts: list[float] = field(default_factory=list)
    stopped_at: int | None = None
    error: DatabaseError | None = None
    is_not_noted: bool = False
    culprit: Left | None = None

    def passed(self, number: int) -> bool:
        """Tell whether a migration was applied."""
        return self.stopped_at is None or self.stopped_at > number


def _apply(
    run: Run,
    missed: Mapping[int, tuple[Left, ...]] | None = None,
    *,
    looks_always: bool = False,
) -> _Pass:
    """Apply all migrations in one session.

    With `missed`, what a session had in another way, each that would find something left by the
    one before it begins a session. With `looks_always` the database is read after each.
    """
    found = _Pass()
    left: tuple[Left, ...] = ()
    with run.workshop.fresh() as database, ExitStack() as stack:
        connection = stack.enter_context(run.workshop.open(database))
        usual, scripts = session_state(connection), list[str]()
        for number, migration in enumerate(run.plan.scripts):
            if missed is not None and left:
                stack.close()
                connection = stack.enter_context(run.workshop.open(database))
                usual, scripts, left = session_state(connection), [], ()
                found.begun.append(number)
            found.left[number] = left
            tell_applying(run, number)
            start = time.perf_counter()
            found.error = refusal_of(run, number, connection)
            found.lasts.append((time.perf_counter() - start) * 1000)
            if found.error is None:
                left = _left_after(migration, connection, usual, scripts, left)
                if left and left != found.left[number]:
                    with run.workshop.open(database) as beside:
                        found.error = refusal_of_note(connection, beside)
                if found.error is not None:
                    found.is_not_noted, found.left[number] = True, left
            if found.error is not None:
                found.stopped_at = number
                with run.workshop.open(database) as beside:
                    found.culprit = _culprit(run, found, connection, beside, missed)
                break
            if looks_always or number + 1 == len(run.plan.scripts):
                with run.workshop.open(database) as beside:
                    found.models[number] = catalog_of(beside)
    return found


def _left_after(
    migration: Migration,
    connection: Connection,
    usual: State,
    scripts: list[str],
    left: tuple[Left, ...],
) -> tuple[Left, ...]:
    """Return what is special to a session after a migration; `scripts` are those to remember."""
    script = script_of(migration)
    if not may_leave_something(script, connection.dialect):
        return left
    scripts.append(script)
    return left_behind(migration.name, script, usual, left, session_state(connection, scripts))


def _culprit(
    run: Run,
    found: _Pass,
    connection: Connection,
    beside: Connection,
    missed: Mapping[int, tuple[Left, ...]] | None,
) -> Left | None:
    """Return what a refusal is because of: put back, or set, it is none.

    Elsewhere than in PostgreSQL a script that failed may have run in part, so that it cannot be
    tried again.
    """
    number = found.stopped_at
    assert number is not None
    if not found.is_not_noted and connection.dialect != "postgresql":
        return None
    is_missing = missed is not None and not found.is_not_noted
    suspects = (missed or {}).get(number, ()) if is_missing else found.left[number]
    for each in suspects:
        change = (set_again if is_missing else put_back)(each, connection.dialect)
        if change is None:
            continue
        try:
            connection.run_script(change)
            if not found.is_not_noted:
                connection.run_script(script_of(run.plan.scripts[number]))
            elif refusal_of_note(connection, beside) is not None:
                continue
        except DatabaseError:
            continue
        return each
    return None


# ---- what differs ----


def _note_differences(run: Run, together: _Pass, apart: _Pass) -> None:
    stopped = together.stopped_at
    if stopped is not None and together.is_not_noted:
        _note_not_noted(run, stopped, together)
    elif stopped is not None and apart.passed(stopped):
        _note_failed_together(run, stopped, together)
    if apart.stopped_at is not None and apart.stopped_at != stopped:
        _note_failed_apart(run, apart.stopped_at, together, apart)
        return
    if _first_difference(together, apart) is not None:
        # Rare enough to apply all once more for the sake of the name.
        together, apart = _apply(run, looks_always=True), _apply(run, {}, looks_always=True)
        found = _first_difference(together, apart)
        if found is not None:
            _note_other_result(run, found[0], together, found[1])


def _first_difference(together: _Pass, apart: _Pass) -> tuple[int, tuple[str, ...]] | None:
    for number in sorted(together.models.keys() & apart.models.keys()):
        changes = strict_difference(apart.models[number], together.models[number])
        if changes:
            return number, described(changes)
    return None


def _note_not_noted(run: Run, number: int, together: _Pass) -> None:
    migration = run.plan.scripts[number]
    error, left = together.error, _suspects(together, together.left[number])
    assert error is not None
    line = left[0].line
    statement = LINE_END.split(script_of(migration))[line - 1].strip() if line else ""
    failure = Failure(
        migration.name,
        f"{error.message}: Prisma cannot note that the migration is applied",
        error.sqlstate or error.code,
        line,
        statement[:200],
        advice=_advice_to_end(run, left[0], migration.name),
    )
    run.found[migration.name] = replace(
        run.found[migration.name],
        empty=Outcome(False, failure),
        cause=_cause(left),
        consequence=NOT_NOTED,
    )


def _note_failed_together(run: Run, number: int, together: _Pass) -> None:
    name = run.plan.scripts[number].name
    found = run.found[name]
    failure = found.empty.failure
    left = _suspects(together, together.left[number])
    if failure is None or failure.is_of_server or not left:
        return
    advice = _advice_to_put_back(run, left[0], f"Begin `{name}`")
    run.found[name] = replace(
        found,
        empty=Outcome(False, replace(failure, advice=advice)),
        apart=Outcome(True),
        cause=f"Fails on a new database, and applies {_KNOWN}: {_cause(left)}",
        consequence=stop_of_deploy(run.plan.evidence.made.provider),
    )


def _note_failed_apart(run: Run, number: int, together: _Pass, apart: _Pass) -> None:
    migration = run.plan.scripts[number]
    left = _suspects(apart, together.left.get(number, ()))
    assert apart.error is not None
    failure = run.failure(apart.error, script_of(migration), migration.name)
    if left:
        failure = replace(failure, advice=_advice_to_set(left, migration.name))
    works = "Applies to a new database, and f" if together.passed(number) else "F"
    where = f"{works}ails {_KNOWN}"
    run.found[migration.name] = replace(
        run.found[migration.name],
        apart=Outcome(False, failure),
        cause=f"{where}: {_cause(left)}" if left else f"{where}.",
        consequence=stop_of_deploy(run.plan.evidence.made.provider),
    )


def _suspects(found: _Pass, left: tuple[Left, ...]) -> tuple[Left, ...]:
    return left if found.culprit is None else (found.culprit,)


def _note_other_result(run: Run, number: int, together: _Pass, differences: Sequence[str]) -> None:
    name = run.plan.scripts[number].name
    left = together.left[number]
    more = f" There are {len(differences) - 3} more." if len(differences) > 3 else ""
    message = f"It makes something else. {' '.join(differences[:3])}{more}"
    run.found[name] = replace(
        run.found[name],
        apart=Outcome(False, Failure(name, message, advice=_advice_to_set(left, name))),
        cause=f"On a new database it makes something else than {_KNOWN}: {_cause(left)}",
        consequence="Applies everywhere, and databases differ by the deploys that applied it.",
    )


def _dialect(run: Run) -> Dialect:
    provider = run.plan.evidence.made.provider
    if provider == "mysql" or provider == "sqlite":
        return provider
    return "postgresql"


_KNOWN = "where an earlier deploy applied the ones before it"


def _cause(left: Sequence[Left]) -> str:
    """Return who leaves what behind, as a sentence."""
    if not left:
        return ""
    migration = left[0].migration
    shown = [each for each in left if each.migration == migration][:3]
    named = [f"{each} (line {each.line})" if each.line else str(each) for each in shown]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    others = sorted({each.migration for each in left} - {migration})
    more = f", others leave more ({', '.join(f'`{each}`' for each in others[:3])})" * bool(others)
    return (
        f"`{migration}` leaves {listed} behind{more}; that holds for what the same deploy applies "
        "afterwards, and for no later deploy."
    )


def _advice_to_end(run: Run, left: Left, name: str) -> str:
    statement = put_back(left, _dialect(run))
    if statement is None:
        return f"Let `{name}` end with its session as it began."
    return f"Take the line out, or end `{name}` with `{statement}`"


def _advice_to_put_back(run: Run, left: Left, where: str) -> str:
    statement = put_back(left, _dialect(run))
    if statement is None:
        return "A migration is to depend on nothing that another one leaves behind."
    return f"{where} with `{statement}`"


def _advice_to_set(left: Sequence[Left], name: str) -> str:
    settings = [f"`{each.what}`" for each in left if " " not in each.what][:3]
    if not settings:
        return "A migration is to depend on nothing that another one leaves behind."
    return f"Set {' and '.join(settings)} in `{name}` as well."
