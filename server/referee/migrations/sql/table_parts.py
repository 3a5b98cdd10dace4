"""Reads the parts of CREATE TABLE and ALTER TABLE from tokens: columns, constraints, actions."""

from __future__ import annotations

from dataclasses import replace

from referee.ddl.model import IndexMethod, Name, ReferentialAction
from referee.migrations.sql.cursor import COLUMN_WORDS, Cursor, Unreadable
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    AlterAction,
    AttachPartition,
    ChangeColumn,
    CheckSpec,
    ColumnSpec,
    ConstraintSpec,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    DropPrimaryKey,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    OtherAction,
    PrimaryKeySpec,
    RenameColumn,
    RenameConstraint,
    RenameTable,
    SetDefault,
    SetIdentity,
    SetNamespace,
    SetNotNull,
    SetType,
    UniqueSpec,
    ValidateConstraint,
)

_CONSTRAINT_WORDS = ("constraint", "primary", "unique", "foreign", "check", "exclude")
_MYSQL_INDEX_WORDS = ("index", "key", "fulltext", "spatial")


def starts_constraint(cursor: Cursor) -> bool:
    """Tell whether a constraint or index comes next, and no column."""
    token = cursor.peek()
    if token.is_word(*_CONSTRAINT_WORDS):
        return True
    return cursor.provider == "mysql" and token.is_word(*_MYSQL_INDEX_WORDS)


def read_constraint(cursor: Cursor) -> ConstraintSpec:
    """Read a constraint of a table, or an index that MySQL writes among them."""
    name = None
    if cursor.take("constraint") and not cursor.peek().is_word(*_CONSTRAINT_WORDS[1:]):
        name = cursor.identifier()
    if cursor.take("primary", "key"):
        _pass_clustering(cursor)
        if cursor.take("using", "index"):
            return PrimaryKeySpec((), name, cursor.identifier())
        _method(cursor)
        found = PrimaryKeySpec(cursor.column_list(), name)
        _pass_index_options(cursor)
        return found
    if cursor.take("unique"):
        cursor.take_one_of("index", "key")
        _pass_clustering(cursor)
        if cursor.take("using", "index"):
            return UniqueSpec((), name, cursor.identifier())
        if cursor.take("nulls"):
            cursor.take("not")
            cursor.expect("distinct")
        if cursor.provider == "mysql":
            if not cursor.peek().is_mark("(") and not cursor.sees("using"):
                name = cursor.identifier()
            _method(cursor)
            parts = cursor.list_of(Cursor.index_part)
            _method(cursor)
            _pass_mysql_options(cursor)
            return IndexSpec(name, parts, is_unique=True)
        unique = UniqueSpec(cursor.column_list(), name)
        _pass_index_options(cursor)
        return unique
    if cursor.take("foreign", "key"):
        if not cursor.peek().is_mark("("):
            cursor.identifier()  # MySQL's name of the index
        return read_references(cursor, cursor.column_list(), name)
    if cursor.take("check"):
        text = cursor.sql(cursor.group())
        is_validated = not _takes_not_valid(cursor)
        return CheckSpec(text, name, is_validated=is_validated)
    if cursor.take("exclude"):
        cursor.rest()
        return ExclusionSpec(name)
    if cursor.provider == "mysql":
        kind = cursor.take_one_of("fulltext", "spatial")
        cursor.take_one_of("index", "key")
        if not cursor.peek().is_mark("(") and not cursor.sees("using"):
            name = cursor.identifier()
        method = _method(cursor)
        parts = cursor.list_of(Cursor.index_part)
        method = _method(cursor) or method
        _pass_mysql_options(cursor)
        if kind is not None:
            method = "fulltext" if kind == "fulltext" else "other"
        return IndexSpec(name, parts, method=method or "btree")
    raise Unreadable


def read_references(cursor: Cursor, columns: tuple[str, ...], name: str | None) -> ForeignKeySpec:
    """Read REFERENCES and what follows it."""
    cursor.expect("references")
    table = cursor.name()
    references = cursor.column_list() if cursor.peek().is_mark("(") else ()
    key = ForeignKeySpec(columns, table, references, name=name)
    while True:
        if cursor.take("on", "delete"):
            key = replace(key, on_delete=_action(cursor))
        elif cursor.sees("on", "update") and not cursor.peek(2).is_word("current_timestamp", "now"):
            cursor.expect("on", "update")
            key = replace(key, on_update=_action(cursor))
        elif cursor.take("match"):
            cursor.next()
        elif _takes_not_valid(cursor):
            key = replace(key, is_validated=False)
        elif not _takes_deferring(cursor):
            return key


def read_column(cursor: Cursor) -> tuple[ColumnSpec, tuple[ConstraintSpec, ...]]:
    """Read a column with its type, and the constraints written at it."""
    return _column_after(cursor, cursor.identifier())


def _column_after(cursor: Cursor, name: str) -> tuple[ColumnSpec, tuple[ConstraintSpec, ...]]:
    constraints: list[ConstraintSpec] = []
    type_text = ""
    if not (cursor.is_at_end or cursor.peek().is_mark(",")) and not (
        cursor.provider == "sqlite" and cursor.peek().is_word(*_AFTER_SQLITE_TYPE)
    ):
        type_text = cursor.type()
    column = ColumnSpec(name, type_text)
    constraint_name: str | None = None
    if cursor.provider == "sqlite":
        _pass_more_words_of_type(cursor)
    while not cursor.is_at_end and not cursor.peek().is_mark(","):
        if cursor.take("constraint"):
            constraint_name = cursor.identifier()
            continue
        if cursor.take("not", "null"):
            column = replace(column, is_not_null=True)
        elif cursor.take("null"):
            pass
        elif cursor.take("primary", "key"):
            cursor.take_one_of("asc", "desc")
            _pass_clustering(cursor)
            constraints.append(PrimaryKeySpec((name,), constraint_name))
        elif cursor.take("unique"):
            cursor.take("key")
            _pass_clustering(cursor)
            if cursor.take("nulls"):
                cursor.take("not")
                cursor.expect("distinct")
            constraints.append(UniqueSpec((name,), constraint_name))
        elif cursor.take("default"):
            column = replace(column, default=cursor.expression())
        elif cursor.take("check"):
            constraints.append(CheckSpec(cursor.sql(cursor.group()), constraint_name, column=name))
        elif cursor.sees("references"):
            key = read_references(cursor, (name,), constraint_name)
            constraints.append(replace(key, is_at_column=True))
        elif cursor.take("generated"):
            cursor.take_one_of("always")
            cursor.take("by", "default")
            cursor.expect("as")
            column = _generated(cursor, column)
        elif cursor.take("as"):
            column = _generated(cursor, column)
        elif cursor.take_one_of("auto_increment", "autoincrement"):
            column = replace(column, counts_up=True)
        elif cursor.take("identity"):
            if cursor.peek().is_mark("("):
                cursor.group()
            column = replace(column, counts_up=True)
        elif cursor.take("on", "update"):
            cursor.expression()
            column = replace(column, updates_itself=True)
        elif cursor.take("collate"):
            cursor.name()
        elif cursor.take("character", "set") or cursor.take("charset"):
            cursor.next()
        elif cursor.take("comment"):
            cursor.string()
        elif cursor.take("on", "conflict") or cursor.take("srid"):
            cursor.next()
        elif (
            _takes_deferring(cursor)
            or _takes_not_valid(cursor)
            or cursor.take_one_of(
                "stored", "virtual", "persisted", "visible", "invisible", "sparse"
            )
            or cursor.take("first")
        ):
            pass
        elif cursor.take("after"):
            cursor.identifier()
        else:
            raise Unreadable
        constraint_name = None
    return column, tuple(constraints)


_AFTER_SQLITE_TYPE = COLUMN_WORDS - {
    *("after", "auto_increment", "comment", "first", "initially", "invisible", "key", "visible")
}


def _pass_more_words_of_type(cursor: Cursor) -> None:
    """Pass further words: SQLite takes any for a type, also in quotes, and numbers behind them.

    So a comma that is missing behind a type makes one column of two there, and no mistake.
    """
    while True:
        token = cursor.peek()
        if token.kind not in ("word", "name", "string"):
            return
        if token.is_word(*_AFTER_SQLITE_TYPE):
            return
        cursor.next()
        if cursor.peek().is_mark("("):
            cursor.group()


def _generated(cursor: Cursor, column: ColumnSpec) -> ColumnSpec:
    if cursor.take("identity"):
        if cursor.peek().is_mark("("):
            cursor.group()
        return replace(column, counts_up=True)
    return replace(column, is_generated=True, default=cursor.sql(cursor.group()))


# ---- ALTER TABLE ----


def read_action(cursor: Cursor) -> tuple[AlterAction, ...]:
    """Read one part of ALTER TABLE; MySQL's list of added columns is several."""
    begun = cursor.at
    try:
        actions = _action_of_table(cursor)
        _pass_trailing(cursor)
        if cursor.is_at_end:
            return actions
    except Unreadable:
        pass
    cursor.at = begun
    return (OtherAction(cursor.sql(cursor.rest())),)


def _pass_trailing(cursor: Cursor) -> None:
    """Pass the algorithms and locks that MySQL lets follow."""
    while cursor.take_one_of("algorithm", "lock"):
        cursor.take_mark("=")
        cursor.next()


def _action_of_table(cursor: Cursor) -> tuple[AlterAction, ...]:
    if cursor.take("with", "check") or cursor.take("with", "nocheck"):
        pass  # SQL Server
    if cursor.take("add"):
        return _add(cursor)
    if cursor.take("drop"):
        return (_drop(cursor),)
    if cursor.take("alter"):
        if cursor.take("index") or cursor.take("constraint"):
            raise Unreadable
        cursor.take("column")
        return (_alter_column(cursor, cursor.identifier()),)
    if cursor.take("modify"):
        cursor.take("column")
        name = cursor.identifier()
        column, constraints = _column_after(cursor, name)
        return (ChangeColumn(name, column, constraints),)
    if cursor.take("change"):
        cursor.take("column")
        old_name = cursor.identifier()
        column, constraints = read_column(cursor)
        return (ChangeColumn(old_name, column, constraints),)
    if cursor.take("rename"):
        return (_rename(cursor),)
    if cursor.take("validate", "constraint"):
        return (ValidateConstraint(cursor.identifier()),)
    if cursor.take("set", "schema"):
        return (SetNamespace(cursor.identifier()),)
    if cursor.provider == "postgresql" and cursor.take("attach", "partition"):
        partition = cursor.name()
        cursor.rest()  # its bounds
        return (AttachPartition(partition, True),)
    if cursor.provider == "postgresql" and cursor.take("detach", "partition"):
        partition = cursor.name()
        cursor.take_one_of("concurrently", "finalize")
        return (AttachPartition(partition, False),)
    raise Unreadable


def _add(cursor: Cursor) -> tuple[AlterAction, ...]:
    if starts_constraint(cursor):
        return (AddConstraint(read_constraint(cursor)),)
    cursor.take("column")
    if_not_exists = cursor.take_if_not_exists()
    if cursor.provider == "mysql" and cursor.peek().is_mark("("):
        return tuple(AddColumn(*column) for column in cursor.list_of(read_column))
    column, constraints = read_column(cursor)
    return (AddColumn(column, constraints, if_not_exists),)


def _drop(cursor: Cursor) -> AlterAction:
    if cursor.take("primary", "key"):
        return DropPrimaryKey()
    if cursor.take("foreign", "key"):
        return DropConstraint(cursor.identifier(), kind="foreign key")
    if cursor.provider == "mysql" and cursor.take_one_of("index", "key"):
        return DropConstraint(cursor.identifier(), kind="index")
    if cursor.provider == "mysql" and cursor.take("check"):
        return DropConstraint(cursor.identifier(), kind="check")
    if cursor.take("constraint"):
        if_exists = cursor.take_if_exists()
        name = cursor.identifier()
        return DropConstraint(name, if_exists, takes_cascade(cursor))
    cursor.take("column")
    if_exists = cursor.take_if_exists()
    column = cursor.identifier()
    return DropColumn(column, if_exists, takes_cascade(cursor))


def _alter_column(cursor: Cursor, column: str) -> AlterAction:
    if cursor.take("type") or cursor.take("set", "data", "type"):
        type_text = cursor.type()
        if cursor.take("collate"):
            cursor.name()
        using = cursor.sql(cursor.rest()) if cursor.take("using") else None
        return SetType(column, type_text, using)
    if cursor.take("set", "default"):
        return SetDefault(column, cursor.expression())
    if cursor.take("drop", "default"):
        return DropDefault(column)
    if cursor.take("set", "not", "null"):
        return SetNotNull(column)
    if cursor.take("drop", "not", "null"):
        return DropNotNull(column)
    if cursor.take("add", "generated"):
        cursor.rest()
        return SetIdentity(column, counts_up=True)
    if cursor.take("drop", "identity"):
        cursor.take_if_exists()
        return SetIdentity(column, counts_up=False)
    if cursor.provider == "sqlserver":
        spec, constraints = _column_after(cursor, column)
        return ChangeColumn(column, spec, constraints)
    raise Unreadable


def _rename(cursor: Cursor) -> AlterAction:
    if cursor.take("constraint") or cursor.take("index") or cursor.take("key"):
        old_name = cursor.identifier()
        cursor.expect("to")
        return RenameConstraint(old_name, cursor.identifier())
    if cursor.take("to") or cursor.take("as"):
        return RenameTable(cursor.name())
    cursor.take("column")
    old_name = cursor.identifier()
    if cursor.is_at_end and cursor.provider == "mysql":
        return RenameTable(Name(None, old_name))
    cursor.expect("to")
    return RenameColumn(old_name, cursor.identifier())


def takes_cascade(cursor: Cursor) -> bool:
    """Take CASCADE or RESTRICT and tell which it was."""
    return cursor.take_one_of("cascade", "restrict") == "cascade"


# ---- small parts ----


def _action(cursor: Cursor) -> ReferentialAction:
    if cursor.take("cascade"):
        return "CASCADE"
    if cursor.take("restrict"):
        return "RESTRICT"
    if cursor.take("no", "action"):
        return "NO ACTION"
    found: ReferentialAction
    if cursor.take("set", "null"):
        found = "SET NULL"
    elif cursor.take("set", "default"):
        found = "SET DEFAULT"
    else:
        raise Unreadable
    if cursor.peek().is_mark("("):
        cursor.group()
    return found


def _takes_deferring(cursor: Cursor) -> bool:
    if cursor.take("not", "deferrable") or cursor.take("deferrable"):
        return True
    if cursor.take("initially"):
        cursor.next()
        return True
    return False


def _takes_not_valid(cursor: Cursor) -> bool:
    while _takes_deferring(cursor):
        pass
    return cursor.take("not", "valid") or cursor.take("not", "enforced")


def _pass_clustering(cursor: Cursor) -> None:
    cursor.take_one_of("clustered", "nonclustered")


def _method(cursor: Cursor) -> IndexMethod | None:
    return cursor.method() if cursor.take("using") else None


def _pass_mysql_options(cursor: Cursor) -> None:
    """Pass the options of an index that MySQL writes inside a table."""
    while True:
        if cursor.take("comment"):
            cursor.string()
        elif cursor.take("with", "parser") or cursor.take("key_block_size"):
            cursor.take_mark("=")
            cursor.next()
        elif not cursor.take_one_of("visible", "invisible"):
            return


def _pass_index_options(cursor: Cursor) -> None:
    if cursor.take("include"):
        cursor.group()
    if cursor.take("with"):
        cursor.group()
    if cursor.take("on", "conflict"):
        cursor.next()
    while _takes_deferring(cursor):
        pass
