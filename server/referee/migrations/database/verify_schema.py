"""Compares a migrated database with the one that the schema makes.

Both are read through the same catalog queries.
"""

from __future__ import annotations

from referee.ddl.model import DatabaseModel
from referee.ddl.of_schema import SchemaDatabase
from referee.ddl.quoting import quote_name, quote_path
from referee.ddl.sql import create_script
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
