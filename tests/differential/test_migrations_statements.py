"""Random statements, as people write them by hand, in the replay and on PostgreSQL and SQLite.

What a database takes is no problem for the replay and leaves both with equal tables, and what the
replay finds wrong the database refuses. Statements that a database refuses for other reasons, such
as a value that does not fit its type, are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from referee.ddl.model import DatabaseModel, Table
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.sqlite import sqlite_database
from referee.migrations.difference import difference
from referee.migrations.replay import empty_database, replay
from referee.migrations.sql.reading import parse_script
from tests.conftest import rounds_to_run
from tests.differential.test_migrations_replay import but_for_expressions
from tests.support.databases import fresh_postgresql

STATEMENTS_A_ROUND = 40
TABLES = ('"A"', "b")
COLUMNS = ('"x"', '"y"', "z")
NAMES = ('"A_x_key"', '"A_pkey"', "k", '"A_x_idx"', "b_z_check", '"A_x_fkey"')
TYPES = {
    "postgresql": (
        "integer", "text", "bigint", "varchar(20)", "uuid", "timestamp(3)", "jsonb", "boolean",
        "numeric(10,2)", "text[]", '"E"', '"D"', "serial",
    ),
    "sqlite": ("INTEGER", "TEXT", "REAL", "BLOB", "DATETIME", "DECIMAL", ""),
}  # fmt: skip
DEFAULTS = {"integer": "1", "text": "'a'", "timestamp(3)": "now()", "TEXT": "'a'", "INTEGER": "-1"}
ABOUT_TYPES = (
    "CREATE TYPE \"E\" AS ENUM ('a', 'b')",
    'DROP TYPE IF EXISTS "E" CASCADE',
    "ALTER TYPE \"E\" ADD VALUE IF NOT EXISTS 'c' BEFORE 'a'",
    "CREATE DOMAIN \"D\" AS varchar(9) CHECK (VALUE <> '')",
)


@pytest.mark.fuzz
def test_postgresql_takes_statements_as_the_replay_does() -> None:
    for seed in range(rounds_to_run()):
        with fresh_postgresql() as connection:
            compare(connection, Statements(Random(f"postgresql {seed}"), "postgresql"))


@pytest.mark.fuzz
def test_sqlite_takes_statements_as_the_replay_does() -> None:
    for seed in range(rounds_to_run()):
        with sqlite_database() as connection:
            compare(connection, Statements(Random(f"sqlite {seed}"), "sqlite"))


def compare(connection: Connection, statements: Statements) -> None:
    """Run statements one by one, here and there."""
    provider = statements.model.provider
    taken: list[str] = []
    for _ in range(STATEMENTS_A_ROUND):
        sql = statements.statement() + ";"
        replayed = replay(statements.model, parse_script(provider, sql).statements)
        try:
            connection.run_script(sql)
        except DatabaseError:
            continue
        taken.append(sql)
        assert replayed.problems == (), "\n".join(taken)
        found = difference(replayed.model, catalog_of(connection), is_strict=True)
        assert list(but_for_expressions(found)) == [], "\n".join(taken)
        statements.model = replayed.model
    assert taken


class Statements:
    """Makes statements, most of them about what is there."""

    def __init__(self, random: Random, provider: str) -> None:
        self.random = random
        self.provider = provider
        self.model: DatabaseModel = empty_database(
            "postgresql" if provider == "postgresql" else "sqlite"
        )
        self.table: Table | None = None

    def statement(self) -> str:
        random = self.random
        if not self.model.tables or random.random() < 0.15:
            return self.create_table()
        kinds = [self.alter_table, self.alter_table, self.create_index, self.drop]
        if self.provider == "postgresql":
            kinds += [self.change, lambda: random.choice(ABOUT_TYPES)]
        return random.choice(kinds)()

    def create_table(self) -> str:
        self.table = None
        names = self.random.sample(COLUMNS, self.random.randint(2, 3))
        parts = [self.column(name) for name in names]
        if self.maybe(0.4):
            parts.append(self.constraint())
        option = "IF NOT EXISTS " if self.maybe(0.3) else ""
        return f"CREATE TABLE {option}{self.random.choice(TABLES)} ({', '.join(parts)})"

    def column(self, name: str) -> str:
        type = self.random.choice(TYPES[self.provider])
        words = [name, type]
        if type in DEFAULTS and self.maybe(0.5):
            words.append(f"DEFAULT {DEFAULTS[type]}")
        for chance, word in (
            (0.3, "NOT NULL"),
            (0.15, "PRIMARY KEY"),
            (0.2, self.named("UNIQUE")),
            (0.1, self.named(f"REFERENCES {self.random.choice(TABLES)} ({self.a_column()})")),
        ):
            if self.maybe(chance):
                words.append(word)
        return " ".join(words)

    def constraint(self) -> str:
        columns = ", ".join(self.some_columns())
        target = f"{self.random.choice(TABLES)} ({self.a_column()}) ON DELETE CASCADE"
        found = [
            f"PRIMARY KEY ({columns})",
            f"UNIQUE ({columns})",
            f"FOREIGN KEY ({self.a_column()}) REFERENCES {target}",
        ]
        if self.provider == "postgresql":
            found.append(f"CHECK ({self.a_column()} IS NOT NULL)")
        return self.named(self.random.choice(found))

    def alter_table(self) -> str:
        table = self.a_table()
        add = f"ADD COLUMN {self.column(self.random.choice(COLUMNS))}"
        drop = f"DROP COLUMN {self.a_column()}"
        rename = f"RENAME COLUMN {self.a_column()} TO {self.random.choice(COLUMNS)}"
        move = f"RENAME TO {self.random.choice(TABLES)}"
        return f"ALTER TABLE {table} {self.random.choice([add, drop, rename, move])}"

    def change(self) -> str:
        """Return what PostgreSQL alone can change of a table."""
        table, option = self.a_table(), "IF EXISTS " if self.maybe(0.3) else ""
        type = self.random.choice(TYPES["postgresql"][:-1])
        parts = [
            f"ADD {self.constraint()}",
            f"DROP CONSTRAINT {option}{self.a_name()}{' CASCADE' if self.maybe(0.3) else ''}",
            f"ALTER {self.a_column()} TYPE {type}{f' USING NULL::{type}' * self.maybe(0.7)}",
            f"ALTER {self.a_column()} {self.random.choice(['SET', 'DROP'])} NOT NULL",
            f"ALTER {self.a_column()} DROP DEFAULT",
            f"DROP COLUMN {option}{self.a_column()} CASCADE",
            f"ADD COLUMN IF NOT EXISTS {self.column(self.random.choice(COLUMNS))}",
        ]
        chosen = self.random.sample(parts, self.random.randint(1, 2))
        renaming = f"RENAME CONSTRAINT {self.a_name()} TO {self.random.choice(NAMES)}"
        return f"ALTER TABLE {table} {renaming if self.maybe(0.1) else ', '.join(chosen)}"

    def create_index(self) -> str:
        table, columns = self.a_table(), ", ".join(self.some_columns())
        unique = "UNIQUE " if self.maybe(0.4) else ""
        option = "IF NOT EXISTS " if self.maybe(0.3) else ""
        where = f" WHERE {self.a_column()} IS NOT NULL" if self.maybe(0.2) else ""
        name = self.random.choice(NAMES)
        return f"CREATE {unique}INDEX {option}{name} ON {table} ({columns}){where}"

    def drop(self) -> str:
        table, option = self.a_table(), "IF EXISTS " if self.maybe(0.5) else ""
        if self.maybe(0.2):
            return f"DROP TABLE {option}{table}"
        return f"DROP INDEX {option}{self.a_name()}"

    # ---- what they are about ----

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def named(self, constraint: str) -> str:
        return f"CONSTRAINT {self.random.choice(NAMES)} " * self.maybe(0.3) + constraint

    def a_table(self) -> str:
        self.table = self.random.choice(list(self.model))
        return f'"{self.table.name.name}"'

    def a_column(self) -> str:
        return self.some_columns()[0]

    def some_columns(self) -> Sequence[str]:
        """Return one column or two; SQLite takes what is none for a text, and later for one."""
        known = () if self.table is None else [f'"{each.name}"' for each in self.table.columns]
        is_known = self.provider == "sqlite" or self.maybe(0.85)
        names = known if known and is_known else COLUMNS
        return self.random.sample(names, min(len(names), self.random.randint(1, 2)))

    def a_name(self) -> str:
        table = self.table
        if table is None or self.maybe(0.3):
            return self.random.choice(NAMES)
        key = table.primary_key
        found = [None if key is None else key.name, *(index.name for index in table.indexes)]
        found += [each.name for each in table.foreign_keys]
        found += [each.name for each in table.checks]
        names = [name for name in found if name is not None]
        return f'"{self.random.choice(names)}"' if names else self.random.choice(NAMES)
