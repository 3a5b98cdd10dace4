"""Claims about migrations: scripts that are applied to a database with rows, and what they do.

Every case also says whether Referee reports the code for its script, so that what is reported and
what the database does are held against each other. Scripts run as Prisma runs them: PostgreSQL
gets each as one message, MySQL and SQLite run it statement by statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from referee.ddl.of_schema import database_of
from referee.migrations.database.connection import DatabaseError
from referee.migrations.evidence import read_history
from referee.migrations.history import LOCK_FILE, history_of
from referee.migrations.judging import compared, judge
from referee.schema.providers import Provider
from tests.support.views import view_of
from tests.truth.cases import (
    NO_PARENT,
    TAKEN_ALREADY,
    Codes,
    Finds,
    LooksUp,
    Refuses,
    Step,
    Takes,
    as_written,
    complaint_of_step,
    is_among,
)
from tests.truth.trial import CannotMake, ConnectedTables, Server, Tables, code_of


@dataclass(frozen=True, slots=True)
class Locks:
    """A statement of PostgreSQL and the strongest lock that it holds on each table until the end.

    A lock in SHARE mode or stronger keeps writes out, ACCESS EXCLUSIVE reads as well (PostgreSQL
    manual, "Table-Level Locks").
    """

    statement: str
    modes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rewrites:
    """A statement of PostgreSQL, and whether it writes the table anew, into another file."""

    statement: str
    table: str
    is_rewritten: bool


@dataclass(frozen=True, slots=True)
class Alters:
    """What ALTER TABLE of MariaDB does, and whether it can be done in one of its ways.

    `way` is an algorithm and a lock as ALTER TABLE writes them; what cannot be done so is refused
    (1845 and 1846, or 1235), and the table stays as it is.
    """

    table: str
    actions: str
    way: str
    is_possible: bool


MigrationStep: TypeAlias = Step | Locks | Rewrites | Alters

# A change that is noted without reading a row, one that takes no other lock, and one that copies
# the table while others read it alone.
_AT_ONCE = "ALGORITHM=INSTANT"
_BESIDE_WRITES = "ALGORITHM=NOCOPY, LOCK=NONE"
_IN_PLACE_BESIDE_WRITES = "ALGORITHM=INPLACE, LOCK=NONE"
_COPIED = "ALGORITHM=COPY, LOCK=SHARED"


@dataclass(frozen=True, slots=True)
class MigrationCase:
    """A migration behind another one, on a database with rows, and what comes of it.

    `before` is the migration that is released, `rows` what is put into its tables, `script` the
    new one, of which Referee reports `code` or does not; `fails` is the code of the error that it
    ends with (as `Refuses` has it), None where it goes through. `steps` are done afterwards.
    `schema` stands for the models that the migrations are to make, where those are compared.
    Names stand in double quotes; the server's own quotes take their place.
    """

    title: str
    provider: Provider
    code: str
    is_reported: bool
    script: str
    fails: Codes | None = None
    steps: Sequence[MigrationStep] = ()
    before: str = ""
    rows: str = ""
    schema: str | None = None

    def complaint(self, server: Server) -> str | None:
        """Return where Referee or the database does otherwise, None where neither does."""
        before, rows, script = (
            as_written(each, server) for each in (self.before, self.rows, self.script)
        )
        reported = self._reported(before, script)
        if (self.code in reported) != self.is_reported:
            return f"{self.title}: reported is {sorted(reported)}"
        try:
            with server.tables(f"{before}\n{rows}" if before else "SELECT 1") as tables:
                code = tables.refusal_of(script)
                if not is_among(code, self.fails):
                    return f"{self.title}: the script ended with {code}"
                for step in self.steps:
                    wrong = _complaint_of_step(step, server, tables)
                    if wrong is not None:
                        return f"{self.title}: {wrong}"
        except CannotMake as refusal:
            return f"{self.title}: {refusal}"
        return None

    def _reported(self, before: str, script: str) -> set[str]:
        """Return the codes that Referee reports of the new script, or of schema and scripts."""
        scripts = {"1_released": before, "2_new": script} if before else {"2_new": script}
        files = {f"{name}/migration.sql": text.encode() for name, text in scripts.items()}
        files[LOCK_FILE] = f'provider = "{self.provider}"\n'.encode()
        evidence = read_history(history_of("migrations", files), self.provider)
        if self.schema is not None:
            datasource = f'datasource db {{\n  provider = "{self.provider}"\n}}\n\n'
            evidence = compared(evidence, database_of(view_of(datasource + self.schema)))
        return {
            finding.code
            for finding in judge(evidence, unreleased=frozenset(["2_new"]))
            if finding.migration != "1_released"
        }

    def __str__(self) -> str:
        schema = "" if self.schema is None else f"{self.schema}\n"
        return f"{self.title}\n\n{schema}{self.before}\n{self.rows}\n---\n{self.script}\n" + (
            "\n".join(map(str, self.steps))
        )


_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)


def _complaint_of_step(step: MigrationStep, server: Server, tables: Tables) -> str | None:
    if isinstance(step, Locks):
        return _complaint_of_locks(step, tables)
    if isinstance(step, Rewrites):
        file = f"SELECT pg_relation_filenode('\"{step.table}\"'::regclass)"
        before = tables.rows(file)
        code = tables.refusal_of(step.statement)
        if code is not None:
            return f"{step.statement} was refused with {code}"
        is_rewritten = tables.rows(file) != before
        return None if is_rewritten == step.is_rewritten else f"rewritten is {is_rewritten}"
    if isinstance(step, Alters):
        statement = f"ALTER TABLE `{step.table}` {as_written(step.actions, server)}, {step.way}"
        code = tables.refusal_of(statement)
        if step.is_possible:
            return None if code is None else f"{statement} was refused with {code}"
        return None if code in ("1845", "1846", "1235") else f"{statement} ended with {code}"
    return complaint_of_step(step, server, tables)


def _complaint_of_locks(step: Locks, tables: Tables) -> str | None:
    assert isinstance(tables, ConnectedTables)
    # A script that leaves its transaction open is refused, so this one is held open by statements.
    connection = tables._connection
    connection.execute("BEGIN")
    try:
        try:
            connection.execute(step.statement)
        except DatabaseError as error:
            return f"{step.statement} was refused with {code_of(error)}"
        held: dict[str, str] = {}
        for name, mode in tables.rows(
            "SELECT relname, mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
            "WHERE pid = pg_backend_pid() AND relkind = 'r' "
            "AND relnamespace = 'public'::regnamespace"
        ):
            held[str(name)] = max(held.get(str(name), _MODES[0]), str(mode), key=_MODES.index)
    finally:
        connection.execute("ROLLBACK")
    return None if held == step.modes else f"{step.statement} held {held}"


EVERYWHERE: tuple[Provider, ...] = ("sqlite", "postgresql", "mysql")

# ---- what the cases are applied to ----

_UNKNOWN_COLUMN: Mapping[Provider, str] = {
    "postgresql": "42703",
    "sqlite": "SQLITE_ERROR",
    "mysql": "1054",
}
_UNKNOWN_TABLE: Mapping[Provider, str] = {
    "postgresql": "42P01",
    "sqlite": "SQLITE_ERROR",
    "mysql": "1146",
}

_TABLES = """CREATE TABLE "User" (
    "id" INTEGER NOT NULL,
    "email" VARCHAR(100),
    "name" VARCHAR(100),
    "age" VARCHAR(10),
    PRIMARY KEY ("id")
);
CREATE TABLE "Post" (
    "id" INTEGER NOT NULL,
    "slug" VARCHAR(100),
    "authorId" INTEGER,
    PRIMARY KEY ("id")
);
"""
_ROWS = """INSERT INTO "User" ("id", "email", "name", "age") VALUES (1, 'a@b', 'Ann', '30');
INSERT INTO "User" ("id", "email", "name", "age") VALUES (2, 'a@b', NULL, 'old');
INSERT INTO "Post" ("id", "slug", "authorId") VALUES (1, 'first', 1);
INSERT INTO "Post" ("id", "slug", "authorId") VALUES (2, 'lost', 7);
"""
_ROLES = """CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY, "role" "Role" NOT NULL);
"""
_ROLE_ROWS = """INSERT INTO "User" ("id", "role") VALUES (1, 'ADMIN');"""

_NO_ACTION = (
    'ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") '
    'REFERENCES "User"("id")'
)
_GONE_KEY: Mapping[Provider, str] = {
    "postgresql": 'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";\n',
    "mysql": 'ALTER TABLE "Post" DROP FOREIGN KEY "Post_authorId_fkey";\n',
}
_KEYED_ROWS = """INSERT INTO "User" ("id") VALUES (1);
INSERT INTO "Post" ("id", "authorId") VALUES (1, 1);
"""


def _made_anew(columns: str, copied: str, source: str, *, extra: str = "") -> str:
    """Return how Prisma changes the table of users on SQLite."""
    return (
        "PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\n"
        f'CREATE TABLE "new_User" (\n    {columns}\n);\n'
        f'INSERT INTO "new_User" ({copied}) SELECT {source} FROM "User";\n{extra}'
        'DROP TABLE "User";\nALTER TABLE "new_User" RENAME TO "User";\n'
        "PRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;\n"
    )


# ---- scripts that fail wherever they run ----

_GRADED = """CREATE TYPE "Grade" AS ENUM ('A', 'B');
CREATE TYPE "Grade_new" AS ENUM ('A', 'B', 'C');
CREATE TABLE "Exam" ("id" INTEGER NOT NULL PRIMARY KEY, "grade" "Grade", "code" TEXT DEFAULT 'A',
    "passed" BOOLEAN DEFAULT false, "points" INTEGER DEFAULT 0);
"""
_TO_NEW_GRADE = """ALTER TABLE "Exam"
    ALTER COLUMN "grade" TYPE "Grade_new" USING "grade"::text::"Grade_new";"""
_MADE_OF = """CREATE TABLE "Exam" ("id" INTEGER NOT NULL PRIMARY KEY, "code" TEXT,
    "upper" TEXT GENERATED ALWAYS AS (upper("code")) STORED);
"""
_INDEXED = 'CREATE INDEX "Post_authorId_idx" ON "Post"("authorId");\n'
# What is there, and is refused all the same.
_REFUSED: Mapping[str, tuple[str, Mapping[Provider, str]]] = {
    'ALTER TABLE "Exam" ALTER COLUMN "code" TYPE "Grade" USING "code"::"Grade";': (
        _GRADED,
        {"postgresql": "42804"},
    ),
    'ALTER TABLE "Exam" ALTER COLUMN "passed" TYPE INTEGER USING "passed"::integer;': (
        _GRADED,
        {"postgresql": "42804"},
    ),
    'ALTER TABLE "Exam" ALTER COLUMN "points" TYPE BOOLEAN USING "points"::boolean;': (
        _GRADED,
        {"postgresql": "42804"},
    ),
    f"{_TO_NEW_GRADE} -- an index": (
        _GRADED + """CREATE INDEX "best" ON "Exam"("id") WHERE "grade" = 'A';""",
        {"postgresql": "42883"},
    ),
    f"{_TO_NEW_GRADE} -- a check": (
        _GRADED + """ALTER TABLE "Exam" ADD CHECK ("grade" IN ('A', 'B'));""",
        {"postgresql": "42883"},
    ),
    f"{_TO_NEW_GRADE} -- a default": (
        _GRADED + """ALTER TABLE "Exam" ALTER COLUMN "grade" SET DEFAULT 'B';""",
        {"postgresql": "42804"},
    ),
    'ALTER TABLE "Exam" ALTER COLUMN "code" TYPE VARCHAR(9);': (_MADE_OF, {"postgresql": "0A000"}),
    'ALTER TABLE "Exam" DROP COLUMN "code";': (
        _MADE_OF,
        {"postgresql": "2BP01", "sqlite": "SQLITE_ERROR"},
    ),
    'ALTER TABLE "Exam" DROP COLUMN "code", DROP COLUMN "upper";': (
        _MADE_OF,
        {"postgresql": "2BP01"},
    ),
    'ALTER TABLE "Post" ADD FOREIGN KEY ("slug") REFERENCES "User"("id");': (
        _TABLES,
        {"postgresql": "42804"},
    ),
    'DROP INDEX "Post_authorId_idx" ON "Post";': (
        _TABLES + _INDEXED + _NO_ACTION + ";",
        {"mysql": "1553"},
    ),
    'ALTER TABLE "Post" DROP INDEX "Post_authorId_idx", ADD INDEX "other"("slug");': (
        _TABLES + _INDEXED + _NO_ACTION + ";",
        {"mysql": "1553"},
    ),
    'ALTER TABLE "User" ADD COLUMN "nick" TEXT UNIQUE;': (_TABLES, {"sqlite": "SQLITE_ERROR"}),
    'ALTER TABLE "User" ADD COLUMN "nick" TEXT PRIMARY KEY;': (_TABLES, {"sqlite": "SQLITE_ERROR"}),
    'ALTER TABLE "Post" DROP COLUMN "authorId";': (
        _TABLES + _INDEXED,
        {"sqlite": "SQLITE_ERROR"},
    ),
    'ALTER TABLE "Post" DROP COLUMN "slug";': (
        _TABLES + """CREATE INDEX "named" ON "Post"("id") WHERE "slug" <> '';""",
        {"sqlite": "SQLITE_ERROR"},
    ),
    'ALTER TABLE "User" DROP COLUMN "id";': (_TABLES, {"sqlite": "SQLITE_ERROR"}),
    'CREATE TABLE "Old" ("at" DATETIME NOT NULL);': (_TABLES, {"postgresql": "42704"}),
}
_SEEN = (
    _TABLES
    + """CREATE VIEW "named" AS SELECT u.name, u."id" FROM "User" u;
CREATE VIEW "named_too" AS SELECT "id" FROM "named";
"""
)
_CHECKED = """CREATE TABLE "Exam" ("id" INTEGER PRIMARY KEY, "a" INTEGER, "b" INTEGER, "c" INTEGER,
    "d" INTEGER CHECK ("a" < "d"), "e" INTEGER REFERENCES "Exam"("id"), CHECK ("b" > 0),
    FOREIGN KEY ("c") REFERENCES "Exam"("id"));
"""
# What views keep from going, and what they do not find.
_REFUSED_FOR_VIEWS: Mapping[str, tuple[str, Mapping[Provider, str]]] = {
    'DROP TABLE "Post";\nDROP TABLE "User";': (_SEEN, {"postgresql": "2BP01"}),
    'DROP VIEW "named";': (_SEEN, {"postgresql": "2BP01"}),
    'ALTER TABLE "User" DROP COLUMN "name";': (
        _SEEN,
        {"postgresql": "2BP01", "sqlite": "SQLITE_ERROR"},
    ),
    'ALTER TABLE "User" ALTER COLUMN "name" TYPE TEXT;': (_SEEN, {"postgresql": "0A000"}),
    'ALTER TABLE "User" RENAME TO "People";\nALTER TABLE "People" RENAME COLUMN "name" TO "n";\n'
    'ALTER TABLE "People" DROP COLUMN "n";': (
        _SEEN,
        {"postgresql": "2BP01", "sqlite": "SQLITE_ERROR"},
    ),
    'CREATE VIEW "v" AS SELECT n."id" FROM "Nothing" n;': (
        _TABLES,
        {"postgresql": "42P01", "mysql": "1146"},
    ),
    'CREATE VIEW "v" AS SELECT u."nick" FROM "User" u;': (
        _TABLES,
        {"postgresql": "42703", "mysql": "1054"},
    ),
    _made_anew('"id" INTEGER, "name" TEXT', '"id", "name"', '"id", "name"'): (
        _SEEN,
        {"sqlite": "SQLITE_ERROR"},
    ),
    'DROP TABLE "Post";\nALTER TABLE "User" DROP COLUMN "email";': (
        _TABLES + 'CREATE VIEW "written" AS SELECT p."id" FROM "Post" p;',
        {"sqlite": "SQLITE_ERROR"},
    ),
    _made_anew('"id" INTEGER, "name" TEXT', '"id", "name"', '"id", "name"') + "-- a trigger": (
        _TABLES + 'CREATE TRIGGER "t" AFTER INSERT ON "Post" BEGIN\n'
        '    UPDATE "User" SET "name" = 1;\nEND;\n',
        {"sqlite": "SQLITE_ERROR"},
    ),
    'ALTER TABLE "Exam" DROP COLUMN "a";': (_CHECKED, {"sqlite": "SQLITE_ERROR"}),
    'ALTER TABLE "Exam" DROP COLUMN "b";': (_CHECKED, {"sqlite": "SQLITE_ERROR"}),
    'ALTER TABLE "Exam" DROP COLUMN "c";': (_CHECKED, {"sqlite": "SQLITE_ERROR"}),
}
_NOT_REFUSED_FOR_VIEWS: Mapping[str, tuple[str, Sequence[Provider]]] = {
    'DROP TABLE "Post";\nDROP TABLE "User" CASCADE;\nCREATE TABLE "named" ("id" INTEGER);\n'
    'CREATE TABLE "named_too" ("id" INTEGER);': (_SEEN, ["postgresql"]),
    'ALTER TABLE "User" DROP COLUMN "name" CASCADE;\nCREATE VIEW "named" AS SELECT 1 AS a;': (
        _SEEN,
        ["postgresql"],
    ),
    'ALTER TABLE "User" DROP COLUMN "email";': (_SEEN, ["postgresql", "sqlite"]),
    'ALTER TABLE "User" RENAME TO "People";\nALTER TABLE "People" RENAME COLUMN "name" TO "n";': (
        _SEEN,
        ["postgresql", "sqlite"],
    ),
    'DROP VIEW "named_too", "named";\nALTER TABLE "User" ALTER COLUMN "name" TYPE TEXT;\n'
    'ALTER TABLE "User" DROP COLUMN "name";': (_SEEN, ["postgresql"]),
    'DROP TABLE "Post";\nDROP TABLE "User";': (_SEEN, ["sqlite", "mysql"]),
    'ALTER TABLE "User" DROP COLUMN "name";': (_SEEN, ["mysql"]),
    'DROP VIEW "named_too";\nDROP VIEW "named";\n'
    + _made_anew('"id" INTEGER, "name" TEXT', '"id", "name"', '"id", "name"'): (_SEEN, ["sqlite"]),
    'DROP TRIGGER "t";\n'
    + _made_anew('"id" INTEGER, "name" TEXT', '"id", "name"', '"id", "name"'): (
        _TABLES + 'CREATE TRIGGER "t" AFTER INSERT ON "Post" BEGIN\n'
        '    UPDATE "User" SET "name" = 1;\nEND;\n',
        ["sqlite"],
    ),
    _made_anew('"id" INTEGER, "name" TEXT', '"id", "name"', '"id", "name"'): (
        _TABLES + 'CREATE TRIGGER "t" AFTER INSERT ON "User" BEGIN\n'
        '    UPDATE "User" SET "name" = 1;\nEND;\n',
        ["sqlite"],
    ),
    "PRAGMA legacy_alter_table=ON;\n"
    + _made_anew('"id" INTEGER, "name" TEXT', '"id", "name"', '"id", "name"'): (_SEEN, ["sqlite"]),
    'CREATE VIEW "v" AS SELECT n."id" FROM "Nothing" n;': (_TABLES, ["sqlite"]),
    'ALTER TABLE "Exam" DROP COLUMN "d";\nALTER TABLE "Exam" DROP COLUMN "e";': (
        _CHECKED,
        ["sqlite"],
    ),
}
_TRIGGERED = (
    _TABLES
    + """CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER "touches" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION "touch"();
CREATE FUNCTION "zero"() RETURNS integer LANGUAGE sql AS 'SELECT 0';
ALTER TABLE "Post" ADD COLUMN "rank" INTEGER DEFAULT "zero"();
"""
)
_TOUCHED = 'CREATE TRIGGER "t" BEFORE UPDATE ON "Post" FOR EACH ROW EXECUTE FUNCTION {}();'
_EXPLICIT = _TABLES + _NO_ACTION + ";\n" + _INDEXED
# Functions that are not there or still in use, and indexes that MySQL makes and gives up by itself.
_REFUSED_FOR_FUNCTIONS: Mapping[str, tuple[str, Mapping[Provider, str]]] = {
    _TOUCHED.format('"nothing"'): (_TABLES, {"postgresql": "42883"}),
    _TOUCHED.format("moddatetime"): (_TABLES, {"postgresql": "42883"}),
    'DROP FUNCTION "touch"();': (_TRIGGERED, {"postgresql": "2BP01"}),
    'ALTER TABLE "User" RENAME TO "People";\nDROP FUNCTION "touch";': (
        _TRIGGERED,
        {"postgresql": "2BP01"},
    ),
    'DROP FUNCTION "zero"();': (_TRIGGERED, {"postgresql": "2BP01"}),
    'DROP FUNCTION "nothing"();': (_TABLES, {"postgresql": "42883"}),
    'DROP FUNCTION "touch" CASCADE;\n' + _TOUCHED.format('"touch"'): (
        _TRIGGERED,
        {"postgresql": "42883"},
    ),
    'ALTER TABLE "User" ADD COLUMN "key" UUID DEFAULT uuid_generate_v4();': (
        _TABLES,
        {"postgresql": "42883"},
    ),
    'CREATE INDEX "by_digest" ON "User"(digest("email", \'sha256\'));': (
        _TABLES,
        {"postgresql": "42883"},
    ),
    'ALTER TABLE "User" ADD CHECK (levenshtein("name", "email") > 1);': (
        _TABLES,
        {"postgresql": "42883"},
    ),
    'CREATE INDEX "by_trigram" ON "User" USING gin ("name" gin_trgm_ops);': (
        _TABLES,
        {"postgresql": "42704"},
    ),
    'DROP INDEX "Post_authorId_fkey" ON "Post";': (_EXPLICIT, {"mysql": "1091"}),
    'DROP INDEX "Post_authorId_fkey" ON "Post"; -- the only one': (
        _TABLES + _NO_ACTION + ";",
        {"mysql": "1553"},
    ),
    'DROP INDEX "Post_authorId_idx" ON "Post"; -- behind the key': (_EXPLICIT, {"mysql": "1553"}),
}
_NOT_REFUSED_FOR_FUNCTIONS: Mapping[str, tuple[str, Sequence[Provider]]] = {
    _TOUCHED.format('"touch"') + '\nDROP TRIGGER "t" ON "Post";\nDROP TABLE "User";\n'
    'DROP FUNCTION "touch";': (_TRIGGERED, ["postgresql"]),
    'DROP TRIGGER "touches" ON "User";\nDROP FUNCTION "touch"();': (_TRIGGERED, ["postgresql"]),
    'ALTER TABLE "Post" DROP COLUMN "rank";\nDROP FUNCTION "zero"();': (
        _TRIGGERED,
        ["postgresql"],
    ),
    _TOUCHED.format("suppress_redundant_updates_trigger"): (_TABLES, ["postgresql"]),
    'DROP FUNCTION IF EXISTS "nothing"();': (_TABLES, ["postgresql"]),
    """CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
ALTER TABLE "User" ADD COLUMN "key" UUID DEFAULT uuid_generate_v4(),
    ADD COLUMN "other" UUID DEFAULT gen_random_uuid();""": (_TABLES, ["postgresql"]),
    """DO $$ BEGIN EXECUTE 'CREATE FUNCTION no' || 'thing() RETURNS trigger LANGUAGE plpgsql
    AS ''BEGIN RETURN NEW; END''';
END $$;
"""
    + _TOUCHED.format("nothing"): (_TABLES, ["postgresql"]),
    'DROP INDEX "Post_authorId_idx" ON "Post"; -- and its key': (
        _EXPLICIT + 'ALTER TABLE "Post" DROP FOREIGN KEY "Post_authorId_fkey";',
        ["mysql"],
    ),
}
# What looks like it, and goes through.
_NOT_REFUSED: Mapping[str, tuple[str, Sequence[Provider]]] = {
    'ALTER TABLE "Exam" ALTER COLUMN "code" DROP DEFAULT, ALTER COLUMN "code" TYPE "Grade"\n'
    '    USING "code"::"Grade", ALTER COLUMN "points" TYPE BIGINT,\n'
    '    ALTER COLUMN "passed" TYPE TEXT;\n' + _TO_NEW_GRADE: (
        _GRADED + """ALTER TABLE "Exam" ADD CHECK ("grade"::text <> 'D');""",
        ["postgresql"],
    ),
    'ALTER TABLE "Exam" DROP COLUMN "upper", DROP COLUMN "code";': (_MADE_OF, ["postgresql"]),
    'ALTER TABLE "Exam" DROP COLUMN "code" CASCADE;': (_MADE_OF, ["postgresql"]),
    'ALTER TABLE "Post" DROP INDEX "Post_authorId_idx", ADD INDEX "other"("authorId");': (
        _TABLES + _INDEXED + _NO_ACTION + ";",
        ["mysql"],
    ),
    'ALTER TABLE "Post" DROP INDEX "Post_authorId_idx", DROP FOREIGN KEY "Post_authorId_fkey";': (
        _TABLES + _INDEXED + _NO_ACTION + ";",
        ["mysql"],
    ),
    'ALTER TABLE "Post" DROP COLUMN "authorId";\nALTER TABLE "Post" DROP COLUMN "slug";': (
        _TABLES + 'CREATE INDEX "lost" ON "Post"("authorId");\nDROP INDEX "lost"'
        ';\nCREATE INDEX "named" ON "Post"("id") WHERE \'slug\' <> \'\';',
        ["sqlite"],
    ),
}


def broken_cases(provider: Provider) -> list[MigrationCase]:
    """Return statements about what is not there, what is there already, and what is in use."""
    code = "broken-migration"
    keyed = _TABLES + _NO_ACTION + ";"
    wrong: dict[str, tuple[str, Mapping[Provider, str]]] = {
        'ALTER TABLE "Nothing" ADD COLUMN "a" INTEGER;': (
            _TABLES,
            {"postgresql": "42P01", "sqlite": "SQLITE_ERROR", "mysql": "1146"},
        ),
        'CREATE INDEX "Post_title_idx" ON "Post"("title");': (
            _TABLES,
            {"postgresql": "42703", "mysql": "1072"},
        ),
        # In double quotes what is no column is text there, unless SQLite was built without that.
        'CREATE INDEX "Post_title_idx" ON "Post"(title);': (_TABLES, {"sqlite": "SQLITE_ERROR"}),
        'CREATE TABLE "Post" ("id" INTEGER);': (
            _TABLES,
            {"postgresql": "42P07", "sqlite": "SQLITE_ERROR", "mysql": "1050"},
        ),
        'ALTER TABLE "User" ADD COLUMN "name" VARCHAR(9);': (
            _TABLES,
            {"postgresql": "42701", "sqlite": "SQLITE_ERROR", "mysql": "1060"},
        ),
        'ALTER TABLE "User" ADD COLUMN "size" "Size";': (_TABLES, {"postgresql": "42704"}),
        'DROP INDEX "User_name_idx";': (
            _TABLES,
            {"postgresql": "42704", "sqlite": "SQLITE_ERROR"},
        ),
        'DROP INDEX "User_name_idx" ON "User";': (_TABLES, {"mysql": "1091"}),
        'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";': (
            _TABLES,
            {"postgresql": "42704"},
        ),
        'ALTER TABLE "Post" DROP FOREIGN KEY "Post_authorId_fkey";': (_TABLES, {"mysql": "1091"}),
        _NO_ACTION + ";": (keyed, {"postgresql": "42710"}),
        'DROP TABLE "User";': (keyed, {"postgresql": "2BP01", "mysql": "1451"}),
        'DROP TYPE "Role";': (_ROLES, {"postgresql": "2BP01"}),
        """ALTER TYPE "Role" ADD VALUE 'ADMIN';""": (_ROLES, {"postgresql": "42710"}),
        'ALTER TABLE "User" ALTER COLUMN "name" TYPE INTEGER;': (_TABLES, {"postgresql": "42804"}),
        'ALTER TABLE "Post" ADD CONSTRAINT "k" FOREIGN KEY ("id") REFERENCES "User"("age");': (
            _TABLES,
            {"postgresql": "42830"},
        ),
        'CREATE UNIQUE INDEX "by_age" ON "User"("age");\n'
        'ALTER TABLE "User" DROP CONSTRAINT "by_age";': (_TABLES, {"postgresql": "42704"}),
        **_REFUSED,
        **_REFUSED_FOR_VIEWS,
        **_REFUSED_FOR_FUNCTIONS,
    }
    right = 'CREATE TABLE "T" ("id" INTEGER NOT NULL);\nALTER TABLE "T" ADD COLUMN "a" INTEGER;\n'
    return [
        *(
            MigrationCase(script, provider, code, True, script, codes[provider], before=before)
            for script, (before, codes) in wrong.items()
            if provider in codes
        ),
        *(
            MigrationCase(script, provider, code, False, script, before=before)
            for script, (before, providers) in {
                **_NOT_REFUSED,
                **_NOT_REFUSED_FOR_VIEWS,
                **_NOT_REFUSED_FOR_FUNCTIONS,
            }.items()
            if provider in providers
        ),
        MigrationCase("a table that is there", provider, code, False, right, before=_TABLES),
    ]


def unreadable_cases(provider: Provider) -> list[MigrationCase]:
    """Return scripts that cannot be read, behind a statement that can.

    PostgreSQL reads the whole message before it runs any of it; the others have run what stands
    before the mistake.
    """
    code = "migration-syntax-error"
    mistake: Mapping[Provider, str] = {
        "postgresql": "42601",
        "sqlite": "SQLITE_ERROR",
        "mysql": "1064",
    }
    no_comma = 'CREATE TABLE "T" (\n    "id" INTEGER\n    "a" INTEGER\n);'
    # SQLite takes almost any words for a type. What is no SQL on PostgreSQL only a package tells
    # that is not there for every machine; a text without end is seen without it.
    wrong: Mapping[Provider, Sequence[str]] = {
        "postgresql": ('CREATE TABLE "T" ("id" TEXT DEFAULT \'x);',),
        "sqlite": ('CREATE TABLE "T" (\n    "id" INTEGER,\n);',),
        "mysql": (no_comma, 'CREATE TABLE "T" (\n    "id" INTEGER,\n);'),
    }
    first = 'CREATE TABLE "First" ("id" INTEGER NOT NULL);\n'
    count = 'SELECT COUNT(*) FROM "First"'
    left: Step = Refuses(count, "42P01") if provider == "postgresql" else Finds(count, "0")
    right = MigrationCase("a script", provider, code, False, first, None, (), _TABLES)
    found = [
        MigrationCase(script, provider, code, True, first + script, mistake[provider], (left,))
        for script in wrong[provider]
    ]
    if provider == "postgresql":
        marked = "\ufeff" + first
        found.append(
            MigrationCase("a byte order mark", provider, code, True, marked, "42601", (left,))
        )
        right = replace(right, steps=(Refuses(no_comma, "42601"),))
    return [*found, right]


def added_enum_value_cases(provider: Provider) -> list[MigrationCase]:
    """Return a value that is added to an enum, and used or not before the script ends."""
    if provider != "postgresql":
        return []
    add = """ALTER TYPE "Role" ADD VALUE 'EDITOR';\n"""
    uses = (
        """ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'EDITOR';""",
        """UPDATE "User" SET "role" = 'EDITOR';""",
        """INSERT INTO "User" ("id", "role") VALUES (2, 'EDITOR');""",
    )
    code = "unsafe-enum-value-use"
    made_here = """CREATE TYPE "Kind" AS ENUM ('A');
CREATE TABLE "Thing" ("id" INTEGER NOT NULL, "kind" "Kind" NOT NULL DEFAULT 'A');
ALTER TYPE "Kind" ADD VALUE 'B';
ALTER TABLE "Thing" ALTER COLUMN "kind" SET DEFAULT 'B';
"""
    return [
        *(
            MigrationCase(
                use, provider, code, True, add + use, "55P04", before=_ROLES, rows=_ROLE_ROWS
            )
            for use in uses
        ),
        MigrationCase(
            "a use in the next script",
            provider,
            code,
            False,
            add,
            steps=tuple(map(Takes, uses)),
            before=_ROLES,
            rows=_ROLE_ROWS,
        ),
        MigrationCase("an enum of the same script", provider, code, False, made_here),
    ]


def concurrent_index_cases(provider: Provider) -> list[MigrationCase]:
    """Return indexes that are built and dropped concurrently, alone and beside a statement."""
    if provider != "postgresql":
        return []
    code = "concurrent-index-with-others"
    add = 'ALTER TABLE "Post" ADD COLUMN "title" TEXT;\n'
    build = 'CREATE INDEX CONCURRENTLY "Post_slug_idx" ON "Post"("slug");\n'
    drop = 'DROP INDEX CONCURRENTLY "Post_slug_idx";\n'
    indexed = _TABLES + 'CREATE INDEX "Post_slug_idx" ON "Post"("slug");\n'
    return [
        MigrationCase("behind another", provider, code, True, add + build, "25001", before=_TABLES),
        MigrationCase("before another", provider, code, True, build + add, "25001", before=_TABLES),
        MigrationCase("dropped", provider, code, True, add + drop, "25001", before=indexed),
        MigrationCase("built alone", provider, code, False, build, before=_TABLES),
        MigrationCase("dropped alone", provider, code, False, drop, before=indexed),
    ]


# ---- scripts that fail if the rows are such ----


def required_column_cases(provider: Provider) -> list[MigrationCase]:
    """Return a required column that is added to a table with a row."""
    code = "required-column-without-default"
    add = 'ALTER TABLE "User" ADD COLUMN "score" INTEGER NOT NULL'
    text = 'ALTER TABLE "User" ADD COLUMN "motto" VARCHAR(9) NOT NULL;'
    scores = 'SELECT "score" FROM "User" ORDER BY "id"'
    fails: Mapping[Provider, str] = {"postgresql": "23502", "sqlite": "SQLITE_ERROR"}
    found = [
        MigrationCase(
            "no default",
            provider,
            code,
            True,
            f"{add};",
            fails.get(provider),
            (Finds(scores, "0\n0"),) if provider == "mysql" else (),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a default",
            provider,
            code,
            False,
            f"{add} DEFAULT 5;",
            None,
            (Finds(scores, "5\n5"),),
            _TABLES,
            _ROWS,
        ),
    ]
    if provider == "sqlite":
        clock = 'ALTER TABLE "User" ADD COLUMN "since" DATETIME {}DEFAULT {};'
        for null, default in (
            ("NOT NULL ", "CURRENT_TIMESTAMP"),
            ("", "(lower('A'))"),
        ):
            add = clock.format(null, default)
            found.append(
                MigrationCase(
                    add, provider, code, True, add, "SQLITE_ERROR", before=_TABLES, rows=_ROWS
                )
            )
        add = clock.format("NOT NULL ", "(0)")
        found.append(MigrationCase(add, provider, code, False, add, before=_TABLES, rows=_ROWS))
    if provider == "mysql":
        found += _implicit_value_cases()
        empty = (Finds("""SELECT COUNT(*) FROM "User" WHERE "motto" = ''""", "2"),)
        found.append(MigrationCase("text", provider, code, True, text, None, empty, _TABLES, _ROWS))
    if provider != "sqlite":
        emptied = f'DELETE FROM "Post";\nDELETE FROM "User";\n{add};'
        found.append(
            MigrationCase("emptied first", provider, code, False, emptied, None, (), _TABLES, _ROWS)
        )
    if provider == "postgresql":
        found.append(MigrationCase("no rows", provider, code, True, f"{add};", None, (), _TABLES))
    return found


_IMPLICIT_VALUES = {
    "BIT(1)": "0",
    "TIME": "0",
    "YEAR": "0",
    "DECIMAL(9,2)": "0",
    "BLOB": "''",
    "VARBINARY(9)": "''",
    "BINARY(2)": "x'0000'",
    "ENUM('b', 'a')": "'b'",
    "JSON": "''",
}


def _implicit_value_cases() -> list[MigrationCase]:
    """Return what MariaDB writes where nothing is said, and the dates that a mode refuses."""
    code = "required-column-without-default"
    add = 'ALTER TABLE "User" ADD COLUMN "more" {} NOT NULL;'
    count = 'SELECT COUNT(*) FROM "User" WHERE "more" = {}'
    found = [
        MigrationCase(
            native,
            "mysql",
            code,
            True,
            add.format(native),
            None,
            (Finds(count.format(value), "2"),),
            _TABLES,
            _ROWS,
        )
        for native, value in _IMPLICIT_VALUES.items()
    ]
    # The mode is that of the session, whatever the server begins with.
    strict = "SET sql_mode = 'STRICT_TRANS_TABLES{}';\n"
    usual = "SET sql_mode = DEFAULT"
    for native, is_refused in (("DATE", True), ("DATETIME(3)", True), ("TIMESTAMP(3)", False)):
        change = add.format(native)
        zeros = Finds(count.format("0"), "2")
        lax = strict.format("") + change
        found.append(
            MigrationCase(
                lax, "mysql", code, True, lax, None, (zeros, Takes(usual)), _TABLES, _ROWS
            )
        )
        no_zero = strict.format(",NO_ZERO_IN_DATE,NO_ZERO_DATE") + change
        after = (Takes(usual),) if is_refused else (zeros, Takes(usual))
        code_of_mode = "1292" if is_refused else None
        found.append(
            MigrationCase(
                no_zero, "mysql", code, True, no_zero, code_of_mode, after, _TABLES, _ROWS
            )
        )
    return found


def not_null_cases(provider: Provider) -> list[MigrationCase]:
    """Return a column that becomes required while a row holds NULL."""
    code = "not-null-on-existing-data"
    name = '"name" VARCHAR(100) NOT NULL'
    rest = '"id" INTEGER NOT NULL PRIMARY KEY, "email" VARCHAR(100), "age" VARCHAR(10)'
    columns = '"id", "email", "age", "name"'
    change: Mapping[Provider, str] = {
        "postgresql": 'ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;',
        "mysql": f'ALTER TABLE "User" MODIFY {name};',
        "sqlite": _made_anew(f"{rest}, {name}", columns, columns),
    }
    fails: Mapping[Provider, str] = {
        "postgresql": "23502",
        "mysql": "1265",
        "sqlite": "SQLITE_CONSTRAINT_NOTNULL",
    }
    fill = """UPDATE "User" SET "name" = '' WHERE "name" IS NULL;\n"""
    found = []
    if provider == "sqlite":
        source = """"id", "email", "age", coalesce("name", '') AS "name\""""
        filled = _made_anew(f"{rest}, {name}", columns, source)
        found.append(
            MigrationCase(
                "copied with something else for NULL",
                provider,
                code,
                False,
                filled,
                None,
                (Finds("""SELECT COUNT(*) FROM "User" WHERE "name" = ''""", "1"),),
                _TABLES,
                _ROWS,
            )
        )
    if provider == "postgresql":
        known = 'ALTER TABLE "User" ADD CONSTRAINT "has_id" CHECK ("email" IS NOT NULL);\n'
        needed = 'ALTER TABLE "User" ALTER COLUMN "email" SET NOT NULL'
        found.append(
            MigrationCase(
                "a CHECK says so already",
                provider,
                code,
                False,
                f"{needed};",
                None,
                (
                    Takes('ALTER TABLE "User" ALTER COLUMN "email" DROP NOT NULL'),
                    Locks(needed, {"User": "AccessExclusiveLock"}),
                    Rewrites(needed, "User", is_rewritten=False),
                ),
                _TABLES + known,
                _ROWS,
            )
        )
    return [
        *found,
        MigrationCase(
            "a row with NULL",
            provider,
            code,
            True,
            change[provider],
            fails[provider],
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "filled before",
            provider,
            code,
            False,
            fill + change[provider],
            before=_TABLES,
            rows=_ROWS,
        ),
    ]


def unique_cases(provider: Provider) -> list[MigrationCase]:
    """Return a unique index over columns on which two rows agree."""
    code = "unique-index-on-existing-data"
    unique = 'CREATE UNIQUE INDEX "User_{0}_key" ON "User"("{0}");'
    fails = TAKEN_ALREADY[provider]
    found = [
        MigrationCase(
            "two of one value",
            provider,
            code,
            True,
            unique.format("email"),
            fails,
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "values that differ",
            provider,
            code,
            True,
            unique.format("age"),
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "a new column",
            provider,
            code,
            False,
            'ALTER TABLE "User" ADD COLUMN "nick" VARCHAR(9);\n' + unique.format("nick"),
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "not unique",
            provider,
            code,
            False,
            'CREATE INDEX "User_email_idx" ON "User"("email");',
            before=_TABLES,
            rows=_ROWS,
        ),
    ]
    rid = 'DELETE FROM "User" WHERE "email" = \'a@b\' AND "id" > 1;\n'
    apart = _TABLES + 'CREATE UNIQUE INDEX "User_age_key" ON "User"("age");\n'
    pair = 'CREATE UNIQUE INDEX "User_age_name_key" ON "User"("age", "name");'
    gone = f'DROP INDEX "User_age_key"{" ON `User`" if provider == "mysql" else ""};\n'
    found += [
        MigrationCase(title, provider, code, False, script, before=before, rows=_ROWS)
        for title, before, script in (
            ("rid of duplicates first", _TABLES, rid + unique.format("email")),
            ("more columns than were unique", apart, gone + pair),
        )
    ]
    if provider != "mysql":
        expression = 'CREATE UNIQUE INDEX "by_email" ON "User"(lower("email"));'
        found.append(
            MigrationCase(
                "an expression", provider, code, True, expression, fails, (), _TABLES, _ROWS
            )
        )
    if provider == "sqlite":
        keyed = '"id" INTEGER NOT NULL, "email" TEXT NOT NULL PRIMARY KEY'
        names = '"id", "email"'
        found.append(
            MigrationCase(
                "another primary key",
                provider,
                code,
                True,
                _made_anew(keyed, names, names),
                "SQLITE_CONSTRAINT_PRIMARYKEY",
                (),
                _TABLES,
                _ROWS,
            )
        )
    if provider == "postgresql":
        constraint = 'ALTER TABLE "User" ADD CONSTRAINT "User_email_key" UNIQUE ("email");'
        found.append(
            MigrationCase(
                "a constraint", provider, code, True, constraint, fails, (), _TABLES, _ROWS
            )
        )
        column = 'ALTER TABLE "User" ADD COLUMN "nick" TEXT NOT NULL DEFAULT \'\';\n'
        gone = column + 'ALTER TABLE "User" ALTER COLUMN "nick" DROP DEFAULT;\n'
        found += [
            MigrationCase(title, provider, code, True, script, fails, (), _TABLES, _ROWS)
            for title, script in (
                ("a default that does not stay", gone + unique.format("nick")),
                ("a column of one value", column.replace(";", " UNIQUE;")),
            )
        ]
    return found


def new_foreign_key_cases(provider: Provider) -> list[MigrationCase]:
    """Return a foreign key on a column in which a row refers to one that is not there."""
    if provider == "sqlite":
        return []
    code = "foreign-key-on-existing-data"
    new = 'INSERT INTO "Post" ("id", "authorId") VALUES (3, 8)'
    found = [
        MigrationCase(
            "a row without its parent",
            provider,
            code,
            True,
            f"{_NO_ACTION};",
            NO_PARENT[provider],
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "rows with their parents",
            provider,
            code,
            True,
            f"{_NO_ACTION};",
            None,
            (Refuses(new, NO_PARENT[provider]),),
            _TABLES,
            _KEYED_ROWS,
        ),
    ]
    team = 'CREATE TABLE "Team" ("id" INTEGER NOT NULL, PRIMARY KEY ("id"));\n'
    elsewhere = _NO_ACTION.replace('REFERENCES "User"', 'REFERENCES "Team"')
    itself = _NO_ACTION.replace('REFERENCES "User"', 'REFERENCES "Post"')
    found += [
        MigrationCase(
            "led to another table, in which nothing is",
            provider,
            code,
            True,
            f"{_GONE_KEY[provider]}{elsewhere};",
            NO_PARENT[provider],
            before=f"{_TABLES}{team}{_NO_ACTION};",
            rows=_KEYED_ROWS,
        ),
        MigrationCase(
            "to the table itself, in which nothing is",
            provider,
            code,
            True,
            f"{itself};",
            NO_PARENT[provider],
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "made anew, to the same rows",
            provider,
            code,
            False,
            f"{_GONE_KEY[provider]}{_NO_ACTION} ON DELETE CASCADE;",
            None,
            (Refuses(new, NO_PARENT[provider]),),
            f"{_TABLES}{_NO_ACTION};",
            _KEYED_ROWS,
        ),
    ]
    if provider == "postgresql":
        validate = 'ALTER TABLE "Post" VALIDATE CONSTRAINT "Post_authorId_fkey"'
        found += [
            MigrationCase(
                "not looked at",
                provider,
                code,
                False,
                f"{_NO_ACTION} NOT VALID;",
                None,
                (Refuses(new, "23503"), Refuses(validate, "23503")),
                _TABLES,
                _ROWS,
            ),
            MigrationCase(
                "locks",
                provider,
                code,
                False,
                f"{_NO_ACTION} NOT VALID;",
                None,
                (
                    # To look at the rows keeps neither reads nor writes out.
                    Locks(validate, {"Post": "ShareUpdateExclusiveLock", "User": "RowShareLock"}),
                    Takes('ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey"'),
                    Locks(
                        _NO_ACTION,
                        {"Post": "ShareRowExclusiveLock", "User": "ShareRowExclusiveLock"},
                    ),
                ),
                _TABLES,
                _KEYED_ROWS,
            ),
        ]
    return found


def new_check_cases(provider: Provider) -> list[MigrationCase]:
    """Return a CHECK that a row does not satisfy."""
    if provider == "sqlite":
        return []
    code = "check-on-existing-data"
    check = """ALTER TABLE "User" ADD CONSTRAINT "User_age_check" CHECK ("age" <> '{}')"""
    fails: Codes = "23514" if provider == "postgresql" else ("4025", "3819")
    new = """INSERT INTO "User" ("id", "age") VALUES (3, 'old')"""
    found = [
        MigrationCase(
            "a row that does not satisfy it",
            provider,
            code,
            True,
            check.format("old") + ";",
            fails,
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "rows that do",
            provider,
            code,
            True,
            check.format("none") + ";",
            before=_TABLES,
            rows=_ROWS,
        ),
    ]
    add = 'ALTER TABLE "User" ADD COLUMN "part" INTEGER;\nALTER TABLE "User" ADD CHECK ({});'
    compares, looks = add.format('"part" >= 0 AND "part" <= 100'), add.format('"part" IS NOT NULL')
    found += [
        MigrationCase(
            "a new column that it compares",
            provider,
            code,
            False,
            compares,
            None,
            (),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a new column that must not be NULL",
            provider,
            code,
            True,
            looks,
            fails,
            (),
            _TABLES,
            _ROWS,
        ),
    ]
    if provider == "postgresql":
        validate = 'ALTER TABLE "User" VALIDATE CONSTRAINT "User_age_check"'
        found.append(
            MigrationCase(
                "not looked at",
                provider,
                code,
                False,
                check.format("old") + " NOT VALID;",
                None,
                (
                    Refuses(new, "23514"),
                    Refuses(validate, "23514"),
                    Takes('ALTER TABLE "User" DROP CONSTRAINT "User_age_check"'),
                    Locks(check.format("none"), {"User": "AccessExclusiveLock"}),
                    Takes(check.format("none") + " NOT VALID"),
                    # To look at the rows keeps neither reads nor writes out.
                    Locks(validate, {"User": "ShareUpdateExclusiveLock"}),
                ),
                _TABLES,
                _ROWS,
            )
        )
    return found


def removed_enum_value_cases(provider: Provider) -> list[MigrationCase]:
    """Return an enum that loses the value of a row."""
    code = "enum-value-removed"
    if provider == "postgresql":
        before, rename = _ROLES, """ALTER TYPE "Role" RENAME VALUE 'ADMIN' TO 'OWNER';"""
        remove = """CREATE TYPE "Role_new" AS ENUM ('USER');
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
"""
        found = Finds('SELECT "role" FROM "User"', "OWNER")
        renamed = [
            MigrationCase(
                "renamed", provider, code, False, rename, None, (found,), before, _ROLE_ROWS
            ),
            MigrationCase(
                "no column is left",
                provider,
                code,
                False,
                'ALTER TABLE "User" DROP COLUMN "role";\nDROP TYPE "Role";\n'
                """CREATE TYPE "Role" AS ENUM ('USER');""",
                None,
                (),
                before,
                _ROLE_ROWS,
            ),
        ]
    elif provider == "mysql":
        before = """CREATE TABLE "User" (
    "id" INTEGER NOT NULL,
    "role" ENUM('USER', 'ADMIN') NOT NULL,
    PRIMARY KEY ("id")
);
"""
        remove = """ALTER TABLE "User" MODIFY "role" ENUM('USER') NOT NULL;\n"""
        renamed = []
    else:
        return []
    fails = "22P02" if provider == "postgresql" else "1265"
    change = """UPDATE "User" SET "role" = 'USER';\n"""
    return [
        MigrationCase(
            "a row holds it", provider, code, True, remove, fails, before=before, rows=_ROLE_ROWS
        ),
        MigrationCase(
            "moved away", provider, code, False, change + remove, before=before, rows=_ROLE_ROWS
        ),
        *renamed,
    ]


def column_type_cases(provider: Provider) -> list[MigrationCase]:
    """Return columns that get another type, with values that fit and that do not."""
    if provider == "sqlite":
        return _type_cases_of_sqlite()
    return _type_cases_of_mysql() if provider == "mysql" else _type_cases_of_postgresql()


def _type_cases_of_sqlite() -> list[MigrationCase]:
    columns = '"id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT, "name" TEXT, "age" INTEGER'
    names = '"id", "email", "name", "age"'
    kinds = Finds('SELECT typeof("age") FROM "User" ORDER BY "id"', "integer\ntext")
    wider = _made_anew(columns.replace('"id" INTEGER', '"id" BIGINT'), names, names)
    return [
        MigrationCase(
            "text to a number",
            "sqlite",
            "changes-column-type",
            True,
            _made_anew(columns, names, names),
            None,
            (kinds,),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a number to a larger one",
            "sqlite",
            "changes-column-type",
            False,
            wider,
            None,
            (Finds('SELECT typeof("id") FROM "User"', "integer\ninteger"),),
            _TABLES.replace('"age" VARCHAR(10)', '"age" INTEGER'),
            _ROWS,
        ),
    ]


_FITTING = """CREATE TABLE "Fit" ("id" INTEGER NOT NULL PRIMARY KEY, "short" VARCHAR(50),
    "long" VARCHAR(300), "text" TEXT, "number" INTEGER, "sum" DECIMAL(10,2), "at" DATETIME(6));
"""
_FITTING_ROW = """INSERT INTO "Fit" VALUES
    (1, 'a', 'b', 'c', 7, 2.75, '2030-01-01 10:00:00.123999');
"""


def _type_cases_of_mysql() -> list[MigrationCase]:
    code = "changes-column-type"
    refused = {
        "text to a number": ('"age" INTEGER', ("1292", "1366")),
        "text to a shorter one": ('"email" VARCHAR(2)', ("1406", "1265")),
    }
    copied = {
        '"number" BIGINT': Finds('SELECT "number" FROM "Fit"', "7"),
        '"sum" DECIMAL(10,1)': Finds('SELECT "sum" FROM "Fit"', "2.8"),
        '"sum" DECIMAL(12,2)': Finds('SELECT "sum" FROM "Fit"', "2.75"),
        '"at" DATETIME(3)': Finds('SELECT MICROSECOND("at") FROM "Fit"', "123000"),
    }
    return [
        *(
            MigrationCase(
                title,
                "mysql",
                code,
                True,
                f'ALTER TABLE "User" MODIFY {column};',
                codes,
                (),
                _TABLES,
                _ROWS,
            )
            for title, (column, codes) in refused.items()
        ),
        *(
            MigrationCase(
                column,
                "mysql",
                code,
                True,
                f'ALTER TABLE "Fit" MODIFY {column};',
                None,
                (found,),
                _FITTING,
                _FITTING_ROW,
            )
            for column, found in copied.items()
        ),
        MigrationCase(
            "what the change of a type takes",
            "mysql",
            code,
            False,
            'ALTER TABLE "Fit" MODIFY "short" VARCHAR(60);',
            None,
            tuple(
                Alters("Fit", f"MODIFY {column}", way, is_possible)
                for column in copied
                for way, is_possible in ((_IN_PLACE_BESIDE_WRITES, False), (_COPIED, True))
                if column != '"sum" DECIMAL(12,2)'
            ),
            _FITTING,
            _FITTING_ROW,
        ),
    ]


# Types of PostgreSQL that only get wider: nothing is written anew, neither table nor index.
_WIDENED = (
    ("VARCHAR(10)", "VARCHAR(20)"),
    ("VARCHAR(10)", "VARCHAR"),
    ("VARCHAR(10)", "TEXT"),
    ("TEXT", "VARCHAR"),
    ("DECIMAL(10,2)", "DECIMAL(12,2)"),
    ("DECIMAL(10,2)", "DECIMAL"),
    ("TIMESTAMP(3)", "TIMESTAMP(6)"),
    ("TIMESTAMP(3)", "TIMESTAMP"),
    ("TIMESTAMPTZ(3)", "TIMESTAMPTZ(6)"),
    ("TIME(3)", "TIME(6)"),
    ("TIMETZ(3)", "TIMETZ"),
    ("INTERVAL(3)", "INTERVAL"),
    ("VARBIT(3)", "VARBIT(5)"),
    ("VARBIT(3)", "VARBIT"),
    ("CIDR", "INET"),
)
# Types for which every row is written anew, though every value fits or is rounded.
_WRITTEN_ANEW = (
    ("INTEGER", "BIGINT", "7", "7"),
    ("INTEGER", "DECIMAL(12,2)", "7", "7.00"),
    ("INTEGER", "DOUBLE PRECISION", "7", "7.0"),
    ("INTEGER", "TEXT", "7", "7"),
    ("BOOLEAN", "TEXT", "true", "true"),
    ("UUID", "TEXT", "'00000000-0000-0000-0000-000000000000'", None),
    ("JSONB", "TEXT", "'{}'", "{}"),
    ("REAL", "DOUBLE PRECISION", "0.5", "0.5"),
    ("DATE", "TIMESTAMP(3)", "'2030-01-01'", "2030-01-01 00:00:00"),
    ("TIMESTAMP(3)", "DATE", "'2030-01-01 10:00'", "2030-01-01"),
    ("TIMESTAMP(6)", "TIMESTAMP(0)", "'2030-01-01 10:00:00.6'", "2030-01-01 10:00:01"),
    ("DECIMAL(10,2)", "DECIMAL(12,3)", "2.75", "2.750"),
    ("DECIMAL(10,2)", "INTEGER", "2.75", "3"),
    ("DOUBLE PRECISION", "INTEGER", "2.75", "3"),
    ("BIGINT", "REAL", "16777217", "16777216.0"),
)


def _made_of(native: str, *more: str) -> str:
    table = f'CREATE TABLE "Fit" ("id" INTEGER NOT NULL PRIMARY KEY, "a" {native});\n'
    return table + "".join(more)


def _type_cases_of_postgresql() -> list[MigrationCase]:
    code = "changes-column-type"
    change = 'ALTER TABLE "User" ALTER COLUMN "{}" SET DATA TYPE {}'
    fit = 'ALTER TABLE "Fit" ALTER COLUMN "a" SET DATA TYPE {}'
    number = change.format("age", 'INTEGER USING "age"::integer')
    index = 'CREATE INDEX "by_a" ON "Fit"("a");\n'
    files = (
        'SELECT pg_relation_filenode(\'"Fit"\'::regclass) AS "rows", '
        'pg_relation_filenode(\'"by_a"\'::regclass) AS "index"'
    )
    noted = f'CREATE TABLE "Files" AS {files};\n'
    same = Finds(f'SELECT COUNT(*) FROM ({files} INTERSECT SELECT * FROM "Files") AS "same"', "1")
    value = 'SELECT "a" FROM "Fit"'
    found = [
        MigrationCase(
            f"{old} to {new}",
            "postgresql",
            code,
            False,
            fit.format(new) + ";",
            None,
            (same,),
            _made_of(old, index),
            noted,
        )
        for old, new in _WIDENED
    ]
    found += [
        MigrationCase(
            f"{old} to {new}",
            "postgresql",
            code,
            True,
            fit.format(new) + ";",
            None,
            (
                replace(same, found="0"),
                *(() if text is None else (Finds(value, text),)),
            ),
            _made_of(old, index if old != "JSONB" else index.replace('("a")', '("id")')),
            f'INSERT INTO "Fit" VALUES (1, {written});\n{noted}',
        )
        for old, new, written, text in _WRITTEN_ANEW
    ]
    for zone, is_rewritten in (("UTC", False), ("Europe/Berlin", True)):
        at = f"SET TIME ZONE '{zone}';\n"
        found.append(
            MigrationCase(
                f"a moment in the time zone {zone}",
                "postgresql",
                code,
                True,
                at + fit.format("TIMESTAMPTZ") + ";",
                None,
                (
                    Finds(
                        'SELECT "a" AT TIME ZONE \'UTC\' FROM "Fit"',
                        "2030-01-01 09:00:00" if is_rewritten else "2030-01-01 10:00:00",
                    ),
                    Takes('CREATE TABLE "Next" ("a" TIMESTAMP)'),
                    Rewrites(
                        'ALTER TABLE "Next" ALTER COLUMN "a" SET DATA TYPE TIMESTAMPTZ',
                        "Next",
                        is_rewritten,
                    ),
                    Takes("RESET TIME ZONE"),
                ),
                _made_of("TIMESTAMP"),
                """INSERT INTO "Fit" VALUES (1, '2030-01-01 10:00');\n""",
            )
        )
    words = """INSERT INTO "Fit" VALUES (1, 'a'), (2, 'A');\n"""
    citext = 'CREATE EXTENSION IF NOT EXISTS "citext";\n'
    found += [
        MigrationCase(
            "values that differ only in case",
            "postgresql",
            code,
            True,
            fit.format("CITEXT") + ";",
            "23505",
            (),
            citext + _made_of("TEXT", index.replace("INDEX", "UNIQUE INDEX")),
            words,
        ),
        MigrationCase(
            "letters of any case without a unique index",
            "postgresql",
            code,
            True,
            fit.format("CITEXT") + ";",
            None,
            (Takes(fit.format("TEXT")), Rewrites(fit.format("CITEXT"), "Fit", is_rewritten=False)),
            citext + _made_of("TEXT"),
            words,
        ),
        MigrationCase(
            "text cut off by a cast",
            "postgresql",
            code,
            True,
            change.format("email", 'VARCHAR(2) USING "email"::varchar(2)') + ";",
            None,
            (Finds('SELECT DISTINCT "email" FROM "User"', "a@"),),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "text to a number",
            "postgresql",
            code,
            True,
            f"{number};",
            "22P02",
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "text to a shorter one",
            "postgresql",
            code,
            True,
            change.format("email", "VARCHAR(2)") + ";",
            "22001",
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "a number to a shorter one",
            "postgresql",
            code,
            True,
            fit.format("DECIMAL(10,0)") + ";",
            None,
            (Finds(value, "3"),),
            _made_of("DECIMAL(10,2)"),
            """INSERT INTO "Fit" VALUES (1, 2.75);""",
        ),
        MigrationCase(
            "a number that is too large",
            "postgresql",
            code,
            True,
            fit.format("INTEGER") + ";",
            "22003",
            (),
            _made_of("BIGINT"),
            """INSERT INTO "Fit" VALUES (1, 3000000000);""",
        ),
        MigrationCase(
            "text to a longer one",
            "postgresql",
            code,
            False,
            change.format("name", "TEXT") + ";",
            None,
            (
                Rewrites(change.format("email", "TEXT"), "User", is_rewritten=False),
                Takes("""UPDATE "User" SET "age" = '31'"""),
                Locks(number, {"User": "AccessExclusiveLock"}),
                Rewrites(number, "User", is_rewritten=True),
            ),
            _TABLES,
            _ROWS,
        ),
    ]
    return found


# ---- scripts that lose something ----


def replaced_column_cases(provider: Provider) -> list[MigrationCase]:
    """Return a column that is dropped beside a new one, and one that is renamed."""
    code = "drop-and-add-column"
    names = Finds('SELECT "fullName" FROM "User" ORDER BY "id"', "None\nNone")
    kept = replace(names, found="Ann\nNone")
    replaced = (
        'ALTER TABLE "User" DROP COLUMN "name";\n'
        'ALTER TABLE "User" ADD COLUMN "fullName" VARCHAR(100);\n'
    )
    rename = 'ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";'
    return [
        MigrationCase("replaced", provider, code, True, replaced, None, (names,), _TABLES, _ROWS),
        MigrationCase("renamed", provider, code, False, rename, None, (kept,), _TABLES, _ROWS),
    ]


def dropped_data_cases(provider: Provider) -> list[MigrationCase]:
    """Return a table and a column that are dropped and made again, and a table that is emptied."""
    code = "drops-data"
    made_again = 'CREATE TABLE "Post" ("id" INTEGER NOT NULL)'
    count = Finds('SELECT COUNT(*) FROM "Post"', "0")
    return [
        MigrationCase(
            "a table",
            provider,
            code,
            True,
            'DROP TABLE "Post";',
            None,
            (Takes(made_again), count),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a column",
            provider,
            code,
            True,
            'ALTER TABLE "User" DROP COLUMN "name";',
            None,
            (
                Takes('ALTER TABLE "User" ADD COLUMN "name" VARCHAR(100)'),
                Finds('SELECT COUNT("name") FROM "User"', "0"),
            ),
            _TABLES,
            _ROWS,
        ),
        *(
            MigrationCase("all rows", provider, code, True, emptied, None, (count,), _TABLES, _ROWS)
            for emptied in ('TRUNCATE TABLE "Post";',)
            if provider != "sqlite"
        ),
    ]


def dropped_constraint_cases(provider: Provider) -> list[MigrationCase]:
    """Return constraints that are dropped, and the rows that are then taken."""
    code = "drops-constraint"
    unique = 'CREATE UNIQUE INDEX "User_email_key" ON "User"("email")'
    behind = ' ON "User"' if provider == "mysql" else ""
    again = """INSERT INTO "User" ("id", "email") VALUES (3, 'a@b')"""
    rows = """INSERT INTO "User" ("id", "email") VALUES (1, 'a@b');"""
    found = [
        MigrationCase(
            "a unique index",
            provider,
            code,
            True,
            f'DROP INDEX "User_email_key"{behind};',
            None,
            (Takes(again), Refuses(unique, TAKEN_ALREADY[provider])),
            f"{_TABLES}{unique};",
            rows,
        ),
        MigrationCase(
            "kept",
            provider,
            code,
            False,
            'ALTER TABLE "User" ADD COLUMN "nick" VARCHAR(9);',
            None,
            (Refuses(again, TAKEN_ALREADY[provider]),),
            f"{_TABLES}{unique};",
            rows,
        ),
    ]
    pairs = 'CREATE TABLE "Pair" ("a" INTEGER NOT NULL, "b" INTEGER NOT NULL, {});'
    twice = 'INSERT INTO "Pair" ("a", "b") VALUES (1, 1), (1, 1)'
    if provider != "sqlite":
        drop = 'CONSTRAINT "Pair_pkey"' if provider == "postgresql" else "PRIMARY KEY"
        other = "SERIAL" if provider == "postgresql" else "INTEGER NOT NULL AUTO_INCREMENT"
        found += [
            MigrationCase(
                f"another primary key{more}",
                provider,
                code,
                not more,
                f'ALTER TABLE "Pair" DROP {drop}, ADD COLUMN "id" {other}, '
                f'ADD PRIMARY KEY ("id"){more};',
                None,
                (Takes(twice) if not more else Refuses(twice, TAKEN_ALREADY[provider]),),
                pairs.format('PRIMARY KEY ("a", "b")'),
            )
            for more in ("", ', ADD UNIQUE ("b")')
        ]
    both = 'CREATE UNIQUE INDEX "both" ON "User"("email", "id")'
    found.append(
        MigrationCase(
            "a wider unique index",
            provider,
            code,
            False,
            f'DROP INDEX "both"{behind};',
            None,
            (Refuses(again, TAKEN_ALREADY[provider]),),
            f"{_TABLES}{unique};{both};",
            rows,
        )
    )
    if provider != "mysql":
        partial = unique.replace("_key", "_few") + """ WHERE "name" = 'Ann'"""
        found.append(
            MigrationCase(
                "a unique index of which a part is left",
                provider,
                code,
                True,
                f'DROP INDEX "User_email_key";\n{partial};',
                None,
                (Takes(again),),
                f"{_TABLES}{unique};",
                rows,
            )
        )
    if provider == "sqlite":
        guarded = _TABLES.replace('"age" VARCHAR(10),', """"age" TEXT CHECK ("age" <> 'old'),""")
        columns = '"id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT, "name" TEXT, "age" TEXT'
        names = '"id", "email", "name", "age"'
        old = """INSERT INTO "User" ("id", "age") VALUES (3, 'old')"""
        found.append(
            MigrationCase(
                "a table made anew without its check",
                provider,
                code,
                True,
                _made_anew(columns, names, names),
                None,
                (Takes(old),),
                guarded,
                rows,
            )
        )
    if provider != "sqlite":
        orphan = 'INSERT INTO "Post" ("id", "authorId") VALUES (3, 8)'
        found.append(
            MigrationCase(
                "a foreign key",
                provider,
                code,
                True,
                _GONE_KEY[provider],
                None,
                (Takes(orphan), Refuses(_NO_ACTION, NO_PARENT[provider])),
                f"{_TABLES}{_NO_ACTION};",
                _KEYED_ROWS,
            )
        )
        if provider == "postgresql":
            found.append(
                MigrationCase(
                    "a foreign key that goes with its table",
                    provider,
                    code,
                    True,
                    'DROP TABLE "User" CASCADE;',
                    None,
                    (Takes(orphan),),
                    f"{_TABLES}{_NO_ACTION};",
                    _KEYED_ROWS,
                )
            )
    return found


def rows_changed_cases(provider: Provider) -> list[MigrationCase]:
    """Return a script that writes rows, and what is left of what they held."""
    code = "changes-rows"
    update = """UPDATE "User" SET "name" = 'x';"""
    names = Finds('SELECT "name" FROM "User" ORDER BY "id"', "x\nx")
    found = [MigrationCase("written", provider, code, True, update, None, (names,), _TABLES, _ROWS)]
    if provider == "postgresql":
        default = """ALTER TABLE "User" ALTER COLUMN "name" SET DEFAULT 'free';"""
        found.append(
            MigrationCase(
                "a default leaves the rows alone",
                provider,
                code,
                False,
                default,
                None,
                (
                    replace(names, found="Ann\nNone"),
                    Locks(update, {"User": "RowExclusiveLock"}),
                ),
                _TABLES,
                _ROWS,
            )
        )
    return found


def implicit_index_cases(provider: Provider) -> list[MigrationCase]:
    """Return the index that InnoDB makes for a key, and what becomes of it when the key goes."""
    if provider != "mysql":
        return []
    code = "drops-implicit-indexes"
    drop = 'DROP INDEX "Post_authorId_fkey" ON "Post";\n'
    indexes = (
        "SELECT COUNT(*) FROM information_schema.statistics "
        "WHERE table_schema = DATABASE() AND table_name = 'Post' AND column_name = 'authorId'"
    )
    keyed = f"{_TABLES}{_NO_ACTION};"
    posts = 'SELECT * FROM "Post" WHERE "authorId" = 1'
    return [
        MigrationCase(
            "dropped with its key",
            provider,
            code,
            True,
            _GONE_KEY[provider] + drop,
            None,
            (
                Finds(indexes, "0"),
                LooksUp(posts, None),
                Takes(_NO_ACTION),
                Finds(indexes, "1"),
                # The index cannot go as long as the key needs it.
                Refuses(drop, "1553"),
            ),
            keyed,
            _KEYED_ROWS,
        ),
        MigrationCase(
            "left behind by its key",
            provider,
            code,
            False,
            _GONE_KEY[provider],
            None,
            (Finds(indexes, "1"), LooksUp(posts, "Post_authorId_fkey")),
            keyed,
            _KEYED_ROWS,
        ),
    ]


# ---- scripts that hold others up, or that others stumble over ----


def index_build_cases(provider: Provider) -> list[MigrationCase]:
    """Return the locks under which indexes are built, and what a build that fails leaves."""
    if provider == "mysql":
        return _index_builds_of_mysql()
    if provider != "postgresql":
        return []
    code = "blocking-index-build"
    build = 'CREATE INDEX "Post_slug_idx" ON "Post"("slug")'
    concurrently = 'CREATE {}INDEX CONCURRENTLY "{}_idx" ON "{}"("{}");'
    unique = 'ALTER TABLE "Post" ADD CONSTRAINT "Post_slug_key" UNIQUE ("slug")'
    return [
        MigrationCase(
            "an index",
            provider,
            code,
            True,
            f"{build};",
            None,
            (
                Takes('DROP INDEX "Post_slug_idx"'),
                Locks(build, {"Post": "ShareLock"}),
                Locks(unique, {"Post": "AccessExclusiveLock"}),
            ),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a unique constraint", provider, code, True, f"{unique};", before=_TABLES, rows=_ROWS
        ),
        MigrationCase(
            "a constraint of an index that is there",
            provider,
            code,
            False,
            'ALTER TABLE "Post" ADD CONSTRAINT "Post_slug_key" UNIQUE USING INDEX "by_slug";',
            None,
            (
                Takes('CREATE UNIQUE INDEX "again" ON "Post"("slug")'),
                Takes('CREATE TABLE "Files" AS SELECT pg_relation_filenode(\'"again"\') AS "file"'),
                Locks(
                    'ALTER TABLE "Post" ADD CONSTRAINT "taken" UNIQUE USING INDEX "again"',
                    {"Post": "AccessExclusiveLock"},
                ),
                # The index takes the name of the constraint, and is not built once more.
                Takes('ALTER TABLE "Post" ADD CONSTRAINT "taken" UNIQUE USING INDEX "again"'),
                Finds('SELECT pg_relation_filenode(\'"taken"\') = "file" FROM "Files"', "True"),
            ),
            _TABLES + 'CREATE UNIQUE INDEX "by_slug" ON "Post"("slug");',
            _ROWS,
        ),
        MigrationCase(
            "a unique column",
            provider,
            code,
            True,
            'ALTER TABLE "Post" ADD COLUMN "code" TEXT UNIQUE;',
            None,
            (
                Locks(
                    'ALTER TABLE "Post" ADD COLUMN "more" TEXT UNIQUE',
                    {"Post": "AccessExclusiveLock"},
                ),
            ),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a primary key",
            provider,
            code,
            True,
            'ALTER TABLE "Tag" ADD CONSTRAINT "Tag_pkey" PRIMARY KEY ("id");',
            None,
            (
                Takes('ALTER TABLE "Tag" DROP CONSTRAINT "Tag_pkey"'),
                Locks('ALTER TABLE "Tag" ADD PRIMARY KEY ("id")', {"Tag": "AccessExclusiveLock"}),
            ),
            'CREATE TABLE "Tag" ("id" INTEGER NOT NULL);',
            'INSERT INTO "Tag" VALUES (1);',
        ),
        MigrationCase(
            "built concurrently",
            provider,
            code,
            False,
            concurrently.format("", "Post_slug", "Post", "slug"),
            None,
            (
                Finds(
                    """SELECT indisvalid FROM pg_index
                    WHERE indexrelid = '"Post_slug_idx"'::regclass""",
                    "True",
                ),
                Refuses(concurrently.format("UNIQUE ", "User_email", "User", "email"), "23505"),
                Finds(
                    """SELECT indisvalid FROM pg_index
                    WHERE indexrelid = '"User_email_idx"'::regclass""",
                    "False",
                ),
            ),
            _TABLES,
            _ROWS,
        ),
    ]


def _index_builds_of_mysql() -> list[MigrationCase]:
    """Return the indexes of MariaDB, of which few are not built while rows are written."""
    code = "blocking-index-build"
    few = _TABLES.replace('"authorId" INTEGER', '"authorId" INTEGER, "place" POINT NOT NULL')
    return [
        MigrationCase(
            "an index",
            "mysql",
            code,
            False,
            'CREATE INDEX "Post_slug_idx" ON "Post"("slug");',
            None,
            (
                Alters("Post", 'ADD INDEX "a"("authorId")', _BESIDE_WRITES, is_possible=True),
                Alters("Post", 'ADD UNIQUE INDEX "b"("slug")', _BESIDE_WRITES, is_possible=True),
            ),
            _TABLES,
            _ROWS,
        ),
        *(
            MigrationCase(
                kind,
                "mysql",
                code,
                True,
                f'CREATE {kind} INDEX "first" ON "Post"("{column}");',
                None,
                tuple(
                    Alters("Post", f'ADD {kind} INDEX "next"("{column}")', way, is_possible)
                    for way, is_possible in (
                        (_IN_PLACE_BESIDE_WRITES, False),
                        ("LOCK=SHARED", True),
                    )
                ),
                few,
            )
            for kind, column in (("FULLTEXT", "slug"), ("SPATIAL", "place"))
        ),
    ]


# Columns for which PostgreSQL writes the table anew, and those that it only notes.
_ADDED_ANEW = (
    "UUID DEFAULT gen_random_uuid()",
    "TIMESTAMPTZ DEFAULT clock_timestamp()",
    "TEXT DEFAULT timeofday()",
    "TEXT DEFAULT md5(random()::text)",
    "INTEGER DEFAULT nextval('numbers')",
    "SERIAL",
    "INTEGER GENERATED BY DEFAULT AS IDENTITY",
    'INTEGER GENERATED ALWAYS AS ("id" + 1) STORED',
)
_ADDED_AT_ONCE = (
    "INTEGER NOT NULL DEFAULT 1",
    "TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP",
    "TIMESTAMPTZ DEFAULT statement_timestamp()",
    "UUID DEFAULT '00000000-0000-0000-0000-000000000000'::uuid",
    "TEXT DEFAULT 'random(x)'",
    "TEXT DEFAULT lower('A')",
    "TEXT DEFAULT to_char(now(), 'YYYY')",
    "TEXT[] DEFAULT ARRAY[]::TEXT[]",
)
# Changes for which MariaDB copies the table while writes wait, and those that it does at once.
_COPIED_ON_MYSQL = (
    'MODIFY "short" VARCHAR(70)',
    'MODIFY "short" TEXT',
    'MODIFY "text" LONGTEXT',
    'ADD COLUMN "more" INTEGER AS ("number" + 1) STORED',
    'ADD COLUMN "more" CHAR(36) NOT NULL DEFAULT (uuid())',
)
_NOT_COPIED_ON_MYSQL = (
    'MODIFY "short" VARCHAR(60)',
    'MODIFY "long" VARCHAR(400)',
    'ADD COLUMN "more" INTEGER AS ("number" + 1) VIRTUAL',
    'ADD COLUMN "more" INTEGER NOT NULL DEFAULT 5',
    'ADD COLUMN "more" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP',
)


def _rewritten_of_postgresql() -> list[MigrationCase]:
    add = 'ALTER TABLE "User" ADD COLUMN "{}" {}'
    found = [
        MigrationCase(
            column,
            "postgresql",
            "rebuilds-table",
            is_rewritten,
            add.format("more", column) + ";",
            None,
            (Rewrites(add.format("again", column), "User", is_rewritten),),
            _TABLES + 'CREATE SEQUENCE "numbers";\n',
            _ROWS,
        )
        for columns, is_rewritten in ((_ADDED_ANEW, True), (_ADDED_AT_ONCE, False))
        for column in columns
    ]
    for old, new, is_rewritten in (
        ("CHAR(5)", "TEXT", True),
        ("VARCHAR(5)[]", "TEXT[]", True),
        ("VARCHAR(5)", "TEXT", False),
    ):
        texts = f'ALTER TABLE "Word" ALTER COLUMN "a" SET DATA TYPE {new}'
        made = f'CREATE TABLE "Word" ("id" INTEGER NOT NULL PRIMARY KEY, "a" {old});\n'
        found.append(
            MigrationCase(
                f"{old} to {new}",
                "postgresql",
                "rebuilds-table",
                is_rewritten,
                f"{texts};",
                None,
                (
                    Takes(texts.replace(new, old)),
                    Rewrites(texts, "Word", is_rewritten),
                ),
                made,
            )
        )
    return found


def _rewritten_of_mysql() -> list[MigrationCase]:
    return [
        MigrationCase(
            actions,
            "mysql",
            "rebuilds-table",
            is_copied,
            f'ALTER TABLE "Fit" {actions};',
            None,
            (Alters("Old", actions, way, is_possible),),
            _FITTING + _FITTING.replace('"Fit"', '"Old"'),
            _FITTING_ROW,
        )
        for changes, is_copied, way, is_possible in (
            (_COPIED_ON_MYSQL, True, _IN_PLACE_BESIDE_WRITES, False),
            (_COPIED_ON_MYSQL, True, _COPIED, True),
            (_NOT_COPIED_ON_MYSQL, False, _AT_ONCE, True),
        )
        for actions in changes
    ]


def rewritten_table_cases(provider: Provider) -> list[MigrationCase]:
    """Return columns for which a table is written anew, and what SQLite's way to do so loses."""
    code = "rebuilds-table"
    if provider == "postgresql":
        add = 'ALTER TABLE "User" ADD COLUMN "{}" {} NOT NULL DEFAULT {}'
        different = add.format("publicId", "UUID", "gen_random_uuid()")
        same = add.format("createdAt", "TIMESTAMP(3)", "CURRENT_TIMESTAMP")
        return [
            *_rewritten_of_postgresql(),
            MigrationCase(
                "a value for each row",
                provider,
                code,
                True,
                f"{different};",
                None,
                (Finds('SELECT COUNT(DISTINCT "publicId") FROM "User"', "2"),),
                _TABLES,
                _ROWS,
            ),
            MigrationCase(
                "one value for all",
                provider,
                code,
                False,
                f"{same};",
                None,
                (
                    Locks(different, {"User": "AccessExclusiveLock"}),
                    Rewrites(different, "User", is_rewritten=True),
                    Rewrites(same.replace("createdAt", "x"), "User", is_rewritten=False),
                ),
                _TABLES,
                _ROWS,
            ),
        ]
    if provider == "mysql":
        return _rewritten_of_mysql()
    by_hand = 'CREATE INDEX "lower_email" ON "User"(lower("email"));\n' + (
        'CREATE TRIGGER "stamp" AFTER INSERT ON "User" BEGIN SELECT 1; END;\n'
    )
    left = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('lower_email', 'stamp')"
    columns = '"id" INTEGER NOT NULL PRIMARY KEY, "email" TEXT, "name" TEXT, "age" TEXT'
    names = '"id", "email", "name", "age"'
    return [
        MigrationCase(
            "a table made anew",
            provider,
            code,
            True,
            _made_anew(columns, names, names),
            None,
            (Finds('SELECT COUNT(*) FROM "User"', "2"), Finds(left, "0")),
            _TABLES + by_hand,
            _ROWS,
        ),
        MigrationCase(
            "a table that is left",
            provider,
            code,
            False,
            'ALTER TABLE "User" ADD COLUMN "nick" TEXT;',
            None,
            (Finds(left, "2"),),
            _TABLES + by_hand,
            _ROWS,
        ),
    ]


def transaction_cases(provider: Provider) -> list[MigrationCase]:
    """Return what stays of a script that fails, with a transaction of its own and without."""
    code = "explicit-transaction"
    add = 'ALTER TABLE "User" ADD COLUMN "extra" INTEGER;\n'
    fail = """INSERT INTO "User" ("id", "nothing") VALUES (3, 1);\n"""
    fails = _UNKNOWN_COLUMN[provider]
    stays = Finds('SELECT COUNT("extra") FROM "User"', "0")
    gone = Refuses('SELECT "extra" FROM "User"', "42703")
    if provider != "postgresql":
        framed = f"BEGIN;\n{add}{fail}COMMIT;\n"
        # On MySQL a change of a table commits; on SQLite it waits for the end.
        left = stays if provider == "mysql" else Refuses('SELECT "User"."extra" FROM "User"', fails)
        return [
            MigrationCase(
                "a failure before COMMIT",
                provider,
                code,
                provider == "mysql",
                framed,
                fails,
                (Takes("ROLLBACK"), left),
                _TABLES,
                _ROWS,
            ),
            MigrationCase(
                "a failure without",
                provider,
                code,
                False,
                add + fail,
                fails,
                (stays,),
                _TABLES,
                _ROWS,
            ),
        ]
    committed = f"BEGIN;\n{add}COMMIT;\n{fail}"
    framed = f"BEGIN;\n{add}{fail}COMMIT;\n"
    return [
        MigrationCase(
            "a failure between BEGIN and COMMIT",
            provider,
            code,
            True,
            framed,
            fails,
            (Refuses("SELECT 1", "25P02"), Takes("ROLLBACK"), gone),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a failure behind COMMIT alone",
            provider,
            code,
            True,
            f"{add}COMMIT;\n{fail}",
            fails,
            (stays,),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "COMMIT at the end", provider, code, False, f"{add}COMMIT;", None, (stays,), _TABLES
        ),
        MigrationCase(
            "ROLLBACK", provider, code, True, f"{add}ROLLBACK;", None, (gone,), _TABLES, _ROWS
        ),
        MigrationCase(
            "a failure behind COMMIT",
            provider,
            code,
            True,
            committed,
            fails,
            # What was committed fails when the script is run again.
            (stays, Refuses(committed, "42701"), Takes("ROLLBACK")),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a failure without", provider, code, False, add + fail, fails, (gone,), _TABLES, _ROWS
        ),
    ]


def renamed_column_cases(provider: Provider) -> list[MigrationCase]:
    """Return a column that is asked for by its old name."""
    code = "renames-column"
    old = 'SELECT "name" FROM "User"'
    rename = 'ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";'
    add = 'ALTER TABLE "User" ADD COLUMN "fullName" VARCHAR(100);'
    refused = Refuses(old, _UNKNOWN_COLUMN[provider])
    if provider == "sqlite":
        # What is no column is text in double quotes there.
        refused = Refuses('SELECT "User"."name" FROM "User"', "SQLITE_ERROR")
    return [
        MigrationCase("renamed", provider, code, True, rename, None, (refused,), _TABLES, _ROWS),
        MigrationCase("added", provider, code, False, add, None, (Takes(old),), _TABLES, _ROWS),
    ]


def renamed_table_cases(provider: Provider) -> list[MigrationCase]:
    """Return a table that is asked for by its old name, without and with a view of that name."""
    code = "renames-table"
    old = Finds('SELECT "name" FROM "User" WHERE "id" = 1', "Ann")
    rename = 'ALTER TABLE "User" RENAME TO "Account";'
    view = 'CREATE VIEW "User" AS SELECT * FROM "Account"'
    refused = Refuses(old.query, _UNKNOWN_TABLE[provider])
    return [
        MigrationCase(
            "renamed",
            provider,
            code,
            True,
            rename,
            None,
            (refused, Takes(view), old),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a view of the old name",
            provider,
            code,
            False,
            f"{rename}\n{view};",
            None,
            (old,),
            _TABLES,
            _ROWS,
        ),
        MigrationCase(
            "a view of the new name",
            provider,
            code,
            False,
            'CREATE VIEW "Account" AS SELECT * FROM "User";',
            None,
            (old,),
            _TABLES,
            _ROWS,
        ),
    ]


def added_cascade_cases(provider: Provider) -> list[MigrationCase]:
    """Return the delete of a parent before and after its key cascades."""
    if provider == "sqlite":
        return _added_cascades_of_sqlite()
    code = "cascade-added"
    refused = "23503" if provider == "postgresql" else "1451"
    delete = 'DELETE FROM "User"'
    gone = Finds('SELECT COUNT(*) FROM "Post"', "0")
    keyed = f"{_TABLES}{_NO_ACTION};"
    return [
        MigrationCase(
            "cascades now",
            provider,
            code,
            True,
            f"{_GONE_KEY[provider]}{_NO_ACTION} ON DELETE CASCADE;",
            None,
            (Takes(delete), gone),
            keyed,
            _KEYED_ROWS,
        ),
        MigrationCase(
            "clears",
            provider,
            code,
            False,
            f"{_GONE_KEY[provider]}{_NO_ACTION} ON DELETE SET NULL;",
            None,
            (Takes(delete), replace(gone, found="1")),
            keyed,
            _KEYED_ROWS,
        ),
        MigrationCase(
            "as before",
            provider,
            code,
            False,
            'ALTER TABLE "User" ADD COLUMN "nick" VARCHAR(9);',
            None,
            (Refuses(delete, refused),),
            keyed,
            _KEYED_ROWS,
        ),
    ]


def _added_cascades_of_sqlite() -> list[MigrationCase]:
    """Return a table made anew with a key that does something else when its parent goes."""
    key = 'FOREIGN KEY ("authorId") REFERENCES "User"("id")'
    names = '"id", "authorId"'
    columns = f'"id" INTEGER NOT NULL PRIMARY KEY, "authorId" INTEGER, {key}'
    user = 'CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY);\n'
    before = f'{user}CREATE TABLE "Post" ({columns});\n'
    gone = Finds('SELECT COUNT(*) FROM "Post"', "0")
    delete = Takes('PRAGMA foreign_keys=ON;\nDELETE FROM "User"')
    return [
        MigrationCase(
            action,
            "sqlite",
            "cascade-added",
            is_reported,
            _made_anew(f"{columns} ON DELETE {action}", names, names)
            .replace('User"', 'Post"')
            .replace('REFERENCES "Post"', 'REFERENCES "User"'),
            None,
            (delete, replace(gone, found=left)),
            before,
            _KEYED_ROWS,
        )
        for action, is_reported, left in (("CASCADE", True, "0"), ("SET NULL", False, "1"))
    ]


# ---- what schema and migrations say differently ----

_TAG = "model Tag {\n  id Int @id\n  name String?\n}\n"
_TEXT: Mapping[Provider, str] = {"postgresql": "TEXT", "sqlite": "TEXT", "mysql": "VARCHAR(191)"}


def _tag(provider: Provider, more: str = "") -> str:
    key = "" if provider == "sqlite" else ',\n    CONSTRAINT "Tag_pkey" PRIMARY KEY ("id")'
    own = " PRIMARY KEY" if provider == "sqlite" else ""
    return (
        f'CREATE TABLE "Tag" (\n    "id" INTEGER NOT NULL{own},\n'
        f'    "name" {_TEXT[provider]}{more}{key}\n);\n'
    )


def leftover_cases(provider: Provider) -> list[MigrationCase]:
    """Return a required column of which the schema, and so the client, knows nothing."""
    code = "leftover-in-migrations"
    insert = 'INSERT INTO "Tag" ("id") VALUES (1)'
    fails: Mapping[Provider, str] = {
        "postgresql": "23502",
        "sqlite": "SQLITE_CONSTRAINT_NOTNULL",
        "mysql": "1364",
    }
    required = _tag(provider, ',\n    "slug" INTEGER NOT NULL')
    return [
        MigrationCase(
            "a required column",
            provider,
            code,
            True,
            required,
            steps=(Refuses(insert, fails[provider]),),
            schema=_TAG,
        ),
        MigrationCase(
            "none", provider, code, False, _tag(provider), steps=(Takes(insert),), schema=_TAG
        ),
    ]


def unmigrated_cases(provider: Provider) -> list[MigrationCase]:
    """Return a column of the schema that no migration makes, and what asks for it."""
    code = "unmigrated-change"
    schema = _TAG.replace("}", "  size Int?\n}")
    asked = 'SELECT "Tag"."size" FROM "Tag"'
    return [
        MigrationCase(
            "a column",
            provider,
            code,
            True,
            _tag(provider),
            steps=(Refuses(asked, _UNKNOWN_COLUMN[provider]),),
            schema=schema,
        ),
        MigrationCase(
            "made",
            provider,
            code,
            False,
            _tag(provider, ',\n    "size" INTEGER'),
            steps=(Takes(asked),),
            schema=schema,
        ),
    ]
