"""The lists to go through before and after migrating, and how the database of a URL stands.

What was not run is said with its reason; nothing here is told as done that was not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from referee.ddl.model import DatabaseModel
from referee.features.migration_judging import remark_on_syntax
from referee.features.whole_report.reading import MigrationsRead, Reader, evidence_of
from referee.features.whole_report.statements import known_words, left_out_of, state_of
from referee.features.whole_report.values import At, Evidence, Statement
from referee.migrations.difference import HISTORY_TABLE
from referee.migrations.evidence import NOT_REPLAYED
from referee.migrations.reverse import reverse_of
from referee.migrations.routines import routines_before
from referee.rules.words import counted, listed


@dataclass(frozen=True, slots=True)
class _Check:
    """One line of the list before migrating that rules decide: if they find nothing, and what.

    With `is_hazard` only migrations that are not released are looked at, and the sentence begins
    with their names.
    """

    id: str
    codes: tuple[str, ...]
    good: str
    bad: str
    is_hazard: bool = False


CHECKS: tuple[_Check, ...] = (
    _Check(
        "lock-file", ("missing-migration-lock", "migration-lock-mismatch"),
        "The lock file names the provider of the schema.",
        "The lock file is missing, or names another provider than the schema",
    ),
    _Check(
        "complete-files", ("missing-migration-file",),
        "Every folder of a migration holds its script.",
        "Folders of migrations have no script, and Prisma deploys nothing then",
    ),
    _Check(
        "syntax", ("migration-syntax-error",),
        "Every script is correct SQL.",
        "Scripts are no correct SQL",
    ),
    _Check(
        "replay", ("broken-migration", "unsafe-enum-value-use", "concurrent-index-with-others"),
        "Every statement finds what it uses, from the first migration to the last.",
        "Scripts cannot run",
    ),
    _Check(
        "in-step", ("unmigrated-change",),
        "The migrations make everything that the schema says.",
        "The schema says what no migration makes",
    ),
    _Check(
        "no-leftovers", ("leftover-in-migrations",),
        "The migrations leave nothing behind that the schema does not say.",
        "The migrations make what the schema does not say",
    ),
    _Check(
        "existing-rows",
        ("required-column-without-default", "not-null-on-existing-data",
         "unique-index-on-existing-data", "enum-value-removed", "changes-column-type"),
        "nothing can fail on rows that are there.",
        "Statements can fail on rows that are there",
        True,
    ),
    _Check(
        "kept-data", ("drops-data", "drop-and-add-column", "changes-rows"),
        "nothing removes or rewrites rows.",
        "Statements remove or rewrite what rows hold",
        True,
    ),
    _Check(
        "short-locks",
        ("blocking-index-build", "foreign-key-on-existing-data", "check-on-existing-data",
         "rebuilds-table"),
        "nothing reads a whole table under a lock.",
        "Statements read or rewrite a whole table under a lock",
        True,
    ),
    _Check(
        "running-programs",
        ("renames-column", "renames-table", "drops-constraint", "cascade-added",
         "drops-implicit-indexes", "explicit-transaction"),
        "nothing changes under running programs what these rely on.",
        "Statements change what running programs may rely on",
        True,
    ),
)  # fmt: skip


def readiness_of(reader: Reader) -> tuple[Statement, ...]:
    """Return the list to go through before migrating."""
    return tuple(_readiness(reader))


def _readiness(reader: Reader) -> Iterator[Statement]:
    yield from _schema_is_sound(reader)
    read = reader.asked.migrations
    if reader.view.database.provider == "mongodb":
        yield Statement(
            "migrations", "not-run", "MongoDB has no migrations; `prisma db push` is its way."
        )
        return
    if read.absence:
        sentence = f"{read.absence}, so nothing was looked at."
        yield Statement("migrations", "not-run", sentence, (), ("no-migrations",))
        return
    if read.history.layout != "prisma":
        yield Statement("migrations", "not-run", " ".join(read.verdict.remarks))
        return
    number = len(read.history.migrations)
    yield Statement(
        "migrations",
        "holds",
        f"{counted(number, 'migration')} in `{read.folder}`, of which "
        f"{counted(len(read.options.unreleased), 'counts', 'count')} as not released.",
    )
    yield from _checks(reader, read)
    yield from _ways_back(reader, read)


def _schema_is_sound(reader: Reader) -> Iterator[Statement]:
    errors = [
        each
        for each in reader.asked.diagnostics
        if each.severity == "error" and each.family != "migration"
    ]
    left_out = left_out_of(reader)
    if errors:
        sentence = f"The schema has {counted(len(errors), 'error')}."
        yield Statement("sound-schema", "fails", sentence, evidence_of(errors))
    elif reader.depends_on_unknown:
        sentence = (
            f"No error was found, but {counted(reader.depends_on_unknown, 'rule')} that depend on "
            "the database did not run: no datasource names a provider that Referee knows."
        )
        yield Statement("sound-schema", "attention", sentence)
    elif left_out:
        sentence = (
            "No error was found, but nothing could be concluded from "
            f"{counted(len(left_out), 'relation')}, which Prisma refuses."
        )
        yield Statement("sound-schema", "attention", sentence, tuple(left_out))
    else:
        yield Statement("sound-schema", "holds", "The schema has no error.")


def _checks(reader: Reader, read: MigrationsRead) -> Iterator[Statement]:
    not_compared = _why_not_compared(read)
    for check in CHECKS:
        codes = tuple(code for code in check.codes if not _is_off(code, reader))
        found = reader.found(codes)
        if not codes:
            does = "is" if len(check.codes) == 1 else "are"
            sentence = f"Not looked at: {listed(check.codes, most=8)} {does} switched off."
            yield Statement(check.id, "not-run", sentence, codes=check.codes)
        elif found:
            sentence = f"{check.bad}: {counted(len(found), 'place')}."
            yield Statement(check.id, state_of(found), sentence, evidence_of(found), codes)
        elif quiet := reader.quiet(codes):
            sentence = known_words(check.bad, len(quiet))
            yield Statement(check.id, "noted", sentence, quiet, codes)
        elif check.id == "lock-file" and reader.view.database.provider is None:
            sentence = "The lock file was compared with nothing: the schema names no provider."
            yield Statement(check.id, "not-run", sentence, codes=codes)
        elif check.id == "syntax" and _syntax_remark(read):
            yield Statement(check.id, "not-run", _syntax_remark(read), codes=codes)
        elif check.id == "replay" and _is_not_replayed(read):
            yield Statement(check.id, "not-run", not_compared, codes=codes)
        elif check.id in ("in-step", "no-leftovers") and not_compared:
            if not _is_not_replayed(read) and check.id == "in-step":
                yield Statement(check.id, "not-run", not_compared, codes=codes)
        elif check.is_hazard and not read.options.unreleased:
            sentence = "Every migration is released, so there is no hazard to judge."
            yield Statement(check.id, "holds", sentence, codes=codes)
        else:
            about = _hazard_head(read) if check.is_hazard else ""
            yield Statement(check.id, "holds", about + check.good, codes=codes)


def _is_off(code: str, reader: Reader) -> bool:
    why = reader.why_not_run(code)
    return why is not None and why.is_wanted


def _hazard_head(read: MigrationsRead) -> str:
    names = sorted(read.options.unreleased)
    return f"In {listed(names, most=3)} "


def _syntax_remark(read: MigrationsRead) -> str:
    provider = None if read.evidence is None else read.evidence.provider
    return "" if provider is None else remark_on_syntax(provider)


def _is_not_replayed(read: MigrationsRead) -> bool:
    return read.evidence is not None and read.evidence.provider in NOT_REPLAYED


def _why_not_compared(read: MigrationsRead) -> str:
    evidence = read.verdict.evidence
    if evidence is not None and evidence.changes is not None:
        return ""
    others = [each for each in read.verdict.remarks if each != _syntax_remark(read)]
    return " ".join(others) or "What the migrations make was not compared with the schema."


def _ways_back(reader: Reader, read: MigrationsRead) -> Iterator[Statement]:
    """Yield whether a way back from each migration that is not released can be written."""
    evidence = read.evidence
    names = [each for each in read.history.migrations if each.name in read.options.unreleased]
    if evidence is None or not names:
        return
    if evidence.provider in NOT_REPLAYED:
        sentence = "No way back can be written for this database."
        yield Statement("way-back", "not-run", sentence)
        return
    wanted = {each.name for each in names}
    lost: list[Evidence] = []
    going: list[Evidence] = []
    for each in evidence.migrations:
        if each.migration.name in wanted:
            reverse = reverse_of(each, routines=routines_before(evidence, each.migration.name))
            at = At(reader.asked.shown(each.migration.path), 1)
            head = f"Back from `{each.migration.name}`:"
            lost += [Evidence(f"{head} {said}", at) for said in (*reverse.losses, *reverse.gaps)]
            going += [Evidence(f"{head} {said}", at) for said in reverse.warnings]
    shown = listed(sorted(wanted), most=3)
    if lost:
        sentence = f"A way back can be written for {shown}, but not all comes back."
        yield Statement("way-back", "attention", sentence, (*lost, *going))
    elif going:
        sentence = (
            f"A way back can be written for {shown}; what was added goes again, with what is "
            "stored in it by then."
        )
        yield Statement("way-back", "noted", sentence, tuple(going))
    else:
        sentence = f"A way back without loss can be written for {shown}."
        yield Statement("way-back", "holds", sentence)


# --- Afterwards ----------------------------------------------------------------------------------


def results_of(reader: Reader) -> tuple[Statement, ...]:
    """Return the list to go through after migrating: replayed, and run as far as it was run."""
    return tuple(_results(reader))


def _results(reader: Reader) -> Iterator[Statement]:
    asked = reader.asked
    read = asked.migrations
    if read.history.migrations and read.history.layout == "prisma":
        replayed = _replayed(reader, read)
        if replayed is not None:
            yield replayed
    if asked.trial is not None:
        yield from asked.trial.statements
        for each in asked.trial.not_run:
            yield Statement("not-run", "not-run", f"{each.what}: {each.why}")
    for each in asked.not_run:
        yield Statement("not-run", "not-run", f"{each.what}: {each.why}")


def _replayed(reader: Reader, read: MigrationsRead) -> Statement | None:
    """Return what the replay makes against the schema; the list before says why there is none."""
    evidence = read.verdict.evidence
    number = counted(len(read.history.migrations), "migration")
    make = "makes" if len(read.history.migrations) == 1 else "make"
    if evidence is None or evidence.changes is None or evidence.meant is None:
        return None
    numbers = tuple(
        Evidence(f"{what}: {made} made by the migrations, {meant} meant by the schema")
        for (what, made), (_, meant) in zip(
            _sizes(evidence.made), _sizes(evidence.meant.model), strict=True
        )
        if made or meant
    )
    if not evidence.changes and _sizes(evidence.made) != _sizes(evidence.meant.model):
        # The comparison knows what is no difference, and the numbers do not.
        said = "what an extension makes, and what is named as external, is no difference"
        numbers = (*numbers, Evidence(said))
    if not evidence.changes:
        sentence = f"Replayed from their files, {number} {make} the database that the schema means."
        return Statement("replayed", "holds", sentence, numbers)
    found = reader.found(("unmigrated-change", "leftover-in-migrations"))
    if not found:
        sentence = (
            f"Replayed from their files, {number} {make} the database that the schema means, but "
            "for what the configuration, a comment or the baseline says is known."
        )
        return Statement("replayed", "holds", sentence, numbers)
    sentence = (
        f"Replayed from their files, {number} {make} a database that differs from the schema in "
        f"{counted(len(found), 'thing')}."
    )
    return Statement("replayed", state_of(found), sentence, numbers)


def _sizes(model: DatabaseModel) -> list[tuple[str, int]]:
    tables = [table for table in model if table.name.name != HISTORY_TABLE]
    return [
        ("tables", len(tables)),
        ("columns", sum(len(table.columns) for table in tables)),
        ("foreign keys", sum(len(table.foreign_keys) for table in tables)),
        ("indexes", sum(len(table.indexes) for table in tables)),
        ("enums", len(model.enums)),
    ]
