"""What to do next, gravest first: each thing with its command or its fix, and where.

Findings of one code make one recommendation; what was not looked at makes one, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from referee.features.diagnostics import Diagnostic
from referee.features.report.report import is_fixable
from referee.features.whole_report.reading import Reader, place_of
from referee.features.whole_report.values import LOOKED_AT, Evidence, Recommendation
from referee.migrations.catalogue import ALL_MIGRATION_RULES
from referee.rules.catalogue import ALL_RULES, TOOL_CODES
from referee.rules.rule import SEVERITIES
from referee.rules.words import counted

PRIORITY_TITLES: Mapping[int, str] = {
    1: "Before anything else",
    2: "Before the next release",
    3: "Soon",
    4: "When there is time",
}

# What to do about each code, as a command to a person; a test holds this and the codes together.
ADVICE: Mapping[str, str] = {
    "unindexed-foreign-key": "Add an index for each foreign key that has none",
    "partly-indexed-foreign-key": "Complete the indexes that find only a part of a foreign key",
    "unindexed-polymorphic-pair": "Add an index over each pair of a type and an id",
    "blocked-delete": "Decide what the deletes are to do that a constraint refuses",
    "set-null-on-required": "Change `SetNull` where the column cannot be NULL",
    "set-null-on-shared-column": "Change `SetNull` where it clears a column of another key",
    "set-default-without-default": "Give a default where a delete is to set it",
    "multiple-cascade-paths": "Take out all but one of the cascades to a table",
    "cascade-too-deep": "Shorten the cascades that run deeper than the database allows",
    "cascade-into-records": "Keep records that must stay out of the cascades",
    "cascade-to-owner": "Turn round the cascades that delete an owner with its part",
    "cascading-natural-key": "Refer to a key that does not change",
    "half-optional-relation": "Make relations optional, or required, as a whole",
    "cascade-past-soft-delete": "Keep cascades away from rows that are only marked as deleted",
    "wide-cascade": "Look through the cascades that reach very many models",
    "implicit-referential-action": "Write what a delete does where it is left to the default",
    "emulated-referential-action": "Look at the actions that Prisma Client plays",
    "self-cascade": "Look at the cascades of models on themselves",
    "required-cycle": "Make one key optional in each ring that no first row can enter",
    "required-self-relation": "Make the relations of models with themselves optional",
    "cascade-cycle": "Break the rings of cascades",
    "referential-action-cycle": "Break the rings of referential actions that the database refuses",
    "relation-cycle": "Know the rings of relations, or open them",
    "foreign-key-to-partial-unique": "Refer to what is unique in all rows",
    "foreign-key-type-mismatch": "Give each key the type of what it refers to",
    "narrow-foreign-key": "Widen the keys that are narrower than what they refer to",
    "one-to-one-on-partial-unique": "Make one-to-one relations unique in all rows",
    "duplicate-relation": "Remove the relations that say the same as another",
    "redundant-index": "Remove the indexes that another one contains",
    "duplicate-index": "Remove the indexes that are there twice",
    "redundant-unique": "Remove the unique constraints that another one contains",
    "nullable-unique": "Make the unique constraints hold where a field is NULL",
    "join-table-without-unique": "Keep pairs from standing twice in models that join two others",
    "index-on-boolean": "Remove the indexes on fields with two values, or make them partial",
    "missing-primary-key": "Give each model a primary key",
    "identifier-length": "Shorten the names that the database cannot hold",
    "unbounded-string-index": "Bound the text columns that carry an index",
    "money-as-float": "Store amounts of money as `Decimal`",
    "updated-at-without-attribute": "Have Prisma keep the times of changes: `@updatedAt`",
    "ignored-required-field": "Give the fields a default that Prisma Client leaves out",
    "uuid-stored-as-text": "Store UUIDs in the type that the database has for them",
    "missing-timestamps": "Keep when rows were made and changed",
    "timestamp-without-timezone": "Store times with their time zone",
    "syntax": "Mend the lines that Prisma cannot read",
    "unreadable-file": "Make the files readable that could not be read",
    "bad-configuration": "Mend the configuration of Referee",
    "unknown-code": "Mend the comments that silence a code which does not exist",
    "unused-silence": "Remove the comments that silence nothing",
    "unknown-provider": "Name the database, so that every rule runs",
    "prisma-8-dialect": "Judge the files in the Prisma 8 language by other means",
    "migration-syntax-error": "Mend the scripts that are no correct SQL",
    "broken-migration": "Mend the migrations that cannot run",
    "missing-migration-file": "Remove the migration folders without a script, or bring it back",
    "migration-lock-mismatch": "Make the lock file name the provider of the schema",
    "unsafe-enum-value-use": "Put new enum values and their use into migrations of their own",
    "concurrent-index-with-others": "Put each concurrent index into a migration of its own",
    "unmigrated-change": "Write the migration that is missing",
    "no-migrations": "Begin a history of migrations, or go on with `prisma db push` knowingly",
    "missing-migration-lock": "Bring back the lock file of the migrations",
    "leftover-in-migrations": "Drop what the schema no longer says, or say it in the schema",
    "required-column-without-default": "Give new required columns a default, or fill them first",
    "not-null-on-existing-data": "Fill the columns before they become required",
    "unique-index-on-existing-data": "Look for duplicates before the unique index is made",
    "enum-value-removed": "Rewrite the rows that hold the enum values before these go",
    "changes-column-type": "Try the change of type on a copy of real rows",
    "drop-and-add-column": "Rename the columns instead, if that is what was meant",
    "drops-data": "Make sure that nobody needs the data that is dropped",
    "foreign-key-on-existing-data": "Look for orphans, and validate the key apart from adding it",
    "check-on-existing-data": "Validate the check apart from adding it",
    "blocking-index-build": "Build the indexes without blocking writers",
    "drops-constraint": "Make sure that nothing relies on the constraints that go",
    "renames-column": "Deploy around the renamed columns in two steps",
    "renames-table": "Deploy around the renamed tables in two steps",
    "changes-rows": "Try the changes of rows on a copy of real rows",
    "rebuilds-table": "Plan time for the tables that are rebuilt",
    "explicit-transaction": "Know what stays when a script with its own transaction fails",
    "drops-implicit-indexes": "Declare the indexes that the database made by itself",
    "cascade-added": "Make sure that the new cascades are meant",
}
_SUMMARIES: Mapping[str, str] = {
    **{rule.code: rule.summary for rule in ALL_RULES},
    **{rule.code: rule.summary for rule in ALL_MIGRATION_RULES},
    **{each.code: each.summary for each in TOOL_CODES},
}


def recommendations_of(reader: Reader) -> tuple[Recommendation, ...]:
    """Return what to do next, gravest first, then by how many places it is about."""
    by_code: dict[str, list[Diagnostic]] = {}
    for each in reader.asked.diagnostics:
        by_code.setdefault(each.code, []).append(each)
    found = [_about_code(code, each, reader) for code, each in by_code.items()]
    if reader.asked.trial is not None:
        found += reader.asked.trial.steps
    if reader.asked.database is not None:
        found += reader.asked.database.steps
    found += _about_what_was_not_run(reader)
    return tuple(sorted(found, key=lambda each: (each.priority, -len(each.evidence), each.title)))


def _about_code(code: str, found: Sequence[Diagnostic], reader: Reader) -> Recommendation:
    severity = min((each.severity for each in found), key=SEVERITIES.index)
    fixable = sum(is_fixable(each) for each in found)
    path = reader.asked.path
    command = f"referee explain {code}"
    if fixable:
        command = f"referee check --fix --select {code} {path}"
    elif code == "unmigrated-change" and "migrations new" in reader.asked.commands:
        command = f"referee migrations new NAME {path}"
    said = _SUMMARIES.get(code, code)
    reason = f"{said}: {counted(len(found), 'place')}"
    return Recommendation(
        SEVERITIES.index(severity) + 1,
        ADVICE.get(code, said),
        f"{reason}, {fixable} of them mended by the command." if fixable else f"{reason}.",
        code,
        severity,
        command,
        _fix_words(found),
        tuple(Evidence(_message(each), place_of(each)) for each in found),
    )


def _message(diagnostic: Diagnostic) -> str:
    if not diagnostic.fixes:
        return diagnostic.message
    return f"{diagnostic.message} Fix: {diagnostic.fixes[0].title}."


def _fix_words(found: Sequence[Diagnostic]) -> str | None:
    titles = list(dict.fromkeys(each.fixes[0].title for each in found if each.fixes))
    return titles[0] if len(titles) == 1 else None


def _about_what_was_not_run(reader: Reader) -> Iterator[Recommendation]:
    asked = reader.asked
    has_migrations = bool(asked.migrations.history.migrations)
    provider = reader.view.database.provider
    verify = f"referee migrations verify {asked.path}"
    if not has_migrations or provider not in LOOKED_AT:
        return
    if asked.trial is None and "migrations verify" in asked.commands:
        why = asked.not_run[0].why if asked.not_run else "Nothing was run."
        yield Recommendation(
            3,
            "Try the migrations on a database that is thrown away",
            f"They were read and replayed, but not run. {why}",
            command=f"{verify} --scratch-url URL" if provider == "cockroachdb" else verify,
        )
    if asked.trial is not None and asked.trial.lacks is not None:
        yield Recommendation(
            2,
            "Try the migrations on a server that has what they need",
            asked.trial.lacks,
            command=f"{verify} --scratch-url URL",
        )
    if asked.database is None and "migrations status" in asked.commands:
        yield Recommendation(
            3,
            "Compare the database that is in use with the migrations",
            "No address was given, so what is applied where, and what drifted, is not known.",
            command=f"referee report {asked.path} --url URL",
        )
