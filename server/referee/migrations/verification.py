"""What a verification of migrations on a database found, as values and as JSON.

Sentences here say what a refusal of the database means for a deployment and what helps. It
deliberately runs nothing and knows no server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from referee.ddl.model import DatabaseModel
from referee.migrations.rows import DESCRIPTIONS, RowKind
from referee.schema.providers import Provider

VERSION = 1

DownResult = Literal["exact", "data-loss", "failed"]
Evidence = Literal["database", "replay"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal of the database in a script of the migration `migration`.

    `sqlstate` holds the name of SQLite's result code where there is no SQLSTATE. `line` counts from
    1, `statement` is the first line of the statement that failed. With `is_of_server` the server
    lacks something, and another one would take the script. `kind` is the SQLSTATE by which
    PostgreSQL tells such a refusal.
    """

    migration: str
    message: str
    sqlstate: str | None = None
    line: int | None = None
    statement: str = ""
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    advice: str = ""
    is_of_server: bool = False
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `is_ok` is None for what was not run."""

    is_ok: bool | None = None
    failure: Failure | None = None


NOT_RUN = Outcome()


@dataclass(frozen=True, slots=True)
class RowsCase:
    """A migration applied to a database that holds rows of a kind, or the project's own rows.

    `rows` were taken by the database before it, and `empty_tables` took none.
    """

    kind: RowKind | Literal["own"]
    is_ok: bool
    rows: int = 0
    empty_tables: tuple[str, ...] = ()
    failure: Failure | None = None

    @property
    def description(self) -> str:
        """On which rows it was, to complete "fails on ..."."""
        return "your own rows" if self.kind == "own" else DESCRIPTIONS[self.kind]


@dataclass(frozen=True, slots=True)
class Down:
    """The way back from a migration, tried; `losses`, `warnings` and `gaps` are those of `Reverse`.

    `differences` says what the database has in another form after it than before the migration;
    with `fails_again` the failure is that of the migration, applied once more.
    """

    result: DownResult
    script: str = ""
    losses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    failure: Failure | None = None
    is_own: bool = False
    fails_again: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedMigration:
    """What was found about one migration; `is_chosen` tells that it was rehearsed.

    `apart` is how it ends where an earlier deploy applied the migrations before it; it is run only
    where that may differ, because one of them leaves something behind in the session of its deploy.
    `cause` says which one leaves what, and where it fails because of that.
    """

    name: str
    path: str
    is_chosen: bool = False
    milliseconds: float | None = None
    empty: Outcome = NOT_RUN
    apart: Outcome = NOT_RUN
    cause: str = ""
    rows: tuple[RowsCase, ...] = ()
    down: Down | None = None
    emulated: tuple[str, ...] = ()
    consequence: str = ""

    @property
    def breaks_on_rows(self) -> bool:
        """Whether it applies to an empty database and fails where rows are."""
        return any(not case.is_ok for case in self.rows)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the migrated database and the schema have in different forms.

    `path` and `line` say where, `code` is that of the rule which finds it without a database.
    """

    code: str
    message: str
    table: str | None = None
    columns: tuple[str, ...] = ()
    object: str | None = None
    type: str | None = None
    migration: str | None = None
    evidence: Evidence = "database"
    path: str | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Omission:
    """What was not run, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that a run found; `engine` is what the scripts ran on, None if nothing ran."""

    engine: str | None = None
    empty: Outcome = NOT_RUN
    rows: Outcome = NOT_RUN
    equals_schema: bool | None = None
    differences: tuple[Difference, ...] = ()
    down_up: DownResult | None = None
    migrations: tuple[VerifiedMigration, ...] = ()
    not_run: tuple[Omission, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def has_findings(self) -> bool:
        """Whether something is wrong."""
        return (
            self.empty.is_ok is False
            or self.rows.is_ok is False
            or self.equals_schema is False
            or self.down_up == "failed"
            or bool(self.differences)
            or any(each.apart.is_ok is False for each in self.migrations)
        )

    @property
    def was_run(self) -> bool:
        """Whether a database was asked at all."""
        return self.engine is not None


def verification_as_json(verification: Verification) -> dict[str, Any]:
    """Return the report as plain values, whose shape `verification.schema.json` states."""
    return {
        "version": VERSION,
        "engine": verification.engine,
        "empty": _outcome(verification.empty),
        "rows": _outcome(verification.rows),
        "equalsSchema": verification.equals_schema,
        "differences": [_difference(each) for each in verification.differences],
        "downUp": verification.down_up,
        "migrations": [_migration(each) for each in verification.migrations],
        "notRun": [{"what": each.what, "why": each.why} for each in verification.not_run],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    failure = outcome.failure
    return {
        "ok": outcome.is_ok,
        "failedAt": None if failure is None else failure.migration,
        "sqlstate": None if failure is None else failure.sqlstate,
        "line": None if failure is None else failure.line,
    }


def _migration(each: VerifiedMigration) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": each.name,
        "path": each.path,
        "rehearsed": each.is_chosen,
        "milliseconds": None if each.milliseconds is None else round(each.milliseconds, 1),
        "ok": each.empty.is_ok,
    }
    if each.empty.failure is not None:
        found["failure"] = _failure(each.empty.failure)
    if each.apart.is_ok is not None:
        found["apart"] = {"ok": each.apart.is_ok}
        if each.apart.failure is not None:
            found["apart"]["failure"] = _failure(each.apart.failure)
    if each.cause:
        found["cause"] = each.cause
    if each.emulated:
        found["emulated"] = list(each.emulated)
    if each.rows:
        found["rows"] = [_case(case) for case in each.rows]
    if each.down is not None:
        found["down"] = _down(each.down)
    if each.consequence:
        found["inProduction"] = each.consequence
    return found


def _case(case: RowsCase) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": case.kind, "ok": case.is_ok, "rows": case.rows}
    if case.empty_tables:
        found["emptyTables"] = list(case.empty_tables)
    if case.failure is not None:
        found["failure"] = _failure(case.failure)
    return found


def _down(down: Down) -> dict[str, Any]:
    found: dict[str, Any] = {"result": down.result}
    if down.is_own:
        found["file"] = True
    if down.losses:
        found["losses"] = list(down.losses)
    if down.warnings:
        found["warnings"] = list(down.warnings)
    if down.gaps:
        found["gaps"] = list(down.gaps)
    if down.differences:
        found["differences"] = list(down.differences)
    if down.failure is not None:
        found["failure"] = _failure(down.failure)
    return found


def _failure(failure: Failure) -> dict[str, Any]:
    known = {
        "sqlstate": failure.sqlstate,
        "line": failure.line,
        "message": failure.message,
        "statement": failure.statement,
        "table": failure.table,
        "column": failure.column,
        "constraint": failure.constraint,
        "advice": failure.advice,
    }
    return {key: value for key, value in known.items() if value not in (None, "")}


def _difference(each: Difference) -> dict[str, Any]:
    known: Mapping[str, Any] = {
        "code": each.code,
        "message": each.message,
        "table": each.table,
        "columns": list(each.columns),
        "object": each.object,
        "type": each.type,
        "migration": each.migration,
        "evidence": each.evidence,
        "path": each.path,
        "line": each.line,
        "column": each.column,
    }
    return {key: value for key, value in known.items() if value not in (None, "", [])}


# ---- what a refusal means ----

_NOT_NULL = frozenset(["23502", "SQLITE_CONSTRAINT_NOTNULL"])
_UNIQUE = frozenset(["23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"])
_KEY = frozenset(["23503", "SQLITE_CONSTRAINT_FOREIGNKEY"])
_CHECK = frozenset(["23514", "SQLITE_CONSTRAINT_CHECK"])
# MySQL's numbers of its errors, since 23000 stands for all of these.
_MYSQL_KINDS: Mapping[str, frozenset[str]] = {
    "1048": _NOT_NULL,
    "1138": _NOT_NULL,
    "1364": _NOT_NULL,
    "1265": _NOT_NULL,
    "1062": _UNIQUE,
    "1452": _KEY,
    "1451": _KEY,
    "1406": frozenset(["22001"]),
    "1264": frozenset(["22003"]),
    "3819": _CHECK,
    "4025": _CHECK,
}


def kind_of_refusal(sqlstate: str | None, code: str | None) -> str | None:
    """Return the SQLSTATE by which PostgreSQL would tell a refusal; what it is, if not known."""
    if code is not None and code in _MYSQL_KINDS:
        return next(each for each in sorted(_MYSQL_KINDS[code]) if each[:1].isdigit())
    for kind, names in (
        ("23502", _NOT_NULL),
        ("23505", _UNIQUE),
        ("23503", _KEY),
        ("23514", _CHECK),
    ):
        if sqlstate in names or code in names:
            return kind
    return sqlstate


def is_about_rows(sqlstate: str | None, code: str | None) -> bool:
    """Tell whether a refusal is because of what rows hold, so that an empty table would pass."""
    kind = kind_of_refusal(sqlstate, code)
    return kind is not None and kind[:2] in ("22", "23")


# A user who may not, or a database that may only be read: by SQLSTATE, and by MySQL's numbers.
_RIGHTS = frozenset({"42501", "25006", "1044", "1142", "1143", "1227", "1290", "1370", "1419"})


def is_about_rights(sqlstate: str | None, code: str | None) -> bool:
    """Tell whether a refusal is because of what the user of the connection may do."""
    return sqlstate in _RIGHTS or code in _RIGHTS


def moment_left_out(message: str) -> str | None:
    """Return the required column of MySQL whose rows would get the date 0000-00-00."""
    found = _OF_COLUMN.search(message) if _ZERO_DATE.search(message) else None
    return None if found is None else found["column"]


_ZERO_DATE = re.compile(r"'0000-00-00[^']*'")
_OF_COLUMN = re.compile(r"for column (?:`[^`]+`\.)*[`'](?P<column>[^`']+)[`']")


def advice_for(
    kind: str | None,
    table: str | None,
    column: str | None,
    before: DatabaseModel | None,
    message: str = "",
) -> str:
    """Return what helps against a refusal, as a sentence; empty where nothing general does.

    `before` is the database before the migration, which tells a new column from an old one.
    """
    where = f" of `{table}`" if table else ""
    if kind == "23502":
        found = None if before is None or table is None else before.table(table)
        was = None if found is None or column is None else found.column(column)
        named = f"`{column}`{where}" if column else f"the column{where}"
        # What MySQL calls truncated is a NULL, a value of an enum that goes, or one too long.
        if was is not None and message.startswith("Data truncated"):
            if was.type.values:
                filled = ", and fill those that are NULL" if was.is_nullable else ""
                return (
                    f"Change the rows that hold a value which {named} no longer has{filled}, "
                    "before its type changes."
                )
            change = "hange the values that the new type does not take, or choose a wider one."
            if not was.is_nullable:
                return f"C{change}"
            return f"Fill {named} where it is NULL if it becomes required, and c{change}"
        if found is not None and column is not None and was is None:
            return (
                f"Give {named} a DEFAULT, or add it without NOT NULL, fill it (backfill), and make "
                "it required in a second step."
            )
        return (
            f"Fill {named} where it is NULL (backfill: UPDATE ... SET ... WHERE ... IS NULL) "
            "before it becomes required."
        )
    if kind == "23505":
        return f"Merge or remove the rows{where} that are the same, before the index is made."
    if kind == "23503":
        return (
            f"Delete the rows{where} that refer to nothing, or let them refer to something, before "
            "the foreign key is added."
        )
    if kind == "23514":
        return f"Change the rows{where} that the check refuses, before it is added."
    if kind in ("22001", "22003"):
        return "Shorten the values that no longer fit, or choose a wider type."
    if kind == "22P02" and "enum" in message:
        return "Change the rows that have a value which the enum lacks, before the type changes."
    if kind == "42804" and "default for column" in message:
        return (
            "Drop the default first (ALTER COLUMN ... DROP DEFAULT), and set it again after the "
            "change of the type; USING is for the rows alone."
        )
    if kind == "42804" and "foreign key" in message:
        return "Make the column of the type that the column it refers to has."
    if kind in ("22007", "22008") and before is not None and before.provider == "mysql":
        return "Change the values that the new type does not take, or choose another type."
    if kind in ("22P02", "22007", "22008", "42804"):
        return "Write the cast out (USING ...), and change the values that it does not take."
    if kind == "55P04":
        return "Use the new value in a migration of its own: it has to be committed first."
    if kind == "25001":
        return "Let the statement stand alone in its migration: it runs in no transaction."
    return ""


def advice_for_added_column(message: str, table: str | None, column: str | None) -> str:
    """Return what helps where SQLite adds a column to an empty table alone (ALTER TABLE, 3.)."""
    named = f"`{column}` of `{table}`" if table and column else "the column"
    if "non-constant default" in message:
        return (
            f"Give {named} a constant DEFAULT, or make the table anew with the column (CREATE "
            "TABLE, INSERT INTO ... SELECT, DROP TABLE, ALTER TABLE ... RENAME TO)."
        )
    if "NOT NULL" in message:
        return (
            f"Give {named} a constant DEFAULT, or add it without NOT NULL, fill it (backfill), and "
            "make it required in a second migration, which makes the table anew."
        )
    return ""


_EXTENSION = re.compile(
    r'extension "(?P<name>[\w-]+)" (?:is not available|has no (?:installation|update))'
    r"|extension/(?P<file>[\w-]+)\.control"
)
_ROLE = re.compile(r'role "(?P<name>[^"]+)" does not exist')
_NOT_EMULATED = re.compile(r"(?P<what>.*) is not emulated")


def lack_of_server(product: str, code: str | None, message: str) -> str | None:
    """Return what a server lacks, as a sentence, if that is why it refused."""
    extension = _EXTENSION.search(message)
    if extension is not None:
        name = extension["name"] or extension["file"]
        version = " in the version" if "has no" in message else ""
        return (
            f"This server does not have the extension `{name}`{version} that the migration asks for"
        )
    role = _ROLE.fullmatch(message)
    if role is not None:
        # Roles belong to a server, and hosts such as Supabase bring some along.
        name = role["name"]
        return f"This server does not have the role `{name}`, and no earlier migration makes it"
    if _NOT_EMULATED.match(message):
        return message[:1].upper() + message[1:].rstrip(".")
    return _lack_of_mariadb(code, message) if product == "MariaDB" else None


# Functions of MySQL 8 that MariaDB 10.11 does not have (MySQL 8.4 manual, "Built-In Function and
# Operator Reference"; MariaDB 10.11.19 refuses each with 1305).
_MYSQL_ALONE = frozenset(
    [
        "any_value",
        "bin_to_uuid",
        "format_bytes",
        "grouping",
        "is_uuid",
        "json_storage_free",
        "json_storage_size",
        "regexp_like",
        "st_geohash",
        "st_latitude",
        "st_longitude",
        "statement_digest",
        "uuid_to_bin",
    ]
)
_UNKNOWN_FUNCTION = re.compile(
    r"FUNCTION (?:\S+\.)?(?P<missing>\w+) does not exist"
    r"|Function or expression '`?(?P<refused>\w+)`?\(",
    re.IGNORECASE,
)


def _lack_of_mariadb(code: str | None, message: str) -> str | None:
    """Return which function of MySQL a MariaDB lacks; 1305 and 1901 are the numbers for that."""
    found = _UNKNOWN_FUNCTION.search(message) if code in ("1305", "1901") else None
    if found is None:
        return None
    name = (found["missing"] or found["refused"]).lower()
    if name in _MYSQL_ALONE:
        return f"MariaDB, which stands in for MySQL here, lacks its function `{name}`"
    if found["missing"]:
        return f"MariaDB, which stands in for MySQL here, has no function `{name}`"
    return None


def consequence_of(
    provider: Provider, failure: Failure | None, cases: Iterable[RowsCase] = ()
) -> str:
    """Return what `prisma migrate deploy` does with a migration, as sentences."""
    stops = stop_of_deploy(provider)
    if failure is not None:
        return f"Fails on every database. {stops}"
    broken = [case for case in cases if not case.is_ok]
    if not broken:
        return ""
    if all(case.failure is not None and case.failure.line is None for case in broken):
        return "Applies, and leaves rows behind that break a foreign key."
    kinds = ", or ".join(case.description for case in broken)
    return f"Applies to an empty database, and fails on {kinds}. {stops}"


NOT_NOTED = (
    "Its statements run and stay applied, but Prisma cannot note that in `_prisma_migrations`, so "
    "`prisma migrate deploy` stops there (P1014 where the table is not found); the next deploy is "
    "refused (P3009) until the migration is resolved."
)


def stop_of_deploy(provider: Provider) -> str:
    """Return what `prisma migrate deploy` does where a migration fails."""
    is_whole = provider in ("postgresql", "cockroachdb")
    left = (
        "nothing of it stays, unless it says COMMIT itself"
        if is_whole
        else "the statements before the one that fails stay applied"
    )
    return (
        f"`prisma migrate deploy` stops there (P3018): {left}; the next deploy is refused (P3009) "
        "until the failed migration is resolved."
    )
