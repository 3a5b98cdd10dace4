"""A verification as text for people: each step with what it found, and what was not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from referee.features.report.paint import BLUE, BOLD, DIM, GREEN, RED, YELLOW, Look
from referee.features.report.verification_report import VerificationReport, words_of
from referee.features.report.visible import visible
from referee.migrations.verification import (
    Failure,
    RowsCase,
    Verification,
    VerifiedMigration,
    stop_of_deploy,
)
from referee.rules.words import counted

# Slower migrations are named; with --verbose all are.
_SLOW = 100.0
_MOST_SHOWN = 20


def verification_as_text(report: VerificationReport, look: Look) -> str:
    """Return a verification as lines of text."""
    verification = report.verification
    lines = [*_head(report, look)]
    if verification.was_run:
        lines += ["", *_empty(verification, look)]
        lines += _apart(verification, look)
        lines += ["", *_rows(report, look)]
    lines += ["", *_schema(report, look)]
    if verification.was_run:
        lines += ["", *_down(verification, look)]
    if verification.not_run or report.remarks:
        lines += ["", *_not_run(report, look)]
    lines += ["", *_verdict(report, look)]
    return "\n".join(lines) + "\n"


def _head(report: VerificationReport, look: Look) -> Iterator[str]:
    verification = report.verification
    engine = verification.engine or "none: no database was asked"
    emulated = sorted({name for each in verification.migrations for name in each.emulated})
    if emulated:
        engine += f"; emulated: {', '.join(emulated)}"
    chosen = sum(each.is_chosen for each in verification.migrations)
    count = counted(len(verification.migrations), "migration")
    yield f"{look.painted('Engine', BOLD)}      {visible(engine)}"
    said = f"{visible(report.folder)}: {count}, {chosen} to rehearse"
    yield f"{look.painted('Migrations', BOLD)}  {said}"
    yield f"{look.painted('Schema', BOLD)}      {visible(report.schema)}"


def _title(look: Look, sign: str, title: str, said: str, colour: str) -> str:
    return f"{look.painted(sign, BLUE)} {look.painted(title, BOLD)}: {look.painted(said, colour)}"


def _empty(verification: Verification, look: Look) -> Iterator[str]:
    migrations = verification.migrations
    spent = sum(each.milliseconds or 0 for each in migrations)
    outcome = verification.empty
    if outcome.is_ok:
        said = "1 migration applies" if len(migrations) == 1 else f"all {len(migrations)} apply"
        said, colour = f"{said} in {spent / 1000:.2f} s", GREEN
    elif outcome.is_ok is None:
        said, colour = "stopped, because this server lacks something", YELLOW
    else:
        name = "" if outcome.failure is None else outcome.failure.migration
        said, colour = f"{visible(name)} fails", RED
    yield _title(look, "━━", "An empty database", said, colour)
    shown = [
        each
        for each in migrations
        if each.milliseconds is not None and (look.is_verbose or each.milliseconds >= _SLOW)
    ]
    slowest = sorted(shown, key=lambda each: -(each.milliseconds or 0))
    for each in shown if look.is_verbose else slowest[:5]:
        yield f"   {each.milliseconds:8.0f} ms  {visible(each.name)}"
    if outcome.failure is not None:
        each = next(e for e in migrations if e.name == outcome.failure.migration)
        yield from _failure(outcome.failure, each.path, look)
        if each.cause:
            yield from _noted(look, "because", each.cause)
        if each.consequence:
            yield from _noted(look, "in production", each.consequence)


def _apart(verification: Verification, look: Look) -> Iterator[str]:
    failed = [each for each in verification.migrations if each.apart.is_ok is False]
    if not failed:
        return
    yield ""
    names = ", ".join(visible(each.name) for each in failed)
    is_refused = any(each.apart.failure and each.apart.failure.sqlstate for each in failed)
    ends = "fails" if is_refused else "makes something else"
    yield _title(look, "━━", "Deployed one by one", f"{names} {ends}", RED)
    for each in failed:
        if each.apart.failure is not None:
            yield from _failure(each.apart.failure, each.path, look)
        yield from _noted(look, "because", each.cause)
        yield from _noted(look, "in production", each.consequence)


def _rows(report: VerificationReport, look: Look) -> Iterator[str]:
    verification = report.verification
    rehearsed = [each for each in verification.migrations if each.rows]
    broken = [each for each in rehearsed if each.breaks_on_rows]
    if verification.rows.is_ok is None:
        yield _title(look, "━━", "A database with rows", "not run", DIM)
        return
    if not broken:
        said = f"{counted(len(rehearsed), 'rehearsed migration')} applied"
        yield _title(look, "━━", "A database with rows", said, GREEN)
    else:
        said = f"{len(broken)} of {counted(len(rehearsed), 'rehearsed migration')} may fail"
        yield _title(look, "━━", "A database with rows", said, YELLOW)
    stop = stop_of_deploy(report.provider)
    for each in broken:
        yield f"   {look.painted(visible(each.name), BOLD)}"
        for failure, cases in _by_failure(each):
            yield f"     fails on {', and on '.join(case.description for case in cases)}:"
            yield from _failure(failure, each.path, look)
        if each.consequence and not each.consequence.endswith(stop):
            yield from _noted(look, "in production", each.consequence)
    if any(each.consequence.endswith(stop) for each in broken):
        yield from _noted(look, "in production", f"On such rows, {stop}")


def _by_failure(each: VerifiedMigration) -> Iterator[tuple[Failure, list[RowsCase]]]:
    """Yield the failures of a migration, each once with all kinds of rows that have it."""
    found: dict[Failure, list[RowsCase]] = {}
    for case in each.rows:
        if case.failure is not None:
            found.setdefault(case.failure, []).append(case)
    yield from found.items()


def _schema(report: VerificationReport, look: Look) -> Iterator[str]:
    verification = report.verification
    if verification.equals_schema:
        yield _title(look, "━━", "Against the schema", "equal", GREEN)
    elif verification.equals_schema is None and not report.differences:
        yield _title(look, "━━", "Against the schema", "not compared", DIM)
    else:
        said = counted(len(report.differences), "difference")
        if not verification.was_run:
            said += ", as the scripts are read"
        yield _title(look, "━━", "Against the schema", said, YELLOW)
    most = len(report.differences) if look.is_verbose else _MOST_SHOWN
    for each in report.differences[:most]:
        yield f"   {look.prose(visible(each.message))}"
        yield look.painted(f"     at {visible(each.path)}:{each.range.start.line + 1}", DIM)
    if len(report.differences) > most:
        more = len(report.differences) - most
        yield look.painted(f"   {more} more; --verbose shows them", DIM)
    if any(each.code == "unmigrated-change" for each in report.differences):
        yield from _noted(look, "next", "referee migrations new NAME writes what is missing")


def _down(verification: Verification, look: Look) -> Iterator[str]:
    tried = [each for each in verification.migrations if each.down is not None]
    if verification.down_up is None:
        yield _title(look, "━━", "Down and up again", "not run", DIM)
        return
    exact = sum(each.down is not None and each.down.result == "exact" for each in tried)
    losing = [e for e in tried if e.down is not None and e.down.result == "data-loss"]
    failed = [e for e in tried if e.down is not None and e.down.result == "failed"]
    parts = [f"{exact} exact", f"{len(losing)} exact, with values lost", f"{len(failed)} failed"]
    counts = (exact, len(losing), len(failed))
    said = ", ".join(part for part, number in zip(parts, counts, strict=True) if number)
    colour = RED if failed else YELLOW if losing else GREEN
    yield _title(look, "━━", "Down and up again", said, colour)
    for each in failed:
        yield from _failed_down(each, look)
    shown = losing if look.is_verbose else losing[:5]
    for each in shown:
        yield f"   {look.painted(visible(each.name), BOLD)}"
        assert each.down is not None
        for loss in each.down.losses:
            yield f"     {look.prose(visible(loss))}"
    if len(losing) > len(shown):
        yield look.painted(f"   {len(losing) - len(shown)} more; --verbose shows them", DIM)


def _failed_down(each: VerifiedMigration, look: Look) -> Iterator[str]:
    down = each.down
    assert down is not None
    yield f"   {look.painted(visible(each.name), BOLD)}"
    if down.failure is not None:
        yield f"     {look.painted(visible(words_of(down.failure)), RED)}"
        yield look.painted(f"     at {visible(_place_of_down(each))}", DIM)
        if down.failure.statement:
            yield look.painted(f"     > {visible(down.failure.statement)}", DIM)
    for said in down.differences[:5]:
        yield f"     {look.prose(visible(said))}"
    for gap in down.gaps[:5]:
        yield look.painted(f"     {visible(gap)}", DIM)


def _place_of_down(each: VerifiedMigration) -> str:
    """Return where a way back failed: in a file, or in the script that was made for it."""
    assert each.down is not None
    failure = each.down.failure
    line = "" if failure is None or failure.line is None else f":{failure.line}"
    if each.down.fails_again:
        return f"{each.path}{line}, applied again after the way back"
    if each.down.is_own:
        return f"{each.path.removesuffix('migration.sql')}down.sql{line}"
    at = f"line {line[1:]} of " if line else ""
    return f"{at}what this shows: referee migrations down {each.name} --dry-run"


def _failure(failure: Failure, path: str, look: Look) -> Iterator[str]:
    yield f"     {look.painted(visible(words_of(failure)), RED)}"
    at = f"{path}:{failure.line}" if failure.line is not None else path
    yield look.painted(f"     at {visible(at)}", DIM)
    if failure.statement:
        yield look.painted(f"     > {visible(failure.statement)}", DIM)
    if failure.advice:
        yield from _noted(look, "help", failure.advice)


def _noted(look: Look, word: str, text: str) -> Iterator[str]:
    lines: Sequence[str] = look.wrapped(text, 7 + len(word))
    yield f"     {look.painted(word + ':', '1;36')} {look.prose(visible(lines[0]))}"
    for line in lines[1:]:
        yield f"       {look.prose(visible(line))}"


def _not_run(report: VerificationReport, look: Look) -> Iterator[str]:
    if report.verification.not_run:
        number = len(report.verification.not_run)
        yield _title(look, "━━", "Not run", counted(number, "thing"), YELLOW)
    by_reason: dict[str, list[str]] = {}
    for each in report.verification.not_run:
        by_reason.setdefault(each.why, []).append(each.what)
    for why, what in by_reason.items():
        for thing in what[:-1]:
            yield f"   {look.prose(visible(thing))};"
        yield f"   {look.prose(visible(what[-1]))}: {look.prose(visible(why))}"
    for remark in report.remarks:
        yield look.painted(f"   {visible(remark)}", DIM)


def _verdict(report: VerificationReport, look: Look) -> Iterator[str]:
    """Yield in one line what comes of it, and what to do next."""
    said, next_, colour = _conclusion(report)
    lines = look.wrapped(f"{said} Next: {next_}", 12)
    first = look.painted(look.prose(visible(lines[0])), colour)
    yield f"{look.painted('Verdict', BOLD)}     {first}"
    for line in lines[1:]:
        yield f"            {look.prose(visible(line))}"


_AGAIN = "referee migrations verify"


def _conclusion(report: VerificationReport) -> tuple[str, str, str]:
    """Return the verdict, the next step and the colour of both."""
    verification = report.verification
    if not verification.was_run:
        return _nothing_run(report)
    wrong = list(_wrong(report))
    if wrong:
        first = wrong[0][1]
        return f"{'; '.join(said for said, _ in wrong)}.", first, RED
    if verification.empty.is_ok is None:
        said = "Open: this server lacks something that a migration needs."
        return said, f"{_AGAIN} --scratch-url URL", YELLOW
    is_one = len(verification.migrations) == 1
    said = (
        f"{counted(len(verification.migrations), 'migration')} {'applies' if is_one else 'apply'}"
    )
    if verification.equals_schema:
        said += f" and {'makes' if is_one else 'make'} what the schema says"
    if not any(each.rows for each in verification.migrations):
        said += "; none was tried on rows"
    return f"{said}.", "npx prisma migrate deploy", GREEN


def _nothing_run(report: VerificationReport) -> tuple[str, str, str]:
    said = "None: nothing was run."
    if report.differences:
        number = counted(len(report.differences), "difference")
        said += f" The scripts, as they are read, show {number}."
    return said, f"see the reason above, then {_AGAIN}", YELLOW


def _wrong(report: VerificationReport) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, each with the next step."""
    verification = report.verification
    by_name = {each.name: each for each in verification.migrations}
    failure = verification.empty.failure
    if verification.empty.is_ok is False and failure is not None:
        each = by_name[failure.migration]
        where = "on a new database" if each.apart.is_ok else "on every database"
        yield f"`{each.name}` fails {where}", _mend(failure, each.path)
    for each in verification.migrations:
        if each.apart.is_ok is False and each.apart.failure is not None:
            said = f"`{each.name}` depends on what an earlier migration leaves behind"
            yield said, _mend(each.apart.failure, each.path)
    broken = [each for each in verification.migrations if each.breaks_on_rows]
    if broken:
        failure = next(case.failure for case in broken[0].rows if case.failure is not None)
        yield f"{_some(broken)} may fail on rows", _mend(failure, broken[0].path)
    if verification.equals_schema is False:
        codes = {each.code for each in report.differences}
        writes = "referee migrations new NAME"
        said = "the migrations do not make what the schema says"
        yield said, writes if "unmigrated-change" in codes else "change the schema, or " + writes
    failed = [
        e for e in verification.migrations if e.down is not None and e.down.result == "failed"
    ]
    if failed:
        said = f"{_some(failed)} cannot be taken back"
        is_own = failed[0].down is not None and failed[0].down.is_own
        file = f"{failed[0].path.removesuffix('migration.sql')}down.sql"
        yield said, f"{'change' if is_own else 'write'} {file}, then {_AGAIN}"


def _some(migrations: Sequence[VerifiedMigration]) -> str:
    more = len(migrations) - 1
    return f"`{migrations[0].name}`" + (f" and {more} more" if more else "")


def _mend(failure: Failure, path: str) -> str:
    at = f"{path}:{failure.line}" if failure.line is not None else path
    return f"change {at}, then {_AGAIN}"
