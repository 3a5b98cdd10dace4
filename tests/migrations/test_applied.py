"""The status of a database, judged from rows, files and what the database holds."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from referee.ddl.model import Column, DatabaseModel, Name, SqlType
from referee.migrations.applied import (
    STATUS_CODES,
    DatabaseState,
    HistoryRow,
    MigrationStatus,
    StatusFinding,
    history_to_replay,
)
from referee.migrations.applied_judging import judge_status
from referee.migrations.evidence import read_history
from referee.migrations.findings import FilePlace
from referee.migrations.history import History, history_of
from referee.schema.providers import Provider

USERS = 'CREATE TABLE "User" (\n    "id" INTEGER NOT NULL,\n    "email" TEXT NOT NULL,\n\n'
USERS += '    CONSTRAINT "User_pkey" PRIMARY KEY ("id")\n);\n'
NICK = 'ALTER TABLE "User" ADD COLUMN "nick" TEXT;\n'
INDEX = 'CREATE UNIQUE INDEX "User_email_key" ON "User"("email");\n'
SCRIPTS = {"1_init": USERS, "2_nick": NICK, "3_email": INDEX}
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=timezone.utc)
LOGS = (
    "A migration failed to apply. New migrations cannot be applied before the error is recovered "
    "from. Read more about how to resolve migration issues in a production database: "
    "https://pris.ly/d/migrate-resolve\n\nMigration name: 2_nick\n\nDatabase error code: 42701\n\n"
    'Database error:\nERROR: column "nick" of relation "User" already exists\n\nDbError { ... }\n'
)


def history(scripts: Mapping[str, str | bytes]) -> History:
    files = {
        f"{name}/migration.sql": text if isinstance(text, bytes) else text.encode()
        for name, text in scripts.items()
    }
    return history_of("prisma/migrations", {"migration_lock.toml": b"", **files}, ())


def made_by(scripts: Mapping[str, str], provider: Provider = "postgresql") -> DatabaseModel:
    return read_history(history(scripts), provider).made


def applied(name: str, text: str | bytes, hours: int = 0) -> HistoryRow:
    data = text if isinstance(text, bytes) else text.encode()
    start = NOON + timedelta(hours=hours)
    end = start + timedelta(seconds=1)
    return HistoryRow(name, hashlib.sha256(data).hexdigest(), start, end, steps=1)


def all_applied(scripts: Mapping[str, str]) -> list[HistoryRow]:
    return [applied(name, text, hours) for hours, (name, text) in enumerate(scripts.items())]


def judged(
    local: Mapping[str, str | bytes],
    rows: Sequence[HistoryRow] | None,
    catalog: DatabaseModel,
    *,
    is_migrating: bool = False,
    empty_folders: tuple[str, ...] = (),
) -> MigrationStatus:
    here = replace(history(local), empty_folders=empty_folders)
    state = DatabaseState(None if rows is None else tuple(rows), catalog, is_migrating)
    replayed = read_history(history_to_replay(here, state), catalog.provider)
    return judge_status(here, state, replayed=replayed)


def codes(status: MigrationStatus) -> list[str]:
    return [finding.code for finding in status.findings]


def only(status: MigrationStatus) -> StatusFinding:
    (finding,) = status.findings
    return finding


def states(status: MigrationStatus) -> dict[str, str]:
    return {each.name: each.state for each in status.migrations}


# ---- rows ----


def test_a_database_with_all_migrations_and_what_they_make_has_no_findings() -> None:
    status = judged(SCRIPTS, all_applied(SCRIPTS), made_by(SCRIPTS))
    assert status.findings == ()
    assert status.not_judged == ()
    assert set(states(status).values()) == {"applied"}
    assert status.last_applied is not None
    assert status.last_applied.name == "3_email"


def test_a_migration_without_a_row_is_pending_and_named_with_its_file() -> None:
    first = dict(list(SCRIPTS.items())[:2])
    finding = only(judged(SCRIPTS, all_applied(first), made_by(first)))
    assert (finding.code, finding.migration) == ("pending-migration", "3_email")
    assert finding.place == FilePlace("prisma/migrations/3_email/migration.sql")
    assert finding.next[0].command == "npx prisma migrate deploy"


def test_a_pending_migration_that_comes_before_an_applied_one_is_said_to_be_late() -> None:
    there = {"1_init": USERS, "3_email": INDEX}
    finding = only(judged(SCRIPTS, all_applied(there), made_by(there)))
    assert finding.message == "`2_nick` is not applied, though `3_email`, which comes after it, is."


def test_a_failed_migration_tells_the_line_of_its_logs_that_says_why() -> None:
    rows = [applied("1_init", USERS), HistoryRow("2_nick", "x", NOON, logs=LOGS)]
    status = judged(SCRIPTS, rows, made_by({"1_init": USERS}))
    assert codes(status) == ["failed-migration", "pending-migration"]
    assert status.findings[0].message == (
        "`2_nick` failed at 2026-01-02 12:00 UTC: "
        'ERROR: column "nick" of relation "User" already exists. '
        "Nothing of it stands in the database."
    )
    assert [each.command for each in status.findings[0].next] == [
        "npx prisma migrate resolve --rolled-back 2_nick",
        "npx prisma migrate resolve --applied 2_nick",
    ]
    assert (
        status.findings[1]
        .next[0]
        .what.startswith("Apply what is pending once the failed one is resolved")
    )


def test_logs_without_a_known_form_tell_their_first_line() -> None:
    row = HistoryRow("1_init", "x", NOON, logs="\n  disk full\nmore\n")
    assert row.reason == "disk full"


def test_a_row_without_end_and_logs_was_interrupted_unless_somebody_holds_the_lock() -> None:
    rows = [applied("1_init", USERS), HistoryRow("2_nick", "x", NOON)]
    local = {"1_init": USERS, "2_nick": NICK}
    status = judged(local, rows, made_by({"1_init": USERS}))
    assert "or was interrupted" in only(status).message
    status = judged(local, rows, made_by({"1_init": USERS}), is_migrating=True)
    assert only(status).code == "running-migration"
    assert [each.what for each in status.not_judged] == ["drift"]


def test_a_failed_row_with_logs_has_failed_even_while_another_migration_runs() -> None:
    rows = [applied("1_init", USERS), HistoryRow("2_nick", "x", NOON, logs=LOGS)]
    local = {"1_init": USERS, "2_nick": NICK}
    status = judged(local, rows, made_by({"1_init": USERS}), is_migrating=True)
    assert only(status).code == "failed-migration"


def test_a_rolled_back_migration_waits_for_the_next_deploy() -> None:
    rolled_back = HistoryRow("2_nick", "x", NOON, None, NOON, logs=LOGS)
    local = {"1_init": USERS, "2_nick": NICK}
    status = judged(local, [applied("1_init", USERS), rolled_back], made_by({"1_init": USERS}))
    assert only(status).code == "rolled-back-migration"
    assert states(status)["2_nick"] == "rolled-back"


def test_a_migration_that_was_rolled_back_and_applied_later_is_applied() -> None:
    rolled_back = HistoryRow("2_nick", "x", NOON, None, NOON, logs=LOGS)
    local = {"1_init": USERS, "2_nick": NICK}
    rows = [applied("1_init", USERS), rolled_back, applied("2_nick", NICK, 1)]
    status = judged(local, rows, made_by(local))
    assert status.findings == ()
    assert status.migrations[1].attempts == 2


def test_a_rolled_back_migration_whose_folder_is_gone_is_nothing_to_tell() -> None:
    rolled_back = HistoryRow("2_nick", "x", NOON, None, NOON)
    local = {"1_init": USERS}
    status = judged(local, [applied("1_init", USERS), rolled_back], made_by(local))
    assert status.findings == ()
    assert states(status)["2_nick"] == "rolled-back"


def test_a_row_that_ends_when_it_begins_without_a_step_was_marked() -> None:
    checksum = hashlib.sha256(USERS.encode()).hexdigest()
    marked = HistoryRow("1_init", checksum, NOON, NOON)
    status = judged({"1_init": USERS}, [marked], made_by({"1_init": USERS}))
    assert status.findings == ()
    assert status.migrations[0].row is not None
    assert status.migrations[0].row.is_marked
    assert not applied("1_init", USERS).is_marked


def test_a_folder_without_a_script_is_told_and_not_called_pending() -> None:
    status = judged(
        {"1_init": USERS},
        [applied("1_init", USERS)],
        made_by({"1_init": USERS}),
        empty_folders=("2_lost",),
    )
    assert only(status).code == "missing-migration-file"
    assert only(status).place == FilePlace("prisma/migrations/2_lost")


# ---- edits ----


def test_a_file_with_other_bytes_than_were_applied_was_edited() -> None:
    local = {**SCRIPTS, "1_init": USERS + "-- a remark\n"}
    finding = only(judged(local, all_applied(SCRIPTS), made_by(SCRIPTS)))
    assert (finding.code, finding.migration) == ("edited-migration", "1_init")
    assert hashlib.sha256(USERS.encode()).hexdigest()[:12] in finding.message


@pytest.mark.parametrize("is_here", [True, False])
def test_line_ends_that_differ_are_no_edit(is_here: bool) -> None:
    windows = USERS.replace("\n", "\r\n").encode()
    local: dict[str, str | bytes] = {"1_init": windows if is_here else USERS}
    rows = [applied("1_init", USERS if is_here else windows)]
    assert judged(local, rows, made_by({"1_init": USERS})).findings == ()


def test_a_checksum_without_the_zeros_that_old_engines_left_out_is_no_edit() -> None:
    digest = hashlib.sha256(USERS.encode()).digest()
    short = "".join(f"{byte:x}" for byte in digest)
    assert len(short) < 64
    row = replace(applied("1_init", USERS), checksum=short)
    assert judged({"1_init": USERS}, [row], made_by({"1_init": USERS})).findings == ()


# ---- ahead and diverged ----


def test_a_migration_of_the_database_alone_is_ahead_and_stops_the_search_for_drift() -> None:
    local = {"1_init": USERS}
    status = judged(local, all_applied(SCRIPTS), made_by(SCRIPTS))
    assert [(each.code, each.migration) for each in status.findings] == [
        ("database-ahead", "2_nick"),
        ("database-ahead", "3_email"),
    ]
    assert status.not_judged[0].why.startswith("2 migrations of the database are in no folder here")


def test_histories_that_went_different_ways_name_the_last_one_in_common() -> None:
    there = {"1_init": USERS, "2_other": NICK}
    status = judged(SCRIPTS, all_applied(there), made_by(there))
    assert codes(status) == [
        "diverged-history",
        "database-ahead",
        "pending-migration",
        "pending-migration",
    ]
    assert status.findings[0].migration == "1_init"
    assert "The last one in common is `1_init`" in status.findings[0].message


def test_histories_with_nothing_in_common_say_so() -> None:
    there = {"1_there": USERS + NICK}
    status = judged({"1_here": USERS}, all_applied(there), made_by(there))
    assert status.findings[0].code == "diverged-history"
    assert status.findings[0].migration is None
    assert "They have none in common" in status.findings[0].message


# ---- no history ----


def test_an_empty_database_without_history_has_only_pending_migrations() -> None:
    status = judged(SCRIPTS, None, DatabaseModel("postgresql"))
    assert codes(status) == ["pending-migration"] * 3


def test_nothing_here_and_nothing_there_is_not_managed() -> None:
    finding = only(judged({}, None, DatabaseModel("postgresql")))
    assert finding.code == "not-managed"
    assert finding.next[0].command == "referee migrations new init"


def test_tables_without_history_and_without_migrations_are_not_managed() -> None:
    assert only(judged({}, None, made_by(SCRIPTS))).code == "not-managed"


def test_a_database_that_equals_its_migrations_needs_them_marked() -> None:
    finding = only(judged(SCRIPTS, None, made_by(SCRIPTS)))
    assert (finding.code, finding.migration) == ("baseline-needed", "3_email")
    assert "P3005" in finding.message
    assert (finding.next[0].command or "").splitlines() == [
        f"npx prisma migrate resolve --applied {name}" for name in SCRIPTS
    ]


def test_a_database_that_equals_the_first_migrations_needs_those_marked_and_the_rest_applied() -> (
    None
):
    first = dict(list(SCRIPTS.items())[:2])
    status = judged(SCRIPTS, None, made_by(first))
    assert [(each.code, each.migration) for each in status.findings] == [
        ("baseline-needed", "2_nick"),
        ("pending-migration", "3_email"),
    ]


def test_a_database_that_equals_no_state_of_the_migrations_is_told_so() -> None:
    status = judged(SCRIPTS, None, made_by({"1": 'CREATE TABLE "Other" ("id" INTEGER);'}))
    assert status.findings[0].code == "baseline-needed"
    assert "It equals no state" in status.findings[0].message
    commands = [step.command or "" for each in status.findings for step in each.next]
    assert commands[0] == "npx prisma db pull --print"
    assert not any("migrate deploy" in each or "migrations new" in each for each in commands)


# ---- drift ----


def with_columns(model: DatabaseModel, *columns: Column) -> DatabaseModel:
    name = Name("public", "User")
    table = model.tables[name]
    kept = {each.name: each for each in (*table.columns, *columns)}
    return replace(model, tables={name: replace(table, columns=tuple(kept.values()))})


def test_drift_is_told_column_by_column() -> None:
    made = made_by(SCRIPTS)
    text = SqlType("text")
    drifted = with_columns(
        made, Column("email", text, True), Column("hacked", text, True), Column("nick", text, False)
    )
    status = judged(SCRIPTS, all_applied(SCRIPTS), drifted)
    assert [(each.code, each.table, each.columns) for each in status.findings] == [
        ("drift", "User", ("email",)),
        ("drift", "User", ("nick",)),
        ("drift", "User", ("hacked",)),
    ]
    assert [each.migration for each in status.findings] == ["1_init", "2_nick", None]
    assert status.findings[0].message == (
        "The database has the column `email` of `User` in another form than its applied migrations "
        "make: it may be NULL."
    )


def test_what_the_migrations_make_and_the_database_lost_is_drift() -> None:
    finding = only(judged(SCRIPTS, all_applied(SCRIPTS), made_by({"1": USERS, "2": NICK})))
    assert (finding.code, finding.object, finding.columns) == (
        "drift",
        "User_email_key",
        ("email",),
    )
    assert finding.message == (
        "The database lacks the unique index `User_email_key` of `User` on `email`, which its "
        "applied migrations make."
    )


def test_an_index_that_the_schema_could_not_say_is_drift_where_no_migration_makes_it() -> None:
    partial = 'CREATE INDEX "by_hand" ON "User"("nick") WHERE "nick" IS NOT NULL;'
    status = judged(SCRIPTS, all_applied(SCRIPTS), made_by({**SCRIPTS, "4": partial}))
    assert only(status).object == "by_hand"


def test_the_words_in_which_a_database_writes_a_condition_are_no_drift() -> None:
    script = 'CREATE INDEX "some" ON "User"("nick") WHERE "nick" <> \'\';'
    local = {**SCRIPTS, "4_some": script}
    made = made_by(local)
    name = Name("public", "User")
    table = made.tables[name]
    indexes = tuple(
        replace(each, predicate="(nick <> ''::text)") if each.name == "some" else each
        for each in table.indexes
    )
    database = replace(made, tables={name: replace(table, indexes=indexes)})
    assert judged(local, all_applied(local), database).findings == ()


def test_the_columns_of_a_table_that_a_query_made_are_no_drift() -> None:
    local = {**SCRIPTS, "4_copy": 'CREATE TABLE "Copy" AS SELECT * FROM "User";'}
    made = made_by(local)
    name = Name("public", "Copy")
    filled = replace(made.tables[name], columns=(Column("id", SqlType("integer"), True),))
    database = replace(made, tables={**made.tables, name: replace(filled, has_unknown_shape=False)})
    assert judged(local, all_applied(local), database).findings == ()
    without = replace(made, tables={key: made.tables[key] for key in made.tables if key != name})
    assert only(judged(local, all_applied(local), without)).table == "Copy"


def test_pending_migrations_are_no_drift() -> None:
    first = {"1_init": USERS}
    status = judged(SCRIPTS, all_applied(first), made_by(first))
    assert codes(status) == ["pending-migration", "pending-migration"]


def test_without_a_replay_drift_is_not_judged_and_the_reason_is_told() -> None:
    here = history(SCRIPTS)
    state = DatabaseState(tuple(all_applied(SCRIPTS)), made_by(SCRIPTS))
    status = judge_status(here, state, why_not_replayed="it is a secret.")
    assert status.findings == ()
    assert [(each.what, each.why) for each in status.not_judged] == [("drift", "it is a secret.")]


def test_every_code_has_a_severity_and_a_heading() -> None:
    from referee.features.report.status_report import TITLES

    assert set(TITLES) == set(STATUS_CODES)


@pytest.mark.parametrize("name", ["9_x'; echo pwned; '", "9_x\n; echo pwned"])
def test_a_name_from_the_database_stays_one_word_of_the_command_to_copy(name: str) -> None:
    rows = [*all_applied(SCRIPTS), applied(name, "SELECT 1;", 9)]
    status = judged(SCRIPTS, rows, made_by(SCRIPTS))
    commands = [
        step.command
        for finding in status.findings
        for step in finding.next
        if step.command is not None and step.command.startswith("git log")
    ]
    assert commands
    for command in commands:
        assert command.isprintable()
        shown = subprocess.run(
            ["bash", "-c", f"set -f; git() {{ printf %s \"${{!#}}\"; }}; {command}"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert shown == f"*{name}*"
