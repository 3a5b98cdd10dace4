"""What each migration of a history changes, in a few words each, with the line that does it.

It deliberately judges nothing: what is dangerous is found by rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from referee.ddl.model import Name, Table
from referee.features.diagnostics import Diagnostic
from referee.features.whole_report.reading import MigrationsRead, evidence_of
from referee.features.whole_report.values import Change, MigrationEntry
from referee.migrations.evidence import MigrationEvidence, Rebuild, Step
from referee.migrations.sql.statements import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterAction,
    AttachPartition,
    ChangeColumn,
    CheckSpec,
    CommentOn,
    ConstraintSpec,
    CreateEnum,
    CreateExtension,
    CreateIndex,
    CreateNamespace,
    CreateOtherType,
    CreateTable,
    CreateTrigger,
    CreateView,
    DataChange,
    DoBlock,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropExtension,
    DropIndex,
    DropNamespace,
    DropNotNull,
    DropPrimaryKey,
    DropTable,
    DropType,
    DropView,
    ExclusionSpec,
    ForeignKeySpec,
    IndexSpec,
    Opaque,
    OtherAction,
    PrimaryKeySpec,
    RenameColumn,
    RenameConstraint,
    RenameEnumValue,
    RenameIndex,
    RenameTable,
    RenameType,
    SetDefault,
    SetIdentity,
    SetNamespace,
    SetNotNull,
    SetType,
    SetTypeNamespace,
    SetVariable,
    Statement,
    TransactionControl,
    UniqueSpec,
    ValidateConstraint,
)
from referee.rules.words import counted, listed
from referee.schema.providers import Provider
from referee.text.lines import LineIndex

_ROWS = {
    "insert": "inserts rows into",
    "update": "updates rows of",
    "delete": "deletes rows of",
    "truncate": "empties",
    "merge": "merges rows into",
    "copy": "copies rows into",
}


def history_entries(
    read: MigrationsRead,
    diagnostics: Sequence[Diagnostic],
    shown: Mapping[str, str],
    seconds: Mapping[str, float],
) -> tuple[MigrationEntry, ...]:
    """Return the migrations in the order in which they are applied, with what each changes.

    `shown` gives the paths of scripts as readers see them, `seconds` how long each one ran.
    """
    read_by_name: dict[str, MigrationEvidence] = {}
    if read.evidence is not None:
        read_by_name = {each.migration.name: each for each in read.evidence.migrations}
    found: dict[str, list[Diagnostic]] = {}
    for each in diagnostics:
        found.setdefault(each.path, []).append(each)
    entries: list[MigrationEntry] = []
    for migration in read.history.migrations:
        evidence = read_by_name.get(migration.name)
        path = shown[migration.path]
        entries.append(
            MigrationEntry(
                migration.name,
                path,
                0 if evidence is None else _statement_count(evidence),
                _is_released(migration.name, read),
                () if evidence is None else tuple(changes_in(evidence)),
                evidence_of(found.get(path, ())),
                seconds.get(migration.name),
            )
        )
    return tuple(entries)


def _is_released(name: str, read: MigrationsRead) -> bool | None:
    """Tell whether git says that a migration is released; None where it cannot."""
    counts = name not in read.options.unreleased
    if read.is_guess and (read.base is None or not counts):
        return None
    return counts


def _statement_count(evidence: MigrationEvidence) -> int:
    return sum(
        not _is_frame(placed.statement, evidence.provider) for placed in evidence.script.statements
    )


def changes_in(evidence: MigrationEvidence) -> Iterator[Change]:
    """Yield what a migration changes, in the order of its text; a rebuilt table is one change."""
    lines = LineIndex(evidence.text)
    rebuilds = {rebuild.span.start: rebuild for rebuild in evidence.rebuilds}
    told: set[int] = set()
    for step in evidence.steps:
        start = step.effect.span.start
        if _is_frame(step.effect.statement, evidence.provider):
            continue
        rebuild = _around(start, rebuilds)
        if rebuild is not None:
            if rebuild.span.start not in told:
                told.add(rebuild.span.start)
                line = lines.position(rebuild.span.start).line + 1
                yield Change(_rebuild_words(rebuild), rebuild.new.name.name, line)
            continue
        words = _words(step)
        if words:
            yield Change(words, _subject(step), lines.position(start).line + 1)


def _around(start: int, rebuilds: Mapping[int, Rebuild]) -> Rebuild | None:
    return next(
        (each for each in rebuilds.values() if each.span.start <= start < each.span.end), None
    )


def _rebuild_words(rebuild: Rebuild) -> str:
    old = {column.name: column for column in rebuild.old.columns}
    new = {column.name: column for column in rebuild.new.columns}
    parts = [
        ("adds", [name for name in new if name not in old]),
        ("drops", [name for name in old if name not in new]),
        ("changes", [name for name in new if name in old and new[name] != old[name]]),
    ]
    said = "; ".join(f"{verb} {listed(names, most=4)}" for verb, names in parts if names)
    return f"rebuilds table `{rebuild.new.name.name}`" + (f": {said}" if said else "")


def _subject(step: Step) -> str | None:
    effect = step.effect
    if effect.table is not None:
        return effect.table.name
    enum = effect.enum_after or effect.enum_before
    if enum is not None:
        return enum.name.name
    match effect.statement:
        case DropTable(names=(Name(name=first), *_)) | DropIndex(names=(Name(name=first), *_)):
            return first
        case DropView(names=(Name(name=first), *_)) | DropType(names=(Name(name=first), *_)):
            return first
        case CreateView(name=Name(name=first)) | CreateExtension(name=first):
            return first
    return None


# What Prisma writes around every script for SQL Server, so that it is undone as a whole.
_FRAME_OF_SQL_SERVER = frozenset({"begin try", "end try", "end", "throw end"})


def _is_frame(statement: Statement, provider: Provider) -> bool:
    """Tell whether a statement changes nothing, and only keeps others together."""
    if isinstance(statement, TransactionControl):
        return True
    return (
        provider == "sqlserver"
        and isinstance(statement, Opaque)
        and statement.words in _FRAME_OF_SQL_SERVER
    )


def _words(step: Step) -> str:
    """Return what one statement, or part of ALTER TABLE, does; empty if it changes nothing."""
    effect = step.effect
    table = _table_words(effect.table)
    if effect.action is not None:
        return _action_words(effect.action, table, effect.before)
    return _statement_words(effect.statement, table)


def _table_words(name: Name | None) -> str:
    return "a table" if name is None else f"`{name.name}`"


def _statement_words(statement: Statement, table: str) -> str:
    match statement:
        case CreateTable(name=name, columns=columns):
            return f"creates table `{name.name}` with {counted(len(columns), 'column')}"
        case DropTable(names=names):
            return f"drops table {_names(names)}"
        case CreateIndex(index=index, is_concurrent=is_concurrent):
            kind = "unique index" if index.is_unique else "index"
            called = f" `{index.name}`" if index.name else ""
            where = " for some rows" if index.predicate else ""
            how = ", without blocking writers" if is_concurrent else ""
            return f"creates {kind}{called} on {table}{where}{how}"
        case DropIndex(names=names):
            return f"drops index {_names(names)}"
        case RenameIndex(old_name=old, name=new_name):
            return f"renames index `{old.name}` to `{new_name}`"
        case CreateEnum(name=name, values=values):
            return f"creates enum `{name.name}` with {counted(len(values), 'value')}"
        case AddEnumValue(name=name, value=value):
            return f"adds value `{value}` to enum `{name.name}`"
        case RenameEnumValue(name=name, old_value=old_value, value=value):
            return f"renames value `{old_value}` of enum `{name.name}` to `{value}`"
        case RenameType(old_name=old, name=new):
            return f"renames type `{old.name}` to `{new}`"
        case CreateOtherType(name=name):
            return f"creates type `{name.name}`"
        case SetTypeNamespace(name=name, namespace=namespace):
            return f"moves type `{name.name}` to schema `{namespace}`"
        case DropType(names=names):
            return f"drops type {_names(names)}"
        case CreateNamespace(name=namespace):
            return f"creates schema `{namespace}`"
        case DropNamespace(names=namespaces):
            return f"drops schema {listed(namespaces)}"
        case CreateExtension(name=extension):
            return f"adds extension `{extension}`"
        case DropExtension(names=extensions):
            return f"drops extension {listed(extensions)}"
        case CreateView(name=name):
            return f"creates view `{name.name}`"
        case DropView(names=names):
            return f"drops view {_names(names)}"
        case CreateTrigger():
            return f"creates a trigger on {table}"
        case DataChange(kind=kind, tables=tables):
            return f"{_ROWS[kind]} {_names(tables) or table}"
        case DoBlock():
            return "runs a block of procedural code"
        case TransactionControl() | SetVariable() | CommentOn():
            return ""
    return "runs other SQL"


def _action_words(action: AlterAction, table: str, before: Table | None) -> str:
    match action:
        case AddColumn(column=column):
            need = "required column" if column.is_not_null else "column"
            return f"adds {need} `{column.name}` ({column.type}) to {table}"
        case DropColumn(column=name):
            return f"drops column `{name}` of {table}"
        case SetType(column=name, type=type):
            old = None if before is None else before.column(name)
            was = f" from {old.type}" if old is not None else ""
            return f"changes the type of `{name}` of {table}{was} to {type}"
        case SetDefault(column=name, default=default):
            return f"sets the default of `{name}` of {table} to {default}"
        case DropDefault(column=name):
            return f"drops the default of `{name}` of {table}"
        case SetNotNull(column=name):
            return f"makes `{name}` of {table} required"
        case DropNotNull(column=name):
            return f"makes `{name}` of {table} optional"
        case SetIdentity(column=name, counts_up=counts_up):
            return f"makes `{name}` of {table} {'count' if counts_up else 'no longer count'} up"
        case ChangeColumn(old_name=name, column=column):
            to = "" if column.name == name else f" and renames it to `{column.name}`"
            return f"changes column `{name}` of {table} to {column.type}{to}"
        case AddConstraint(constraint=constraint):
            return f"adds {_constraint_words(constraint)} to {table}"
        case DropConstraint(name=name):
            return f"drops constraint `{name}` of {table}"
        case DropPrimaryKey():
            return f"drops the primary key of {table}"
        case ValidateConstraint(name=name):
            return f"validates constraint `{name}` of {table}"
        case RenameColumn(old_name=name, name=new):
            return f"renames column `{name}` of {table} to `{new}`"
        case RenameConstraint(old_name=name, name=new):
            return f"renames constraint `{name}` of {table} to `{new}`"
        case RenameTable(name=to):
            was = "a table" if before is None else f"table `{before.name.name}`"
            return f"renames {was} to `{to.name}`"
        case SetNamespace(namespace=namespace):
            return f"moves {table} to schema `{namespace}`"
        case AttachPartition(name=name, is_attached=is_attached):
            if is_attached:
                return f"makes table `{name.name}` a partition of {table}"
            return f"makes partition `{name.name}` of {table} a table of its own"
        case OtherAction():
            return f"changes {table} in a way that the model does not show"


def _constraint_words(constraint: ConstraintSpec) -> str:
    match constraint:
        case PrimaryKeySpec(columns=columns):
            return f"the primary key {listed(columns)}".rstrip()
        case UniqueSpec(columns=columns):
            return f"a unique constraint over {listed(columns)}".removesuffix(" over ")
        case ForeignKeySpec(columns=columns, table=table, on_delete=on_delete):
            return (
                f"foreign key {listed(columns)} to `{table.name}` (on delete {on_delete.lower()})"
            )
        case CheckSpec(name=name):
            return f"check `{name}`" if name else "a check"
        case ExclusionSpec(name=name):
            return f"exclusion constraint `{name}`" if name else "an exclusion constraint"
        case IndexSpec(name=name, is_unique=is_unique):
            kind = "unique index" if is_unique else "index"
            return f"{kind} `{name}`" if name else f"{kind} without a name"


def _names(names: Sequence[Name]) -> str:
    return listed([name.name for name in names], most=4)
