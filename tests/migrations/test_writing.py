"""What is written as a new migration: its name, its files, and what its script changes."""

from __future__ import annotations

from datetime import datetime

import pytest

from referee.ddl.of_schema import JoinTableForm, database_of
from referee.migrations.difference import difference
from referee.migrations.evidence import read_history
from referee.migrations.history import History, history_of
from referee.migrations.replay import replay
from referee.migrations.sql.reading import parse_script
from referee.migrations.writing import NewMigration, folder_name, new_migration, slug_of
from tests.migrations.cases import view_of

NOW = datetime(2026, 5, 4, 3, 2, 1)
LOCK = b'provider = "postgresql"\n'


def history_with(*scripts: str, lock: bytes | None = LOCK) -> History:
    files = {
        f"2024010100000{number}_m/migration.sql": script.encode()
        for number, script in enumerate(scripts)
    }
    if lock is not None:
        files["migration_lock.toml"] = lock
    return history_of("migrations", files)


def written(
    schema: str,
    history: History,
    *,
    external: tuple[str, ...] = (),
    join_table_form: JoinTableForm | None = None,
) -> NewMigration | None:
    """Write a migration, and check that nothing differs after it."""
    meant = database_of(view_of(schema))
    assert meant is not None
    made = read_history(history, "postgresql").made
    found = new_migration(
        history,
        made,
        meant,
        name="x",
        now=NOW,
        external=external,
        join_table_form=join_table_form,
    )
    if found is not None:
        after = replay(made, parse_script("postgresql", found.script.text).statements)
        assert not after.problems
        left = difference(
            after.model, meant.model, external=external, join_table_form=join_table_form
        )
        assert left == ()
    return found


def script_of(
    schema: str,
    *scripts: str,
    external: tuple[str, ...] = (),
    join_table_form: JoinTableForm | None = None,
) -> str:
    found = written(
        schema, history_with(*scripts), external=external, join_table_form=join_table_form
    )
    return "" if found is None else found.script.text


def test_the_first_migration_brings_the_lock_file() -> None:
    found = written("model A {\n  id Int @id\n}\n", history_with(lock=None))
    assert found is not None
    assert [path for path, _ in found.files] == [
        "20260504030201_x/migration.sql",
        "migration_lock.toml",
    ]
    assert dict(found.files)["migration_lock.toml"].endswith('\nprovider = "postgresql"\n')
    assert found.script.text.startswith('-- CreateTable\nCREATE TABLE "A" (')


def test_a_lock_file_that_is_there_is_left_alone() -> None:
    found = written("model A {\n  id Int @id\n}\n", history_with())
    assert found is not None
    assert [path for path, _ in found.files] == ["20260504030201_x/migration.sql"]


def test_nothing_is_written_where_nothing_differs() -> None:
    made = 'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));'
    assert written("model A {\n  id Int @id\n}\n", history_with(made)) is None


BASE = """
CREATE TABLE "A" (
  "id" INTEGER NOT NULL, "old" TEXT, "n" INTEGER,
  CONSTRAINT "A_pkey" PRIMARY KEY ("id"), CONSTRAINT "positive" CHECK ("n" > 0)
);
CREATE INDEX "some_only" ON "A"("n") WHERE "n" > 5;
"""


def test_what_prisma_does_not_know_stays() -> None:
    schema = "model A {\n  id Int @id\n  old String?\n  n Int?\n  new String?\n}\n"
    assert script_of(schema, BASE) == '-- AlterTable\nALTER TABLE "A" ADD COLUMN     "new" TEXT;\n'


def test_a_dropped_column_takes_the_parts_that_speak_of_it_with_it() -> None:
    text = script_of("model A {\n  id Int @id\n  old String?\n}\n", BASE)
    assert "Warnings" in text
    assert 'DROP INDEX "some_only";' in text
    assert text.index("DROP INDEX") < text.index('DROP COLUMN "n"')


def test_an_index_that_only_needs_another_name_is_renamed_and_keeps_its_condition() -> None:
    schema = 'model A {\n  id Int @id\n  old String?\n  n Int?\n  @@index([n], map: "by_n")\n}\n'
    assert script_of(schema, BASE) == (
        '-- RenameIndex\nALTER INDEX "some_only" RENAME TO "by_n";\n'
    )


def test_external_tables_are_nobodys_business() -> None:
    schema = "model B {\n  id Int @id\n}\n"
    assert "DROP TABLE" in script_of(schema, BASE)
    assert "DROP TABLE" not in script_of(schema, BASE, external=("A",))


def test_an_extension_that_the_schema_asks_for_is_made_as_it_says() -> None:
    schema = (
        'datasource db {\n  provider = "postgresql"\n'
        '  extensions = [uuid(map: "uuid-ossp", schema: "x"), hstore, citext]\n}\n'
        "model A {\n  id Int @id\n}\n"
    )
    made = (
        'CREATE EXTENSION "hstore";\nCREATE EXTENSION "ltree";\n'
        'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));'
    )
    assert script_of(schema, made) == (
        '-- CreateExtension\nCREATE EXTENSION IF NOT EXISTS "citext";\n\n'
        '-- CreateExtension\nCREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "x";\n'
    )


VIEW = """
CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));
CREATE VIEW "V" AS SELECT "id" FROM "A";
CREATE TABLE "B" ("id" INTEGER NOT NULL, CONSTRAINT "B_pkey" PRIMARY KEY ("id"));
"""
OVER_VIEW = """
model A {
  id Int @id
}
model V {
  id Int @id
  b  B?
}
"""


def test_no_table_is_made_where_a_view_of_the_migrations_has_its_name() -> None:
    schema = (
        OVER_VIEW + "model B {\n  id Int @id\n  n Int?\n"
        "  v V @relation(fields: [id], references: [id])\n}\n"
    )
    meant = database_of(view_of(schema))
    assert meant is not None
    made = read_history(history_with(VIEW), "postgresql").made
    found = new_migration(history_with(VIEW), made, meant, name="x", now=NOW)
    assert found is not None
    assert [statement.sql for statement in found.script.statements] == [
        'ALTER TABLE "B" ADD COLUMN     "n" INTEGER;'
    ]
    assert "  - The table `V` is not made, since the migrations make a view" in found.script.text
    assert (
        "  - The foreign key `B_id_fkey` is not made: none can refer to a view."
        in found.script.text
    )


def test_several_views_in_the_way_are_one_sentence() -> None:
    schema = "model A {\n  id Int @id\n}\nmodel V {\n  id Int @id\n}\nmodel W {\n  id Int @id\n}\n"
    script = VIEW + 'CREATE VIEW "W" AS SELECT "id" FROM "A";\n'
    meant = database_of(view_of(schema))
    assert meant is not None
    made = read_history(history_with(script), "postgresql").made
    found = new_migration(history_with(script), made, meant, name="x", now=NOW)
    assert found is not None
    assert found.script.warnings[0].startswith("The tables `V` and `W` are not made, since the")
    assert [statement.sql for statement in found.script.statements] == ['DROP TABLE "B";']


def test_nothing_is_written_where_a_view_is_all_that_stands_in_the_way() -> None:
    schema = OVER_VIEW.replace("  b  B?\n", "") + "model B {\n  id Int @id\n}\n"
    meant = database_of(view_of(schema))
    assert meant is not None
    made = read_history(history_with(VIEW), "postgresql").made
    assert new_migration(history_with(VIEW), made, meant, name="x", now=NOW) is None


def test_data_at_stake_is_said_above_the_script() -> None:
    text = script_of("model A {\n  id Int @id\n  old String\n  n Int?\n}\n", BASE)
    assert text.startswith("/*\n  Warnings:\n\n  - Made the column `old` on table `A` required.")


def test_a_join_table_changes_its_form_only_where_the_version_is_known() -> None:
    schema = "model A {\n  id Int @id\n  bs B[]\n}\nmodel B {\n  id Int @id\n  as A[]\n}\n"
    old = """
    CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));
    CREATE TABLE "B" ("id" INTEGER NOT NULL, CONSTRAINT "B_pkey" PRIMARY KEY ("id"));
    CREATE TABLE "_AToB" ("A" INTEGER NOT NULL, "B" INTEGER NOT NULL);
    CREATE UNIQUE INDEX "_AToB_AB_unique" ON "_AToB"("A", "B");
    CREATE INDEX "_AToB_B_index" ON "_AToB"("B");
    ALTER TABLE "_AToB" ADD CONSTRAINT "_AToB_A_fkey" FOREIGN KEY ("A") REFERENCES "A"("id")
      ON DELETE CASCADE ON UPDATE CASCADE;
    ALTER TABLE "_AToB" ADD CONSTRAINT "_AToB_B_fkey" FOREIGN KEY ("B") REFERENCES "B"("id")
      ON DELETE CASCADE ON UPDATE CASCADE;
    """
    assert script_of(schema, old) == ""
    text = script_of(schema, old, join_table_form="primary-key")
    assert 'ADD CONSTRAINT "_AToB_AB_pkey" PRIMARY KEY ("A", "B")' in text
    assert 'DROP INDEX "_AToB_AB_unique"' in text


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], "20260504030201_x"),
        (["20240101000000_a"], "20260504030201_x"),
        (["20260504030201_z"], "20260504030202_x"),
        (["20990101000000_a"], "20990101000001_x"),
        (["01_init", "02_more"], "20260504030201_x"),
        (["0001_init", "9998_more"], "9999_x"),
        (["zebra"], "zebra_20260504030201_x"),
    ],
)
def test_a_new_folder_sorts_behind_all_others(known: list[str], expected: str) -> None:
    name = folder_name("x", NOW, known)
    assert name == expected
    assert sorted([*known, name])[-1] == name


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Add Tags", "add_tags"),
        ("größe/ändern!", "gro_e_andern"),
        ("__x__", "x"),
        ("?!", ""),
        ("a" * 300, "a" * 200),
    ],
)
def test_names_become_what_prisma_makes_of_them(name: str, slug: str) -> None:
    assert slug_of(name) == slug


TEAM = "model Team {\n  id Int @id\n  members Member[]\n}\n"
MEMBER = (
    "model Member {\n  id Int @id\n  name String\n  teamId Int\n"
    "  team Team @relation(fields: [teamId], references: [id])\n}\n"
)
TEAMS = (
    'CREATE TABLE "Team" ("id" INTEGER NOT NULL, CONSTRAINT "Team_pkey" PRIMARY KEY ("id"));'
    'CREATE TABLE "Member" ("id" INTEGER NOT NULL, "name" TEXT NOT NULL, '
    '"teamId" INTEGER NOT NULL, CONSTRAINT "Member_pkey" PRIMARY KEY ("id"));'
    'ALTER TABLE "Member" ADD CONSTRAINT "Member_teamId_fkey" FOREIGN KEY ("teamId") '
    'REFERENCES "Team"("id") ON DELETE RESTRICT ON UPDATE CASCADE;'
)


def warnings_of(*scripts: str, schema: str = TEAM + MEMBER) -> tuple[str, ...]:
    found = written(schema, history_with(*scripts))
    assert found is not None
    assert all(each in found.script.text.replace("\n  ", " ") for each in found.script.warnings)
    return found.script.warnings


def test_dropping_the_only_index_of_a_foreign_key_is_warned_of() -> None:
    index = 'CREATE INDEX "Member_teamId_idx" ON "Member"("teamId");'
    assert warnings_of(TEAMS, index) == (
        "The index `Member_teamId_idx` of `Member` is dropped; it is the only one that serves the "
        "foreign key on `teamId` to `Team`, whose deletes scan the table without it. To keep it, "
        "declare `@@index([teamId])`.",
    )


def test_dropping_an_index_beside_another_that_serves_the_key_is_not_warned_of() -> None:
    index = 'CREATE INDEX "Member_teamId_idx" ON "Member"("teamId");'
    longer = 'CREATE INDEX "Member_teamId_name_idx" ON "Member"("teamId", "name");'
    schema = TEAM + MEMBER.replace("[id])\n}", "[id])\n  @@index([teamId, name])\n}")
    assert warnings_of(TEAMS, index, longer, schema=schema) == ()


def test_dropping_an_index_made_by_hand_is_warned_of_with_its_attribute() -> None:
    index = 'CREATE INDEX "by_name" ON "Member" USING gin ("name" gin_trgm_ops);'
    assert warnings_of(TEAMS, index) == (
        "The index `by_name` of `Member` is dropped; it looks as if it was made by hand. To keep "
        'it, declare `@@index([name(ops: raw("gin_trgm_ops"))], type: Gin, map: "by_name")`.',
    )


def test_the_attribute_that_keeps_an_index_means_that_index() -> None:
    index = 'CREATE INDEX "by_name" ON "Member" USING gin ("name" gin_trgm_ops);'
    (warning,) = warnings_of(TEAMS, index)
    attribute = warning.partition("declare `")[2].removesuffix("`.")
    schema = TEAM + MEMBER.replace("[id])\n}", f"[id])\n  {attribute}\n}}")
    assert written(schema, history_with(TEAMS, index)) is None


def test_a_table_that_nothing_made_is_not_dropped() -> None:
    assert written(TEAM + MEMBER, history_with(TEAMS, 'DELETE FROM "Gone";')) is None
    assert written(TEAM + MEMBER, history_with(TEAMS, 'ALTER TABLE "Gone" ADD "a" INT;')) is None
    made = written(TEAM + MEMBER, history_with(TEAMS, 'CREATE TABLE "C" AS SELECT 1;'))
    assert made is not None
    assert 'DROP TABLE "C";' in made.script.text


def test_mysql_makes_an_index_for_a_foreign_key_so_nothing_is_warned_of() -> None:
    tables = (
        "CREATE TABLE `Team` (`id` INT NOT NULL, PRIMARY KEY (`id`));"
        "CREATE TABLE `Member` (`id` INT NOT NULL, `name` VARCHAR(191) NOT NULL, "
        "`teamId` INT NOT NULL, INDEX `Member_teamId_idx`(`teamId`), PRIMARY KEY (`id`));"
        "ALTER TABLE `Member` ADD CONSTRAINT `Member_teamId_fkey` FOREIGN KEY (`teamId`) "
        "REFERENCES `Team`(`id`) ON DELETE RESTRICT ON UPDATE CASCADE;"
    )
    history = history_of("migrations", {"1_init/migration.sql": tables.encode()})
    schema = f'datasource db {{\n  provider = "mysql"\n}}\n{TEAM}{MEMBER}'
    meant = database_of(view_of(schema))
    assert meant is not None
    made = read_history(history, "mysql").made
    found = new_migration(history, made, meant, name="x", now=NOW)
    assert found is not None
    assert "DROP INDEX `Member_teamId_idx`" in found.script.text
    assert found.script.warnings == ()


@pytest.mark.parametrize(
    ("type", "name"),
    [
        ("String? @db.Citext", "citext"),
        ('Unsupported("vector(3)")?', "vector"),
        ('Unsupported("geometry(Point, 4326)")?', "postgis"),
        ('Unsupported("ltree")?', "ltree"),
        ('Unsupported("hstore")?', "hstore"),
    ],
)
def test_a_type_of_an_extension_that_nothing_makes_is_told(type: str, name: str) -> None:
    schema = f"model A {{\n  id Int @id\n  t {type}\n}}\n"
    table = 'CREATE TABLE "A" ("id" INTEGER NOT NULL, CONSTRAINT "A_pkey" PRIMARY KEY ("id"));'
    extension = f"CREATE EXTENSION IF NOT EXISTS {name};"
    meant = database_of(view_of(schema))
    assert meant is not None
    for script, is_told in ((table, True), (extension + table, False)):
        history = history_with(script)
        made = read_history(history, "postgresql").made
        found = new_migration(history, made, meant, name="x", now=NOW)
        assert found is not None
        assert (extension in found.script.text) is is_told


def test_the_values_that_an_other_enum_refuses_are_told() -> None:
    schema = "model A {\n  id Int @id\n  e F\n}\nenum F {\n  X\n}\n"
    before = (
        "CREATE TYPE \"E\" AS ENUM ('X', 'Y');"
        'CREATE TABLE "A" ("id" INTEGER NOT NULL, "e" "E" NOT NULL, '
        'CONSTRAINT "A_pkey" PRIMARY KEY ("id"));'
    )
    assert "This step fails on rows that hold `Y`." in script_of(schema, before)
