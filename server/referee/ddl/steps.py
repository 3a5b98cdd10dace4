"""The SQL that turns one database into another, as Prisma Migrate writes it.

Statements, their order and the warnings above them are in the manner of Prisma's schema engine; two
habits of it are left: a column whose type changes is cast, not dropped and made again, and what
stands in the way of a change (foreign keys, partial indexes) is taken away and put back.
It deliberately knows no Prisma schema and no files of migrations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from referee.ddl.difference import NO_RENAMES, Renames, difference, renamed_model
from referee.ddl.implied_indexes import without_implied_indexes
from referee.ddl.model import DatabaseModel
from referee.ddl.mysql_steps import mysql_statements
from referee.ddl.postgresql_steps import postgresql_statements
from referee.ddl.risks import risks_of
from referee.ddl.sql import Statement, Writer, script_of
from referee.ddl.sqlite_steps import sqlite_statements
from referee.schema.facts import Extension


@dataclass(frozen=True, slots=True)
class Script:
    """Statements, and sentences about what they may do to rows that are there."""

    statements: tuple[Statement, ...]
    warnings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to run."""
        return not self.statements

    @property
    def text(self) -> str:
        """The text of the migration, warnings on top."""
        return warnings_comment(self.warnings) + script_of(self.statements)


def change_script(
    before: DatabaseModel,
    after: DatabaseModel,
    *,
    renames: Renames = NO_RENAMES,
    extensions: Iterable[Extension] = (),
    search_path: str | None = "public",
    exact: bool = False,
) -> Script:
    """Return the script that turns `before` into `after`.

    Tables and columns in `renames` keep their rows; others of new names are new. `extensions` and
    `search_path` are as for `create_script`. `exact` restores also what Prisma takes for the same
    (see `ddl/difference.py`), as a way back has to. SQL Server has no scripts of changes.
    """
    if before.provider in ("sqlserver", "mongodb"):
        raise ValueError(f"there are no scripts of changes for {before.provider}")
    writer = Writer(before.provider, search_path)
    statements = list(_renaming(before, renames, writer))
    before = without_implied_indexes(renamed_model(before, renames))
    change = difference(before, without_implied_indexes(after), exact=exact)
    if before.provider == "sqlite":
        statements += sqlite_statements(change, writer)
    elif before.provider == "mysql":
        statements += mysql_statements(change, writer)
    else:
        statements += postgresql_statements(change, writer, tuple(extensions))
    return Script(tuple(statements), tuple(risks_of(change)))


def warnings_comment(warnings: Iterable[str]) -> str:
    """Return the comment above a migration that may hurt rows; nothing if none may."""
    lines = "\n".join(f"  - {warning.replace('*/', '* /')}" for warning in warnings)
    return f"/*\n  Warnings:\n\n{lines}\n\n*/\n" if lines else ""


def _renaming(before: DatabaseModel, renames: Renames, writer: Writer) -> Iterable[Statement]:
    for old, new in renames.tables.items():
        if old in before.tables and old != new:
            sql = f"ALTER TABLE {writer.path(old)} RENAME TO {writer.name(new.name)};"
            yield Statement("RenameTable", sql)
    for (table, old_column), new_column in renames.columns.items():
        sql = (
            f"ALTER TABLE {writer.path(table)} RENAME COLUMN {writer.name(old_column)}"
            f" TO {writer.name(new_column)};"
        )
        yield Statement("RenameColumn", sql)
