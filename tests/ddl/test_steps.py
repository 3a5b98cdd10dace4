"""A script of changes, applied to one database, gives the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from referee.ddl.difference import Renames
from referee.ddl.implied_indexes import without_implied_indexes
from referee.ddl.model import DatabaseModel, Name
from referee.ddl.of_schema import database_of
from referee.ddl.sql import create_script
from referee.ddl.steps import change_script
from referee.engine.session import judge
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection
from referee.migrations.database.sqlite import sqlite_database
from referee.schema.providers import Provider
from tests.ddl.comparing import differences
from tests.ddl.random_schemas import random_schema
from tests.support.databases import fresh_postgresql, shared_mysql

EXECUTED: tuple[Provider, ...] = ("sqlite", "postgresql", "mysql")
# Starting PostgreSQL or MariaDB costs more than a round, and each round more than on SQLite.
SHARE_OF_ROUNDS = {"sqlite": 2.0, "postgresql": 0.5, "mysql": 0.5}

BEFORE = """\
enum Role {
  A
  B
  C
}

model User {
  id    Int     @id @default(autoincrement())
  email String  @unique
  name  String?
  age   Int
  gone  String
  role  Role    @default(A)
  posts Post[]

  @@index([name])
  @@index([age], map: "old_name")
}

model Post {
  id     Int    @id
  userId Int
  user   User   @relation(fields: [userId], references: [id])
  text   String

  @@index([text])
}

model Dropped {
  id    Int   @id
  other Other @relation(fields: [id], references: [id])
}

model Other {
  id      Int      @id
  dropped Dropped?
}

model Pair {
  a Int
  b Int

  @@id([a])
}
"""

AFTER = """\
enum Role {
  A
  B
  D
}

model User {
  id    String  @id
  email String  @unique(map: "by_email")
  name  String  @default("nobody")
  age   String
  fresh Int     @default(5)
  made  String?
  role  Role    @default(D)
  posts Post[]

  @@index([age], map: "new_name")
}

model Post {
  id     Int     @id
  userId String?
  user   User?   @relation(fields: [userId], references: [id], onDelete: Cascade)
  text   String?

  @@index([text, userId])
}

model Other {
  id Int @id
}

model Pair {
  a Int
  b Int

  @@id([a, b])
}

model Added {
  id Int @id
}
"""


def model_of(provider: Provider, text: str) -> DatabaseModel:
    if "datasource" not in text:
        text = f'datasource db {{\n  provider = "{provider}"\n}}\n{text}'
    found = database_of(judge({"schema.prisma": text}).view)
    assert found is not None
    return found.model


@contextmanager
def fresh(provider: Provider) -> Iterator[Connection]:
    """Connect to an empty database."""
    if provider == "sqlite":
        with sqlite_database() as connection:
            yield connection
    elif provider == "postgresql":
        with fresh_postgresql() as postgresql:
            yield postgresql
    else:
        server = shared_mysql()
        database = server.create_database()
        try:
            with database.connect() as mysql:
                yield mysql
        finally:
            server.drop_database(database)


def assert_there_and_back(provider: Provider, before: DatabaseModel, after: DatabaseModel) -> None:
    """Change a database into another and exactly back, and look at its catalog each time."""
    with fresh(provider) as connection:
        connection.run_script(create_script(before))
        made = without_implied_indexes(catalog_of(connection))
        assert differences(before, made) == []
        connection.run_script(change_script(before, after).text)
        changed = without_implied_indexes(catalog_of(connection))
        assert differences(after, changed, has_column_order=False) == []
        connection.run_script(change_script(changed, made, exact=True).text)
        back = without_implied_indexes(catalog_of(connection))
        assert differences(made, back, has_column_order=False) == []


@pytest.mark.parametrize("provider", EXECUTED)
def test_a_change_of_everything_gives_the_other_database(provider: Provider) -> None:
    before, after = model_of(provider, BEFORE), model_of(provider, AFTER)
    assert_there_and_back(provider, before, after)
    assert_there_and_back(provider, after, before)


@pytest.mark.slow
@pytest.mark.parametrize("provider", EXECUTED)
def test_changes_between_random_schemas_give_the_other_database(
    provider: Provider, fuzz_rounds: int
) -> None:
    for seed in range(int(fuzz_rounds * SHARE_OF_ROUNDS[provider])):
        random = Random(seed)
        before = model_of(provider, random_schema(random, provider))
        after = model_of(provider, random_schema(random, provider))
        try:
            assert_there_and_back(provider, before, after)
        except Exception as error:
            raise AssertionError(f"seed {seed} on {provider}") from error


@pytest.mark.parametrize("provider", EXECUTED)
def test_equal_databases_need_no_script(provider: Provider) -> None:
    model = model_of(provider, BEFORE)
    script = change_script(model, model_of(provider, BEFORE))
    assert script.is_empty
    assert script.text == ""


@pytest.mark.parametrize("provider", EXECUTED)
def test_a_renamed_table_and_column_keep_their_rows(provider: Provider) -> None:
    before = "model Cat {\n  id Int @id\n  name String\n  owner Int?\n\n  @@index([name])\n}\n"
    after = "model Dog {\n  id Int @id\n  called String\n  owner Int?\n\n  @@index([called])\n}\n"
    old, new = model_of(provider, before), model_of(provider, after)
    namespace = next(iter(old.tables)).namespace
    cat, dog = Name(namespace, "Cat"), Name(namespace, "Dog")
    script = change_script(old, new, renames=Renames({cat: dog}, {(dog, "name"): "called"}))
    assert script.warnings == ()
    with fresh(provider) as connection:
        connection.run_script(create_script(old))
        quote = "`" if provider == "mysql" else '"'
        table = f"{quote}Cat{quote}"
        connection.execute(f"INSERT INTO {table} (id, name) VALUES (1, 'Tom')")
        connection.run_script(script.text)
        rows = connection.query(f"SELECT called FROM {quote}Dog{quote}")
        assert [tuple(row) for row in rows] == [("Tom",)]
        assert differences(new, without_implied_indexes(catalog_of(connection))) == []


def test_a_new_enum_value_that_is_a_default_is_not_added_in_place() -> None:
    """PostgreSQL refuses a new value in the transaction that added it (55P04)."""
    enum = "enum Role {{\n  A\n  {}\n}}\nmodel M {{\n  id Int @id\n  role Role @default({})\n}}\n"
    before = model_of("postgresql", enum.replace("  {}\n", "", 1).format("A"))
    added = change_script(before, model_of("postgresql", enum.format("B", "A")))
    assert added.text == "-- AlterEnum\nALTER TYPE \"Role\" ADD VALUE 'B';\n"
    used = model_of("postgresql", enum.format("B", "B"))
    assert "ADD VALUE" not in change_script(before, used).text
    assert_there_and_back("postgresql", before, used)


def test_an_enum_value_in_the_middle_gets_its_place() -> None:
    enum = "enum Role {{\n{}}}\nmodel M {{\n  id Int @id\n  role Role\n}}\n"
    before = model_of("postgresql", enum.format("  A\n  D\n"))
    after = model_of("postgresql", enum.format("  A\n  B\n  C\n  D\n  E\n"))
    assert_there_and_back("postgresql", before, after)


def test_rows_survive_the_redefinition_of_a_sqlite_table() -> None:
    before = "model M {\n  id Int @id\n  a String?\n  b Int\n}\n"
    after = 'model M {\n  id Int @id\n  a String @default("it\'s")\n  c Int?\n}\n'
    old, new = model_of("sqlite", before), model_of("sqlite", after)
    with fresh("sqlite") as connection:
        connection.run_script(create_script(old))
        connection.execute("INSERT INTO M (id, a, b) VALUES (1, NULL, 5), (2, 'x', 6)")
        connection.run_script(change_script(old, new).text)
        rows = connection.query("SELECT id, a, c FROM M ORDER BY id")
        assert [tuple(row) for row in rows] == [(1, "it's", None), (2, "x", None)]


def test_warnings_stand_in_a_comment_above_the_script() -> None:
    before, after = model_of("postgresql", BEFORE), model_of("postgresql", AFTER)
    script = change_script(before, after)
    assert script.text.startswith("/*\n  Warnings:\n\n  - The values [C] on the enum `Role`")
    for words in (
        "You are about to drop the column `gone` on the `User` table.",
        "You are about to drop the `Dropped` table.",
        "Made the column `name` on table `User` required.",
        "The primary key for the `Pair` table will be changed.",
    ):
        assert any(warning.startswith(words) for warning in script.warnings), words
    assert not any("age" in warning for warning in script.warnings), "a number fits into a text"


def test_sql_server_has_no_scripts_of_changes() -> None:
    model = model_of("sqlserver", "model M {\n  id Int @id\n}\n")
    with pytest.raises(ValueError, match="sqlserver"):
        change_script(model, model)
