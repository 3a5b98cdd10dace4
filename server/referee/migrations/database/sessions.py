"""What a script leaves behind in its session for the scripts that run in it afterwards.

Prisma's engine runs all pending migrations of a deploy over one connection, and writes into
`_prisma_migrations` over the same one between them (`apply_migrations.rs` of prisma-engines; the
connectors keep their first connection as `State::Connected`). So a setting that a script does not
take back holds for the rest of its deploy, and in no later one. This module deliberately does not
decide what that means for a migration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from referee.ddl.quoting import quote_text
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.statements import Dialect, split_statements, tokens_of
from referee.text.lines import LINE_END

# What is remembered of a session: settings by their names, other things in words.
State = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Left:
    """Something of its session that a migration left changed, and the line that changes it.

    `usual` is what it is in a new session, None where there is no such thing.
    """

    migration: str
    what: str
    value: str
    usual: str | None
    line: int | None = None

    @property
    def is_setting(self) -> bool:
        """Whether it is a setting of the server's, rather than a table or a variable."""
        return " " not in self.what and not self.what.startswith("@")

    def __str__(self) -> str:
        if " " in self.what:
            return f"{self.what} ({self.value})" if self.value else self.what
        return f"`{self.what} = {self.value or repr('')}`"


# Statements that change a session, and words by which other statements may. Most scripts have none
# of them, which a look at the text tells; only the others are cut into their statements.
_HEADS = frozenset(
    {"SET", "RESET", "DISCARD", "PRAGMA", "ATTACH", "DETACH", "USE", "PREPARE", "CALL"}
)
_WORDS = re.compile(
    r"\bset_config\b|\btemp(?:orary)?\b"
    r"|(?:;|\bbegin|\bthen|\belse|\bloop)\s*set\s+\w|\bexecute\b[^;]*\bset\s",
    re.IGNORECASE,
)
# A statement begins on a line, or behind another one or a comment.
_HEAD_SOMEWHERE = re.compile(
    rf"(?:^|[;/])\s*(?:{'|'.join(sorted(_HEADS))})\b", re.IGNORECASE | re.MULTILINE
)
_VARIABLE = re.compile(r"@\w")


def may_leave_something(script: str, dialect: Dialect) -> bool:
    """Tell whether a script may change its session; what it says of one that may is no proof."""
    if _WORDS.search(script) or (dialect == "mysql" and _VARIABLE.search(script)):
        return True
    if _HEAD_SOMEWHERE.search(script) is None:
        return False
    return any(
        next(tokens_of(statement.of(script), dialect)).word in _HEADS
        for statement in split_statements(script, dialect)
    )


def session_state(connection: Connection, scripts: Iterable[str] = ()) -> State:
    """Return what is special to a session; `scripts` tell names that a server does not list."""
    if connection.dialect == "mysql":
        return _state_of_mysql(connection, scripts)
    if connection.dialect == "sqlite":
        return _state_of_sqlite(connection)
    return _state_of_postgresql(connection, scripts)


def left_behind(
    migration: str, script: str, usual: State, before: Iterable[Left], now: State
) -> tuple[Left, ...]:
    """Return what is not as usual after a script, each by the migration that changed it last."""
    known = {each.what: each for each in before}
    found: list[Left] = []
    for what in sorted({*usual, *now}):
        value = now.get(what)
        if value == usual.get(what):
            continue
        shown = "its default" if value is None else value
        old = known.get(what)
        if old is not None and old.value == shown:
            found.append(old)
        else:
            line = _line_of(what, script)
            found.append(Left(migration, what, shown, usual.get(what), line))
    return tuple(found)


def put_back(left: Left, dialect: Dialect) -> str | None:
    """Return the statement that makes a setting what it usually is; None for what is none."""
    if not left.is_setting:
        return None
    if dialect == "sqlite":
        return f"PRAGMA {left.what} = {left.usual};"
    if dialect == "mysql":
        return f"SET SESSION {left.what} = DEFAULT;"
    if left.usual is not None and left.what != "role":
        # What the connection itself set, as the schema of a URL, a reset would lose as well.
        return f"SET {left.what} = {left.usual};"
    return f"RESET {left.what};"


def set_again(left: Left, dialect: Dialect) -> str | None:
    """Return the statement that makes a setting what was left; None where there is none."""
    if not left.is_setting or dialect != "postgresql" or left.what == "role":
        return None
    name, value = (quote_text("postgresql", each) for each in (left.what, left.value))
    return f"SELECT pg_catalog.set_config({name}, {value}, false);"


def refusal_of_note(connection: Connection, beside: Connection) -> DatabaseError | None:
    """Return why Prisma cannot write into its table in a session; None if it can.

    `beside` is a usual session in the same database, which makes the table and drops it again.
    """
    quote = "`" if connection.dialect == "mysql" else '"'
    table = f"{quote}_prisma_migrations{quote}"
    try:
        beside.execute(f"CREATE TABLE {table} (applied_steps_count INTEGER)")
    except DatabaseError:
        # The scripts made one themselves, or nobody else may write now.
        return None
    try:
        connection.execute(f"UPDATE {table} SET applied_steps_count = 1")
        if connection.is_in_transaction:
            connection.execute("ROLLBACK")
            return DatabaseError(
                "the session commits nothing by itself, so what Prisma writes into "
                "_prisma_migrations is lost"
            )
    except DatabaseError as error:
        return error
    finally:
        beside.execute(f"DROP TABLE {table}")
    return None


def _line_of(what: str, script: str) -> int | None:
    """Return the last line that names something."""
    if what == _DATABASE:
        what = "use"
    name = re.escape(what.rpartition("`")[0].rpartition("`")[2] or what)
    pattern = re.compile(rf"(?<!\w){name}(?!\w)", re.IGNORECASE)
    lines = [n for n, text in enumerate(LINE_END.split(script), 1) if pattern.search(text)]
    return lines[-1] if lines else None


# ---- PostgreSQL ----

# What only changes how a server tells things, and how long it waits for others.
_WITHOUT_EFFECT = (
    "application_name", "client_min_messages", "extra_float_digits", "bytea_output",
    "log_min_messages", "log_statement", "log_min_duration_statement", "lock_timeout",
    "statement_timeout", "transaction_timeout", "idle_session_timeout",
    "idle_in_transaction_session_timeout", "deadlock_timeout",
)  # fmt: skip
_OF_POSTGRESQL = f"""
SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session'
  AND setting IS DISTINCT FROM reset_val AND name NOT IN {_WITHOUT_EFFECT!r}
UNION ALL SELECT 'role', current_user::text
UNION ALL SELECT 'the temporary table `' || relname || '`', '' FROM pg_catalog.pg_class
  WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relkind IN ('r', 'v', 'S')
"""
# The server lists no settings whose names have a dot.
_OWN_SETTING = re.compile(
    r"\bset\s+(?:session\s+|local\s+)?([a-z_]\w*\.\w+)|\bset_config\s*\(\s*'([a-z_]\w*\.\w+)'",
    re.IGNORECASE,
)


def _state_of_postgresql(connection: Connection, scripts: Iterable[str]) -> State:
    if connection.server.product != "PostgreSQL":
        return {}
    found = {str(name): str(value) for name, value in connection.query(_OF_POSTGRESQL)}
    names = {a or b for script in scripts for a, b in _OWN_SETTING.findall(script)}
    for name in sorted(names):
        value = connection.query("SELECT pg_catalog.current_setting(%s, true)", (name,))[0][0]
        if value:
            found[name] = str(value)
    return found


# ---- MySQL ----

# What every statement may change, and how long the server waits.
_RESTLESS = frozenset(
    {"timestamp", "identity", "last_insert_id", "insert_id", "rand_seed1", "rand_seed2",
     "error_count", "warning_count", "in_transaction", "pseudo_thread_id", "last_gtid",
     "gtid_seq_no", "statement_id", "gtid_next", "rand_seed", "lock_wait_timeout",
     "innodb_lock_wait_timeout", "max_statement_time", "max_execution_time", "wait_timeout",
     "interactive_timeout", "net_read_timeout", "net_write_timeout"}
)  # fmt: skip
_USER_VARIABLES = (
    "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM information_schema.USER_VARIABLES",
    "SELECT v.VARIABLE_NAME, v.VARIABLE_VALUE FROM performance_schema.user_variables_by_thread v"
    " JOIN performance_schema.threads t USING (THREAD_ID) WHERE t.PROCESSLIST_ID = CONNECTION_ID()",
)
_OWN_VARIABLE = "referee_state"
_DATABASE = "the database in use"
_TEMPORARY = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?temporary\s+table\s+(?:if\s+not\s+exists\s+)?`?(\w+)`?", re.I
)


def _state_of_mysql(connection: Connection, scripts: Iterable[str]) -> State:
    found = {
        str(name): str(value)
        for name, value in connection.query("SHOW SESSION VARIABLES")
        if str(name) not in _RESTLESS
    }
    found[_DATABASE] = str(connection.query("SELECT DATABASE()")[0][0])
    for listing in _USER_VARIABLES:
        with suppress(DatabaseError):
            for name, value in connection.query(listing):
                if name != _OWN_VARIABLE:
                    shown = value.decode(errors="replace") if isinstance(value, bytes) else value
                    found[f"@{name}"] = str(shown)
            break
    for name in sorted({name for script in scripts for name in _TEMPORARY.findall(script)}):
        with suppress(DatabaseError):
            made = str(connection.query(f"SHOW CREATE TABLE `{name}`")[0][1])
            if made.startswith("CREATE TEMPORARY"):
                found[f"the temporary table `{name}`"] = ""
    return found


# ---- SQLite ----

# The pragmas that change what a script does and that no file remembers.
_PRAGMAS = (
    "defer_foreign_keys", "foreign_keys", "ignore_check_constraints", "legacy_alter_table",
    "query_only", "recursive_triggers", "trusted_schema", "writable_schema",
)  # fmt: skip


def _state_of_sqlite(connection: Connection) -> State:
    found: dict[str, str] = {}
    for name in _PRAGMAS:
        rows = connection.query(f"PRAGMA {name}")
        if rows:
            found[name] = str(rows[0][0])
    for (name,) in connection.query("SELECT name FROM sqlite_temp_master WHERE type <> 'index'"):
        found[f"the temporary table `{name}`"] = ""
    for _, name, _ in connection.query("PRAGMA database_list"):
        if name not in ("main", "temp"):
            found[f"the attached database `{name}`"] = ""
    return found
