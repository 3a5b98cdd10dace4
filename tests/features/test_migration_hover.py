"""What a hover over a script says; `<|>` marks the cursor."""

from __future__ import annotations

import pytest

from referee.features.hover_parts import markdown_of
from referee.features.migration_hover import migration_hover
from tests.features.migrations import MAKE_USER, Beside

CURSOR = "<|>"


def hover(marked: str, *, first: str = MAKE_USER) -> tuple[str, str]:
    """Return what is shown at the cursor of a script behind another one, and what it covers."""
    offset = marked.index(CURSOR)
    text = marked.replace(CURSOR, "")
    beside = Beside({"1_init": first, "2_next": text})
    told = [
        each.diagnostic
        for each in beside.told()
        if each.diagnostic.path == beside.path("2_next") and each.finding is not None
    ]
    found = migration_hover(beside.script("2_next"), offset, told)
    if found is None:
        return "", ""
    return markdown_of(found.parts), text[found.span.start : found.span.end]


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        (
            'CREATE TA<|>BLE "Post" ("id" INTEGER PRIMARY KEY, "u" INT REFERENCES "User"("id"));',
            "This makes the table `Post` with 2 columns, the primary key `id`, 1 foreign key.",
        ),
        ('DROP <|>TABLE "User";', "This drops the table `User` with its 2 columns."),
        ('CREATE TABLE "C<|>opy" AS SELECT * FROM "User";', "This makes the table `Copy`."),
        (
            'ALTER TABLE "User" ADD COL<|>UMN "age" INTEGER DEFAULT 3;',
            "This adds `age` (`integer`, may be NULL, default `3`) to `User`.",
        ),
        (
            'ALTER TABLE "User" DROP CO<|>LUMN "name";',
            "This drops `name` of `User` with its values.",
        ),
        (
            'ALTER TABLE "User" RENAME <|>COLUMN "name" TO "title";',
            "This renames `name` of `User` to `title`.",
        ),
        (
            'ALTER TABLE "User" ALTER "name" SET <|>NOT NULL;',
            "This makes `name` of `User` required.",
        ),
        (
            'CREATE UNIQUE IND<|>EX "u" ON "User"(lower("name")) WHERE "id" > 0;',
            'This adds the unique index `u` on `lower("name")` where `"id" > 0` to `User`.',
        ),
        (
            "CREATE TYPE \"Role\" AS EN<|>UM ('A', 'B');",
            "This makes the enum `Role` with 2 values.",
        ),
        (
            "CREATE TYPE \"Role\" AS ENUM ('A');"
            'ALTER TABLE "User" ALTER "name" TYPE <|>"Role" USING "name"::"Role";',
            "This changes the type of `name` of `User` from `text` to `Role`.",
        ),
        ('UPDATE "User" S<|>ET "name" = NULL;', "This changes rows of `User`."),
        ("SEL<|>ECT 1;", "This changes nothing that Referee keeps of the database."),
        (
            'ALTER TABLE "User" RENAME TO <|>"Person";',
            "This renames the table `User` to `Person`.",
        ),
    ],
)
def test_a_hover_says_what_a_statement_does(marked: str, said: str) -> None:
    assert said in hover(marked)[0]


def test_a_hover_covers_the_part_of_a_statement_and_tells_what_is_wrong_with_it() -> None:
    text, covered = hover('ALTER TABLE "User" ADD COLUMN "a" INT[],\n  DROP COL<|>UMN "name";\n')
    assert covered.endswith('COLUMN "name"')
    assert "ADD COLUMN" not in covered
    assert text.startswith("This drops `name` of `User` with its values.")
    assert "`drops-data`: `name` of `User` is dropped with all its values." in text


def test_between_statements_there_is_nothing_to_show() -> None:
    assert hover("SELECT 1;\n\n<|>\n\nSELECT 2;\n") == ("", "")


def test_what_stands_in_a_block_with_conditions_is_said_to_be_taken_for_run() -> None:
    text, _ = hover('DO $$ BEGIN\n  ALTER TABLE "User" ADD COL<|>UMN "a" TEXT;\nEND $$;\n')
    assert "adds `a`" in text
    assert "`DO` block, whose conditions are taken to hold" in text
