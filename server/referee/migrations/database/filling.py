"""Puts made-up rows into a database: those it refuses are changed until it takes them.

What constraints allow is tried out, on the words they are written in. Rows that break a constraint
NOT VALID are put in as they came to be: before there was the constraint.
It deliberately does not decide which rows a database is to hold.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from referee.ddl.model import DatabaseModel, Name, Table
from referee.ddl.quoting import quote_name, quote_path, quote_text
from referee.migrations.allowed_values import Constraint, candidates, changed, variations
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.rows import (
    FIRST_FREE_NUMBER,
    Row,
    checks_to_satisfy,
    counters_of,
    insert_statement,
    update_statement,
)
from referee.migrations.verification import kind_of_refusal
from referee.schema.providers import Provider

# How often a table is tried with other values before it is given up, and how many of its
# constraints are met one after the other.
_MOST_TRIALS = 400
_MOST_CONSTRAINTS = 6
_MOST_OTHERS = 60
# How many rows at least are sent with one message, whatever is refused.
_FEWEST_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Filled:
    """How many rows a database took, and why the tables took none that took none."""

    rows: int
    refusals: Mapping[Name, str]


@dataclass(slots=True)
class _Filling:
    """A database that is being filled: its constraints as far as known, and what it took."""

    connection: Connection
    model: DatabaseModel
    is_consistent: bool
    constraints: dict[Name, list[Constraint]] | None = None
    pleasing: dict[Name, dict[str, str]] = field(default_factory=dict)
    given_up: set[Name] = field(default_factory=set)
    taken: dict[Name, int] = field(default_factory=lambda: defaultdict(int))
    refusals: dict[Name, DatabaseError] = field(default_factory=dict)


def fill(
    connection: Connection,
    model: DatabaseModel,
    rows: Iterable[Row],
    *,
    is_consistent: bool = True,
) -> Filled:
    """Insert rows; one that is refused is tried again when others are there.

    Tables that refer to each other in a ring get their rows with NULL where that goes, and the
    values after it. Consistent rows differ where that goes, and no constraint NOT VALID keeps other
    rows out.
    """
    filling = _Filling(connection, model, is_consistent)
    # On PostgreSQL a refused row would end the transaction.
    is_one_transaction = connection.dialect != "postgresql"
    with contextlib.ExitStack() as stack:
        if not is_consistent and connection.dialect == "postgresql":
            stack.enter_context(_without_unvalidated(connection))
        if is_one_transaction:
            connection.execute("BEGIN")
            stack.callback(connection.execute, "COMMIT")
        _fill(filling, list(rows))
    return Filled(
        sum(filling.taken.values()),
        {
            name: error.message
            for name, error in filling.refusals.items()
            if name not in filling.taken
        },
    )


def _fill(filling: _Filling, left: list[Row]) -> None:
    late: list[Row] = []
    while left:
        count = len(left)
        left = _insert(filling, left)
        if left and len(left) == count:
            left = _please(filling, left)
        if left and len(left) == count:
            # Whoever refers to each other in a ring: what may be NULL is, until all are there.
            without = _insert(filling, [row for row in left if row.deferrable], is_deferred=True)
            deferred = [row for row in left if row.deferrable and row not in without]
            late += deferred
            left = [row for row in left if row not in deferred]
        if left and len(left) == count:
            left = _insert_at_once(filling, left)
        if len(left) == count:
            break
    for row in late:
        update = update_statement(filling.model.provider, row, filling.model.tables[row.table])
        if update is not None:
            with contextlib.suppress(DatabaseError):
                filling.connection.execute(update)
    _move_counters(filling.connection, filling.model)


def _insert(filling: _Filling, rows: Sequence[Row], *, is_deferred: bool = False) -> list[Row]:
    """Insert rows in their order, and return those that were refused."""
    provider = filling.model.provider
    todo = [_pleasing(filling, row) for row in rows]
    statements = [
        insert_statement(provider, row, without=row.deferrable if is_deferred else ())
        for row in todo
    ]
    refused: list[Row] = []
    # Only PostgreSQL takes many statements at once, and tells which of them it refused.
    is_single = filling.connection.dialect != "postgresql"
    # Where rows are refused, fewer go at once: those behind a refused one are sent again.
    size = len(rows)
    start = 0
    while start < len(rows):
        stop = start + 1 if is_single else min(start + size, len(rows))
        error = _refusal(filling.connection, statements[start:stop])
        size = size * 2 if error is None else max(size // 4, _FEWEST_AT_ONCE)
        if error is not None and stop > start + 1:
            if error.statement is None or start + error.statement >= stop:
                is_single = True
                continue
            # What stands before the refused row is sent once more.
            failed = start + error.statement
            if failed > start:
                again = _refusal(filling.connection, statements[start:failed])
                if again is not None:
                    is_single = True
                    continue
            for row in rows[start:failed]:
                filling.taken[row.table] += 1
            start, stop = failed, failed + 1
        if error is None:
            for row in rows[start:stop]:
                filling.taken[row.table] += 1
        else:
            filling.refusals[rows[start].table] = error
            refused.append(rows[start])
        start = stop
    return refused


def _refusal(connection: Connection, statements: Sequence[str]) -> DatabaseError | None:
    """Run a statement, or on PostgreSQL all of many or none; return why it was refused."""
    try:
        if len(statements) > 1:
            connection.run_script(";\n".join(statements))
        else:
            connection.execute(statements[0])
    except DatabaseError as error:
        return error
    return None


def _insert_at_once(filling: _Filling, rows: list[Row]) -> list[Row]:
    """Insert rows of keys that are looked at when a transaction ends."""
    if filling.connection.dialect != "postgresql":
        return rows
    left: list[Row] = []
    for number in dict.fromkeys(row.number for row in rows):
        together = [row for row in rows if row.number == number]
        statements = ["SET CONSTRAINTS ALL DEFERRED"]
        statements += [
            insert_statement(filling.model.provider, _pleasing(filling, row)) for row in together
        ]
        if _refusal(filling.connection, statements) is not None:
            left += together
            continue
        for row in together:
            filling.taken[row.table] += 1
    return left


# ---- what constraints allow ----


def _pleasing(filling: _Filling, row: Row) -> Row:
    values = filling.pleasing.get(row.table)
    return row if values is None else changed(row, values)


def _please(filling: _Filling, rows: Sequence[Row]) -> list[Row]:
    """Insert rows that constraints refused with other values, and return those still refused."""
    left: list[Row] = []
    for row in rows:
        if row.table in filling.given_up or not _is_taken_changed(filling, row):
            left.append(row)
        else:
            filling.taken[row.table] += 1
    return left


def _is_taken_changed(filling: _Filling, row: Row) -> bool:
    """Insert a row with other values, one constraint after the other; tell whether it is in."""
    connection, provider = filling.connection, filling.model.provider
    if (
        filling.is_consistent
        and row.table in filling.pleasing
        and _is_taken_otherwise(filling, row)
    ):
        return True
    tried = _pleasing(filling, row)
    error = _refusal(connection, [insert_statement(provider, tried)])
    if error is not None and not _is_about_a_constraint(error):
        # What pleased for one row may be taken where it has to be unique.
        tried = row
        error = _refusal(connection, [insert_statement(provider, row)])
    trials = 0
    for _ in range(_MOST_CONSTRAINTS):
        if error is None:
            break
        if not _is_about_a_constraint(error):
            return False
        count, better = _nearer(filling, tried, error)
        trials += count
        if better is None:
            break
        tried, error = better
        if trials > _MOST_TRIALS * 2:
            break
    if error is not None:
        filling.given_up.add(row.table)
        return False
    old = dict(row.values)
    filling.pleasing[row.table] = {
        name: value for name, value in tried.values if old[name] != value
    }
    return True


def _nearer(
    filling: _Filling, refused: Row, error: DatabaseError
) -> tuple[int, tuple[Row, DatabaseError | None] | None]:
    """Insert variations of a refused row until one is taken; return how many were tried.

    With them goes the one that was taken, else the first that another constraint refused, with
    that refusal.
    """
    provider, table = filling.model.provider, filling.model.tables[refused.table]
    constraints = _constraints_of(filling, refused.table)
    name = _constraint_of(error)
    named = [each for each in constraints if each.name is not None and each.name == name]
    better: tuple[Row, DatabaseError | None] | None = None
    trials = 0
    for other in islice(variations(provider, table, named or constraints, refused), _MOST_TRIALS):
        trials += 1
        refusal = _refusal(filling.connection, [insert_statement(provider, other)])
        if refusal is None:
            return trials, (other, None)
        is_another = _is_about_a_constraint(refusal) and _told(refusal) != _told(error)
        if better is None and is_another:
            better = (other, refusal)
    return trials, better


def _is_taken_otherwise(filling: _Filling, row: Row) -> bool:
    """Insert a row with other values than pleased before, so that rows are not all the same."""
    provider, table = filling.model.provider, filling.model.tables[row.table]
    used = filling.pleasing[row.table]
    others = (
        other
        for other in variations(
            provider, table, _constraints_of(filling, row.table), changed(row, used)
        )
        if not used.items() & set(other.values)
    )
    return any(
        _refusal(filling.connection, [insert_statement(provider, other)]) is None
        for other in islice(others, _MOST_OTHERS)
    )


_CODES_WITHOUT_PARTITION = ("1526", "1748")
_NAMED_CONSTRAINT = re.compile(
    r"CONSTRAINT `(?:[^`]+\.)?(?P<maria>[^`.]+)` failed|[Cc]heck constraint '(?P<mysql>[^']+)'"
    r"|CHECK constraint failed: (?P<sqlite>.+)"
)


def _is_about_a_constraint(error: DatabaseError) -> bool:
    kind = kind_of_refusal(error.sqlstate, error.code)
    return kind == "23514" or str(error.code) in _CODES_WITHOUT_PARTITION


def _constraint_of(error: DatabaseError) -> str | None:
    if error.constraint is not None:
        return error.constraint
    found = _NAMED_CONSTRAINT.search(error.message)
    return None if found is None else found[found.lastgroup or 0]


def _told(error: DatabaseError) -> tuple[str | None, str]:
    name = _constraint_of(error)
    return name, error.message if name is None else ""


def _constraints_of(filling: _Filling, name: Name) -> list[Constraint]:
    if filling.constraints is None:
        filling.constraints = {
            table.name: [Constraint(check.text, check.name) for check in table.checks]
            for table in filling.model
        }
        for owner, constraint in _constraints_beside(filling.connection):
            filling.constraints.setdefault(owner, []).append(constraint)
    return filling.constraints.get(name, [])


_PARTITIONS_OF_POSTGRESQL = """
WITH RECURSIVE above AS (
    SELECT inhrelid AS leaf, inhparent AS relation FROM pg_inherits
    UNION ALL
    SELECT a.leaf, i.inhparent FROM above a JOIN pg_inherits i ON i.inhrelid = a.relation
), of_relation AS (
    SELECT leaf, relation FROM above UNION ALL SELECT DISTINCT inhrelid, inhrelid FROM pg_inherits
)
SELECT n.nspname, r.relname, pg_get_partition_constraintdef(o.leaf)
FROM of_relation o JOIN pg_class r ON r.oid = o.relation JOIN pg_class l ON l.oid = o.leaf
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE l.relispartition AND pg_get_partition_constraintdef(o.leaf) IS NOT NULL
"""
_DOMAINS_OF_POSTGRESQL = """
SELECT n.nspname, r.relname, a.attname, k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_attribute a ON a.atttypid = k.contypid AND NOT a.attisdropped
JOIN pg_class r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = r.relnamespace WHERE k.contypid <> 0
"""
_PARTITIONS_OF_MYSQL = """
SELECT table_name, partition_method, partition_expression, partition_description
FROM information_schema.partitions
WHERE table_schema = DATABASE() AND partition_description IS NOT NULL
"""
_DOMAIN_VALUE = re.compile(r"\bVALUE\b")


def _constraints_beside(connection: Connection) -> Iterator[tuple[Name, Constraint]]:
    """Yield the constraints of partitions and domains, each with the table that they are for."""
    with contextlib.suppress(DatabaseError):
        if connection.dialect == "postgresql":
            for namespace, table, text in connection.query(_PARTITIONS_OF_POSTGRESQL):
                yield Name(namespace, table), Constraint(text)
            for namespace, table, column, name, text in connection.query(_DOMAINS_OF_POSTGRESQL):
                quoted = quote_name("postgresql", column).replace("\\", r"\\")
                yield Name(namespace, table), Constraint(_DOMAIN_VALUE.sub(quoted, text), name)
        elif connection.dialect == "mysql":
            for table, method, expression, bound in connection.query(_PARTITIONS_OF_MYSQL):
                yield Name(None, table), Constraint(f"{expression} {method} {bound}")


# ---- checks that a migration adds ----


def satisfy_checks(
    connection: Connection,
    before: DatabaseModel,
    after: DatabaseModel,
    *,
    keeps_nulls: bool = False,
) -> None:
    """Change rows until they satisfy the checks that a migration adds, as far as that is found.

    What fails then on consistent rows would fail on any. With `keeps_nulls`, columns that may be
    NULL stay as they are.
    """
    for table in before:
        later = after.tables.get(table.name)
        for check in () if later is None else checks_to_satisfy(table, later):
            _satisfy(connection, before.provider, table, check.text, keeps_nulls)


def _satisfy(
    connection: Connection, provider: Provider, table: Table, check: str, keeps_nulls: bool
) -> None:
    path = quote_path(provider, table.name, True)
    question = f"SELECT count(*) FROM {path} WHERE NOT ({check})"
    key = table.primary_key.columns if table.primary_key is not None else ()
    try:
        if not connection.query(question)[0][0]:
            return
    except DatabaseError:
        return
    for column in table.columns:
        if column.name in key or (keeps_nulls and column.is_nullable):
            continue
        quoted = quote_name(provider, column.name)
        for value in candidates(provider, column, [Constraint(check)], 0):
            connection.execute("BEGIN")
            try:
                connection.execute(f"UPDATE {path} SET {quoted} = {value} WHERE NOT ({check})")
                is_satisfied = not connection.query(question)[0][0]
            except DatabaseError:
                is_satisfied = False
            connection.execute("COMMIT" if is_satisfied else "ROLLBACK")
            if is_satisfied:
                return


# ---- constraints NOT VALID ----

_UNVALIDATED = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE NOT convalidated AND contype IN ('f', 'c') AND conrelid <> 0 AND conparentid = 0
"""


@contextmanager
def _without_unvalidated(connection: Connection) -> Iterator[None]:
    """Take constraints NOT VALID away, and put them back behind the rows."""
    found: list[tuple[str, str, str]] = []
    with contextlib.suppress(DatabaseError):
        for table, name, text in connection.query(_UNVALIDATED):
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            found.append((table, name, text))
    try:
        yield
    finally:
        for table, name, text in found:
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}")


# ---- counters ----


def _move_counters(connection: Connection, model: DatabaseModel) -> None:
    """Let what counts by itself go on behind the rows that were made up.

    SQLite and MySQL do that by themselves.
    """
    if connection.dialect != "postgresql":
        return
    calls = [
        f"pg_get_serial_sequence({quote_text('postgresql', quote_path('postgresql', table, True))},"
        f" {quote_text('postgresql', column)})"
        for table, column in counters_of(model)
    ]
    moves = [
        f"SELECT setval({call}, {FIRST_FREE_NUMBER}) WHERE {call} IS NOT NULL" for call in calls
    ]
    if moves and _refusal(connection, moves) is not None:
        for move in moves:
            _refusal(connection, [move])
