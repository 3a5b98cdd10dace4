"""Compares a migrated database with the one that the schema makes.

Both are read through the same catalog queries.
"""

from __future__ import annotations

from dataclasses import replace

from referee.ddl.model import Column, DatabaseModel, SqlType, Table
from referee.ddl.of_schema import SchemaDatabase
from referee.ddl.quoting import quote_name, quote_path
from referee.ddl.sql import create_script
from referee.ddl.types import has_scalar
from referee.migrations.database.catalog import catalog_of
from referee.migrations.database.connection import Connection, DatabaseError
from referee.migrations.database.verify_run import Run
from referee.migrations.difference import Change, difference
from referee.migrations.verification import Omission


def compare(run: Run, made: DatabaseModel) -> tuple[Change, ...] | None:
    """Return what differs between the migrated database and the one the schema makes."""
    meant = run.plan.meant
    if meant is None:
        why = (
            "What the schema means is not known: it names no provider, another one than the "
            "migrations are for, or has lines that cannot be read."
        )
        run.omissions.append(Omission("the comparison with the schema", why))
        return None
    run.tell("comparing with the schema", 0, 1)
    found = _database_of_schema(run, meant, made)
    if found is None:
        found = meant.model
    elif made.provider == "postgresql":
        found = _with_domains(found, meant.model)
    return difference(
        made,
        found,
        external=run.plan.external,
        join_table_form=run.plan.join_table_form,
    )


def _database_of_schema(
    run: Run, meant: SchemaDatabase, made: DatabaseModel
) -> DatabaseModel | None:
    """Return the catalog of the database that the schema's own SQL makes.

    Where that SQL needs what only the migrations make, functions for example, it runs in a
    database in which the migrations ran and from which tables and enums were taken away. None
    where it does not run there either.
    """
    script = create_script(meant.model, meant.extensions, search_path=meant.search_path)
    with run.workshop.fresh() as database, run.workshop.open(database) as connection:
        try:
            _make_extensions(connection, made.extensions | meant.model.extensions)
            connection.run_script(script)
            return catalog_of(connection)
        except DatabaseError as error:
            first = error
    if made.provider in ("postgresql", "cockroachdb"):
        with (
            run.workshop.state_after(run.plan.scripts) as database,
            run.workshop.open(database) as connection,
        ):
            try:
                _drop_tables(connection, made)
                connection.run_script(script)
                return catalog_of(connection)
            except DatabaseError as error:
                first = error
    run.omissions.append(
        Omission(
            "the schema's own SQL",
            f"It does not run here ({first}); the schema was compared as it is read instead.",
        )
    )
    return None


def _with_domains(found: DatabaseModel, written: DatabaseModel) -> DatabaseModel:
    """Return what the schema makes, with the domains that it says by `Unsupported("domain")`.

    A catalog has the type that a domain is of, and Prisma never takes the one for the other.
    """
    tables = dict(found.tables)
    for name, table in found.tables.items():
        columns = tuple(
            column
            if (domain := _domain_of(column, written.tables.get(name))) is None
            else replace(column, type=domain)
            for column in table.columns
        )
        if columns != table.columns:
            tables[name] = replace(table, columns=columns)
    return replace(found, tables=tables)


def _domain_of(column: Column, written: Table | None) -> SqlType | None:
    meant = None if written is None else written.column(column.name)
    if meant is None or meant.type.enum is not None or has_scalar("postgresql", meant.type):
        return None
    return meant.type if has_scalar("postgresql", column.type) else None


def _make_extensions(connection: Connection, extensions: frozenset[str]) -> None:
    if connection.dialect == "postgresql":
        for name in sorted(extensions):
            quoted = quote_name("postgresql", name)
            connection.run_script(f"CREATE EXTENSION IF NOT EXISTS {quoted} CASCADE")


def _drop_tables(connection: Connection, model: DatabaseModel) -> None:
    """Drop views, tables and enums, and leave functions and extensions."""
    for table in model:
        path = quote_path(model.provider, table.name, True)
        connection.run_script(f"DROP TABLE IF EXISTS {path} CASCADE")
    for enum in model.enums.values():
        path = quote_path(model.provider, enum.name, True)
        connection.run_script(f"DROP TYPE IF EXISTS {path} CASCADE")
