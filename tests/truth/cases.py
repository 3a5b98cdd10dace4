"""Claims that one schema shows: statements, and whether the database takes them.

Every case also says which codes Referee reports for its schema, so that what is reported and what
the database does are held against each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from referee.ddl.sql import create_script
from referee.engine.session import judge
from referee.rules.settings import RuleSettings
from referee.schema.providers import Provider
from tests.truth.index_coverage import index_in, index_of_mariadb
from tests.truth.trial import CannotMake, Server, Tables, model_of

Codes: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Takes:
    """A statement that the database takes."""

    statement: str


@dataclass(frozen=True, slots=True)
class Refuses:
    """A statement that the database refuses, and with which code: any other is another reason.

    The code is the SQLSTATE on PostgreSQL, the name of the result code on SQLite and the number of
    the error on MySQL; there are several where MariaDB and MySQL have each their own.
    """

    statement: str
    codes: Codes


@dataclass(frozen=True, slots=True)
class Finds:
    """A query and what it finds, in text: rows by lines, values by spaces."""

    query: str
    found: str


@dataclass(frozen=True, slots=True)
class LooksUp:
    """A query, and the index in which its rows are looked up, None where the table is read."""

    query: str
    index: str | None


Step: TypeAlias = Takes | Refuses | Finds | LooksUp

TAKEN_ALREADY: Mapping[Provider, str] = {
    "postgresql": "23505",
    "sqlite": "SQLITE_CONSTRAINT_UNIQUE",
    "mysql": "1062",
}
NO_PARENT: Mapping[Provider, str] = {
    "postgresql": "23503",
    "sqlite": "SQLITE_CONSTRAINT_FOREIGNKEY",
    "mysql": "1452",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A schema without its datasource, what is done, and whether Referee reports `code` in it.

    Names stand in double quotes; the server's own quotes take their place. `unmade` is the code
    (as `Refuses` has it) where the database refuses the tables themselves; with `unmade_by` only
    that product does.
    """

    title: str
    provider: Provider
    schema: str
    code: str
    is_reported: bool
    steps: Sequence[Step] = ()
    unmade: Codes | None = None
    unmade_by: str = ""

    def text(self) -> str:
        """Return the whole schema."""
        return (
            f'datasource db {{\n  provider = "{self.provider}"\n}}\n\n'
            'generator client {\n  provider = "prisma-client"\n  output = "../client"\n'
            '  previewFeatures = ["partialIndexes"]\n}\n\n' + self.schema
        )

    def complaint(self, server: Server) -> str | None:
        """Return where Referee or the database does otherwise, None where neither does."""
        settings = RuleSettings(severities={self.code: "on"})
        snapshot = judge({"schema.prisma": self.text()}, settings)
        reported = {finding.code for finding in snapshot.findings()}
        if (self.code in reported) != self.is_reported:
            return f"{self.title}: reported is {sorted(reported)}"
        try:
            with server.tables(create_script(model_of(snapshot.view))) as tables:
                if self._refused_by(server) is not None:
                    return f"{self.title}: the tables were made"
                for step in self.steps:
                    wrong = complaint_of_step(step, server, tables)
                    if wrong is not None:
                        return f"{self.title}: {wrong}"
        except CannotMake as refusal:
            wanted = self._refused_by(server)
            if wanted is None or not is_among(refusal.code, wanted):
                return f"{self.title}: {refusal}"
        return None

    def _refused_by(self, server: Server) -> Codes | None:
        """Return the code with which a server is to refuse the tables."""
        return self.unmade if server.title.startswith(self.unmade_by) else None

    def __str__(self) -> str:
        return f"{self.title}\n\n{self.text()}\n" + "\n".join(map(str, self.steps))


def complaint_of_step(step: Step, server: Server, tables: Tables) -> str | None:
    """Do a step and return where it went otherwise, None where it did not."""
    if isinstance(step, Finds):
        rows = tables.rows(as_written(step.query, server))
        found = "\n".join(" ".join(map(str, row)) for row in rows)
        return None if found == step.found else f"{step.query} found {found}"
    if isinstance(step, LooksUp):
        index = _index_used(as_written(step.query, server), server.provider, tables)
        return None if index == step.index else f"{step.query} used {index}"
    code = tables.refusal_of(as_written(step.statement, server))
    if is_among(code, step.codes if isinstance(step, Refuses) else None):
        return None
    return f"{step.statement} was {'taken' if code is None else f'refused with {code}'}"


def _index_used(query: str, provider: Provider, tables: Tables) -> str | None:
    """Return the index that the plan of a query looks rows up in."""
    if provider == "sqlite":
        ((*_, text),) = tables.rows(f"EXPLAIN QUERY PLAN {query}")
        used = re.fullmatch(r"SEARCH .*USING INDEX (\w+) .*", str(text))
        return used and used[1]
    explain = "EXPLAIN (FORMAT JSON)" if provider == "postgresql" else "EXPLAIN FORMAT=JSON"
    ((found,),) = tables.rows(f"{explain} {query}")
    plan: Any = json.loads(found) if isinstance(found, str) else found
    if provider == "postgresql":
        return index_in(plan[0]["Plan"])
    return index_of_mariadb(plan)


def is_among(code: str | None, wanted: Codes | None) -> bool:
    """Tell whether a refusal is the one that is wanted; None stands for none."""
    return code == wanted if wanted is None or isinstance(wanted, str) else code in wanted


def as_written(statement: str, server: Server) -> str:
    """Return a statement with the names in the server's own quotes."""
    return statement.replace('"', server.quoted("")[0])


# ---- cascades too deep ----


def deep_cases(provider: Provider) -> list[Case]:
    """Return chains and trees of 14 and of 15 levels below the root."""
    found = []
    for levels in (14, 15):
        is_refused = provider == "mysql" and levels > 14

        def delete(statement: str, is_refused: bool = is_refused) -> Step:
            return Refuses(statement, "1296") if is_refused else Takes(statement)

        left = levels + 1 if is_refused else 0
        models = "\n".join(_level(number, levels) for number in range(levels + 1))
        found.append(
            Case(
                f"a cascade of {levels} levels",
                provider,
                models,
                "cascade-too-deep",
                is_reported=is_refused,
                steps=(
                    Takes('INSERT INTO "L0" ("id") VALUES (1)'),
                    *(
                        Takes(f'INSERT INTO "L{number}" ("id", "aboveId") VALUES (1, 1)')
                        for number in range(1, levels + 1)
                    ),
                    delete('DELETE FROM "L0"'),
                    Finds(f'SELECT COUNT(*) FROM "L{levels}"', str(min(left, 1))),
                ),
            )
        )
        found.append(
            Case(
                f"a tree of {levels} levels below its root",
                provider,
                "model Page {\n  id Int @id\n  parentId Int?\n"
                '  parent Page? @relation("Tree", fields: [parentId], references: [id], '
                'onDelete: Cascade, onUpdate: NoAction)\n  children Page[] @relation("Tree")\n}\n',
                "cascade-too-deep",
                # Of a tree the schema does not say how deep it is.
                is_reported=provider == "mysql",
                steps=(
                    Takes('INSERT INTO "Page" ("id") VALUES (0)'),
                    *(
                        Takes(f'INSERT INTO "Page" ("id", "parentId") VALUES ({n}, {n - 1})')
                        for n in range(1, levels + 1)
                    ),
                    delete('DELETE FROM "Page" WHERE "id" = 0'),
                    Finds('SELECT COUNT(*) FROM "Page"', str(left)),
                ),
            )
        )
    return found


def _level(number: int, last: int) -> str:
    lines = ["  id Int @id"]
    if number > 0:
        lines.append(
            f"  above L{number - 1} @relation(fields: [aboveId], references: [id], "
            "onDelete: Cascade)"
        )
        lines.append("  aboveId Int")
    if number < last:
        lines.append(f"  below L{number + 1}[]")
    return f"model L{number} {{\n" + "\n".join(lines) + "\n}\n"


# ---- keys ----


def shared_column_cases(provider: Provider) -> list[Case]:
    """Return a ticket whose assignee leaves, and which loses its tenant with that."""
    schema = """model Tenant {
  id      Int      @id
  users   User[]
  tickets Ticket[]
}

model User {
  tenantId Int
  number   Int
  tenant   Tenant   @relation(fields: [tenantId], references: [id])
  tickets  Ticket[]

  @@id([tenantId, number])
}

model Ticket {
  id       Int     @id
  tenantId Int?
  number   Int?
  tenant   Tenant? @relation(fields: [tenantId], references: [id])
  assignee User?   @relation(fields: [tenantId, number], references: [tenantId, number])
}
"""
    return [
        Case(
            "SetNull on a column that another relation uses",
            provider,
            schema,
            "set-null-on-shared-column",
            is_reported=True,
            steps=(
                Takes('INSERT INTO "Tenant" ("id") VALUES (7)'),
                Takes('INSERT INTO "User" ("tenantId", "number") VALUES (7, 1)'),
                Takes('INSERT INTO "Ticket" ("id", "tenantId", "number") VALUES (1, 7, 1)'),
                Takes('DELETE FROM "User"'),
                Finds('SELECT "tenantId", "number" FROM "Ticket"', "None None"),
            ),
        )
    ]


def partial_target_cases(provider: Provider) -> list[Case]:
    """Return keys to columns whose unique index is partial, and to columns with a full one."""
    if provider not in ("postgresql", "sqlite"):
        return []
    schema = """model User {{
  id        Int       @id
  email     String
  deletedAt DateTime?
  invites   Invite[]

  @@unique([email]{where})
}}

model Invite {{
  id    Int    @id
  user  User   @relation(fields: [email], references: [email], onDelete: Cascade)
  email String
}}
"""
    user = Takes("""INSERT INTO "User" ("id", "email") VALUES (1, 'a@b')""")
    invite = """INSERT INTO "Invite" ("id", "email") VALUES (1, 'a@b')"""
    return [
        Case(
            "a key to a partial unique index",
            provider,
            schema.format(where=", where: { deletedAt: null }"),
            "foreign-key-to-partial-unique",
            is_reported=True,
            # SQLite looks at the key when it is first used.
            steps=(user, Refuses(invite, "SQLITE_ERROR")),
            unmade=None if provider == "sqlite" else "42830",
        ),
        Case(
            "a key to a full unique index",
            provider,
            schema.format(where=""),
            "foreign-key-to-partial-unique",
            is_reported=False,
            steps=(user, Takes(invite)),
        ),
    ]


def partial_relation_cases(provider: Provider) -> list[Case]:
    """Return a one-to-one relation under a partial unique index, and two rows of one parent."""
    if provider not in ("postgresql", "sqlite"):
        return []
    schema = """model User {{
  id      Int      @id
  profile Profile?
}}

model Profile {{
  id     Int     @id
  user   User{mark}   @relation(fields: [userId], references: [id])
  userId Int{mark}
  isGone Boolean

  @@unique([userId], where: {where}, map: "live_profile")
}}
"""
    user = Takes('INSERT INTO "User" ("id") VALUES (1)')

    def profile(number: int, is_gone: str, user_id: str = "1") -> str:
        return (
            'INSERT INTO "Profile" ("id", "userId", "isGone") '
            f"VALUES ({number}, {user_id}, {is_gone})"
        )

    return [
        Case(
            "a one-to-one relation whose index leaves rows out",
            provider,
            schema.format(where="{ isGone: false }", mark=""),
            "one-to-one-on-partial-unique",
            is_reported=True,
            steps=(
                user,
                Takes(profile(1, "true")),
                Takes(profile(2, "true")),
                Takes(profile(3, "false")),
                Refuses(profile(4, "false"), TAKEN_ALREADY[provider]),
            ),
        ),
        Case(
            "a one-to-one relation whose index leaves out only NULLs",
            provider,
            schema.format(where="{ userId: { not: null } }", mark="?"),
            "one-to-one-on-partial-unique",
            is_reported=False,
            steps=(
                user,
                Takes(profile(1, "true")),
                Refuses(profile(2, "true"), TAKEN_ALREADY[provider]),
                Takes(profile(3, "true", "NULL")),
                Takes(profile(4, "true", "NULL")),
            ),
        ),
    ]


def key_type_cases(provider: Provider) -> list[Case]:
    """Return keys narrower than what they refer to."""
    schema = """model Shop {{
  id     {parent}
  orders Order[]
}}

model Order {{
  id     Int  @id
  shop   Shop @relation(fields: [shopId], references: [id])
  shopId {child}
}}
"""

    def shop(value: str) -> str:
        return f'INSERT INTO "Shop" ("id") VALUES ({value})'

    def order(number: int, value: str) -> str:
        return f'INSERT INTO "Order" ("id", "shopId") VALUES ({number}, {value})'

    if provider != "postgresql":
        return []
    return [
        Case(
            "a SMALLINT that refers to an INTEGER",
            provider,
            schema.format(parent="Int @id", child="Int @db.SmallInt"),
            "narrow-foreign-key",
            is_reported=True,
            steps=(
                Takes(shop("32767")),
                Takes(shop("32768")),
                Takes(order(1, "32767")),
                Refuses(order(2, "32768"), "22003"),
            ),
        ),
        Case(
            "a VARCHAR(2) that refers to a VARCHAR(3)",
            provider,
            schema.format(parent="String @id @db.VarChar(3)", child="String @db.VarChar(2)"),
            "narrow-foreign-key",
            is_reported=True,
            steps=(
                Takes(shop("'ab'")),
                Takes(shop("'abc'")),
                Takes(order(1, "'ab'")),
                Refuses(order(2, "'abc'"), "22001"),
            ),
        ),
    ]


def type_cases() -> list[Case]:
    """Return a key of a type that has nothing to do with what it refers to, which SQLite takes."""
    return [
        Case(
            "an INTEGER that refers to a TEXT",
            "sqlite",
            "model Shop {\n  id String @id\n  orders Order[]\n}\n\n"
            "model Order {\n  id Int @id\n  shopId Int\n"
            "  shop Shop @relation(fields: [shopId], references: [id])\n}\n",
            # Prisma refuses it all the same.
            "foreign-key-type-mismatch",
            is_reported=True,
            steps=(
                Takes("""INSERT INTO "Shop" ("id") VALUES ('7')"""),
                Takes('INSERT INTO "Order" ("id", "shopId") VALUES (1, 7)'),
                Refuses('INSERT INTO "Order" ("id", "shopId") VALUES (2, 8)', NO_PARENT["sqlite"]),
            ),
        )
    ]


def uuid_cases(provider: Provider) -> list[Case]:
    """Return a UUID in both of its types; what is kept of text has a byte in front."""
    if provider != "postgresql":
        return []
    uuid = "'9b2d62ae-5a3c-4bf6-9d7e-2f0e3f6f7a11'"
    return [
        Case(
            "a UUID as text and as uuid",
            provider,
            "model Token {\n  asText String @id @default(uuid())\n  asUuid String @db.Uuid\n}\n",
            "uuid-stored-as-text",
            is_reported=True,
            steps=(
                Takes(f'INSERT INTO "Token" ("asText", "asUuid") VALUES ({uuid}, {uuid})'),
                Finds(
                    'SELECT pg_column_size("asText"), pg_column_size("asUuid") FROM "Token"',
                    "37 16",
                ),
            ),
        )
    ]


# ---- indexes ----


def null_cases(provider: Provider) -> list[Case]:
    """Return two rows without a value under a unique constraint."""
    return [
        Case(
            "two NULLs under a unique constraint",
            provider,
            "model Case {\n  id Int @id\n  intakeId Int? @unique\n  a Int?\n  b Int?\n"
            "  @@unique([a, b])\n}\n",
            "nullable-unique",
            is_reported=False,
            steps=(
                Takes('INSERT INTO "Case" ("id", "intakeId") VALUES (1, NULL)'),
                Takes('INSERT INTO "Case" ("id", "intakeId") VALUES (2, NULL)'),
                Takes('INSERT INTO "Case" ("id", "a") VALUES (3, 1)'),
                Takes('INSERT INTO "Case" ("id", "a") VALUES (4, 1)'),
            ),
        )
    ]


def name_cases(provider: Provider) -> list[Case]:
    """Return names that fit and names that do not."""
    if provider not in ("postgresql", "mysql"):
        return []
    limit = 63 if provider == "postgresql" else 64
    found = []
    for excess in (0, 1):
        # Of the name `T_<column>_idx`, 6 characters are not the column's.
        column = "c" * (limit - len("T__idx") + excess)
        name = f"T_{column}"[: limit - len("_idx")] + "_idx"
        behind = ' ON "T"' if provider == "mysql" else ""
        longer = f'CREATE INDEX "{name}x" ON "T" ("id")'
        found.append(
            Case(
                f"a name of {limit + excess} bytes",
                provider,
                f"model T {{\n  id Int @id\n  {column} Int\n\n  @@index([{column}])\n}}\n",
                "identifier-length",
                is_reported=excess > 0,
                steps=(
                    # PostgreSQL cuts the name, which is then there already; MySQL takes no longer.
                    Refuses(longer, "42P07" if provider == "postgresql" else "1059"),
                    Takes(f'DROP INDEX "{name}"{behind}'),
                    Takes(longer) if provider == "postgresql" else Refuses(longer, "1059"),
                ),
            )
        )
    return found


def text_index_cases(provider: Provider) -> list[Case]:
    """Return indexes over text that fits InnoDB's limit, and over text that does not.

    MySQL refuses the latter. MariaDB makes them all the same, over as much as fits.
    """
    if provider != "mysql":
        return []

    def case(native: str, argument: str, is_too_long: bool) -> Case:
        length = "768" if is_too_long or argument else "None"
        return Case(
            f"an index over {native}{argument}",
            provider,
            f"model Article {{\n  id Int @id\n  body String @db.{native}\n\n"
            f"  @@index([body{argument}])\n}}\n",
            "unbounded-string-index",
            is_reported=is_too_long,
            steps=(
                Finds(
                    "SELECT sub_part FROM information_schema.statistics "
                    "WHERE table_schema = DATABASE() AND column_name = 'body'",
                    length,
                ),
            ),
            # A key that is too long, or a text without a length.
            unmade=("1071", "1170") if is_too_long else None,
            unmade_by="MySQL",
        )

    return [
        case("VarChar(768)", "", is_too_long=False),
        case("VarChar(769)", "", is_too_long=True),
        case("Text", "", is_too_long=True),
        case("Text", "(length: 768)", is_too_long=False),
    ]


def join_table_cases(provider: Provider) -> list[Case]:
    """Return the same pair twice: in Prisma's own join table and in models that are one."""
    implicit = """model Post {
  id   Int   @id
  tags Tag[]
}

model Tag {
  id    Int    @id
  posts Post[]
}
"""
    explicit = """model Task {{
  id       Int           @id
  watchers TaskWatcher[]
}}

model User {{
  id       Int           @id
  watching TaskWatcher[]
}}

model TaskWatcher {{
  id     Int  @id
  task   Task @relation(fields: [taskId], references: [id])
  taskId Int
  user   User @relation(fields: [userId], references: [id])
  userId Int

  {index}
}}
"""

    def pair(number: int) -> str:
        return f'INSERT INTO "TaskWatcher" ("id", "taskId", "userId") VALUES ({number}, 1, 1)'

    rows = (
        Takes('INSERT INTO "Task" ("id") VALUES (1)'),
        Takes('INSERT INTO "User" ("id") VALUES (1)'),
        Takes(pair(1)),
    )
    return [
        Case(
            "Prisma's own join table",
            provider,
            implicit,
            "join-table-without-unique",
            is_reported=False,
            steps=(
                Takes('INSERT INTO "Post" ("id") VALUES (1)'),
                Takes('INSERT INTO "Tag" ("id") VALUES (1)'),
                Takes('INSERT INTO "_PostToTag" ("A", "B") VALUES (1, 1)'),
                Refuses(
                    'INSERT INTO "_PostToTag" ("A", "B") VALUES (1, 1)', TAKEN_ALREADY[provider]
                ),
                Takes('DELETE FROM "Post"'),
                Finds('SELECT COUNT(*) FROM "_PostToTag"', "0"),
                Finds('SELECT COUNT(*) FROM "Tag"', "1"),
            ),
        ),
        Case(
            "a join table without a unique constraint",
            provider,
            explicit.format(index="@@index([taskId, userId])"),
            "join-table-without-unique",
            is_reported=True,
            steps=(*rows, Takes(pair(2))),
        ),
        Case(
            "a join table with a unique constraint",
            provider,
            explicit.format(index="@@unique([taskId, userId])"),
            "join-table-without-unique",
            is_reported=False,
            steps=(*rows, Refuses(pair(2), TAKEN_ALREADY[provider])),
        ),
    ]


def replication_cases(provider: Provider) -> list[Case]:
    """Return a table that is published without a primary key."""
    if provider != "postgresql":
        return []

    def change(statement: str, is_taken: bool) -> Step:
        return Takes(statement) if is_taken else Refuses(statement, "55000")

    def steps(has_key: bool) -> Iterator[Step]:
        yield Takes('CREATE PUBLICATION "all" FOR TABLE "Code"')
        yield Takes('INSERT INTO "Code" ("value") VALUES (1)')
        yield change('UPDATE "Code" SET "value" = 2', has_key)
        yield change('DELETE FROM "Code"', has_key)
        yield Takes('DROP PUBLICATION "all"')

    return [
        Case(
            f"a table {'with' if has_key else 'without'} primary key is published",
            provider,
            f"model Code {{\n  value Int {'@id' if has_key else '@unique'}\n}}\n",
            "missing-primary-key",
            is_reported=not has_key,
            steps=tuple(steps(has_key)),
        )
        for has_key in (True, False)
    ]


def boolean_index_cases(provider: Provider) -> list[Case]:
    """Return plans for the rows of one value of a Boolean, half of 50,000 or one in a thousand."""
    numbers: Mapping[Provider, str] = {
        "postgresql": "SELECT n AS seq FROM generate_series(1, 50000) n",
        "mysql": "SELECT seq FROM seq_1_to_50000",
        "sqlite": (
            "WITH RECURSIVE numbers(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM numbers "
            "WHERE seq < 50000) SELECT seq FROM numbers"
        ),
    }
    analyze: Mapping[Provider, str] = {
        "postgresql": "VACUUM ANALYZE",
        "mysql": 'ANALYZE TABLE "Flag"',
        "sqlite": "ANALYZE",
    }
    fill = (
        'INSERT INTO "Flag" ("id", "isOn", "isRare", "note") SELECT seq, seq % 2 = 0, '
        f"seq % 1000 = 0, 'a note of usual length' FROM ({numbers[provider]}) AS rows_to_be"
    )

    steps = (
        Takes(fill),
        Takes(analyze[provider]),
        # SQLite goes by the index even where half of the rows are in it.
        LooksUp(
            'SELECT * FROM "Flag" WHERE "isOn" = TRUE',
            "Flag_isOn_idx" if provider == "sqlite" else None,
        ),
        LooksUp('SELECT * FROM "Flag" WHERE "isRare" = TRUE', "Flag_isRare_idx"),
    )
    schema = (
        "model Flag {\n  id Int @id\n  isOn Boolean\n  isRare Boolean\n  note String\n"
        "  @@index([isOn])\n  @@index([isRare])\n}\n"
    )
    return [
        Case(
            "an index over a Boolean of which half is true, and over one of which few are",
            provider,
            schema,
            "index-on-boolean",
            is_reported=True,
            steps=steps,
        )
    ]


def time_zone_cases(provider: Provider) -> list[Case]:
    """Return a moment in both of its types, written in one time zone and read in another."""
    if provider != "postgresql":
        return []
    return [
        Case(
            "a moment without and with its time zone",
            provider,
            "model Meeting {\n  id Int @id\n  bare DateTime\n"
            "  zoned DateTime @db.Timestamptz(3)\n}\n",
            "timestamp-without-timezone",
            is_reported=True,
            steps=(
                Takes("SET TIME ZONE 'UTC'"),
                Takes('INSERT INTO "Meeting" ("id", "bare", "zoned") VALUES (1, now(), now())'),
                Finds('SELECT "bare" <= now(), "zoned" <= now() FROM "Meeting"', "True True"),
                # Four or five hours behind.
                Takes("SET TIME ZONE 'America/New_York'"),
                Finds('SELECT "bare" <= now(), "zoned" <= now() FROM "Meeting"', "False True"),
                Takes("RESET TIME ZONE"),
            ),
        )
    ]
