"""What running migrations on a database, and looking at one in use, gave, as statements.

It deliberately runs nothing: a verification and a status come in as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from referee.features.report.status_report import TITLES, StatusReport, ToldStatus
from referee.features.whole_report.values import (
    At,
    DatabaseState,
    Evidence,
    NotRun,
    Recommendation,
    State,
    Statement,
    Trial,
)
from referee.migrations.applied import STATUS_CODES, StatusCode
from referee.migrations.verification import (
    Failure,
    Omission,
    Outcome,
    Verification,
    VerifiedMigration,
)
from referee.rules.rule import SEVERITIES
from referee.rules.words import counted, listed


def trial_of(verification: Verification, path: str, shown: Callable[[str], str]) -> Trial:
    """Return a verification as statements; `shown` makes paths what readers see.

    `path` is what names the schema in commands.
    """
    return Trial(
        verification.engine or "no database",
        tuple(_statements(verification, shown)),
        {
            each.name: each.milliseconds / 1000
            for each in verification.migrations
            if each.milliseconds is not None
        },
        tuple(_gathered(verification.not_run)),
        verification.has_findings,
        next((each.why for each in verification.not_run if _is_of_server(verification)), None),
        tuple(_steps(verification, path, shown)),
    )


def _steps(
    verification: Verification, path: str, shown: Callable[[str], str]
) -> Iterator[Recommendation]:
    """Yield what to do about what failed."""
    paths = {each.name: each.path for each in verification.migrations}
    failure = verification.empty.failure
    if verification.empty.is_ok is False and failure is not None:
        [broken_one] = [each for each in verification.migrations if each.name == failure.migration]
        where = "a new database" if broken_one.apart.is_ok else "no database"
        applies = "does not apply to" if broken_one.apart.is_ok else "applies to"
        yield Recommendation(
            1,
            f"Mend `{failure.migration}`: it {applies} {where}",
            "A new environment cannot be set up, and nothing behind it was tried.",
            command=f"referee migrations verify {path}",
            fix=failure.advice or None,
            evidence=(
                _failure(failure, paths[failure.migration], shown),
                *_causes([broken_one], shown),
            ),
        )
    for each in _failing_apart(verification):
        assert each.apart.failure is not None
        yield Recommendation(
            1,
            f"Make `{each.name}` independent of what the migrations before it leave behind",
            "It applies together with them, and not where they were applied before.",
            command=f"referee migrations verify {path}",
            fix=each.apart.failure.advice or None,
            evidence=(_failure(each.apart.failure, each.path, shown), *_causes([each], shown)),
        )
    for each in verification.migrations:
        broken = [case for case in each.rows if case.failure is not None]
        if broken:
            failures = [case.failure for case in broken if case.failure is not None]
            yield Recommendation(
                1,
                f"Make `{each.name}` applicable to tables that hold rows",
                "It applies to an empty database, and may fail in production.",
                command=f"referee migrations verify {path}",
                fix=failures[0].advice or None,
                evidence=tuple(
                    _failure(failure, each.path, shown, case.description)
                    for case, failure in zip(broken, failures, strict=True)
                ),
            )
        if each.down is not None and each.down.result == "failed":
            yield Recommendation(
                3,
                f"Write the way back from `{each.name}` by hand",
                "The one that can be written for it does not lead to where it came from.",
                command=f"referee migrations down {each.name} {path}",
                evidence=tuple(_down_evidence([each], shown)),
            )


def _failing_apart(verification: Verification) -> list[VerifiedMigration]:
    """Return the migrations that fail where an earlier deploy applied the ones before them."""
    return [
        each
        for each in verification.migrations
        if each.apart.is_ok is False and each.apart.failure is not None and each.empty.is_ok
    ]


def _causes(
    migrations: Iterable[VerifiedMigration], shown: Callable[[str], str]
) -> Iterator[Evidence]:
    for each in migrations:
        if each.cause:
            yield Evidence(" ".join(each.cause.split()), At(shown(each.path), 1))


def _is_of_server(verification: Verification) -> bool:
    failure = verification.empty.failure
    return failure is not None and failure.is_of_server


def _gathered(omissions: Iterable[Omission]) -> Iterator[NotRun]:
    """Yield what was not run, together where it was for one reason."""
    whats: list[str] = []
    why = ""
    for each in omissions:
        # The reason of the first is told again behind others that follow from it.
        if whats and not each.why.endswith(why):
            yield NotRun(_capitalised(_joined(whats)), why)
            whats = []
        if not whats:
            why = each.why
        whats.append(each.what)
    if whats:
        yield NotRun(_capitalised(_joined(whats)), why)


def _joined(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _statements(verification: Verification, shown: Callable[[str], str]) -> Iterator[Statement]:
    engine = verification.engine or "no database"
    migrations = verification.migrations
    if verification.empty.is_ok is not None:
        number = counted(len(migrations), "migration")
        apply = "applies" if len(migrations) == 1 else "apply"
        spent = sum(each.milliseconds or 0 for each in migrations)
        yield _outcome(
            "applied-on-empty",
            verification.empty,
            f"{number} {apply} to an empty database ({engine}), in {_time(spent)}.",
            f"{number} {apply} to an empty database ({engine}) only in part."
            if len(migrations) > 1
            else f"The migration does not apply to an empty database ({engine}).",
            verification,
            shown,
        )
    elif _is_of_server(verification):
        applied = sum(each.empty.is_ok is True for each in migrations)
        yield Statement(
            "applied-on-empty",
            "not-run",
            f"{applied} of {counted(len(migrations), 'migration')} were applied to an empty "
            f"database ({engine}); the next one asks for what it lacks.",
        )
    apart = _failing_apart(verification)
    if apart:
        names = listed([each.name for each in apart], most=3)
        yield Statement(
            "applied-one-by-one",
            "fails",
            f"Deployed one after the other, {names} "
            f"{'fails' if len(apart) == 1 else 'fail'}: what scripts before leave behind in "
            "their session is gone by then.",
            tuple(
                evidence
                for each in apart
                if each.apart.failure is not None
                for evidence in (
                    _failure(each.apart.failure, each.path, shown),
                    *_causes([each], shown),
                )
            ),
        )
    emulated = sorted({name for each in migrations for name in each.emulated})
    if emulated:
        sentence = f"Emulated, since the server lacks them: {listed(emulated)}."
        yield Statement("emulated-extensions", "attention", sentence)
    rehearsed = [each for each in migrations if each.is_chosen]
    if verification.rows.is_ok is not None:
        names = listed([each.name for each in rehearsed], most=3)
        yield Statement(
            "applied-on-rows",
            "holds" if verification.rows.is_ok else "fails",
            f"On tables with rows, of the kinds that break migrations, {names} applied."
            if verification.rows.is_ok
            else f"On tables with rows, not all of {names} applied.",
            tuple(_rows_evidence(rehearsed, shown)),
        )
    if verification.equals_schema is not None:
        equals = verification.equals_schema
        yield Statement(
            "equals-schema",
            "holds" if equals else "fails",
            "The migrated database is what the schema says, read from the catalogs of both."
            if equals
            else "The migrated database is not what the schema says: "
            f"{counted(len(verification.differences), 'difference')}.",
            tuple(
                Evidence(
                    each.message,
                    None if each.path is None else At(shown(each.path), each.line or 1),
                )
                for each in verification.differences
            ),
        )
    if verification.down_up is not None:
        states: dict[str, tuple[State, str]] = {
            "exact": ("holds", "Going back and forth again restores the database exactly."),
            "data-loss": (
                "attention",
                "Going back restores the tables, but not all that rows held.",
            ),
            "failed": ("fails", "Going back does not restore the database as it was."),
        }
        state, sentence = states[verification.down_up]
        yield Statement("down-and-up", state, sentence, tuple(_down_evidence(rehearsed, shown)))
    for remark in verification.remarks:
        yield Statement("remark", "not-run", remark)


def _time(milliseconds: float) -> str:
    if milliseconds < 1000:
        return f"{max(1, round(milliseconds))} ms"
    return f"{milliseconds / 1000:.1f} s"


def _outcome(
    id: str,
    outcome: Outcome,
    good: str,
    bad: str,
    verification: Verification,
    shown: Callable[[str], str],
) -> Statement:
    if outcome.is_ok:
        return Statement(id, "holds", good)
    paths = {each.name: each.path for each in verification.migrations}
    failure = outcome.failure
    evidence = () if failure is None else (_failure(failure, paths[failure.migration], shown),)
    return Statement(id, "fails", bad, evidence)


def _failure(failure: Failure, path: str, shown: Callable[[str], str], rows: str = "") -> Evidence:
    code = f" ({failure.sqlstate})" if failure.sqlstate else ""
    advice = f" {failure.advice}" if failure.advice else ""
    message = " ".join(failure.message.split()).rstrip(".")
    where = f" on {rows}" if rows else ""
    text = f"`{failure.migration}` fails{where}: {message}{code}.{advice}"
    return Evidence(text, At(shown(path), failure.line or 1))


def _rows_evidence(
    migrations: list[VerifiedMigration], shown: Callable[[str], str]
) -> Iterator[Evidence]:
    for each in migrations:
        for case in each.rows:
            if case.failure is not None:
                yield _failure(case.failure, each.path, shown, case.description)
            elif case.is_ok:
                rows = counted(case.rows, "row")
                yield Evidence(f"`{each.name}` on {case.description}: applied, {rows}")


def _down_evidence(
    migrations: list[VerifiedMigration], shown: Callable[[str], str]
) -> Iterator[Evidence]:
    for each in migrations:
        if each.down is None:
            continue
        at = At(shown(each.path), 1)
        down = each.down
        for sentence in (*down.losses, *down.warnings, *down.gaps, *down.differences):
            yield Evidence(f"Back from `{each.name}`: {sentence}", at)
        if down.failure is not None:
            yield Evidence(f"Back from `{each.name}`: {' '.join(down.failure.message.split())}", at)


# --- A database in use ---------------------------------------------------------------------------


def database_state(status: StatusReport) -> DatabaseState:
    """Return the status of a database as statements: one for each kind of finding."""
    return DatabaseState(
        str(status.database),
        tuple(_status_statements(status)),
        bool(status.findings),
        tuple(_status_steps(status)),
    )


def _found_by_code(status: StatusReport) -> Mapping[StatusCode, tuple[ToldStatus, ...]]:
    by_code: dict[StatusCode, list[ToldStatus]] = {}
    for told in status.findings:
        by_code.setdefault(told.finding.code, []).append(told)
    return {code: tuple(by_code[code]) for code in STATUS_CODES if code in by_code}


# What to do about the findings of a code, as a command to a person. What the schema says and no
# migration makes is a finding without a database, too, and its advice is given there.
_ADVICE: Mapping[StatusCode, str] = {
    "failed-migration": "Resolve the failed migrations of the database",
    "diverged-history": "Bring database and folder back to one history",
    "missing-migration-file": "Bring back the script that a folder lacks",
    "baseline-needed": "Say which migrations the database holds already",
    "edited-migration": "Take back the edits of migrations that were applied",
    "database-ahead": "Get the migrations that the database has and this folder lacks",
    "drift": "Bring the database back to what its migrations make",
    "pending-migration": "Apply the migrations that wait",
    "running-migration": "Wait for the migration that is being applied",
    "rolled-back-migration": "Mend the migrations that were rolled back, or delete them",
    "not-managed": "Put the database under Prisma Migrate",
}


def _status_steps(status: StatusReport) -> Iterator[Recommendation]:
    """Yield what to do about the database, a code at a time."""
    for code, found in _found_by_code(status).items():
        title = _ADVICE.get(code)
        if title is None:
            continue
        finding = found[0].finding
        first = next((each for each in finding.next if each.command), None)
        yield Recommendation(
            SEVERITIES.index(finding.severity) + 1,
            title,
            f"{TITLES[code]}: {len(found)}.",
            code,
            finding.severity,
            "referee migrations status --url URL" if first is None else first.command,
            " ".join(each.what for each in finding.next) if _share_steps(found) else None,
            tuple(_told(each, has_steps=not _share_steps(found)) for each in found),
        )


def _share_steps(found: Sequence[ToldStatus]) -> bool:
    """Tell whether the same is to be done about all of them, so that it is said once."""
    return len({each.finding.next for each in found}) == 1


def _status_statements(status: StatusReport) -> Iterator[Statement]:
    states = status.status
    numbers = [
        f"{number} {word}"
        for word, number in (
            ("applied", states.count_of("applied")),
            ("pending", states.count_of("pending")),
            ("failed", states.count_of("failed")),
            ("rolled back", states.count_of("rolled-back")),
        )
        if number
    ]
    last = states.last_applied
    newest = "" if last is None else f" The last one applied is `{last.name}`."
    yield Statement(
        "applied-migrations", "noted", f"Migrations: {', '.join(numbers) or 'none'}.{newest}"
    )
    by_code = _found_by_code(status)
    for code, found in by_code.items():
        is_grave = found[0].finding.severity in ("error", "warning")
        yield Statement(
            code,
            "fails" if is_grave else "attention",
            f"{TITLES[code]}: {len(found)}.",
            tuple(_told(each, has_steps=False) for each in found),
            (code,),
        )
    if "drift" not in by_code and not any("drift" in each.what for each in states.not_judged):
        yield Statement(
            "drift", "holds", "The database holds what its migrations make.", (), ("drift",)
        )
    for each in states.not_judged:
        yield Statement(
            f"not-judged-{each.what}", "not-run", f"{_capitalised(each.what)}: {each.why}"
        )
    for remark in status.remarks:
        yield Statement("remark", "not-run", remark)


def _told(told: ToldStatus, *, has_steps: bool) -> Evidence:
    next_steps = told.finding.next if has_steps else ()
    steps = [each.what + (f" `{each.command}`" if each.command else "") for each in next_steps]
    text = " ".join([told.finding.message, *steps])
    if told.path is None:
        return Evidence(text)
    line = None if told.range is None else told.range.start.line + 1
    return Evidence(text, At(told.path, line))
