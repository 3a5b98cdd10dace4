"""What to do next, gravest first: each thing with its command or its fix, and where.

Findings of one code make one recommendation; what was not looked at makes one, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from referee.features.diagnostics import Diagnostic
from referee.features.report.report import is_fixable
from referee.features.whole_report.reading import Reader, place_of
from referee.features.whole_report.statements import left_out_of
from referee.features.whole_report.values import LOOKED_AT, Evidence, Recommendation
from referee.migrations.catalogue import ALL_MIGRATION_RULES
from referee.migrations.writing import WRITABLE
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
    "required-cycle": "Make one key optional in each ring that no INSERT can enter",
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
# How, where the findings bring no fix of their own: whatever rule may find without one is here.
REMEDIES: Mapping[str, str] = {
    "bad-configuration": "The finding names the key that is wrong, and the nearest valid one.",
    "blocked-delete": "Write the action that is meant on the key that refuses: let it cascade, "
    "clear it where it may be NULL, or keep `Restrict` and delete its rows first.",
    "blocking-index-build": "Build the index with `CREATE INDEX CONCURRENTLY`, alone in its "
    "migration, or apply the migration while nothing writes.",
    "broken-migration": "Mend the statement if the migration was never applied; else put back what "
    "an earlier one should have made.",
    "cascade-added": "Look through what the delete removes now (`referee graph --delete MODEL`), "
    "before the key is made.",
    "cascade-cycle": "Take the cascade off one key of each ring.",
    "cascade-into-records": "Write `onDelete: Restrict` or `SetNull` on the key of the records.",
    "cascade-past-soft-delete": "Write `onDelete: Restrict` on the key, or mark the rows below as "
    "deleted, too.",
    "cascade-to-owner": "Write `onDelete: SetNull` or `Restrict` on the key of the owner.",
    "cascade-too-deep": "Delete the rows from below, level by level, or let fewer levels cascade.",
    "cascading-natural-key": "Refer to an id that no one edits.",
    "changes-column-type": "Where values may not fit, add a new column, fill it, and drop the old "
    "one in a later migration.",
    "changes-rows": "Run the statements on a copy of real rows, in batches where there are many.",
    "check-on-existing-data": "Add the check as `NOT VALID`, and validate it in a later migration.",
    "concurrent-index-with-others": "Move the statement into a migration in which it stands alone.",
    "drop-and-add-column": "Write `ALTER TABLE … RENAME COLUMN` in place of both statements.",
    "drops-constraint": "Look for what relies on it: upserts on the columns, and rows that it kept "
    "out.",
    "drops-data": "Release programs that no longer use it first, and keep a copy of what it holds.",
    "drops-implicit-indexes": "Write `@@index` in the schema before the migration is written.",
    "duplicate-index": "Remove one of the two.",
    "duplicate-relation": "Remove the relation that programs do not use.",
    "emulated-referential-action": "Delete through Prisma Client alone, or use foreign keys.",
    "enum-value-removed": "Update the rows that hold the value before the enum is changed.",
    "explicit-transaction": "Leave `BEGIN` and `COMMIT` away, unless the point is to end the "
    "transaction in between.",
    "foreign-key-on-existing-data": "Add the key as `NOT VALID`, and validate it in a later "
    "migration.",
    "foreign-key-to-partial-unique": "Refer to the primary key, or make the index unique in all "
    "rows.",
    "foreign-key-type-mismatch": "Change the type of the key to that of the field it refers to.",
    "half-optional-relation": "Make all fields of the key optional, or the relation required.",
    "identifier-length": "Write a short name of your own with `map`.",
    "ignored-required-field": "Make the column optional, or give it a default, in the schema and "
    "in the database.",
    "implicit-referential-action": "Write `onDelete` on each relation.",
    "index-on-boolean": "Add the column that queries sort by, or index only the rare value.",
    "join-table-without-unique": "Write `@@unique` or `@@id` over the two keys.",
    "leftover-in-migrations": "Write a migration that drops it (`referee migrations new NAME`), or "
    "declare it in the schema.",
    "migration-lock-mismatch": "Where the database was changed on purpose, begin a new history; "
    "else put back the provider.",
    "migration-syntax-error": "Mend the statement; where the script was applied by hand, mark it "
    "with `npx prisma migrate resolve`.",
    "missing-migration-file": "Bring the script back from version control, or remove the folder "
    "where it was applied nowhere.",
    "missing-migration-lock": "Bring the file back from version control, or write its provider.",
    "missing-primary-key": "Write `@id` or `@@id` on what names a row.",
    "missing-timestamps": "Add `createdAt` and `updatedAt`.",
    "money-as-float": "Change the type to `Decimal`, or keep cents in an `Int`.",
    "multiple-cascade-paths": "Write `onDelete: NoAction` on all keys but one to the table.",
    "narrow-foreign-key": "Change the type of the key to that of the field it refers to.",
    "no-migrations": "Write the first migration with the command. Where a database has these "
    "tables already, mark it as applied there with `npx prisma migrate resolve --applied NAME`.",
    "not-null-on-existing-data": "Fill the rows that hold NULL in the same script, before the "
    "column becomes required.",
    "nullable-unique": "Make the field required, or use an index that leaves NULL out.",
    "one-to-one-on-partial-unique": "Make the index unique in all rows, or the relation a list.",
    "partly-indexed-foreign-key": "Write an index that begins with the columns of the key.",
    "prisma-8-dialect": "Ask Prisma 8's own tools about these files.",
    "rebuilds-table": "Time it on a copy of real size, and apply it when writers can wait.",
    "redundant-index": "Remove the shorter index.",
    "redundant-unique": "Remove the wider constraint.",
    "referential-action-cycle": "Write `NoAction` for delete and update on one key of the ring.",
    "relation-cycle": "Nothing has to be done where rows can be inserted in two steps.",
    "renames-column": "Keep the column under its name with `@map`, or add the new one, write both, "
    "and drop the old one later.",
    "renames-table": "Keep the table under its name with `@@map`, or leave a view under the old "
    "one.",
    "required-column-without-default": "Give the column a default, or add it as nullable, fill it, "
    "and make it required then.",
    "required-cycle": "Make one key of each ring optional.",
    "required-self-relation": "Make the relation and its key optional.",
    "self-cascade": "Know that a delete takes the whole tree below a row with it.",
    "set-default-without-default": "Write `@default` on the fields of the key, or another action.",
    "set-null-on-required": "Make the fields of the key optional, or write another action.",
    "set-null-on-shared-column": "Write another action on one of the relations.",
    "syntax": "The finding says what is wrong with the line.",
    "timestamp-without-timezone": "Write `@db.Timestamptz` on the field.",
    "unbounded-string-index": "Bound the column with `@db.VarChar(n)`.",
    "unindexed-foreign-key": "Write `@@index` over the columns of the key.",
    "unindexed-polymorphic-pair": "Write `@@index` over the type and the id.",
    "unique-index-on-existing-data": "Count the duplicates, and merge or delete them in the script "
    "before the index is made.",
    "unknown-code": "Write the code of a rule that exists, or remove the comment.",
    "unknown-provider": 'Write `provider` in the datasource, as in `provider = "postgresql"`.',
    "unmigrated-change": "Write a migration for all that differs, with the command or by hand.",
    "unreadable-file": "Save the file as UTF-8, and let it be read.",
    "unsafe-enum-value-use": "Split the script: one migration adds the value, the next one uses "
    "it.",
    "unused-silence": "Remove the comment.",
    "updated-at-without-attribute": "Write `@updatedAt` on the field.",
    "uuid-stored-as-text": "Write `@db.Uuid` on the field.",
    "wide-cascade": "Write `onDelete: Restrict` where rows are not to go with the parent.",
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
    command: str | None = None
    if fixable:
        command = f"referee check --fix --select {code} {path}"
    elif code in _NEW_MIGRATIONS:
        name = _NEW_MIGRATIONS[code]
        command = f"npx prisma migrate dev --create-only --name {name}"
        if reader.view.database.provider in WRITABLE:
            command = f"referee migrations new {name} {path}"
    said = _SUMMARIES.get(code, code)
    reason = f"{said}: {counted(len(found), 'place')}"
    return Recommendation(
        SEVERITIES.index(severity) + 1,
        ADVICE.get(code, said),
        f"{reason}, {fixable} of them mended by the command." if fixable else f"{reason}.",
        code,
        severity,
        command,
        _fix_words(code, found, has_command=command is not None),
        () if code == "no-migrations" else tuple(map(_evidence, found)),
    )


# What a new migration mends, under the name that is proposed for it.
_NEW_MIGRATIONS: Mapping[str, str] = {
    "no-migrations": "init",
    "unmigrated-change": "catch_up_with_schema",
}


def _evidence(diagnostic: Diagnostic) -> Evidence:
    message = diagnostic.message
    if diagnostic.fixes and diagnostic.code not in _NEW_MIGRATIONS:
        message = f"{message} Fix: {diagnostic.fixes[0].title}."
    return Evidence(message, place_of(diagnostic))


def _fix_words(code: str, found: Sequence[Diagnostic], *, has_command: bool) -> str:
    """Return how it is mended: in the one way of all places, or as each place says."""
    titles = {each.fixes[0].title if each.fixes else "" for each in found}
    if code in _NEW_MIGRATIONS or "" in titles:
        return REMEDIES.get(code, "Each place says what is wrong.")
    if len(titles) == 1:
        return f"{titles.pop()}."
    return f"{'The command makes them; each' if has_command else 'Each'} place names its own."


def _about_what_was_not_run(reader: Reader) -> Iterator[Recommendation]:
    asked = reader.asked
    if reader.depends_on_unknown and not reader.found(("unknown-provider",)):
        rules = counted(reader.depends_on_unknown, "rule")
        yield Recommendation(
            2,
            ADVICE["unknown-provider"],
            f"No datasource names a provider that Referee knows, and {rules} did not run.",
            fix=REMEDIES["unknown-provider"],
        )
    left_out = left_out_of(reader)
    if left_out:
        yield Recommendation(
            2,
            "Mend the relations that nothing could be concluded from",
            "Prisma refuses them, and no rule judged them.",
            fix="Declare what is not declared, and let both ends of each relation fit together.",
            evidence=tuple(left_out),
        )
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
