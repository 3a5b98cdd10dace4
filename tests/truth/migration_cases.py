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


MigrationStep: TypeAlias = Step | Locks | Rewrites


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
            for script, (before, providers) in _NOT_REFUSED.items()
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
    return [
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
            )
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
    code = "changes-column-type"
    if provider == "sqlite":
        return []
    if provider == "mysql":
        return [
            MigrationCase(
                "text to a number",
                provider,
                code,
                True,
                'ALTER TABLE "User" MODIFY "age" INTEGER;',
                ("1292", "1366"),
                before=_TABLES,
                rows=_ROWS,
            ),
            MigrationCase(
                "text to a shorter one",
                provider,
                code,
                True,
                'ALTER TABLE "User" MODIFY "email" VARCHAR(2);',
                ("1406", "1265"),
                before=_TABLES,
                rows=_ROWS,
            ),
        ]
    change = 'ALTER TABLE "User" ALTER COLUMN "{}" SET DATA TYPE {}'
    number = change.format("age", 'INTEGER USING "age"::integer')
    prices = """CREATE TABLE "Price" ("id" INTEGER NOT NULL PRIMARY KEY, "sum" DECIMAL(10,2));\n"""
    return [
        MigrationCase(
            "text to a number",
            provider,
            code,
            True,
            f"{number};",
            "22P02",
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "text to a shorter one",
            provider,
            code,
            True,
            change.format("email", "VARCHAR(2)") + ";",
            "22001",
            before=_TABLES,
            rows=_ROWS,
        ),
        MigrationCase(
            "a number to a shorter one",
            provider,
            code,
            True,
            'ALTER TABLE "Price" ALTER COLUMN "sum" SET DATA TYPE DECIMAL(10,0);',
            None,
            (Finds('SELECT "sum" FROM "Price"', "3"),),
            prices,
            """INSERT INTO "Price" VALUES (1, 2.75);""",
        ),
        MigrationCase(
            "text to a longer one",
            provider,
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


def rewritten_table_cases(provider: Provider) -> list[MigrationCase]:
    """Return columns for which a table is written anew, and what SQLite's way to do so loses."""
    code = "rebuilds-table"
    if provider == "postgresql":
        add = 'ALTER TABLE "User" ADD COLUMN "{}" {} NOT NULL DEFAULT {}'
        different = add.format("publicId", "UUID", "gen_random_uuid()")
        same = add.format("createdAt", "TIMESTAMP(3)", "CURRENT_TIMESTAMP")
        return [
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
    if provider != "sqlite":
        return []
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
    return [
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
        return []
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
