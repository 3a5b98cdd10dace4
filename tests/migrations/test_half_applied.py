"""What stands of a migration that stopped somewhere, told from the database alone."""

from __future__ import annotations

import pytest

from referee.migrations.half_applied import half_applied
from referee.migrations.half_applied_sentences import how_to_undo, sentence_of_half
from referee.migrations.history import Migration
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from referee.schema.providers import Provider

LONG = "".join(
    f'CREATE TABLE "T{n}" ("id" INTEGER NOT NULL PRIMARY KEY, "a" TEXT);\n'
    f'CREATE INDEX "i{n}" ON "T{n}"("a");\n'
    for n in range(30)
)


def stopped(text: str, ran: int, *, has_failed: bool = True, provider: Provider = "sqlite") -> int:
    """Return how many statements are said to have run where so many did."""
    before = empty_database(provider)
    database = replay(before, parse_script(provider, text).statements[:ran], None).model
    migration = Migration("1_long", "1_long/migration.sql", text.encode())
    half = half_applied(migration, before, database, has_failed=has_failed)
    assert half.until_line == max(half.ran, 1)
    return half.ran


@pytest.mark.parametrize("ran", [0, 1, 2, 16, 17, 31, 48, 58, 59])
def test_the_place_where_a_long_script_stopped_is_found(ran: int) -> None:
    assert stopped(LONG, ran) == ran


def test_a_script_of_which_a_statement_failed_did_not_run_whole() -> None:
    assert stopped(LONG, 60) < 60
    assert stopped(LONG, 60, has_failed=False) == 60


def test_what_postgresql_undid_is_not_said_to_stand_where_the_same_was_made_by_hand() -> None:
    assert stopped(LONG, 20, provider="postgresql") == 0


def test_a_rebuilt_table_of_sqlite_is_followed_statement_by_statement() -> None:
    text = (
        'CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);\n'
        'CREATE TABLE "new_A" ("id" INTEGER NOT NULL PRIMARY KEY, "b" TEXT);\n'
        'INSERT INTO "new_A" ("id") SELECT "id" FROM "A";\n'
        'DROP TABLE "A";\n'
        'ALTER TABLE "new_A" RENAME TO "A";\n'
    )
    before = empty_database("sqlite")
    statements = parse_script("sqlite", text).statements
    migration = Migration("1", "1/migration.sql", text.encode())
    for ran in range(len(statements)):
        database = replay(before, statements[:ran], None).model
        half = half_applied(migration, before, database, has_failed=True)
        # Nothing tells whether the rows were copied.
        assert half.ran == (2 if ran == 3 else ran)
        assert half.unsure == ((3,) if ran in (2, 3) else ())


def test_what_stands_is_said_in_a_sentence_with_the_first_few_things() -> None:
    before = empty_database("sqlite")
    statements = parse_script("sqlite", LONG).statements
    database = replay(before, statements[:20], None).model
    migration = Migration("1_long", "1_long/migration.sql", LONG.encode())
    half = half_applied(migration, before, database, has_failed=True)
    said = sentence_of_half(half, None)
    assert said.startswith("The first 20 of its 60 statements ran, to line 20, and it made the ta")
    assert said.endswith("made the table `T5` and 4 more.")
    undo = how_to_undo(half, None)
    assert undo.startswith("Undo by hand what stands of it: drop the table `T9`, drop the table `")
    assert undo.endswith("drop the table `T4` and 4 more")


def test_of_rows_alone_it_is_said_that_nothing_tells() -> None:
    made = 'CREATE TABLE "A" ("id" INTEGER NOT NULL PRIMARY KEY);'
    before = replay(empty_database("sqlite"), parse_script("sqlite", made).statements, None).model
    text = 'INSERT INTO "A" VALUES (1);\nINSERT INTO "A" VALUES (1);\n'
    migration = Migration("2_rows", "2_rows/migration.sql", text.encode())
    half = half_applied(migration, before, before, has_failed=True)
    assert sentence_of_half(half, None) == (
        "Nothing of it stands in the tables; whether rows were changed by line 1 cannot be told."
    )
    assert how_to_undo(half, None) == "Undo by hand what it changed in rows"
