"""A folder of migrations as values: order, lock, layouts, checksums, silences."""

from __future__ import annotations

import hashlib

from referee.migrations.evidence import read_history
from referee.migrations.history import checksum_variants, history_of, is_of_interest
from referee.migrations.judging import judge
from referee.migrations.silences import silences_in, without_silenced

LOCK = {"migration_lock.toml": b'# comment\nprovider = "postgresql"\n'}


def test_migrations_are_ordered_by_the_names_of_their_folders() -> None:
    history = history_of("m", {"b/migration.sql": b"B", "a/migration.sql": b"A", **LOCK})
    assert [migration.name for migration in history.migrations] == ["a", "b"]
    assert history.migrations[0].path == "m/a/migration.sql"
    assert history.lock is not None
    assert history.lock.provider == "postgresql"
    start, end = history.lock.provider_span
    assert history.lock.text[start:end] == "postgresql"


def test_a_folder_without_its_script_is_named_and_files_beside_are_not() -> None:
    files = {"a/migration.sql": b"", "b/README.md": b"", "notes.md": b"", **LOCK}
    history = history_of("m", files, ["a", "b", "c", ".git"])
    assert history.empty_folders == ("b", "c")


def test_only_scripts_and_the_lock_are_read() -> None:
    paths = ["a/migration.sql", "migration_lock.toml", "a/b/migration.sql", "a/down.sql", "x.sql"]
    assert [path for path in paths if is_of_interest(path)] == paths[:2]


def test_the_layout_of_prisma_8_is_recognised_and_not_misread() -> None:
    history = history_of(
        "m", {"app/20260801T1200_init/ops.json": b"", "app/20260801T1200_init/migration.ts": b""}
    )
    assert (history.layout, history.migrations, history.empty_folders) == ("prisma-8", (), ())


def test_other_layouts_and_empty_folders_are_told_apart() -> None:
    assert history_of("m", {"20260101_data/run.ts": b""}).layout == "other"
    assert history_of("m", {}).layout == "empty"


def test_a_checksum_is_that_of_the_bytes_and_line_ends_are_no_edit() -> None:
    unix, windows = b"SELECT 1;\nSELECT 2;\n", b"SELECT 1;\r\nSELECT 2;\r\n"
    history = history_of("m", {"a/migration.sql": unix})
    assert history.migrations[0].checksum == hashlib.sha256(unix).hexdigest()
    assert hashlib.sha256(windows).hexdigest() in checksum_variants(unix)
    assert hashlib.sha256(unix).hexdigest() in checksum_variants(windows)
    assert hashlib.sha256(unix + b"\n").hexdigest() not in checksum_variants(unix)


def test_the_key_of_a_state_changes_with_every_script_before_it() -> None:
    first = history_of("m", {"a/migration.sql": b"1", "b/migration.sql": b"2"}).chain()
    second = history_of("m", {"a/migration.sql": b"1", "b/migration.sql": b"3"}).chain()
    third = history_of("m", {"a/migration.sql": b"0", "b/migration.sql": b"2"}).chain()
    assert first[0] == second[0]
    assert len({first[1], second[1], third[1], third[0], first[0]}) == 5


def test_a_replay_may_begin_behind_what_is_known() -> None:
    files = {
        "a/migration.sql": b"CREATE TABLE t (a int);",
        "b/migration.sql": b"ALTER TABLE t ADD COLUMN b int;",
    }
    history = history_of("m", files)
    whole = read_history(history, "postgresql")
    first = whole.migrations[0]
    rest = read_history(
        history,
        "postgresql",
        known=(1, first.after, {k: m for k, m in whole.makers.items() if m.migration == "a"}),
    )
    assert rest.made == whole.made
    assert dict(rest.makers) == dict(whole.makers)
    assert [each.migration.name for each in rest.migrations] == ["b"]


def test_a_byte_order_mark_is_a_mistake_on_postgresql_and_offsets_count_behind_it() -> None:
    data = b"\xef\xbb\xbfALTER TABLE x ADD COLUMN a int;"
    evidence = read_history(history_of("m", {"a/migration.sql": data, **LOCK}), "postgresql")
    codes = [finding.code for finding in judge(evidence)]
    assert "migration-syntax-error" in codes
    assert evidence.migrations[0].script.statements[0].span.start == 0


def test_a_script_that_is_not_text_is_a_finding_and_no_failure() -> None:
    evidence = read_history(history_of("m", {"a/migration.sql": b"\xff\xfe", **LOCK}), "postgresql")
    assert [finding.code for finding in judge(evidence)] == ["migration-syntax-error"]


def test_a_comment_silences_the_statement_on_its_line_or_below_it() -> None:
    files = {
        "a/migration.sql": b"CREATE TABLE t (a int, b int, c int, d int);",
        "b/migration.sql": (
            b"-- referee-ignore drops-data: nobody reads it\n"
            b"ALTER TABLE t DROP COLUMN a;\n"
            b"ALTER TABLE t DROP COLUMN b; -- referee-ignore drops-data, changes-rows\n"
            b"ALTER TABLE t DROP COLUMN c;\n"
            b"ALTER TABLE t\n"
            b"  -- referee-ignore drops-data\n"
            b"  DROP COLUMN d;\n"
        ),
        **LOCK,
    }
    evidence = read_history(history_of("m", files), "postgresql")
    silences = silences_in(evidence.migrations[1])
    assert [silence.names for silence in silences] == [
        ("drops-data",), ("drops-data", "changes-rows"), ("drops-data",),
    ]  # fmt: skip
    assert silences[0].reason == "nobody reads it"
    findings = judge(evidence, unreleased=frozenset(["b"]))
    kept, used = without_silenced(findings, silences)
    assert [finding.columns for finding in kept if finding.code == "drops-data"] == [("c",)]
    assert {code for _, code in used} == {"drops-data"}
    assert len(used) == 3
