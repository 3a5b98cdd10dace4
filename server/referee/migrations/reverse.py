"""Writes the script that takes a migration back, and says which rows it cannot bring back.

What survives under another name is renamed back; all else is the way from the database after the
migration to the one before it. It deliberately runs nothing: whether the way back arrives is tried
on a database elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from referee.ddl.difference import difference
from referee.ddl.model import Column, DatabaseModel, Enum, Name, SqlType, Table
from referee.ddl.obstacles import mentions, texts_of
from referee.ddl.risks import is_widening
from referee.ddl.sql import Statement as Written
from referee.ddl.sql import Writer, script_of
from referee.ddl.steps import change_script, warnings_comment
from referee.migrations.evidence import MigrationEvidence, shown_name
from referee.migrations.replay import database_beside, replay
from referee.migrations.routines import (
    NO_ROUTINES,
    Routine,
    RoutineKind,
    change_of,
    changes_in,
    drop_statement,
    made_again,
    plain,
    routines_after,
)
from referee.migrations.sql.statements import (
    AlterAction,
    AlterTable,
    AttachPartition,
    ChangeColumn,
    CommentOn,
    CreateNamespace,
    CreateOtherType,
    DataChange,
    DoBlock,
    DropType,
    Opaque,
    OtherAction,
    PlacedStatement,
    RenameColumn,
    RenameEnumValue,
    RenameTable,
    RenameType,
    SetNamespace,
    SetTypeNamespace,
    Span,
    Statement,
)
from referee.rules.words import listed

FILE = "down.sql"


@dataclass(frozen=True, slots=True)
class Reverse:
    """The way back from a migration.

    `losses` are sentences about what was there before the migration and does not come back.
    `warnings` are about what was not there before it, and goes or is in the way.
    `gaps` are about what the way back leaves as it is.
    """

    statements: tuple[Written, ...]
    losses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to run."""
        return not self.statements

    def text(self, migration: str) -> str:
        """Return the text of the file; `migration` is the name of what it takes back."""
        head = f"-- Takes back the migration {migration}. Prisma never runs this file by itself.\n"
        body = script_of(self.statements) if self.statements else "-- There is nothing to run.\n"
        return head + warnings_comment((*self.losses, *self.warnings, *self.gaps)) + "\n" + body


def reverse_of(
    evidence: MigrationEvidence,
    *,
    search_path: str | None = None,
    routines: Mapping[Routine, str] = NO_ROUTINES,
    by_statement: bool = False,
) -> Reverse:
    """Return the way back from a migration, as far as its replay knows it.

    `routines` are the views, functions and triggers that were there before it, with the statements
    that made them.
    `by_statement` goes back statement by statement, which arrives also where one part of a
    migration depends on another in a way that the difference of the two ends does not show.
    Raises ValueError for SQL Server, for which no script of changes can be written.
    """
    provider = evidence.provider
    namespace = search_path if search_path is not None else evidence.default_namespace
    states = list(_states(evidence, by_statement=by_statement))
    stops = set(range(1, len(states))) if by_statement else _renames_that_stay(states)
    writer = Writer(provider, namespace)
    back: list[Written] = []
    warnings: list[str] = []
    end = states[-1].model
    for number in range(len(states) - 1, 0, -1):
        if number not in stops:
            continue
        here, before = states[number], states[number - 1]
        renaming = _renaming_back(here, before.model, writer)
        if renaming is None and not by_statement:
            continue
        script = change_script(
            _writable(end), _target(here.model, end), search_path=namespace, exact=True
        )
        back += script.statements
        warnings += script.warnings
        end = here.model
        if renaming is not None:
            back += renaming
            end = before.model
    script = change_script(
        _writable(end), _target(states[0].model, end), search_path=namespace, exact=True
    )
    back += script.statements
    warnings += script.warnings
    if any(state.model.views or state.model.triggers for state in states):
        back = [_past_views(each) for each in back]
    first, last = _routines_back(evidence, routines, changes_tables=bool(back))
    last += _types_back(evidence, writer)
    return Reverse(
        (*first, *_merged(back), *_unvalidated(evidence, writer), *last),
        tuple(dict.fromkeys(_what_stays_lost(evidence, namespace))),
        tuple(dict.fromkeys(warnings)),
        tuple(dict.fromkeys(_gaps(evidence, namespace, routines))),
    )


def _unvalidated(evidence: MigrationEvidence, writer: Writer) -> Iterator[Written]:
    """Yield what makes foreign keys again that were not valid for old rows before."""
    for table in evidence.before:
        after = evidence.after.tables.get(table.name)
        still = () if after is None else after.foreign_keys
        for key in table.foreign_keys:
            if key.is_validated or key.name is None or key in still:
                continue
            path, name = writer.path(table.name), writer.name(key.name)
            constraint = writer.foreign_key(table.name, key)
            sql = (
                f"ALTER TABLE {path} DROP CONSTRAINT {name};\n"
                f"ALTER TABLE {path} ADD {constraint} NOT VALID;"
            )
            yield Written("AddForeignKey", sql)


# ---- the states of the database between the statements ----


@dataclass(frozen=True, slots=True)
class _State:
    """The database after a statement; `statement` is None at the beginning."""

    model: DatabaseModel
    statement: Statement | None = None


def _states(evidence: MigrationEvidence, *, by_statement: bool = False) -> Iterator[_State]:
    """Yield the database at the beginning, and after every statement where that matters."""
    yield _State(evidence.before)
    flat = list(_flat(evidence.script.statements))
    if not by_statement and not any(_is_renaming(placed.statement) for placed in flat):
        yield _State(evidence.after)
        return
    model = evidence.before
    for placed in flat:
        if isinstance(placed.statement, _WITHOUT_EFFECT):
            continue
        model = replay(model, [placed], evidence.default_namespace).model
        yield _State(model, placed.statement)


_WITHOUT_EFFECT = (DataChange, CommentOn, Opaque)


def _flat(statements: Iterable[PlacedStatement]) -> Iterator[PlacedStatement]:
    """Yield statements with those of DO blocks, and ALTER TABLE in parts where one renames."""
    for placed in statements:
        statement = placed.statement
        if isinstance(statement, DoBlock):
            yield from _flat(statement.statements)
        elif isinstance(statement, AlterTable) and len(statement.actions) > 1:
            actions = [each for action in statement.actions for each in _split(action)]
            if any(_is_renaming(replace(statement, actions=(each,))) for each in actions):
                for action in actions:
                    yield _placed(replace(statement, actions=(action,)), placed.span)
            else:
                yield placed
        elif isinstance(statement, AlterTable):
            for action in _split(statement.actions[0]):
                yield _placed(replace(statement, actions=(action,)), placed.span)
        else:
            yield placed


def _placed(statement: Statement, span: Span) -> PlacedStatement:
    return PlacedStatement(statement, span, (span,))


def _split(action: AlterAction) -> tuple[AlterAction, ...]:
    """Return MySQL's CHANGE with another name as a renaming and a change."""
    if isinstance(action, ChangeColumn) and action.old_name != action.column.name:
        name = action.column.name
        return RenameColumn(action.old_name, name), replace(action, old_name=name)
    return (action,)


def _is_renaming(statement: Statement) -> bool:
    if isinstance(statement, AlterTable):
        return len(statement.actions) == 1 and isinstance(
            statement.actions[0], RenameTable | RenameColumn | SetNamespace
        )
    return isinstance(statement, RenameType | RenameEnumValue | SetTypeNamespace)


# ---- what survives under another name ----


@dataclass(slots=True)
class _Survivors:
    """Which tables, columns and enums of the beginning are still there, under which names now.

    `renamed` holds the numbers of the states that a renaming made, by what was renamed.
    """

    tables: dict[Name, Name | None] = field(default_factory=dict)
    columns: dict[tuple[Name, str], tuple[Name, str] | None] = field(default_factory=dict)
    enums: dict[Name, Name | None] = field(default_factory=dict)
    renamed: dict[object, list[int]] = field(default_factory=dict)


def _renames_that_stay(states: Sequence[_State]) -> set[int]:
    """Return the numbers of the states whose statement renamed what is still there at the end.

    SQLite's way to change a table and PostgreSQL's to take values from an enum also rename, but
    put something new in the place of the old.
    """
    found = _followed(states)
    here: set[object] = set()
    for origins in (found.tables.values(), found.enums.values(), found.columns.values()):
        here.update(origin for origin in origins if origin is not None)
    return {number for key, numbers in found.renamed.items() if key in here for number in numbers}


def _followed(states: Sequence[_State]) -> _Survivors:
    found = _Survivors()
    start = states[0].model
    found.tables = {name: name for name in start.tables}
    found.enums = {name: name for name in start.enums}
    found.columns = {
        (table.name, column.name): (table.name, column.name)
        for table in start
        for column in table.columns
    }
    for number in range(1, len(states)):
        before, after = states[number - 1].model, states[number].model
        statement = states[number].statement
        _follow_tables(found, number, before, after, statement)
        _follow_enums(found, number, before, after, statement)
    return found


def _changed_enum(before: DatabaseModel, after: DatabaseModel) -> Enum | None:
    return next(
        (enum for name, enum in before.enums.items() if after.enums.get(name) not in (None, enum)),
        None,
    )


def _follow_tables(
    found: _Survivors,
    number: int,
    before: DatabaseModel,
    after: DatabaseModel,
    statement: Statement | None,
) -> None:
    gone = [name for name in before.tables if name not in after.tables]
    come = [name for name in after.tables if name not in before.tables]
    renames = isinstance(statement, AlterTable) and isinstance(
        statement.actions[0], RenameTable | SetNamespace
    )
    if renames and len(gone) == len(come) == 1:
        old, new = gone[0], come[0]
        origin = found.tables.pop(old, None)
        found.tables[new] = origin
        for key in [key for key in found.columns if key[0] == old]:
            found.columns[new, key[1]] = found.columns.pop(key)
        if origin is not None:
            found.renamed.setdefault(origin, []).append(number)
        return
    for name in gone:
        found.tables.pop(name, None)
        for key in [key for key in found.columns if key[0] == name]:
            del found.columns[key]
    for name, table in after.tables.items():
        old_table = before.tables.get(name)
        if old_table is table or old_table is None:
            continue
        _follow_columns(found, number, old_table, table, statement)


def _follow_columns(
    found: _Survivors, number: int, before: Table, after: Table, statement: Statement | None
) -> None:
    had = {column.name for column in before.columns}
    has = {column.name for column in after.columns}
    gone, come = had - has, has - had
    renames = isinstance(statement, AlterTable) and isinstance(statement.actions[0], RenameColumn)
    if renames and len(gone) == len(come) == 1:
        origin = found.columns.pop((before.name, gone.pop()), None)
        found.columns[before.name, come.pop()] = origin
        if origin is not None:
            found.renamed.setdefault(origin, []).append(number)
        return
    for name in gone:
        found.columns.pop((before.name, name), None)


def _follow_enums(
    found: _Survivors,
    number: int,
    before: DatabaseModel,
    after: DatabaseModel,
    statement: Statement | None,
) -> None:
    if isinstance(statement, RenameEnumValue):
        enum = _changed_enum(before, after)
        kept = None if enum is None else found.enums.get(enum.name)
        if kept is not None:
            found.renamed.setdefault(kept, []).append(number)
        return
    gone = [name for name in before.enums if name not in after.enums]
    come = [name for name in after.enums if name not in before.enums]
    if isinstance(statement, RenameType | SetTypeNamespace) and len(gone) == len(come) == 1:
        origin = found.enums.pop(gone[0], None)
        found.enums[come[0]] = origin
        if origin is not None:
            found.renamed.setdefault(origin, []).append(number)
        return
    for name in gone:
        found.enums.pop(name, None)


def _renaming_back(
    state: _State, before: DatabaseModel, writer: Writer
) -> tuple[Written, ...] | None:
    """Return the statement that undoes a renaming; None if the statement of a state is none."""
    statement, after = state.statement, state.model
    if statement is None or not _is_renaming(statement):
        return None
    if isinstance(statement, AlterTable):
        action = statement.actions[0]
        if isinstance(action, RenameColumn):
            return _column_back(before, after, writer)
        old, new = _exchanged(before.tables, after.tables)
        return None if old is None or new is None else _moved("TABLE", "Table", new, old, writer)
    if isinstance(statement, RenameEnumValue):
        enum = _changed_enum(before, after)
        if enum is None:
            return None
        values = f"{_literal(statement.value)} TO {_literal(statement.old_value)}"
        sql = f"ALTER TYPE {writer.path(enum.name)} RENAME VALUE {values};"
        return (Written("RenameEnumValue", sql),)
    old, new = _exchanged(before.enums, after.enums)
    return None if old is None or new is None else _moved("TYPE", "Enum", new, old, writer)


def _exchanged(before: Iterable[Name], after: Iterable[Name]) -> tuple[Name | None, Name | None]:
    had, has = set(before), set(after)
    return next(iter(had - has), None), next(iter(has - had), None)


def _moved(kind: str, title: str, here: Name, there: Name, writer: Writer) -> tuple[Written, ...]:
    if here.namespace != there.namespace and there.namespace is not None:
        sql = f"ALTER {kind} {writer.path(here)} SET SCHEMA {writer.name(there.namespace)};"
        return (Written(f"Move{title}", sql),)
    sql = f"ALTER {kind} {writer.path(here)} RENAME TO {writer.name(there.name)};"
    return (Written(f"Rename{title}", sql),)


def _column_back(
    before: DatabaseModel, after: DatabaseModel, writer: Writer
) -> tuple[Written, ...] | None:
    for name, table in after.tables.items():
        old_table = before.tables.get(name)
        if old_table is None or old_table is table:
            continue
        gone = {each.name for each in old_table.columns} - {each.name for each in table.columns}
        come = {each.name for each in table.columns} - {each.name for each in old_table.columns}
        if len(gone) == len(come) == 1:
            new, old = writer.name(come.pop()), writer.name(gone.pop())
            sql = f"ALTER TABLE {writer.path(name)} RENAME COLUMN {new} TO {old};"
            return (Written("RenameColumn", sql),)
    return None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _merged(statements: Iterable[Written]) -> Iterator[Written]:
    """Yield statements with what of the ways between two renamings repeats left out."""
    last: Written | None = None
    for each in statements:
        if each != last:
            yield each
        last = each


def _routines_back(
    evidence: MigrationEvidence, before: Mapping[Routine, str], *, changes_tables: bool
) -> tuple[list[Written], list[Written]]:
    """Return what drops and makes routines before all else, and what does so after it.

    A view that a migration dropped and made again as it was stands in the way of the way back, too.
    """
    standing = {view.name for view in evidence.after.views}
    after = {
        routine: sql
        for routine, sql in routines_after(before, evidence).items()
        # A view may have gone along with what it read.
        if "view" not in routine.kind or plain(routine.name) in standing
    }
    dropped = {change.routine for change in changes_in(evidence) if change.sql is None}
    replaced = {
        routine
        for routine, sql in after.items()
        if sql != before.get(routine, sql) and routine not in dropped
    }
    moved_away = {
        routine
        for routine in dropped
        if changes_tables
        and "view" in routine.kind
        and before.get(routine, "") == after.get(routine)
    }
    texts = list(_texts_of(evidence.after))
    first: list[Written] = []
    last: list[Written] = []
    for routine in reversed(list(after)):
        is_same = after[routine] == before.get(routine) and routine not in moved_away
        if is_same or routine in replaced:
            continue
        if routine.table and not _has_table(evidence.after, plain(routine.table)):
            continue
        # What defaults and checks call stays as long as they do.
        is_called = routine.kind == "sequence" or any(
            mentions(text, plain(routine.name)) for text in texts
        )
        title = f"Drop{routine.kind.title().replace(' ', '')}"
        sql = drop_statement(routine, evidence.provider)
        (last if is_called else first).append(Written(title, sql))
    # A view cannot be replaced by one with fewer columns, so it makes room where nothing needs it.
    giving_way = [
        routine
        for routine in after
        if routine in replaced
        and "view" in routine.kind
        and not _is_needed(routine, after, replaced)
    ]
    for routine in reversed(giving_way):
        title = f"Drop{routine.kind.title().replace(' ', '')}"
        last.append(Written(title, drop_statement(routine, evidence.provider)))
    gone = [
        routine
        for routine in before
        if after.get(routine) != before[routine] or routine in moved_away
    ]
    texts = list(_texts_of(evidence.before))
    for routine in sorted(gone, key=lambda each: _MAKING_ORDER.index(each.kind)):
        title = f"Create{routine.kind.title().replace(' ', '')}"
        is_replacing = routine in replaced and routine not in giving_way
        sql = made_again(routine, before[routine], is_replacing=is_replacing)
        # What defaults and checks call has to be there before they are.
        is_called = routine.kind in _CALLED and any(
            mentions(text, plain(routine.name)) for text in texts
        )
        is_first = is_called and routine not in after
        (first if is_first else last).append(Written(title, f"{sql};"))
    return first, last


def _is_needed(view: Routine, routines: Mapping[Routine, str], but_for: Set[Routine]) -> bool:
    """Tell whether another routine than some reads a view or belongs to it."""
    name = plain(view.name)
    return any(
        plain(other.table) == name or ("view" in other.kind and mentions(sql, name))
        for other, sql in routines.items()
        if other != view and other not in but_for
    )


# What expressions of tables call.
_CALLED: frozenset[RoutineKind] = frozenset(["sequence", "function", "aggregate"])


_MAKING_ORDER: tuple[RoutineKind, ...] = (
    "sequence",
    "function",
    "procedure",
    "aggregate",
    "view",
    "materialized view",
    "rule",
    "trigger",
    "policy",
    "statistics",
    "publication",
)


def _types_back(evidence: MigrationEvidence, writer: Writer) -> Iterator[Written]:
    """Yield what drops the types besides enums that a migration made; of a domain it does, too."""
    for placed in reversed(list(_flat(evidence.script.statements))):
        statement = placed.statement
        if isinstance(statement, CreateOtherType) and _is_new_type(evidence, statement.name):
            path = writer.path(_full(statement.name, evidence))
            yield Written("DropType", f"DROP TYPE IF EXISTS {path};")


def _is_new_type(evidence: MigrationEvidence, name: Name) -> bool:
    after, before = evidence.after.other_types, evidence.before.other_types
    return name.name in after and name.name not in before


def _texts_of(model: DatabaseModel) -> Iterator[str]:
    """Yield the pieces of SQL that tables hold."""
    for table in model:
        for column in table.columns:
            if column.default is not None and column.default.kind == "expression":
                yield column.default.text
        for check in table.checks:
            yield check.text
        for index in table.indexes:
            yield from texts_of(index)


def _writable(model: DatabaseModel) -> DatabaseModel:
    """Return a database without what a script of changes cannot say.

    Foreign keys that are not valid for old rows are made by statements of their own.
    """
    tables: dict[Name, Table] = {}
    for name, table in model.tables.items():
        keys = tuple(
            key if key.is_validated else replace(key, is_validated=True)
            for key in table.foreign_keys
        )
        tables[name] = replace(table, foreign_keys=keys)
    return replace(model, tables=tables)


def _target(model: DatabaseModel, end: DatabaseModel) -> DatabaseModel:
    """Return a database to arrive at from `end`: one without tables that cannot be made again."""
    kept = {
        name: table
        for name, table in model.tables.items()
        if name in end.tables or not table.has_unknown_shape
    }
    return _writable(replace(model, tables=kept))


def _past_views(statement: Written) -> Written:
    """Return what makes tables of SQLite anew so that views and triggers do not stand in its way.

    Otherwise SQLite looks at them when the new table takes the old one's name, and refuses (3.25).
    """
    if statement.title != "RedefineTables":
        return statement
    lines = ("PRAGMA legacy_alter_table=ON;", statement.sql, "PRAGMA legacy_alter_table=OFF;")
    return Written(statement.title, "\n".join(lines))


def _has_table(model: DatabaseModel, name: str) -> bool:
    return any(table.name.name.lower() == name.lower() for table in model)


def _full(name: Name, evidence: MigrationEvidence) -> Name:
    return Name(name.namespace or evidence.default_namespace, name.name)


# ---- what cannot be brought back ----


def _what_stays_lost(evidence: MigrationEvidence, namespace: str | None) -> Iterator[str]:
    """Yield a sentence for all rows and values that the migration took and nothing restores."""
    change = difference(evidence.before, evidence.after, exact=True)
    stayed = _survivors_of(evidence)
    renamed_enums, renamed_values = _renamed_in_enums(evidence)
    for table in change.dropped_tables:
        if table.name not in stayed[0]:
            yield f"The table `{_shown(table.name, namespace)}` comes back empty."
    for each in change.tables:
        shown = _shown(each.name, namespace)
        for column in each.dropped_columns:
            # A generated column computes its values again.
            if (each.name, column.name) not in stayed[1] and not column.is_generated:
                yield f"The column `{column.name}` of `{shown}` comes back without its values."
        for changed in each.altered_columns:
            if not changed.has_other_type:
                continue
            if _is_made_anew(evidence, each.before.name, changed.before):
                yield (
                    f"The column `{changed.before.name}` of `{shown}` was dropped and added with "
                    "another type: its old values do not come back."
                )
            elif _has_only_other_name(changed.before.type, changed.after.type, renamed_enums):
                continue
            elif not is_widening(changed.before.type, changed.after.type):
                yield (
                    f"What the cast from `{changed.before.type}` to `{changed.after.type}` took "
                    f"from the column `{changed.before.name}` of `{shown}` does not come back."
                )
    for old, new in change.altered_enums:
        gone = [
            value
            for value in old.values
            if value not in new.values and (old.name, value) not in renamed_values
        ]
        if gone:
            yield (
                f"Rows that had the removed {'values' if len(gone) > 1 else 'value'} "
                f"{listed(gone)} of the enum `{_shown(old.name, namespace)}` keep what they have "
                "now."
            )
    yield from _changed_rows(evidence, namespace)


def _survivors_of(
    evidence: MigrationEvidence,
) -> tuple[frozenset[Name], frozenset[tuple[Name, str]]]:
    """Return the old names of tables and columns that only have another name now."""
    states = list(_states(evidence))
    stays = _renames_that_stay(states)
    tables: set[Name] = set()
    columns: set[tuple[Name, str]] = set()
    for number in stays:
        before, after = states[number - 1].model, states[number].model
        old, new = _exchanged(before.tables, after.tables)
        if old is not None and new is not None:
            tables.add(old)
            continue
        for name, table in before.tables.items():
            now = after.tables.get(name)
            if now is not None and now is not table:
                had = {each.name for each in table.columns}
                columns |= {(name, each) for each in had - {each.name for each in now.columns}}
    return frozenset(tables), frozenset(columns)


def _renamed_in_enums(
    evidence: MigrationEvidence,
) -> tuple[Mapping[Name, Name], frozenset[tuple[Name, str]]]:
    """Return the new names of enums by the old ones, and the old names of values, by the enum."""
    states = list(_states(evidence))
    stays = _renames_that_stay(states)
    enums = {old: new for new, old in _followed(states).enums.items() if old is not None}
    values: set[tuple[Name, str]] = set()
    for number in stays:
        statement = states[number].statement
        enum = _changed_enum(states[number - 1].model, states[number].model)
        if isinstance(statement, RenameEnumValue) and enum is not None:
            values.add((enum.name, statement.old_value))
    return enums, frozenset(values)


def _has_only_other_name(before: SqlType, after: SqlType, enums: Mapping[Name, Name]) -> bool:
    """Tell whether two types are the same enum, which was renamed."""
    is_same = before.enum is not None and enums.get(before.enum) == after.enum
    return is_same and before.is_array == after.is_array


def _is_made_anew(evidence: MigrationEvidence, table: Name, column: Column) -> bool:
    """Tell whether a column was dropped and added, not changed."""
    for step in evidence.steps:
        before, after = step.effect.before, step.effect.after
        if step.is_rebuilding or before is None or after is None or before.name != table:
            continue
        if before.column(column.name) is not None and after.column(column.name) is None:
            return True
    return False


def _changed_rows(evidence: MigrationEvidence, namespace: str | None) -> Iterator[str]:
    words = {
        "insert": "inserted into",
        "update": "changed in",
        "delete": "deleted from",
        "truncate": "deleted from",
        "merge": "changed in",
        "copy": "inserted into",
    }
    found: dict[tuple[str, str], None] = {}
    for step in evidence.steps:
        effect = step.effect
        statement = effect.statement
        if not isinstance(statement, DataChange) or step.is_rebuilding:
            continue
        names = statement.tables or ((effect.table,) if effect.table is not None else ())
        for name in names:
            full = _full(name, evidence)
            made_here = full not in evidence.before.tables and full in evidence.after.tables
            if made_here or full not in evidence.after.tables:
                continue
            found[words[statement.kind], _shown(full, namespace)] = None
    for word, table in found:
        end = "stay deleted" if word == "deleted from" else "stay as they are"
        yield f"The rows that were {word} `{table}` {end}."


def _gaps(
    evidence: MigrationEvidence, namespace: str | None, routines: Mapping[Routine, str]
) -> Iterator[str]:
    """Yield a sentence for everything that the way back leaves as it is."""
    known = {plain(routine.name) for routine in routines if "view" in routine.kind}
    for view in sorted(evidence.before.views - evidence.after.views, key=str):
        if view.name not in known:
            yield f"The view `{_shown(view, namespace)}`, which was dropped, is not made again."
    for name in sorted(evidence.before.tables.keys() - evidence.after.tables.keys(), key=str):
        if evidence.before.tables[name].has_unknown_shape:
            table = _shown(name, namespace)
            yield f"The table `{table}`, whose columns are not known here, is not made again."
    for placed in _flat(evidence.script.statements):
        statement = placed.statement
        beside = database_beside(evidence.provider, statement, evidence.after.namespaces)
        if beside is not None:
            yield f"What is done in the database `{beside}` is not taken back."
        elif isinstance(statement, CreateNamespace) and evidence.provider == "mysql":
            yield f"The database `{statement.name}` stays."
        elif isinstance(statement, CreateOtherType):
            if not _is_new_type(evidence, statement.name):
                yield f"The type `{_shown(statement.name, namespace)}` stays."
        elif isinstance(statement, DropType):
            for name in statement.names:
                if not any(each.name == name.name for each in evidence.before.enums):
                    yield f"The type `{_shown(name, namespace)}` is not made again."
        elif isinstance(statement, Opaque):
            sql = evidence.text[placed.span.start : placed.span.end]
            if change_of(sql) is None and not _LEAVES_NOTHING.match(sql):
                yield f"`{statement.words}` is not taken back."
        elif isinstance(statement, AlterTable):
            for action in statement.actions:
                table = _shown(statement.name, namespace)
                if isinstance(action, AttachPartition):
                    verb = "ATTACH" if action.is_attached else "DETACH"
                    partition = _shown(action.name, namespace)
                    yield f"`{verb} PARTITION {partition}` of `{table}` is not taken back."
                if isinstance(action, OtherAction):
                    text = " ".join(action.text.split())
                    yield f"`{text}` of `{table}` is not taken back."


# What changes nothing that a way back could find: statistics of the planner are made anew, locks
# and messages end with the transaction or the session.
_LEAVES_NOTHING = re.compile(
    r"\s*(?:ANALY[SZ]E|VACUUM|LOCK|NOTIFY|LISTEN|UNLISTEN|CHECKPOINT|CHECK\s+TABLE|FLUSH|OPTIMIZE)\b",
    re.IGNORECASE,
)


def _shown(name: Name, namespace: str | None) -> str:
    return shown_name(name, namespace)
