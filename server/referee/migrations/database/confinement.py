"""Tells of a script whether it reaches beyond the database it runs in.

It reads cautiously: what it cannot read, such as SQL that is put together while it runs, counts as
reaching beyond. It deliberately knows no server and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from referee.migrations.database.statements import Dialect, split_statements
from referee.migrations.sql.tokens import Token, source_text, tokenize
from referee.text.lines import line_starts


class LeavesDatabase(Exception):
    """A script reaches beyond the scratch database; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Whose SQL scripts are, on which product, and the PostgreSQL schemas they made so far.

    CockroachDB takes the first part of `a.b` for a database where it is no schema.
    """

    dialect: Dialect
    product: str
    namespaces: set[str] = field(default_factory=set)


def refuse_reaching(named: str, script: str, bounds: Bounds) -> None:
    """Raise LeavesDatabase if a script, which people know by a name, reaches beyond its database.

    The schemas that it makes are added to the bounds.
    """
    if bounds.dialect == "sqlite":
        return
    found = _first_reach(script, bounds)
    if found is not None:
        token, why = found
        line = len([start for start in line_starts(script) if start <= token.start])
        raise LeavesDatabase(
            f"{named} is not run on a server that a URL names: line {line} {why}. Without a URL, a "
            "throwaway server runs it."
        )


# ---- reading ----

_Reach = tuple[Token, str]
_UNREADABLE = "holds SQL that is put together while it runs, which cannot be read beforehand"


def _first_reach(script: str, bounds: Bounds) -> _Reach | None:
    dialect = bounds.dialect
    if dialect == "mysql":
        script = _with_run_comments(script)
    found = tokenize(dialect, script)
    if found.unfinished is not None:
        at = found.unfinished.start
        return Token("mark", "", at, at), "holds a quote or a comment that does not end"
    for statement in split_statements(script, dialect):
        tokens = [each for each in found.tokens if statement.start <= each.start < statement.end]
        reach = _reach_of(tokens, script, bounds)
        if reach is not None:
            return reach
    return None


def _with_run_comments(script: str) -> str:
    """Return a script in which comments that MySQL or MariaDB run are no comments."""
    while True:
        comments = tokenize("mysql", script).comments
        run = next((each for each in comments if each.text.startswith(("!", "M!"))), None)
        if run is None:
            return script
        head = 3 if run.text.startswith("!") else 4
        while script[run.start + head : run.start + head + 1].isdigit():
            head += 1
        body = script[run.start + head : run.end - 2]
        script = f"{script[: run.start]}{' ' * head}{body}  {script[run.end :]}"


def _reach_of(tokens: Sequence[Token], script: str, bounds: Bounds) -> _Reach | None:
    is_mysql = bounds.dialect == "mysql"
    for number, token in enumerate(tokens):
        if _begins_a_statement(tokens, number):
            words = [each.value if each.kind == "word" else "" for each in tokens[number:]]
            if (_reaches_mysql if is_mysql else _reaches_postgresql)(words):
                shown = " ".join(source_text(script, tokens[number : number + 4]).split())
                return token, f"is for the whole server or other databases (`{shown} ...`)"
    found = _own_to_mysql(tokens) if is_mysql else _own_to_postgresql(tokens, bounds)
    if found is not None:
        return found
    if is_mysql:
        return _other_database(tokens, frozenset(_VIRTUAL))
    if bounds.product == "CockroachDB":
        bounds.namespaces.update(_made_namespaces(tokens))
        return _other_database(tokens, bounds.namespaces | _NAMESPACES_OF_COCKROACH)
    return None


_BEFORE_A_STATEMENT = ("begin", "then", "else", "loop", "do", "atomic", "repeat")


def _begins_a_statement(tokens: Sequence[Token], number: int) -> bool:
    """Tell whether a statement may begin here, also one within a body."""
    if number == 0:
        return True
    before = tokens[number - 1]
    return (
        before.is_mark(";")
        or before.is_word(*_BEFORE_A_STATEMENT)
        or (before.is_mark(")") and _makes_a_routine(tokens))
    )


def _makes_a_routine(tokens: Sequence[Token]) -> bool:
    """Tell whether these make a routine, whose body may stand right behind its parentheses."""
    return tokens[0].is_word("create") and any(
        each.is_word("procedure", "function", "trigger", "event") for each in tokens[:8]
    )


# ---- what concerns the whole server ----

_MAKES = ("create", "drop", "alter")
_FILLERS = ("or", "replace", "if", "exists", "not", "undo")
_OF_ALL = ("database", "user", "role", "server", "tablespace")
_ALWAYS_MYSQL = frozenset(
    {"use", "grant", "revoke", "flush", "reset", "purge", "change", "kill", "shutdown", "restart",
     "stop", "install", "uninstall", "clone", "binlog", "xa", "cache", "backup"}
)  # fmt: skip
# Without a name the statement is about the database in use.
_OPTIONS_OF_DATABASE = ("default", "character", "charset", "collate", "encryption", "comment")


def _reaches_mysql(words: Sequence[str]) -> bool:
    """Tell of a statement of MySQL or MariaDB, by its words, whether it is for the server."""
    first = words[0]
    behind = [word for word in words[1:5] if word not in _FILLERS] or [""]
    if first in _MAKES:
        if first == "alter" and behind[0] in ("database", "schema"):
            return (behind[1:] or [""])[0] not in _OPTIONS_OF_DATABASE
        return behind[0] in (*_OF_ALL, "schema", "instance", "logfile", "resource")
    if first == "set":
        return (
            any(word in ("global", "persist", "persist_only", "sql_mode") for word in words)
            or any(word.startswith(("@@global", "@@persist")) for word in words)
            or any(word == "@@sql_mode" for word in words)
            or behind[0] in ("password", "default")
        )
    if first == "start":
        return behind[0] in ("slave", "replica", "group_replication", "all")
    if (first, behind[0]) in (("rename", "user"), ("lock", "instance"), ("import", "table")):
        return True
    return first in _ALWAYS_MYSQL


_ALWAYS_POSTGRESQL = frozenset(
    {"use", "load", "reassign", "backup", "restore", "export", "import", "checkpoint"}
)


def _reaches_postgresql(words: Sequence[str]) -> bool:
    """Tell of a statement of PostgreSQL or CockroachDB, by its words, whether it is for all."""
    first = words[0]
    behind = words[1] if len(words) > 1 else ""
    if first in _MAKES:
        return behind in (*_OF_ALL, "group", "system", "subscription", "owned") or (
            behind == "foreign" and words[2:3] == ["data"]
        )
    if first in ("grant", "revoke"):
        if "on" not in words:
            return True
        target = words[words.index("on") + 1 :][:1]
        return target in (["database"], ["tablespace"], ["parameter"], ["foreign"])
    if first in ("comment", "security"):
        target = words[words.index("on") + 1 :][:1] if "on" in words else []
        return target in (["database"], ["role"], ["tablespace"], ["subscription"])
    if first == "copy":
        return not {"stdin", "stdout"} & set(words)
    if first == "set":
        return behind in ("cluster", "database") or "standard_conforming_strings" in words
    return first in _ALWAYS_POSTGRESQL or (first, behind) == ("prepare", "transaction")


# ---- what each server has besides ----

_ENGINES_ELSEWHERE = ("federated", "connect", "spider")


def _own_to_mysql(tokens: Sequence[Token]) -> _Reach | None:
    for number, token in enumerate(tokens):
        behind = [each.value.lower() for each in tokens[number + 1 : number + 3]]
        if token.is_word("prepare") and behind[1:] == ["from"]:
            return token, _UNREADABLE
        if token.is_word("execute") and behind[:1] == ["immediate"]:
            return token, _UNREADABLE
        if token.is_word("into") and behind[:1] in (["outfile"], ["dumpfile"]):
            return token, "writes a file of the server"
        if token.is_word("soname"):
            return token, "loads a library into the server"
        if token.is_word("engine") and not set(_ENGINES_ELSEWHERE).isdisjoint(behind):
            return token, "makes a table whose rows are elsewhere"
    return None


_FAR_FUNCTIONS = (
    "dblink", "postgres_fdw", "file_fdw", "pg_read_", "pg_write_", "lo_import", "lo_export",
    "pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_drop_replication_slot",
    "schedule_in_database",
)  # fmt: skip
_UNTRUSTED = ("c", "plpythonu", "plpython2u", "plpython3u", "plperlu", "pltclu")


def _own_to_postgresql(tokens: Sequence[Token], bounds: Bounds) -> _Reach | None:
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.kind in ("word", "name") and token.value.lower().startswith(_FAR_FUNCTIONS):
            return token, f"uses `{token.value}`, which reaches beyond the database"
        if token.is_word("language") and after is not None and after.value in _UNTRUSTED:
            return token, "makes a function in a language that may do anything on the server"
    if not (tokens and (tokens[0].is_word("do") or _makes_a_routine(tokens))):
        return None
    for token in tokens:
        # Bodies are strings.
        if token.kind == "string":
            found = _first_reach(token.value, bounds) or _dynamic_reach(token.value, bounds)
            if found is not None:
                return token, found[1]
    return None


def _dynamic_reach(body: str, bounds: Bounds) -> _Reach | None:
    """Return an EXECUTE whose statement is not there to be read; one that is there is read."""
    tokens = tokenize("postgresql", body).tokens
    for number, token in enumerate(tokens):
        behind = tokens[number + 1 : number + 4]
        if not token.is_word("execute") or not behind:
            continue
        if behind[0].is_word("function", "procedure", "on"):
            continue
        is_format = behind[0].is_word("format") and len(behind) > 2
        text = behind[2] if is_format else behind[0]
        if text.kind != "string":
            return token, _UNREADABLE
        inner = tokenize("postgresql", text.value).tokens
        if len(inner) < 2 or any(each.is_mark("%") for each in inner[:2]):
            return token, _UNREADABLE
        found = _first_reach(text.value, bounds)
        if found is not None:
            return found
    return None


# ---- names of other databases ----

_TARGETS = (
    "table", "tables", "into", "join", "straight_join", "update", "references", "view",
    "procedure", "function", "trigger", "event", "call", "exists", "using", "ignore", "quick",
    "low_priority", "delete", "replace", "insert", "truncate", "handler", "to",
)  # fmt: skip
_ONLY_NAMES = ("drop", "rename", "truncate", "lock")
# Functions in whose parentheses FROM stands before a value.
_FROM_A_VALUE = ("extract", "trim", "substring", "substr", "position", "overlay")
_VIRTUAL = ("information_schema",)
_OF_ROWS = ("new", "old")
_NAMESPACES_OF_COCKROACH = frozenset({*_VIRTUAL, "public", "pg_catalog", "crdb_internal"})


def _made_namespaces(tokens: Sequence[Token]) -> Iterator[str]:
    if tokens[0].is_word("create") and len(tokens) > 2 and tokens[1].is_word("schema"):
        named = [each for each in tokens[2:6] if not each.is_word("if", "not", "exists")]
        yield from (each.value.lower() for each in named[:1])


def _other_database(tokens: Sequence[Token], within: Set[str]) -> _Reach | None:
    """Return a name that is qualified with what may be another database.

    It is not where the qualifier is `within` the database, nor where it stands elsewhere in the
    statement, as a table or an alias does.
    """
    known = {*_OF_ROWS, *_alone(tokens)}
    for number, token in enumerate(tokens[:-2]):
        if not _may_be_name(token) or not tokens[number + 1].is_mark("."):
            continue
        if not (_may_be_name(tokens[number + 2]) or tokens[number + 2].is_mark("*")):
            continue
        if token.value.startswith("@@") or (number and tokens[number - 1].is_mark(".")):
            continue
        value = token.value.lower()
        has_three_parts = len(tokens) > number + 4 and tokens[number + 3].is_mark(".")
        if value in within:
            continue
        if value not in known or has_three_parts or _is_target(tokens, number):
            named = f"{token.value}.{tokens[number + 2].value}"
            return token, f"names `{named}`, which may be of another database"
    return None


def _alone(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the names that stand without a qualifier and qualify nothing."""
    for number, token in enumerate(tokens):
        is_part = number > 0 and tokens[number - 1].is_mark(".")
        is_qualifier = number + 1 < len(tokens) and tokens[number + 1].is_mark(".")
        if _may_be_name(token) and not is_part and not is_qualifier:
            yield token.value.lower()


def _may_be_name(token: Token) -> bool:
    # A server may be set to read double quotes as those of a name.
    return token.kind in ("word", "name", "string")


def _is_target(tokens: Sequence[Token], number: int) -> bool:
    """Tell whether a name stands where a table, view or routine is named."""
    if tokens[0].is_word(*_ONLY_NAMES):
        return True
    before = tokens[number - 1] if number else None
    if before is None:
        return False
    if before.is_word("update"):
        return not (number > 1 and tokens[number - 2].is_word("key"))
    if before.is_word("from"):
        return not _is_within(tokens, number, _FROM_A_VALUE)
    return before.is_word(*_TARGETS)


def _is_within(tokens: Sequence[Token], number: int, functions: Sequence[str]) -> bool:
    """Tell whether the innermost parentheses around a token are those of a function."""
    depth = 0
    for at in range(number - 1, 0, -1):
        if tokens[at].is_mark(")"):
            depth += 1
        elif tokens[at].is_mark("("):
            if depth == 0:
                return tokens[at - 1].is_word(*functions)
            depth -= 1
    return False
