"""Verifies small projects on throwaway databases, of which each worker starts one of a kind."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache

from referee.ddl.of_schema import database_of
from referee.migrations.database.binaries import HOW_TO_GET_MYSQL, HOW_TO_GET_POSTGRESQL
from referee.migrations.database.statements import Dialect
from referee.migrations.database.throwaway import ThrowawayServer, throwaway_server
from referee.migrations.database.verify import verify
from referee.migrations.database.verify_run import OwnRows, Plan, Verified
from referee.migrations.evidence import read_history
from referee.migrations.history import history_of
from referee.migrations.judging import compared
from referee.migrations.verification import RowsCase, Verification
from referee.schema.providers import Provider
from tests.migrations.cases import view_of
from tests.support.databases import mysql_installation, postgresql_installation
from tests.support.needs import need


def server_of(dialect: Dialect) -> ThrowawayServer:
    """Return the server of this worker; skip or fail the test where there is none."""
    if dialect == "postgresql":
        need("PostgreSQL", HOW_TO_GET_POSTGRESQL, postgresql_installation() is not None)
    elif dialect == "mysql":
        need("MariaDB or MySQL", HOW_TO_GET_MYSQL, mysql_installation() is not None)
    return _started(dialect)


@cache
def _started(dialect: Dialect) -> ThrowawayServer:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(throwaway_server(dialect))


def verified(
    schema: str,
    *scripts: str | bytes,
    provider: Provider = "postgresql",
    chosen: int | None = 1,
    own_rows: tuple[str, int] | None = None,
    own_downs: Mapping[str, str] | None = None,
    server: ThrowawayServer | None = None,
    namespace: str | None = None,
) -> Verified:
    """Verify migrations `0_m`, `1_m`, ...; the last `chosen` are rehearsed, or all of them."""
    files = {
        f"{number}_m/migration.sql": script if isinstance(script, bytes) else script.encode()
        for number, script in enumerate(scripts)
    }
    history = history_of("migrations", files)
    head = f'datasource db {{\n  provider = "{provider}"\n}}\n'
    meant = database_of(view_of(head + schema)) if schema else None
    evidence = compared(read_history(history, provider), meant)
    names = [migration.name for migration in history.migrations]
    plan = Plan(
        evidence,
        meant,
        frozenset(names if chosen is None else names[len(names) - chosen :]),
        own_rows=None if own_rows is None else OwnRows(own_rows[0], f"{own_rows[1]}_m"),
        own_downs=own_downs or {},
        namespace=namespace,
    )
    dialect: Dialect = "mysql" if provider == "mysql" else "postgresql"
    if provider == "sqlite":
        dialect = "sqlite"
    return verify(plan, server or server_of(dialect))


def broken_kinds(found: Verification) -> dict[str, str | None]:
    """Return the kinds of rows on which the last migration fails, with the code of the refusal."""
    return {
        case.kind: None if case.failure is None else case.failure.sqlstate
        for case in found.migrations[-1].rows
        if not case.is_ok
    }


def case_of(found: Verification, kind: str) -> RowsCase:
    """Return what happened to the last migration on rows of a kind."""
    return next(case for case in found.migrations[-1].rows if case.kind == kind)
